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

enum { PAGE = 20, OFFSET_MOST = 20000, DESK = ROLE_PLATFORM_ADMIN | ROLE_REVIEWER };

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

static void add_filters(struct call *call, const struct todo_query *query, struct todo_sql *asked)
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

/* The same order in SQL and here, where what the sources gave is put together. What is due on no day comes last. */
static int by_creation(const void *a, const void *b)
{
	const struct todo_item *x = a, *y = b;
	if (x->created_at != y->created_at)
		return x->created_at < y->created_at ? -1 : 1;
	return uuid_compare(x->id, y->id);
}

static int by_due(const void *a, const void *b)
{
	const struct todo_item *x = a, *y = b;
	if (!x->due_on != !y->due_on)
		return x->due_on ? -1 : 1;
	int order = x->due_on ? strcmp(x->due_on, y->due_on) : 0;
	return order ? order : by_creation(a, b);
}

static int by_creation_down(const void *a, const void *b)
{
	return by_creation(b, a);
}

static int by_due_down(const void *a, const void *b)
{
	return by_due(b, a);
}

static const struct ordering {
	const char *name, *sql;
	int (*compare)(const void *, const void *);
} ORDERS[] = {{"created_at", "created, id", by_creation}, {"-created_at", "created DESC, id DESC", by_creation_down},
	{"due_on", "due_on IS NULL, due_on, created, id", by_due},
	{"-due_on", "due_on IS NULL DESC, due_on DESC, created DESC, id DESC", by_due_down}};

/* What one question asks: so many rows in this order, behind those that are passed over. */
struct asking {
	const struct todo_query *query;
	const struct ordering *order;
	size_t from, limit;
	bool keyed; /* goes on behind this row; of other orders a cursor says how many were shown */
	int64_t after_at;
	struct uuid after_id;
};

static struct problem *read_cursor(struct call *call, const char *cursor, struct asking *out)
{
	char text[UUID_TEXT + 1], *end;
	out->keyed = out->order == &ORDERS[0];
	if (out->keyed)
		return sscanf(cursor, "%" SCNd64 ".%36s", &out->after_at, text) == 2 && uuid_parse(text, &out->after_id)
			? NULL : problem_new(call->arena, &PROBLEM_CURSOR);
	unsigned long from = strtoul(cursor, &end, 10);
	if (*cursor < '0' || *cursor > '9' || *end || from > OFFSET_MOST)
		return problem_new(call->arena, &PROBLEM_CURSOR);
	out->from = from;
	return NULL;
}

static struct problem *read_asking(struct call *call, const struct todo_query *query, struct asking *out)
{
	*out = (struct asking){.query = query, .order = &ORDERS[0], .from = (size_t)query->offset,
		.limit = query->has_limit ? (size_t)query->limit : PAGE};
	for (size_t i = 0; query->sort && i < sizeof ORDERS / sizeof *ORDERS; i++)
		if (!strcmp(query->sort, ORDERS[i].name))
			out->order = &ORDERS[i];
	if (query->sort && strcmp(query->sort, out->order->name))
		return problem_add_field(
			call->arena, NULL, "/sort", "sort", "不能按此排序", "The list is not sorted by this");
	return query->cursor ? read_cursor(call, query->cursor, out) : NULL;
}

static struct problem *read_source(struct call *call, const struct source *source, const struct todo_view *view,
	const struct asking *asking, struct todo_item_list *list)
{
	struct todo_sql asked;
	struct db_result *rows;
	todo_begin(call, source->record, source->todo, view,
		"id, name, applicant, step, created, DATE_FORMAT(due_on, '%Y-%m-%d'), mine", &asked);
	add_filters(call, asking->query, &asked);
	if (asking->keyed) {
		const struct uuid *id = &asking->after_id;
		todo_and(&asked, "(created, id) > (?, ?)", db_time(asking->after_at));
		asked.args[asked.count++] = db_bytes(id->b, sizeof(id->b));
	}
	buf_printf(asked.sql, " ORDER BY %s LIMIT ?", asking->order->sql);
	asked.args[asked.count++] = db_uint(asking->from + asking->limit + 1);
	const char *sql = db_dynamic(call->db, asked.sql->data);
	struct problem *problem = db_select(call->db, call->scope, sql, asked.args, asked.count, &rows);
	if (problem || !rows->rows)
		return problem;
	struct todo_item *grown = ARENA_ARRAY(call->arena, struct todo_item, list->count + rows->rows);
	if (list->count)
		memcpy(grown, list->items, list->count * sizeof *grown);
	list->items = grown;
	for (size_t i = 0; i < rows->rows; i++)
		list->items[list->count++] = read_item(call, source, rows, i);
	return NULL;
}

static struct problem *add_total(struct call *call, const struct source *source, const struct todo_view *view,
	const struct todo_query *query, int64_t *total)
{
	struct todo_sql asked;
	struct db_result *row;
	todo_begin(call, source->record, source->todo, view, "COUNT(*)", &asked);
	add_filters(call, query, &asked);
	const char *sql = db_dynamic(call->db, asked.sql->data);
	struct problem *problem = db_select(call->db, call->scope, sql, asked.args, asked.count, &row);
	*total += problem ? 0 : db_get_int(row, 0, 0);
	return problem;
}

/* The page out of what all sources gave. */
static void cut_page(struct call *call, const struct asking *asking, struct todo_list *page)
{
	struct todo_item_list *all = &page->items;
	if (all->count)
		qsort(all->items, all->count, sizeof(*all->items), asking->order->compare);
	size_t from = asking->from < all->count ? asking->from : all->count, left = all->count - from;
	all->items += from;
	all->count = left > asking->limit ? asking->limit : left;
	if (left <= asking->limit)
		return;
	const struct todo_item *last = &all->items[all->count - 1];
	page->next = asking->order == &ORDERS[0]
		? arena_printf(call->arena, "%" PRId64 ".%s", last->created_at, uuid_text(call->arena, last->id))
		: arena_printf(call->arena, "%zu", from + all->count);
}

/* Each source gives the first of its own; the first of them all are among those. */
struct problem *workbench_todo(struct call *call, const struct todo_query *query)
{
	bool sent = query->box == TODO_QUERY_BOX_SENT, counted = query->has_total && query->total;
	struct todo_list page = {.has_total = counted};
	struct asking asking;
	struct recused recused;
	struct todo_view view;
	struct problem *problem = read_asking(call, query, &asking);
	if (!problem)
		problem = see(call, &recused, &view);
	if (problem)
		return problem;
	struct sources sources = find_sources(call, view.roles);
	page.items.items = ARENA_ARRAY(call->arena, struct todo_item, 1); /* an empty list is one */
	for (size_t i = 0; !problem && i < sources.count; i++) {
		const struct source *source = &sources.items[i];
		if (source->todo->sent != sent || (query->type && strcmp(query->type, source->todo->type) != 0))
			continue;
		problem = read_source(call, source, &view, &asking, &page.items);
		if (!problem && counted)
			problem = add_total(call, source, &view, query, &page.total);
	}
	if (problem)
		return problem;
	cut_page(call, &asking, &page);
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
