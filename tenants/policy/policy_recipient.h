/* policy_recipient: whom a policy's lifecycles may name in `notices: [{to: …}]`; tenants/notice/notice.h says what each
 * hears. */
#ifndef QILIAN_TENANTS_POLICY_POLICY_RECIPIENT_H
#define QILIAN_TENANTS_POLICY_POLICY_RECIPIENT_H

#include "core/attributes.h"
#include "core/record/record.h"

/* notice_sink.knows_recipient: whether `to` is institution, institution_contact, submitter, account[:<field>],
 * side:<side> or role:<role>. arg is not looked at. */
bool policy_recipient_known(const struct record *record, const char *to, void *arg);
/* The field of the record that holds the account that `to` names; NULL where it names none. */
const struct field *OR_NULL policy_recipient_account(const struct record *record, const char *to);

#endif
