/* correction: another platform's desk found something wrong in a profile. Only its home writes it, so the desk there is told (ZJ-5). */
#ifndef QILIAN_FEDERATION_CORRECTION_H
#define QILIAN_FEDERATION_CORRECTION_H

#include "federation/apply.h"

/* institution.correction, at the institution's home. */
struct problem *correction_apply(struct call *call, const struct apply_entry *entry) MUST_CHECK;

#endif
