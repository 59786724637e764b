#include "core/record/child.h"

#include <string.h>

#include "core/buf.h"
#include "core/record/ask.h"
#include "core/record/lifecycle.h"
#include "core/record/record_inside.h"
#include "core/record/row.h"

static struct uuid parent_id(const struct record *record, const void *row)
{
	return *(const struct uuid *)((const char *)row + record->parent_key->offset);
}

/* --- looking at the parent --- */

static struct problem *peek(
	struct call *call, const struct record *record, struct uuid id, const char *lock, void **out)
{
	void **rows;
	size_t count;
	struct problem *problem = record_select(call, record, "id = ?", lock, DB_ARGS(db_id(&id)), &rows, &count);
	*out = !problem && count ? rows[0] : NULL;
	return problem;
}

static void remember(const void *row, const void *parent)
{
	struct row_family *family = row_of_const(row)->family;
	if (family)
		*family = (struct row_family){parent, true};
}

const void *record_parent_row(struct call *call, const struct record *record, const void *row)
{
	const struct row_family *family = row_of_const(row)->family;
	void *parent = NULL;
	if (!record->parent || (family && family->looked))
		return family ? family->parent : NULL;
	if (peek(call, record->parent, parent_id(record, row), "", &parent))
		return NULL;
	remember(row, parent);
	return parent;
}

static bool needs_parents(const struct call *call, const struct record *record)
{
	for (size_t i = 0; i < record->side_count; i++)
		if (record->sides[i].of && (record->sides[i].roles & call->actor.roles))
			return true;
	return false;
}

static void spread(const struct record *record, void *const *rows, size_t count, const void *parent)
{
	for (size_t i = 0; i < count; i++)
		if (uuid_equal(parent_id(record, rows[i]), row_of_const(parent)->id))
			remember(rows[i], parent);
}

struct problem *child_look(struct call *call, const struct record *record, void *const *rows, size_t count)
{
	struct buf *sql = buf_in(call->arena);
	struct db_value *ids = ARENA_ARRAY(call->arena, struct db_value, count + 1);
	void **parents = NULL;
	size_t found = 0;
	if (!record->parent || !count || !needs_parents(call, record))
		return NULL;
	buf_text(sql, "id IN (");
	for (size_t i = 0; i < count; i++) {
		buf_text(sql, i ? ", ?" : "?");
		ids[i] = db_id((const struct uuid *)(const void *)((const char *)rows[i] + record->parent_key->offset));
		remember(rows[i], NULL);
	}
	buf_char(sql, ')');
	struct problem *problem =
		record_select(call, record->parent, db_dynamic(call->db, sql->data), "", ids, count, &parents, &found);
	for (size_t i = 0; !problem && i < found; i++)
		spread(record, rows, count, parents[i]);
	return problem;
}

/* --- holding it --- */

static struct problem *hold(struct call *call, const struct record *record, const void *row)
{
	void *parent;
	struct problem *problem = peek(call, record->parent, parent_id(record, row), "FOR UPDATE", &parent);
	if (!problem && !parent)
		problem = problem_new(call->arena, &PROBLEM_NOT_FOUND);
	if (!problem)
		problem = record_refuse_copy(call, record->parent, parent);
	if (!problem)
		remember(row, parent);
	return problem;
}

uint32_t child_home(struct call *call, const struct record *record, const void *row)
{
	const struct row *parent = record->parent ? record_parent_row(call, record, row) : NULL;
	return parent && record_is_copy(call, record->parent, parent) ? parent->home_id : call->platform_id;
}

struct problem *child_hold(struct call *call, const struct record *record, const void *row)
{
	/* What its home never took counts for nothing, and is ended here. */
	if (!record->parent || (record_is_copy(call, record, row) && ask_is_pending(record, row)))
		return NULL;
	return hold(call, record, row);
}

bool child_is_open(struct call *call, const struct record *record, const void *row, enum endpoint_verb verb)
{
	uint32_t phases = record->parent_phases[verb];
	const struct row *parent = phases ? record_parent_row(call, record, row) : NULL;
	return !phases || (parent && parent->phase && (phases >> (parent->phase - 1) & 1));
}

