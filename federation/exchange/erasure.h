/* erasure: a person's data, gone on request, at home and wherever it went.
 *
 * what     the personal fields of a record (of an institution: its contact and legal representative; of an account
 *          that is
 *          closed: its holder), the contents of the record's entries in the log, and of an account the name and
 *          addresses that
 *          stand with what it did (core/work/journal.h); what was done stays, and the log still verifies
 * told     "record.erased", addressed to every platform that ever got an entry of it, which does the same with its
 *          copy and
 *          its own log, and remembers it: nothing of it comes back with an older entry (federation/sync/erased.h)
 * stays    what the law has kept: names of officials with what they decided, dossiers that were decided on (they
 *          hold no
 *          personal fields), invoices. An institution's profile is sent again without the person, so that no copy
 *          lacks it
 */
#ifndef QILIAN_FEDERATION_EXCHANGE_ERASURE_H
#define QILIAN_FEDERATION_EXCHANGE_ERASURE_H

#include "federation/sync/apply.h"

struct record;

struct erasure {
	const struct record *record;
	struct uuid id;
	const char *reason;
	uint64_t entries; /* of this log that lost their content */
	uint64_t told;    /* platforms */
};

/* Inside a transaction, at the record's home, by the call's actor. PROBLEM_NOT_FOUND; PROBLEM_CONFLICT for an
 * account that is
 * not closed. */
struct problem *erasure_do(struct call *call, struct erasure *erasure) MUST_CHECK;
/* "record.erased" */
struct problem *erasure_apply(struct call *call, const struct apply_entry *entry) MUST_CHECK;

#endif
