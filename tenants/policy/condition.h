/* condition: the entry conditions of a platform's policy, held against what is known of an institution (ZJ-8).
 *
 * facts     a JSON object: the fields of record `institution` (organisation_type, registered_on, registered_capital,
 *           annual_income, full_time_staff, insured_staff, qualified_staff, enterprises_served, penalty_free,
 *           fixed_premises, …), money in fen, dates YYYY-MM-DD; null or absent is "not stated"
 * derived   operating_months (registered_on until `today`), staff (full_time_staff, else insured_staff),
 *           qualified_percent (qualified_staff of staff, rounded down; a person counts once)
 * result    met, failed, relaxed (fails or is not stated, but the organisation's type is let off, or exempt from it),
 *           not_stated, judgement (for the reviewer)
 * blocks    the condition bars, and its result is failed or not_stated: nobody can apply so
 */
#ifndef QILIAN_TENANTS_POLICY_CONDITION_H
#define QILIAN_TENANTS_POLICY_CONDITION_H

#include "core/attributes.h"
#include "tenants/policy/policy.h"

enum condition_state { CONDITION_MET, CONDITION_FAILED, CONDITION_RELAXED, CONDITION_NOT_STATED, CONDITION_JUDGEMENT };

struct condition_result {
	const struct policy_condition *condition;
	enum condition_state state;
	bool blocks;
	const char *field; /* the first that fails or is not stated; NULL if none */
	const char *found; /* what the facts say there, as text; NULL if not stated */
	const char **values; /* what the facts say of each of its rules, as text; NULL where not stated */
};

/* One result for each condition that is not off, in the policy's order. In the arena. */
struct condition_result *condition_check(struct arena *arena, const struct policy *policy,
	const struct json_object *facts, const char *today, size_t *count) RETURNS_NONNULL;
/* Any that blocks, as a problem: "entry-condition", naming the platform whose conditions they are, with a field
 * "/conditions/<id>" each; NULL if none. */
struct problem *condition_problem(struct arena *arena, struct policy_text platform,
	const struct condition_result *results, size_t count) MUST_CHECK;

/* "met", "failed", "relaxed", "not_stated", "judgement". */
const char *condition_state_name(enum condition_state state) RETURNS_NONNULL;

struct json_writer;
/* An array of {id, group, zh, en, mode, state, blocks, field, found, facts}. facts: of each of its rules {field, beside,
 * value}; beside is the field of the profile that it is read from, which a derived one stands beside on a page. */
void condition_write(struct json_writer *w, const struct condition_result *results, size_t count);

/* Fields that rules may name, those of facts and the derived ones, and what they are compared with. For the check of
 * policies. */
enum condition_kind { CONDITION_NONE, CONDITION_NUMBER, CONDITION_FLAG, CONDITION_DAY, CONDITION_WORD };
/* CONDITION_NONE: there is no such field. */
enum condition_kind condition_kind_of(const char *field);

#endif
