#include "core/record/position.h"

#include <stdlib.h>
#include <string.h>

const char *position_text(struct call *call, uint64_t epoch, uint64_t seq)
{
	const struct call_services *services = call->services;
	const char *origin = services && services->platform_origin ?
		services->platform_origin(call, call->platform_id, services->arg) : NULL;
	return arena_printf(call->arena, "%s/%llu/%llu",
		origin ? origin : arena_printf(call->arena, "%u", call->platform_id), (unsigned long long)epoch,
		(unsigned long long)seq);
}

/* The number behind the last slash, which is cut off. */
static bool cut_number(char *text, uint64_t *out)
{
	char *slash = strrchr(text, '/');
	if (!slash || !slash[1] || strspn(slash + 1, "0123456789") != strlen(slash + 1) || strlen(slash + 1) > 18)
		return false;
	*out = strtoull(slash + 1, NULL, 10);
	*slash = '\0';
	return true;
}

bool position_read(struct call *call, const char *text, struct position *out)
{
	const struct call_services *services = call->services;
	char *name = arena_strdup(call->arena, text);
	*out = (struct position){0};
	if (!cut_number(name, &out->seq) || !cut_number(name, &out->epoch) || !*name || !out->seq)
		return false;
	if (strspn(name, "0123456789") == strlen(name)) {
		unsigned long long number = strlen(name) > 10 ? 0 : strtoull(name, NULL, 10);
		out->platform = number <= UINT32_MAX ? (uint32_t)number : 0;
		return out->platform != 0;
	}
	out->platform = services && services->platform_by_slug ? services->platform_by_slug(call, name,
		services->arg) : 0;
	return true;
}