struct problem *child_check_phase(
	struct call *call, const struct record *record, const void *row, enum endpoint_verb verb)
{
	/* On a copy this spares a detour: the home judges anew. */
	bool here = child_home(call, record, row) == call->platform_id;
	struct problem *problem = record->parent_phases[verb] && here ? child_hold(call, record, row) : NULL;
	if (problem || child_is_open(call, record, row, verb))
		return problem;
	const char *zh = record->parent->zh, *en = record->parent->en;
	return problem_detail(call->arena, &PROBLEM_CONFLICT,
		arena_printf(call->arena, "所属%s的当前状态不能进行此操作。", zh),
		arena_printf(call->arena, "The present state of the %s does not allow this.", en));
}

/* --- how many there may be, and while the parent says so --- */

static const char *phase_list(struct call *call, const struct record *record, uint64_t phases)
{
	struct buf *sql = buf_in(call->arena);
	for (size_t i = 0; i < record->phase_count; i++)
		if (phases >> i & 1)
			buf_printf(sql, "%s'%s'", sql->len ? ", " : "", record->phases[i].code);
	return sql->data;
}

/* Of the parent's children those that have a seat. */
static struct problem *count_seated(struct call *call, const struct record *record, struct uuid parent, int64_t *out)
{
	struct db_result *rows;
	const char *sql = arena_printf(call->arena,
		"SELECT COUNT(*) FROM `%s` WHERE platform_id = :p AND `%s` = ? AND phase IN (%s)", record->table,
		record->parent_key->column, phase_list(call, record, record->seat_phases));
	struct problem *problem =
		db_select(call->db, call->scope, db_dynamic(call->db, sql), DB_ARGS(db_id(&parent)), &rows);
	*out = problem ? 0 : db_get_int(rows, 0, 0);
	return problem;
}

static bool seats_of(const struct record *record, const void *parent, int64_t *out)
{
	if (!record->seats || field_is_absent(record->seats, parent))
		return false;
	*out = *(const int64_t *)((const char *)parent + record->seats->offset);
	return true;
}

static struct problem *check_state(struct call *call, const struct record *record, const void *parent)
{
	int state = record->parent_state ? *(const int *)((const char *)parent + record->parent_state->offset) : 0;
	if (!record->parent_state || (state > 0 && (record->parent_states >> (state - 1) & 1)))
		return NULL;
	static const struct choice none = {"", "", ""};
	const struct choice *words = state > 0 ? &record->parent_state->values[state - 1] : &none;
	return problem_detail(call->arena, &PROBLEM_CONFLICT,
		arena_printf(call->arena, "该%s目前为“%s”，不能再%s。", record->parent->zh, words->zh, record->zh),
		arena_printf(call->arena, "The %s is \"%s\" now: no %s any more.", record->parent->en, words->en,
			record->en));
}

/* One more, under the lock on the parent: by the clock of the database as it read the parent's row. */
static struct problem *check_entry(struct call *call, const struct record *record, const void *row)
{
	const void *parent = record_parent_row(call, record, row);
	int64_t seats, there = 0;
	if (!parent)
		return problem_new(call->arena, &PROBLEM_NOT_FOUND);
	struct problem *problem = check_state(call, record, parent);
	if (problem || !seats_of(record, parent, &seats))
		return problem;
	problem = count_seated(call, record, parent_id(record, row), &there);
	if (problem || there < seats)
		return problem;
	return problem_detail(call->arena, &PROBLEM_CONFLICT,
		arena_printf(call->arena, "名额已满：共 %d 个，已全部占用。有人退出后可再试。", (int)seats),
		arena_printf(
			call->arena, "All %d seats are taken. Try again when somebody has withdrawn.", (int)seats));
}

static bool is_seated(const struct record *record, int phase)
{
	return phase > 0 && (record->seat_phases >> (phase - 1) & 1);
}

