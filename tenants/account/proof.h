/* proof: a little work that a visitor's browser does before something that costs others money (an SMS). It asks nothing
 * of the person: no picture, no puzzle; the page computes it (web/src/api/proof.ts), and so can any program:
 *
 *   challenge  "<bits>.<sealed>", from the answer 428 proof-required. Sealed are purpose, subject (the mobile), bits
 *              and end: nothing is stored
 *   proof      "<challenge>:<n>", n any text without spaces so that SHA-256 of the whole begins with that many zero
 *              bits
 *
 * It is worth one request with that very purpose and subject, for ten minutes. Each request of an address that came to
 * nothing (no code was ever used rightly) makes the next a little harder. settings: sms.proof_after, how many of an
 * address and day need none.
 */
#ifndef QILIAN_TENANTS_ACCOUNT_PROOF_H
#define QILIAN_TENANTS_ACCOUNT_PROOF_H

#include "core/attributes.h"
#include "core/record/call.h"

/* proof NULL: none was sent. PROBLEM_PROOF with a challenge when one is needed and what was sent is none. Those signed
 * in need none. Outside a transaction. */
struct problem *proof_check(struct call *call, const char *purpose, const char *subject, const char *proof) MUST_CHECK;
/* It came to something: the address begins anew. */
struct problem *proof_well_spent(struct call *call) MUST_CHECK;

extern const struct problem_kind PROBLEM_PROOF; /* 428 */

#endif
