#include "tenants/portal/portal_page.h"

#include <stdio.h>
#include <string.h>

#include "core/http/request.h"
#include "core/http/router.h"
#include "core/http/static.h"
#include "core/record/endpoint.h"
#include "core/text/json.h"
#include "core/utf8.h"
#include "tenants/platform/services.h"
#include "tenants/portal/portal.h"

/* Other servers' commits void nothing here: what they took down is named for so long at most. */
enum { KEEP_S = 5, DESCRIPTION_MAX = 160 };

/* Pages with words of their own, %s being the platform's name. All others need no search engine. */
static const struct page_words {
	const char *path;
	const char *zh, *en; /* NULL: the platform's name alone */
	const char *about_zh, *about_en;
} fixed[] = {
	{"/", NULL, NULL, "%s：企业服务、服务机构、政策公告", "%s: services, institutions, policies"},
	{"/services", "服务产品", "Services", "按类别、地区、行业和价格查找%s在架的服务产品", "Services listed on %s, by category, region, "
		"industry and price"},
	{"/institutions", "服务机构", "Institutions", "%s入驻的服务机构", "Institutions that offer services on %s"},
	{"/notices", "平台公告", "Announcements", "%s的政策与公告", "Policies and announcements of %s"},
	{"/join", "机构入驻", "Join as an institution", "服务机构如何入驻%s", "How institutions join %s"},
};

/* White space in one piece, no control characters, `max` characters at most and then an ellipsis; whole characters
 * always. */
static void put(char *out, size_t size, const char *text, size_t max)
{
	size_t len = text ? strlen(text) : 0, at = 0, used = 0, characters = 0;
	bool gap = false;

	while (at < len) {
		uint32_t code;
		size_t n = utf8_decode(text + at, len - at, &code);
		if (!n)
			break;
		if (code <= 0x20 || code == 0x7f || code == 0x3000 || code == 0xa0) {
			gap = used > 0;
		} else {
			if (characters >= max || used + gap + n + sizeof "…" > size) {
				memcpy(out + used, "…", sizeof "…");
				return;
			}
			if (gap)
				out[used++] = ' ';
			memcpy(out + used, text + at, n);
			used += n;
			characters += 1 + gap;
			gap = false;
		}
		at += n;
	}
	out[used] = '\0';
}

static const char *name_of(const struct platform *platform, const struct http_site_words *words)
{
	return words->language == HTTP_EN && platform->name_en ? platform->name_en : platform->name_zh;
}

/* The platform's own words, for pages that have none. */
static void put_platform(const struct platform *platform, struct http_site_words *words)
{
	bool english = words->language == HTTP_EN;

	words->platform_id = platform->id;
	snprintf(words->title, sizeof words->title, "%s", name_of(platform, words));
	snprintf(words->description, sizeof words->description, english ? fixed[0].about_en : fixed[0].about_zh,
		name_of(platform, words));
}

static void put_address(const struct services *services, const struct request *request, const struct platform *platform,
                        struct http_site_words *words)
{
	const char *origin = services_origin_for(services, request->arena, request, platform);

	if (origin)
		snprintf(words->address, sizeof words->address, "%s%s", origin, request->path);
}

static void put_title(const struct platform *platform, const char *heading, struct http_site_words *words)
{
	char text[4 * DESCRIPTION_MAX];

	put(text, sizeof text, heading, DESCRIPTION_MAX);
	snprintf(words->title, sizeof words->title, "%s · %s", text, name_of(platform, words));
}

/* --- on a loop thread --- */

bool portal_page_words(const struct request *request, struct http_site_words *words, void *arg)
{
	const struct services *services = arg;
	const struct platform *platform =
		platform_by_host(platform_directory_use(services->registry, request->arena), request->host);
	bool english = words->language == HTTP_EN;

	if (!platform)
		return false;
	put_platform(platform, words);
	for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++) {
		if (strcmp(fixed[i].path, request->path) != 0)
			continue;
		if (fixed[i].zh)
			put_title(platform, english ? fixed[i].en : fixed[i].zh, words);
		snprintf(words->description, sizeof words->description, english ? fixed[i].about_en : fixed[i].about_zh,
			name_of(platform, words));
		put_address(services, request, platform, words);
	}
	return true;
}

/* --- on a worker --- */

/* What a page is about: its name, and a text or who offers it. heading stays NULL for what is not shown. */
struct subject {
	const char *heading, *about, *of;
};

