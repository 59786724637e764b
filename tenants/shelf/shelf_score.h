/* shelf_score: the scores of a platform's institutions (tenants/trade/score.h), as the search by score takes them. */
#ifndef QILIAN_TENANTS_SHELF_SHELF_SCORE_H
#define QILIAN_TENANTS_SHELF_SHELF_SCORE_H

#include "core/attributes.h"
#include "core/record/call.h"
#include "tenants/shelf/shelf.h"

/* All of the call's platform, by id, in the call's arena. */
struct problem *shelf_score_all(struct call *call, const struct shelf_score **out, size_t *count) MUST_CHECK;

#endif
