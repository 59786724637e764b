#include "core/record/todo.h"

#include "core/record/desk.h"
#include "core/record/lifecycle.h"
#include "core/record/record_inside.h"
#include "core/text/zone.h"

/* --- who waits --- */

/* The ways in which a row may wait for a caller: part 0 is the desk, which sees all rows (as everybody does where a
 * record has no sides); the others are the record's sides, in their order. */
static uint32_t part_roles(const struct record *record, size_t part, struct record_who who)
{
	if (part)
		return side_roles_by(record, part - 1, who);
	return record->side_count ? who.roles & ~ROLES_CONFINED : who.roles;
}

static bool in_phase(const struct record_todo *todo, int phase)
{
	return !todo->phases || (todo->phases & 1ull << (phase - 1));
}

/* Of these roles, those that the to-do is for, by this part. */
static uint32_t concerned(const struct record *record, const struct record_todo *todo, size_t part, uint32_t roles)
{
	return todo->everybody ? roles : roles & part_roles(record, part, todo->who);
}

static bool awaits(const struct record *record, const struct record_todo *todo, const struct lifecycle_step *step,
	size_t part, uint32_t roles)
{
	uint32_t held = concerned(record, todo, part, roles);
	return !step->final && in_phase(todo, step->phase) && (part_roles(record, part, step->waits) & held);
}

/* A step's desk is asked of people; the server looks for all of them. */
static bool is_at_desk(struct call *call, const struct lifecycle_step *step)
{
	return call_has_role(call, ROLE_SERVER) || desk_has(call, step->desk);
}

/* Bits of the steps on which a row waits for these roles. */
static uint64_t awaited(struct call *call, const struct record *record, const struct lifecycle *lifecycle,
	const struct record_todo *todo, size_t part, uint32_t roles)
{
	uint64_t steps = 0;
	for (size_t i = 0; i < lifecycle->step_count; i++)
		if (awaits(record, todo, &lifecycle->steps[i], part, roles) &&
			(part || is_at_desk(call, &lifecycle->steps[i])))
			steps |= 1ull << i;
	return steps;
}

/* Whether this part may hold any row for the caller; *mine: whom the side must name, NULL for the desk. */
static bool has_part(struct call *call, const struct record *record, const struct record_todo *todo, size_t part,
	uint32_t roles, const struct uuid **mine)
{
	const struct lifecycle *lifecycle = lifecycle_of(call->lifecycles, record);
	uint32_t held = concerned(record, todo, part, roles);
	*mine = part ? side_place(call, &record->sides[part - 1], held) : NULL;
	if (!held || (part && !*mine))
		return false;
	return !todo->derived || (lifecycle && awaited(call, record, lifecycle, todo, part, roles));
}

bool todo_concerns(struct call *call, const struct record *record, const struct record_todo *todo, uint32_t roles)
{
	const struct uuid *mine;
	if (record->menus & call->actor.barred)
		return false;
	for (size_t part = 0; part <= record->side_count; part++)
		if (has_part(call, record, todo, part, roles, &mine))
			return true;
	return false;
}

/* --- conditions on the row t --- */

void todo_and(struct todo_sql *sql, const char *condition, struct db_value value)
{
	buf_printf(sql->sql, " AND %s", condition);
	sql->args[sql->count++] = value;
}

static void add_phases(const struct record *record, uint64_t phases, struct buf *sql)
{
	const char *before = "t.phase IN (";
	for (size_t i = 0; i < record->phase_count; i++)
		if (phases & 1ull << i) {
			buf_printf(sql, "%s'%s'", before, record->phases[i].code);
			before = ", ";
		}
	buf_text(sql, phases ? ")" : "0");
}

/* Names of steps are lower-case letters, digits and _: lifecycle_compile() sees to it. */
static void add_step_names(
	const struct lifecycle *lifecycle, const char *before, uint64_t steps, struct buf *sql)
{
	for (size_t i = 0; i < lifecycle->step_count; i++)
		if (steps & 1ull << i) {
			buf_printf(sql, "%s'%s'", before, lifecycle->steps[i].name);
			before = ", ";
		}
	buf_text(sql, ")");
}

