#include "core/record/lifecycle.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/diag.h"
#include "core/http/request.h"
#include "core/record/ask.h"
#include "core/record/child.h"
#include "core/record/desk.h"
#include "core/record/form.h"
#include "core/record/held.h"
#include "core/record/lifecycle_inside.h"
#include "core/record/recusal.h"
#include "core/record/record_inside.h"
#include "core/record/row.h"
#include "core/record/silence.h"
#include "core/text/json.h"
#include "core/text/zone.h"

enum { HASH = 32 };

static const struct problem_kind PROBLEM_STEP = {
	"step", 409, "当前环节不能进行此操作，请刷新后再看。",
		"The present step does not allow this; reload and look again."};

const struct lifecycle *lifecycle_of(const struct lifecycle_set *set, const struct record *record)
{
	for (size_t i = 0; set && i < set->count; i++)
		if (set->lifecycles[i].record == record)
			return &set->lifecycles[i];
	return NULL;
}

const struct lifecycle_step *lifecycle_step(const struct lifecycle *lifecycle, const char *name)
{
	for (size_t i = 0; name && i < lifecycle->step_count; i++)
		if (strcmp(lifecycle->steps[i].name, name) == 0)
			return &lifecycle->steps[i];
	return NULL;
}

static bool leaves(const struct lifecycle_transition *transition, const char *step)
{
	for (size_t i = 0; i < transition->from_count; i++)
		if (strcmp(transition->from[i]->name, step) == 0)
			return true;
	return false;
}

const struct lifecycle_transition *lifecycle_transition(
	const struct lifecycle *lifecycle, const char *step, const char *event)
{
	for (size_t i = 0; step && i < lifecycle->transition_count; i++)
		if (strcmp(lifecycle->transitions[i].event, event) == 0 && leaves(&lifecycle->transitions[i], step))
			return &lifecycle->transitions[i];
	return NULL;
}

static bool is_zero(const unsigned char *hash)
{
	static const unsigned char zeros[HASH];
	return memcmp(hash, zeros, HASH) == 0;
}

const struct lifecycle *lifecycle_for_row(struct call *call, const struct record *record, const void *row)
{
	const unsigned char *hash = row_of_const(row)->policy_hash;
	const struct lifecycle_set *set = call->lifecycles;
	if ((record->has & ROW_HAS_POLICY) && !is_zero(hash) && memcmp(hash, call->policy_hash, HASH) != 0 &&
		call->lifecycles_of) {
		const struct lifecycle_set *began = call->lifecycles_of(call, hash);
		set = began ? began : set;
	}
	return lifecycle_of(set, record);
}

/* --- who may --- */

static bool role_allows(
	struct call *call, const struct record *record, const void *row, const struct lifecycle_transition *transition)
{
	return record_lets(call, record, row, transition->who);
}

bool lifecycle_allows(struct call *call, const struct record *record, const void *row, const char *event)
{
	const struct lifecycle *lifecycle = lifecycle_for_row(call, record, row);
	const struct lifecycle_transition *transition =
		lifecycle ? lifecycle_transition(lifecycle, row_of_const(row)->step, event) : NULL;
	return transition && role_allows(call, record, row, transition) &&
		(!(record->has & ROW_HAS_HOME) || row_of_const(row)->home_id == call->platform_id);
}

/* --- deadlines --- */

static const char *today(struct call *call)
{
	return zone_day(call->arena, call_now());
}

static struct problem *due_after(struct call *call, const char *from, int days, const char **out)
{
	const struct call_services *services = call->services;
	char *day = arena_alloc(call->arena, 11);
	if (!services->due_on)
		return NULL;
	struct problem *problem = services->due_on(call, from, days, day, services->arg);
	if (!problem)
		*out = day;
	return problem;
}