static struct problem *find_listing(struct call *call, struct uuid id, struct subject *subject)
{
	struct db_result *row;
	struct json_object *content;
	struct problem *problem = db_select(call->db, call->scope,
		"SELECT name, institution_name, content FROM listing WHERE platform_id = :p AND id = ? AND content IS "
		"NOT NULL AND " PORTAL_LIVE,
		DB_ARGS(db_id(&id)), &row);

	if (problem || !row->rows)
		return problem;
	const char *text = db_need_text(row, 0, 2);
	problem = json_parse_object(call->arena, text, strlen(text), &content);
	if (!problem)
		*subject = (struct subject){
			db_get_text(row, 0, 0), json_get_text(content, "summary"), db_get_text(row, 0, 1)};
	return problem;
}

static struct problem *find_institution(struct call *call, struct uuid id, struct subject *subject)
{
	struct db_result *row;
	struct problem *problem = db_select(call->db, call->scope,
		"SELECT i.name, LEFT(i.introduction, 400)" PORTAL_MEMBER_JOIN "WHERE i.platform_id = :p AND i.id = ?",
		DB_ARGS(db_id(&id)), &row);

	if (!problem && row->rows)
		*subject = (struct subject){db_get_text(row, 0, 0), db_get_text(row, 0, 1), NULL};
	return problem;
}

static struct problem *find_announcement(struct call *call, struct uuid id, struct subject *subject)
{
	struct db_result *row;
	struct problem *problem = db_select(call->db, call->scope,
		"SELECT title, summary FROM announcement WHERE platform_id = :p AND id = ? AND " PORTAL_PUBLISHED,
		DB_ARGS(db_id(&id)), &row);

	if (!problem && row->rows)
		*subject = (struct subject){db_get_text(row, 0, 0), db_get_text(row, 0, 1), NULL};
	return problem;
}

static struct problem *answer_page(
	struct request *request, struct problem *(*find)(struct call *, struct uuid, struct subject *))
{
	struct call *call = request->call;
	struct http_site_words words = {.language = request_language(request)};
	struct subject subject = {0};
	struct uuid id;

	put_platform(call->platform, &words);
	/* The page itself says what is the matter; a search engine comes again later. */
	if (call->platform->state != PLATFORM_STATE_ACTIVE)
		return http_site_answer(request, &words, 503);
	request_cache(request, call->platform_id, KEEP_S);
	struct problem *problem = uuid_parse(request->path_values[0], &id) ? find(call, id, &subject) : NULL;
	if (problem)
		diag_warn(&request->diag, "words of %s: %s", request->path, problem->kind->code);
	if (problem || !subject.heading)
		return http_site_answer(request, &words, problem ? 503 : 404);
	put_title(call->platform, subject.heading, &words);
	if (subject.about && *subject.about)
		put(words.description, sizeof words.description, subject.about, DESCRIPTION_MAX);
	else if (subject.of)
		put(words.description, sizeof words.description, subject.of, DESCRIPTION_MAX);
	put_address(services_of(call), request, call->platform, &words);
	return http_site_answer(request, &words, 200);
}

static struct problem *answer_listing(struct request *request)
{
	return answer_page(request, find_listing);
}

static struct problem *answer_institution(struct request *request)
{
	return answer_page(request, find_institution);
}

static struct problem *answer_announcement(struct request *request)
{
	return answer_page(request, find_announcement);
}

const struct route portal_page_routes[] = {
	{.method = HTTP_GET, .path = "/services/{id}", .handler = answer_listing, .lists = true},
	{.method = HTTP_GET, .path = "/institutions/{id}", .handler = answer_institution, .lists = true},
	{.method = HTTP_GET, .path = "/notices/{id}", .handler = answer_announcement, .lists = true},
};
const size_t portal_page_route_count = sizeof portal_page_routes / sizeof *portal_page_routes;

/* Whoever asks sees the page as a visitor does: no session is looked up. */
struct problem *portal_page_gate(struct request *request, void *arg)
{
	const struct call_services *services = arg;
	const struct services *own = services->arg;

	if (!request->route || request->route < portal_page_routes ||
		request->route >= portal_page_routes + portal_page_route_count)
		return endpoint_gate(request, arg);
	const struct platform *platform =
		platform_by_host(platform_directory_use(own->registry, request->arena), request->host);
	if (!platform)
		return problem_new(request->arena, &PROBLEM_NOT_FOUND);
	struct call *call = ARENA_NEW(request->arena, struct call);
	call_init_server(call, services, request->db, platform->id, platform->network_id);
	call->actor.roles = ROLE_PUBLIC;
	call->request = request;
	call->arena = request->arena;
	call->platform = platform;
	call->scope = platform_scope(platform);
	request->call = call;
	request->diag.platform_id = platform->id;
	return NULL;
}
