#include "federation/entry/dossier.h"

#include "core/buf.h"
#include "core/crypto/crypto.h"
#include "core/text/json.h"
#include "federation/sync/apply.h"
#include "federation/sync/federation.h"
#include "schema/records.gen.h"
#include "tenants/platform/platform.h"
#include "tenants/platform/post.h"

static struct problem *qualifications(struct call *call, struct uuid institution_id, struct json_object **out)
{
	struct qualification **rows;
	size_t count;
	struct problem *problem = qualification_row_select(
		call, "institution_id = ?", "ORDER BY id", DB_ARGS(db_id(&institution_id)), &rows, &count);
	*out = json_own(call->arena, json_object_new_array());
	for (size_t i = 0; !problem && i < count; i++)
		json_object_array_add(
			*out, json_object_get(record_export(call, &record_qualification, rows[i], false)));
	return problem;
}

void dossier_hash(struct call *call, struct json_object *dossier, unsigned char hash[32])
{
	struct buf *text = buf_in(call->arena);
	json_canonical(text, dossier);
	crypto_sha256(text->data, text->len, hash);
}

struct problem *dossier_make(struct call *call, struct uuid institution_id, const char *more, struct json_object *value,
                             struct dossier *out)
{
	struct json_object *list;
	struct problem *problem = institution_row_peek(call, institution_id, &out->institution);
	if (!problem && !out->institution)
		problem = problem_new(call->arena, &PROBLEM_NOT_FOUND);
	if (!problem)
		problem = qualifications(call, institution_id, &list);
	if (problem)
		return problem;
	struct json_object *dossier = out->json = json_own(call->arena, json_object_new_object());
	put_int(dossier, "format", 1);
	json_object_object_add(dossier, "institution",
		json_object_get(record_export(call, &record_institution, out->institution, false)));
	json_object_object_add(dossier, "qualifications", json_object_get(list));
	if (value)
		json_object_object_add(dossier, more, json_object_get(value));
	put_time(dossier, "prepared_at", call_now());
	put_text(dossier, "prepared_by", call->actor.name);
	put_text(dossier, "platform", call->platform->slug);
	dossier_hash(call, dossier, out->hash);
	return NULL;
}

struct problem *dossier_read(struct call *call, struct json_object *dossier, struct uuid institution_id)
{
	void *row;
	struct json_object *institution = json_get_object(dossier, "institution");
	struct problem *problem = record_read(call, &record_institution, institution, 0, 0, &row);
	if (!problem && !uuid_equal(((const struct row *)row)->id, institution_id))
		problem = problem_detail(
			call->arena, &PROBLEM_ENTRY, "材料不属于该机构", "the dossier is of another institution");
	return problem;
}

struct json_object *dossier_facts(
	struct call *call, struct json_object *institution, struct json_object *recommendation)
{
	struct json_object *facts = json_own(call->arena, json_object_new_object());
	if (institution) {
		json_object_object_foreach(institution, key, value) {
			json_object_object_add(facts, key, json_object_get(value));
		}
	}
	static const char *const figures[] = {
		"annual_income", "insured_staff", "qualified_staff", "enterprises_served"};
	for (size_t i = 0; i < sizeof figures / sizeof figures[0]; i++) {
		struct json_object *value = json_get(recommendation, figures[i]);
		if (value)
			json_object_object_add(facts, figures[i], json_object_get(value));
	}
	return facts;
}

struct problem *dossier_check(struct call *call, const struct platform *platform, struct json_object *facts,
                              struct condition_result **out, size_t *count)
{
	const struct policy *policy;
	const char *today;
	struct problem *problem = federation_policy(call, platform, &policy);
	if (!problem)
		problem = federation_today(call, &today);
	if (!problem)
		*out = condition_check(call->arena, policy, facts, today, count);
	return problem;
}

struct json_object *dossier_conditions(struct call *call, const struct condition_result *results, size_t count)
{
	struct buf *text = buf_in(call->arena);
	struct json_writer w;
	struct json_object *value = NULL;
	jw_init(&w, text);
	condition_write(&w, results, count);
	if (json_parse(call->arena, text->data, text->len, &value))
		value = json_own(call->arena, json_object_new_array());
	return value;
}

struct json_object *dossier_figures(struct call *call, const struct dossier_figure *figures)
{
	struct json_object *out = json_own(call->arena, json_object_new_object());
	for (; figures->name; figures++)
		if (figures->said)
			put_int(out, figures->name, figures->value);
	return out;
}