/* The clock stood still since clock_stopped_on: what was left then is left now. */
static struct problem *restart_clock(struct call *call, struct row *row)
{
	const struct call_services *services = call->services;
	int days = 0;
	struct problem *problem = services->working_days
		? services->working_days(call, row->clock_stopped_on, today(call), &days, services->arg)
		: NULL;
	if (!problem && days > 0)
		problem = due_after(call, row->due_on, days, &row->due_on);
	row->clock_stopped_on = NULL;
	return problem;
}

static struct problem *set_due(struct call *call, const struct record *record, struct row *row,
	const struct lifecycle_step *from, const struct lifecycle_step *to)
{
	if (!(record->has & ROW_HAS_DUE) || from == to)
		return NULL;
	if (to->clock_stopped) {
		if (row->due_on && !row->clock_stopped_on)
			row->clock_stopped_on = today(call);
		return NULL;
	}
	if (row->clock_stopped_on && row->due_on && to->deadline >= 0 && (record->has & ROW_HAS_CLOCK))
		return restart_clock(call, row);
	row->clock_stopped_on = NULL;
	row->due_on = NULL;
	return to->deadline >= 0 ? due_after(call, NULL, to->deadline, &row->due_on) : NULL;
}

/* --- firing --- */

static const struct problem_kind PROBLEM_POLICY_OLDER = {"policy-older", 409,
	"本平台的配置早于此功能。请管理员更新平台配置（qilianctl platform update）后再试。",
	"This platform's policy is older than this feature; its administrator updates it first (qilianctl platform "
	"update)."};

struct problem *lifecycle_begin(struct call *call, const struct record *record, void *row)
{
	const struct lifecycle *lifecycle = lifecycle_of(call->lifecycles, record);
	struct row *head = row;
	if (!lifecycle) {
		diag_error(call->request ? &call->request->diag : NULL, "the policy has no lifecycle %s",
			record->lifecycle);
		return problem_new(call->arena, &PROBLEM_POLICY_OLDER);
	}
	head->phase = lifecycle->initial->phase;
	head->step = lifecycle->initial->name;
	memcpy(head->policy_hash, call->policy_hash, HASH);
	return set_due(call, record, head, NULL, lifecycle->initial);
}

struct problem *lifecycle_begun(struct call *call, const struct record *record, const void *row)
{
	const struct lifecycle *lifecycle = lifecycle_for_row(call, record, row);
	const char *name = row_of_const(row)->step;
	const struct lifecycle_step *step = lifecycle && name ? lifecycle_step(lifecycle, name) : NULL;
	return step ? silence_move(call, record, row, lifecycle, NULL, step) : NULL;
}

static struct problem *check_form(
	struct call *call, const void *row, const struct lifecycle_transition *transition, struct json_object *form)
{
	const struct shape *shape = transition->form;
	void *in = arena_alloc(call->arena, shape->size);
	lifecycle_sets_recall(transition, row, form, in);
	struct problem *problem = shape_decode(call, call->arena, shape, form, DECODE_FULL, 0, in);
	if (problem)
		return problem;
	shape_put_back(shape, form, in);
	return rule_check(call->arena, &transition->rules, (struct rule_values){in, NULL}, NULL, true, NULL);
}

/* Asked of a desk, whoever's word it is then that moves the row. */
static struct problem *check_recusal(
	struct call *call, const struct record *record, const void *row, const struct lifecycle_transition *transition)
{
	struct problem *problem = NULL;
	if (!(call->actor.roles & (transition->roles | ROLE_SERVER) & ~ROLES_CONFINED))
		return NULL;
	if (transition->recuse)
		problem = recusal_check(call, record, row);
	return problem ? problem : recusal_check_of(call, row, transition->recusals, transition->recusal_count);
}

/* The event is that of another platform's people, and it is not they who are at work. */
static bool is_anothers(struct call *call, const struct record *record, const void *row, const char *event)
{
	return !call_has_role(call, ROLE_SERVER) && ask_is_anothers(
		call, record, row, event, call_platform_of_actor(call));
}

