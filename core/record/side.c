#include "core/record/side.h"

#include <string.h>

#include "core/buf.h"
#include "core/record/child.h"
#include "core/record/record_inside.h"
#include "core/record/row.h"

enum { SIDES_MAX = 8 };

/* The row that says who stands on a side: the child's parent's, or its parent's. NULL where it is not here. */
static const void *row_that_says(
	struct call *call, const struct record *record, const void *row, const struct record_side **side)
{
	while (row && (*side)->of) {
		row = record_parent_row(call, record, row);
		record = record->parent;
		*side = &record->sides[(*side)->of - 1];
	}
	return row;
}

struct uuid record_side_id(
	struct call *call, const struct record *record, const void *row, const struct record_side *side)
{
	row = row_that_says(call, record, row, &side);
	if (!row || side->anybody)
		return UUID_NIL;
	return side->is_id ? row_of_const(row)->id : *(const struct uuid *)((const char *)row + side->by->offset);
}

uint32_t record_side_home(
	struct call *call, const struct record *record, const void *row, const struct record_side *side)
{
	row = row_that_says(call, record, row, &side);
	return row && side->home ? *(const uint32_t *)((const char *)row + side->home->offset) : 0;
}

bool side_is_open(const struct record_side *side, const void *row)
{
	int phase = row_of_const(row)->phase;
	return !side->phases || (phase > 0 && side->phases >> (phase - 1) & 1);
}

/* Rows that a declaration shows nobody of their sides (own_when). */
static bool is_shown(const struct record *record, const void *row)
{
	if (!record->own_when)
		return true;
	const char *value = field_code(record->own_when, *(const int *)((const char *)row + record->own_when->offset));
	return value && strcmp(value, record->own_value) == 0;
}

const struct uuid *side_place(const struct call *call, const struct record_side *side, uint32_t roles)
{
	const struct uuid *mine = side->account ? &call->actor.account_id : &call->actor.institution_id;
	bool able = (side->roles & roles & call->actor.roles) && !(side->menus & call->actor.barred);
	return able && !uuid_is_nil(*mine) ? mine : NULL;
}

static bool stands(
	struct call *call, const struct record *record, const void *row, const struct record_side *side, uint32_t roles)
{
	const struct uuid *mine = side_place(call, side, roles);
	if (!mine)
		return false;
	const struct uuid holds = record_side_id(call, record, row, side);
	row = row_that_says(call, record, row, &side);
	return row && side_is_open(side, row) && (side->anybody || uuid_equal(holds, *mine));
}

static bool in_phases(const void *row, uint32_t phases)
{
	int phase = row ? row_of_const(row)->phase : 0;
	return phase > 0 && (phases >> (phase - 1) & 1);
}

bool record_is_sealed(struct call *call, const struct record *record, const void *row)
{
	return in_phases(row, record->sealed_phases) && !call_has_role(call, ROLE_SERVER) &&
		!stands(call, record, row, record->sealed_for, ~0u);
}

bool side_hides(const struct record *record, const void *before, const void *row)
{
	return in_phases(before, record->sealed_phases) || in_phases(row, record->sealed_phases);
}

uint32_t record_roles_on(struct call *call, const struct record *record, const void *row, uint32_t roles)
{
	uint32_t on = 0;
	for (size_t i = 0; i < record->side_count; i++)
		if (stands(call, record, row, &record->sides[i], roles))
			on |= record->sides[i].roles & roles & call->actor.roles;
	return on && is_shown(record, row) ? on : 0;
}

uint32_t record_roles_here(struct call *call, const struct record *record, const void *row)
{
	uint32_t roles = call->actor.roles,
		 here = (roles & ~ROLES_CONFINED) | record_roles_on(call, record, row, roles);
	return record->side_count && here ? here : roles;
}

static uint32_t sides_on(struct call *call, const struct record *record, const void *row)
{
	uint32_t bits = 0;
	for (size_t i = 0; i < record->side_count; i++)
		bits |= stands(call, record, row, &record->sides[i], ~0u) ? SIDE_BIT(i) : 0;
	return bits && is_shown(record, row) ? bits : 0;
}

uint32_t record_mask_here(struct call *call, const struct record *record, const void *row)
{
	return record_roles_here(call, record, row) | sides_on(call, record, row);
}

