/* position: where a write stands, as browsers carry it from one platform's host to another's:
 * <origin>/<epoch>/<seq>, the
 * origin being the log's name in the world (core/work/journal.h), or its number here where no service names it.
 */
#ifndef QILIAN_CORE_RECORD_POSITION_H
#define QILIAN_CORE_RECORD_POSITION_H

#include "core/attributes.h"
#include "core/record/call.h"

struct position {
	uint32_t platform; /* 0: a log that is not known here */
	uint64_t epoch;
	uint64_t seq;
};

/* Of this call's platform; in the arena. */
const char *position_text(struct call *call, uint64_t epoch, uint64_t seq) NONNULL RETURNS_NONNULL;
/* False if it is none. Numbers of before, which open pages may still hold, are read as well. */
bool position_read(struct call *call, const char *text, struct position *out) NONNULL;

#endif
