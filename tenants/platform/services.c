#include "tenants/platform/services.h"

#include <string.h>

#include "core/http/request.h"
#include "core/record/term.h"

struct problem *services_policy(struct call *call, const struct policy **out)
{
	return platform_policy(services_of(call)->registry, call->db, call->platform, out);
}

struct problem *services_series(struct call *call, const char *name, const char **out, void *arg)
{
	const struct policy *policy;
	struct problem *problem = services_policy(call, &policy);

	if (problem)
		return problem;
	const char *own = strcmp(name, "product") == 0 ? policy->number_prefix
			: strcmp(name, "case") == 0    ? policy->case_prefix
						       : name;
	*out = arena_printf(call->arena, "%s-%s", own, call->platform->number_code);
	return NULL;
}

const struct term *services_terms(struct call *call, const char *dictionary, size_t *count, void *arg)
{
	const struct policy *policy;
	struct problem *problem = services_policy(call, &policy);
	const struct policy_terms *terms = problem ? NULL : policy_dictionary(policy, dictionary);

	*count = terms ? terms->count : 0;
	struct term *out = ARENA_ARRAY(call->arena, struct term, *count + 1);
	for (size_t i = 0; i < *count; i++)
		out[i] = (struct term){
			terms->items[i].code, terms->items[i].text.zh, terms->items[i].text.en,
				terms->items[i].retired};
	return out;
}

const struct platform_directory *services_directory(struct call *call)
{
	return platform_directory_use(services_of(call)->registry, call->arena);
}

const char *services_origin_for(const struct services *services, struct arena *arena, const struct request *request,
                                const struct platform *platform)
{
	const char *scheme = services->scheme;
	unsigned port = services->link_port;

	if (!platform->main_host)
		return NULL;
	if (request) {
		scheme = request->secure ? "https" : "http";
		port = request->port;
	}
	if (!port || port == (strcmp(scheme, "https") == 0 ? 443 : 80))
		return arena_printf(arena, "%s://%s", scheme, platform->main_host);
	return arena_printf(arena, "%s://%s:%u", scheme, platform->main_host, port);
}

const char *services_origin(struct call *call, const struct platform *platform)
{
	return services_origin_for(services_of(call), call->arena, call->request, platform);
}

static const struct lifecycle_set *lifecycles_of(struct call *call, const unsigned char policy_hash[32])
{
	const struct policy *policy;
	struct problem *problem = platform_policy_of(services_of(call)->registry, call->db, policy_hash, &policy);

	return problem ? NULL : policy->lifecycle_set;
}

struct problem *services_enter(struct call *call, const struct platform *platform)
{
	const struct policy *policy;

	call->platform = platform;
	call->platform_id = platform->id;
	call->network_id = platform->network_id;
	call->scope = platform_scope(platform);
	call->platform_state = platform->state;
	call->lifecycles_of = lifecycles_of;
	memcpy(call->policy_hash, platform->policy_hash, sizeof call->policy_hash);
	struct problem *problem = services_policy(call, &policy);
	if (problem)
		return problem;
	call->lifecycles = policy->lifecycle_set;
	call->forms = policy->form_set;
	return NULL;
}

struct problem *services_call(
	const struct services *services, struct db *db, const struct platform *platform, struct call *call)
{
	call_init_server(call, &services->call, db, platform->id, platform->network_id);
	return services_enter(call, platform);
}
