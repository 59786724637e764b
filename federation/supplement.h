/* supplement: what a case still needs, asked item by item of the recommending city or of the institution.
 *
 * The original is at the deciding platform; where it must be answered lies a copy, and the answer goes back by
 * "supplement.answered". When nothing is left open, the case goes on by itself.
 */
#ifndef QILIAN_FEDERATION_SUPPLEMENT_H
#define QILIAN_FEDERATION_SUPPLEMENT_H

#include "federation/apply.h"

struct entry_case;
struct case_supplement_item;

/* Asks one item of a case; the case's step is the caller's. */
struct problem *supplement_ask(struct call *call, const struct entry_case *row, const struct case_supplement_item *item, size_t n) MUST_CHECK;

/* The case goes on or is decided: what is open is void, what was answered is accepted. */
struct problem *supplement_close(struct call *call, struct uuid case_id) MUST_CHECK;
/* A city no longer stands behind the case: what was asked of it is void; the case goes on if nothing else is open. */
struct problem *supplement_withdraw_from(struct call *call, struct uuid case_id, uint32_t city) MUST_CHECK;

struct problem *supplement_apply_state(struct call *call, const struct apply_entry *entry) MUST_CHECK;
struct problem *supplement_apply_answer(struct call *call, const struct apply_entry *entry) MUST_CHECK;

#endif
