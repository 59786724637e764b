#include "federation/entry/case_inside.h"

#include <stdio.h>
#include <string.h>

#include "core/buf.h"
#include "core/crypto/crypto.h"
#include "core/diag.h"
#include "core/text/json.h"
#include "federation/entry/dossier.h"
#include "federation/sync/federation.h"
#include "schema/records.gen.h"
#include "tenants/institution/membership.h"
#include "tenants/platform/platform.h"
#include "tenants/platform/post.h"
#include "tenants/platform/services.h"

/* ---- Conditions ---- */

static struct json_object *find_condition(struct json_object *list, const char *id)
{
	for (size_t i = 0; id && i < json_count(list); i++) {
		const char *other = json_get_text(json_at(list, i), "id");
		if (other && !strcmp(other, id))
			return json_at(list, i);
	}
	return NULL;
}

/* What a reviewer judged stays judged, unless the facts now fail outright. */
static void keep_judgements(struct json_object *fresh, struct json_object *old)
{
	for (size_t i = 0; i < json_count(fresh); i++) {
		struct json_object *one = json_at(fresh, i);
		struct json_object *before = find_condition(old, json_get_text(one, "id"));
		struct json_object *judged = json_get_object(before, "judged");
		const char *state = json_get_text(one, "state");
		if (!judged || (state && !strcmp(state, "failed")))
			continue;
		json_object_object_add(one, "judged", json_object_get(judged));
		put_text(one, "state", json_get_text(judged, "state"));
		json_object_object_add(one, "blocks", json_object_new_boolean(0));
	}
}

struct problem *case_evaluate(struct call *call, struct entry_case *row)
{
	struct condition_result *results;
	size_t count;
	struct json_object *facts = dossier_facts(
		call, json_get_object(row->dossier, "institution"), json_get_object(row->dossier, "recommendation"));
	struct problem *problem = dossier_check(call, call->platform, facts, &results, &count);
	if (problem)
		return problem;
	struct json_object *fresh = dossier_conditions(call, results, count);
	keep_judgements(fresh, row->conditions);
	row->conditions = fresh;
	return NULL;
}

/* ---- Receiving ---- */

struct problem *case_fire(struct call *call, struct entry_case *row, const char *event, struct words reason)
{
	row->decision_reason_en = reason.en;
	return lifecycle_fire_as_server(call, &record_entry_case, row, event, form_reason(call, reason.zh));
}

static struct words refusal_of_way(const struct policy_ways *ways, const char *way)
{
	const struct words open = {NULL, NULL};
	if (!strcmp(way, "recommendation"))
		return ways->recommendation
			? open
			: (struct words){"该平台不接受推荐入驻", "That platform takes no recommendations"};
	if (!strcmp(way, "self"))
		return ways->self ? open : (struct words){"该平台不接受自主申报",
			"That platform takes no applications"};
	if (!strcmp(way, "join"))
		return ways->join ? open : (struct words){"该平台不开放加入", "That platform cannot be joined"};
	return open;
}

static struct problem *new_case(
	struct call *call, const struct case_source *source, struct entry_case **out, const char **duplicate)
{
	struct entry_case *row = *out = entry_case_row_new(call);
	row->row.id = uuid_v7();
	row->uscc = row->open_uscc = source->uscc;
	row->institution_id = source->institution_id;
	row->institution_home = source->institution_home;
	row->name = source->name;
	row->region_code = source->region_code;
	row->ways = source->way;
	row->dossier = source->dossier;
	struct problem *problem = case_evaluate(call, row);
	return problem ? problem : record_insert_unless(call, &record_entry_case, row, duplicate);
}

static struct problem *open_case(struct call *call, const char *uscc, struct entry_case **out)
{
	struct entry_case **rows;
	size_t count;
	struct problem *problem =
		entry_case_row_select(call, "open_uscc = ?", "LIMIT 1", DB_ARGS(db_text(uscc)), &rows, &count);
	*out = !problem && count ? rows[0] : NULL;
	return problem;
}

