/* The words of pages about one thing: a service, a shop, a notice, a row of an open record; and the list of those. */
#include "tenants/portal/portal_text.h"

#include "schema/records.gen.h"

#include <string.h>

#include "core/http/request.h"
#include "core/record/endpoint.h"
#include "core/record/public.h"
#include "core/text/html.h"
#include "core/text/zone.h"
#include "tenants/portal/portal.h"

enum { SHOP_SERVICES = 50, OPEN_ROWS = 50 };

static struct problem *absent(struct problem *problem)
{
	return problem && problem->kind != &PROBLEM_NOT_FOUND ? problem : NULL;
}

/* --- a service --- */

static void link_offer(struct text_page *page, const struct portal_listing_detail *item, struct json_writer *w)
{
	struct arena *arena = page->call->arena;
	bool range = item->has_price_high && strcmp(item->pricing, "range") == 0;

	jw_key(w, "offers");
	jw_object_begin(w);
	jw_kv_text(w, "@type", range ? "AggregateOffer" : "Offer");
	jw_kv_text(w, "priceCurrency", "CNY");
	jw_kv_text(w, range ? "lowPrice" : "price",
		arena_printf(arena, "%lld.%02d", (long long)(item->price / 100), (int)(item->price % 100)));
	if (range)
		jw_kv_text(w, "highPrice",
			arena_printf(arena, "%lld.%02d", (long long)(item->price_high / 100),
				(int)(item->price_high % 100)));
	jw_kv_text(w, "availability", "https://schema.org/InStock");
	jw_key(w, "seller");
	jw_object_begin(w);
	jw_kv_text(w, "@type", "Organization");
	jw_kv_text(w, "name", item->institution->name);
	jw_object_end(w);
	jw_object_end(w);
}

static void link_service(struct text_page *page, const struct portal_listing_detail *item)
{
	struct arena *arena = page->call->arena;
	struct buf *out = buf_in(arena);
	struct json_writer *w = linked_begin(page, out, "Product");

	jw_kv_text(w, "name", item->name);
	jw_kv_text(w, "sku", item->number);
	jw_kv_text(w, "url", arena_printf(arena, "%s%s", page->origin, text_path(page, "/services", item->id)));
	if (item->summary)
		jw_kv_text(w, "description", item->summary);
	if (page->picture)
		jw_kv_text(w, "image", arena_printf(arena, "%s%s", page->origin, page->picture));
	if (item->category)
		jw_kv_text(w, "category", text_term(page, &page->policy->categories, item->category));
	jw_key(w, "brand");
	jw_object_begin(w);
	jw_kv_text(w, "@type", "Organization");
	jw_kv_text(w, "name", item->institution->name);
	jw_object_end(w);
	if (item->has_price)
		link_offer(page, item, w);
	linked_end(page, out, w);
}

static void put_service(struct text_page *page, const struct portal_listing_detail *item)
{
	const char *shop = text_path(page, "/institutions", item->institution->id);
	const char *phone = item->contact_phone ? item->contact_phone : item->institution->service_phone;
	struct text_price price = {
		item->pricing, item->price_unit, item->price, item->price_high, item->has_price_high};

	html_put(page->main, "<article class=\"card\"><h1>%s</h1><p>%s</p><p class=\"price\">%s</p><dl>", item->name,
		item->summary, text_price(page, &price));
	html_put(page->main, "<dt>%s</dt><dd><a href=\"%s\">%s</a></dd>", text_word(page, "服务机构", "Institution"),
		shop,
		item->institution->name);
	if (phone)
		html_put(page->main, "<dt>%s</dt><dd><a href=\"tel:%s\">%s</a></dd>",
			text_word(page, "咨询电话", "Telephone"), phone, phone);
	text_fact(page, "服务编号", "Number", item->number);
	text_fact(page, "服务类别", "Category", text_term(page, &page->policy->categories, item->category));
	text_fact(page, "服务区域", "Region", text_region(page, item->region));
	text_fact(page, "上架日期", "Listed", zone_day(page->call->arena, item->published_at));
	buf_text(page->main, "</dl>");
	if (page->picture)
		html_put(page->main, "<img src=\"%s\" alt=\"%s\" width=\"600\" height=\"450\">", page->picture,
			item->name);
	if (json_count(item->description))
		html_put(page->main, "<h2>%s</h2>", text_word(page, "服务详情", "Details"));
	char id[UUID_TEXT + 1];
	uuid_format(item->id, id);
	text_blocks(page, item->description, arena_printf(page->call->arena, "/api/v1/portal/listings/%s", id));
	buf_text(page->main, "</article>");
}

