#include "core/record/desk.h"

#include <stdlib.h>
#include <string.h>

#include "core/record/endpoint.h"
#include "core/record/form_read.h"
#include "core/record/record_inside.h"
#include "core/record/recusal.h"
#include "core/record/row.h"
#include "core/text/json.h"

enum { CLAIM_MINUTES_MOST = 10080, VOTES_MOST = 100, MINUTE_MS = 60000 };

static struct problem *fault(struct arena *arena, struct problem *problem, const char *pointer, const char *key,
	const char *zh, const char *en)
{
	return problem_add_field(
		arena, problem, key ? json_pointer_add(arena, pointer, key) : pointer, "policy", zh, en);
}

/* --- the policy --- */

static struct problem *read_members(struct arena *arena, struct json_object *members, const char *pointer,
	struct lifecycle_desk *out, struct problem *problem)
{
	const char **names = ARENA_ARRAY(arena, const char *, json_count(members) + 1);
	for (size_t i = 0; i < json_count(members); i++) {
		const char *name = json_text(json_at(members, i));
		bool role = name && strncmp(name, "role:", 5) == 0;
		uint32_t bits = role ? role_bits_of(name + 5) & ~ROLE_PUBLIC : 0;
		if (!name || (role && !bits))
			problem = fault(arena, problem,
				json_pointer_index(arena, json_pointer_add(arena, pointer, "members"), i), NULL,
				"没有这个角色", "is no role of those signed in");
		else if (role)
			out->roles |= bits;
		else
			names[out->name_count++] = name;
	}
	out->names = names;
	if (!json_count(members))
		problem = fault(arena, problem, pointer, "members", "缺少成员", "must name members");
	return problem;
}

struct problem *desk_compile(
	struct arena *arena, struct json_object *policy, struct desk_set *out, struct problem *problem)
{
	struct json_object *object = json_get_object(policy, "desks");
	size_t most = object ? (size_t)json_object_object_length(object) : 0;
	struct lifecycle_desk *desks = ARENA_ARRAY(arena, struct lifecycle_desk, most + 1);
	*out = (struct desk_set){desks, 0};
	if (!object)
		return problem;
	json_object_object_foreach(object, name, value)
	{
		const char *pointer = json_pointer_add(arena, "/desks", name);
		struct lifecycle_desk *desk = &desks[out->count++];
		desk->name = name;
		desk->zh = policy_text(arena, value, "zh", true, pointer, &problem);
		desk->en = policy_text(arena, value, "en", true, pointer, &problem);
		problem = read_members(arena, json_get_array(value, "members"), pointer, desk, problem);
	}
	return problem;
}

static const struct lifecycle_desk *find(struct arena *arena, const struct desk_set *desks, const char *name, bool lax)
{
	static const struct lifecycle_desk nobody = {.name = "", .zh = "", .en = ""};
	for (size_t i = 0; name && i < desks->count; i++)
		if (strcmp(desks->desks[i].name, name) == 0)
			return &desks->desks[i];
	return name && lax ? &nobody : NULL;
}

static const struct field *field_of(const struct record *record, const char *name, enum field_type type)
{
	const struct field *field = shape_field(record->shape, name);
	return field && field->type == type ? field : NULL;
}

static bool can_be_claimed(const struct record *record)
{
	return field_of(record, "claimed_by", FIELD_ID) && field_of(record, "claimed_name", FIELD_TEXT) &&
		field_of(record, "claimed_until", FIELD_TIME);
}

struct problem *desk_compile_step(struct arena *arena, const struct desk_set *desks, const struct record *record,
	struct json_object *object, const char *pointer, bool lax, struct lifecycle_step *out, struct problem *problem)
{
	const char *name = json_get_text(object, "desk");
	out->desk = find(arena, desks, name, lax);
	if (json_has(object, "desk") && !out->desk)
		problem = fault(arena, problem, pointer, "desk", "配置中没有这个办理组", "is no desk of the policy");
	if (!json_has(object, "claim"))
		return problem;
	if (!json_get_int(object, "claim", &out->claim) || out->claim < 1 || out->claim > CLAIM_MINUTES_MOST)
		problem = fault(arena, problem, pointer, "claim", "应为 1 到 10080 分钟", "must be 1 to 10080 minutes");
	else if (!can_be_claimed(record))
		problem = fault(arena, problem, pointer, "claim", "该记录不能领取",
			"needs a record with claimed_by, claimed_name and claimed_until");
	return problem;
}

