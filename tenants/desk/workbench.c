/* What waits for whom, over all record types: one table of sources, each a SELECT with the same columns.
 *
 * To add a source: a row below; one that waits for the desk stands in workbench_late_platforms() as well. The SELECT
 * yields id, name, applicant, step, created, due date and whether the caller has claimed it, names its creation time
 * `created` for the paging, and takes the caller's account and institution as ? where `account` and `institution` say
 * so, in this order. */
#include "tenants/desk/workbench.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/buf.h"
#include "core/db/search.h"
#include "core/text/json.h"
#include "core/text/zone.h"
#include "schema/records.gen.h"
#include "tenants/account/recused.h"
#include "tenants/shelf/shelf_cache.h"

enum { PAGE = 20, ARGS_MAX = 16 + 2 * SEARCH_ARGS };

struct source {
	const char *type;
	int box; /* enum todo_query_box */
	uint32_t roles;
	bool account;     /* its first ? is the caller's account */
	bool institution; /* its next ? is the caller's institution */
	const char *sql;
	const char *seen; /* which of them the caller sees; NULL: all. The desk as a whole sees all */
	uint32_t menus;   /* that a sub-account needs to be told */
	bool of_case;     /* it yields case_id, and */
	bool of_institution; /* institution_id: whoever must not judge these does not see it
			        (tenants/account/recused.h) */
};

enum { DESK = ROLE_PLATFORM_ADMIN | ROLE_REVIEWER, OURS = ROLE_OWNER | ROLE_STAFF };
enum { WAITING = TODO_QUERY_BOX_WAITING, SENT = TODO_QUERY_BOX_SENT };

#define NOT_MINE "0"

/* Its ? is the caller's account. */
#define CLAIM \
	"COALESCE(c.claimed_by = ? AND c.claimed_until > UTC_TIMESTAMP(3), 0) AS mine, c.claimed_by, c.claimed_until "
#define UNCLAIMED "(mine OR claimed_by IS NULL OR claimed_until <= UTC_TIMESTAMP(3))"

