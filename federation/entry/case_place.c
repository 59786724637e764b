/* Where a case stands in the queue as a reviewer sees it, and its neighbours, passing over what others hold. A case
 * that has left the list (it is decided) keeps its place between the others: the next is the next one, not the first.
 */
#include <string.h>

#include "core/http/request.h"
#include "core/record/endpoint.h"
#include "core/text/json.h"
#include "federation/entry/case_inside.h"
#include "federation/sync/federation.h"
#include "schema/records.gen.h"
#include "tenants/platform/post.h"

/* The orders of the queue: by the key, then by id, which is the order of arrival. */
struct queue_order {
	const char *sort, *key; /* key NULL: by id alone */
};
static const struct queue_order ORDERS[] = {
	{"created_at", NULL}, {"due_on", "COALESCE(c.due_on, DATE '0001-01-01')"}, {"name", "c.name"}};

enum side { BEFORE, BEHIND };

/* What is looked from, and how. */
struct view {
	struct call *call;
	const struct case_queue_query *query;
	const struct entry_case *row;
	const char *today;
	const struct queue_order *order;
	bool down;
};

static struct problem *view_of(struct call *call, const struct entry_case *row, const struct case_place_query *query,
	struct case_queue_query *queue, struct view *out)
{
	const char *sort = query->sort && *query->sort ? query->sort : ORDERS[0].sort;
	*queue = (struct case_queue_query){.phase = (int)query->phase, .way = (int)query->way,
		.claimed = (int)query->claimed, .has_overdue = query->has_overdue, .overdue = query->overdue,
		.region = query->region, .q = query->q};
	*out = (struct view){.call = call, .query = queue, .row = row, .down = *sort == '-'};
	for (size_t i = 0; i < sizeof ORDERS / sizeof *ORDERS; i++)
		if (!strcmp(sort + out->down, ORDERS[i].sort))
			out->order = &ORDERS[i];
	if (!out->order)
		return problem_add_field(call->arena, NULL, "/sort", "choice", "不能按此排序", "is nothing to sort by");
	return federation_today(call, &out->today);
}

static void add_arg(struct case_where *where, struct db_value value)
{
	where->args[where->count++] = value;
}

/* Nobody else holds it, unless that is what is looked at. */
static void add_free(const struct view *view, struct case_where *where)
{
	if (view->query->claimed == CASE_QUEUE_QUERY_CLAIMED_OTHERS)
		return;
	buf_text(where->sql,
		" AND (c.claimed_by IS NULL OR c.claimed_until <= UTC_TIMESTAMP(3) OR c.claimed_by = ?)");
	add_arg(where, db_id(&view->call->actor.account_id));
}

static void add_side(const struct view *view, enum side side, struct case_where *where)
{
	const char *op = (side == BEHIND) != view->down ? ">" : "<";
	const char *due = view->row->row.due_on ? view->row->row.due_on : "0001-01-01";
	if (!view->order->key) {
		buf_printf(where->sql, " AND c.id %s ?", op);
	} else {
		buf_printf(where->sql, " AND (%s, c.id) %s (?, ?)", view->order->key, op);
		add_arg(where, db_text(strcmp(view->order->sort, "name") ? due : view->row->name));
	}
	add_arg(where, db_id(&view->row->row.id));
}

/* The nearest one behind or before; with `from_end` the farthest. */
static const char *order_by(const struct view *view, enum side side, bool from_end)
{
	const char *way = ((side == BEHIND) != view->down) != from_end ? "ASC" : "DESC";
	if (!view->order->key)
		return arena_printf(view->call->arena, " ORDER BY c.id %s LIMIT 1", way);
	return arena_printf(view->call->arena, " ORDER BY %s %s, c.id %s LIMIT 1", view->order->key, way, way);
}

static struct problem *ask(const struct view *view, const char *select, const struct case_where *where,
	const char *tail, struct db_result **out)
{
	struct call *call = view->call;
	struct buf *sql = buf_in(call->arena);
	buf_printf(sql, "SELECT %s FROM entry_case c WHERE c.platform_id = :p%s%s", select, where->sql->data, tail);
	return db_select(call->db, call->scope, db_dynamic(call->db, sql->data), where->args, where->count, out);
}

/* {id, name, number}, or NULL if there is none. */
static struct problem *neighbour(const struct view *view, enum side side, bool from_end, struct json_object **out)
{
	struct case_where where;
	struct db_result *result;
	struct uuid found;
	case_queue_where(view->call, view->query, view->today, &where);
	add_free(view, &where);
	add_side(view, side, &where);
	*out = NULL;
	struct problem *problem =
		ask(view, "c.id, c.name, c.number", &where, order_by(view, side, from_end), &result);
	if (problem || !result->rows || !db_get_id(result, 0, 0, &found))
		return problem;
	*out = json_own(view->call->arena, json_object_new_object());
	put_id(*out, "id", found);
	put_text(*out, "name", db_get_text(result, 0, 1));
	put_text(*out, "number", db_get_text(result, 0, 2));
	return NULL;
}

enum what { ALL, HERE, THOSE_BEFORE, FREE_BEHIND };

static struct problem *count(const struct view *view, enum what what, uint64_t *out)
{
	struct case_where where;
	struct db_result *result;
	case_queue_where(view->call, view->query, view->today, &where);
	if (what == HERE) {
		buf_text(where.sql, " AND c.id = ?");
		add_arg(&where, db_id(&view->row->row.id));
	}
	if (what == FREE_BEHIND)
		add_free(view, &where);
	if (what == THOSE_BEFORE || what == FREE_BEHIND)
		add_side(view, what == THOSE_BEFORE ? BEFORE : BEHIND, &where);
	struct problem *problem = ask(view, "COUNT(*)", &where, "", &result);
	*out = problem ? 0 : (uint64_t)db_get_int(result, 0, 0);
	return problem;
}

static struct problem *counts(const struct view *view, struct case_place *out)
{
	uint64_t total, here = 0, before = 0, left = 0;
	struct problem *problem = count(view, ALL, &total);
	if (!problem)
		problem = count(view, HERE, &here);
	if (!problem)
		problem = count(view, THOSE_BEFORE, &before);
	if (!problem)
		problem = count(view, FREE_BEHIND, &left);
	*out = (struct case_place){.has_position = true, .has_total = true, .has_left = true, .has_again = true};
	out->total = total;
	out->position = here ? before + 1 : 0;
	out->left = left;
	return problem;
}

struct problem *case_place(struct call *call, struct entry_case *row, const struct case_place_query *query)
{
	struct case_place out;
	struct case_queue_query queue;
	struct view view;
	struct problem *problem = view_of(call, row, query, &queue, &view);
	if (!problem)
		problem = counts(&view, &out);
	if (!problem)
		problem = neighbour(&view, BEFORE, false, &out.previous);
	if (!problem)
		problem = neighbour(&view, BEHIND, false, &out.next);
	if (!problem && !out.next) {
		problem = neighbour(&view, BEFORE, true, &out.next);
		out.again = out.next != NULL;
	}
	return problem ? problem : endpoint_answer(call, &shape_case_place, &out);
}
