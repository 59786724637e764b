#include "core/record/call.h"

#include <string.h>

#include "core/clock.h"
#include "core/http/request.h"
#include "core/record/record_inside.h"

static const struct role_name role_names[] = {ROLE_NAMES};

void call_init_server(struct call *call, const struct call_services *services, struct db *db, uint32_t platform_id,
	uint32_t network_id)
{
	memset(call, 0, sizeof *call);
	call->services = services;
	call->db = db;
	call->arena = db_arena(db);
	call->platform_id = platform_id;
	call->network_id = network_id;
	call->scope = db_platform(platform_id, network_id);
	call->actor.roles = ROLE_SERVER;
}

bool call_may_read(const struct call *call, uint32_t menus)
{
	return !menus || (menus & ~call->actor.barred);
}

bool call_has_role(const struct call *call, uint32_t roles)
{
	return (call->actor.roles & roles) != 0;
}

struct problem *call_run_as(struct call *call, const struct actor *who, uint32_t from,
	struct problem *(*fn)(struct call *call, void *arg), void *arg)
{
	const struct actor own = call->actor;
	const uint32_t own_from = call->asked_from;
	call->actor = *who;
	call->asked_from = from;
	struct problem *problem = fn(call, arg);
	call->actor = own;
	call->asked_from = own_from;
	return problem;
}

uint32_t call_platform_of_actor(const struct call *call)
{
	return call->asked_from ? call->asked_from : call->platform_id;
}

bool call_is_confined(const struct call *call, uint32_t allowed)
{
	uint32_t held = call->actor.roles & allowed;
	/* A handler may look at a record that none of the caller's roles reads: then all of them count, not none. */
	return !((held ? held : call->actor.roles) & ~ROLES_CONFINED);
}

const char *call_role_name(const struct call *call, uint32_t allowed)
{
	uint32_t held = call->actor.roles & (allowed ? allowed : ~0u);
	for (size_t i = 0; i < ROLE_COUNT; i++)
		if (role_names[i].bits & held)
			return role_names[i].name;
	return NULL;
}

uint32_t role_bits_of(const char *name)
{
	for (size_t i = 0; name && i < ROLE_NAME_COUNT; i++)
		if (strcmp(role_names[i].name, name) == 0)
			return role_names[i].bits;
	return 0;
}

uint32_t call_role(const char *name)
{
	const uint32_t bits = role_bits_of(name);
	return bits & (bits - 1) ? 0 : bits;
}

const char *call_text(const struct call *call, const char *zh, const char *en)
{
	return call->lang == LANG_EN && en ? en : zh;
}

size_t call_export_rows(const struct call *call)
{
	enum { USUAL = 100000 };
	return call->services->export_rows ? call->services->export_rows : USUAL;
}

int64_t call_now(void)
{
	return clock_utc_ms();
}

struct problem *call_path_id(struct call *call, size_t n, struct uuid *out)
{
	if (uuid_parse(call_path_text(call, n), out))
		return NULL;
	return problem_new(call->arena, &PROBLEM_NOT_FOUND);
}

const char *call_path_text(struct call *call, size_t n)
{
	return call->request->path_values[n];
}