static struct problem *check_all(struct call *call, const struct record *record, const void *row,
	const struct lifecycle_step *step, const struct lifecycle_transition *transition, struct json_object *form)
{
	struct problem *problem = record_refuse_copy(call, record, row);
	if (!problem && !role_allows(call, record, row, transition))
		problem = problem_new(call->arena, &PROBLEM_FORBIDDEN);
	if (!problem)
		problem = desk_check(call, record, row, step, transition);
	if (!problem)
		problem = check_form(call, row, transition, form);
	if (!problem)
		problem = held_check_form(call, record, row, transition->form, form);
	if (!problem)
		problem = check_recusal(call, record, row, transition);
	if (!problem && transition->complete)
		problem = form_check(call, record, row);
	if (!problem)
		problem = child_check_move(call, record, row, transition);
	for (size_t i = 0; !problem && i < transition->guard_count; i++)
		problem = transition->guards[i]->run(call, row, form);
	return problem;
}

static struct json_object *text_value(const char *text)
{
	return text ? json_object_new_string(text) : NULL;
}

/* What the timeline shows of the move. */
static struct json_object *move_payload(
	struct call *call, const char *event, const char *from, const char *to, struct json_object *form, bool hidden)
{
	struct json_object *payload = json_own(call->arena, json_object_new_object()), *rest = json_object_new_object();
	json_object_object_add(payload, "event", text_value(event));
	json_object_object_add(payload, "from", text_value(from));
	json_object_object_add(payload, "to", text_value(to));
	json_object_object_add(payload, "reason", text_value(hidden ? NULL : json_get_text(form, "reason")));
	json_object_object_foreach(form, key, value)
		if (strcmp(key, "reason") != 0)
			json_object_object_add(rest, key, hidden ? NULL : json_object_get(value));
	json_object_object_add(payload, "form", rest);
	return payload;
}

/* to: that recipient alone; NULL: all whom the transition names. */
static struct problem *send_notices(struct call *call, const struct record *record, const void *row,
	const struct lifecycle_transition *transition, struct json_object *form, const char *to)
{
	const struct notice_sink *sink = call->services->notices;
	struct problem *problem = NULL;
	if (!sink || !transition->notice_count)
		return NULL;
	struct json_object *variables = json_own(call->arena, json_object_new_object());
	json_object_object_add(variables, "reason",
		json_object_new_string(json_get_text(form, "reason") ? json_get_text(form, "reason") : ""));
	struct json_object *event = json_object_new_object();
	json_object_object_add(event, "zh", text_value(transition->zh));
	json_object_object_add(event, "en", text_value(transition->en));
	json_object_object_add(variables, "event", event);
	json_object_object_foreach(form, key, value)
		if (json_text(value))
			json_object_object_add(variables, key, json_object_get(value));
	for (size_t i = 0; !problem && i < transition->notice_count; i++)
		if (!to || !strcmp(transition->notices[i].to, to))
			problem = sink->send(call, record, row, transition->notices[i].template,
				transition->notices[i].to, variables, sink->arg);
	return problem;
}

/* To the desk by role, to the others by their side. */
static struct problem *tell_who(struct call *call, const struct record *record, const void *row,
	struct record_who waits, struct json_object *variables)
{
	static const char template[] = "silence_ahead";
	static const struct role_name names[] = {ROLE_NAMES};
	const struct notice_sink *sink = call->services->notices;
	struct problem *problem = NULL;
	for (size_t i = 0; !problem && i < ROLE_COUNT; i++)
		if (waits.roles & ~ROLES_CONFINED & ~ROLE_SERVER & 1u << i)
			problem = sink->send(call, record, row, template,
				arena_printf(call->arena, "role:%s", names[i].name), variables, sink->arg);
	for (size_t i = 0; !problem && i < record->side_count; i++)
		if (side_roles_by(record, i, waits))
			problem = sink->send(call, record, row, template,
				arena_printf(call->arena, "side:%s", record->sides[i].name), variables, sink->arg);
	return problem;
}