/* A later source brings the newer dossier; the earlier ones stay with their sources. */
static struct problem *join_case(struct call *call, const struct case_source *source, struct entry_case *row)
{
	const char *sources, *ways;
	bool known;
	struct problem *problem = case_source_insert(call, row->row.id, source, &known);
	if (problem || known)
		return problem;
	problem = case_sources_describe(call, row->row.id, &sources, &ways);
	if (problem)
		return problem;
	struct json_object *dossier = row->dossier, *conditions = row->conditions;
	row->ways = ways;
	row->dossier = source->dossier;
	row->name = source->name;
	problem = case_evaluate(call, row);
	if (problem)
		return problem;
	struct json_object *more = json_own(call->arena, json_object_new_object());
	json_object_object_add(more, "what", json_object_get(case_changes(call, dossier, conditions, row)));
	problem = record_update_with(call, &record_entry_case, row, "source_joined", more);
	if (!problem)
		problem = case_sources_tell(call, row); /* the one that joined has not heard of any step yet */
	struct membership_subject subject = {
		source->institution_id, source->institution_home, source->uscc, source->name};
	return problem ? problem
		       : membership_open(call, &subject,
				 field_value(shape_field(record_membership.shape, "way"), source->way), sources);
}

static struct problem *notice_desk(struct call *call, const struct entry_case *row)
{
	const struct notice_sink *sink = call->services->notices;
	struct json_object *variables = json_own(call->arena, json_object_new_object());
	put_text(variables, "name", row->name);
	put_text(variables, "number", row->number);
	if (!sink)
		return NULL;
	return sink->send(call, &record_entry_case, row, "entry_received", "role:reviewer", variables, sink->arg);
}

static struct problem *begin_case(
	struct call *call, const struct case_source *source, struct entry_case **out, const char **duplicate)
{
	const char *sources, *ways;
	bool known;
	struct problem *problem = new_case(call, source, out, duplicate);
	if (problem || *duplicate)
		return problem;
	problem = case_source_insert(call, (*out)->row.id, source, &known);
	if (!problem)
		problem = case_sources_describe(call, (*out)->row.id, &sources, &ways);
	struct membership_subject subject = {
		source->institution_id, source->institution_home, source->uscc, source->name};
	if (!problem)
		problem = membership_open(
			call, &subject, field_value(shape_field(record_membership.shape, "way"), source->way), sources);
	if (!problem)
		problem = case_sources_tell(call, *out); /* they were not there yet when the row was written */
	return problem ? problem : notice_desk(call, *out);
}

static const struct words MEMBER = {"该机构已入驻该平台", "The institution is on that platform already"};
static const struct words SUSPENDED = {"该机构在该平台的入驻已暂停，请先申请恢复",
	"Its membership there is suspended; it is resumed, not applied for anew"};

struct problem *case_receive(struct call *call, const struct case_source *source)
{
	const struct policy *policy;
	struct entry_case *row;
	const char *duplicate = NULL;
	struct membership *member;
	bool known;
	struct problem *problem = case_source_exists(call, source->id, &known);
	if (!problem && !known)
		problem = services_policy(call, &policy);
	if (problem || known)
		return problem;
	struct words refusal = refusal_of_way(&policy->ways, source->way);
	if (refusal.zh)
		return case_source_answer(call, source, "refused", refusal);
	problem = membership_find(call, call->platform_id, source->institution_id, &member);
	if (problem)
		return problem;
	if (member && member->row.phase == MEMBERSHIP_PHASE_ACTIVE)
		return case_source_answer(call, source, "approved", MEMBER);
	if (member && member->row.phase == MEMBERSHIP_PHASE_SUSPENDED)
		return case_source_answer(call, source, "refused", SUSPENDED);
	problem = open_case(call, source->uscc, &row);
	if (!problem && !row) {
		problem = begin_case(call, source, &row, &duplicate);
		if (!problem && duplicate) /* another reader's thread opened it meanwhile */
			problem = open_case(call, source->uscc, &row);
		if (!problem && !duplicate) {
			bool at_once = !strcmp(source->way, "join") && !policy->ways.join_review;
			/* What bars it waits for somebody to look at. */
			return at_once && !guard_case_conditions(call, row, NULL)
				? case_fire(call, row, "approve", (struct words){0})
				: NULL;
		}
	}
	if (problem)
		return problem;
	if (!row)
		return problem_new(call->arena, &PROBLEM_UNAVAILABLE); /* closed in between: the entry comes again */
	return join_case(call, source, row);
}