/* A way back into a seat is asked what a new one is. */
static struct problem *check_back(
	struct call *call, const struct record *record, const void *row, const struct lifecycle_transition *transition)
{
	int from = row_of_const(row)->phase;
	if (!record->seat_phases || !transition->to || is_seated(record, from) ||
		!is_seated(record, transition->to->phase))
		return NULL;
	struct problem *problem = child_hold(call, record, row);
	return problem ? problem : check_entry(call, record, row);
}

static struct problem *check_seats_of(
	struct call *call, const struct record *child, const void *row, struct problem *faults)
{
	int64_t seats, there = 0;
	if (!seats_of(child, row, &seats))
		return faults;
	struct problem *problem = count_seated(call, child, row_of_const(row)->id, &there);
	if (problem || there <= seats)
		return problem ? problem : faults;
	return problem_add_field(call->arena, faults, arena_printf(call->arena, "/%s", child->seats->name), "range",
		arena_printf(call->arena, "已有 %d 个%s，不能少于此数", (int)there, child->zh),
		arena_printf(call->arena, "cannot be less than the %d that are taken", (int)there));
}

struct problem *child_check_seats(struct call *call, const struct record *record, const void *row)
{
	const struct record_set *set = call->services->records;
	void *locked = NULL;
	struct problem *problem = NULL;
	for (size_t i = 0; i < set->count; i++) {
		const struct record *child = set->records[i];
		if (child->parent != record || !child->seats)
			continue;
		if (!locked && (problem = peek(call, record, row_of_const(row)->id, "FOR UPDATE", &locked)))
			return problem;
		problem = check_seats_of(call, child, row, problem);
	}
	return problem;
}

/* --- making one --- */

/* By which the caller is let in as far as the parent says: on a side that the child has of it, or for want of any. */
static bool stands_on_parent(struct call *call, const struct record *record, const void *row)
{
	return !record_is_confined(call, record) || side_of_parent(call, record, row);
}

/* A copy is looked at where its children may be asked for; all else is held. */
static struct problem *look_or_hold(struct call *call, const struct record *record, const void *row)
{
	uint32_t here = call->platform_id, roles = call->actor.roles;
	if (child_home(call, record, row) != here && ask_find(call, record, row, ASK_CREATE, here, roles))
		return NULL;
	return child_hold(call, record, row);
}

struct problem *child_begin(struct call *call, const struct record *record, void *row)
{
	struct uuid id;
	if (!record->parent)
		return NULL;
	struct problem *problem = call_path_id(call, 0, &id);
	if (problem)
		return problem;
	memcpy((char *)row + record->parent_key->offset, &id, sizeof id);
	problem = look_or_hold(call, record, row);
	if (problem)
		return problem;
	bool there = stands_on_parent(call, record, row);
	/* Who stands on a side of the child alone knows of no parent that is not open to it. */
	bool open = record->parent_phases[VERB_CREATE] && child_is_open(call, record, row, VERB_CREATE);
	if (!there && !(open && side_has_own(call, record)))
		return problem_new(call->arena, &PROBLEM_NOT_FOUND);
	problem = child_check_phase(call, record, row, VERB_CREATE);
	/* What is asked for on a copy its home judges. */
	bool bound = record->seats || record->parent_state;
	return problem || !bound || child_home(call, record, row) != call->platform_id
		? problem
		: check_entry(call, record, row);
}

/* --- listing them --- */

struct problem *child_where(struct call *call, const struct record *record, struct record_where *where)
{
	struct uuid id, *kept = ARENA_NEW(call->arena, struct uuid);
	void *parent, *one = record_new(call, record);
	struct problem *problem = call_path_id(call, 0, &id);
	if (!problem)
		problem = peek(call, record->parent, id, "", &parent);
	if (problem)
		return problem;
	remember(one, parent);
	/* On a side of its own it sees its own, whether or not there is more to see. */
	bool there = parent && stands_on_parent(call, record, one);
	if (!there && !(record_is_confined(call, record) && side_has_own(call, record)))
		return problem_new(call->arena, &PROBLEM_NOT_FOUND);
	*kept = id;
	struct db_value value = db_id(kept);
	record_where_add(where, arena_printf(call->arena, "`%s` = ?", record->parent_key->column), &value, 1);
	return NULL;
}

