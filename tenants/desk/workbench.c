/* What waits for whom, over all record types: each declaration says what of it waits (core/record/todo.h); here it is
 * counted and put in order. */
#include "tenants/desk/workbench.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/db/search.h"
#include "core/record/todo.h"
#include "core/text/json.h"
#include "core/text/zone.h"
#include "schema/records.gen.h"
#include "tenants/account/recused.h"
#include "tenants/shelf/shelf_cache.h"

enum { PAGE = 20, DESK = ROLE_PLATFORM_ADMIN | ROLE_REVIEWER };

/* One to-do of one record. */
struct source {
	const struct record *record;
	const struct record_todo *todo;
};

struct sources {
	struct source *items;
	size_t count;
};

/* Those of all records that may concern these roles. */
static struct sources find_sources(struct call *call, uint32_t roles)
{
	const struct record_set *set = call->services->records;
	struct sources sources = {0};
	size_t most = 0;
	for (size_t i = 0; i < set->count; i++)
		most += set->records[i]->todo_count;
	sources.items = ARENA_ARRAY(call->arena, struct source, most + 1);
	for (size_t i = 0; i < set->count; i++) {
		const struct record *record = set->records[i];
		for (size_t j = 0; j < record->todo_count; j++)
			if (todo_concerns(call, record, &record->todo[j], roles))
				sources.items[sources.count++] = (struct source){record, &record->todo[j]};
	}
	return sources;
}

static const char *recused_ids(const struct todo_view *view, const char *of)
{
	return recused_from(view->arg, of);
}

/* What the caller sees; recused must live as long as the view. */
static struct problem *see(struct call *call, struct recused *recused, struct todo_view *out)
{
	*recused = (struct recused){0};
	*out = (struct todo_view){.roles = call->actor.roles, .recused = recused_ids, .arg = recused};
	return call->actor.roles & DESK ? recused_read(call, recused) : NULL;
}

/* --- lists --- */

static void search(struct call *call, struct todo_sql *asked, const char *column, const char *text)
{
	struct search found = {0};
	if (text)
		search_make(call->arena, text, &column, 1, &found);
	if (found.sql)
		buf_printf(asked->sql, " AND %s", found.sql);
	for (size_t i = 0; i < found.count; i++)
		asked->args[asked->count++] = found.args[i];
}

static struct problem *add_filters(struct call *call, const struct todo_query *query, struct todo_sql *asked)
{
	search(call, asked, "name", query->name);
	search(call, asked, "applicant", query->applicant);
	if (query->created_from)
		todo_and(asked, "created >= ?", db_time(query->created_from));
	if (query->created_to)
		todo_and(asked, "created < ?", db_time(query->created_to));
	if (query->has_overdue && query->overdue)
		buf_text(asked->sql, " AND due_on < " ZONE_TODAY_SQL);
	if (query->due == TODO_QUERY_DUE_LATE)
		buf_text(asked->sql, " AND due_on < " ZONE_TODAY_SQL);
	else if (query->due == TODO_QUERY_DUE_TODAY)
		buf_text(asked->sql, " AND due_on = " ZONE_TODAY_SQL);
	else if (query->due == TODO_QUERY_DUE_LATER)
		buf_text(asked->sql, " AND (due_on IS NULL OR due_on > " ZONE_TODAY_SQL ")");
	if (query->cursor) {
		int64_t at;
		char text[UUID_TEXT + 1];
		struct uuid id;
		if (sscanf(query->cursor, "%" SCNd64 ".%36s", &at, text) != 2 || !uuid_parse(text, &id))
			return problem_new(call->arena, &PROBLEM_CURSOR);
		todo_and(asked, "(created, id) > (?, ?)", db_time(at));
		asked->args[asked->count++] = db_bytes(arena_memdup(call->arena, id.b, sizeof(id.b)), sizeof(id.b));
	}
	return NULL;
}

static bool is_overdue(struct call *call, const char *due_on)
{
	return due_on && strcmp(due_on, zone_day(call->arena, call_now())) < 0;
}

static struct todo_item read_item(
	struct call *call, const struct source *source, const struct db_result *rows, size_t i)
{
	struct todo_item item = {.type = source->todo->type,
		.record = source->record->name,
		.plural = source->record->plural,
		.title = call_text(call, source->todo->zh, source->todo->en),
		.name = db_get_text(rows, i, 1),
		.applicant = db_get_text(rows, i, 2),
		.step = db_get_text(rows, i, 3),
		.created_at = db_get_time(rows, i, 4),
		.due_on = db_get_text(rows, i, 5),
		.claimed_by_me = db_get_int(rows, i, 6) != 0,
		.has_claimed_by_me = true,
		.has_overdue = true};
	item.overdue = is_overdue(call, item.due_on);
	db_get_id(rows, i, 0, &item.id);
	return item;
}