uint32_t record_mask_anywhere(const struct call *call, const struct record *record)
{
	uint32_t mask = call->actor.roles;
	for (size_t i = 0; i < record->side_count; i++)
		mask |= record->sides[i].roles & call->actor.roles ? SIDE_BIT(i) : 0;
	return mask;
}

bool record_field_is_open(struct call *call, const struct record *record, const struct field *field)
{
	if (!record_is_confined(call, record))
		return field->read & call->actor.roles & (record->side_count ? ~ROLES_CONFINED : ~0u);
	for (size_t i = 0; i < record->side_count; i++) {
		const struct record_side *side = &record->sides[i];
		if (side_mine(call, record, i) && !(field->read & (SIDE_BIT(i) | (side->roles & call->actor.roles))))
			return false;
	}
	return true;
}

uint32_t side_roles_by(const struct record *record, size_t i, struct record_who who)
{
	return who.sides >> i & 1 ? record->sides[i].roles : record->sides[i].roles & who.roles;
}

bool record_lets(struct call *call, const struct record *record, const void *row, struct record_who who)
{
	uint32_t held = call->actor.roles & (who.roles | ROLE_SERVER);
	if (record_is_sealed(call, record, row))
		return false;
	if (held & ~ROLES_CONFINED)
		return true;
	if (!record->side_count)
		return held != 0;
	for (size_t i = 0; i < record->side_count; i++)
		if (stands(call, record, row, &record->sides[i], side_roles_by(record, i, who)))
			return is_shown(record, row);
	return false;
}

struct record_who record_who_now(struct call *call, const struct record *record)
{
	if (call->endpoint && call->endpoint->record == record)
		return call->endpoint->who;
	return record->read_who;
}

/* Whether any role of the caller is among them at all. */
static bool is_named(const struct call *call, const struct record *record, struct record_who who)
{
	uint32_t roles = who.roles;
	for (size_t i = 0; i < record->side_count; i++)
		roles |= side_roles_by(record, i, who);
	return call->actor.roles & roles;
}

bool record_is_confined(struct call *call, const struct record *record)
{
	struct record_who who = record_who_now(call, record);
	uint32_t all = is_named(call, record, who) ? who.roles | ROLE_SERVER : ~0u;
	return record->side_count && !(call->actor.roles & all & ~ROLES_CONFINED);
}

bool record_is_mine(struct call *call, const struct record *record, const void *row)
{
	struct record_who who = record_who_now(call, record);
	return is_named(call, record, who) ? record_lets(call, record, row, who)
					   : record_roles_on(call, record, row, ~0u) != 0;
}

void side_condition(
	const struct record *record, const struct record_side *side, const char *as, struct buf *sql)
{
	if (side->anybody) {
		buf_printf(sql, "(? IS NOT NULL AND %sphase IN (%s))", as, side->phases_sql);
		return;
	}
	if (!side->of) {
		buf_printf(sql, side->phases ? "(%s`%s` = ? AND %sphase IN (%s))" : "%s`%s` = ?", as,
			side->is_id ? "id" : side->by->column, as, side->phases_sql);
		return;
	}
	buf_printf(sql, "%s`%s` IN (SELECT id FROM `%s` WHERE platform_id = :p AND ", as, record->parent_key->column,
		record->parent->table);
	side_condition(record->parent, &record->parent->sides[side->of - 1], "", sql);
	buf_char(sql, ')');
}

const struct uuid *side_mine(struct call *call, const struct record *record, size_t n)
{
	struct record_who who = record_who_now(call, record);
	uint32_t roles = is_named(call, record, who) ? side_roles_by(record, n, who) : ~0u;
	return side_place(call, &record->sides[n], roles);
}

void side_where(struct call *call, const struct record *record, struct record_where *where)
{
	struct buf *sql = buf_in(call->arena);
	struct db_value values[SIDES_MAX];
	size_t count = 0;
	for (size_t i = 0; i < record->side_count && count < SIDES_MAX; i++) {
		const struct record_side *side = &record->sides[i];
		const struct uuid *mine = side_mine(call, record, i);
		if (!mine)
			continue;
		buf_text(sql, count ? " OR " : "");
		side_condition(record, side, "", sql);
		values[count++] = db_id(mine);
	}
	record_where_add(where, count ? sql->data : "1 = 0", values, count);
	if (record->own_when) {
		struct db_value value = db_text(record->own_value);
		record_where_add(where, arena_printf(call->arena, "`%s` = ?", record->own_when->column), &value, 1);
	}
}

