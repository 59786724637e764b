#include "tenants/account/gate.h"

#include <string.h>

#include "core/http/request.h"
#include "core/record/endpoint.h"
#include "tenants/account/api_key.h"
#include "tenants/account/session.h"
#include "tenants/account/sign_in.h"
#include "tenants/platform/post.h"
#include "tenants/platform/services.h"

static const struct problem_kind no_platform = {
	"unknown-host", 404, "此地址没有平台。", "There is no platform at this address."};

/* While a session needs something, the way to it and the own account are open; what visitors may is answered as to a
 * visitor. */
static struct problem *check_needs(struct call *call)
{
	const struct session *session = call->session;

	if (!session || !session->needs || !call->endpoint || call->endpoint->needs_ok)
		return NULL;
	if (!(call->endpoint->roles & ROLE_PUBLIC))
		return sign_in_needs_problem(call->arena, session->needs);
	call->actor = (struct actor){.roles = ROLE_PUBLIC, .client = call->request->client};
	return NULL;
}

static struct problem *find_actor(struct call *call)
{
	const char *authorization = request_header(call->request, "Authorization");
	const char *token;

	call->actor = (struct actor){.roles = ROLE_PUBLIC, .client = call->request->client};
	if (authorization)
		return api_key_resolve(call, authorization);
	token = request_cookie(call->request, SESSION_COOKIE);
	struct problem *problem = token && *token ? session_resolve(call, token) : NULL;
	return problem ? problem : check_needs(call);
}

struct problem *gate_resolve(struct call *call, void *arg)
{
	const struct platform_directory *directory = services_directory(call);
	const struct platform *platform = platform_by_host(directory, call->request->host);

	if (!platform)
		return problem_new(call->arena, &no_platform);
	call->request->diag.platform_id = platform->id;
	call->lang = request_language(call->request) == HTTP_EN ? LANG_EN : LANG_ZH;
	struct problem *problem = services_enter(call, platform);
	return problem ? problem : find_actor(call);
}

const char *gate_platform_slug(struct call *call, uint32_t platform_id, void *arg)
{
	const struct platform *platform = platform_by_id(services_directory(call), platform_id);

	return platform ? platform->slug : NULL;
}

size_t gate_platforms_above(struct call *call, uint32_t platform_id, const uint32_t **ids, void *arg)
{
	const struct platform *platform = platform_by_id(services_directory(call), platform_id);
	struct addressees above = {0};

	addressees_add_above(call, &above, platform);
	*ids = above.ids;
	return above.count;
}

size_t gate_platforms_below(struct call *call, uint32_t platform_id, const uint32_t **ids, void *arg)
{
	const struct platform_directory *directory = services_directory(call);
	struct addressees below = {0};

	for (size_t i = 0; i < platform_count(directory); i++)
		for (const struct platform *at = platform_at(directory, i)->parent; at; at = at->parent)
			if (at->id == platform_id)
				addressees_add(call, &below, platform_at(directory, i)->id);
	*ids = below.ids;
	return below.count;
}

const char *gate_platform_origin(struct call *call, uint32_t platform_id, void *arg)
{
	const struct platform *platform = platform_by_id(services_directory(call), platform_id);

	return platform ? platform->origin : NULL;
}

uint32_t gate_platform_by_slug(struct call *call, const char *slug, void *arg)
{
	const struct platform *platform = post_named(call, slug);

	return platform ? platform->id : 0;
}

bool gate_knows_region(struct call *call, const char *code, void *arg)
{
	const struct region_set *regions;
	struct problem *problem = platform_regions(services_of(call)->registry, call->db, call->network_id, &regions);

	return !problem && region_find(regions, code);
}

const char *gate_regions_within(struct call *call, const char *code, void *arg)
{
	const struct region_set *regions;
	struct problem *problem = platform_regions(services_of(call)->registry, call->db, call->network_id, &regions);

	return problem ? code : region_codes_within(call->arena, regions, code);
}

struct problem *gate_due_on(struct call *call, const char *from, int working_days, char out[11], void *arg)
{
	const struct calendar *calendar;
	struct problem *problem = platform_calendar(services_of(call)->registry, call->db, call->network_id, &calendar);
	calendar_day day;

	if (problem)
		return problem;
	if (!from || !calendar_day_parse(from, &day))
		day = calendar_day_of(calendar, call_now());
	strcpy(out, calendar_day_text(call->arena, calendar_add(calendar, day, working_days)));
	return NULL;
}

struct problem *gate_working_days(struct call *call, const char *from, const char *to, int *out, void *arg)
{
	const struct calendar *calendar;
	struct problem *problem = platform_calendar(services_of(call)->registry, call->db, call->network_id, &calendar);
	calendar_day first, last;

	*out = 0;
	if (!problem && calendar_day_parse(from, &first) && calendar_day_parse(to, &last))
		*out = calendar_between(calendar, first, last);
	return problem;
}

const char *gate_user_name(struct call *call, void *arg)
{
	struct db_result *rows;

	if (db_select(call->db, call->scope, "SELECT user_name FROM account WHERE platform_id = :p AND id = ?",
		    DB_ARGS(db_id(&call->actor.account_id)), &rows))
		return NULL;
	return rows->rows ? db_get_text(rows, 0, 0) : NULL;
}
