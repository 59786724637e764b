/* supplement_asked: who may answer what a case still needs, and show files with it, and until when. */
#ifndef QILIAN_TENANTS_INSTITUTION_SUPPLEMENT_ASKED_H
#define QILIAN_TENANTS_INSTITUTION_SUPPLEMENT_ASKED_H

#include "core/record/call.h"

struct supplement;

/* NULL where this caller may answer it here and now. Forbidden: it is asked of somebody else; conflict: it is answered,
 * on its way, or no longer asked. */
struct problem *supplement_check_asked(struct call *call, const struct supplement *row) MUST_CHECK;

#endif