static const struct source sources[] = {
	/* A case that somebody else has claimed waits for that one until the claim lapses. */
	{"entry_case", WAITING, DESK, true, false,
		"SELECT c.id, c.name, (SELECT GROUP_CONCAT(s.from_name SEPARATOR '、') FROM case_source s WHERE "
		"s.platform_id = c.platform_id "
		"AND s.case_id = c.id AND s.state = 'active') AS applicant, c.step, c.created_at AS created, c.due_on, "
		"c.id AS case_id, c.institution_id, " CLAIM
		"FROM entry_case c WHERE c.platform_id = :p AND c.phase = 'waiting'",
		UNCLAIMED, .of_case = true, .of_institution = true},
	{"listing", WAITING, DESK, false, false,
		"SELECT id, name, institution_name AS applicant, step, COALESCE(submitted_at, created_at) AS created, "
		"due_on, " NOT_MINE " AS mine, institution_id "
		"FROM listing WHERE platform_id = :p AND home_id = platform_id AND phase = 'waiting'",
		.of_institution = true},
	/* Shown already, by a policy that reviews afterwards: only such steps of a listing on the shelf have a day by
	 * which they are due. */
	{"listing_inspection", WAITING, DESK, false, false,
		"SELECT id, name, institution_name AS applicant, step, COALESCE(submitted_at, created_at) AS created, "
		"due_on, " NOT_MINE " AS mine, institution_id "
		"FROM listing WHERE platform_id = :p AND home_id = platform_id AND due_on IS NOT NULL AND phase = "
		"'active'",
		.of_institution = true},
	{"identity_request", WAITING, DESK, false, false,
		"SELECT r.id, (SELECT i.name FROM institution i WHERE i.platform_id = r.platform_id AND i.id = "
		"r.institution_id) AS name, "
		"r.account_name AS applicant, r.step, r.created_at AS created, NULL AS due_on, " NOT_MINE " AS mine "
		"FROM identity_request r "
		"WHERE r.platform_id = :p AND r.open_key IS NOT NULL AND r.phase = 'waiting' AND r.kind = 'claim'"},
	{"supplement", WAITING, DESK, false, false,
		"SELECT id, item AS name, institution_name AS applicant, state AS step, asked_at AS created, "
		"due_on, " NOT_MINE " AS mine "
		"FROM supplement s WHERE platform_id = :p AND to_platform = platform_id AND addressee = 'city' AND "
		"state = 'open' AND sent_at IS NULL "
		"AND NOT EXISTS (SELECT 1 FROM tenant t WHERE t.id = s.home_id AND t.state = 'closed')"},
	/* Some of what was asked is answered and more is awaited; when all is, the case itself waits. */
	{"supplement_answered", WAITING, DESK, true, false,
		"SELECT s.id, s.item AS name, s.institution_name AS applicant, s.state AS step, s.answered_at AS "
		"created, NULL AS due_on, "
		"s.case_id, c.institution_id, " CLAIM
		"FROM supplement s JOIN entry_case c ON c.platform_id = s.platform_id AND c.id = s.case_id AND c.phase "
		"= 'supplement' "
		"WHERE s.platform_id = :p AND s.home_id = s.platform_id AND s.state = 'answered'",
		UNCLAIMED, .of_case = true, .of_institution = true},
	/* Nobody answered in time: the desk goes on without it, asks again or refuses. */
	{"supplement_lapsed", WAITING, DESK, true, false,
		"SELECT s.id, s.item AS name, s.institution_name AS applicant, s.state AS step, s.asked_at AS created, "
		"s.due_on, "
		"s.case_id, c.institution_id, " CLAIM
		"FROM supplement s JOIN entry_case c ON c.platform_id = s.platform_id AND c.id = s.case_id AND c.phase "
		"= 'supplement' "
		"WHERE s.platform_id = :p AND s.home_id = s.platform_id AND s.state = 'open' AND s.due_on "
		"< " ZONE_TODAY_SQL,
		UNCLAIMED, .of_case = true, .of_institution = true},
	{"correction", WAITING, DESK, false, false,
		"SELECT id, institution_name AS name, from_name AS applicant, step, created_at AS created, "
		"due_on, " NOT_MINE " AS mine "
		"FROM correction WHERE platform_id = :p AND phase = 'waiting'"},
	{"transfer", WAITING, DESK, false, false,
		"SELECT id, institution_name AS name, asked_by AS applicant, step, created_at AS created, "
		"due_on, " NOT_MINE " AS mine "
		"FROM transfer WHERE platform_id = :p AND phase = 'waiting'"},
	{"recommendation", SENT, DESK, false, false,
		"SELECT id, name, desk AS applicant, step, sent_at AS created, NULL AS due_on, " NOT_MINE " AS mine "
		"FROM recommendation "
		"WHERE platform_id = :p AND phase IN ('sent', 'waiting', 'supplement', 'withdrawing')"},
	{"invitation", SENT, DESK, false, false,
		"SELECT id, name, contact_name AS applicant, step, created_at AS created, DATE(expires_at + " ZONE_SQL
		") AS due_on, " NOT_MINE " AS mine "
		"FROM invitation WHERE platform_id = :p AND phase IN ('issued', 'delivered', 'opened')"},
	{"transfer_sent", SENT, DESK, false, false,
		"SELECT id, institution_name AS name, asked_by AS applicant, step, created_at AS created, "
		"due_on, " NOT_MINE " AS mine "
		"FROM transfer WHERE platform_id = :p AND phase IN ('sent', 'withdrawing')"},
	{"correction_sent", SENT, DESK, false, false,
		"SELECT id, institution_name AS name, asked_by AS applicant, step, created_at AS created, "
		"due_on, " NOT_MINE " AS mine "
		"FROM correction WHERE platform_id = :p AND phase IN ('sent', 'withdrawing')"},
	{"supplement", WAITING, OURS, false, true,
		"SELECT id, item AS name, institution_name AS applicant, state AS step, asked_at AS created, "
		"due_on, " NOT_MINE " AS mine "
		"FROM supplement s WHERE platform_id = :p AND institution_id = ? AND addressee = 'institution' AND "
		"state = 'open' AND sent_at IS NULL "
		"AND to_platform = platform_id AND NOT EXISTS (SELECT 1 FROM tenant t WHERE t.id = s.home_id AND "
		"t.state = 'closed')",
		.menus = MENU_APPLICATIONS},
	{"identity_request", WAITING, ROLE_OWNER, false, true,
		"SELECT r.id, (SELECT i.name FROM institution i WHERE i.platform_id = r.platform_id AND i.id = "
		"r.institution_id) AS name, "
		"r.account_name AS applicant, r.step, r.created_at AS created, NULL AS due_on, " NOT_MINE " AS mine "
		"FROM identity_request r "
		"WHERE r.platform_id = :p AND r.institution_id = ? AND r.phase = 'waiting' AND r.kind = 'join'"},
	{"correction", WAITING, OURS, false, true,
		"SELECT id, institution_name AS name, from_name AS applicant, step, created_at AS created, "
		"due_on, " NOT_MINE " AS mine "
		"FROM correction WHERE platform_id = :p AND institution_id = ? AND phase = 'waiting'",
		.menus = MENU_PROFILE},
	{"listing_returned", WAITING, OURS, false, true,
		"SELECT id, name, reason AS applicant, step, COALESCE(decided_at, updated_at) AS created, "
		"due_on, " NOT_MINE " AS mine "
		"FROM listing WHERE platform_id = :p AND institution_id = ? AND product_home = platform_id AND phase = "
		"'returned'",
		.menus = MENU_PUBLISH},
	{"qualification", WAITING, OURS, false, true,
		"SELECT id, name, issuer AS applicant, kind AS step, created_at AS created, expires_on AS "
		"due_on, " NOT_MINE " AS mine "
		"FROM qualification WHERE platform_id = :p AND institution_id = ? AND home_id = platform_id "
		"AND expires_on < " ZONE_TODAY_SQL " + INTERVAL 30 DAY",
		.menus = MENU_QUALIFICATIONS},
	{"application", SENT, OURS, false, true,
		"SELECT a.id, (SELECT i.name FROM institution i WHERE i.platform_id = a.platform_id AND i.id = "
		"a.institution_id) AS name, "
		"a.desk AS applicant, a.step, COALESCE(a.sent_at, a.created_at) AS created, NULL AS due_on, " NOT_MINE
		" AS mine FROM application a "
		"WHERE a.platform_id = :p AND a.institution_id = ? AND a.phase IN ('sent', 'waiting', 'supplement', "
		"'withdrawing')",
		.menus = MENU_APPLICATIONS},
	{"listing_sent", SENT, OURS, false, true,
		"SELECT id, name, decided_name AS applicant, step, COALESCE(submitted_at, created_at) AS created, "
		"due_on, " NOT_MINE " AS mine "
		"FROM listing WHERE platform_id = :p AND institution_id = ? AND product_home = platform_id AND phase = "
		"'waiting'",
		.menus = MENU_PUBLISH},
};
enum { SOURCES = sizeof(sources) / sizeof(sources[0]) };

