#include "federation/entry/supplement.h"

#include <string.h>

#include "core/text/json.h"
#include "federation/entry/dossier.h"
#include "federation/entry/entry_case.h"
#include "federation/sync/federation.h"
#include "schema/records.gen.h"
#include "tenants/institution/consent.h"
#include "tenants/institution/supplement_asked.h"
#include "tenants/platform/platform.h"
#include "tenants/platform/post.h"
#include "tenants/platform/services.h"

enum { FILES_MAX = 60 };

/* ---- Asking ---- */

static struct problem *fault(struct call *call, size_t n, const char *field, const char *zh, const char *en)
{
	return problem_add_field(
		call->arena, NULL, arena_printf(call->arena, "/items/%zu/%s", n, field), "addressee", zh, en);
}

/* The city that recommended it; which one, if there are several, must be said. */
static struct problem *city_of(struct call *call, const struct entry_case *row, const struct case_supplement_item *item,
	size_t n, uint32_t *out)
{
	struct db_result *result;
	struct problem *problem = db_select(call->db, call->scope,
	                                    "SELECT DISTINCT from_platform FROM case_source WHERE platform_id = :p AND "
	                                    "case_id = ? "
	                                    "AND state = 'active' AND way = 'recommendation'",
	                                    DB_ARGS(db_id(&row->row.id)), &result);
	if (problem)
		return problem;
	for (size_t i = 0; i < result->rows; i++) {
		*out = (uint32_t)db_get_uint(result, i, 0);
		if (*out == item->to_platform || (!item->to_platform && result->rows == 1))
			return NULL;
	}
	if (!result->rows)
		return fault(call, n, "addressee", "该件没有推荐平台，请向机构补正",
			"No city recommends it: ask the institution");
	return fault(call, n, "to_platform", "请指明由哪个推荐平台补正",
		"Say which of the recommending platforms is asked");
}

struct problem *supplement_ask(
	struct call *call, const struct entry_case *row, const struct case_supplement_item *item, size_t n, int64_t at)
{
	const struct policy *policy;
	char due[11];
	uint32_t to = row->institution_home;
	struct problem *problem = services_policy(call, &policy);
	if (!problem && item->addressee == CASE_SUPPLEMENT_ITEM_ADDRESSEE_CITY)
		problem = city_of(call, row, item, n, &to);
	if (!problem)
		problem = call->services->due_on(
			call, NULL, policy->supplement_days ? policy->supplement_days : 10, due, call->services->arg);
	if (problem)
		return problem;
	struct supplement *asked = supplement_row_new(call);
	asked->case_id = row->row.id;
	asked->institution_id = row->institution_id;
	asked->institution_name = row->name;
	asked->addressee = item->addressee == CASE_SUPPLEMENT_ITEM_ADDRESSEE_CITY ? SUPPLEMENT_ADDRESSEE_CITY
										  : SUPPLEMENT_ADDRESSEE_INSTITUTION;
	asked->to_platform = to;
	asked->item = item->item;
	asked->question = item->question;
	asked->state = SUPPLEMENT_STATE_OPEN;
	asked->row.due_on = arena_strdup(call->arena, due);
	asked->asked_at = at;
	return supplement_row_insert(call, asked);
}

/* One notice for all that is asked at once of one addressee: the first of them brings it. */
static struct problem *is_first(struct call *call, const struct supplement *row, bool *first)
{
	struct db_result *result;
	struct problem *problem = db_select(call->db, call->scope,
		"SELECT 1 FROM supplement WHERE platform_id = :p AND case_id = ? AND "
		"addressee = ? AND asked_at = ? AND id <> ? LIMIT 1",
		DB_ARGS(db_id(&row->case_id),
			db_text(row->addressee == SUPPLEMENT_ADDRESSEE_CITY ? "city" : "institution"),
			db_time(row->asked_at), db_id(&row->row.id)),
		&result);
	*first = !problem && !result->rows;
	return problem;
}

/* Who asks, with the telephone to ask back: it need not be the platform on which it is read. */
struct problem *supplement_name_asker(struct call *call, const struct supplement *row, struct json_object *variables)
{
	const struct platform *asker = post_platform(call, row->row.home_id);
	const struct policy *policy = NULL;
	struct problem *problem = asker ? federation_policy(call, asker, &policy) : NULL;
	if (!asker || problem)
		return problem;
	put_both(variables, "platform", (struct words){asker->name_zh, asker->name_en});
	if (policy->profile.hotline)
		put_text(variables, "hotline", policy->profile.hotline);
	return NULL;
}

