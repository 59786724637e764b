/* The shelf as anybody sees it: search, one listing, its pictures. Approved versions only. */
#include "schema/records.gen.h"

#include <string.h>

#include "core/record/held.h"
#include "core/text/json.h"
#include "tenants/institution/attachment_use.h"
#include "tenants/platform/services.h"
#include "tenants/portal/portal.h"
#include "tenants/shelf/shelf_cache.h"
#include "tenants/shelf/statistics.h"
#include "tenants/shelf/shelf_score.h"

enum { PAGE = 20 };

/* ---- Search ---- */

static void add_region(const struct region *region, const char **codes, size_t *count)
{
	codes[(*count)++] = region->code;
	for (const struct region *child = region->children; child; child = child->sibling)
		add_region(child, codes, count);
}

struct problem *portal_region_codes(struct call *call, const char *code, const char *const **codes, size_t *count)
{
	const struct region_set *set;
	struct problem *problem = platform_regions(services_of(call)->registry, call->db, call->network_id, &set);
	if (problem)
		return problem;
	const struct region *region = region_find(set, code);
	const char **list = ARENA_ARRAY(call->arena, const char *, region_count(set) + 1);
	*count = 0;
	if (region)
		add_region(region, list, count);
	else
		list[(*count)++] = code; /* fits nothing, rather than everything */
	*codes = list;
	return NULL;
}

static enum shelf_sort sort_of(const struct portal_listings_query *query)
{
	const char *sort = query->sort ? query->sort : query->q ? "relevance" : "newest";
	if (strcmp(sort, "price") == 0)
		return SHELF_PRICE_UP;
	if (strcmp(sort, "-price") == 0)
		return SHELF_PRICE_DOWN;
	if (strcmp(sort, "score") == 0)
		return SHELF_SCORE;
	return strcmp(sort, "relevance") == 0 && query->q ? SHELF_RELEVANCE : SHELF_NEWEST;
}

static struct portal_listing listing_of(struct call *call, const struct shelf_hit *hit)
{
	struct portal_institution_ref *institution = ARENA_NEW(call->arena, struct portal_institution_ref);
	*institution = (struct portal_institution_ref){.id = hit->institution_id, .name = hit->institution_name};
	bool range = hit->price >= 0 && strcmp(hit->pricing, "range") == 0;
	return (struct portal_listing){.id = hit->id, .number = hit->number, .name = hit->name, .summary = hit->summary,
		.institution = institution, .category = hit->category, .region = hit->region, .picture = hit->picture,
		.pricing = hit->pricing, .price = hit->price, .has_price = hit->price >= 0,
		.price_high = hit->price_high,
		.has_price_high = range, .price_unit = hit->price_unit, .published_at = hit->published_ms};
}

static struct portal_count_list counts_of(struct call *call, const struct shelf_facet *facet)
{
	struct portal_count_list list = {facet->size, ARENA_ARRAY(call->arena, struct portal_count, facet->size + 1)};
	for (size_t i = 0; i < facet->size; i++)
		list.items[i] = (struct portal_count){facet->counts[i].value, (int64_t)facet->counts[i].count, true};
	return list;
}

static struct portal_facets *facets_of(struct call *call, const struct shelf_answer *answer)
{
	struct portal_facets *facets = ARENA_NEW(call->arena, struct portal_facets);
	facets->category = counts_of(call, &answer->categories);
	facets->region = counts_of(call, &answer->regions);
	facets->industry = counts_of(call, &answer->industries);
	facets->price = json_own(call->arena, json_object_new_array());
	for (size_t i = 0; i < sizeof(answer->price_bands) / sizeof(answer->price_bands[0]); i++)
		json_object_array_add(facets->price, json_object_new_int64((int64_t)answer->price_bands[i]));
	return facets;
}

/* What the policy in force calls its categories. */
static struct problem *add_names(struct call *call, struct shelf_query *ask)
{
	const struct policy *policy;
	struct problem *problem = services_policy(call, &policy);
	if (problem)
		return problem;
	struct shelf_name *names = ARENA_ARRAY(call->arena, struct shelf_name, policy->categories.count + 1);
	for (size_t i = 0; i < policy->categories.count; i++) {
		const struct policy_term *term = &policy->categories.items[i];
		names[i] = (struct shelf_name){term->code, term->text.zh, term->text.en};
	}
	ask->names = names;
	ask->name_count = policy->categories.count;
	return NULL;
}

