#include "core/record/by_itself.h"

#include <string.h>

#include "core/diag.h"
#include "core/record/lifecycle.h"
#include "core/record/record_inside.h"
#include "core/record/row.h"
#include "core/text/json.h"
#include "core/text/zone.h"

enum { TURN_ROWS = 100 };

struct due {
	struct call *call;
	const struct record *record;
	const char *event;
	struct uuid id;
	int64_t when; /* 0: none */
};

static struct json_object *form_of(const struct due *due, const struct lifecycle_transition *transition)
{
	struct json_object *form = json_own(due->call->arena, json_object_new_object());
	if (due->when && shape_field(transition->form, "when"))
		json_object_object_add(form, "when",
			json_object_new_string(arena_printf(
				due->call->arena, "%.16s", zone_time(due->call->arena, due->when))));
	return form;
}

static struct problem *fire_once(struct db *db, void *arg)
{
	const struct due *due = arg;
	void *row = NULL;
	(void)db;
	struct problem *problem = record_peek(due->call, due->record, due->id, &row);
	const struct lifecycle *lifecycle = row ? lifecycle_for_row(due->call, due->record, row) : NULL;
	const struct lifecycle_transition *transition =
		lifecycle ? lifecycle_transition(lifecycle, row_of(row)->step, due->event) : NULL;
	if (problem || !transition)
		return problem;
	return lifecycle_fire_as_server(due->call, due->record, row, due->event, form_of(due, transition));
}

static struct problem *run_one(struct call *call, const struct record *record, const struct record_by_itself *one)
{
	struct due due = {.call = call, .record = record, .event = one->event, .id = UUID_NIL};
	struct db_result *rows;
	do {
		struct problem *problem = db_select(call->db, call->scope, db_dynamic(call->db, one->due_sql),
			DB_ARGS(db_bytes(due.id.b, sizeof due.id.b)), &rows);
		if (problem)
			return problem;
		for (size_t i = 0; i < rows->rows; i++) {
			db_get_id(rows, i, 0, &due.id);
			due.when = db_get_time(rows, i, 1);
			problem = db_transaction(call->db, fire_once, &due);
			if (problem && problem->kind->status >= 500)
				return problem;
			if (problem && problem->kind != &PROBLEM_STALE)
				diag_warn(NULL, "%s of %s %s: %s", one->event, record->name,
					uuid_text(call->arena, due.id), problem->en);
		}
	} while (rows->rows == TURN_ROWS);
	return NULL;
}

struct problem *by_itself_run(struct call *call, const struct record *record)
{
	struct problem *problem = NULL;
	for (size_t i = 0; !problem && i < record->by_itself_count; i++)
		problem = run_one(call, record, &record->by_itself[i]);
	return problem;
}