struct problem *lifecycle_tell(struct call *call, const struct record *record, const void *row,
	const struct lifecycle_transition *transition, const struct record_who *waits, struct json_object *variables)
{
	const struct notice_sink *sink = call->services->notices;
	struct problem *problem = NULL;
	if (!sink)
		return NULL;
	if (!transition->tell_count)
		return tell_who(call, record, row, *waits, variables);
	for (size_t i = 0; !problem && i < transition->tell_count; i++)
		problem = sink->send(call, record, row, transition->tells[i].template, transition->tells[i].to,
			variables, sink->arg);
	return problem;
}

static struct problem *move(struct call *call, const struct record *record, void *row,
	const struct lifecycle *lifecycle, const struct lifecycle_transition *transition, struct json_object *form)
{
	struct row *head = row;
	const struct lifecycle_step *from = lifecycle_step(lifecycle, head->step),
				    *to = transition->to ? transition->to : from;
	struct problem *problem = child_hold(call, record, row);
	assert(from && to); /* the transition was found from that step */
	if (!problem)
		problem = set_due(call, record, head, from, to);
	head->phase = to->phase;
	head->step = to->name;
	if (from != to)
		desk_claim_end(record, row, from);
	const struct moving moving = {record, row, call->moving};
	call->moving = &moving;
	for (size_t i = 0; !problem && i < transition->effect_count; i++)
		problem = transition->effects[i]->run(call, row, form);
	call->moving = moving.outer;
	if (!problem)
		problem = record_write_and_log(call, record, row, transition->event,
					       move_payload(call, transition->event, from->name, to->name, form,
						       side_hides(record, head->original, row)));
	if (!problem)
		problem = silence_move(call, record, row, lifecycle, from, to);
	if (!problem && lifecycle->votes)
		problem = desk_vote_end(call, row);
	return problem ? problem : send_notices(call, record, row, transition, form, NULL);
}

/* What follows of itself, where nothing speaks against it: what does is no failure of what came before. */
static struct problem *move_on(struct call *call, const struct record *record, void *row,
	const struct lifecycle *lifecycle, const struct lifecycle_transition *first)
{
	const struct lifecycle_step *step = lifecycle_step(lifecycle, row_of(row)->step);
	const struct lifecycle_transition *next =
		first->then ? lifecycle_transition(lifecycle, row_of(row)->step, first->then) : NULL;
	if (!next)
		return NULL;
	struct json_object *form = json_own(call->arena, json_object_new_object());
	/* Not the person's doing: nobody is kept from it, nor named with it. */
	const struct actor who = call->actor;
	call->actor = (struct actor){.roles = ROLE_SERVER};
	struct problem *problem = check_all(call, record, row, step, next, form);
	bool refused = problem && problem->kind->status < 500;
	if (!problem)
		problem = move(call, record, row, lifecycle, next, form);
	call->actor = who;
	return refused ? NULL : problem;
}

/* The engine's own events on a step that can be claimed; there is no other. */
static struct problem *fire_claim(
	struct call *call, const struct record *record, void *row, const struct lifecycle *lifecycle, const char *event)
{
	const struct lifecycle_step *step = lifecycle ? lifecycle_step(lifecycle, row_of(row)->step) : NULL;
	bool done = false;
	struct problem *problem = step ? desk_claim(call, record, row, step, event, &done) : NULL;
	return problem || done ? problem : problem_new(call->arena, &PROBLEM_STEP);
}

struct problem *lifecycle_fire(
	struct call *call, const struct record *record, void *row, const char *event, struct json_object *form)
{
	const struct lifecycle *lifecycle = lifecycle_for_row(call, record, row);
	const struct lifecycle_transition *transition =
		lifecycle ? lifecycle_transition(lifecycle, row_of(row)->step, event) : NULL;
	if (!row_of(row)->original || !db_in_transaction(call->db))
		abort();
	if (!transition)
		return fire_claim(call, record, row, lifecycle, event);
	if (is_anothers(call, record, row, event))
		return problem_new(call->arena, &PROBLEM_STEP);
	if (!form)
		form = json_own(call->arena, json_object_new_object());
	const struct lifecycle_step *step = lifecycle_step(lifecycle, row_of(row)->step);
	bool enough = false;
	struct problem *problem = check_all(call, record, row, step, transition, form);
	if (!problem)
		problem = desk_vote(call, record, row, step, transition, &enough);
	if (problem || !enough)
		return problem;
	lifecycle_sets_apply(call, transition, row, form);
	problem = move(call, record, row, lifecycle, transition, form);
	return problem ? problem : move_on(call, record, row, lifecycle, transition);
}