/* By phase, for the index; and without the steps of these phases that are not awaited, so that those of earlier
 * policies pass. */
static void add_steps(
	const struct record *record, const struct lifecycle *lifecycle, uint64_t steps, struct buf *sql)
{
	uint64_t phases = 0, others = 0;
	for (size_t i = 0; i < lifecycle->step_count; i++)
		if (steps & 1ull << i)
			phases |= 1ull << (lifecycle->steps[i].phase - 1);
	for (size_t i = 0; i < lifecycle->step_count; i++)
		if (!(steps & 1ull << i) && (phases & 1ull << (lifecycle->steps[i].phase - 1)))
			others |= 1ull << i;
	add_phases(record, phases, sql);
	if (others)
		add_step_names(lifecycle, " AND t.step NOT IN (", others, sql);
}

/* Rows on whose side the caller stands. */
static void add_side(const struct record *record, size_t part, const struct uuid *mine, struct todo_sql *out)
{
	const struct record_side *side = &record->sides[part - 1];
	buf_text(out->sql, " AND ");
	side_condition(record, side, "t.", out->sql);
	out->args[out->count++] = db_id(mine);
	if (record->own_when)
		buf_printf(out->sql, " AND t.`%s` = '%s'", record->own_when->column, record->own_value);
}

/* Bits of the steps, of those on which the row waits, from which this event leads. */
static uint64_t steps_of_event(const struct lifecycle *lifecycle, const char *event, uint64_t steps)
{
	uint64_t found = 0;
	for (size_t i = 0; i < lifecycle->step_count; i++)
		if ((steps & 1ull << i) && lifecycle_transition(lifecycle, lifecycle->steps[i].name, event))
			found |= 1ull << i;
	return found;
}

/* That it is asked from this platform: the row says so, or its parent's does. */
static void add_place(const struct record *record, const struct record_ask *ask, struct buf *sql)
{
	const struct record *parent = record->parent;
	const struct field *home = ask->side && ask->side->of ? parent->sides[ask->side->of - 1].home : NULL;
	if (ask->from)
		buf_printf(sql, "t.`%s` = t.platform_id AND ", ask->from->column);
	else if (home)
		buf_printf(sql, "t.`%s` IN (SELECT id FROM `%s` WHERE platform_id = :p AND `%s` = platform_id) AND ",
			record->parent_key->column, parent->table, home->column);
	else
		buf_text(sql, "1 = 0 AND ");
}

/* Who asks stands on that side; where it is one of the parent's, which says from where, on one of the child's own as
 * well. */
static bool asks_as(const struct record *record, const struct record_ask *ask, size_t part)
{
	const struct record_side *side = part ? &record->sides[part - 1] : NULL;
	return side && (side == ask->side || (ask->side->of && !side->of));
}

/* Copies, where people of this platform may ask their home for an event (core/record/ask.h). */
static void add_asks(struct call *call, const struct record *record, const struct record_todo *todo, uint32_t roles,
	struct todo_sql *out)
{
	const struct lifecycle *lifecycle = lifecycle_of(call->lifecycles, record);
	for (size_t i = 0; lifecycle && i < record->ask_count; i++)
		for (size_t part = 0; part <= record->side_count; part++) {
			const struct record_ask *ask = &record->asks[i];
			const struct uuid *mine;
			if (ask->side && !asks_as(record, ask, part))
				continue;
			uint64_t steps = steps_of_event(lifecycle, ask->event,
				awaited(call, record, lifecycle, todo, part, roles & ask->roles));
			if (!steps || !has_part(call, record, todo, part, roles & ask->roles, &mine))
				continue;
			buf_text(out->sql, ") OR (t.home_id <> t.platform_id AND ");
			add_place(record, ask, out->sql);
			add_steps(record, lifecycle, steps, out->sql);
			if (mine)
				add_side(record, part, mine, out);
		}
}

