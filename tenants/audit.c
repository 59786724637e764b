#include "tenants/audit.h"

#include <stdarg.h>

#include "core/journal.h"
#include "core/json.h"

struct entry {
	struct call *call;
	struct journal_entry journal;
};

static struct problem *write_entry(struct db *db, void *arg)
{
	struct entry *entry = arg;

	return journal_add(db, entry->call->scope, &entry->journal);
}

struct problem *audit_add_by(struct call *call, struct uuid account_id, const char *name, const char *kind, const char *record_type,
                             struct uuid record_id, struct json_object *details)
{
	struct entry entry = {call, {.kind = kind, .record_type = record_type, .record_id = record_id, .audience = JOURNAL_PRIVATE,
		.actor_id = account_id, .actor_name = name, .actor_role = call_role_name(call, 0), .client = call->actor.client,
		.payload = details ? details : json_own(call->arena, json_object_new_object())}};

	return db_in_transaction(call->db) ? write_entry(call->db, &entry) : db_transaction(call->db, write_entry, &entry);
}

struct problem *audit_add(struct call *call, const char *kind, const char *record_type, struct uuid record_id,
                          struct json_object *details)
{
	return audit_add_by(call, call->actor.account_id, call->actor.name, kind, record_type, record_id, details);
}

struct json_object *audit_details(struct arena *arena, const char *key, ...)
{
	struct json_object *object = json_own(arena, json_object_new_object());
	va_list args;

	va_start(args, key);
	for (; key; key = va_arg(args, const char *)) {
		const char *value = va_arg(args, const char *);
		if (value)
			json_object_object_add(object, key, json_object_new_string(value));
	}
	va_end(args);
	return object;
}
