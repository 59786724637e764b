#include <string.h>
#include <strings.h>

#include "core/http/page.h"
#include "core/http/request.h"
#include "core/http/router.h"
#include "core/record/endpoint.h"
#include "core/record/position.h"
#include "core/record/record_inside.h"

const struct problem_kind PROBLEM_ORIGIN = {
	"foreign-origin", 403, "该请求不是从本平台页面发出的，未予处理。",
		"This write did not come from the platform's own pages; it was refused."};
const struct problem_kind PROBLEM_MENU = {"no-menu", 403, "您的账号没有此项权限，请联系机构管理员。",
	"Your account was not given this; ask the administrator of your institution."};
const struct problem_kind PROBLEM_KEY_SESSION = {"api-key-session", 403,
	"此操作不能用接口密钥完成，请登录后在浏览器中办理。",
	"This is done in a session, not by an API key: sign in."};
const struct problem_kind PROBLEM_PLATFORM_SUSPENDED = {
	"platform-suspended", 403, "本平台已暂停服务，数据完好，恢复后可继续办理。",
	"This platform is suspended; its data are safe, and work goes on when it is resumed."};
const struct problem_kind PROBLEM_PLATFORM_CLOSED = {"platform-closed", 410, "本平台已关闭。",
	"This platform is closed."};

static bool is_write(enum http_method method)
{
	return method != HTTP_GET && method != HTTP_HEAD && method != HTTP_OPTIONS;
}

static bool same_origin(const struct request *request, const char *origin)
{
	const char *host = origin;
	if (strncmp(origin, "https://", 8) == 0)
		host += 8;
	else if (!request->secure && strncmp(origin, "http://", 7) == 0)
		host += 7;
	else
		return false;
	char *expected = request->port ? arena_printf(request->arena, "%s:%u", request->host, request->port)
				       : arena_strdup(request->arena, request->host);
	return strcasecmp(host, expected) == 0;
}

/* Browsers name the origin of every write, whoever caused it. A client that names none is no browser, or so old that
 * SameSite cookies are its only protection; Sec-Fetch-Site speaks where Origin is left out. */
static struct problem *check_origin(struct call *call)
{
	struct request *request = call->request;
	const char *origin = request_header(request, "Origin"), *site = request_header(request, "Sec-Fetch-Site");
	if (!is_write(request->method) || call->api_key)
		return NULL;
	bool good = origin ? same_origin(request, origin)
			   : !site || strcmp(site, "same-origin") == 0 || strcmp(site, "none") == 0;
	return good ? NULL : problem_new(call->arena, &PROBLEM_ORIGIN);
}

static struct problem *check_state(const struct call *call)
{
	const struct endpoint *endpoint = call->endpoint;
	if (call->platform_state == PLATFORM_STATE_CLOSED)
		return endpoint->closed_ok ? NULL : problem_new(call->arena, &PROBLEM_PLATFORM_CLOSED);
	if (call->platform_state == PLATFORM_STATE_ACTIVE || endpoint->frozen_ok)
		return NULL;
	if (call->actor.roles == ROLE_PUBLIC || is_write(endpoint->method))
		return problem_new(call->arena, &PROBLEM_PLATFORM_SUSPENDED);
	return NULL;
}

static struct problem *check_role(const struct call *call)
{
	const struct endpoint *endpoint = call->endpoint;
	if (call->actor.roles & endpoint->roles & ~ROLE_SERVER) {
		/* A stolen key must not make itself into something that outlives it. */
		if (endpoint->session_only && call->api_key)
			return problem_new(call->arena, &PROBLEM_KEY_SESSION);
		bool given = !(endpoint->menus & call->actor.barred) && call_may_read(call, endpoint->reads);
		given = given && !side_is_barred(call, endpoint->record, endpoint->who);
		return given ? NULL : problem_new(call->arena, &PROBLEM_MENU);
	}
	return problem_new(call->arena, call->actor.roles == ROLE_PUBLIC ? &PROBLEM_SIGN_IN : &PROBLEM_FORBIDDEN);
}

/* Now it is known on whose behalf. Waiting for what another platform wrote has a lane as well. */
static void take_lane(struct call *call)
{
	struct request *request = call->request;
	const struct uuid *account = &call->actor.account_id;
	const char *after = request_header(request, "Qilian-After");
	struct position position;

	request->share_group = call->platform_id;
	request->share_member = uuid_is_nil(*account) ? page_hash(2, request->client_net, strlen(request->client_net))
	                                              : page_hash(3, account->b, sizeof account->b);
	if (after && request->lane == LANE_COMMON && position_read(call, after, &position) &&
		position.platform != call->platform_id)
		request->lane = LANE_WAIT;
}

struct problem *endpoint_gate(struct request *request, void *arg)
{
	const struct call_services *services = arg;
	const struct endpoint *endpoint = request->route ? request->route->endpoint : NULL;
	if (!endpoint)
		return NULL;
	struct call *call = ARENA_NEW(request->arena, struct call);
	*call = (struct call){
		.request = request, .endpoint = endpoint, .db = request->db, .arena = request->arena,
		.services = services,
		.actor = {.roles = ROLE_PUBLIC, .client = request->client},
		.lang = request_language(request) == HTTP_EN ? LANG_EN : LANG_ZH};
	request->call = call;
	struct problem *problem = services->resolve(call, services->arg);
	request->diag.platform_id = call->platform_id;
	/* Elsewhere than on an active platform some get an answer that others must not. */
	request->uncacheable = call->platform_state != PLATFORM_STATE_ACTIVE;
	if (!problem)
		problem = check_state(call);
	if (!problem)
		problem = check_role(call);
	if (!problem)
		problem = check_origin(call);
	if (!problem)
		take_lane(call);
	return problem;
}
