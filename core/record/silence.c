#include "core/record/silence.h"

#include <string.h>

#include "core/record/record_inside.h"
#include "core/record/row.h"
#include "core/text/json.h"
#include "core/text/zone.h"
#include "core/work/job.h"

enum { DAY_MS = 86400000, MINUTE_MS = 60000 };

/* A row of the table, and what it is about. */
struct silence {
	struct call *call;
	const struct record *record;
	struct uuid id;
	const char *step;
	const char *event;
	const char *fires_on;
	const char *tells_on; /* or NULL */
	int64_t at;           /* by an instant of the row instead of days; else 0 */
};

static const char *today(struct call *call)
{
	return zone_day(call->arena, call_now());
}

static struct problem *day_after(struct call *call, const char *from, int days, const char **out)
{
	const struct call_services *services = call->services;
	char *day = arena_alloc(call->arena, 11);
	struct problem *problem = services->due_on(call, from, days, day, services->arg);
	*out = day;
	return problem;
}

/* --- the job --- */

static const char *key_of(const struct silence *silence)
{
	return arena_printf(
		silence->call->arena, "%s/%s", uuid_text(silence->call->arena, silence->id), silence->event);
}

static struct problem *plan_at(const struct silence *silence, int64_t at)
{
	struct call *call = silence->call;
	struct json_object *payload = json_own(call->arena, json_object_new_object());
	json_object_object_add(payload, "record", json_object_new_string(silence->record->name));
	json_object_object_add(payload, "id", json_object_new_string(uuid_text(call->arena, silence->id)));
	json_object_object_add(payload, "step", json_object_new_string(silence->step));
	json_object_object_add(payload, "event", json_object_new_string(silence->event));
	return job_add(call->db, call->scope, SILENCE_JOB, key_of(silence), payload, at);
}

/* On the day on which people are told, else when the last day is over. */
static struct problem *plan(const struct silence *silence)
{
	if (silence->at)
		return plan_at(silence, silence->at);
	return plan_at(silence, silence->tells_on ? zone_day_begin(silence->tells_on)
						  : zone_day_begin(silence->fires_on) + DAY_MS);
}

static struct problem *unplan(const struct silence *silence)
{
	return job_cancel(silence->call->db, silence->call->scope, SILENCE_JOB, key_of(silence));
}

/* --- moving --- */

static bool leads_from(const struct lifecycle_transition *transition, const struct lifecycle_step *step)
{
	for (size_t i = 0; step && (transition->after || transition->at) && i < transition->from_count; i++)
		if (strcmp(transition->from[i]->name, step->name) == 0)
			return true;
	return false;
}

static struct problem *put(const struct silence *silence)
{
	struct call *call = silence->call;
	struct problem *problem = db_exec(call->db, call->scope,
		"INSERT INTO silence (platform_id, id, step, event, record, fires_on, tells_on) VALUES (:p, ?, ?, ?, "
		"?, ?, ?) "
		"ON DUPLICATE KEY UPDATE fires_on = VALUES(fires_on), tells_on = VALUES(tells_on), stopped_on = NULL",
		DB_ARGS(db_id(&silence->id), db_text(silence->step), db_text(silence->event),
			db_text(silence->record->name), db_text(silence->fires_on), db_text(silence->tells_on)),
		NULL);
	return problem ? problem : plan(silence);
}

/* What was left when the clock stopped is left now. */
static struct problem *resume(struct silence *silence, const struct db_result *row)
{
	struct call *call = silence->call;
	const struct call_services *services = call->services;
	const char *tells_on = db_get_text(row, 0, 1);
	int days = 0;
	struct problem *problem =
		services->working_days(call, db_get_text(row, 0, 2), today(call), &days, services->arg);
	if (!problem)
		problem = day_after(call, db_get_text(row, 0, 0), days, &silence->fires_on);
	if (!problem && tells_on)
		problem = day_after(call, tells_on, days, &silence->tells_on);
	return problem ? problem : put(silence);
}

/* When a transition with `at` fires; 0 where the row says no time. */
static int64_t instant_of(const struct lifecycle_transition *transition, const void *row)
{
	int64_t at = transition->at ? *(const int64_t *)(const void *)((const char *)row + transition->at->offset) : 0;
	return at ? at + transition->grace * MINUTE_MS : 0;
}

static struct problem *begin_at(struct silence *silence, const struct lifecycle_transition *transition, const void *row)
{
	silence->at = instant_of(transition, row);
	if (!silence->at)
		return NULL;
	silence->fires_on = zone_day(silence->call->arena, silence->at);
	return put(silence);
}