static bool concerns(const struct call *call, const struct source *source)
{
	return (source->roles & call->actor.roles) && !(source->menus & call->actor.barred);
}

struct asked {
	struct buf *sql;
	struct db_value args[ARGS_MAX];
	size_t count;
};

static void and(struct asked *asked, const char *condition, struct db_value value)
{
	buf_printf(asked->sql, " AND %s", condition);
	asked->args[asked->count++] = value;
}

/* recused: whom the caller must not judge; NULL for the desk as a whole. */
static void begin(struct call *call, const struct source *source, const char *select, const struct recused *recused,
	struct asked *asked)
{
	bool whole_desk = !recused;
	const char *seen = source->seen && !whole_desk ? source->seen : "1";
	*asked = (struct asked){.sql = buf_in(call->arena)};
	buf_printf(asked->sql, "SELECT %s FROM (%s) t WHERE %s", select, source->sql, seen);
	if (recused && source->of_case && recused->cases)
		buf_printf(asked->sql, " AND case_id NOT IN (%s)", recused->cases);
	if (recused && source->of_institution && recused->institutions)
		buf_printf(asked->sql, " AND institution_id NOT IN (%s)", recused->institutions);
	if (source->account)
		asked->args[asked->count++] = db_id(&call->actor.account_id);
	if (source->institution)
		asked->args[asked->count++] =
			db_bytes(call->actor.institution_id.b, sizeof(call->actor.institution_id.b));
}

static struct problem *recused_for(struct call *call, struct recused *out)
{
	*out = (struct recused){0};
	return call->actor.roles & DESK ? recused_read(call, out) : NULL;
}

static void search(struct call *call, struct asked *asked, const char *column, const char *text)
{
	struct search found = {0};
	if (text)
		search_make(call->arena, text, &column, 1, &found);
	if (found.sql)
		buf_printf(asked->sql, " AND %s", found.sql);
	for (size_t i = 0; i < found.count; i++)
		asked->args[asked->count++] = found.args[i];
}

