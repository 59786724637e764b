#include <string.h>

#include "core/record/desk.h"
#include "core/record/form_read.h"
#include "core/record/lifecycle.h"
#include "core/record/lifecycle_inside.h"
#include "core/record/record_inside.h"
#include "core/text/json.h"

enum { STEPS_MAX = 60, TRANSITIONS_MAX = 200, DEADLINE_MAX = 400, NAME_LENGTH = 32, REASON_LENGTH = 1000 };

struct compiler {
	struct arena *arena;
	const struct record_set *records;
	const struct notice_sink *sink;
	struct problem *problem;
	struct desk_set desks;
};

static void fault(struct compiler *c, const char *pointer, const char *key, const char *zh, const char *en)
{
	const char *here = key ? json_pointer_add(c->arena, pointer, key) : pointer;
	c->problem = problem_add_field(c->arena, c->problem, here, "policy", zh, en);
}

static void fault_at(struct compiler *c, const char *pointer, const char *key, size_t i, const char *name,
	const char *zh, const char *en)
{
	const char *here = json_pointer_index(c->arena, json_pointer_add(c->arena, pointer, key), i);
	fault(c, here, NULL, arena_printf(c->arena, "%s：%s", zh, name ? name : "?"),
		arena_printf(c->arena, "%s: %s", en, name ? name : "?"));
}

static const char *text(
	struct compiler *c, struct json_object *object, const char *key, bool required, const char *pointer)
{
	return policy_text(c->arena, object, key, required, pointer, &c->problem);
}

static void check_members(struct compiler *c, struct json_object *object, const char *pointer, const char *const *known)
{
	json_object_object_foreach(object, key, value)
	{
		size_t i = 0;
		(void)value;
		while (known[i] && strcmp(known[i], key) != 0)
			i++;
		if (!known[i])
			fault(c, pointer, key, "没有这一项", "is not known here");
	}
}

static bool name_good(const char *name)
{
	size_t len = name ? strlen(name) : 0;
	return len && len <= NAME_LENGTH && strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == len;
}

/* --- steps --- */

static int phase_of(const struct record *record, const char *code)
{
	for (size_t i = 0; code && i < record->phase_count; i++)
		if (strcmp(record->phases[i].code, code) == 0)
			return (int)i + 1;
	return 0;
}

/* Roles, groups and sides by name. All their roles are *roles, however they are let in. */
static void read_who(struct compiler *c, const struct record *record, struct json_object *names, const char *pointer,
	const char *key, struct record_who *who, uint32_t *roles)
{
	for (size_t i = 0; i < json_count(names); i++) {
		const char *name = json_text(json_at(names, i));
		const struct record_side *side = name ? record_side(record, name) : NULL;
		uint32_t bits = side ? side->roles : role_bits_of(name);
		if (!bits || (bits & ROLE_PUBLIC))
			fault_at(c, pointer, key, i, name, "没有这个角色", "is no role of those signed in");
		*roles |= bits;
		if (side)
			who->sides |= 1u << (side - record->sides);
		else
			who->roles |= bits;
	}
}

/* Whom a row waits for here, where not everybody who may fire something is meant: somebody who may cancel waits for the
 * answer. An empty list: nobody. */
static void compile_waits(struct compiler *c, const struct record *record, struct json_object *object,
	const char *pointer, struct lifecycle_step *step)
{
	struct json_object *names = json_get_array(object, "waits");
	uint32_t roles = 0;
	step->waits_said = names != NULL;
	if (json_has(object, "waits") && !names)
		fault(c, pointer, "waits", "应为角色列表", "must be a list of roles");
	read_who(c, record, names, pointer, "waits", &step->waits, &roles);
}

