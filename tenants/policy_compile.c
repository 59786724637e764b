#include "tenants/policy_compile.h"

#include "core/arena.h"
#include "core/json.h"
#include "core/record/form.h"
#include "core/record/lifecycle.h"
#include "tenants/notice.h"

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

static struct problem *compile_policy(struct arena *arena, struct json_object *document, const struct lifecycle_set **lifecycles,
                                      const struct form_set **forms, void *arg)
{
	const struct policy_compile *compile = arg;
	const struct notice_sink sink = {.knows_template = knows_template, .knows_recipient = notice_sink_knows_recipient, .arg = document};
	struct problem *problem = lifecycle_compile(arena, compile->records, compile->check ? &sink : NULL, document, lifecycles);

	return join(problem, form_compile(arena, compile->records, document, forms));
}

void policy_compile_init(struct policy_compile *compile, const struct record_set *records, bool check)
{
	*compile = (struct policy_compile){.records = records, .check = check};
	compile->compiler = (struct policy_compiler){compile_policy, compile};
}
