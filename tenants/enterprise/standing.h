/* standing: whether an organisation exists and is at work, as the register of companies says it, and what that does to
 * its trade (trade §2).
 *
 * existing, moving   trades
 * dormant            歇业 until a day (at most three years in all, 国令746号): nothing new until then; once the day is
 *                    over it counts as resumed, whoever says so or not
 * liquidation        nothing new; what runs goes on
 * revoked, deregistered
 *                    nothing new, and what runs ends: every row that has the organisation on a side, and whose
 *                    lifecycle has the event `party_gone` on its step, gets that event. A record that wants to end so
 *                    declares it; nothing here knows which there are
 */
#ifndef QILIAN_TENANTS_ENTERPRISE_STANDING_H
#define QILIAN_TENANTS_ENTERPRISE_STANDING_H

#include "core/attributes.h"
#include "core/record/call.h"

struct institution;

/* Says of a row whether its organisation may begin anything new today. */
bool standing_is_open(struct call *call, const struct institution *row);
/* PROBLEM_CONFLICT where it may not, with its state and, if dormant, the day. */
struct problem *standing_check(struct call *call, struct uuid institution_id) MUST_CHECK;

#endif
