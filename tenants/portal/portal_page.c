#include "tenants/portal/portal_page.h"

#include "schema/records.gen.h"

#include <stdio.h>
#include <string.h>

#include "core/http/request.h"
#include "core/http/router.h"
#include "core/http/static.h"
#include "core/record/endpoint.h"
#include "core/text/html.h"
#include "core/utf8.h"
#include "tenants/platform/services.h"
#include "tenants/portal/portal.h"
#include "tenants/portal/portal_found.h"
#include "tenants/portal/portal_text.h"

enum { DESCRIPTION_MAX = 160 };

static const char ABOUT_ZH[] = "%s：企业服务、服务机构、政策公告", ABOUT_EN[] = "%s: services, institutions, policies";

/* A page with text of its own. Descriptions are those of the row it is about, or else these, %s being the platform's
 * name. */
struct written {
	struct problem *(*write)(struct text_page *page);
	const char *about_zh, *about_en;
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
	snprintf(words->description, sizeof words->description, english ? ABOUT_EN : ABOUT_ZH,
		name_of(platform, words));
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

	if (!platform)
		return false;
	put_platform(platform, words);
	return true;
}

/* --- on a worker --- */

static struct problem *page_begin(struct call *call, enum http_language language, struct text_page *page)
{
	const char *origin = services_origin(call, call->platform);
	bool english = language == HTTP_EN;

	*page = (struct text_page){.call = call, .english = english, .origin = origin ? origin : "",
		.name = english && call->platform->name_en ? call->platform->name_en : call->platform->name_zh,
		.main = buf_in(call->arena), .head = buf_in(call->arena), .kind = "website"};
	struct problem *problem = services_policy(call, &page->policy);
	return problem ? problem
		       : platform_regions(services_of(call)->registry, call->db, call->network_id, &page->regions);
}

/* The one address of the page, and where it is said in the other language. */
static void put_addresses(const struct request *request, const struct text_page *page, struct http_site_words *words)
{
	const char *asked = request_query(request, "lang"), *tail = "";

	if (!*page->origin)
		return;
	if (asked && (strcmp(asked, "zh") == 0 || strcmp(asked, "en") == 0))
		tail = page->english ? "?lang=en" : "?lang=zh";
	snprintf(words->address, sizeof words->address, "%s%s%s", page->origin, request->path, tail);
	html_put(page->head,
		"<link rel=\"alternate\" hreflang=\"zh-CN\" href=\"%s%s?lang=zh\">"
		"<link rel=\"alternate\" hreflang=\"en\" href=\"%s%s?lang=en\">"
		"<link rel=\"alternate\" hreflang=\"x-default\" href=\"%s%s\">",
		page->origin, request->path, page->origin, request->path, page->origin, request->path);
}

/* For previews of links. */
static void put_preview(const struct text_page *page, const struct http_site_words *words)
{
	html_put(page->head,
		"<meta property=\"og:type\" content=\"%s\"><meta property=\"og:url\" content=\"%s\">"
		"<meta property=\"og:site_name\" content=\"%s\"><meta property=\"og:locale\" content=\"%s\">",
		page->kind, words->address, page->name, page->english ? "en_US" : "zh_CN");
	html_put(page->head, "<meta property=\"og:image\" content=\"%s%s\">", page->origin,
		page->picture ? page->picture : "/favicon.ico");
}

/* What each page asks first comes with it (web/src/app/site.ts): one answer less to wait for. */
static struct problem *put_site(const struct text_page *page)
{
	struct portal_site site;
	struct json_writer w;
	struct buf *out = buf_in(page->call->arena);
	struct problem *problem = portal_site_read(page->call, &site);

	if (problem)
		return problem;
	jw_init(&w, out);
	shape_write_json(page->call, &w, &shape_portal_site, &site);
	buf_text(page->head, "<script type=\"application/json\" id=\"site\">");
	html_json(page->head, out->data);
	buf_text(page->head, "</script>");
	return NULL;
}