static void compile_step(struct compiler *c, const struct record *record, const char *name, struct json_object *object,
	const char *pointer, struct lifecycle_step *step)
{
	static const char *const known[] = {"phase", "zh", "en", "desk_zh", "desk_en", "deadline", "clock", "final",
		"waits", "desk", "claim", NULL};
	int64_t deadline = -1;
	step->name = name;
	if (!name_good(name))
		fault(c, pointer, NULL, "环节名称只能是小写字母、数字和 _",
			"must be named in lower-case letters, digits and _");
	if (!json_object_is_type(object, json_type_object)) {
		fault(c, pointer, NULL, "应为对象", "must be an object");
		return;
	}
	check_members(c, object, pointer, known);
	step->zh = text(c, object, "zh", true, pointer);
	step->en = text(c, object, "en", true, pointer);
	step->desk_zh = text(c, object, "desk_zh", false, pointer);
	step->desk_en = text(c, object, "desk_en", false, pointer);
	step->phase = phase_of(record, json_get_text(object, "phase"));
	if (!step->phase)
		fault(c, pointer, "phase", arena_printf(c->arena, "%s没有这个状态", record->zh),
			arena_printf(c->arena, "is no phase of %s", record->name));
	if (json_has(object, "deadline") &&
		(!json_get_int(object, "deadline", &deadline) || deadline < 0 || deadline > DEADLINE_MAX))
		fault(c, pointer, "deadline", "期限应为 0 到 400 个工作日", "must be 0 to 400 working days");
	if (deadline >= 0 && !(record->has & ROW_HAS_DUE))
		fault(c, pointer, "deadline", "该记录没有期限", "needs a record with a due date");
	step->deadline = (int)deadline;
	const char *clock = text(c, object, "clock", false, pointer);
	step->clock_stopped = clock && strcmp(clock, "stopped") == 0;
	if (clock && !step->clock_stopped && strcmp(clock, "running") != 0)
		fault(c, pointer, "clock", "只能是 running 或 stopped", "must be running or stopped");
	step->final = policy_flag(object, "final");
	compile_waits(c, record, object, pointer, step);
	c->problem = desk_compile_step(c->arena, &c->desks, record, object, pointer, !c->sink, step, c->problem);
}

/* Answers them, to be completed once the transitions are known. */
static struct lifecycle_step *compile_steps(
	struct compiler *c, struct json_object *object, const char *pointer, struct lifecycle *out)
{
	struct json_object *steps = json_get_object(object, "steps");
	size_t count = steps ? (size_t)json_object_object_length(steps) : 0;
	const char *here = json_pointer_add(c->arena, pointer, "steps");
	if (!count || count > STEPS_MAX) {
		fault(c, pointer, "steps", "缺少环节，或超过 60 个", "must have 1 to 60 steps");
		return NULL;
	}
	struct lifecycle_step *list = ARENA_ARRAY(c->arena, struct lifecycle_step, count);
	json_object_object_foreach(steps, key, value) compile_step(
		c, out->record, key, value, json_pointer_add(c->arena, here, key), &list[out->step_count++]);
	out->steps = list;
	const char *initial = text(c, object, "initial", true, pointer);
	out->initial = initial ? lifecycle_step(out, initial) : NULL;
	if (initial && !out->initial)
		fault(c, pointer, "initial", "没有这个环节", "is no step");
	return list;
}

/* --- transitions --- */

static void compile_from(struct compiler *c, const struct lifecycle *lifecycle, struct json_object *object,
	const char *pointer, struct lifecycle_transition *out)
{
	struct json_object *from = json_get_array(object, "from");
	size_t count = json_count(from);
	uint64_t seen = 0;
	_Static_assert(STEPS_MAX <= 64, "a bit for each step");
	if (!count)
		fault(c, pointer, "from", "缺少来源环节", "must name at least one step");
	out->from = ARENA_ARRAY(c->arena, const struct lifecycle_step *, count + 1);
	for (size_t i = 0; i < count; i++) {
		const char *name = json_text(json_at(from, i));
		const struct lifecycle_step *step = name ? lifecycle_step(lifecycle, name) : NULL;
		if (!step)
			fault_at(c, pointer, "from", i, name, "没有这个环节", "is no step");
		else if (step->final)
			fault_at(c, pointer, "from", i, name, "最终环节不能再转出", "is final, so nothing leaves it");
		else if (!(seen & 1ull << (step - lifecycle->steps))) /* naming one twice says nothing more */
			out->from[out->from_count++] = step;
		if (step)
			seen |= 1ull << (step - lifecycle->steps);
	}
	const char *to = text(c, object, "to", false, pointer);
	out->to = to ? lifecycle_step(lifecycle, to) : NULL;
	if (to && !out->to)
		fault(c, pointer, "to", "没有这个环节", "is no step");
}

