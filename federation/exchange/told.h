/* told: what another platform has to say to an institution that is at home here ("notice.told",
 * tenants/notice/notice.h). */
#ifndef QILIAN_FEDERATION_EXCHANGE_TOLD_H
#define QILIAN_FEDERATION_EXCHANGE_TOLD_H

#include "federation/sync/apply.h"

struct problem *told_apply(struct call *call, const struct apply_entry *entry) MUST_CHECK;

#endif
