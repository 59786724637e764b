#include "tenants/policy/policy_compile.h"

#include <string.h>

#include "core/arena.h"
#include "core/record/form.h"
#include "core/record/lifecycle.h"
#include "core/record/record.h"
#include "core/text/json.h"
#include "schema/records.gen.h"
#include "tenants/policy/policy_recipient.h"

static bool knows_template(const char *template, void *document)
{
	return json_get_object(json_get_object(document, "notices"), template) != NULL;
}

/* The fields of both; either may be NULL. */
static struct problem *join(struct problem *first, struct problem *second)
{
	struct problem_field **end;

	if (!first || !second)
		return first ? first : second;
	for (end = &first->fields; *end; end = &(*end)->next)
		;
	*end = second->fields;
	return first;
}

bool policy_may_override(const char *field)
{
	return strcmp(field, "product") != 0 && strcmp(field, "platform") != 0 &&
		shape_field(&shape_publish_override, field);
}

/* listing.overrides names what publishing can give another value for one platform. */
static struct problem *check_overrides(struct arena *arena, struct json_object *document)
{
	struct json_object *fields = json_get_array(json_get_object(document, "listing"), "overrides");
	struct problem *problem = NULL;

	for (size_t i = 0; i < json_count(fields); i++) {
		const char *name = json_text(json_at(fields, i));
		if (!name)
			name = ""; /* no text, and so no field */
		if (!policy_may_override(name))
			problem = problem_add_field(arena, problem, arena_printf(arena, "/listing/overrides/%zu", i),
				"policy", arena_printf(arena, "不能按平台单独设置：%s", name),
				arena_printf(arena, "cannot differ on a platform: %s", name));
	}
	return problem;
}

/* listing.fields_without_review names fields of a product. */
static struct problem *check_product_fields(
	struct arena *arena, const struct record_set *records, struct json_object *document, const char *key)
{
	const struct record *product = record_find(records, "product");
	struct json_object *fields = json_get_array(json_get_object(document, "listing"), key);
	struct problem *problem = NULL;

	for (size_t i = 0; product && i < json_count(fields); i++) {
		const char *name = json_text(json_at(fields, i));
		if (!shape_field(product->shape, name))
			problem = problem_add_field(arena, problem, arena_printf(arena, "/listing/%s/%zu", key, i),
				"policy", arena_printf(arena, "产品没有这个字段：%s", name),
				arena_printf(arena, "is no field of a product: %s", name));
	}
	return problem;
}

static struct problem *compile_policy(struct arena *arena, struct json_object *document,
	const struct lifecycle_set **lifecycles, const struct form_set **forms, void *arg)
{
	const struct policy_compile *compile = arg;
	const struct notice_sink sink = {
		.knows_template = knows_template, .knows_recipient = policy_recipient_known, .arg = document};
	struct problem *problem =
		lifecycle_compile(arena, compile->records, compile->check ? &sink : NULL, document, lifecycles);

	problem = join(problem, form_compile(arena, compile->records, document, forms));
	if (compile->check) {
		problem =
			join(problem, check_product_fields(arena, compile->records, document, "fields_without_review"));
		problem = join(problem, check_overrides(arena, document));
	}
	return problem;
}

void policy_compile_init(struct policy_compile *compile, const struct record_set *records, bool check)
{
	*compile = (struct policy_compile){.records = records, .check = check};
	compile->compiler = (struct policy_compiler){compile_policy, compile};
}
