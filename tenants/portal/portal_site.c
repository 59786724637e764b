/* What the portal says of the platform itself: name, contacts, neighbours, dictionaries, regions (C-5, ZJ-3). */
#include "schema/records.gen.h"

#include "tenants/platform/services.h"
#include "tenants/portal/portal.h"

static struct portal_text *text_of(struct call *call, const char *zh, const char *en)
{
	struct portal_text *text = ARENA_NEW(call->arena, struct portal_text);
	text->zh = zh;
	text->en = en ? en : zh;
	return text;
}

static struct portal_text *policy_text_of(struct call *call, const struct policy_text *text)
{
	return text->zh ? text_of(call, text->zh, text->en) : NULL;
}

static struct portal_term_list terms_of(struct call *call, const struct policy_terms *terms)
{
	struct portal_term_list list = {terms->count, ARENA_ARRAY(call->arena, struct portal_term, terms->count + 1)};
	for (size_t i = 0; i < terms->count; i++) {
		const struct policy_term *term = &terms->items[i];
		list.items[i] = (struct portal_term){.code = term->code,
			.zh = term->text.zh,
			.en = term->text.en,
			.retired = true,
			.has_retired = term->retired};
	}
	return list;
}

/* Active platforms of the same network that have an address. */
static struct portal_neighbour_list neighbours_of(struct call *call)
{
	const struct platform_directory *directory = services_directory(call);
	size_t count = platform_count(directory);
	struct portal_neighbour_list list = {0, ARENA_ARRAY(call->arena, struct portal_neighbour, count + 1)};
	for (size_t i = 0; i < count; i++) {
		const struct platform *p = platform_at(directory, i);
		const char *origin;
		if (p->network_id != call->network_id || p->state != PLATFORM_STATE_ACTIVE ||
			!(origin = services_origin(call, p)))
			continue;
		list.items[list.count++] = (struct portal_neighbour){.slug = p->slug,
			.name = text_of(call, p->name_zh, p->name_en),
			.url = arena_printf(call->arena, "%s/", origin),
			.level = platform_level_name(p->level),
			.parent = p->parent ? p->parent->slug : NULL};
	}
	return list;
}

/* The network's part of the country: what lies within the region of its root. */
static struct problem *regions_of(struct call *call, struct portal_region_list *list)
{
	const struct region_set *set;
	struct problem *problem = platform_regions(services_of(call)->registry, call->db, call->network_id, &set);
	if (problem)
		return problem;
	const char *top = call->platform->root->region_code;
	list->items = ARENA_ARRAY(call->arena, struct portal_region, region_count(set) + 1);
	for (size_t i = 0; i < region_count(set); i++) {
		const struct region *region = region_at(set, i);
		if (!region->valid_to && region_is_within(set, region->code, top))
			list->items[list->count++] =
				(struct portal_region){.code = arena_strdup(call->arena, region->code),
					.name = arena_strdup(call->arena, region->name),
					.parent = arena_strdup(call->arena, region->parent_code)};
	}
	return NULL;
}

static struct text_list ways_of(struct call *call, const struct policy_ways *ways)
{
	struct text_list list = {0, ARENA_ARRAY(call->arena, const char *, 5)};
	if (ways->self)
		list.items[list.count++] = "self";
	if (ways->recommendation)
		list.items[list.count++] = "recommendation";
	if (ways->invitation)
		list.items[list.count++] = "invitation";
	if (ways->join)
		list.items[list.count++] = "join";
	return list;
}

static struct portal_marks *marks_of(struct call *call, const struct policy_profile *profile)
{
	struct portal_marks *marks = ARENA_NEW(call->arena, struct portal_marks);
	*marks = (struct portal_marks){.sponsor = policy_text_of(call, &profile->sponsor),
		.operator = policy_text_of(call, &profile->operator), .icp = profile->icp, .police = profile->police,
		.site_code = profile->site_code, .privacy = profile->privacy.zh, .has_privacy = true,
		.accessibility = profile->accessibility.zh, .has_accessibility = true};
	return marks;
}

static struct portal_paragraphs *paragraphs_of(struct call *call, const struct policy_text *text)
{
	struct portal_paragraphs *out = text->zh ? ARENA_NEW(call->arena, struct portal_paragraphs) : NULL;
	if (out)
		*out = (struct portal_paragraphs){text->zh, text->en ? text->en : text->zh};
	return out;
}

struct problem *portal_statements(struct call *call)
{
	const struct policy *policy;
	portal_cacheable(call);
	struct problem *problem = services_policy(call, &policy);
	if (problem)
		return problem;
	struct portal_statements statements = {.privacy = paragraphs_of(call, &policy->profile.privacy),
		.accessibility = paragraphs_of(call, &policy->profile.accessibility)};
	return endpoint_answer(call, &shape_portal_statements, &statements);
}

static struct portal_branding *branding_of(struct call *call, const struct policy_profile *profile)
{
	struct portal_branding *branding = ARENA_NEW(call->arena, struct portal_branding);
	*branding = (struct portal_branding){.primary = profile->primary_colour, .accent = profile->accent_colour,
		.logo = profile->logo, .logo_text = policy_text_of(call, &profile->logo_text),
		.slogan = policy_text_of(call, &profile->slogan),
		.footer = policy_text_of(call, &profile->footer)};
	return branding;
}

static struct portal_contacts *contacts_of(struct call *call, const struct policy_profile *profile)
{
	struct portal_contacts *contacts = ARENA_NEW(call->arena, struct portal_contacts);
	*contacts = (struct portal_contacts){.hotline = profile->hotline, .hours = profile->service_hours,
		.administrator = profile->administrator_name, .administrator_phone = profile->administrator_phone,
		.email = profile->administrator_email};
	return contacts;
}

struct problem *portal_site_read(struct call *call, struct portal_site *out)
{
	const struct policy *policy;
	struct problem *problem = services_policy(call, &policy);
	if (problem)
		return problem;
	*out = (struct portal_site){.slug = call->platform->slug,
		.name = text_of(call, call->platform->name_zh, call->platform->name_en),
		.level = platform_level_name(call->platform->level),
		.region = call->platform->region_code,
		.demonstration = call->platform->demonstration,
		.has_demonstration = true,
		.branding = branding_of(call, &policy->profile),
		.contacts = contacts_of(call, &policy->profile),
		.network = neighbours_of(call),
		.categories = terms_of(call, &policy->categories),
		.industries = terms_of(call, &policy->industries),
		.institution_types = terms_of(call, &policy->institution_types),
		.organisation_types = terms_of(call, &policy->organisation_types),
		.qualifications = terms_of(call, &policy->qualifications),
		.ways = ways_of(call, &policy->ways),
		.marks = marks_of(call, &policy->profile)};
	problem = regions_of(call, &out->regions);
	return problem ? problem : portal_open_read(call, &out->open);
}

struct problem *portal_site(struct call *call)
{
	struct portal_site site;
	portal_cacheable(call); /* with an ETag: not the whole of it goes over the net with each page */
	struct problem *problem = portal_site_read(call, &site);
	return problem ? problem : endpoint_answer(call, &shape_portal_site, &site);
}

void portal_cacheable(struct call *call)
{
	/* This server's own commits void it at once; those of other servers are seen within the second. */
	if (call->request)
		request_cache(call->request, call->platform_id, 1);
}