static struct problem *add_filters(struct call *call, const struct todo_query *query, struct asked *asked)
{
	search(call, asked, "name", query->name);
	search(call, asked, "applicant", query->applicant);
	if (query->created_from)
		and(asked, "created >= ?", db_time(query->created_from));
	if (query->created_to)
		and(asked, "created < ?", db_time(query->created_to));
	if (query->has_overdue && query->overdue)
		buf_text(asked->sql, " AND due_on < " ZONE_TODAY_SQL);
	if (query->cursor) {
		int64_t at;
		char text[UUID_TEXT + 1];
		struct uuid id;
		if (sscanf(query->cursor, "%" SCNd64 ".%36s", &at, text) != 2 || !uuid_parse(text, &id))
			return problem_new(call->arena, &PROBLEM_CURSOR);
		and(asked, "(created, id) > (?, ?)", db_time(at));
		asked->args[asked->count++] = db_bytes(arena_memdup(call->arena, id.b, sizeof(id.b)), sizeof(id.b));
	}
	return NULL;
}

static bool is_overdue(struct call *call, const char *due_on)
{
	return due_on && strcmp(due_on, zone_day(call->arena, call_now())) < 0;
}

static struct problem *read_source(struct call *call, const struct source *source, const struct recused *recused,
	const struct todo_query *query, size_t limit, struct todo_item_list *list)
{
	struct asked asked;
	begin(call, source, "id, name, applicant, step, created, DATE_FORMAT(due_on, '%Y-%m-%d'), mine", recused,
		&asked);
	struct problem *problem = add_filters(call, query, &asked);
	if (problem)
		return problem;
	buf_text(asked.sql, " ORDER BY created, id LIMIT ?");
	asked.args[asked.count++] = db_uint(limit + 1);
	struct db_result *rows;
	if ((problem = db_select(
		     call->db, call->scope, db_dynamic(call->db, asked.sql->data), asked.args, asked.count, &rows)))
		return problem;
	for (size_t i = 0; i < rows->rows; i++) {
		struct todo_item *item = &list->items[list->count++];
		*item = (struct todo_item){.type = source->type,
			.name = db_get_text(rows, i, 1),
			.applicant = db_get_text(rows, i, 2),
			.step = db_get_text(rows, i, 3),
			.created_at = db_get_time(rows, i, 4),
			.due_on = db_get_text(rows, i, 5),
			.claimed_by_me = db_get_int(rows, i, 6) != 0,
			.has_claimed_by_me = true,
			.has_overdue = true};
		item->overdue = is_overdue(call, item->due_on);
		db_get_id(rows, i, 0, &item->id);
	}
	return NULL;
}

static int oldest_first(const void *a, const void *b)
{
	const struct todo_item *x = a, *y = b;
	if (x->created_at != y->created_at)
		return x->created_at < y->created_at ? -1 : 1;
	return uuid_compare(x->id, y->id);
}

/* Each source gives the first of its own; the first of them all are among those. */
struct problem *workbench_todo(struct call *call, const struct todo_query *query)
{
	size_t limit = query->has_limit ? (size_t)query->limit : PAGE;
	int box = query->box ? (int)query->box : WAITING;
	struct todo_list page = {0};
	struct recused recused;
	struct problem *problem = recused_for(call, &recused);
	if (problem)
		return problem;
	page.items.items = ARENA_ARRAY(call->arena, struct todo_item, SOURCES * (limit + 1));
	for (size_t i = 0; i < SOURCES; i++) {
		const struct source *source = &sources[i];
		if (source->box != box || !concerns(call, source) ||
			(query->type && strcmp(query->type, source->type) != 0))
			continue;
		problem = read_source(call, source, &recused, query, limit, &page.items);
		if (problem)
			return problem;
	}
	qsort(page.items.items, page.items.count, sizeof(*page.items.items), oldest_first);
	if (page.items.count > limit) {
		const struct todo_item *last = &page.items.items[limit - 1];
		page.items.count = limit;
		page.next =
			arena_printf(call->arena, "%" PRId64 ".%s", last->created_at, uuid_text(call->arena, last->id));
	}
	return endpoint_answer(call, &shape_todo_list, &page);
}

