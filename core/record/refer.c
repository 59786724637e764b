#include "core/record/refer.h"

#include "core/record/record_inside.h"
#include "core/record/row.h"
#include "core/record/side.h"

static bool is_new(const struct field *field, const void *before, const void *row)
{
	return before ? !field_equal(field, before, row) : !field_is_absent(field, row);
}

/* Shared: several may name one row at once; whoever changes it waits for all of them. */
static struct problem *find(struct call *call, const struct record_refer *refer, struct uuid id, void **out)
{
	const char *where = refer->where ? arena_printf(call->arena, "id = ? AND (%s)", refer->where) : "id = ?";
	void **rows;
	size_t count;
	struct problem *problem = record_select(call, refer->to, where, "LOCK IN SHARE MODE", DB_ARGS(db_id(&id)),
		&rows, &count);
	*out = !problem && count ? rows[0] : NULL;
	return problem;
}

static bool may_see(struct call *call, const struct record_refer *refer, const void *row)
{
	const struct record *to = refer->to;
	if (refer->public || !(refer->field->write & ~ROLE_SERVER) || (to->read_roles & ROLE_PUBLIC))
		return true;
	return record_lets(call, to, row, to->read_who);
}

/* What visitors see of the other record, anybody may name. */
static struct problem *may_name(struct call *call, const struct record_refer *refer, const void *row, bool *may)
{
	const struct record *to = refer->to;
	void **rows;
	size_t count = 0;
	*may = may_see(call, refer, row);
	if (*may || !to->seen)
		return NULL;
	struct problem *problem = record_select(call, to, arena_printf(call->arena, "id = ? AND (%s)", to->seen->where),
		"LOCK IN SHARE MODE", DB_ARGS(db_id(&row_of_const(row)->id)), &rows, &count);
	*may = !problem && count;
	return problem;
}

/* from: the row named; NULL: none is. */
static void take(const struct record_take *take, void *row, const void *from)
{
	char *at = (char *)row + take->into->offset;
	field_clear(take->into, row);
	if (!from)
		return;
	if (take->what == TAKE_FIELD)
		field_copy(take->into, row, take->from, from);
	else if (take->what == TAKE_HOME)
		*(uint32_t *)at = row_of_const(from)->home_id;
	else
		field_set_number(take->into, row, row_of_const(from)->version);
}

static struct problem *refuse(struct call *call, const struct record_refer *refer, struct problem *faults)
{
	return problem_add_field(call->arena, faults, arena_printf(call->arena, "/%s", refer->field->name), "unknown",
		arena_printf(call->arena, "没有这个%s，或现在不能选它", refer->field->zh),
		arena_printf(call->arena, "names no %s that can be chosen now", refer->field->en));
}

static struct problem *settle_one(struct call *call, const struct record_refer *refer, void *row,
	struct problem **faults)
{
	const struct uuid *id = (const struct uuid *)((const char *)row + refer->field->offset);
	void *from = NULL;
	struct problem *problem = uuid_is_nil(*id) ? NULL : find(call, refer, *id, &from);
	bool may = from == NULL;
	if (!problem && from)
		problem = may_name(call, refer, from, &may);
	if (problem)
		return problem;
	if (!uuid_is_nil(*id) && (!from || !may)) {
		*faults = refuse(call, refer, *faults);
		return NULL;
	}
	for (size_t i = 0; i < refer->take_count; i++)
		take(&refer->takes[i], row, from);
	return NULL;
}

struct problem *refer_settle(struct call *call, const struct record *record, const void *before, void *row)
{
	struct problem *faults = NULL;
	for (size_t i = 0; i < record->refer_count; i++) {
		if (!is_new(record->refers[i].field, before, row))
			continue;
		struct problem *problem = settle_one(call, &record->refers[i], row, &faults);
		if (problem)
			return problem;
	}
	return faults;
}