static void compile_roles(struct compiler *c, const struct record *record, struct json_object *object,
	const char *pointer, struct lifecycle_transition *out)
{
	struct json_object *roles = json_get_array(object, "roles");
	if (!json_count(roles) && !json_has(object, "after") && !json_has(object, "at"))
		fault(c, pointer, "roles", "缺少角色", "must name at least one role");
	read_who(c, record, roles, pointer, "roles", &out->who, &out->roles);
}

static void compile_guards(struct compiler *c, const struct record *record, struct json_object *object,
	const char *pointer, struct lifecycle_transition *out)
{
	struct json_object *names = json_get_array(object, "guards");
	out->guards = ARENA_ARRAY(c->arena, const struct record_guard *, json_count(names) + 1);
	for (size_t i = 0; i < json_count(names); i++) {
		const char *name = json_text(json_at(names, i));
		size_t at = 0;
		while (at < record->guard_count && (!name || strcmp(record->guards[at].name, name) != 0))
			at++;
		if (name && record->recusal_guard && strcmp(record->recusal_guard, name) == 0)
			out->recuse = true;
		else if (at == record->guard_count)
			fault_at(c, pointer, "guards", i, name, "该记录没有这个条件",
				"is no guard that the record declares");
		else
			out->guards[out->guard_count++] = &record->guards[at];
	}
}

/* recuse: true, or fields of the row that hold ids of institutions, whose people then do not fire it as the desk
 * either. */
static void compile_recusal(struct compiler *c, const struct record *record, struct json_object *object,
	const char *pointer, struct lifecycle_transition *out)
{
	struct json_object *said = json_get(object, "recuse"), *names = json_get_array(object, "recuse");
	struct record_recusal *list = ARENA_ARRAY(c->arena, struct record_recusal, json_count(names) + 1);
	bool flag = said && json_object_is_type(said, json_type_boolean);
	if (said && !names && !flag)
		fault(c, pointer, "recuse", "应为 true 或字段列表", "must be true or a list of fields");
	out->recuse |= flag ? json_object_get_boolean(said) : record->recusal_count && !record->recusal_guard;
	for (size_t i = 0; i < json_count(names); i++) {
		const char *name = json_text(json_at(names, i));
		const struct field *field = name ? shape_field(record->shape, name) : NULL;
		if (name && strcmp(name, "true") == 0) /* as the text of a policy has it */
			out->recuse = true;
		else if (field && field->type == FIELD_ID)
			list[out->recusal_count++] = (struct record_recusal){"institution", field};
		else
			fault_at(c, pointer, "recuse", i, name, "不是该记录的机构字段",
				"is no field of the record that holds an id");
	}
	out->recusals = list;
	if (out->recuse && !record->recusal_count)
		fault(c, pointer, "recuse", "该记录没有声明回避", "needs a record that declares whom to recuse");
}