struct problem *lifecycle_ask(
	struct call *call, const struct record *record, const void *row, const char *event, struct json_object *form)
{
	const struct lifecycle *lifecycle = lifecycle_for_row(call, record, row);
	const struct lifecycle_transition *transition =
		lifecycle ? lifecycle_transition(lifecycle, row_of_const(row)->step, event) : NULL;
	if (!ask_find(call, record, row, event, call->platform_id, ~0u))
		return record_refuse_copy(call, record, row);
	if (!transition)
		return problem_new(call->arena, &PROBLEM_STEP);
	if (!ask_find(call, record, row, event, call->platform_id, call->actor.roles) ||
		!role_allows(call, record, row, transition))
		return problem_new(call->arena, &PROBLEM_FORBIDDEN);
	struct problem *problem = check_form(call, row, transition, form);
	return problem ? problem : ask_send(call, record, row, event, form);
}

struct firing {
	const struct record *record;
	void *row;
	const char *event;
	struct json_object *form;
};

static struct problem *fire_as(struct call *call, void *arg)
{
	struct firing *firing = arg;
	return lifecycle_fire(call, firing->record, firing->row, firing->event, firing->form);
}

struct problem *lifecycle_fire_for(struct call *call, const struct actor *who, uint32_t from,
	const struct record *record, void *row, const char *event, struct json_object *form)
{
	struct firing firing = {record, row, event, form};
	return call_run_as(call, who, from, fire_as, &firing);
}

struct problem *lifecycle_tell_submitter(
	struct call *call, const struct record *record, const void *row, const char *event, struct json_object *payload)
{
	const struct lifecycle *lifecycle = lifecycle_for_row(call, record, row);
	const char *from = json_get_text(payload, "from");
	const struct lifecycle_transition *transition = lifecycle ? lifecycle_transition(lifecycle, from, event) : NULL;
	if (!transition || uuid_is_nil(row_of_const(row)->created_by))
		return NULL;
	struct json_object *form = json_own(call->arena, json_object_new_object());
	json_object_object_add(form, "reason", text_value(json_get_text(payload, "reason")));
	return send_notices(call, record, row, transition, form, "submitter");
}

static const struct lifecycle_step *step_of_phase(const struct lifecycle *lifecycle, int phase)
{
	const struct lifecycle_step *found = NULL;
	for (size_t i = 0; i < lifecycle->step_count; i++) {
		const struct lifecycle_step *step = &lifecycle->steps[i];
		if (step->phase == phase && (!found || (step->final && !found->final)))
			found = step;
	}
	return found;
}

struct problem *lifecycle_settle(struct call *call, const struct record *record, void *row, int phase,
	const char *event, struct json_object *form)
{
	const struct lifecycle *lifecycle = lifecycle_for_row(call, record, row);
	const struct lifecycle_step *to = lifecycle ? step_of_phase(lifecycle, phase) : NULL;
	struct lifecycle_transition transition = {.event = event, .to = to};
	if (!row_of(row)->original || !db_in_transaction(call->db))
		abort();
	if (!to || !lifecycle_step(lifecycle, row_of(row)->step))
		return problem_new(call->arena, &PROBLEM_STEP);
	if (!form)
		form = json_own(call->arena, json_object_new_object());
	return move(call, record, row, lifecycle, &transition, form);
}

struct problem *lifecycle_fire_as_server(
	struct call *call, const struct record *record, void *row, const char *event, struct json_object *form)
{
	uint32_t roles = call->actor.roles;
	call->actor.roles |= ROLE_SERVER;
	struct problem *problem = lifecycle_fire(call, record, row, event, form);
	call->actor.roles = roles;
	return problem;
}

