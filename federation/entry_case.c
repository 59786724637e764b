#include "federation/entry_case.h"

#include <stdio.h>
#include <string.h>

#include "core/buf.h"
#include "core/crypto.h"
#include "core/diag.h"
#include "core/json.h"
#include "federation/dossier.h"
#include "federation/federation.h"
#include "schema/records.gen.h"
#include "tenants/membership.h"
#include "tenants/platform.h"
#include "tenants/post.h"
#include "tenants/product.h"
#include "tenants/services.h"

static struct problem *fire_as_server(struct call *call, struct entry_case *row, const char *event, const char *reason)
{
	uint32_t roles = call->actor.roles;
	call->actor.roles |= ROLE_SERVER;
	struct problem *problem = entry_case_row_fire(call, row, event, form_reason(call, reason));
	call->actor.roles = roles;
	return problem;
}

static const char *json_line(struct call *call, struct json_object *value)
{
	struct buf *text = buf_in(call->arena);
	json_canonical(text, value);
	return text->data;
}

/* ---- Sources ---- */

/* "recommendation:3,self:5" and "recommendation,self". */
static struct problem *describe_sources(struct call *call, struct uuid case_id, const char **sources, const char **ways)
{
	struct db_result *result;
	struct problem *problem = db_select(call->db, call->scope,
	                                    "SELECT way, from_platform FROM case_source WHERE platform_id = :p AND case_id = ? "
	                                    "AND state = 'active' ORDER BY created_at, id LIMIT 12",
	                                    DB_ARGS(db_id(&case_id)), &result);
	if (problem)
		return problem;
	struct buf *full = buf_in(call->arena), *brief = buf_in(call->arena);
	for (size_t i = 0; i < result->rows; i++) {
		const char *way = db_get_text(result, i, 0);
		buf_printf(full, "%s%s:%llu", i ? "," : "", way, (unsigned long long)db_get_uint(result, i, 1));
		if (!strstr(brief->data, way))
			buf_printf(brief, "%s%s", i ? "," : "", way);
	}
	*sources = result->rows ? full->data : NULL;
	*ways = brief->data;
	return NULL;
}

static struct problem *insert_source(struct call *call, struct uuid case_id, const struct case_source *source, bool *known)
{
	const char *duplicate;
	const struct platform *from = post_platform(call, source->from_platform);
	struct problem *problem = db_insert(call->db, call->scope,
	                                    "INSERT INTO case_source (platform_id, id, case_id, way, from_platform, from_name, state, dossier, "
	                                    "dossier_hash, opinion, author, author_id, author_marks, created_at) "
	                                    "VALUES (:p, ?, ?, ?, ?, ?, 'active', ?, ?, ?, ?, ?, ?, UTC_TIMESTAMP(3))",
	                                    DB_ARGS(db_id(&source->id), db_id(&case_id), db_text(source->way), db_uint(source->from_platform),
	                                            db_text(from ? from->name_zh : "?"), db_text(json_line(call, source->dossier)),
	                                            db_bytes(source->dossier_hash, 32), db_text(source->opinion), db_text(source->author),
	                                            db_id(&source->author_id), db_text(source->author_marks)),
	                                    &duplicate);
	*known = !problem && duplicate;
	return problem;
}

static struct problem *source_exists(struct call *call, struct uuid id, bool *exists)
{
	struct db_result *result;
	struct problem *problem =
		db_select(call->db, call->scope, "SELECT 1 FROM case_source WHERE platform_id = :p AND id = ?", DB_ARGS(db_id(&id)), &result);
	*exists = !problem && result->rows;
	return problem;
}

/* ---- Progress ---- */

static bool is_decided(const struct entry_case *row)
{
	return row->row.phase == ENTRY_CASE_PHASE_APPROVED || row->row.phase == ENTRY_CASE_PHASE_REFUSED ||
	       row->row.phase == ENTRY_CASE_PHASE_WITHDRAWN;
}

static struct json_object *progress(struct call *call, const struct entry_case *row)
{
	const struct lifecycle *lifecycle = lifecycle_for_row(call, &record_entry_case, row);
	const struct lifecycle_step *step = lifecycle ? lifecycle_step(lifecycle, row->row.step) : NULL;
	struct json_object *payload = json_own(call->arena, json_object_new_object());
	put_id(payload, "case_id", row->row.id);
	put_text(payload, "number", row->number);
	put_int(payload, "case_version", row->row.version);
	put_id(payload, "institution_id", row->institution_id);
	put_text(payload, "phase", record_entry_case.phases[row->row.phase - 1].code);
	put_text(payload, "step", row->row.step);
	put_text(payload, "desk", step ? (step->desk_zh ? step->desk_zh : step->zh) : NULL);
	put_text(payload, "due_on", row->row.due_on);
	put_text(payload, "reason", is_decided(row) ? row->decision_reason : NULL);
	return payload;
}