struct problem *portal_text_service(struct text_page *page)
{
	struct portal_listing_detail item;
	struct problem *problem = portal_listing_read(page->call, &item);
	if (problem)
		return absent(problem);
	char id[UUID_TEXT + 1];
	uuid_format(item.id, id);
	page->heading = item.name;
	page->about = item.summary && *item.summary ? item.summary : item.institution->name;
	page->kind = "product";
	if (item.pictures.count)
		page->picture = arena_printf(page->call->arena, "/api/v1/portal/listings/%s/pictures/%s/large", id,
			item.pictures.items[0]);
	struct text_crumb crumbs[] = {{text_word(page, "首页", "Home"), "/"},
		{text_word(page, "服务产品", "Services"), "/services"},
		{item.name, text_path(page, "/services", item.id)}};
	text_crumbs(page, crumbs, 3);
	link_service(page, &item);
	put_service(page, &item);
	return NULL;
}

/* --- a shop --- */

static void link_shop(struct text_page *page, const struct portal_shop *shop)
{
	struct arena *arena = page->call->arena;
	struct buf *out = buf_in(arena);
	struct json_writer *w = linked_begin(page, out, "Organization");

	jw_kv_text(w, "name", shop->name);
	jw_kv_text(w, "url", arena_printf(arena, "%s%s", page->origin, text_path(page, "/institutions", shop->id)));
	jw_kv_text(w, "taxID", shop->uscc);
	if (page->about)
		jw_kv_text(w, "description", page->about);
	if (page->picture)
		jw_kv_text(w, "logo", arena_printf(arena, "%s%s", page->origin, page->picture));
	if (shop->service_phone)
		jw_kv_text(w, "telephone", shop->service_phone);
	if (shop->address)
		jw_kv_text(w, "address", shop->address);
	if (html_leads(shop->website))
		jw_kv_text(w, "sameAs", shop->website);
	linked_end(page, out, w);
}

static void put_qualifications(struct text_page *page, const struct portal_qualification_list *list)
{
	if (!list->count)
		return;
	html_put(page->main, "<h2>%s</h2><ul>", text_word(page, "资质", "Qualifications"));
	for (size_t i = 0; i < list->count; i++)
		html_put(page->main, "<li>%s %s %s</li>", list->items[i].name, list->items[i].issuer,
			list->items[i].expires_on);
	buf_text(page->main, "</ul>");
}

static void put_shop(struct text_page *page, const struct portal_shop *shop)
{
	html_put(page->main, "<article class=\"card\"><h1>%s</h1>", shop->name);
	text_prose(page->main, shop->introduction);
	buf_text(page->main, "<dl>");
	text_fact(page, "机构类型", "Type", text_term(page, &page->policy->institution_types, shop->type));
	text_fact(page, "所在地区", "Region", text_region(page, shop->region));
	text_fact(page, "统一社会信用代码", "Unified social credit code", shop->uscc);
	text_fact(page, "地址", "Address", shop->address);
	if (shop->service_phone)
		html_put(page->main, "<dt>%s</dt><dd><a href=\"tel:%s\">%s</a></dd>",
			text_word(page, "服务电话", "Telephone"), shop->service_phone, shop->service_phone);
	if (html_leads(shop->website))
		html_put(page->main, "<dt>%s</dt><dd><a href=\"%s\" rel=\"noopener nofollow ugc\">%s</a></dd>",
			text_word(page, "网站", "Website"), shop->website, shop->website);
	buf_text(page->main, "</dl>");
	put_qualifications(page, &shop->qualifications);
	buf_text(page->main, "</article>");
}

struct problem *portal_text_shop(struct text_page *page)
{
	struct portal_shop shop;
	struct portal_listings list;
	struct problem *problem = portal_institution_read(page->call, &shop);
	if (problem)
		return absent(problem);
	struct portal_listings_query query = {.institution = shop.id, .limit = SHOP_SERVICES, .has_limit = true};
	if ((problem = portal_listings_read(page->call, &query, &list)))
		return problem;
	page->heading = shop.name;
	page->about = shop.introduction;
	page->kind = "profile";
	if (!uuid_is_nil(shop.logo))
		page->picture = arena_printf(page->call->arena, "/api/v1/portal%s/logo/large",
			text_path(page, "/institutions", shop.id));
	struct text_crumb crumbs[] = {{text_word(page, "首页", "Home"), "/"},
		{text_word(page, "服务机构", "Institutions"), "/institutions"},
		{shop.name, text_path(page, "/institutions", shop.id)}};
	text_crumbs(page, crumbs, 3);
	link_shop(page, &shop);
	put_shop(page, &shop);
	html_put(page->main, "<h2>%s</h2><div class=\"grid\">", text_word(page, "在架服务", "Services"));
	for (size_t i = 0; i < list.items.count; i++)
		text_card(page, &list.items.items[i]);
	buf_text(page->main, "</div>");
	return NULL;
}