/* --- what a page needs --- */

const char *lifecycle_step_text(struct call *call, const struct record *record, const void *row)
{
	const struct lifecycle *lifecycle = lifecycle_for_row(call, record, row);
	const struct lifecycle_step *step = lifecycle ? lifecycle_step(lifecycle, row_of_const(row)->step) : NULL;
	return step ? call_text(call, step->zh, step->en) : row_of_const(row)->step;
}

void lifecycle_write_transition(struct json_writer *w, const struct lifecycle_transition *transition)
{
	static const char *const reasons[] = {"none", "optional", "required"};
	jw_kv_text(w, "event", transition->event);
	jw_kv_text(w, "zh", transition->zh);
	jw_kv_text(w, "en", transition->en);
	jw_kv_text(w, "reason", reasons[transition->reason]);
	jw_kv_text(w, "tone", transition->tone);
	jw_kv_text(w, "confirm_zh", transition->confirm_zh);
	jw_kv_text(w, "confirm_en", transition->confirm_en);
	jw_kv_bool(w, "complete", transition->complete);
	jw_key(w, "form");
	jw_array_begin(w);
	for (size_t i = 0; i < transition->form->count; i++)
		if (strcmp(transition->form->fields[i].name, "reason") != 0)
			meta_write_field(
				w, &transition->form->fields[i], transition->form->fields[i].required, NULL, NULL);
	jw_array_end(w);
	rule_write(w, &transition->rules);
}

/* At the row's home what is not another platform's, on a copy what may be asked. */
static bool may_begin(struct call *call, const struct record *record, const void *row, const char *event)
{
	if (record_is_copy(call, record, row))
		return ask_find(call, record, row, event, call->platform_id, call->actor.roles) != NULL;
	return !is_anothers(call, record, row, event);
}

/* As if it were a transition. */
static void write_claim(struct call *call, const struct record *record, const void *row,
	const struct lifecycle *lifecycle, struct json_writer *w)
{
	static const struct shape nothing = {.name = "form"};
	static const struct lifecycle_transition
		claim = {.event = "claim", .zh = "领取", .en = "Claim", .form = &nothing},
		release = {.event = "release", .zh = "释放", .en = "Release", .form = &nothing};
	const struct lifecycle_step *step = lifecycle_step(lifecycle, row_of_const(row)->step);
	const char *open =
		step && (call->actor.roles & record->fire_roles) ? desk_claim_open(call, record, row, step) : NULL;
	if (!open)
		return;
	jw_object_begin(w);
	lifecycle_write_transition(w, strcmp(open, "claim") == 0 ? &claim : &release);
	jw_object_end(w);
}

void lifecycle_write_actions(struct call *call, const struct record *record, const void *row, struct json_writer *w)
{
	const struct row *head = row;
	const struct lifecycle *lifecycle = lifecycle_for_row(call, record, row);
	jw_array_begin(w);
	for (size_t i = 0; head->step && lifecycle && i < lifecycle->transition_count; i++) {
		const struct lifecycle_transition *transition = &lifecycle->transitions[i];
		bool open = (call->actor.roles & record->fire_roles & transition->roles) != 0 &&
			!(record->menus & call->actor.barred) && record_lets(call, record, row, record->fire_who) &&
			child_is_open(call, record, row, VERB_FIRE);
		if (!open || !leaves(transition, head->step) || !may_begin(call, record, row, transition->event) ||
			!role_allows(call, record, row, transition) ||
			desk_check(call, record, row, lifecycle_step(lifecycle, head->step), transition))
			continue;
		jw_object_begin(w);
		lifecycle_write_transition(w, transition);
		jw_object_end(w);
	}
	if (lifecycle && head->step && !(record->menus & call->actor.barred) && !record_is_copy(call, record, row))
		write_claim(call, record, row, lifecycle, w);
	jw_array_end(w);
}
