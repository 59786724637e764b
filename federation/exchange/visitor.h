/* visitor: what the home of a person who visits here tells of them.
 *
 * "account.access_ended"  record: the account at its home; access_no: see tenants/account/access.h. Addressed to the
 *                         platforms visited
 */
#ifndef QILIAN_FEDERATION_EXCHANGE_VISITOR_H
#define QILIAN_FEDERATION_EXCHANGE_VISITOR_H

#include "federation/sync/apply.h"

struct problem *visitor_apply_ended(struct call *call, const struct apply_entry *entry) MUST_CHECK;

#endif
