/* erased: what is remembered of records whose personal data was erased (table erased), so that it does not come
 * back with an
 * entry from before: of a log that is read again, of a batch read ahead, of one that was parked.
 */
#ifndef QILIAN_FEDERATION_SYNC_ERASED_H
#define QILIAN_FEDERATION_SYNC_ERASED_H

#include "core/record/record.h"
#include "federation/sync/apply.h"

/* home: whose log said so, at that time. */
struct problem *erased_note(
	struct call *call, const struct record *record, struct uuid id, uint32_t home, int64_t at_ms) MUST_CHECK;
/* *entries: the same, or others in the arena without the personal data that was erased here since they were
 * written. Of one
 * source. */
struct problem *erased_strip(struct call *call, const struct apply_entry **entries, size_t count) MUST_CHECK;

#endif
