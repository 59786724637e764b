/* robots.txt and sitemaps. */
#include "tenants/portal/portal_found.h"

#include "schema/records.gen.h"

#include <stdlib.h>
#include <string.h>

#include "core/record/endpoint.h"
#include "core/text/html.h"
#include "core/text/zone.h"
#include "tenants/platform/services.h"
#include "tenants/portal/portal.h"

enum { PART_MAX = 50000 }; /* what the protocol allows in one file */

/* Pages of one kind: their number, and their ids with the day of the last change. */
struct kind {
	const char *folder; /* "/services/" */
	const char *from;   /* SQL behind SELECT …: FROM … WHERE */
	const char *id, *day;
	size_t count;
};

static const struct kind fixed_kinds[] = {
	{"/services/", "FROM listing WHERE platform_id = :p AND content IS NOT NULL AND " PORTAL_LIVE, "id",
		"published_at", 0},
	{"/institutions/", PORTAL_MEMBER_JOIN "WHERE i.platform_id = :p", "i.id", "i.updated_at", 0},
	{"/notices/", "FROM announcement WHERE platform_id = :p AND " PORTAL_PUBLISHED, "id", "published_at", 0},
};
enum { FIXED_KINDS = sizeof fixed_kinds / sizeof *fixed_kinds };

static const char *const pages[] = {
	"/", "/services", "/institutions", "/notices", "/join", "/privacy", "/accessibility"};
enum { PAGES = sizeof pages / sizeof *pages };

struct sitemap {
	struct call *call;
	const char *origin;
	struct kind *kinds;
	size_t kind_count;
	size_t total;
	struct buf *out;
};

/* --- what there is --- */

static void add_open_kinds(struct sitemap *map)
{
	const struct record_set *set = map->call->services->records;

	for (size_t i = 0; i < set->endpoint_count; i++) {
		const struct record *record = set->endpoints[i].record;
		if (set->endpoints[i].verb != VERB_PUBLIC_GET || record == &record_announcement)
			continue;
		const char *folder = arena_printf(map->call->arena, "/open/%s/", record->plural);
		const char *from = arena_printf(map->call->arena, "FROM `%s` WHERE platform_id = :p AND (%s)",
			record->table, record->seen->where);
		map->kinds[map->kind_count++] = (struct kind){folder, from, "id", "updated_at", 0};
	}
}

static struct problem *count_kind(struct sitemap *map, struct kind *kind)
{
	struct call *call = map->call;
	struct db_result *row;
	const char *sql = db_dynamic(call->db, arena_printf(call->arena, "SELECT COUNT(*) %s", kind->from));
	struct problem *problem = db_select(call->db, call->scope, sql, DB_NO_ARGS, &row);

	if (!problem)
		kind->count = (size_t)db_get_int(row, 0, 0);
	return problem;
}

static struct problem *sitemap_begin(struct request *request, struct sitemap *map)
{
	struct call *call = request->call;
	const char *origin = services_origin(call, call->platform);
	struct problem *problem = NULL;

	if (call->platform->state != PLATFORM_STATE_ACTIVE)
		return problem_new(call->arena, &PROBLEM_UNAVAILABLE);
	if (!origin)
		return problem_new(call->arena, &PROBLEM_NOT_FOUND);
	portal_cacheable(call);
	*map = (struct sitemap){.call = call, .origin = origin, .total = PAGES, .out = request->out};
	map->kinds = ARENA_ARRAY(call->arena, struct kind, FIXED_KINDS + call->services->records->count);
	memcpy(map->kinds, fixed_kinds, sizeof fixed_kinds);
	map->kind_count = FIXED_KINDS;
	add_open_kinds(map);
	for (size_t i = 0; !problem && i < map->kind_count; i++) {
		problem = count_kind(map, &map->kinds[i]);
		map->total += map->kinds[i].count;
	}
	request->content_type = "application/xml; charset=utf-8";
	return problem;
}

/* --- writing --- */