static void compile_effects(struct compiler *c, const struct record *record, struct json_object *object,
	const char *pointer, struct lifecycle_transition *out)
{
	struct json_object *names = json_get_array(object, "effects");
	out->effects = ARENA_ARRAY(c->arena, const struct record_effect *, json_count(names) + 1);
	for (size_t i = 0; i < json_count(names); i++) {
		const char *name = json_text(json_at(names, i));
		size_t at = 0;
		while (at < record->effect_count && (!name || strcmp(record->effects[at].name, name) != 0))
			at++;
		if (at < record->effect_count)
			out->effects[out->effect_count++] = &record->effects[at];
		else if (c->sink) /* one that a policy stored by an earlier version names is done otherwise now */
			fault_at(c, pointer, "effects", i, name, "该记录没有这个后续动作",
				"is no effect that the record declares");
	}
}

/* A list of {template, to}. */
static const struct lifecycle_notice *read_notices(struct compiler *c, const struct record *record,
	struct json_object *object, const char *pointer, const char *key, size_t *count)
{
	struct json_object *list = json_get_array(object, key);
	const struct notice_sink *sink = c->sink;
	struct lifecycle_notice *notices = ARENA_ARRAY(c->arena, struct lifecycle_notice, json_count(list) + 1);
	for (size_t i = 0; i < json_count(list); i++) {
		const char *template = json_get_text(json_at(list, i), "template"),
			   *to = json_get_text(json_at(list, i), "to");
		if (!template || (sink && sink->knows_template && !sink->knows_template(template, sink->arg)))
			fault_at(c, pointer, key, i, template, "没有这个通知模板", "names no template");
		else if (!to || (sink && sink->knows_recipient && !sink->knows_recipient(record, to, sink->arg)))
			fault_at(c, pointer, key, i, to, "没有这种收件人", "names no recipient");
		else
			notices[(*count)++] = (struct lifecycle_notice){template, to};
	}
	return notices;
}

static void compile_form(
	struct compiler *c, struct json_object *object, const char *pointer, struct lifecycle_transition *out)
{
	static const char *const words[] = {"none", "optional", "required"};
	static const struct field reason = {.name = "reason",
		.zh = "原因",
		.en = "Reason",
		.type = FIELD_LONGTEXT,
		.has_max = true,
		.max = REASON_LENGTH,
		.read = ~0u,
		.write = ~0u};
	struct field first = reason;
	const char *word = text(c, object, "reason", false, pointer);
	out->reason = REASON_NONE;
	for (size_t i = 0; word && i < 3; i++)
		if (strcmp(words[i], word) == 0)
			out->reason = (enum lifecycle_reason)i;
	if (word && strcmp(words[out->reason], word) != 0)
		fault(c, pointer, "reason", "只能是 none、optional 或 required", "must be none, optional or required");
	first.required = out->reason == REASON_REQUIRED;
	out->form = form_read_fields(c->arena, "form", &first, out->reason != REASON_NONE, json_get(object, "form"),
				     json_pointer_add(c->arena, pointer, "form"), &c->problem);
}

/* {of: the field with the parent, phase} */
static void compile_one(struct compiler *c, const struct record *record, struct json_object *object,
	const char *pointer, struct lifecycle_transition *out)
{
	struct json_object *one = json_get(object, "one");
	const char *of = json_get_text(one, "of");
	if (!one)
		return;
	out->one_phase = phase_of(record, json_get_text(one, "phase"));
	if (!record->parent || !of || strcmp(of, record->parent_key->name) != 0 || !out->one_phase)
		fault(c, pointer, "one", "应写明上级记录的字段和本记录的状态",
			"must name the field with the parent and a phase");
}

/* {children: a record, phase: of it, n} */
static void compile_least(struct compiler *c, const struct record *record, struct json_object *object,
	const char *pointer, struct lifecycle_transition *out)
{
	struct json_object *least = json_get(object, "at_least");
	if (!least)
		return;
	const char *name = json_get_text(least, "children");
	const struct record *child = name ? record_find(c->records, name) : NULL;
	out->least_of = child && child->parent == record ? child : NULL;
	out->least_phase = out->least_of ? phase_of(child, json_get_text(least, "phase")) : 0;
	if (!out->least_phase || !json_get_int(least, "n", &out->least) || out->least < 1)
		fault(c, pointer, "at_least", "应写明下级记录、其状态和至少几个",
			"must name children, a phase of theirs and how many");
}