/* --- what is declared of their number --- */

static struct problem *count(
	struct call *call, const struct record *record, struct uuid parent, int phase, struct uuid but, int64_t *out)
{
	struct db_result *rows;
	const char *code = phase ? record->phases[phase - 1].code : NULL;
	const char *sql =
		arena_printf(call->arena, "SELECT COUNT(*) FROM `%s` WHERE platform_id = :p AND `%s` = ? AND id <> ?%s",
			record->table, record->parent_key->column, code ? " AND phase = ?" : "");
	const struct db_value args[] = {db_id(&parent), db_bytes(but.b, sizeof but.b), db_text(code)};
	struct problem *problem =
		db_select(call->db, call->scope, db_dynamic(call->db, sql), args, code ? 3 : 2, &rows);
	*out = problem ? 0 : db_get_int(rows, 0, 0);
	return problem;
}

static struct problem *check_one(struct call *call, const struct record *record, const void *row, int phase)
{
	int64_t others;
	struct uuid parent = parent_id(record, row);
	const struct choice *words = &record->phases[phase - 1];
	struct problem *problem = child_hold(call, record, row);
	if (!problem)
		problem = count(call, record, parent, phase, row_of_const(row)->id, &others);
	if (problem || !others)
		return problem;
	return problem_detail(call->arena, &PROBLEM_CONFLICT,
		arena_printf(call->arena, "该%s已有一个“%s”的%s。", record->parent->zh, words->zh, record->zh),
		arena_printf(call->arena, "The %s has a %s already that is: %s.", record->parent->en, record->en,
			words->en));
}

static struct problem *check_least(
	struct call *call, const struct record *record, const void *row, const struct lifecycle_transition *transition)
{
	int64_t there = 0;
	void *locked;
	const struct record *child = transition->least_of;
	const struct choice *words = &child->phases[transition->least_phase - 1];
	struct uuid id = row_of_const(row)->id;
	struct problem *problem = peek(call, record, id, "FOR UPDATE", &locked);
	if (!problem)
		problem = count(call, child, id, transition->least_phase, UUID_NIL, &there);
	if (problem || there >= transition->least)
		return problem;
	return problem_detail(call->arena, &PROBLEM_CONFLICT,
		arena_printf(call->arena, "至少需要 %d 个“%s”的%s，目前有 %d 个。", (int)transition->least, words->zh,
			child->zh, (int)there),
		arena_printf(call->arena, "At least %d of %s (%s) are needed; there are %d.", (int)transition->least,
			child->en, words->en, (int)there));
}

struct problem *child_check_move(
	struct call *call, const struct record *record, const void *row, const struct lifecycle_transition *transition)
{
	struct problem *problem = transition->one_phase ? check_one(call, record, row, transition->one_phase) : NULL;
	if (!problem)
		problem = check_back(call, record, row, transition);
	return problem || !transition->least_of ? problem : check_least(call, record, row, transition);
}

struct problem *child_refuse_orphans(struct call *call, const struct record *record, const void *row)
{
	const struct record_set *set = call->services->records;
	void *locked;
	struct problem *problem = NULL;
	for (size_t i = 0; !problem && i < set->count; i++) {
		const struct record *child = set->records[i];
		int64_t there = 0;
		if (child->parent != record)
			continue;
		problem = peek(call, record, row_of_const(row)->id, "FOR UPDATE", &locked);
		if (!problem)
			problem = count(call, child, row_of_const(row)->id, 0, UUID_NIL, &there);
		if (!problem && there)
			problem = problem_detail(call->arena, &PROBLEM_CONFLICT,
				arena_printf(call->arena, "该%s还有%s，不能删除。", record->zh, child->zh),
				arena_printf(call->arena, "It has %s still, so it cannot be deleted.", child->plural));
	}
	return problem;
}
