/* The words of pages that are lists, and of those with fixed words. */
#include "tenants/portal/portal_text.h"

#include "schema/records.gen.h"

#include <string.h>

#include "core/http/request.h"
#include "core/text/html.h"
#include "core/text/zone.h"
#include "core/utf8.h"
#include "tenants/platform/platform.h"
#include "tenants/platform/services.h"
#include "tenants/portal/portal.h"
#include "tenants/rules/region.h"
#include "tenants/shelf/shelf_cache.h"

enum { HOME_SERVICES = 6, HOME_NOTICES = 6, HOME_INSTITUTIONS = 6, PAGE = 20, WORDS_MAX = 80, CODE_MAX = 32 };

/* --- the query: what fits nothing is not asked --- */

static const char *asked_words(const struct text_page *page)
{
	const char *q = request_query(page->call->request, "q");
	return q && *q && utf8_length(q) <= WORDS_MAX ? q : NULL;
}

static const char *asked_code(const struct text_page *page, const char *name)
{
	const char *code = request_query(page->call->request, name);
	size_t good = code ? strspn(code, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") : 0;
	return good && good <= CODE_MAX && !code[good] ? code : NULL;
}

static const char *asked_region(const struct text_page *page)
{
	const char *code = asked_code(page, "region");
	return code && region_find(page->regions, code) ? code : NULL;
}

/* A parameter with its value as addresses hold it, behind what is there. */
static void add_parameter(struct buf *out, const char *name, const char *value)
{
	if (!value)
		return;
	buf_printf(out, "%c%s=", strchr(out->data, '?') ? '&' : '?', name);
	for (const unsigned char *at = (const unsigned char *)value; *at; at++)
		if (strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~", *at))
			buf_char(out, (char)*at);
		else
			buf_printf(out, "%%%02X", *at);
}

static void put_search(const struct text_page *page, const char *action, const char *OR_NULL q)
{
	html_put(page->main,
		"<form role=\"search\" action=\"%s\"><label for=\"served-q\">%s</label> <input id=\"served-q\" "
		"class=\"input\" type=\"search\" name=\"q\" maxlength=\"80\" value=\"%s\"> <button "
		"class=\"button\">%s</button></form>",
		action, text_word(page, "搜索", "Search"), q, text_word(page, "搜索", "Search"));
}

static void put_next(const struct text_page *page, const char *address)
{
	html_put(page->main, "<p><a rel=\"next\" href=\"%s\">%s</a></p>", address,
		text_word(page, "下一页", "Next page"));
}

static void put_total(const struct text_page *page, int64_t total)
{
	html_put(page->main, page->english ? "<p>%s found</p>" : "<p>共 %s 项</p>",
		arena_printf(page->call->arena, "%lld", (long long)total));
}

/* --- home --- */

static struct problem *put_shelf(struct text_page *page)
{
	struct portal_listings_query newest = {.limit = HOME_SERVICES, .has_limit = true};
	struct portal_listings shelf;
	struct portal_home home;
	struct problem *problem = portal_home_read(page->call, &home);
	if (!problem)
		problem = portal_listings_read(page->call, &newest, &shelf);
	if (problem)
		return problem;
	struct arena *arena = page->call->arena;
	html_put(page->main,
		page->english ? "<p>%s services, %s institutions</p>" : "<p>在架服务 %s 项，服务机构 %s 家</p>",
		arena_printf(arena, "%lld", (long long)home.services),
		arena_printf(arena, "%lld", (long long)home.institutions));
	html_put(page->main, "<h2>%s</h2><div class=\"grid\">", text_word(page, "最新上架", "New services"));
	for (size_t i = 0; i < shelf.items.count; i++)
		text_card(page, &shelf.items.items[i]);
	buf_text(page->main, "</div>");
	if (home.hot.count)
		html_put(page->main, "<h2>%s</h2><div class=\"grid\">",
			text_word(page, "热门服务", "Popular services"));
	for (size_t i = 0; i < home.hot.count; i++)
		text_card(page, &home.hot.items[i]);
	if (home.hot.count)
		buf_text(page->main, "</div>");
	return NULL;
}

static void put_categories(const struct text_page *page)
{
	const struct policy_terms *terms = &page->policy->categories;

	html_put(page->main, "<h2>%s</h2><ul class=\"served-row\">", text_word(page, "服务类别", "Categories"));
	for (size_t i = 0; i < terms->count; i++)
		if (!terms->items[i].retired)
			html_put(page->main, "<li><a href=\"/services?category=%s\">%s</a></li>", terms->items[i].code,
				text_both(page, &terms->items[i].text));
	buf_text(page->main, "</ul>");
}

static struct problem *notices_of(struct text_page *page, size_t limit, const char *before, struct db_result **rows)
{
	struct uuid id;
	bool after = before && uuid_parse(before, &id);
	const char *sql = after ? "SELECT id, title, summary, published_at FROM announcement WHERE platform_id = :p "
				  "AND " PORTAL_PUBLISHED " AND id < ? ORDER BY id DESC LIMIT ?"
				: "SELECT id, title, summary, published_at FROM announcement WHERE platform_id = :p "
				  "AND " PORTAL_PUBLISHED " ORDER BY published_at DESC, id DESC LIMIT ?";
	struct db_value args[] = {db_id(&id), db_uint(limit)};

	return db_select(page->call->db, page->call->scope, sql, after ? args : args + 1, after ? 2 : 1, rows);
}

static void put_notices(const struct text_page *page, struct db_result *rows, size_t count)
{
	buf_text(page->main, "<ul>");
	for (size_t i = 0; i < count; i++) {
		struct uuid id = UUID_NIL;
		db_get_id(rows, i, 0, &id);
		html_put(page->main, "<li><a href=\"%s\">%s</a> <time>%s</time>", text_path(page, "/notices", id),
			db_get_text(rows, i, 1), zone_day(page->call->arena, db_get_time(rows, i, 3)));
		if (db_get_text(rows, i, 2))
			html_put(page->main, "<p>%s</p>", db_get_text(rows, i, 2));
		buf_text(page->main, "</li>");
	}
	buf_text(page->main, "</ul>");
}

static void put_institution(const struct text_page *page, const struct portal_institution *item)
{
	html_put(page->main, "<article class=\"card\"><h3><a href=\"%s\">%s</a></h3><p class=\"muted\">%s · %s</p>",
		text_path(page, "/institutions", item->id), item->name,
		text_term(page, &page->policy->institution_types, item->type), text_region(page, item->region));
	if (item->introduction)
		html_put(page->main, "<p class=\"served-some\">%s</p>", item->introduction);
	buf_text(page->main, "</article>");
}

static struct problem *put_institutions(
	struct text_page *page, const struct portal_institutions_query *query, struct portal_institutions *out)
{
	struct problem *problem = portal_institutions_read(page->call, query, out);
	if (problem)
		return problem;
	buf_text(page->main, "<div class=\"grid\">");
	for (size_t i = 0; i < out->items.count; i++)
		put_institution(page, &out->items.items[i]);
	buf_text(page->main, "</div>");
	return NULL;
}

/* The site, and how to search it. */
static void link_site(struct text_page *page)
{
	struct arena *arena = page->call->arena;
	struct buf *out = buf_in(arena);
	struct json_writer *w = linked_begin(page, out, "WebSite");

	jw_kv_text(w, "name", page->name);
	jw_kv_text(w, "url", arena_printf(arena, "%s/", page->origin));
	jw_key(w, "potentialAction");
	jw_object_begin(w);
	jw_kv_text(w, "@type", "SearchAction");
	jw_kv_text(w, "target", arena_printf(arena, "%s/services?q={search_term_string}", page->origin));
	jw_kv_text(w, "query-input", "required name=search_term_string");
	jw_object_end(w);
	linked_end(page, out, w);
}

struct problem *portal_text_home(struct text_page *page)
{
	struct portal_institutions_query query = {.limit = HOME_INSTITUTIONS, .has_limit = true};
	struct portal_institutions institutions;
	struct db_result *notices;
	const char *slogan = text_both(page, &page->policy->profile.slogan);

	page->heading = page->name;
	html_put(page->main, "<h1>%s</h1><p>%s</p>", page->name, slogan);
	put_search(page, "/services", "");
	put_categories(page);
	struct problem *problem = put_shelf(page);
	if (!problem)
		problem = notices_of(page, HOME_NOTICES, NULL, &notices);
	if (problem)
		return problem;
	html_put(page->main, "<h2>%s</h2>", text_word(page, "政策公告", "Policies and notices"));
	put_notices(page, notices, notices->rows);
	html_put(page->main, "<h2>%s</h2>", text_word(page, "服务机构", "Institutions"));
	link_site(page);
	return put_institutions(page, &query, &institutions);
}

/* --- lists --- */

/* From the beginning, where the page asked for belongs to another list. */
static struct problem *read_services(
	struct text_page *page, struct portal_listings_query *query, struct portal_listings *list)
{
	struct problem *problem = portal_listings_read(page->call, query, list);
	if (!problem || !query->cursor || problem->kind != &PROBLEM_CURSOR)
		return problem;
	query->cursor = NULL;
	return portal_listings_read(page->call, query, list);
}

struct problem *portal_text_services(struct text_page *page)
{
	struct portal_listings_query query = {.q = asked_words(page), .category = asked_code(page, "category"),
		.industry = asked_code(page, "industry"), .region = asked_region(page),
		.cursor = request_query(page->call->request, "cursor"), .limit = PAGE, .has_limit = true};
	struct portal_listings list;
	struct problem *problem = read_services(page, &query, &list);
	if (problem)
		return problem;
	page->heading = text_word(page, "服务产品", "Services");
	html_put(page->main, "<h1>%s</h1>", page->heading);
	put_search(page, "/services", query.q);
	put_categories(page);
	put_total(page, list.total);
	buf_text(page->main, "<div class=\"grid\">");
	for (size_t i = 0; i < list.items.count; i++)
		text_card(page, &list.items.items[i]);
	buf_text(page->main, "</div>");
	if (list.next) {
		struct buf *next = buf_in(page->call->arena);
		buf_text(next, "/services");
		add_parameter(next, "q", query.q);
		add_parameter(next, "category", query.category);
		add_parameter(next, "industry", query.industry);
		add_parameter(next, "region", query.region);
		add_parameter(next, "cursor", list.next);
		put_next(page, next->data);
	}
	return NULL;
}

struct problem *portal_text_institutions(struct text_page *page)
{
	struct portal_institutions_query query = {.q = asked_words(page), .region = asked_region(page),
		.type = asked_code(page, "type"), .limit = PAGE, .has_limit = true};
	const char *cursor = request_query(page->call->request, "cursor");
	struct portal_institutions list;
	char id[UUID_TEXT + 1];

	if (cursor && !uuid_parse(cursor, &query.cursor))
		query.cursor = UUID_NIL;
	page->heading = text_word(page, "服务机构", "Institutions");
	html_put(page->main, "<h1>%s</h1>", page->heading);
	put_search(page, "/institutions", query.q);
	struct problem *problem = put_institutions(page, &query, &list);
	if (problem)
		return problem;
	put_total(page, list.total);
	if (!uuid_is_nil(list.next)) {
		struct buf *next = buf_in(page->call->arena);
		buf_text(next, "/institutions");
		add_parameter(next, "q", query.q);
		add_parameter(next, "region", query.region);
		add_parameter(next, "type", query.type);
		uuid_format(list.next, id);
		add_parameter(next, "cursor", id);
		put_next(page, next->data);
	}
	return NULL;
}

struct problem *portal_text_notices(struct text_page *page)
{
	struct db_result *rows;
	struct problem *problem = notices_of(page, PAGE + 1, request_query(page->call->request, "cursor"), &rows);
	if (problem)
		return problem;
	size_t count = rows->rows > PAGE ? PAGE : rows->rows;
	struct uuid last;
	page->heading = text_word(page, "政策公告", "Notices");
	html_put(page->main, "<h1>%s</h1>", page->heading);
	put_notices(page, rows, count);
	if (rows->rows > PAGE && db_get_id(rows, PAGE - 1, 0, &last))
		put_next(page, arena_printf(page->call->arena, "/notices?cursor=%s",
				       text_path(page, "", last) + 1));
	return NULL;
}

/* --- fixed words --- */

struct problem *portal_text_join(struct text_page *page)
{
	const struct policy_ways *ways = &page->policy->ways;

	page->heading = text_word(page, "机构入驻", "Join as an institution");
	html_put(page->main, "<h1>%s</h1><p>%s</p><ol>", page->heading,
		text_word(page, "服务机构入驻后，可将一个服务产品同时上架到多个平台，由各平台分别审核。",
			"Once on the platform, an institution can put one service on several platforms, each with "
			"its own review."));
	if (ways->self)
		html_put(page->main, "<li>%s</li>", text_word(page, "自主申报", "Apply yourself"));
	if (ways->recommendation)
		html_put(page->main, "<li>%s</li>", text_word(page, "平台推荐", "Be recommended by a city's platform"));
	if (ways->invitation)
		html_put(page->main, "<li>%s</li>", text_word(page, "邀约入驻", "Join by an invite code"));
	html_put(page->main, "</ol><p>%s</p>", text_both(page, &ways->guidance));
	return NULL;
}

static struct problem *put_statement(
	struct text_page *page, const struct policy_text *text, const char *zh, const char *en)
{
	if (!text->zh)
		return NULL;
	page->heading = text_word(page, zh, en);
	html_put(page->main, "<article><h1>%s</h1>", page->heading);
	text_prose(page->main, text_both(page, text));
	buf_text(page->main, "</article>");
	return NULL;
}

struct problem *portal_text_privacy(struct text_page *page)
{
	return put_statement(page, &page->policy->profile.privacy, "隐私政策", "Privacy policy");
}

struct problem *portal_text_accessibility(struct text_page *page)
{
	return put_statement(page, &page->policy->profile.accessibility, "无障碍声明", "Accessibility statement");
}
