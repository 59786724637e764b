/* What public pages have in common. */
#include "tenants/portal/portal_text.h"

#include "schema/records.gen.h"

#include <stdlib.h>
#include <string.h>

#include "core/text/html.h"
#include "tenants/platform/platform.h"
#include "tenants/rules/region.h"

const char *text_both(const struct text_page *page, const struct policy_text *text)
{
	const char *chosen = page->english && text->en ? text->en : text->zh;
	return chosen ? chosen : "";
}

const char *text_term(const struct text_page *page, const struct policy_terms *terms, const char *code)
{
	const struct policy_term *term = code ? policy_term(terms, code) : NULL;
	return term ? text_both(page, &term->text) : code;
}

const char *text_region(const struct text_page *page, const char *code)
{
	const struct region *region = code ? region_find(page->regions, code) : NULL;
	return region ? region->name : "";
}

const char *text_yuan(struct arena *arena, int64_t fen)
{
	const char *whole = arena_printf(arena, "%lld", (long long)(fen / 100));
	struct buf *out = buf_in(arena);
	size_t digits = strlen(whole);

	for (size_t i = 0; i < digits; i++) {
		if (i && (digits - i) % 3 == 0 && whole[i - 1] != '-')
			buf_char(out, ',');
		buf_char(out, whole[i]);
	}
	if (fen % 100)
		buf_printf(out, ".%02d", (int)(fen % 100 < 0 ? -(fen % 100) : fen % 100));
	return out->data;
}

const char *text_price(const struct text_page *page, const struct text_price *price)
{
	struct arena *arena = page->call->arena;
	bool range = price->has_high && strcmp(price->pricing, "range") == 0;

	if (strcmp(price->pricing, "negotiable") == 0)
		return text_word(page, "面议", "Negotiable");
	if (price->price == 0 && !range)
		return text_word(page, "免费", "Free");
	return arena_printf(arena, "¥%s%s%s%s%s", text_yuan(arena, price->price), range ? "–" : "",
		range ? text_yuan(arena, price->high) : "", price->unit ? " / " : "", price->unit ? price->unit : "");
}

const char *text_path(const struct text_page *page, const char *folder, struct uuid id)
{
	char text[UUID_TEXT + 1];

	uuid_format(id, text);
	return arena_printf(page->call->arena, "%s/%s", folder, text);
}

void text_prose(struct buf *out, const char *text)
{
	while (text && *text) {
		size_t len = strcspn(text, "\n");
		char *line = strndup(text, len);
		if (strspn(line, " \t\r") < len)
			html_put(out, "<p>%s</p>", line);
		free(line);
		text += len + (text[len] == '\n');
	}
}

void text_fact(const struct text_page *page, const char *zh, const char *en, const char *value)
{
	if (value && *value)
		html_put(page->main, "<dt>%s</dt><dd>%s</dd>", text_word(page, zh, en), value);
}

/* --- rich text --- */

static void put_items(struct buf *out, const struct json_object *block)
{
	const struct json_object *items = json_get_array(block, "items");
	bool ordered = false;

	json_get_bool(block, "ordered", &ordered);
	buf_text(out, ordered ? "<ol>" : "<ul>");
	for (size_t i = 0; i < json_count(items); i++)
		html_put(out, "<li>%s</li>", json_text(json_at(items, i)));
	buf_text(out, ordered ? "</ol>" : "</ul>");
}

static void put_table(struct buf *out, const struct json_object *block)
{
	const struct json_object *rows = json_get_array(block, "rows");
	bool header = false;

	json_get_bool(block, "header", &header);
	buf_text(out, "<table>");
	for (size_t r = 0; r < json_count(rows); r++) {
		buf_text(out, "<tr>");
		for (size_t c = 0; c < json_count(json_at(rows, r)); c++)
			html_put(out, header && r == 0 ? "<th>%s</th>" : "<td>%s</td>",
				json_text(json_at(json_at(rows, r), c)));
		buf_text(out, "</tr>");
	}
	buf_text(out, "</table>");
}

static void put_image(struct buf *out, const struct json_object *block, const char *folder)
{
	const char *caption = json_get_text(block, "caption");

	html_put(out, "<figure><img src=\"%s/pictures/%s/large\" alt=\"%s\" loading=\"lazy\">", folder,
		json_get_text(block, "file"), caption);
	if (caption)
		html_put(out, "<figcaption>%s</figcaption>", caption);
	buf_text(out, "</figure>");
}