void side_seal_where(struct call *call, const struct record *record, struct record_where *where)
{
	if (!record->sealed_phases || call_has_role(call, ROLE_SERVER))
		return;
	const struct uuid *mine = side_place(call, record->sealed_for, ~0u);
	struct buf *sql = buf_in(call->arena);
	struct db_value value = db_id(mine);
	buf_printf(sql, "phase NOT IN (%s)", record->sealed_sql);
	if (mine) {
		buf_text(sql, " OR ");
		side_condition(record, record->sealed_for, "", sql);
	}
	record_where_add(where, arena_strdup(call->arena, sql->data), &value, mine ? 1 : 0);
}

bool side_is_barred(const struct call *call, const struct record *record, struct record_who who)
{
	bool barred = false;
	if ((who.roles & ROLE_PUBLIC) || (call->actor.roles & who.roles & ~ROLES_CONFINED))
		return false; /* what visitors may, a sub-account may without a menu */
	for (size_t i = 0; i < record->side_count; i++) {
		const struct record_side *side = &record->sides[i];
		if (!(side_roles_by(record, i, who) & call->actor.roles))
			continue;
		if (!(side->menus & call->actor.barred))
			return false;
		barred = true;
	}
	return barred;
}

/* --- whose a row is --- */

static void put(const struct record_side *side, void *row, struct uuid id)
{
	*(struct uuid *)((char *)row + side->by->offset) = id;
}

bool side_of_parent(struct call *call, const struct record *record, const void *row)
{
	struct record_who who = record_who_now(call, record);
	for (size_t i = 0; i < record->side_count; i++) {
		const struct record_side *side = &record->sides[i];
		if (side->of && stands(call, record, row, side, side_roles_by(record, i, who)))
			return true;
	}
	return false;
}

bool side_has_own(struct call *call, const struct record *record)
{
	struct record_who who = record_who_now(call, record);
	for (size_t i = 0; i < record->side_count; i++)
		if (!record->sides[i].of && side_place(call, &record->sides[i], side_roles_by(record, i, who)))
			return true;
	return false;
}

struct problem *side_take(struct call *call, const struct record *record, void *row)
{
	struct record_who who = record_who_now(call, record);
	if (!record_is_confined(call, record) || record->sides[0].is_id || side_of_parent(call, record, row))
		return NULL;
	for (size_t i = 0; i < record->side_count; i++) {
		const struct record_side *side = &record->sides[i];
		const struct uuid *mine =
			side->of || side->anybody ? NULL : side_place(call, side, side_roles_by(record, i, who));
		if (!mine)
			continue;
		put(side, row, *mine);
		return NULL;
	}
	return problem_new(call->arena, &PROBLEM_FORBIDDEN);
}

void side_keep(struct call *call, const struct record *record, void *row)
{
	const void *before = row_of(row)->original;
	if (!record_is_confined(call, record))
		return;
	for (size_t i = 0; i < record->side_count; i++) {
		const struct record_side *side = &record->sides[i];
		if (side->by && stands(call, record, before, side, ~0u))
			put(side, row, record_side_id(call, record, before, side));
	}
}

const struct record_side *record_side(const struct record *record, const char *name)
{
	for (size_t i = 0; i < record->side_count; i++)
		if (strcmp(record->sides[i].name, name) == 0)
			return &record->sides[i];
	return NULL;
}

struct uuid record_organisation(struct call *call, const struct record *record, const void *row)
{
	struct uuid first = UUID_NIL;
	for (size_t i = 0; i < record->side_count; i++) {
		const struct record_side *side = &record->sides[i];
		if (side->account || side->anybody)
			continue;
		struct uuid id = record_side_id(call, record, row, side);
		if (stands(call, record, row, side, ~0u))
			return id;
		first = uuid_is_nil(first) ? id : first;
	}
	return first;
}

bool record_has_organisation(struct call *call, const struct record *record, const void *row, struct uuid institution)
{
	for (size_t i = 0; i < record->side_count; i++)
		if (!record->sides[i].account &&
			uuid_equal(record_side_id(call, record, row, &record->sides[i]), institution))
			return !uuid_is_nil(institution);
	return false;
}
