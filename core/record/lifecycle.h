/* lifecycle: what a platform's policy says about the course of a record, and the one function that changes a phase or
 * step.
 *
 * phase       compiled into the record type (waiting, active, …); C, indexes and other platforms read phases
 * step        textual, of the policy, mapped to a phase (first_review, experts → waiting); only this file reads steps
 * transition  event + from-steps → step, with roles, guards, effects, form, notices
 * event       what somebody does: "approve". POST /api/v1/<plural>/{id}/events {"event": "approve", "reason": …}
 *
 * Policy (JSON, key "lifecycles"; the YAML files of platforms flatten to it):
 *   <lifecycle>:
 *     initial: <step>
 *     steps:
 *       <step>: {phase, zh, en, deadline: working days, clock: running|stopped, final: bool, desk_zh, desk_en: shown to
 *       sources}
 *     transitions:
 *       - event, from: [steps], to: step (absent: stays), roles: [roles or groups], zh, en
 *         guards, effects: [names that the record declares], reason: none|optional|required
 *         form: [{name, type, required, min, max, exactly, values, zh, en}]   further input
 *         complete: true        the record must satisfy the platform's form first
 *         sets: [names]         fields of the record that get the form's values of that name; what is not given stays.
 *                               The form has the field's bounds where it says none
 *         stamps: name          a time or day of the record that becomes now
 *         groups, compare       what the form's fields say together (core/record/rule.h)
 *         confirm_zh, confirm_en, tone: primary|danger: for the button
 *         notices: [{template, to}]
 *         after: working days on the step, then the server fires it (no roles needed); tell_before: working days before
 *         that people are told, tells: [{template, to}]
 *       - at: a time of the row, then the server fires it, `grace` minutes later; whoever moves that time moves it
 *         unless: a bool of the row, or a guard, that keeps it from it
 *         then: event           that the server fires right behind it, in the same transaction, if the step that was
 *                               reached has it and its guards let it; else nothing
 *
 * Roles of a transition on the institution's side (owner, staff, enterprise) count on a side of the row that has
 *       them, and
 * a side's name stands for whoever stands there (core/record/side.h).
 */
#ifndef QILIAN_CORE_RECORD_LIFECYCLE_H
#define QILIAN_CORE_RECORD_LIFECYCLE_H

#include "core/attributes.h"
#include "core/record/field.h"
#include "core/record/record.h"

struct lifecycle_desk;

struct lifecycle_step {
	const char *name;
	const char *zh;
	const char *en;
	const char *desk_zh;
	const char *desk_en;
	int phase;
	int deadline; /* working days; 0 the same one (HN-2), -1 none */
	bool clock_stopped;
	bool final;
	bool waits_said; /* by the policy, instead of derived */
	const struct lifecycle_desk *desk; /* whose members alone act here by a role (core/record/desk.h); or NULL */
	int64_t claim; /* minutes that a claim lasts; 0: nobody claims */
	struct record_who waits; /* for whom a row on this step waits: who may fire an event from it */
};

enum lifecycle_reason { REASON_NONE, REASON_OPTIONAL, REASON_REQUIRED };

struct lifecycle_notice {
	const char *template;
	const char *to;
};

/* A value of the form that becomes the record's. */
struct lifecycle_value {
	const struct field *from; /* of the form */
	const struct field *into;
};

struct lifecycle_transition {
	const char *event;
	const char *zh;
	const char *en;
	const char *confirm_zh;
	const char *confirm_en;
	const char *tone;
	const struct lifecycle_step **from;
	size_t from_count;
	const struct lifecycle_step *to; /* NULL: stays */
	uint32_t roles;        /* whom it may be open to: */
	struct record_who who; /* the same by what opens it to them, a role as such or a side of the row */
	enum lifecycle_reason reason;
	bool complete;
	const struct record_guard **guards;
	size_t guard_count;
	const struct record_effect **effects;
	size_t effect_count;
	const struct lifecycle_notice *notices;
	size_t notice_count;
	int one_phase; /* of a child: no other of its parent is in this phase; 0 */
	const struct record *least_of; /* of a parent: so many children of this record are in least_phase; NULL */
	int least_phase;
	int64_t least;
	const struct shape *form; /* further input; never NULL */
	int after; /* working days on the step, then the server fires it (core/record/silence.h); 0: it never does */
	const struct field *at; /* a time of the row, then the server fires it, so many minutes later; or NULL */
	int64_t grace;
	int tell_before; /* working days before that those are told for whom the row waits; 0: nobody is */
	const struct lifecycle_notice *tells; /* by the policy, instead of them */
	size_t tell_count;
	const struct field *unless; /* a bool of the row that keeps the server from it; or NULL */
	const struct record_guard *unless_guard; /* likewise, where it lets the caller pass */
	const char *OR_NULL then; /* the event that the server fires behind it; or NULL */
	int need; /* votes until it takes effect (core/record/desk.h); 0: it does at once */
	int of; /* among how many, for people to read; 0: not said */
	bool once_a_person;
	const struct lifecycle_desk *group; /* who votes; NULL: the step's desk */
	bool recuse; /* nobody fires it as the desk who has to do with what the record's `recuse` names */
	const struct record_recusal *recusals; /* institutions of this row besides */
	size_t recusal_count;
	struct rules rules;       /* what its fields say together */
	const struct lifecycle_value *sets;
	size_t set_count;
	const struct field *stamps; /* a time or day of the record that becomes now; NULL */
};

struct lifecycle {
	const char *name;
	const struct record *record;
	const struct lifecycle_step *steps;
	size_t step_count;
	const struct lifecycle_step *initial;
	const struct lifecycle_transition *transitions;
	size_t transition_count;
	bool votes; /* some take effect after several votes */
	bool silent; /* some of them the server fires when nobody does */
};