/* --- a notice --- */

static struct problem *put_notice(struct text_page *page, struct uuid id, struct db_result *row)
{
	struct json_object *body = NULL;
	const char *text = db_get_text(row, 0, 2);
	struct problem *problem = text ? json_parse(page->call->arena, text, strlen(text), &body) : NULL;
	if (problem)
		return problem;
	page->heading = db_get_text(row, 0, 0);
	page->about = db_get_text(row, 0, 1);
	page->kind = "article";
	struct text_crumb crumbs[] = {{text_word(page, "首页", "Home"), "/"},
		{text_word(page, "政策公告", "Notices"), "/notices"}, {page->heading, text_path(page, "/notices", id)}};
	text_crumbs(page, crumbs, 3);
	html_put(page->main, "<article class=\"card\"><h1>%s</h1><p><time>%s</time></p>", page->heading,
		zone_day(page->call->arena, db_get_time(row, 0, 3)));
	text_blocks(page, body, text_path(page, "/api/v1/portal/announcements", id));
	buf_text(page->main, "</article>");
	return NULL;
}

struct problem *portal_text_notice(struct text_page *page)
{
	struct db_result *row;
	struct uuid id;
	struct problem *problem = call_path_id(page->call, 0, &id);
	if (problem)
		return absent(problem);
	problem = db_select(page->call->db, page->call->scope,
		"SELECT title, summary, body, published_at FROM announcement WHERE platform_id = :p AND id = ? "
		"AND " PORTAL_PUBLISHED,
		DB_ARGS(db_id(&id)), &row);
	return problem || !row->rows ? problem : put_notice(page, id, row);
}

/* --- open records --- */

static const struct record *OR_NULL open_record(struct text_page *page, enum endpoint_verb verb)
{
	return portal_open_record(page->call, verb, call_path_text(page->call, 0));
}

static const char *text_choice(const struct text_page *page, const struct field *field, const char *code)
{
	int n = field_value(field, code);
	return n ? text_word(page, field->values[n - 1].zh, field->values[n - 1].en) : code;
}

static const char *minute_text(const struct text_page *page, int64_t at)
{
	return arena_printf(page->call->arena, "%.16s", zone_time(page->call->arena, at));
}

/* As people say it; "" for what has no words. */
static const char *value_text(const struct text_page *page, const struct field *field, const struct json_object *value)
{
	const char *text = json_text(value);
	int64_t number = json_object_get_int64(value);

	switch (field->type) {
	case FIELD_MONEY:
		return arena_printf(page->call->arena, "¥%s", text_yuan(page->call->arena, number));
	case FIELD_INT:
	case FIELD_UINT:
		return arena_printf(page->call->arena, "%lld", (long long)number);
	case FIELD_BOOL:
		return json_object_get_boolean(value) ? text_word(page, "是", "Yes") : text_word(page, "否", "No");
	case FIELD_ENUM: return text ? text_choice(page, field, text) : "";
	case FIELD_TERM: return text_term(page, policy_dictionary(page->policy, field->terms), text);
	case FIELD_REGION: return text_region(page, text);
	case FIELD_TIME: return text && time_parse(text, &number) ? minute_text(page, number) : "";
	case FIELD_TEXT:
	case FIELD_LONGTEXT:
	case FIELD_DATE:
	case FIELD_USCC:
	case FIELD_PHONE:
	case FIELD_EMAIL:
	case FIELD_URL: return text ? text : "";
	default: return "";
	}
}

/* Amounts are said in yuan; the label need not say in what they travel. */
static const char *label_of(const struct text_page *page, const struct field *field)
{
	const char *label = text_word(page, field->zh, field->en), *unit = strstr(label, "（分）");
	if (!unit)
		unit = strstr(label, " (fen)");
	return unit ? arena_printf(page->call->arena, "%.*s", (int)(unit - label), label) : label;
}

static struct problem *json_of(
	struct text_page *page, const struct record *record, const void *row, bool in_list, struct json_object **out)
{
	struct buf *text = buf_in(page->call->arena);
	struct json_writer w;

	jw_init(&w, text);
	public_write_json(page->call, record, row, in_list, &w);
	return json_parse_object(page->call->arena, text->data, text->len, out);
}

static const char *name_of(const struct record *record, const struct json_object *row)
{
	static const char *const names[] = {"title", "name", "subject", "number"};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (json_get_text(row, names[i]))
			return json_get_text(row, names[i]);
	return record->zh;
}

