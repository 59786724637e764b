#include "tenants/platform/word.h"

#include <string.h>

#include "core/buf.h"
#include "core/record/record.h"
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
	if (field->type != FIELD_TEXT && (field->type != FIELD_LIST || field->item != FIELD_TEXT))
		return NULL;
	if (strcmp(field->name, "category") == 0 || strcmp(field->name, "categories") == 0)
		return &policy->categories;
	if (strcmp(field->name, "industry") == 0 || strcmp(field->name, "industries") == 0)
		return &policy->industries;
	return strcmp(field->name, "kind") == 0 ? &policy->qualifications : NULL;
}

/* A notice by its title, without what it puts into it. */
static const char *notice_word(struct call *call, const struct policy *policy, const char *id)
{
	const struct policy_notice *notice = policy_notice(call->arena, policy, id);
	struct buf *out = buf_in(call->arena);

	for (const char *at = notice ? call_text(call, notice->title.zh, notice->title.en) : ""; *at; at++) {
		size_t skip = *at == '{' ? strcspn(at, "}") : 0;
		if (!skip)
			buf_char(out, *at);
		at += at[skip] ? skip : 0;
	}
	while (out->len && strchr(" :,(", out->data[out->len - 1]))
		out->data[--out->len] = '\0';
	return out->len ? out->data : NULL;
}

/* Texts that hold what the server itself calls things. */
static const char *own_word(struct call *call, const struct policy *policy, const struct field *field, const char *code)
{
	if (field->type != FIELD_TEXT)
		return NULL;
	if (strcmp(field->name, "record_type") == 0) {
		const struct record *record = record_find(call->services->records, code);
		return record ? call_text(call, record->zh, record->en) : NULL;
	}
	return strcmp(field->name, "template") == 0 ? notice_word(call, policy, code) : NULL;
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
	if (term)
		return call_text(call, term->text.zh, term->text.en);
	return problem ? NULL : own_word(call, policy, field, code);
}