static struct problem *read_source(struct call *call, const struct source *source, const struct todo_view *view,
	const struct todo_query *query, size_t limit, struct todo_item_list *list)
{
	struct todo_sql asked;
	todo_begin(call, source->record, source->todo, view,
		"id, name, applicant, step, created, DATE_FORMAT(due_on, '%Y-%m-%d'), mine", &asked);
	struct problem *problem = add_filters(call, query, &asked);
	if (problem)
		return problem;
	buf_text(asked.sql, " ORDER BY created, id LIMIT ?");
	asked.args[asked.count++] = db_uint(limit + 1);
	struct db_result *rows;
	const char *sql = db_dynamic(call->db, asked.sql->data);
	if ((problem = db_select(call->db, call->scope, sql, asked.args, asked.count, &rows)))
		return problem;
	for (size_t i = 0; i < rows->rows; i++)
		list->items[list->count++] = read_item(call, source, rows, i);
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
	bool sent = query->box == TODO_QUERY_BOX_SENT;
	struct todo_list page = {0};
	struct recused recused;
	struct todo_view view;
	struct problem *problem = see(call, &recused, &view);
	struct sources sources = find_sources(call, view.roles);
	page.items.items = ARENA_ARRAY(call->arena, struct todo_item, sources.count * (limit + 1) + 1);
	for (size_t i = 0; !problem && i < sources.count; i++) {
		const struct source *source = &sources.items[i];
		if (source->todo->sent == sent && (!query->type || strcmp(query->type, source->todo->type) == 0))
			problem = read_source(call, source, &view, query, limit, &page.items);
	}
	if (problem)
		return problem;
	qsort(page.items.items, page.items.count, sizeof(*page.items.items), oldest_first);
	if (page.items.count > limit) {
		const struct todo_item *last = &page.items.items[limit - 1];
		page.items.count = limit;
		page.next =
			arena_printf(call->arena, "%" PRId64 ".%s", last->created_at, uuid_text(call->arena, last->id));
	}
	return endpoint_answer(call, &shape_todo_list, &page);
}

/* --- counts --- */

static struct problem *count(struct call *call, const struct source *source, const struct todo_view *view,
	const char *select, const char *condition, struct db_result **row)
{
	struct todo_sql asked;
	todo_begin(call, source->record, source->todo, view, select, &asked);
	buf_text(asked.sql, condition);
	return db_select(call->db, call->scope, db_dynamic(call->db, asked.sql->data), asked.args, asked.count, row);
}

/* Of two to-dos that are called alike, one line. */
static struct todo_count *count_of(struct todo_counts *counts, const struct source *source)
{
	struct todo_count *items = counts->types.items;
	for (size_t i = 0; i < counts->types.count; i++)
		if (strcmp(items[i].type, source->todo->type) == 0)
			return &items[i];
	items[counts->types.count] = (struct todo_count){
		.type = source->todo->type, .has_waiting = true, .has_overdue = true, .has_today = true};
	return &items[counts->types.count++];
}

struct problem *workbench_counts(struct call *call)
{
	struct todo_counts counts = {
		.has_waiting = true, .has_overdue = true, .has_today = true, .has_sent = true};
	struct recused recused;
	struct todo_view view;
	struct problem *problem = see(call, &recused, &view);
	struct sources sources = find_sources(call, view.roles);
	counts.types.items = ARENA_ARRAY(call->arena, struct todo_count, sources.count + 1);
	for (size_t i = 0; !problem && i < sources.count; i++) {
		const struct source *source = &sources.items[i];
		struct db_result *row;
		problem =
			count(call, source, &view, "COUNT(*), COALESCE(SUM(due_on < " ZONE_TODAY_SQL "), 0), "
				"COALESCE(SUM(due_on = " ZONE_TODAY_SQL "), 0)", "", &row);
		if (problem)
			return problem;
		if (source->todo->sent) {
			counts.sent += db_get_int(row, 0, 0);
			continue;
		}
		struct todo_count *one = count_of(&counts, source);
		one->waiting += db_get_int(row, 0, 0);
		one->overdue += db_get_int(row, 0, 1);
		one->today += db_get_int(row, 0, 2);
		counts.waiting += db_get_int(row, 0, 0);
		counts.overdue += db_get_int(row, 0, 1);
		counts.today += db_get_int(row, 0, 2);
	}
	return problem ? problem : endpoint_answer(call, &shape_todo_counts, &counts);
}

/* --- what is overdue at a desk, whoever has claimed it --- */

struct problem *workbench_late(struct call *call, struct workbench_late *out)
{
	const struct todo_view desk = {.roles = DESK, .whole = true};
	struct sources sources = find_sources(call, DESK);
	*out = (struct workbench_late){0};
	for (size_t i = 0; i < sources.count; i++) {
		struct db_result *row;
		if (sources.items[i].todo->sent)
			continue;
		struct problem *problem = count(call, &sources.items[i], &desk, "COUNT(*), MIN(created)",
			" AND due_on < " ZONE_TODAY_SQL, &row);
		if (problem)
			return problem;
		int64_t oldest = db_get_time(row, 0, 1);
		out->count += db_get_int(row, 0, 0);
		if (oldest && (!out->oldest_at || oldest < out->oldest_at))
			out->oldest_at = oldest;
	}
	return NULL;
}

/* Most platforms have nothing overdue. Along the indexes of what is under way: left to itself MariaDB reads every row
 * that there is. */
struct problem *workbench_late_platforms(struct db *db, const struct record_set *set, struct db_result **out)
{
	struct buf *sql = buf_in(db_arena(db));
	const char *before = " AND (";
	buf_text(sql,
		DB_ACROSS("SELECT p.id, EXISTS (SELECT 1 FROM chase c WHERE c.platform_id = p.id AND c.day = "
			"" ZONE_TODAY_SQL
			") FROM tenant p WHERE p.state = 'active'"));
	for (size_t i = 0; i < set->count; i++)
		for (size_t j = 0; j < set->records[i]->todo_count; j++)
			if (todo_add_late(set->records[i], &set->records[i]->todo[j], DESK, before, sql))
				before = " OR ";
	buf_text(sql, before[1] == 'A' ? " AND 0" : ")");
	return db_select(db, db_all_platforms("most platforms have nothing overdue"), db_dynamic(db, sql->data),
		DB_NO_ARGS, out);
}
