/* preflight: certified institutions held against the conditions in force where they would be recommended to (ZJ-5,
 * ZJ-8): who qualifies, as a column, a filter and an order of the city's list.
 *
 * Nothing of it is kept. Each question reads the profiles as they stand, the policy that the target has told
 * (federation_policy()) and today's date, for all rows that the list's other filters leave, so that a profile edited
 * here, a policy changed there, or a month gone by cannot leave a number behind. It can be afforded: holding an
 * institution against a policy touches no memory but the row read and takes about a microsecond, and the rows are read
 * anyway, for the counts by standing. A list of 10,000 takes 38 ms of two processors (the server 22, MariaDB 16), by
 * whatever it is filtered and sorted, and grows in proportion.
 *
 * verdict  ready: nothing fails and nothing is missing (what a reviewer judges may remain); missing: figures are not
 *          stated; failed: something is not met; barred: something that fails or is not stated stops it
 */
#ifndef QILIAN_FEDERATION_ENTRY_PREFLIGHT_H
#define QILIAN_FEDERATION_ENTRY_PREFLIGHT_H

#include "core/record/call.h"
#include "tenants/policy/condition.h"

struct db_result;
struct platform;

struct preflight {
	const struct policy *OR_NULL policy; /* NULL: there is nobody to recommend to, nothing is checked */
	const char *today;
};

/* In the order in which institutions are worth a look, and of query parameter "check"; none without a policy. */
enum preflight_verdict { PREFLIGHT_NONE, PREFLIGHT_READY, PREFLIGHT_MISSING, PREFLIGHT_FAILED, PREFLIGHT_BARRED };
enum { PREFLIGHT_VERDICTS = 5 };

/* target: where they would be recommended to; may be NULL. */
struct problem *preflight_begin(struct call *call, const struct platform *target, struct preflight *out) MUST_CHECK;
/* ", i.organisation_type, …": CONDITION_COLUMNS columns of the institution with alias i, for a SELECT. */
const char *preflight_columns(struct call *call) RETURNS_NONNULL;
/* Of a row that has those from `first` on; texts stay the result's. */
struct condition_facts preflight_facts(
	const struct preflight *preflight, const struct db_result *rows, size_t row, size_t first);
struct condition_tally preflight_tally(const struct preflight *preflight, const struct condition_facts *facts);
enum preflight_verdict preflight_verdict(const struct preflight *preflight, const struct condition_tally *tally);
/* Fewer is better: what bars, fails, is missing, is to be judged, in this order. */
uint64_t preflight_rank(const struct condition_tally *tally);
/* "ready"; NULL for none. */
const char *OR_NULL preflight_code(enum preflight_verdict verdict);
/* {verdict, met, judgement, not_stated, failed, short: [{id, zh, en, state, blocks, field}]}; met: relaxed ones as
 * well; short: what fails or is not stated. NULL without a policy. */
struct json_object *OR_NULL preflight_json(
	struct call *call, const struct preflight *preflight, const struct condition_facts *facts);

#endif