struct problem *workbench_counts(struct call *call)
{
	struct todo_counts counts = {.has_waiting = true, .has_overdue = true, .has_sent = true};
	struct recused recused;
	struct problem *problem = recused_for(call, &recused);
	if (problem)
		return problem;
	counts.types.items = ARENA_ARRAY(call->arena, struct todo_count, SOURCES);
	for (size_t i = 0; i < SOURCES; i++) {
		const struct source *source = &sources[i];
		if (!concerns(call, source))
			continue;
		struct asked asked;
		struct db_result *row;
		begin(call, source, "COUNT(*), COALESCE(SUM(due_on < " ZONE_TODAY_SQL "), 0)", &recused, &asked);
		problem = db_select(
			call->db, call->scope, db_dynamic(call->db, asked.sql->data), asked.args, asked.count, &row);
		if (problem)
			return problem;
		if (source->box == SENT) {
			counts.sent += db_get_int(row, 0, 0);
			continue;
		}
		int64_t waiting = db_get_int(row, 0, 0), overdue = db_get_int(row, 0, 1);
		counts.types.items[counts.types.count++] =
			(struct todo_count){source->type, waiting, true, overdue, true};
		counts.waiting += waiting;
		counts.overdue += overdue;
	}
	return endpoint_answer(call, &shape_todo_counts, &counts);
}

/* --- what is overdue at a desk, whoever has claimed it --- */

struct problem *workbench_late(struct call *call, struct workbench_late *out)
{
	*out = (struct workbench_late){0};
	for (size_t i = 0; i < SOURCES; i++) {
		const struct source *source = &sources[i];
		if (source->box != WAITING || source->roles != DESK)
			continue;
		struct asked asked;
		struct db_result *row;
		begin(call, source, "COUNT(*), MIN(created)", NULL, &asked);
		buf_text(asked.sql, " AND due_on < " ZONE_TODAY_SQL);
		struct problem *problem = db_select(
			call->db, call->scope, db_dynamic(call->db, asked.sql->data), asked.args, asked.count, &row);
		if (problem)
			return problem;
		int64_t oldest = db_get_time(row, 0, 1);
		out->count += db_get_int(row, 0, 0);
		if (oldest && (!out->oldest_at || oldest < out->oldest_at))
			out->oldest_at = oldest;
	}
	return NULL;
}

/* Most platforms have nothing overdue. Along the indexes of what is under way: left to itself MariaDB reads every
 * listing that there is. */
struct problem *workbench_late_platforms(struct db *db, struct db_result **out)
{
	return db_select(db, db_all_platforms("most platforms have nothing overdue"),
		"SELECT t.id, EXISTS (SELECT 1 FROM chase c WHERE c.platform_id = t.id AND c.day = " ZONE_TODAY_SQL
		") FROM tenant t WHERE t.state = 'active' "
		"AND (EXISTS (SELECT 1 FROM entry_case c FORCE INDEX (queue) WHERE c.platform_id = t.id AND c.phase = "
		"'waiting' AND c.due_on < " ZONE_TODAY_SQL ") "
		"OR EXISTS (SELECT 1 FROM listing l FORCE INDEX (review) WHERE l.platform_id = t.id AND l.home_id = "
		"t.id AND l.phase = 'waiting' "
		"AND l.due_on < " ZONE_TODAY_SQL ") "
		"OR EXISTS (SELECT 1 FROM listing l FORCE INDEX (due) WHERE l.platform_id = t.id AND l.home_id = t.id "
		"AND l.due_on < " ZONE_TODAY_SQL " "
		"AND l.phase = 'active') "
		"OR EXISTS (SELECT 1 FROM supplement s FORCE INDEX (state) WHERE s.platform_id = t.id AND s.state = "
		"'open' AND s.addressee = 'city' "
		"AND s.to_platform = t.id AND s.sent_at IS NULL AND s.due_on < " ZONE_TODAY_SQL ") "
		"OR EXISTS (SELECT 1 FROM supplement s FORCE INDEX (state) WHERE s.platform_id = t.id AND s.state = "
		"'open' AND s.home_id = t.id "
		"AND s.due_on < " ZONE_TODAY_SQL ") "
		"OR EXISTS (SELECT 1 FROM correction c FORCE INDEX (phase) WHERE c.platform_id = t.id AND c.phase = "
		"'waiting' AND c.due_on < " ZONE_TODAY_SQL ") "
		"OR EXISTS (SELECT 1 FROM transfer m FORCE INDEX (phase) WHERE m.platform_id = t.id AND m.phase = "
		"'waiting' AND m.due_on < " ZONE_TODAY_SQL "))",
		DB_NO_ARGS, out);
}