static struct problem *put_kind(struct sitemap *map, const struct kind *kind, size_t from, size_t count)
{
	struct call *call = map->call;
	struct db_result *rows;
	const char *sql = arena_printf(call->arena, "SELECT %s, %s %s ORDER BY %s LIMIT ? OFFSET ?", kind->id,
		kind->day, kind->from, kind->id);
	struct problem *problem =
		db_select(call->db, call->scope, db_dynamic(call->db, sql), DB_ARGS(db_uint(count), db_uint(from)),
			&rows);

	for (size_t i = 0; !problem && i < rows->rows; i++) {
		struct uuid id = UUID_NIL;
		char text[UUID_TEXT + 1];
		db_get_id(rows, i, 0, &id);
		uuid_format(id, text);
		html_put(map->out, "<url><loc>%s%s%s</loc><lastmod>%s</lastmod></url>\n", map->origin, kind->folder,
			text, zone_day(call->arena, db_get_time(rows, i, 1)));
	}
	return problem;
}

/* Pages from the n-th on, in the order of kinds. */
static struct problem *put_urls(struct sitemap *map, size_t from, size_t count)
{
	struct problem *problem = NULL;

	buf_text(map->out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
			   "<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n");
	for (; from < PAGES && count; from++, count--)
		html_put(map->out, "<url><loc>%s%s</loc></url>\n", map->origin, pages[from]);
	from -= from < PAGES ? from : PAGES;
	for (size_t i = 0; !problem && count && i < map->kind_count; i++) {
		const struct kind *kind = &map->kinds[i];
		size_t some = from < kind->count ? kind->count - from : 0;
		some = some > count ? count : some;
		if (some)
			problem = put_kind(map, kind, from, some);
		from -= from < kind->count ? from : kind->count;
		count -= some;
	}
	buf_text(map->out, "</urlset>\n");
	return problem;
}

struct problem *portal_sitemap(struct request *request)
{
	struct sitemap map;
	struct problem *problem = sitemap_begin(request, &map);

	if (problem || map.total <= PART_MAX)
		return problem ? problem : put_urls(&map, 0, PART_MAX);
	buf_text(map.out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
			  "<sitemapindex xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n");
	for (size_t i = 0; i * PART_MAX < map.total; i++)
		html_put(map.out, "<sitemap><loc>%s/sitemaps/%s.xml</loc></sitemap>\n", map.origin,
			arena_printf(request->arena, "%zu", i + 1));
	buf_text(map.out, "</sitemapindex>\n");
	return NULL;
}

struct problem *portal_sitemap_part(struct request *request)
{
	const char *name = request->path_values[0];
	size_t digits = strspn(name, "0123456789");
	struct sitemap map;
	size_t part = digits && digits < 6 && strcmp(name + digits, ".xml") == 0 ? strtoul(name, NULL, 10) : 0;
	struct problem *problem = sitemap_begin(request, &map);

	if (problem)
		return problem;
	if (!part || (part - 1) * PART_MAX >= map.total)
		return problem_new(request->arena, &PROBLEM_NOT_FOUND);
	return put_urls(&map, (part - 1) * PART_MAX, PART_MAX);
}

struct problem *portal_robots(struct request *request)
{
	struct call *call = request->call;
	const char *origin = services_origin(call, call->platform);

	request->content_type = "text/plain; charset=utf-8";
	portal_cacheable(call);
	if (call->platform->state != PLATFORM_STATE_ACTIVE || !origin) {
		buf_text(request->out, "User-agent: *\nDisallow: /\n");
		return NULL;
	}
	buf_printf(request->out,
		"User-agent: *\n"
		"Disallow: /api/\n"
		"Allow: /api/v1/portal/\n"
		"Disallow: /desk\n"
		"Disallow: /center\n"
		"Disallow: /enterprise\n"
		"Disallow: /sign-in\n"
		"Disallow: /register\n"
		"Sitemap: %s/sitemap.xml\n",
		origin);
	return NULL;
}
