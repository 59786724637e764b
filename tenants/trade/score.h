/* score: an institution's composite score on one platform (DX-9, HN-9), from the rows that lie there at home.
 *
 * Whole numbers throughout, so that a recount says the same to the digit. Each part is 0 to 10,000 (hundredths of a
 * hundred), the score their weighted sum:
 *
 *   reviews     50 of 100   shown reviews by buyers. Each buyer counts once, with the mean of what it wrote; five
 *                           buyers of 3.50 are added, so that few voices move little. Hidden ones and those of
 *                           related organisations count for nothing
 *   completion  25          orders accepted, among those and the ones that lapsed or whose institution had left; 4 of 5
 *                           are added
 *   response    15          orders taken or refused within three days, among those answered or lapsed; 4 of 5 are added
 *   complaints  10          what is upheld, partly upheld or was left unanswered takes five times its share of the
 *                           orders taken (and ten)
 *
 * stored     in institution_score, in the transaction that changed a row that counts; the score's row is locked before
 *            it is counted, so that of two that meet the later one sees both (READ COMMITTED)
 */
#ifndef QILIAN_TENANTS_TRADE_SCORE_H
#define QILIAN_TENANTS_TRADE_SCORE_H

#include "core/attributes.h"
#include "core/record/call.h"

struct score {
	uint64_t score; /* 0 to 10,000 */
	uint64_t review_part, completion_part, response_part, complaint_part;
	uint64_t reviews, reviewers, review_sum; /* sum: of the buyers' means, in hundredths */
	uint64_t done, failed;
	uint64_t answered, prompt;
	uint64_t taken, upheld;
};

/* Inside a transaction: counts anew what is kept of an institution here. */
struct problem *score_again(struct call *call, struct uuid institution_id) MUST_CHECK;
/* From the rows, now; writes nothing. */
struct problem *score_count(struct call *call, struct uuid institution_id, struct score *out) MUST_CHECK;
/* What is kept; *found false where nothing counts yet. */
struct problem *score_read(struct call *call, struct uuid institution_id, struct score *out, bool *found) MUST_CHECK;
/* Hundredths as people read them: "86.25". */
const char *score_text(struct call *call, uint64_t hundredths) RETURNS_NONNULL;

/* Where what is kept is not what a recount says. repair: set right, too. *faults: a line of text each, in the call's
 * arena; *checked: institutions looked at. Opens its own transactions. */
struct problem *score_verify(struct call *call, bool repair, const char ***faults, size_t *count,
	size_t *checked) MUST_CHECK;

#endif
