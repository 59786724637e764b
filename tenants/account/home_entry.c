#include "tenants/account/home_entry.h"

#include <string.h>

#include "core/text/json.h"
#include "schema/records.gen.h"
#include "tenants/account/hand_off.h"
#include "tenants/account/one_time.h"
#include "tenants/account/sign_in.h"
#include "tenants/platform/audit.h"
#include "tenants/platform/services.h"

struct problem *home_entry_issue(struct call *call, const struct credential *credential, const char *how,
	const struct sign_in_bind *bind, const char *return_path, const char **url)
{
	struct call *there = credential->at;
	const char *token, *id = uuid_text(call->arena, credential->account_id);

	*url = NULL;
	if (strcmp(credential->state, "active") != 0)
		return problem_new(call->arena, &PROBLEM_ACCOUNT_STATE);
	if (return_path && !hand_off_path_ok(return_path))
		return_path = NULL;
	struct json_object *payload =
		audit_details(call->arena, "how", arena_printf(call->arena, "%s@%s", how, call->platform->slug),
			"access_no", arena_printf(call->arena, "%u", credential->access_no), "from",
			call->platform->slug, "path", return_path, NULL);
	sign_in_bind_keep(payload, bind);
	struct problem *problem = one_time_issue(there, "home_entry", id, payload, HOME_ENTRY_VALID_MS, &token);
	if (!problem)
		*url = arena_printf(call->arena, "%s/hand-off#%s", services_origin(call, there->platform), token);
	return problem;
}

struct problem *auth_enter(struct call *call, const struct auth_token *in)
{
	struct one_time *one_time = NULL;
	struct credential *credential = NULL;
	struct sign_in_result result = {NULL};
	struct uuid id;
	bool taken = false;
	struct problem *problem = one_time_look(call, "home_entry", in->token, &one_time);

	if (!problem && (!one_time || !uuid_parse(one_time->subject, &id)))
		problem = problem_new(call->arena, &PROBLEM_LINK);
	if (!problem)
		problem = credential_by_id(call, id, &credential);
	if (!problem && credential && sign_in_ticket_holds(call, one_time, credential))
		problem = one_time_take(call, one_time, &taken);
	if (!problem && !taken)
		problem = problem_new(call->arena, &PROBLEM_LINK);
	if (!problem)
		problem = sign_in_complete(call, credential, json_get_text(one_time->payload, "how"),
		                           sign_in_bind_of(call->arena, one_time->payload), &result);
	if (problem)
		return problem;
	const char *from = json_get_text(one_time->payload, "from");
	const struct platform *platform = from ? platform_by_slug(services_directory(call), from) : NULL;
	struct auth_entered answer = {.second_factor = result.ticket ? "totp" : NULL, .ticket = result.ticket,
		.return_path = json_get_text(one_time->payload, "path"), .from = platform ? platform->id : 0};
	return endpoint_answer(call, &shape_auth_entered, &answer);
}