static bool find_input(const void *form, const char *name, struct rule_part *out)
{
	*out = (struct rule_part){shape_field(form, name), false};
	return out->field != NULL;
}

static void compile_unless(struct compiler *c, const struct record *record, struct json_object *object,
	const char *pointer, struct lifecycle_transition *out)
{
	const char *name = text(c, object, "unless", false, pointer);
	const struct field *field = name ? shape_field(record->shape, name) : NULL;
	out->unless = field && field->type == FIELD_BOOL ? field : NULL;
	for (size_t i = 0; name && !out->unless && i < record->guard_count; i++)
		if (strcmp(record->guards[i].name, name) == 0)
			out->unless_guard = &record->guards[i];
	if (name && !out->unless && !out->unless_guard)
		fault(c, pointer, "unless", "不是该记录的是非字段，也不是其条件",
			"is no yes-or-no field of the record and no guard");
}

/* Nobody is there to fill in a form when the server fires. */
static bool wants_input(const struct lifecycle_transition *transition)
{
	for (size_t i = 0; i < transition->form->count; i++)
		if (transition->form->fields[i].required)
			return true;
	return false;
}

static int days_of(struct compiler *c, struct json_object *object, const char *key, int64_t most, const char *pointer)
{
	int64_t days = 0;
	if (json_has(object, key) && (!json_get_int(object, key, &days) || days < 1 || days > most)) {
		fault(c, pointer, key, arena_printf(c->arena, "应为 1 到 %lld 个工作日", (long long)most),
			arena_printf(c->arena, "must be 1 to %lld working days", (long long)most));
		return 0;
	}
	return (int)days;
}

/* At an instant that the row says. */
static bool compile_at(struct compiler *c, const struct record *record, struct json_object *object,
	const char *pointer, struct lifecycle_transition *out)
{
	enum { GRACE_MAX = 1440 };
	const char *name = text(c, object, "at", false, pointer);
	const struct field *field = name ? shape_field(record->shape, name) : NULL;
	if (json_has(object, "grace") &&
		(!name || !json_get_int(object, "grace", &out->grace) || out->grace < 0 || out->grace > GRACE_MAX))
		fault(c, pointer, "grace", "应为 0 到 1440 分钟，并与 at 一起使用",
			"must be 0 to 1440 minutes, and goes with at");
	if (name && (!field || field->type != FIELD_TIME || json_has(object, "after")))
		fault(c, pointer, "at", "应为记录的时间字段，且不与 after 一起使用",
			"must be a time of the record, and goes without after");
	else
		out->at = field;
	return out->at != NULL;
}

/* What happens by itself when nobody says anything. */
static void compile_silence(struct compiler *c, const struct record *record, struct json_object *object,
	const char *pointer, struct lifecycle_transition *out)
{
	static const char *const rest[] = {"tell_before", "tells", "unless"};
	bool by_time = compile_at(c, record, object, pointer, out);
	out->after = days_of(c, object, "after", DEADLINE_MAX, pointer);
	for (size_t i = 0; !json_has(object, "after") && i < sizeof rest / sizeof *rest; i++)
		if (json_has(object, rest[i]) && !(by_time && strcmp(rest[i], "unless") == 0))
			fault(c, pointer, rest[i], "须与 after 一起使用", "goes with after");
	if (!out->after && !by_time)
		return;
	out->tell_before = out->after > 1 ? days_of(c, object, "tell_before", out->after - 1, pointer) : 0;
	out->tells = read_notices(c, record, object, pointer, "tells", &out->tell_count);
	compile_unless(c, record, object, pointer, out);
	if (wants_input(out))
		fault(c, pointer, "after", "需要填写内容的操作不能由系统进行",
			"cannot be fired by the server: it asks for input");
	for (size_t i = 0; i < out->from_count; i++)
		if (out->from[i]->clock_stopped)
			fault_at(c, pointer, "from", i, out->from[i]->name, "该环节停止计时，不能到期",
				"stands still, so its time never comes");
}