static void put_block(struct buf *out, const struct json_object *block, const char *folder)
{
	const char *type = json_get_text(block, "type"), *text = json_get_text(block, "text");

	if (!type)
		return;
	if (strcmp(type, "heading") == 0)
		html_put(out, "<h3>%s</h3>", text);
	else if (strcmp(type, "quote") == 0)
		html_put(out, "<blockquote>%s</blockquote>", text);
	else if (strcmp(type, "list") == 0)
		put_items(out, block);
	else if (strcmp(type, "table") == 0)
		put_table(out, block);
	else if (strcmp(type, "image") == 0 && json_get_text(block, "file"))
		put_image(out, block, folder);
	else if (strcmp(type, "link") == 0 && html_leads(json_get_text(block, "url")))
		html_put(out, "<p><a href=\"%s\" rel=\"noopener nofollow\">%s</a></p>",
			json_get_text(block, "url"), text);
	else if (text)
		html_put(out, "<p>%s</p>", text);
}

void text_blocks(const struct text_page *page, const struct json_object *blocks, const char *folder)
{
	for (size_t i = 0; i < json_count(blocks); i++)
		put_block(page->main, json_at(blocks, i), folder);
}

/* --- lists --- */

void text_card(const struct text_page *page, const struct portal_listing *item)
{
	struct text_price price = {
		item->pricing, item->price_unit, item->price, item->price_high, item->has_price_high};

	html_put(page->main, "<article class=\"card\"><h3><a href=\"%s\">%s</a></h3>",
		text_path(page, "/services", item->id), item->name);
	if (item->summary)
		html_put(page->main, "<p>%s</p>", item->summary);
	html_put(page->main,
		"<p class=\"muted\">%s · <a href=\"%s\">%s</a> · %s</p><p class=\"price\">%s</p></article>",
		text_term(page, &page->policy->categories, item->category),
		text_path(page, "/institutions", item->institution->id), item->institution->name,
		text_region(page, item->region), text_price(page, &price));
}

/* --- head and foot --- */

static void put_menu(const struct text_page *page, struct buf *out)
{
	static const char *const doors[][3] = {{"/services", "服务产品", "Services"},
		{"/institutions", "服务机构", "Institutions"}, {"/notices", "政策公告", "Notices"},
		{"/join", "机构入驻", "Join as an institution"}};

	html_put(out, "<nav aria-label=\"%s\">", text_word(page, "菜单", "Menu"));
	for (size_t i = 0; i < sizeof doors / sizeof *doors; i++)
		html_put(out, "<a href=\"%s\">%s</a> ", doors[i][0], text_word(page, doors[i][1], doors[i][2]));
	buf_text(out, "</nav>");
}

static void put_head(const struct text_page *page, struct buf *out)
{
	const struct policy_profile *profile = &page->policy->profile;

	html_put(out, "<a class=\"skip\" href=\"#main\">%s</a><header class=\"served-head\"><div class=\"wrap\">"
		      "<a href=\"/\" class=\"served-name\">%s</a>",
		text_word(page, "跳到正文", "Skip to the content"),
		*text_both(page, &profile->logo_text) ? text_both(page, &profile->logo_text) : page->name);
	put_menu(page, out);
	if (profile->hotline)
		html_put(out, "<span>%s <a href=\"tel:%s\">%s</a></span>", text_word(page, "服务热线", "Hotline"),
			profile->hotline, profile->hotline);
	buf_text(out, "</div></header>");
}

static void put_mark(const struct text_page *page, struct buf *out, const char *zh, const char *en, const char *value)
{
	if (value && *value)
		html_put(out, "<span>%s%s%s</span> ", text_word(page, zh, en), text_word(page, "：", ": "), value);
}

static void put_foot(const struct text_page *page, struct buf *out)
{
	const struct policy_profile *profile = &page->policy->profile;

	buf_text(out, "<footer class=\"served-foot\"><div class=\"wrap\"><p>");
	put_mark(page, out, "主办单位", "Run by", text_both(page, &profile->sponsor));
	put_mark(page, out, "承办单位", "Operated by", text_both(page, &profile->operator));
	put_mark(page, out, "服务时间", "Hours", profile->service_hours);
	buf_text(out, "</p><p>");
	if (profile->icp)
		html_put(out, "<a href=\"https://beian.miit.gov.cn/\" rel=\"noopener\">%s</a> ", profile->icp);
	put_mark(page, out, "公安备案", "Police filing", profile->police);
	put_mark(page, out, "网站标识码", "Site code", profile->site_code);
	if (profile->privacy.zh)
		html_put(out, "<a href=\"/privacy\">%s</a> ", text_word(page, "隐私政策", "Privacy"));
	if (profile->accessibility.zh)
		html_put(out, "<a href=\"/accessibility\">%s</a>", text_word(page, "无障碍", "Accessibility"));
	html_put(out, "</p><p>%s</p></div></footer>", text_both(page, &profile->footer));
}

void portal_text_frame(const struct text_page *page, struct buf *out)
{
	put_head(page, out);
	buf_text(out, "<main id=\"main\" class=\"served\"><div class=\"wrap\">");
	buf_add(out, page->main->data, page->main->len);
	buf_text(out, "</div></main>");
	put_foot(page, out);
}
