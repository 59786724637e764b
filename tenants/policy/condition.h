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

/* ---- Facts ---- */

/* Fields of the record that are facts (its columns bear the same names), and those with the derived ones. */
enum { CONDITION_COLUMNS = 12, CONDITION_FACTS = 15 };

/* A number (also of a flag: 0 or 1), a text (also of a day), or nothing. */
struct condition_fact {
	enum { CONDITION_FACT_NONE, CONDITION_FACT_NUMBER, CONDITION_FACT_TEXT, CONDITION_FACT_FLAG } kind;
	int64_t number;
	const char *text; /* borrowed */
};

/* What is known of one institution, for lists that hold thousands against a policy: filled column by column, then
 * condition_derive(). */
struct condition_facts {
	struct condition_fact at[CONDITION_FACTS];
};

enum condition_kind { CONDITION_NONE, CONDITION_NUMBER, CONDITION_FLAG, CONDITION_DAY, CONDITION_WORD };
/* The i-th of CONDITION_COLUMNS. */
const char *condition_column(size_t i) RETURNS_NONNULL;
enum condition_kind condition_column_kind(size_t i);
void condition_derive(struct condition_facts *facts, const char *today);

/* ---- Checking ---- */

/* One result for each condition that is not off, in the policy's order. In the arena. */
struct condition_result *condition_check(struct arena *arena, const struct policy *policy,
	const struct json_object *facts, const char *today, size_t *count) RETURNS_NONNULL;
struct condition_result *condition_results(struct arena *arena, const struct policy *policy,
	const struct condition_facts *facts, size_t *count) RETURNS_NONNULL;

/* How many of them came to what, without an allocation. */
struct condition_tally {
	unsigned of[5];  /* by enum condition_state */
	unsigned blocks; /* how many of those that failed or are not stated bar */
};
struct condition_tally condition_tally(const struct policy *policy, const struct condition_facts *facts);

/* Any that blocks, as a problem: "entry-condition", naming the platform whose conditions they are, with a field
 * "/conditions/<id>" each; NULL if none. */
struct problem *condition_problem(struct arena *arena, struct policy_text platform,
	const struct condition_result *results, size_t count) MUST_CHECK;

/* "met", "failed", "relaxed", "not_stated", "judgement". */
const char *condition_state_name(enum condition_state state) RETURNS_NONNULL;

struct json_writer;
/* An array of {id, group, zh, en, mode, state, blocks, field, found, facts}. facts: of each of its rules {field,
 * beside, value}; beside is the field of the profile that it is read from, which a derived one stands beside on a page.
 */
void condition_write(struct json_writer *w, const struct condition_result *results, size_t count);

/* Of a field that rules may name, those of facts and the derived ones: what it is compared with. CONDITION_NONE: there
 * is no such field. For the check of policies. */
enum condition_kind condition_kind_of(const char *field);

#endif