static void put_words(const struct text_page *page, const struct written *written, struct http_site_words *words)
{
	struct buf *body = buf_in(page->call->arena);

	if (strcmp(page->heading, page->name) != 0)
		put_title(page->call->platform, page->heading, words);
	if (page->about && *page->about)
		put(words->description, sizeof words->description, page->about, DESCRIPTION_MAX);
	else if (written->about_zh)
		snprintf(words->description, sizeof words->description,
			page->english ? written->about_en : written->about_zh, page->name);
	put_addresses(page->call->request, page, words);
	put_preview(page, words);
	portal_text_frame(page, body);
	words->head = page->head->data;
	words->body = body->data;
}

static struct problem *answer_page(struct request *request, const struct written *written)
{
	struct call *call = request->call;
	struct http_site_words words = {.language = request_page_language(request)};
	struct text_page page;

	put_platform(call->platform, &words);
	/* The page itself says what is the matter; a search engine comes again later. */
	if (call->platform->state != PLATFORM_STATE_ACTIVE)
		return http_site_answer(request, &words, 503);
	portal_cacheable(call);
	struct problem *problem = page_begin(call, words.language, &page);
	if (!problem)
		problem = written->write(&page);
	if (!problem && page.heading)
		problem = put_site(&page);
	if (problem)
		diag_warn(&request->diag, "words of %s: %s", request->path, problem->kind->code);
	if (problem || !page.heading)
		return http_site_answer(request, &words, problem ? 503 : 404);
	put_words(&page, written, &words);
	return http_site_answer(request, &words, 200);
}

#define PAGE(name, zh, en)                                                                                             \
	static struct problem *answer_##name(struct request *request)                                                  \
	{                                                                                                              \
		static const struct written written = {portal_text_##name, zh, en};                                    \
		return answer_page(request, &written);                                                                 \
	}

PAGE(home, ABOUT_ZH, ABOUT_EN)
PAGE(services, "按类别、地区、行业和价格查找%s在架的服务产品",
	"Services listed on %s, by category, region, industry and price")
PAGE(service, NULL, NULL)
PAGE(institutions, "%s入驻的服务机构", "Institutions that offer services on %s")
PAGE(shop, NULL, NULL)
PAGE(notices, "%s的政策与公告", "Policies and announcements of %s")
PAGE(notice, NULL, NULL)
PAGE(join, "服务机构如何入驻%s", "How institutions join %s")
PAGE(privacy, "%s的隐私政策", "Privacy policy of %s")
PAGE(accessibility, "%s的无障碍声明", "Accessibility statement of %s")
PAGE(verify, "核验%s签发的文书", "Verify papers issued by %s")
PAGE(verify_one, "核验%s签发的文书", "Verify papers issued by %s")
PAGE(open, NULL, NULL)
PAGE(open_one, NULL, NULL)

#define ROUTE(p, name) {.method = HTTP_GET, .path = (p), .handler = answer_##name, .lists = true}

const struct route portal_page_routes[] = {
	ROUTE("/", home),
	ROUTE("/services", services),
	ROUTE("/services/{id}", service),
	ROUTE("/institutions", institutions),
	ROUTE("/institutions/{id}", shop),
	ROUTE("/notices", notices),
	ROUTE("/notices/{id}", notice),
	ROUTE("/join", join),
	ROUTE("/privacy", privacy),
	ROUTE("/accessibility", accessibility),
	ROUTE("/verify", verify),
	ROUTE("/verify/{code}", verify_one),
	ROUTE("/open/{record}", open),
	ROUTE("/open/{record}/{id}", open_one),
	{.method = HTTP_GET, .path = "/robots.txt", .handler = portal_robots, .lists = true},
	{.method = HTTP_GET, .path = "/sitemap.xml", .handler = portal_sitemap, .lists = true, .lane = LANE_EXPORT},
	{.method = HTTP_GET, .path = "/sitemaps/{part}", .handler = portal_sitemap_part, .lists = true,
		.lane = LANE_EXPORT},
	{.method = HTTP_GET, .path = "/favicon.ico", .handler = portal_icon, .lists = true},
	{.method = HTTP_GET, .path = "/favicon.svg", .handler = portal_icon_svg, .lists = true},
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