static void compile_transition(struct compiler *c, const struct lifecycle *lifecycle, struct json_object *object,
	const char *pointer, struct lifecycle_transition *out)
{
	static const char *const known[] = {"event", "from", "to", "roles", "zh", "en", "guards", "effects", "reason",
		"form", "complete", "confirm_zh", "confirm_en", "tone", "notices", "recuse", "one", "at_least",
		"sets", "stamps", "groups", "compare",
		"after", "at", "grace", "tell_before", "tells", "unless", "then", "by", NULL};
	if (!json_object_is_type(object, json_type_object)) {
		fault(c, pointer, NULL, "应为对象", "must be an object");
		return;
	}
	check_members(c, object, pointer, known);
	out->event = text(c, object, "event", true, pointer);
	if (out->event && !name_good(out->event))
		fault(c, pointer, "event", "名称只能是小写字母、数字和 _",
			"must be named in lower-case letters, digits and _");
	out->zh = text(c, object, "zh", true, pointer);
	out->en = text(c, object, "en", true, pointer);
	out->confirm_zh = text(c, object, "confirm_zh", false, pointer);
	out->confirm_en = text(c, object, "confirm_en", false, pointer);
	out->tone = text(c, object, "tone", false, pointer);
	out->then = text(c, object, "then", false, pointer);
	if (out->tone && strcmp(out->tone, "primary") != 0 && strcmp(out->tone, "danger") != 0)
		fault(c, pointer, "tone", "只能是 primary 或 danger", "must be primary or danger");
	out->complete = policy_flag(object, "complete");
	compile_from(c, lifecycle, object, pointer, out);
	compile_roles(c, lifecycle->record, object, pointer, out);
	compile_guards(c, lifecycle->record, object, pointer, out);
	compile_recusal(c, lifecycle->record, object, pointer, out);
	compile_effects(c, lifecycle->record, object, pointer, out);
	out->notices = read_notices(c, lifecycle->record, object, pointer, "notices", &out->notice_count);
	compile_form(c, object, pointer, out);
	compile_one(c, lifecycle->record, object, pointer, out);
	compile_least(c, lifecycle->record, object, pointer, out);
	out->rules = rule_read(c->arena, object, pointer, find_input, out->form, &c->problem);
	c->problem = lifecycle_sets_compile(c->arena, lifecycle->record, object, pointer, out, c->problem);
	compile_silence(c, lifecycle->record, object, pointer, out);
	c->problem = desk_compile_vote(c->arena, &c->desks, object, pointer, !c->sink, out, c->problem);
}

/* Transitions come as a list, or as a map by event (as layers of a policy are laid over one another). */
static void compile_transitions(
	struct compiler *c, struct json_object *object, const char *pointer, struct lifecycle *out)
{
	struct json_object *list = json_get_array(object, "transitions");
	const char *here = json_pointer_add(c->arena, pointer, "transitions");
	size_t count = json_count(list);
	if (!list || count > TRANSITIONS_MAX) {
		fault(c, pointer, "transitions", "应为列表，最多 200 项", "must be a list of at most 200 transitions");
		return;
	}
	struct lifecycle_transition *transitions = ARENA_ARRAY(c->arena, struct lifecycle_transition, count + 1);
	for (size_t i = 0; i < count; i++)
		compile_transition(c, out, json_at(list, i), json_pointer_index(c->arena, here, i), &transitions[i]);
	out->transitions = transitions;
	out->transition_count = count;
}

/* --- the whole --- */