struct problem *desk_compile_vote(struct arena *arena, const struct desk_set *desks, struct json_object *object,
	const char *pointer, bool lax, struct lifecycle_transition *out, struct problem *problem)
{
	struct json_object *by = json_get_object(object, "by");
	const char *at = json_pointer_add(arena, pointer, "by"), *group = json_get_text(by, "group");
	int64_t need = 0, of = VOTES_MOST;
	if (!json_has(object, "by"))
		return problem;
	out->group = find(arena, desks, group, lax);
	if (group && !out->group)
		problem = fault(arena, problem, at, "group", "配置中没有这个办理组", "is no desk of the policy");
	if (json_has(by, "of") && (!json_get_int(by, "of", &of) || of < 1 || of > VOTES_MOST))
		problem = fault(arena, problem, at, "of", "应为 1 到 100", "must be 1 to 100");
	if (!json_get_int(by, "need", &need) || need < 1 || need > of)
		return fault(arena, problem, at, "need", "应为 1 到总人数", "must be 1 to as many as there are");
	/* As many as are assigned, where all are named. */
	if (out->group && !out->group->roles && !lax && (size_t)need > out->group->name_count)
		problem = fault(arena, problem, at, "need", "多于该组的人数", "is more than the desk has members");
	out->need = (int)need;
	out->of = json_has(by, "of") ? (int)of : 0;
	out->once_a_person = policy_flag(by, "once_a_person");
	return problem;
}

/* --- who may --- */

bool desk_has(struct call *call, const struct lifecycle_desk *desk)
{
	const struct call_services *services = call->services;
	if (!desk || (desk->roles & call->actor.roles))
		return true;
	const char *name = desk->name_count && services->user_name ? services->user_name(call, services->arg) : NULL;
	for (size_t i = 0; name && i < desk->name_count; i++)
		if (strcmp(desk->names[i], name) == 0)
			return true;
	return false;
}

static void *at(const struct record *record, const void *row, const char *name)
{
	const struct field *field = shape_field(record->shape, name);
	if (!field)
		abort(); /* the generator sees to it */
	return (char *)row + field->offset;
}

static bool is_anothers(
	struct call *call, const struct record *record, const void *row, const struct lifecycle_step *step)
{
	if (!step->claim)
		return false;
	struct uuid by = *(struct uuid *)at(record, row, "claimed_by");
	return !uuid_is_nil(by) && !uuid_equal(by, call->actor.account_id) &&
		*(int64_t *)at(record, row, "claimed_until") > call_now();
}

static struct problem *refuse_claimed(struct call *call, const struct record *record, const void *row)
{
	const char *name = *(const char **)at(record, row, "claimed_name");
	name = name ? name : "?";
	return problem_detail(call->arena, &PROBLEM_CONFLICT, arena_printf(call->arena, "该件正由 %s 办理", name),
		arena_printf(call->arena, "%s has claimed this", name));
}

/* By a role as such, not by a side of the row, nor the server. */
static bool is_at_desk(struct call *call, struct record_who who)
{
	return !(call->actor.roles & ROLE_SERVER) && (call->actor.roles & who.roles & ~ROLES_CONFINED);
}

struct problem *desk_check(struct call *call, const struct record *record, const void *row,
	const struct lifecycle_step *step, const struct lifecycle_transition *transition)
{
	if (!is_at_desk(call, transition->who))
		return NULL;
	if (!desk_has(call, transition->group ? transition->group : step->desk))
		return problem_detail(call->arena, &PROBLEM_FORBIDDEN, "此环节由指定的办理组办理",
			"This step is for another desk");
	return is_anothers(call, record, row, step) && !transition->need ? refuse_claimed(call, record, row) : NULL;
}

/* --- claims --- */

static void put_claim(const struct record *record, void *row, struct uuid by, const char *name, int64_t until)
{
	*(struct uuid *)at(record, row, "claimed_by") = by;
	*(const char **)at(record, row, "claimed_name") = name;
	*(int64_t *)at(record, row, "claimed_until") = until;
}

static bool is_claimed(const struct record *record, const void *row)
{
	return !uuid_is_nil(*(struct uuid *)at(record, row, "claimed_by")) &&
		*(int64_t *)at(record, row, "claimed_until") > call_now();
}

const char *desk_claim_open(
	struct call *call, const struct record *record, const void *row, const struct lifecycle_step *step)
{
	if (!step->claim || !is_at_desk(call, step->waits) || !desk_has(call, step->desk))
		return NULL;
	bool anothers = is_anothers(call, record, row, step);
	if (is_claimed(record, row) && (!anothers || call_has_role(call, ROLE_PLATFORM_ADMIN)))
		return "release";
	return anothers ? NULL : "claim";
}