static void add_who(struct call *call, const struct record *record, const struct record_todo *todo, uint32_t roles,
	struct todo_sql *out)
{
	const struct lifecycle *lifecycle = todo->derived ? lifecycle_of(call->lifecycles, record) : NULL;
	const char *before = " AND ((";
	const struct uuid *mine;
	for (size_t part = 0; part <= record->side_count; part++) {
		if (!has_part(call, record, todo, part, roles, &mine))
			continue;
		buf_text(out->sql, before);
		before = ") OR (";
		if (lifecycle)
			add_steps(record, lifecycle, awaited(call, record, lifecycle, todo, part, roles), out->sql);
		else if (todo->phases)
			add_phases(record, todo->phases, out->sql);
		else
			buf_text(out->sql, "1");
		if (mine)
			add_side(record, part, mine, out);
		if (todo->copies)
			buf_text(out->sql, " AND t.home_id = t.platform_id");
	}
	if (todo->copies)
		add_asks(call, record, todo, roles, out);
	buf_text(out->sql, "))");
}

/* What somebody else has claimed waits for that one, until the claim lapses. */
static void add_claim(struct call *call, const struct record_todo *todo, struct todo_sql *out)
{
	buf_printf(out->sql,
		" AND (%s.claimed_by IS NULL OR %s.claimed_until <= UTC_TIMESTAMP(3) OR %s.claimed_by = ?)",
		todo->claim, todo->claim, todo->claim);
	out->args[out->count++] = db_id(&call->actor.account_id);
}

static void add_recusal(const struct record_todo *todo, const struct todo_view *view, struct todo_sql *out)
{
	const struct record *judged = todo->judged;
	for (size_t i = 0; view->recused && i < judged->recusal_count; i++) {
		const struct record_recusal *recusal = &judged->recusals[i];
		const char *ids = view->recused(view, recusal->of);
		if (ids)
			buf_printf(out->sql, " AND COALESCE(%s.`%s` NOT IN (%s), 1)", todo->judged_as,
				recusal->by ? recusal->by->column : "id", ids);
	}
}

void todo_begin(struct call *call, const struct record *record, const struct record_todo *todo,
	const struct todo_view *view, const char *select, struct todo_sql *out)
{
	*out = (struct todo_sql){.sql = buf_in(call->arena)};
	buf_printf(out->sql, "SELECT %s FROM (SELECT %s, ", select, todo->columns);
	if (todo->claim) {
		buf_printf(out->sql, "COALESCE(%s.claimed_by = ? AND %s.claimed_until > UTC_TIMESTAMP(3), 0)",
			todo->claim, todo->claim);
		out->args[out->count++] = db_id(&call->actor.account_id);
	} else {
		buf_text(out->sql, "0");
	}
	buf_printf(out->sql, " AS mine FROM `%s` t%s WHERE t.platform_id = :p", record->table,
		todo->join ? todo->join : "");
	if (todo->where)
		buf_printf(out->sql, " AND %s", todo->where);
	add_who(call, record, todo, view->roles, out);
	if (!view->whole && (view->roles & ~ROLES_CONFINED)) {
		if (todo->claim)
			add_claim(call, todo, out);
		add_recusal(todo, view, out);
	}
	buf_text(out->sql, ") t WHERE 1");
}

/* --- beyond their day --- */

bool todo_add_late(const struct record *record, const struct record_todo *todo, uint32_t roles, const char *before,
	struct buf *sql)
{
	if (todo->sent || !todo->due || !concerned(record, todo, 0, roles) ||
		(todo->derived && !(record->fire_who.roles & roles)))
		return false;
	buf_printf(sql, "%sEXISTS (SELECT 1 FROM `%s` t", before, record->table);
	if (todo->index)
		buf_printf(sql, " FORCE INDEX (`%s`)", todo->index);
	buf_printf(
		sql, "%s WHERE t.platform_id = p.id AND %s < " ZONE_TODAY_SQL, todo->join ? todo->join : "", todo->due);
	if (todo->where)
		buf_printf(sql, " AND %s", todo->where);
	if (todo->phases) {
		buf_text(sql, " AND ");
		add_phases(record, todo->phases, sql);
	}
	buf_text(sql, ")");
	return true;
}