/* ---- Entries ---- */

static struct problem *read_source(struct call *call, const struct apply_entry *entry, struct case_source *source)
{
	unsigned char hash[32];
	*source = (struct case_source){.id = entry->record_id,
		.from_platform = entry->source,
		.author = entry->actor_name,
		.author_id = entry->actor_id};
	struct problem *problem = apply_id(call, entry, "institution_id", &source->institution_id);
	if (!problem)
		problem = apply_text(call, entry, "uscc", &source->uscc);
	if (!problem)
		problem = apply_text(call, entry, "name", &source->name);
	if (!problem)
		problem = apply_text(call, entry, "region_code", &source->region_code);
	if (problem)
		return problem;
	source->institution_home = get_platform(call, entry->payload, "institution_home");
	source->dossier = json_get_object(entry->payload, "dossier");
	source->opinion = json_get_text(entry->payload, "opinion");
	source->author_marks = json_get_text(entry->payload, "author_marks");
	const char *claimed = json_get_text(entry->payload, "dossier_hash");
	if (!source->dossier || !claimed || !crypto_unhex(claimed, source->dossier_hash, 32) ||
		!source->institution_home)
		return problem_new(call->arena, &PROBLEM_ENTRY);
	dossier_hash(call, source->dossier, hash);
	if (memcmp(hash, source->dossier_hash, 32))
		return problem_detail(call->arena, &PROBLEM_ENTRY, "材料与其摘要不符",
			"the dossier does not match its hash");
	return dossier_read(call, source->dossier, source->institution_id);
}

struct problem *case_apply_recommendation(struct call *call, const struct apply_entry *entry)
{
	struct case_source source;
	struct problem *problem = read_source(call, entry, &source);
	source.way = "recommendation";
	return problem ? problem : case_receive(call, &source);
}

struct problem *case_apply_application(struct call *call, const struct apply_entry *entry)
{
	struct case_source source;
	struct problem *problem = read_source(call, entry, &source);
	if (!problem)
		problem = apply_text(call, entry, "way", &source.way);
	if (problem)
		return problem;
	if (strcmp(source.way, "self") && strcmp(source.way, "join"))
		return problem_new(call->arena, &PROBLEM_ENTRY);
	return case_receive(call, &source);
}

/* ---- Supplements ---- */

/* Who has claimed it, else the desk. */
static struct problem *tell_answered(struct call *call, const struct entry_case *row)
{
	const struct notice_sink *sink = call->services->notices;
	bool claimed = !uuid_is_nil(row->claimed_by) && row->claimed_until > call_now();
	if (!sink)
		return NULL;
	return sink->send(call, &record_entry_case, row, "supplement_answered",
		claimed ? "account:claimed_by" : "role:reviewer", NULL, sink->arg);
}

struct problem *case_answered(struct call *call, struct uuid case_id)
{
	struct db_result *result;
	struct entry_case *row;
	struct problem *problem = db_select(call->db, call->scope,
	                                    "SELECT 1 FROM supplement WHERE platform_id = :p AND case_id = ? AND "
	                                    "home_id = :p AND state = 'open' LIMIT 1",
	                                    DB_ARGS(db_id(&case_id)), &result);
	if (problem || result->rows)
		return problem;
	problem = entry_case_row_peek(call, case_id, &row);
	if (problem || !row || row->row.phase != ENTRY_CASE_PHASE_SUPPLEMENT)
		return problem;
	problem = case_fire(call, row, "resume", (struct words){0});
	return problem ? problem : tell_answered(call, row);
}