struct problem *portal_listings_read(
	struct call *call, const struct portal_listings_query *query, struct portal_listings *out)
{
	struct shelf_query ask = {.text = query->q, .category = query->category, .industry = query->industry,
		.price_min = query->has_price_min ? query->price_min : -1,
		.price_max = query->has_price_max ? query->price_max : -1,
		.negotiable_only = query->negotiable, .institution_id = query->institution, .sort = sort_of(query),
		.after = query->cursor, .limit = query->has_limit ? (size_t)query->limit : PAGE,
		.facets = query->facets};
	struct problem *problem = NULL;
	if (query->region && (problem = portal_region_codes(call, query->region, &ask.regions, &ask.region_count)))
		return problem;
	if (ask.text && (problem = add_names(call, &ask)))
		return problem;
	if (ask.sort == SHELF_SCORE && (problem = shelf_score_all(call, &ask.scores, &ask.score_count)))
		return problem;
	struct shelf_answer answer;
	if ((problem = shelf_cache_search(services_of(call)->shelves, call->db, call->scope, &ask, &answer)))
		return problem;
	*out = (struct portal_listings){.total = (int64_t)answer.total, .has_total = true, .next = answer.next};
	out->items.count = answer.hit_count;
	out->items.items = ARENA_ARRAY(call->arena, struct portal_listing, answer.hit_count + 1);
	for (size_t i = 0; i < answer.hit_count; i++)
		out->items.items[i] = listing_of(call, &answer.hits[i]);
	if (query->facets)
		out->facets = facets_of(call, &answer);
	return NULL;
}

struct problem *portal_listings(struct call *call, const struct portal_listings_query *query)
{
	struct portal_listings page;
	portal_cacheable(call);
	struct problem *problem = portal_listings_read(call, query, &page);
	return problem ? problem : endpoint_answer(call, &shape_portal_listings, &page);
}

/* ---- One listing ---- */

/* The live version: row of the columns below, and its content. */
static struct problem *load_live(
	struct call *call, struct uuid *id, struct db_result **row, struct json_object **content)
{
	struct problem *problem = call_path_id(call, 0, id);
	if (problem)
		return problem;
	problem = db_select(call->db, call->scope,
		"SELECT product_number, name, institution_id, institution_name, category, region_code, pricing, price, "
		"content, "
		"published_at, views, product_home FROM listing WHERE platform_id = :p AND id = ? AND " PORTAL_LIVE,
		DB_ARGS(db_id(id)), row);
	if (problem)
		return problem;
	const char *text = (*row)->rows ? db_get_text(*row, 0, 8) : NULL;
	if (!text)
		return problem_new(call->arena, &PROBLEM_NOT_FOUND);
	return json_parse_object(call->arena, text, strlen(text), content);
}

static const char *picture_id(const struct json_object *picture)
{
	return json_object_is_type(picture, json_type_object) ? json_get_text(picture, "id") : json_text(picture);
}

static struct text_list pictures_of(struct call *call, const struct json_object *content)
{
	struct json_object *array = json_get_array(content, "pictures");
	struct text_list list = {0, ARENA_ARRAY(call->arena, const char *, json_count(array) + 1)};
	for (size_t i = 0; i < json_count(array); i++)
		if (picture_id(json_at(array, i)))
			list.items[list.count++] = picture_id(json_at(array, i));
	return list;
}

static struct text_list texts_of(struct call *call, struct json_object *array)
{
	struct text_list list = {0, ARENA_ARRAY(call->arena, const char *, json_count(array) + 1)};
	for (size_t i = 0; i < json_count(array); i++)
		if (json_text(json_at(array, i)))
			list.items[list.count++] = json_text(json_at(array, i));
	return list;
}