static struct problem *tell_addressee(struct call *call, const struct supplement *row)
{
	const struct notice_sink *sink = call->services->notices;
	struct json_object *variables = json_own(call->arena, json_object_new_object());
	bool city = row->addressee == SUPPLEMENT_ADDRESSEE_CITY, first = false;
	if (!sink || row->state != SUPPLEMENT_STATE_OPEN)
		return NULL;
	struct problem *problem = is_first(call, row, &first);
	if (problem || !first)
		return problem;
	put_text(variables, "name", row->institution_name);
	put_text(variables, "item", row->item);
	put_text(variables, "due", row->row.due_on);
	if ((problem = supplement_name_asker(call, row, variables)))
		return problem;
	return sink->send(call, &record_supplement, row, city ? "recommendation_supplement" : "application_supplement",
	                  city ? "role:reviewer" : "institution_contact", variables, sink->arg);
}

struct problem *supplement_after_write(struct call *call, const struct supplement *before, const struct supplement *row)
{
	if (row->to_platform == call->platform_id)
		return before ? NULL : tell_addressee(call, row);
	return post_send_to(call, "supplement.state", "supplement", row->row.id, row->to_platform,
	                    record_export(call, &record_supplement, row, false));
}

/* Nobody asks an institution that has left, or withdrew. */
static struct problem *check_wanted(struct call *call, const struct supplement *row)
{
	struct db_result *here;
	bool stands = true;
	struct problem *problem = db_select(call->db, call->scope,
		"SELECT 1 FROM institution WHERE platform_id = :p AND id = ? AND home_id = :p",
		DB_ARGS(db_id(&row->institution_id)), &here);
	if (!problem && here->rows)
		problem = consent_stands(call, row->institution_id, row->row.home_id, &stands);
	return problem || stands ? problem : problem_new(call->arena, &PROBLEM_NOT_ITS_HOME);
}

struct problem *supplement_apply_state(struct call *call, const struct apply_entry *entry)
{
	struct supplement *before, *row;
	bool applied;
	if (entry->source == call->platform_id)
		return NULL;
	struct problem *problem = supplement_row_peek(call, entry->record_id, &before);
	if (!problem)
		problem = record_apply(call, &record_supplement, entry->payload, entry->source, entry->seq, &applied);
	if (problem || !applied || before)
		return problem;
	problem = supplement_row_peek(call, entry->record_id, &row);
	if (!problem && row)
		problem = check_wanted(call, row);
	return problem || !row ? problem : tell_addressee(call, row);
}

/* ---- Ending ---- */

static struct problem *end_all(struct call *call, struct supplement **rows, size_t count)
{
	struct problem *problem = NULL;
	for (size_t i = 0; !problem && i < count; i++) {
		bool open = rows[i]->state == SUPPLEMENT_STATE_OPEN;
		rows[i]->state = open ? SUPPLEMENT_STATE_VOID : SUPPLEMENT_STATE_ACCEPTED;
		rows[i]->row.due_on = NULL;
		problem = supplement_row_update(call, rows[i], open ? "void" : "accepted");
	}
	return problem;
}

struct problem *supplement_close(struct call *call, struct uuid case_id)
{
	struct supplement **rows;
	size_t count;
	struct problem *problem =
		supplement_row_select(call, "case_id = ? AND home_id = platform_id AND state IN ('open', 'answered')",
			"ORDER BY id", DB_ARGS(db_id(&case_id)), &rows, &count);
	return problem ? problem : end_all(call, rows, count);
}

struct problem *supplement_withdraw_from(struct call *call, struct uuid case_id, uint32_t city)
{
	struct supplement **rows;
	size_t count;
	struct problem *problem = supplement_row_select(call,
		"case_id = ? AND home_id = platform_id AND state = 'open' AND addressee = 'city' AND to_platform = ? "
		"AND NOT EXISTS (SELECT 1 FROM case_source s WHERE "
		"s.platform_id = :p AND s.case_id = supplement.case_id "
		"AND s.from_platform = supplement.to_platform AND s.state = "
		"'active')",
		"ORDER BY id", DB_ARGS(db_id(&case_id), db_uint(city)), &rows, &count);
	if (!problem)
		problem = end_all(call, rows, count);
	return problem || !count ? problem : case_answered(call, case_id);
}

/* ---- Answering: what arrives at the deciding platform ---- */

