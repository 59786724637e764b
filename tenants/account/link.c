#include "tenants/account/link.h"

#include "tenants/account/one_time.h"
#include "tenants/account/role.h"
#include "tenants/platform/audit.h"
#include "tenants/platform/services.h"
#include "tenants/rules/role_name.h"

enum { LINK_MS = 24 * 3600 * 1000 };

/* The token stands behind the #, which browsers send to no server: it is in no log. */
static const char *link_url(struct call *call, const char *token)
{
	const char *origin = services_origin(call, call->platform);

	return arena_printf(call->arena, "%s/welcome#%s", origin ? origin : "", token);
}

struct problem *link_for_account(struct call *call, struct uuid account_id, const char **url)
{
	const char *subject = uuid_text(call->arena, account_id), *token;
	struct problem *problem = one_time_revoke(call, "password_link", subject);

	if (!problem)
		problem = one_time_issue(call, "password_link", subject, NULL, LINK_MS, &token);
	if (!problem)
		problem = audit_add(call, "account.link_made", "account", account_id, NULL);
	if (!problem)
		*url = link_url(call, token);
	return problem;
}

struct problem *link_for_role(struct call *call, uint32_t role, const char **url)
{
	const char *name = role_name(role), *token;
	struct problem *problem = one_time_issue(
		call, "admin_link", name, audit_details(call->arena, "role", name, NULL), LINK_MS, &token);

	if (!problem)
		problem = audit_add(call, "account.first_link_made", "account", uuid_v7(),
			audit_details(call->arena, "role", name, NULL));
	if (!problem)
		*url = link_url(call, token);
	return problem;
}