struct problem *desk_claim(struct call *call, const struct record *record, void *row, const struct lifecycle_step *step,
	const char *event, bool *done)
{
	bool take = strcmp(event, "claim") == 0;
	*done = step->claim && (take || strcmp(event, "release") == 0);
	if (!*done)
		return NULL;
	struct problem *problem = record_refuse_copy(call, record, row);
	if (!problem && (!is_at_desk(call, step->waits) || !desk_has(call, step->desk)))
		problem = problem_new(call->arena, &PROBLEM_FORBIDDEN);
	if (!problem && is_anothers(call, record, row, step) && (take || !call_has_role(call, ROLE_PLATFORM_ADMIN)))
		problem = refuse_claimed(call, record, row);
	if (!problem && take)
		problem = recusal_check(call, record, row);
	if (problem)
		return problem;
	if (take)
		put_claim(record, row, call->actor.account_id, call->actor.name, call_now() + step->claim * MINUTE_MS);
	else
		put_claim(record, row, UUID_NIL, NULL, 0);
	return record_update(call, record, row, take ? "claimed" : "released");
}

void desk_claim_end(const struct record *record, void *row, const struct lifecycle_step *from)
{
	if (from->claim)
		put_claim(record, row, UUID_NIL, NULL, 0);
}

/* --- votes --- */

static struct problem *has_voted(struct call *call, const struct lifecycle_transition *transition,
	const struct db_result *votes, size_t *count, bool *voted)
{
	const struct call_services *services = call->services;
	struct problem *problem = NULL;
	*count = 0;
	*voted = false;
	for (size_t i = 0; !problem && i < votes->rows; i++) {
		struct uuid account = UUID_NIL;
		bool same_event = strcmp(db_need_text(votes, i, 0), transition->event) == 0, same;
		db_get_id(votes, i, 1, &account);
		same = uuid_equal(account, call->actor.account_id);
		if (!same && transition->once_a_person && services->same_person)
			problem = services->same_person(call, account, &same, services->arg);
		*voted |= same && (same_event || transition->once_a_person);
		*count += same_event;
	}
	return problem;
}

static struct problem *put_vote(struct call *call, const struct record *record, const void *row,
	const struct lifecycle_step *step, const struct lifecycle_transition *transition)
{
	return db_exec(call->db, call->scope,
		"INSERT INTO vote (platform_id, id, step, event, account_id, record, at) VALUES (:p, ?, ?, ?, ?, ?, ?)",
		DB_ARGS(db_id(&row_of_const(row)->id), db_text(step->name), db_text(transition->event),
			db_id(&call->actor.account_id), db_text(record->name), db_time(call_now())),
		NULL);
}

struct problem *desk_vote(struct call *call, const struct record *record, void *row, const struct lifecycle_step *step,
	const struct lifecycle_transition *transition, bool *enough)
{
	struct db_result *votes;
	size_t count = 0;
	bool voted = false;
	*enough = !transition->need || (call->actor.roles & ROLE_SERVER);
	if (*enough)
		return NULL;
	struct problem *problem = db_select(call->db, call->scope,
		"SELECT event, account_id FROM vote WHERE platform_id = :p AND id = ? AND step = ?",
		DB_ARGS(db_id(&row_of(row)->id), db_text(step->name)), &votes);
	if (!problem)
		problem = has_voted(call, transition, votes, &count, &voted);
	if (!problem && voted)
		problem = problem_detail(call->arena, &PROBLEM_CONFLICT, "您已表决过", "You have voted already");
	if (!problem)
		problem = put_vote(call, record, row, step, transition);
	*enough = !problem && count + 1 >= (size_t)transition->need;
	if (problem || *enough)
		return problem;
	struct json_object *told = json_own(call->arena, json_object_new_object());
	json_object_object_add(told, "event", json_object_new_string(transition->event));
	json_object_object_add(told, "count", json_object_new_int64((int64_t)count + 1));
	json_object_object_add(told, "need", json_object_new_int64(transition->need));
	return record_update_with(call, record, row, "voted", told);
}

struct problem *desk_vote_end(struct call *call, const void *row)
{
	return db_exec(call->db, call->scope, "DELETE FROM vote WHERE platform_id = :p AND id = ?",
		DB_ARGS(db_id(&row_of_const(row)->id)), NULL);
}