static const char *source_type(const char *way)
{
	if (!strcmp(way, "recommendation"))
		return "recommendation";
	return "application";
}

static struct problem *tell(struct call *call, struct uuid source, const char *way, uint32_t to, struct json_object *payload, bool decided)
{
	return post_send_to(call, decided ? "case.decided" : "case.progress", source_type(way), source, to, payload);
}

/* Every source that still stands behind it. */
static struct problem *tell_sources(struct call *call, const struct entry_case *row)
{
	struct db_result *result;
	struct problem *problem = db_select(call->db, call->scope,
	                                    "SELECT id, way, from_platform FROM case_source WHERE platform_id = :p AND case_id = ? AND state <> 'withdrawn'",
	                                    DB_ARGS(db_id(&row->row.id)), &result);
	struct json_object *payload = problem || !result->rows ? NULL : progress(call, row);
	for (size_t i = 0; !problem && i < result->rows; i++) {
		struct uuid id;
		db_get_id(result, i, 0, &id);
		problem = tell(call, id, db_get_text(result, i, 1), (uint32_t)db_get_uint(result, i, 2), payload, is_decided(row));
	}
	return problem;
}

/* For what never became a case, and for a source that leaves one. */
static struct problem *answer(struct call *call, const struct case_source *source, const char *phase, const char *reason)
{
	struct json_object *payload = json_own(call->arena, json_object_new_object());
	put_id(payload, "case_id", UUID_NIL);
	put_int(payload, "case_version", UINT32_MAX); /* nothing comes after it */
	put_id(payload, "institution_id", source->institution_id);
	put_text(payload, "phase", phase);
	put_text(payload, "reason", reason);
	return tell(call, source->id, source->way, source->from_platform, payload, true);
}

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
	struct json_object *facts = dossier_facts(call, json_get_object(row->dossier, "institution"), json_get_object(row->dossier, "recommendation"));
	struct problem *problem = dossier_check(call, call->platform, facts, &results, &count);
	if (problem)
		return problem;
	struct json_object *fresh = dossier_conditions(call, results, count);
	keep_judgements(fresh, row->conditions);
	row->conditions = fresh;
	return NULL;
}

/* ---- Receiving ---- */

static const char *refusal_of_way(const struct policy_ways *ways, const char *way)
{
	if (!strcmp(way, "recommendation"))
		return ways->recommendation ? NULL : "本平台不接受推荐入驻";
	if (!strcmp(way, "self"))
		return ways->self ? NULL : "本平台不接受自主申报";
	if (!strcmp(way, "join"))
		return ways->join ? NULL : "本平台不开放加入";
	return NULL;
}

static struct problem *new_case(struct call *call, const struct case_source *source, struct entry_case **out, const char **duplicate)
{
	const struct policy *policy;
	struct entry_case *row = *out = entry_case_row_new(call);
	struct problem *problem = services_policy(call, &policy);
	if (!problem)
		problem = product_series_number(call, policy->case_prefix, &row->number);
	if (problem)
		return problem;
	row->row.id = uuid_v7();
	row->uscc = row->open_uscc = source->uscc;
	row->institution_id = source->institution_id;
	row->institution_home = source->institution_home;
	row->name = source->name;
	row->region_code = source->region_code;
	row->ways = source->way;
	row->dossier = source->dossier;
	problem = case_evaluate(call, row);
	return problem ? problem : record_insert_unless(call, &record_entry_case, row, duplicate);
}

static struct problem *open_case(struct call *call, const char *uscc, struct entry_case **out)
{
	struct entry_case **rows;
	size_t count;
	struct problem *problem = entry_case_row_select(call, "open_uscc = ?", "LIMIT 1", DB_ARGS(db_text(uscc)), &rows, &count);
	*out = !problem && count ? rows[0] : NULL;
	return problem;
}

