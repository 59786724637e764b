/* identity_request: who decides that somebody owns, or belongs to, an institution that is registered already.
 *
 * claim      against who holds the institution: they are told when it is filed and when it is granted, in the inbox and
 *            at every number and address of the contact and the owners; it is not granted before
 *            deadlines.objection_days are over, or they objected
 * join       decided by the institution's owner
 */
#ifndef QILIAN_TENANTS_ACCOUNT_IDENTITY_REQUEST_H
#define QILIAN_TENANTS_ACCOUNT_IDENTITY_REQUEST_H

#include "core/record/call.h"

struct identity_request;

/* Inside the transaction: writes the request and tells who must know. */
struct problem *identity_request_file(struct call *call, struct identity_request *row) MUST_CHECK;

#endif
