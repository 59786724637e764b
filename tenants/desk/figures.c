/* What a desk counts (GET /figures). Every number is the length of a list that can be opened. */
#include <string.h>

#include "core/record/endpoint.h"
#include "core/text/json.h"
#include "core/text/zone.h"
#include "schema/records.gen.h"
#include "tenants/platform/post.h"
#include "tenants/platform/services.h"

static const char CASES[] =
	"SELECT w.way, c.phase, COUNT(*) FROM entry_case c JOIN (SELECT 'self' AS way UNION ALL SELECT "
	"'recommendation' UNION ALL SELECT 'invitation' "
	"UNION ALL SELECT 'join') w ON FIND_IN_SET(w.way, c.ways) WHERE c.platform_id = :p GROUP BY w.way, c.phase "
	"ORDER BY w.way, c.phase";

static const char MONTHS[] =
	"SELECT month, SUM(received), SUM(decided) FROM ("
	"SELECT DATE_FORMAT(created_at + " ZONE_SQL ", '%Y-%m') AS month, 1 AS received, 0 AS decided FROM entry_case "
	"WHERE platform_id = :p "
	"AND created_at >= UTC_TIMESTAMP() - INTERVAL 12 MONTH UNION ALL "
	"SELECT DATE_FORMAT(decided_at + " ZONE_SQL ", '%Y-%m'), 0, 1 FROM entry_case WHERE platform_id = :p "
	"AND decided_at >= UTC_TIMESTAMP() - INTERVAL 12 MONTH) m GROUP BY month ORDER BY month";

/* By pairs of days, of which there are few: the calendar is asked once for each. */
static const char DECISIONS[] =
	"SELECT DATE_FORMAT(created_at + " ZONE_SQL ", '%Y-%m-%d') AS opened, DATE_FORMAT(decided_at + " ZONE_SQL
	", '%Y-%m-%d') AS closed, COUNT(*) FROM entry_case "
	"WHERE platform_id = :p AND phase IN ('approved', 'refused') AND decided_at >= UTC_TIMESTAMP() - INTERVAL 12 "
	"MONTH GROUP BY opened, closed LIMIT 5000";

static const char LISTINGS[] =
	"SELECT product_home, COUNT(*) FROM listing WHERE platform_id = :p AND home_id = platform_id AND live = 1 "
	"GROUP BY product_home ORDER BY COUNT(*) DESC";

static const char OVERDUE[] =
	"SELECT (SELECT COUNT(*) FROM entry_case WHERE platform_id = :p AND phase = 'waiting' AND due_on "
	"< " ZONE_TODAY_SQL "), "
	"(SELECT COUNT(*) FROM listing WHERE platform_id = :p AND home_id = platform_id AND phase = 'waiting' AND "
	"due_on < " ZONE_TODAY_SQL ")";

static struct problem *ask(struct call *call, const char *sql, struct db_result **rows, struct json_object **list)
{
	*list = json_own(call->arena, json_object_new_array());
	return db_select(call->db, call->scope, sql, DB_NO_ARGS, rows);
}

static struct json_object *add(struct json_object *list)
{
	struct json_object *one = json_object_new_object();
	json_object_array_add(list, one);
	return one;
}

static struct problem *count_cases(struct call *call, struct json_object **out)
{
	struct db_result *rows;
	struct problem *problem = ask(call, CASES, &rows, out);
	for (size_t i = 0; !problem && i < rows->rows; i++) {
		struct json_object *one = add(*out);
		put_text(one, "way", db_get_text(rows, i, 0));
		put_text(one, "phase", db_get_text(rows, i, 1));
		put_int(one, "count", db_get_int(rows, i, 2));
	}
	return problem;
}

static struct problem *count_months(struct call *call, struct json_object **out)
{
	struct db_result *rows;
	struct problem *problem = ask(call, MONTHS, &rows, out);
	for (size_t i = 0; !problem && i < rows->rows; i++) {
		struct json_object *one = add(*out);
		put_text(one, "month", db_get_text(rows, i, 0));
		put_int(one, "received", db_get_int(rows, i, 1));
		put_int(one, "decided", db_get_int(rows, i, 2));
	}
	return problem;
}

static struct problem *count_decisions(struct call *call, struct json_object **out)
{
	struct db_result *rows;
	struct problem *problem = ask(call, DECISIONS, &rows, out);
	for (size_t i = 0; !problem && i < rows->rows; i++) {
		int days;
		problem = call->services->working_days(
			call, db_get_text(rows, i, 0), db_get_text(rows, i, 1), &days, call->services->arg);
		if (problem)
			return problem;
		struct json_object *one = add(*out);
		put_int(one, "days", days);
		put_int(one, "count", db_get_int(rows, i, 2));
	}
	return problem;
}

static struct problem *count_listings(struct call *call, struct json_object **out)
{
	struct db_result *rows;
	struct problem *problem = ask(call, LISTINGS, &rows, out);
	for (size_t i = 0; !problem && i < rows->rows; i++) {
		const struct platform *home = post_platform(call, (uint32_t)db_get_uint(rows, i, 0));
		struct json_object *one = add(*out);
		put_text(one, "platform", home ? home->slug : NULL);
		put_text(one, "name", home ? call_text(call, home->name_zh, home->name_en) : NULL);
		put_int(one, "count", db_get_int(rows, i, 1));
	}
	return problem;
}

static struct problem *count_overdue(struct call *call, struct json_object **out)
{
	struct db_result *rows;
	struct problem *problem = db_select(call->db, call->scope, OVERDUE, DB_NO_ARGS, &rows);
	if (problem)
		return problem;
	*out = json_own(call->arena, json_object_new_object());
	put_int(*out, "cases", db_get_int(rows, 0, 0));
	put_int(*out, "listings", db_get_int(rows, 0, 1));
	return NULL;
}

struct problem *figures_read(struct call *call)
{
	struct figures out = {0};
	struct problem *problem = count_cases(call, &out.cases);
	if (!problem)
		problem = count_months(call, &out.months);
	if (!problem)
		problem = count_decisions(call, &out.decisions);
	if (!problem)
		problem = count_listings(call, &out.listings);
	if (!problem)
		problem = count_overdue(call, &out.overdue);
	return problem ? problem : endpoint_answer(call, &shape_figures, &out);
}
