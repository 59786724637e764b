#include "tenants/policy/policy_recipient.h"

#include <string.h>

#include "core/record/side.h"
#include "tenants/rules/role_name.h"

const struct field *policy_recipient_account(const struct record *record, const char *to)
{
	const struct field *field = strncmp(to, "account", 7) == 0
		? shape_field(record->shape, to[7] == ':' ? to + 8 : "account_id")
		: NULL;

	return field && field->type == FIELD_ID ? field : NULL;
}

bool policy_recipient_known(const struct record *record, const char *to, void *arg)
{
	(void)arg;
	if (strncmp(to, "role:", 5) == 0)
		return role_by_name(to + 5) != 0;
	if (strncmp(to, "side:", 5) == 0)
		return record_side(record, to + 5) != NULL;
	return strcmp(to, "institution") == 0 || strcmp(to, "institution_contact") == 0 ||
		strcmp(to, "submitter") == 0 || policy_recipient_account(record, to);
}
