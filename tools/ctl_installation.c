#include "tools/ctl_installation.h"

#include "core/arena.h"

static struct problem *enter(struct ctl *ctl, struct ctl_installation *opened)
{
	struct installation *installation = &opened->installation;
	installation->arena = arena_create();
	installation->settings = (struct settings *)(size_t)ctl->settings; /* only read from here on */
	struct problem *problem = crypto_keys_parse(installation->arena, ctl->settings->keys, &installation->keys);
	if (problem)
		return problem;
	installation_connect(installation);
	problem = installation_open(installation, false);
	if (problem)
		return problem;
	opened->work = arena_create();
	db_use_arena(installation->db, opened->work);
	opened->federation.services = &installation->services;
	opened->directory = platform_directory_use(installation->services.registry, opened->work);
	return NULL;
}

static const char *copy(struct ctl *ctl, const char *text)
{
	return arena_strdup(ctl->arena, text);
}

/* What is told outlives what was opened. */
static struct problem *carry_out(struct ctl *ctl, const struct problem *problem)
{
	if (!problem)
		return NULL;
	struct problem *told =
		problem_detail(ctl->arena, problem->kind, copy(ctl, problem->zh ? problem->zh : problem->kind->zh),
			copy(ctl, problem->en ? problem->en : problem->kind->en));
	for (const struct problem_field *field = problem->fields; field; field = field->next)
		told = problem_add_field(ctl->arena, told, copy(ctl, field->pointer), copy(ctl, field->code),
			copy(ctl, field->zh), copy(ctl, field->en));
	return told;
}

struct problem *ctl_installation_do(struct ctl *ctl, struct problem *(*work)(struct ctl *, struct ctl_installation *))
{
	struct ctl_installation opened = {0};
	struct problem *problem = enter(ctl, &opened);
	if (!problem)
		problem = work(ctl, &opened);
	problem = carry_out(ctl, problem);
	arena_destroy(opened.work);
	installation_close(&opened.installation);
	return problem;
}

struct problem *ctl_no_platform(struct ctl *ctl, const char *slug)
{
	return problem_detail(ctl->arena, &PROBLEM_NOT_FOUND, arena_printf(ctl->arena, "没有平台 %s", slug),
	                      arena_printf(ctl->arena, "There is no platform %s", slug));
}
