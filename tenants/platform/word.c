#include "tenants/platform/word.h"

#include <string.h>

#include "core/record/field.h"
#include "tenants/platform/services.h"
#include "tenants/rules/region.h"

const char *word_region(struct call *call, const char *code)
{
	const struct region_set *regions;
	struct problem *problem = platform_regions(services_of(call)->registry, call->db, call->network_id, &regions);
	const struct region *region = !problem && code ? region_find(regions, code) : NULL;

	return region ? region_path(call->arena, region, NULL) : code;
}

/* The dictionary of a field of codes, by its name as pages know it (web/src/forms/FieldControl.vue). */
static const struct policy_terms *terms_of(const struct policy *policy, const struct field *field)
{
	if (field->terms)
		return policy_dictionary(policy, field->terms);
	if (field->type != FIELD_TEXT)
		return NULL;
	if (strcmp(field->name, "category") == 0)
		return &policy->categories;
	if (strcmp(field->name, "industry") == 0)
		return &policy->industries;
	return strcmp(field->name, "kind") == 0 ? &policy->qualifications : NULL;
}

const char *word_of(struct call *call, const struct field *field, const char *code, void *arg)
{
	const struct policy *policy;

	if (field->type == FIELD_REGION)
		return word_region(call, code);
	if (field->type == FIELD_PLATFORM) {
		const struct platform *platform = platform_by_slug(services_directory(call), code);
		return platform ? call_text(call, platform->name_zh, platform->name_en) : NULL;
	}
	struct problem *problem = services_policy(call, &policy);
	const struct policy_terms *terms = problem ? NULL : terms_of(policy, field);
	const struct policy_term *term = terms ? policy_term(terms, code) : NULL;
	return term ? call_text(call, term->text.zh, term->text.en) : NULL;
}