static bool leaves(const struct lifecycle_transition *transition, const struct lifecycle_step *step)
{
	for (size_t i = 0; i < transition->from_count; i++)
		if (transition->from[i] == step)
			return true;
	return false;
}

static void check_twice(struct compiler *c, const struct lifecycle *lifecycle, const char *pointer)
{
	for (size_t i = 0; i < lifecycle->transition_count; i++)
		for (size_t j = 0; j < i; j++) {
			const struct lifecycle_transition *a = &lifecycle->transitions[i],
							  *b = &lifecycle->transitions[j];
			for (size_t k = 0; a->event && b->event && strcmp(a->event, b->event) == 0 && k < a->from_count;
				k++)
				if (leaves(b, a->from[k]))
					fault_at(c, pointer, "transitions", i, a->from[k]->name, "该环节已有同名操作",
						 "has this event already, from step");
		}
}

/* What follows by itself is an event of the step that was reached, and asks nobody for anything. */
static void check_then(struct compiler *c, const struct lifecycle *lifecycle, const char *pointer)
{
	for (size_t i = 0; i < lifecycle->transition_count; i++) {
		const struct lifecycle_transition *first = &lifecycle->transitions[i], *next = NULL;
		for (size_t j = 0; first->then && first->to && j < lifecycle->transition_count; j++)
			if (lifecycle->transitions[j].event && !strcmp(lifecycle->transitions[j].event, first->then) &&
				leaves(&lifecycle->transitions[j], first->to))
				next = &lifecycle->transitions[j];
		if (first->then && (!next || next->then || wants_input(next)))
			fault_at(c, pointer, "transitions", i, first->then, "不是所到环节可由系统进行的操作",
				"must be an event of the step reached that asks for no input");
	}
}

static void check_reach(struct compiler *c, const struct lifecycle *lifecycle, const char *pointer)
{
	bool reached[STEPS_MAX] = {false}, more = true;
	if (lifecycle->initial)
		reached[lifecycle->initial - lifecycle->steps] = true;
	while (more) {
		more = false;
		for (size_t i = 0; i < lifecycle->transition_count; i++) {
			const struct lifecycle_transition *t = &lifecycle->transitions[i];
			for (size_t j = 0; t->to && j < t->from_count; j++)
				if (reached[t->from[j] - lifecycle->steps] && !reached[t->to - lifecycle->steps])
					more = reached[t->to - lifecycle->steps] = true;
		}
	}
	const char *steps = json_pointer_add(c->arena, pointer, "steps");
	for (size_t i = 0; i < lifecycle->step_count; i++) {
		const struct lifecycle_step *step = &lifecycle->steps[i];
		bool out = step->final;
		for (size_t j = 0; j < lifecycle->transition_count; j++)
			out |= leaves(&lifecycle->transitions[j], step);
		if (!reached[i])
			fault(c, steps, step->name, "没有任何操作能到达该环节",
				"cannot be reached from the initial step");
		if (!out)
			fault(c, steps, step->name, "该环节没有出口，也不是最终环节",
				"has no way out and is not final");
	}
}

/* A row waits for whoever may fire an event from its step, by a role as such or by a side. */
static void add_waits(
	const struct record *record, const struct lifecycle_transition *transition, struct record_who *waits)
{
	waits->roles |= transition->who.roles & record->fire_roles;
	for (size_t i = 0; i < record->side_count; i++)
		if (record->sides[i].roles & record->fire_roles)
			waits->sides |= transition->who.sides & 1u << i;
}

static void derive_waits(struct lifecycle *lifecycle, struct lifecycle_step *steps)
{
	for (size_t i = 0; i < lifecycle->step_count; i++) {
		if (steps[i].waits_said || steps[i].final)
			continue;
		for (size_t j = 0; j < lifecycle->transition_count; j++)
			if (leaves(&lifecycle->transitions[j], &steps[i]))
				add_waits(lifecycle->record, &lifecycle->transitions[j], &steps[i].waits);
	}
}

