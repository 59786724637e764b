#include "tenants/platform/platform_profile.h"

#include "core/text/json.h"

static void take(struct json_object *into, const struct json_object *from, const char *const *keys)
{
	for (; *keys; keys++) {
		struct json_object *value = json_get(from, *keys);
		if (value)
			json_object_object_add(into, *keys, json_object_get(value));
	}
}

struct json_object *platform_profile_excerpt(struct arena *arena, const struct json_object *document)
{
	static const char *const rules[] = {"ways", "conditions", "listing", NULL};
	static const char *const words[] = {"name", "short_name", "hosts", NULL};
	static const char *const contacts[] = {"hotline", "hours", NULL};
	const struct json_object *own = json_get_object(document, "profile");
	struct json_object *excerpt = json_own(arena, json_object_new_object());
	struct json_object *profile = json_object_new_object(), *asked = json_object_new_object();
	take(excerpt, document, rules);
	take(profile, own, words);
	take(asked, json_get_object(own, "contacts"), contacts);
	json_object_object_add(profile, "contacts", asked);
	json_object_object_add(excerpt, "profile", profile);
	return excerpt;
}

static struct json_object *describe(struct arena *arena, const struct db_result *row)
{
	static const char *const members[] = {"slug", "network", "parent", "level", "kind", "region_code",
		"number_code",
		"name", "name_en", "state", "host"};
	enum { MEMBERS = sizeof members / sizeof *members };
	struct json_object *platform = json_own(arena, json_object_new_object());
	for (size_t i = 0; i < MEMBERS; i++) {
		const char *text = db_get_text(row, 0, i);
		json_object_object_add(platform, members[i], text ? json_object_new_string(text) : NULL);
	}
	json_object_object_add(platform, "version", json_object_new_int64(db_get_int(row, 0, MEMBERS)));
	return platform;
}

struct problem *platform_profile_announce(struct db *db, uint32_t platform_id, const struct journal_entry *by)
{
	struct db_result *row;
	struct json_object *document;
	struct arena *arena = db_arena(db);
	struct problem *problem = db_select(db, db_server(),
		"SELECT s.slug, m.slug, " JOURNAL_ORIGIN "s.parent), s.level, s.kind, s.region_code, s.number_code, "
		"s.name_zh, "
		"s.name_en, s.state, (SELECT h.host FROM tenant_host h WHERE h.tenant = s.id ORDER BY h.main DESC, "
		"h.host LIMIT 1), "
		"s.policy_version, s.network, d.document FROM tenant s JOIN network m ON m.id = s.network "
		"JOIN policy_document d ON d.hash = s.policy_hash WHERE s.id = ?",
		DB_ARGS(db_uint(platform_id)), &row);
	if (problem || !row->rows)
		return problem;
	const struct db_value *text = db_get(row, 0, 13);
	problem = json_parse_object(arena, text->s.data, text->s.len, &document);
	if (problem)
		return problem;
	struct json_object *payload = json_own(arena, json_object_new_object());
	json_object_object_add(payload, "platform", json_object_get(describe(arena, row)));
	json_object_object_add(payload, "policy", json_object_get(platform_profile_excerpt(arena, document)));
	struct journal_entry entry = *by;
	entry.kind = "platform.profile";
	entry.record_type = "platform";
	entry.record_id = UUID_NIL;
	entry.audience = JOURNAL_PUBLIC;
	entry.payload = payload;
	return journal_add(db, db_platform(platform_id, (uint32_t)db_get_uint(row, 0, 12)), &entry);
}
