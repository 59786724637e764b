#include "tenants/platform/post.h"

#include <stdio.h>
#include <string.h>

#include "core/record/field.h"
#include "core/text/json.h"
#include "core/text/moment.h"
#include "core/work/journal.h"
#include "tenants/platform/platform.h"
#include "tenants/platform/services.h"

void addressees_add(struct call *call, struct addressees *to, uint32_t platform_id)
{
	for (size_t i = 0; i < to->count; i++)
		if (to->ids[i] == platform_id)
			return;
	if (!platform_id)
		return;
	if (to->count == to->cap) {
		uint32_t *grown = ARENA_ARRAY(call->arena, uint32_t, to->cap ? to->cap * 2 : 8);
		if (to->count)
			memcpy(grown, to->ids, to->count * sizeof *grown);
		to->ids = grown;
		to->cap = to->cap ? to->cap * 2 : 8;
	}
	to->ids[to->count++] = platform_id;
}

void addressees_add_above(struct call *call, struct addressees *to, const struct platform *platform)
{
	while (platform && (platform = platform->parent))
		addressees_add(call, to, platform->id);
}

void addressees_remove(struct addressees *to, uint32_t platform_id)
{
	for (size_t i = 0; i < to->count; i++)
		if (to->ids[i] == platform_id) {
			to->ids[i] = to->ids[--to->count];
			return;
		}
}

struct problem *post_send(struct call *call, const char *kind, const char *record_type, struct uuid record_id,
                          const struct addressees *to, struct json_object *payload)
{
	if (!to->count)
		return NULL;
	struct journal_entry entry = {
		.kind = kind,
		.record_type = record_type,
		.record_id = record_id,
		.audience = JOURNAL_ADDRESSED,
		.to = to->ids,
		.to_count = to->count,
		.actor_id = call->actor.account_id,
		.actor_name = call->actor.name,
		.actor_role = call_role_name(call, 0),
		.client = call->actor.client,
		.payload = payload,
	};
	return journal_add(call->db, call->scope, &entry);
}

struct problem *post_send_to(struct call *call, const char *kind, const char *record_type, struct uuid record_id,
	uint32_t to, struct json_object *payload)
{
	struct addressees one = {.ids = &to, .count = to ? 1 : 0, .cap = 1};
	return post_send(call, kind, record_type, record_id, &one, payload);
}

const struct platform *post_platform(struct call *call, uint32_t platform_id)
{
	return platform_by_id(services_directory(call), platform_id);
}

const struct platform *post_named(struct call *call, const char *name)
{
	const struct platform_directory *directory = services_directory(call);
	if (!name)
		return NULL;
	return strchr(name, '/') ? platform_by_origin(directory, name) : platform_by_slug(directory, name);
}

void put_platform(struct call *call, struct json_object *object, const char *key, uint32_t platform_id)
{
	const struct platform *platform = post_platform(call, platform_id);
	put_text(object, key, platform ? platform->origin : NULL);
}

uint32_t get_platform(struct call *call, const struct json_object *object, const char *key)
{
	int64_t number;
	if (json_get_int(object, key, &number))
		return number > 0 && number <= UINT32_MAX ? (uint32_t)number : 0;
	const struct platform *platform = post_named(call, json_get_text(object, key));
	return platform ? platform->id : 0;
}

void put_text(struct json_object *object, const char *key, const char *text)
{
	json_object_object_add(object, key, text ? json_object_new_string(text) : NULL);
}

void put_id(struct json_object *object, const char *key, struct uuid id)
{
	char text[UUID_TEXT + 1];
	uuid_format(id, text);
	put_text(object, key, uuid_is_nil(id) ? NULL : text);
}

void put_int(struct json_object *object, const char *key, int64_t value)
{
	json_object_object_add(object, key, json_object_new_int64(value));
}

void put_time(struct json_object *object, const char *key, int64_t ms)
{
	char text[25];
	if (ms)
		time_format(ms, text);
	put_text(object, key, ms ? text : NULL);
}

static void english_key(const char *key, char out[40])
{
	snprintf(out, 40, "%s_en", key);
}

void put_words(struct json_object *object, const char *key, struct words words)
{
	char english[40];
	english_key(key, english);
	put_text(object, key, words.zh);
	if (words.en)
		put_text(object, english, words.en);
}

struct words get_words(const struct json_object *object, const char *key)
{
	char english[40];
	english_key(key, english);
	return (struct words){json_get_text(object, key), json_get_text(object, english)};
}

void put_both(struct json_object *object, const char *key, struct words words)
{
	struct json_object *both = json_object_new_object();
	put_text(both, "zh", words.zh);
	put_text(both, "en", words.en ? words.en : words.zh);
	json_object_object_add(object, key, both);
}

struct json_object *form_reason(struct call *call, const char *reason)
{
	struct json_object *form = json_own(call->arena, json_object_new_object());
	if (reason && *reason)
		put_text(form, "reason", reason);
	return form;
}