/* The files that came with it: of this very item, or they are none of it. */
static struct problem *take_files(struct call *call, const struct apply_entry *entry)
{
	struct json_object *files = json_get_array(entry->payload, "files");
	const char *id = uuid_text(call->arena, entry->record_id);
	bool applied;
	struct problem *problem = NULL;
	for (size_t i = 0; !problem && entry->source != call->platform_id && i < json_count(files) && i < FILES_MAX;
		i++) {
		struct json_object *file = json_at(files, i);
		const char *type = json_get_text(file, "record_type"), *of = json_get_text(file, "record_id");
		if (type && of && !strcmp(type, record_supplement.name) && !strcmp(of, id))
			problem = record_apply(call, &record_attachment, file, entry->source, entry->seq, &applied);
	}
	return problem;
}

static struct problem *take(
	struct call *call, struct supplement *row, const struct apply_entry *entry, const char *answer)
{
	if (row->state != SUPPLEMENT_STATE_OPEN)
		return NULL;
	row->state = SUPPLEMENT_STATE_ANSWERED;
	row->answer = answer;
	row->answered_at = entry->at_ms;
	row->answered_by = entry->actor_name;
	row->row.due_on = NULL; /* nobody waits for it any more */
	struct problem *problem = take_files(call, entry);
	if (!problem)
		problem = supplement_row_update(call, row, "answered");
	if (!problem)
		problem = case_supplemented(
			call, row, json_get_object(entry->payload, "figures"), json_get_array(entry->payload, "files"));
	return problem ? problem : case_answered(call, row->case_id);
}

struct problem *supplement_apply_answer(struct call *call, const struct apply_entry *entry)
{
	struct supplement *row;
	const char *answer;
	struct problem *problem = apply_text(call, entry, "answer", &answer);
	if (!problem)
		problem = supplement_row_peek(call, entry->record_id, &row);
	if (problem || !row || row->row.home_id != call->platform_id || row->to_platform != entry->source)
		return problem;
	return take(call, row, entry, answer);
}

/* ---- Answering: where it is asked ---- */

static struct problem *files_json(struct call *call, const struct supplement *row, struct json_object **out)
{
	struct attachment **files;
	size_t count;
	*out = json_own(call->arena, json_object_new_array());
	struct problem *problem =
		attachment_row_select(call, "record_type = 'supplement' AND record_id = ? AND home_id = platform_id",
			"ORDER BY id LIMIT 60", DB_ARGS(db_id(&row->row.id)), &files, &count);
	for (size_t i = 0; !problem && i < count; i++)
		json_object_array_add(*out, json_object_get(record_export(call, &record_attachment, files[i], true)));
	return problem;
}

/* Of two clicks one is the answer, and no file is added behind it. */
static struct problem *seal(struct call *call, const struct supplement *row)
{
	uint64_t affected = 0;
	struct problem *problem = db_exec(call->db, call->scope,
		"UPDATE supplement SET sent_at = UTC_TIMESTAMP(3) WHERE platform_id = :p AND id = ? AND sent_at IS "
		"NULL",
		DB_ARGS(db_id(&row->row.id)), &affected);
	return problem || affected ? problem : supplement_check_asked(call, row);
}

struct problem *supplement_answer(struct call *call, struct supplement *row, const struct supplement_answer_input *in)
{
	struct membership_request_result result = {.id = row->row.id, .state = "sent"};
	struct json_object *payload = json_own(call->arena, json_object_new_object()),
			   *figures = dossier_figures(call, DOSSIER_FIGURES(in)), *files;
	struct problem *problem = supplement_check_asked(call, row);
	if (!problem && row->addressee != SUPPLEMENT_ADDRESSEE_CITY && json_object_object_length(figures))
		problem = problem_add_field(call->arena, NULL, "/annual_income", "addressee",
			"机构请在资料中修改这些数据，答复时将一并提交",
		                            "An institution changes these in its profile, which goes with the answer");
	if (!problem)
		problem = files_json(call, row, &files);
	if (!problem)
		problem = seal(call, row);
	if (problem)
		return problem;
	/* Also to one's own platform by the log: the case goes on in one place only. */
	put_text(payload, "answer", in->answer);
	put_id(payload, "case_id", row->case_id);
	json_object_object_add(payload, "files", json_object_get(files));
	json_object_object_add(payload, "figures", json_object_get(figures));
	problem = post_send_to(call, "supplement.answered", "supplement", row->row.id, row->row.home_id, payload);
	return problem ? problem : endpoint_answer(call, &shape_membership_request_result, &result);
}