struct lifecycle_set;
struct lifecycle_desk;

/* Compiles the "lifecycles" of a flattened policy against what the records declare. Every fault at once, as fields of
 * the problem with JSON pointers from the policy's root ("/lifecycles/entry_case/transitions/3/guards/0"): unknown or
 * unreachable steps, phases, guards, effects, roles, templates, records; steps without a way out that are not final;
 * two transitions for one event and step; a lifecycle that a record needs and the policy lacks. sink NULL: reads a
 * stored policy; notices are then not checked, and a lifecycle may be lacking (a policy of an earlier version knows no
 * newer record). The set lives in the arena; read-only, for all threads. */
struct problem *lifecycle_compile(struct arena *arena, const struct record_set *records,
	const struct notice_sink *OR_NULL sink, struct json_object *OR_NULL policy, const struct lifecycle_set **out)
	NONNULL_AT(1, 2, 5) MUST_CHECK;

/* NULL if the set lacks it. */
const struct lifecycle *OR_NULL lifecycle_of(const struct lifecycle_set *OR_NULL set, const struct record *record)
	NONNULL_AT(2);
const struct lifecycle_step *OR_NULL lifecycle_step(const struct lifecycle *lifecycle, const char *OR_NULL name)
	NONNULL_AT(1);
const struct lifecycle_transition *OR_NULL lifecycle_transition(const struct lifecycle *lifecycle,
	const char *OR_NULL step, const char *event) NONNULL_AT(1, 3);
/* The lifecycle that a row follows: of the policy it began with, else the current one. NULL if the record has none
 * here. */
const struct lifecycle *OR_NULL lifecycle_for_row(struct call *call, const struct record *record, const void *row)
	NONNULL;

/* Inside a transaction. The only function that changes phase and step. Checks the home (copies refuse), role,
 * institution, from-step, form (reason, further input; unknown members refused), completeness and guards; then sets
 * phase, step, due date and clock, runs the effects (which may change further fields of the row and write other
 * records), writes the row (version + 1, PROBLEM_STALE if somebody was faster), the entry "<record>.<event>" with
 * {event, from, to, reason, form,
 * changed fields}, and the notices. form may be NULL (nothing given). A call of ROLE_SERVER may fire any transition.
 * PROBLEM_CONFLICT: the step does not allow it. */
struct problem *lifecycle_fire(struct call *call, const struct record *record, void *row, const char *event,
                               struct json_object *OR_NULL form) NONNULL_AT(1, 2, 3, 4) MUST_CHECK;
/* The same by the server itself, whoever's call it is: what follows from what somebody did, which they could not do
 * alone. */
struct problem *lifecycle_fire_as_server(struct call *call, const struct record *record, void *row, const char *event,
                                         struct json_object *OR_NULL form) NONNULL_AT(1, 2, 3, 4) MUST_CHECK;
/* The same at the home, for a person who asked for it at a copy on the platform `from`: with the rights of `who`, as if
 * it were their call. */
struct problem *lifecycle_fire_for(struct call *call, const struct actor *who, uint32_t from,
	const struct record *record, void *row, const char *event, struct json_object *form) NONNULL MUST_CHECK;
/* Inside a transaction, on a copy: sends the event to the row's home (core/record/ask.h), if the record's `asks` let
 * this caller and the transition of this platform's lifecycle has the form filled in rightly. Guards are the home's.
 * PROBLEM_COPY where it may not be asked. */
struct problem *lifecycle_ask(struct call *call, const struct record *record, const void *row, const char *event,
	struct json_object *form) NONNULL MUST_CHECK;
/* After a copy was written: tells whoever made it here (recipient "submitter") what its home did. payload: of the
 * home's entry. */
struct problem *lifecycle_tell_submitter(struct call *call, const struct record *record, const void *row,
	const char *event, struct json_object *OR_NULL payload) NONNULL_AT(1, 2, 3, 4) MUST_CHECK;
/* Inside a transaction: moves the row onto the final (else first) step of a phase, from whatever step, by an event that
 * no policy names. For what follows from a fact (an institution that was admitted by another way ends its case): no
 * policy can forbid it, and a row may follow one that is older than the rule. No roles, guards, effects or notices: the
 * caller has done what they would. */
struct problem *lifecycle_settle(struct call *call, const struct record *record, void *row, int phase,
	const char *event, struct json_object *OR_NULL form) NONNULL_AT(1, 2, 3, 5) MUST_CHECK;
/* Whether this caller could fire it now, guards left aside. */
bool lifecycle_allows(struct call *call, const struct record *record, const void *row, const char *event) NONNULL;
/* Tells of a transition that the server will fire: whom the policy names, else everybody for whom the row waits. */
struct problem *lifecycle_tell(struct call *call, const struct record *record, const void *row,
	const struct lifecycle_transition *transition, const struct record_who *waits,
	struct json_object *variables) NONNULL MUST_CHECK;
/* Puts a row that is being created on the initial step (record_insert() does it). */
struct problem *lifecycle_begin(struct call *call, const struct record *record, void *row) NONNULL MUST_CHECK;
/* What goes with it once the row is written, also of one that came with its step from its former home. */
struct problem *lifecycle_begun(struct call *call, const struct record *record, const void *row) NONNULL MUST_CHECK;
/* An array: the events available to this caller, with what each needs, so that a page renders its buttons. */
void lifecycle_write_actions(struct call *call, const struct record *record, const void *row, struct json_writer *w)
	NONNULL;
/* The step's label (or desk) in the caller's language; the step itself if unknown. */
const char *OR_NULL lifecycle_step_text(struct call *call, const struct record *record, const void *row) NONNULL;

#endif