static void put_values(const struct text_page *page, const struct record *record, const struct json_object *row)
{
	buf_text(page->main, "<dl>");
	for (size_t i = 0; i < record->shape->count; i++) {
		const struct field *field = &record->shape->fields[i];
		const struct json_object *value = json_get(row, field->name);
		const char *text = value ? value_text(page, field, value) : NULL;
		if (!field->visible_public || !text || !*text || text == name_of(record, row))
			continue;
		html_put(page->main, "<dt>%s</dt><dd>", label_of(page, field));
		if (field->type == FIELD_LONGTEXT)
			text_prose(page->main, text);
		else
			html_text(page->main, text);
		buf_text(page->main, "</dd>");
	}
	buf_text(page->main, "</dl>");
}

static struct problem *put_rows(struct text_page *page, const struct record *record, void **rows, size_t count)
{
	bool alone = open_record(page, VERB_PUBLIC_GET);
	const char *folder = arena_printf(page->call->arena, "/open/%s", record->plural);

	for (size_t i = 0; i < count; i++) {
		struct json_object *row;
		struct uuid id;
		struct problem *problem = json_of(page, record, rows[i], true, &row);
		if (problem)
			return problem;
		buf_text(page->main, "<article class=\"card\"><h2>");
		if (alone && uuid_parse(json_get_text(row, "id"), &id))
			html_put(page->main, "<a href=\"%s\">%s</a>", text_path(page, folder, id),
				name_of(record, row));
		else
			html_text(page->main, name_of(record, row));
		buf_text(page->main, "</h2>");
		put_values(page, record, row);
		buf_text(page->main, "</article>");
	}
	return NULL;
}

struct problem *portal_text_open(struct text_page *page)
{
	const struct record *record = open_record(page, VERB_PUBLIC_LIST);
	const char *cursor = request_query(page->call->request, "cursor");
	struct uuid before = UUID_NIL;
	void **rows;
	size_t count;

	if (!record)
		return NULL;
	if (cursor && !uuid_parse(cursor, &before))
		before = UUID_NIL;
	struct problem *problem = public_select(page->call, record, before, OPEN_ROWS, &rows, &count);
	if (problem)
		return problem;
	page->heading = text_word(page, record->zh, record->en);
	html_put(page->main, "<h1>%s</h1><div class=\"grid\">", page->heading);
	problem = put_rows(page, record, rows, count);
	buf_text(page->main, "</div>");
	if (!problem && count == OPEN_ROWS)
		html_put(page->main, "<p><a rel=\"next\" href=\"/open/%s?cursor=%s\">%s</a></p>", record->plural,
			text_path(page, "", ((const struct row *)rows[count - 1])->id) + 1,
			text_word(page, "下一页", "Next page"));
	return problem;
}

/* Rich text and files, below the facts. */
static struct problem *put_rest(
	struct text_page *page, const struct record *record, struct uuid id, const struct json_object *row)
{
	const char *folder = arena_printf(page->call->arena, "/api/v1/portal/open/%s", record->plural);
	const char *api = text_path(page, folder, id);
	struct attachment **files;
	size_t count;

	for (size_t i = 0; i < record->shape->count; i++)
		if (record->shape->fields[i].visible_public && record->shape->fields[i].type == FIELD_BLOCKS)
			text_blocks(page, json_get(row, record->shape->fields[i].name), api);
	struct problem *problem = portal_files_read(page->call, record, id, &files, &count);
	if (problem || !count)
		return problem;
	html_put(page->main, "<h2>%s</h2><ul>", text_word(page, "附件", "Attachments"));
	for (size_t i = 0; i < count; i++)
		html_put(page->main, "<li><a href=\"%s\">%s</a></li>",
			text_path(page, arena_printf(page->call->arena, "%s/files", api), files[i]->row.id),
			files[i]->file_name);
	buf_text(page->main, "</ul>");
	return NULL;
}

struct problem *portal_text_open_one(struct text_page *page)
{
	const struct record *record = open_record(page, VERB_PUBLIC_GET);
	struct json_object *json;
	struct uuid id;
	void *row = NULL;
	struct problem *problem = record ? call_path_id(page->call, 1, &id) : NULL;
	if (!record || problem)
		return absent(problem);
	if ((problem = public_find(page->call, record, id, &row)))
		return absent(problem);
	if ((problem = json_of(page, record, row, false, &json)))
		return problem;
	const char *folder = arena_printf(page->call->arena, "/open/%s", record->plural);
	page->heading = name_of(record, json);
	struct text_crumb crumbs[] = {{text_word(page, "首页", "Home"), "/"},
		{text_word(page, record->zh, record->en), folder}, {page->heading, text_path(page, folder, id)}};
	text_crumbs(page, crumbs, 3);
	html_put(page->main, "<article class=\"card\"><h1>%s</h1>", page->heading);
	put_values(page, record, json);
	problem = put_rest(page, record, id, json);
	buf_text(page->main, "</article>");
	return problem;
}
