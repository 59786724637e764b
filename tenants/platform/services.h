/* services: what this process lends to the tenants floor; one per process, wired at start, then read-only.
 *
 * Handlers reach it through their call: services_of(call).
 */
#ifndef QILIAN_TENANTS_PLATFORM_SERVICES_H
#define QILIAN_TENANTS_PLATFORM_SERVICES_H

#include <stdbool.h>

#include "core/attributes.h"
#include "core/record/call.h"
#include "tenants/platform/platform.h"
#include "tenants/policy/policy.h"

struct crypto_hasher;
struct crypto_signer;
struct change_follower;
struct external_provider;
struct files;
struct notice_sender;
struct pictures;
struct settings;
struct shelf_cache;

struct services {
	struct call_services call; /* call.arg is this struct */
	const struct settings *settings;
	struct platform_registry *registry;
	struct change_follower *follower; /* qiliand's; else NULL */
	struct crypto_hasher *hasher;
	struct crypto_signer *hand_off_signer; /* tenants/account/hand_off.h */
	struct files *files;
	struct pictures *pictures;
	const char *sheet_helper; /* core/office/sheet_read.h */
	const struct notice_sender *sender; /* tenants/notice/notice.h */
	struct shelf_cache *shelves; /* tenants/shelf/shelf_cache.h */
	const struct external_provider *const *providers; /* tenants/account/external_identity.h */
	size_t provider_count;
	const char *scheme;   /* of links in notices, where no request tells it: "https" */
	uint16_t link_port;   /* likewise; 0: the scheme's own */
	bool production;      /* codes reach nobody but the telephone */
};

static inline const struct services *services_of(const struct call *call)
{
	return call->services->arg;
}

/* The policy in force on the call's platform. */
struct problem *services_policy(struct call *call, const struct policy **out) MUST_CHECK;
/* call_services.series: "DD-331100"; the prefixes of the policy by their keys in `numbers`. */
struct problem *services_series(struct call *call, const char *name, const char **out, void *arg) MUST_CHECK;
/* call_services.terms: of a dictionary of the policy in force. */
const struct term *OR_NULL services_terms(struct call *call, const char *dictionary, size_t *count, void *arg);
/* All platforms, as long as the call. */
const struct platform_directory *services_directory(struct call *call) RETURNS_NONNULL;

/* "https://lishui.example.cn:8443" of a platform: scheme and port as the request came, else as the settings say. NULL
 * if the platform has no host name. */
const char *OR_NULL services_origin(struct call *call, const struct platform *platform);
/* The same without a call, on any thread. request may be NULL. */
const char *OR_NULL services_origin_for(const struct services *services, struct arena *arena,
					const struct request *request,
                                const struct platform *platform);

/* Makes `call` one of the server itself on that platform: for jobs and tools. Fills everything that the gate would. */
struct problem *services_call(
	const struct services *services, struct db *db, const struct platform *platform, struct call *call) MUST_CHECK;
/* Sets platform, policy, lifecycles and scope of a call whose services, db and arena are set. */
struct problem *services_enter(struct call *call, const struct platform *platform) MUST_CHECK;

#endif