/* A later source brings the newer dossier; the earlier ones stay with their sources. */
static struct problem *join_case(struct call *call, const struct case_source *source, struct entry_case *row)
{
	const char *sources, *ways;
	bool known;
	struct problem *problem = insert_source(call, row->row.id, source, &known);
	if (problem || known)
		return problem;
	problem = describe_sources(call, row->row.id, &sources, &ways);
	if (problem)
		return problem;
	row->ways = ways;
	row->dossier = source->dossier;
	row->name = source->name;
	problem = case_evaluate(call, row);
	if (!problem)
		problem = record_update(call, &record_entry_case, row, "source_joined");
	struct membership_subject subject = {source->institution_id, source->institution_home, source->uscc, source->name};
	return problem ? problem : membership_open(call, &subject, field_value(shape_field(record_membership.shape, "way"), source->way), sources);
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

static struct problem *begin_case(struct call *call, const struct case_source *source, struct entry_case **out, const char **duplicate)
{
	const char *sources, *ways;
	bool known;
	struct problem *problem = new_case(call, source, out, duplicate);
	if (problem || *duplicate)
		return problem;
	problem = insert_source(call, (*out)->row.id, source, &known);
	if (!problem)
		problem = describe_sources(call, (*out)->row.id, &sources, &ways);
	struct membership_subject subject = {source->institution_id, source->institution_home, source->uscc, source->name};
	if (!problem)
		problem = membership_open(call, &subject, field_value(shape_field(record_membership.shape, "way"), source->way), sources);
	if (!problem)
		problem = tell_sources(call, *out); /* they were not there yet when the row was written */
	return problem ? problem : notice_desk(call, *out);
}

struct problem *case_receive(struct call *call, const struct case_source *source)
{
	const struct policy *policy;
	struct entry_case *row;
	const char *duplicate = NULL;
	bool known, active;
	struct problem *problem = source_exists(call, source->id, &known);
	if (!problem && !known)
		problem = services_policy(call, &policy);
	if (problem || known)
		return problem;
	const char *refusal = refusal_of_way(&policy->ways, source->way);
	if (refusal)
		return answer(call, source, "refused", refusal);
	problem = membership_is_active(call, call->platform_id, source->institution_id, &active);
	if (problem)
		return problem;
	if (active)
		return answer(call, source, "approved", "该机构已入驻本平台");
	problem = open_case(call, source->uscc, &row);
	if (!problem && !row) {
		problem = begin_case(call, source, &row, &duplicate);
		if (!problem && duplicate) /* another reader's thread opened it meanwhile */
			problem = open_case(call, source->uscc, &row);
		if (!problem && !duplicate) {
			bool at_once = !strcmp(source->way, "join") && !policy->ways.join_review;
			return at_once ? fire_as_server(call, row, "approve", NULL) : NULL;
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
	int64_t home;
	unsigned char hash[32];
	*source = (struct case_source){.id = entry->record_id, .from_platform = entry->source, .author = entry->actor_name, .author_id = entry->actor_id};
	struct problem *problem = apply_id(call, entry, "institution_id", &source->institution_id);
	if (!problem)
		problem = apply_text(call, entry, "uscc", &source->uscc);
	if (!problem)
		problem = apply_text(call, entry, "name", &source->name);
	if (!problem)
		problem = apply_text(call, entry, "region_code", &source->region_code);
	if (problem)
		return problem;
	source->dossier = json_get_object(entry->payload, "dossier");
	source->opinion = json_get_text(entry->payload, "opinion");
	source->author_marks = json_get_text(entry->payload, "author_marks");
	const char *claimed = json_get_text(entry->payload, "dossier_hash");
	if (!source->dossier || !claimed || !crypto_unhex(claimed, source->dossier_hash, 32) || !json_get_int(entry->payload, "institution_home", &home))
		return problem_new(call->arena, &PROBLEM_ENTRY);
	source->institution_home = (uint32_t)home;
	dossier_hash(call, source->dossier, hash);
	if (memcmp(hash, source->dossier_hash, 32))
		return problem_detail(call->arena, &PROBLEM_ENTRY, "材料与其摘要不符", "the dossier does not match its hash");
	return NULL;
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

/* ---- Withdrawing ---- */

struct withdrawn {
	struct case_source source;
	struct uuid case_id;
	bool active;
	bool found;
};

static struct problem *load_source(struct call *call, const struct apply_entry *entry, struct withdrawn *out)
{
	struct db_result *result;
	struct problem *problem = db_select(call->db, call->scope,
	                                    "SELECT case_id, way, state = 'active' FROM case_source WHERE platform_id = :p AND id = ? AND from_platform = ?",
	                                    DB_ARGS(db_id(&entry->record_id), db_uint(entry->source)), &result);
	*out = (struct withdrawn){.source = {.id = entry->record_id, .from_platform = entry->source}};
	if (problem || !result->rows)
		return problem;
	db_get_id(result, 0, 0, &out->case_id);
	out->source.way = db_get_text(result, 0, 1);
	out->active = db_get_int(result, 0, 2) != 0;
	out->found = true;
	return NULL;
}

static struct problem *leave_case(struct call *call, struct entry_case *row, struct withdrawn *withdrawn, const char *reason)
{
	const char *sources, *ways;
	struct problem *problem = db_exec(call->db, call->scope,
	                                  "UPDATE case_source SET state = 'withdrawn', withdrawn_at = UTC_TIMESTAMP(3) "
	                                  "WHERE platform_id = :p AND id = ? AND state = 'active'",
	                                  DB_ARGS(db_id(&withdrawn->source.id)), NULL);
	if (!problem)
		problem = describe_sources(call, row->row.id, &sources, &ways);
	if (problem)
		return problem;
	if (sources) {
		row->ways = ways;
		struct membership_subject subject = {row->institution_id, row->institution_home, row->uscc, row->name};
		problem = record_update(call, &record_entry_case, row, "source_withdrawn");
		if (!problem)
			problem = membership_open(call, &subject, field_value(shape_field(record_membership.shape, "way"), strtok(arena_strdup(call->arena, ways), ",")), sources);
	} else {
		problem = fire_as_server(call, row, "withdraw", reason);
	}
	withdrawn->source.institution_id = row->institution_id;
	return problem ? problem : answer(call, &withdrawn->source, "withdrawn", reason);
}

struct problem *case_apply_withdraw(struct call *call, const struct apply_entry *entry)
{
	struct withdrawn withdrawn;
	struct entry_case *row = NULL;
	struct problem *problem = load_source(call, entry, &withdrawn);
	if (!problem && withdrawn.found)
		problem = entry_case_row_peek(call, withdrawn.case_id, &row);
	if (problem || !row || !withdrawn.active)
		return problem; /* it never became a case, and was answered so; or it is withdrawn already */
	if (!is_decided(row))
		return leave_case(call, row, &withdrawn, json_get_text(entry->payload, "reason"));
	/* The decision came first: both sides show it. */
	return post_send_to(call, "case.withdraw_refused", source_type(withdrawn.source.way), entry->record_id, entry->source, progress(call, row));
}

/* ---- Supplements ---- */

struct problem *case_answered(struct call *call, struct uuid case_id)
{
	struct db_result *result;
	struct entry_case *row;
	struct problem *problem = db_select(call->db, call->scope,
	                                    "SELECT 1 FROM supplement WHERE platform_id = :p AND case_id = ? AND home_id = :p AND state = 'open' LIMIT 1",
	                                    DB_ARGS(db_id(&case_id)), &result);
	if (problem || result->rows)
		return problem;
	problem = entry_case_row_peek(call, case_id, &row);
	if (problem || !row || row->row.phase != ENTRY_CASE_PHASE_SUPPLEMENT)
		return problem;
	return fire_as_server(call, row, "resume", NULL);
}

/* ---- Guards ---- */

struct problem *guard_case_mine(struct call *call, const struct entry_case *row, struct json_object *form)
{
	(void)form;
	if (call->actor.roles & ROLE_SERVER || uuid_is_nil(row->claimed_by) || row->claimed_until < call_now() ||
	    uuid_equal(row->claimed_by, call->actor.account_id))
		return NULL;
	const char *name = row->claimed_name ? row->claimed_name : "?";
	return problem_detail(call->arena, &PROBLEM_CONFLICT, arena_printf(call->arena, "该件正由 %s 办理", name),
	                      arena_printf(call->arena, "%s has claimed this case", name));
}

struct problem *guard_case_conditions(struct call *call, const struct entry_case *row, struct json_object *form)
{
	(void)form;
	static const struct problem_kind kind = {"entry-condition", 422, "不满足入驻条件", "Entry conditions are not met"};
	struct problem *problem = NULL;
	for (size_t i = 0; i < json_count(row->conditions); i++) {
		struct json_object *one = json_at(row->conditions, i);
		bool blocks = false;
		if (!json_get_bool(one, "blocks", &blocks) || !blocks)
			continue;
		const char *zh = json_get_text(one, "zh"), *en = json_get_text(one, "en");
		if (!problem)
			problem = problem_new(call->arena, &kind);
		problem = problem_add_field(call->arena, problem, arena_printf(call->arena, "/conditions/%s", json_get_text(one, "id")),
		                            "entry-condition", zh ? zh : kind.zh, en ? en : kind.en);
	}
	return problem;
}

struct problem *guard_case_asked(struct call *call, const struct entry_case *row, struct json_object *form)
{
	(void)form;
	struct db_result *result;
	struct problem *problem = db_select(call->db, call->scope,
	                                    "SELECT 1 FROM supplement WHERE platform_id = :p AND case_id = ? AND home_id = :p AND state = 'open' LIMIT 1",
	                                    DB_ARGS(db_id(&row->row.id)), &result);
	if (problem || result->rows)
		return problem;
	return problem_detail(call->arena, &PROBLEM_CONFLICT, "请先逐项列出补正要求", "Say first what is to be supplemented, item by item");
}

/* ---- Effects ---- */

static void decide(struct call *call, struct entry_case *row, struct json_object *form)
{
	row->open_uscc = NULL;
	row->decided_by = call->actor.account_id;
	row->decided_name = call->actor.name;
	row->decided_at = call_now();
	row->decision_reason = json_get_text(form, "reason");
	row->claimed_by = UUID_NIL;
	row->claimed_name = NULL;
	row->claimed_until = 0;
}

/* What was still asked is asked no more. */
static struct problem *close_supplements(struct call *call, const struct entry_case *row)
{
	struct supplement **rows;
	size_t count;
	struct problem *problem = supplement_row_select(call, "case_id = ? AND home_id = platform_id AND state = 'open'", "ORDER BY id",
	                                                DB_ARGS(db_id(&row->row.id)), &rows, &count);
	for (size_t i = 0; !problem && i < count; i++) {
		rows[i]->state = SUPPLEMENT_STATE_VOID;
		problem = supplement_row_update(call, rows[i], "void");
	}
	return problem;
}

static struct problem *close_sources(struct call *call, const struct entry_case *row)
{
	struct problem *problem = close_supplements(call, row);
	return problem ? problem : db_exec(call->db, call->scope,
	                                   "UPDATE case_source SET state = 'decided' WHERE platform_id = :p AND case_id = ? AND state = 'active'",
	                                   DB_ARGS(db_id(&row->row.id)), NULL);
}

static int first_way(const struct entry_case *row)
{
	const struct field *field = shape_field(record_membership.shape, "way");
	char way[60];
	snprintf(way, sizeof way, "%s", row->ways);
	way[strcspn(way, ",")] = '\0';
	int value = field_value(field, way);
	return value ? value : MEMBERSHIP_WAY_SELF;
}

struct problem *effect_case_admit(struct call *call, struct entry_case *row, struct json_object *form)
{
	decide(call, row, form);
	struct membership_subject subject = {row->institution_id, row->institution_home, row->uscc, row->name};
	struct problem *problem = close_sources(call, row);
	return problem ? problem : membership_admit(call, &subject, first_way(row));
}

struct problem *effect_case_refuse(struct call *call, struct entry_case *row, struct json_object *form)
{
	decide(call, row, form);
	struct problem *problem = close_sources(call, row);
	return problem ? problem : membership_follow(call, row->institution_id, "refuse", row->decision_reason, NULL);
}

struct problem *effect_case_close(struct call *call, struct entry_case *row, struct json_object *form)
{
	decide(call, row, form);
	struct problem *problem = close_supplements(call, row);
	return problem ? problem : membership_follow(call, row->institution_id, "withdraw", row->decision_reason, NULL);
}

struct problem *effect_case_ask(struct call *call, struct entry_case *row, struct json_object *form)
{
	(void)form;
	const char *sources, *ways;
	struct problem *problem = describe_sources(call, row->row.id, &sources, &ways);
	return problem ? problem : membership_follow(call, row->institution_id, "ask", NULL, sources);
}

struct problem *effect_case_resume(struct call *call, struct entry_case *row, struct json_object *form)
{
	(void)form;
	const char *sources, *ways;
	struct problem *problem = close_supplements(call, row);
	if (!problem)
		problem = describe_sources(call, row->row.id, &sources, &ways);
	return problem ? problem : membership_follow(call, row->institution_id, "answer", NULL, sources);
}

struct problem *case_after_write(struct call *call, const struct entry_case *before, const struct entry_case *row)
{
	if (before && before->row.phase == row->row.phase && !strcmp(before->row.step, row->row.step))
		return NULL;
	return tell_sources(call, row);
}