/* Who offers it, with what its shop page says as well; the name alone where it has none here. */
static struct problem *provider_of(struct call *call, struct portal_provider *provider)
{
	struct db_result *row;
	struct problem *problem = db_select(call->db, call->scope,
		"SELECT i.type, i.region_code, i.logo, i.service_phone, " PORTAL_LISTED PORTAL_MEMBER_JOIN
		"WHERE i.platform_id = :p AND i.id = ?",
		DB_ARGS(db_id(&provider->id)), &row);
	if (problem || !row->rows)
		return problem;
	provider->type = db_get_text(row, 0, 0);
	provider->region = db_get_text(row, 0, 1);
	db_get_id(row, 0, 2, &provider->logo);
	provider->service_phone = db_get_text(row, 0, 3);
	provider->listings = db_get_int(row, 0, 4);
	provider->has_listings = true;
	return NULL;
}

static struct problem *read_detail(struct call *call, struct portal_listing_detail *out, uint32_t *product_home)
{
	struct uuid id;
	struct db_result *row;
	struct json_object *content;
	struct problem *problem = load_live(call, &id, &row, &content);
	if (problem)
		return problem;
	struct portal_provider *institution = ARENA_NEW(call->arena, struct portal_provider);
	institution->name = db_get_text(row, 0, 3);
	db_get_id(row, 0, 2, &institution->id);
	if ((problem = provider_of(call, institution)))
		return problem;
	*product_home = (uint32_t)db_get_uint(row, 0, 11);
	*out = (struct portal_listing_detail){.id = id,
		.number = db_get_text(row, 0, 0),
		.name = db_get_text(row, 0, 1),
		.summary = json_get_text(content, "summary"),
		.institution = institution,
		.category = db_get_text(row, 0, 4),
		.region = db_get_text(row, 0, 5),
		.pricing = db_get_text(row, 0, 6),
		.price = db_get_int(row, 0, 7),
		.has_price = strcmp(db_need_text(row, 0, 6), "negotiable") != 0,
		.price_unit = json_get_text(content, "price_unit"),
		.published_at = db_get_time(row, 0, 9),
		.description = json_get(content, "description"),
		.pictures = pictures_of(call, content),
		.industries = texts_of(call, json_get_array(content, "industries")),
		.contact_phone = json_get_text(content, "contact_phone"),
		.views = db_get_int(row, 0, 10) + 1,
		.has_views = true};
	out->has_price_high = json_get_int(content, "price_high", &out->price_high);
	return NULL;
}

struct problem *portal_listing_read(struct call *call, struct portal_listing_detail *out)
{
	uint32_t product_home;
	return read_detail(call, out, &product_home);
}

struct problem *portal_listing(struct call *call)
{
	struct portal_listing_detail detail;
	uint32_t product_home;
	struct problem *problem = read_detail(call, &detail, &product_home);
	if (!problem)
		problem = statistics_count_view(call, detail.id, product_home);
	return problem ? problem : endpoint_answer(call, &shape_portal_listing_detail, &detail);
}

/* ---- Pictures ---- */

struct problem *portal_listing_picture(struct call *call)
{
	struct uuid id, picture;
	struct db_result *row;
	struct json_object *content;
	struct problem *problem = load_live(call, &id, &row, &content);
	if (problem || (problem = call_path_id(call, 1, &picture)))
		return problem;
	struct uuid institution;
	bool shown = held_names(json_get(content, "pictures"), picture) ||
		held_names(json_get(content, "description"), picture);
	if (!shown || !db_get_id(row, 0, 2, &institution))
		return problem_new(call->arena, &PROBLEM_NOT_FOUND);
	return attachment_show(call, picture, institution, NULL, "picture", call_path_text(call, 2));
}

struct problem *portal_institution_logo(struct call *call)
{
	struct uuid id, logo;
	struct db_result *row;
	struct problem *problem = call_path_id(call, 0, &id);
	if (problem)
		return problem;
	problem = db_select(call->db, call->scope,
		"SELECT i.logo" PORTAL_MEMBER_JOIN "WHERE i.platform_id = :p AND i.id = ?",
		DB_ARGS(db_id(&id)), &row);
	if (problem)
		return problem;
	if (!row->rows || !db_get_id(row, 0, 0, &logo))
		return problem_new(call->arena, &PROBLEM_NOT_FOUND);
	return attachment_show(call, logo, id, NULL, "logo", call_path_text(call, 1));
}
