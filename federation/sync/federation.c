#include "federation/sync/federation.h"

#include "core/buf.h"
#include "core/crypto/crypto.h"
#include "core/http/request.h"
#include "core/text/json.h"
#include "tenants/platform/platform.h"
#include "tenants/platform/post.h"
#include "tenants/platform/services.h"

struct problem *federation_call(
	const struct federation *federation, struct db *db, uint32_t platform_id, struct call **out)
{
	struct arena *arena = db_arena(db);
	const struct platform_directory *directory = platform_directory_use(federation->services->registry, arena);
	const struct platform *platform = platform_by_id(directory, platform_id);
	if (!platform)
		return problem_new(arena, &PROBLEM_NOT_FOUND);
	*out = ARENA_NEW(arena, struct call);
	return services_call(federation->services, db, platform, *out);
}

struct problem *federation_policy(struct call *call, const struct platform *platform, const struct policy **out)
{
	const struct services *services = services_of(call);
	if (platform->id == call->platform_id)
		return platform_policy(services->registry, call->db, platform, out);
	return platform_told_policy(services->registry, call->db, platform, out);
}

static struct problem *load_calendar(struct call *call, const struct calendar **out)
{
	return platform_calendar(services_of(call)->registry, call->db, call->network_id, out);
}

struct problem *federation_today(struct call *call, const char **out)
{
	const struct calendar *calendar;
	struct problem *problem = load_calendar(call, &calendar);
	if (!problem)
		*out = calendar_day_text(call->arena, calendar_day_of(calendar, call_now()));
	return problem;
}

struct problem *federation_days_since(struct call *call, int64_t since_ms, int *out)
{
	const struct calendar *calendar;
	*out = 0;
	struct problem *problem = since_ms ? load_calendar(call, &calendar) : NULL;
	if (!problem && since_ms)
		*out = calendar_between(
			calendar, calendar_day_of(calendar, since_ms), calendar_day_of(calendar, call_now()));
	return problem;
}

struct json_object *federation_problem_json(struct call *call, const struct problem *problem)
{
	struct json_object *object = json_own(call->arena, json_object_new_object());
	struct json_object *fields = json_object_new_array();
	put_text(object, "code", problem->kind->code);
	put_text(object, "zh", problem->zh ? problem->zh : problem->kind->zh);
	put_text(object, "en", problem->en ? problem->en : problem->kind->en);
	json_object_object_add(object, "fields", fields);
	for (const struct problem_field *field = problem->fields; field; field = field->next) {
		struct json_object *one = json_object_new_object();
		put_text(one, "pointer", field->pointer);
		put_text(one, "code", field->code);
		put_text(one, "zh", field->zh);
		put_text(one, "en", field->en);
		json_object_array_add(fields, one);
	}
	return object;
}

struct json_object *federation_platform_json(struct call *call, uint32_t platform_id)
{
	const struct platform *platform = platform_id ? post_platform(call, platform_id) : NULL;
	if (!platform)
		return NULL;
	struct json_object *object = json_own(call->arena, json_object_new_object());
	put_text(object, "slug", platform->slug);
	put_text(object, "name", call_text(call, platform->name_zh, platform->name_en));
	return object;
}

const char *federation_hex(struct call *call, const unsigned char hash[32])
{
	char *text = arena_alloc(call->arena, 65);
	crypto_hex(hash, 32, text);
	return text;
}