static struct problem *begin(struct silence *silence, const struct lifecycle_transition *transition)
{
	struct call *call = silence->call;
	struct db_result *row;
	struct problem *problem = db_select(call->db, call->scope,
		"SELECT DATE_FORMAT(fires_on, '%Y-%m-%d'), DATE_FORMAT(tells_on, '%Y-%m-%d'), "
		"DATE_FORMAT(stopped_on, '%Y-%m-%d') FROM silence "
		"WHERE platform_id = :p AND id = ? AND step = ? AND event = ? AND stopped_on IS NOT NULL",
		DB_ARGS(db_id(&silence->id), db_text(silence->step), db_text(silence->event)), &row);
	if (problem)
		return problem;
	if (row->rows)
		return resume(silence, row);
	problem = day_after(call, today(call), transition->after, &silence->fires_on);
	if (!problem && transition->tell_before)
		problem = day_after(call, today(call), transition->after - transition->tell_before, &silence->tells_on);
	return problem ? problem : put(silence);
}

/* The step is left: for one on which the clock stands still, it waits on; else it is over. What waited elsewhere for
 * the clock goes as well, unless the row comes back to it now. */
static struct problem *end(
	const struct silence *silence, const struct lifecycle_step *from, const struct lifecycle_step *to)
{
	struct call *call = silence->call;
	if (to->clock_stopped)
		return db_exec(call->db, call->scope,
			"UPDATE silence SET stopped_on = ? WHERE platform_id = :p AND id = ? AND step = ? AND "
			"stopped_on IS NULL",
			DB_ARGS(db_text(today(call)), db_id(&silence->id), db_text(from->name)), NULL);
	return db_exec(call->db, call->scope,
		"DELETE FROM silence WHERE platform_id = :p AND id = ? AND (stopped_on IS NULL OR step <> ?)",
		DB_ARGS(db_id(&silence->id), db_text(to->name)), NULL);
}

struct problem *silence_move(struct call *call, const struct record *record, const void *row,
	const struct lifecycle *lifecycle, const struct lifecycle_step *from, const struct lifecycle_step *to)
{
	struct silence silence = {.call = call, .record = record, .id = row_of_const(row)->id};
	struct problem *problem = NULL;
	if (!lifecycle->silent || from == to || !call->services->due_on)
		return NULL;
	for (size_t i = 0; !problem && from && i < lifecycle->transition_count; i++) {
		silence.event = lifecycle->transitions[i].event;
		if (leads_from(&lifecycle->transitions[i], from))
			problem = unplan(&silence);
	}
	if (!problem && from)
		problem = end(&silence, from, to);
	for (size_t i = 0; !problem && i < lifecycle->transition_count; i++) {
		const struct lifecycle_transition *transition = &lifecycle->transitions[i];
		struct silence next = {call, record, silence.id, to->name, transition->event, NULL, NULL, 0};
		if (leads_from(transition, to))
			problem = transition->at ? begin_at(&next, transition, row) : begin(&next, transition);
	}
	return problem;
}

/* --- firing --- */

static struct problem *drop(const struct silence *silence)
{
	struct call *call = silence->call;
	return db_exec(call->db, call->scope,
		"DELETE FROM silence WHERE platform_id = :p AND id = ? AND step = ? AND event = ?",
		DB_ARGS(db_id(&silence->id), db_text(silence->step), db_text(silence->event)), NULL);
}

/* Whether what the transition's `unless` names holds. */
static struct problem *is_excepted(
	struct call *call, const void *row, const struct lifecycle_transition *transition, bool *out)
{
	const struct field *field = transition->unless;
	*out = field && *(const bool *)((const char *)row + field->offset);
	if (*out || !transition->unless_guard)
		return NULL;
	struct problem *problem =
		transition->unless_guard->run(call, row, json_own(call->arena, json_object_new_object()));
	*out = !problem;
	return problem && problem->kind->status >= 500 ? problem : NULL;
}

/* Those whom the policy names, else everybody for whom the row waits. */
static struct problem *tell(const struct silence *silence, const void *row,
	const struct lifecycle_transition *transition, const struct record_who *waits)
{
	struct call *call = silence->call;
	struct json_object *told = json_own(call->arena, json_object_new_object()), *what = json_object_new_object();
	json_object_object_add(what, "zh", json_object_new_string(transition->zh));
	json_object_object_add(what, "en", json_object_new_string(transition->en));
	json_object_object_add(told, "action", what);
	json_object_object_add(told, "day", json_object_new_string(silence->fires_on));
	struct problem *problem = lifecycle_tell(call, silence->record, row, transition, waits, told);
	if (!problem)
		problem = db_exec(call->db, call->scope,
			"UPDATE silence SET tells_on = NULL WHERE platform_id = :p AND id = ? AND step = ? AND event = "
			"?",
			DB_ARGS(db_id(&silence->id), db_text(silence->step), db_text(silence->event)), NULL);
	struct silence next = *silence;
	next.tells_on = NULL;
	return problem ? problem : plan(&next);
}

/* Nobody can say anything on a platform that is suspended, so the day is put off. */
static struct problem *put_off(struct silence *silence)
{
	struct problem *problem = day_after(silence->call, today(silence->call), 1, &silence->fires_on);
	silence->tells_on = NULL;
	silence->at = silence->at ? call_now() + DAY_MS : 0;
	return problem ? problem : put(silence);
}