static const struct record *record_of_lifecycle(const struct record_set *records, const char *name)
{
	for (size_t i = 0; i < records->count; i++)
		if (records->records[i]->lifecycle && strcmp(records->records[i]->lifecycle, name) == 0)
			return records->records[i];
	return NULL;
}

static void compile_lifecycle(
	struct compiler *c, const char *name, struct json_object *object, const char *pointer, struct lifecycle *out)
{
	static const char *const known[] = {"initial", "steps", "transitions", NULL};
	struct problem *before = c->problem;
	size_t faults = 0, now = 0;
	for (struct problem_field *f = before ? before->fields : NULL; f; f = f->next)
		faults++;
	out->name = name;
	if (!json_object_is_type(object, json_type_object)) {
		fault(c, pointer, NULL, "应为对象", "must be an object");
		return;
	}
	check_members(c, object, pointer, known);
	struct lifecycle_step *steps = compile_steps(c, object, pointer, out);
	if (steps)
		compile_transitions(c, object, pointer, out);
	for (struct problem_field *f = c->problem ? c->problem->fields : NULL; f; f = f->next)
		now++;
	if (now == faults) { /* else these would only repeat what is wrong */
		check_twice(c, out, pointer);
		check_then(c, out, pointer);
		check_reach(c, out, pointer);
	}
	if (steps)
		derive_waits(out, steps);
	for (size_t i = 0; i < out->transition_count; i++) {
		out->silent |= out->transitions[i].after > 0 || out->transitions[i].at;
		out->votes |= out->transitions[i].need > 0;
	}
}

/* What the policy leaves to the declaration. */
static void add_courses(struct compiler *c, struct json_object *lifecycles, struct lifecycle_set *set)
{
	for (size_t i = 0; i < c->records->count; i++) {
		const struct record *record = c->records->records[i];
		struct json_object *course = NULL;
		if (!record->lifecycle || json_has(lifecycles, record->lifecycle))
			continue;
		struct lifecycle *lifecycle = &set->lifecycles[set->count];
		lifecycle->record = record;
		if (record->course && !json_parse_object(c->arena, record->course, strlen(record->course), &course))
			compile_lifecycle(c, record->lifecycle, course,
				json_pointer_add(c->arena, "/lifecycles", record->lifecycle),
				&set->lifecycles[set->count++]);
		else if (c->sink) /* a policy stored by an earlier version knows no newer record: that record then does
				     not begin, all else works */
			fault(c, "/lifecycles", record->lifecycle, "缺少该记录的流程",
				arena_printf(c->arena, "is missing: record %s needs it", record->name));
	}
}

struct problem *lifecycle_compile(struct arena *arena, const struct record_set *records, const struct notice_sink *sink,
	struct json_object *policy, const struct lifecycle_set **out)
{
	struct compiler c = {arena, records, sink, NULL, {NULL, 0}};
	c.problem = desk_compile(arena, policy, &c.desks, NULL);
	struct json_object *lifecycles = json_get_object(policy, "lifecycles");
	struct lifecycle_set *set = ARENA_NEW(arena, struct lifecycle_set);
	set->lifecycles = ARENA_ARRAY(arena, struct lifecycle,
		(lifecycles ? (size_t)json_object_object_length(lifecycles) : 0) + records->count + 1);
	add_courses(&c, lifecycles, set);
	if (lifecycles) {
		json_object_object_foreach(lifecycles, key, value)
		{
			struct lifecycle *lifecycle = &set->lifecycles[set->count];
			lifecycle->record = record_of_lifecycle(records, key);
			if (lifecycle->record)
				compile_lifecycle(&c, key, value, json_pointer_add(arena, "/lifecycles", key),
					&set->lifecycles[set->count++]);
			else
				fault(&c, "/lifecycles", key, "没有记录使用这个流程", "belongs to no record");
		}
	}
	*out = c.problem ? NULL : set;
	return c.problem;
}
