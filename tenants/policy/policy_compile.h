/* policy_compile: lifecycles and forms of a policy against the record declarations, for the store of policies (so that
 * the server has them compiled) and for the check of authored ones (so that what is stored can be compiled).
 */
#ifndef QILIAN_TENANTS_POLICY_POLICY_COMPILE_H
#define QILIAN_TENANTS_POLICY_POLICY_COMPILE_H

#include "tenants/policy/policy.h"

struct record_set;

struct policy_compile {
	const struct record_set *records;
	bool check; /* also templates and recipients of notices */
	struct policy_compiler compiler; /* its arg is this struct: do not move it */
};

void policy_compile_init(struct policy_compile *compile, const struct record_set *records, bool check);

/* Whether publishing can give a product's field another value for one platform: what listing.overrides may name. */
bool policy_may_override(const char *field);

#endif