static struct problem *act(struct silence *silence, void *row, const struct lifecycle_transition *transition,
	const struct record_who *waits)
{
	struct call *call = silence->call;
	bool excepted = false;
	struct problem *problem = is_excepted(call, row, transition, &excepted);
	if (problem || excepted)
		return problem ? problem : drop(silence);
	if (silence->at ? silence->at <= call_now() : strcmp(silence->fires_on, today(call)) < 0)
		return call->platform_state == PLATFORM_STATE_ACTIVE
			? lifecycle_fire_as_server(call, silence->record, row, silence->event, NULL)
			: put_off(silence);
	if (silence->tells_on && strcmp(silence->tells_on, today(call)) <= 0)
		return tell(silence, row, transition, waits);
	return plan(silence); /* the clock that woke it was ahead */
}

/* In a transaction. Whatever happened to the row since then is seen here. */
static struct problem *look(struct silence *silence)
{
	struct call *call = silence->call;
	struct db_result *found;
	void *row = NULL;
	struct problem *problem = db_select(call->db, call->scope,
		"SELECT DATE_FORMAT(fires_on, '%Y-%m-%d'), DATE_FORMAT(tells_on, '%Y-%m-%d') FROM silence "
		"WHERE platform_id = :p AND id = ? AND step = ? AND event = ? AND stopped_on IS NULL",
		DB_ARGS(db_id(&silence->id), db_text(silence->step), db_text(silence->event)), &found);
	if (problem || !found->rows)
		return problem;
	silence->fires_on = db_need_text(found, 0, 0);
	silence->tells_on = db_get_text(found, 0, 1);
	problem = record_peek(call, silence->record, silence->id, &row);
	if (problem)
		return problem;
	const struct lifecycle *lifecycle = row ? lifecycle_for_row(call, silence->record, row) : NULL;
	const char *step = row ? row_of_const(row)->step : NULL;
	bool here = step && strcmp(step, silence->step) == 0 && !record_refuse_copy(call, silence->record, row);
	const struct lifecycle_transition *transition =
		here && lifecycle ? lifecycle_transition(lifecycle, step, silence->event) : NULL;
	if (!transition || !(transition->after || transition->at))
		return drop(silence);
	silence->at = instant_of(transition, row);
	if (transition->at && !silence->at)
		return drop(silence);
	return act(silence, row, transition, &lifecycle_step(lifecycle, step)->waits);
}

static struct problem *look_once(struct db *db, void *arg)
{
	(void)db;
	struct silence *silence = arg;
	silence->fires_on = silence->tells_on = NULL;
	return look(silence);
}

static struct problem *plan_tomorrow(struct db *db, void *arg)
{
	(void)db;
	return plan_at(arg, zone_day_begin(today(((struct silence *)arg)->call)) + DAY_MS);
}

struct problem *silence_run(struct call *call, struct json_object *payload)
{
	const char *record = json_get_text(payload, "record"), *id = json_get_text(payload, "id");
	struct silence silence = {.call = call,
		.record = record ? record_find(call->services->records, record) : NULL,
		.step = json_get_text(payload, "step"),
		.event = json_get_text(payload, "event")};
	if (!silence.record || !silence.step || !silence.event || !id || !uuid_parse(id, &silence.id))
		return NULL;
	struct problem *problem = db_transaction(call->db, look_once, &silence);
	/* Its guards refuse it for now, or it is not complete: asked again every day. Somebody who was faster: at once.
	 */
	bool refused = problem && problem->kind->status < 500 && problem->kind != &PROBLEM_STALE;
	return refused ? db_transaction(call->db, plan_tomorrow, &silence) : problem;
}

/* --- for people --- */

struct problem *silence_write(struct call *call, const struct record *record, const void *row, struct json_writer *w)
{
	const struct lifecycle *lifecycle = lifecycle_for_row(call, record, row);
	struct db_result *rows = NULL;
	struct problem *problem = NULL;
	if (lifecycle && lifecycle->silent)
		problem = db_select(call->db, call->scope,
			"SELECT event, DATE_FORMAT(fires_on, '%Y-%m-%d') FROM silence "
			"WHERE platform_id = :p AND id = ? AND step = ? AND stopped_on IS NULL ORDER BY fires_on, "
			"event",
			DB_ARGS(db_id(&row_of_const(row)->id), db_text(row_of_const(row)->step)), &rows);
	jw_array_begin(w);
	for (size_t i = 0; !problem && rows && i < rows->rows; i++) {
		const char *event = db_need_text(rows, i, 0);
		const struct lifecycle_transition *transition =
			lifecycle_transition(lifecycle, row_of_const(row)->step, event);
		jw_object_begin(w);
		jw_kv_text(w, "event", event);
		jw_kv_text(w, "zh", transition ? transition->zh : event);
		jw_kv_text(w, "en", transition ? transition->en : event);
		jw_kv_text(w, "on", db_get_text(rows, i, 1));
		jw_object_end(w);
	}
	jw_array_end(w);
	return problem;
}
