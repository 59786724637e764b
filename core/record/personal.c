/* A person's data in what goes into a log: sealed for the network, so that no dump of the log's table shows it and
 * every platform of the network reads it. In JSON: {"sealed": base64url}. */
#include <string.h>

#include "core/buf.h"
#include "core/crypto/crypto.h"
#include "core/record/record.h"
#include "core/text/json.h"

static const char *purpose_of(struct call *call)
{
	return arena_printf(call->arena, "network/%u", call->network_id);
}

static const char *context_of(struct call *call, const struct record *record, const struct field *field, struct uuid id)
{
	return arena_printf(call->arena, "entry/%s.%s/%s", record->name, field->name, uuid_text(call->arena, id));
}

bool record_is_personal(const struct field *field)
{
	return field->personal || field->masked || field->sealed_column;
}

struct json_object *record_seal_text(
	struct call *call, const struct record *record, const struct field *field, struct uuid id, const char *text)
{
	size_t size;
	const unsigned char *sealed = crypto_seal_shared(call->services->keys, call->arena, purpose_of(call),
		context_of(call, record, field, id), text, strlen(text), &size);
	struct json_object *object = json_object_new_object();
	json_object_object_add(object, "sealed", json_object_new_string(crypto_base64url(call->arena, sealed, size)));
	return object;
}

static bool is_structured(const struct field *field)
{
	return field->type == FIELD_JSON || field->type == FIELD_LIST || field->type == FIELD_OBJECT;
}

/* What is sealed of a value: its text, or that of its JSON. */
static const char *text_of(const struct field *field, struct json_object *value)
{
	if (!is_structured(field))
		return json_text(value);
	return value && !json_get_text(value, "sealed") ? json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN)
							: NULL;
}

void record_seal_members(struct call *call, const struct record *record, struct uuid id, struct json_object *object)
{
	for (size_t i = 0; i < record->shape->count; i++) {
		const struct field *field = &record->shape->fields[i];
		const char *text = record_is_personal(field) ? text_of(field, json_get(object, field->name)) : NULL;
		if (text)
			json_object_object_add(object, field->name, record_seal_text(call, record, field, id, text));
	}
}

static struct problem *open_member(struct call *call, const struct record *record, const struct field *field,
	struct uuid id, struct json_object *value, struct json_object *out)
{
	size_t size, length;
	const char *text = json_get_text(value, "sealed");
	const unsigned char *sealed = text ? crypto_unbase64url(call->arena, text, &size) : NULL;
	const char *plain = sealed ? crypto_open_shared(call->services->keys, call->arena, purpose_of(call),
					     context_of(call, record, field, id), sealed, size, &length)
				   : NULL;
	if (!plain)
		return problem_add_field(call->arena, NULL, arena_printf(call->arena, "/%s", field->name), "sealed",
			"加密内容无法解开", "cannot be opened");
	struct json_object *parsed = NULL;
	if (is_structured(field) && json_parse(call->arena, plain, length, &parsed))
		parsed = NULL;
	json_object_object_add(out, field->name, is_structured(field) ? json_object_get(parsed)
								      : json_object_new_string_len(plain, (int)length));
	return NULL;
}

struct problem *record_open_members(struct call *call, const struct record *record, struct uuid id,
	struct json_object *object, struct json_object **out)
{
	struct problem *problem = NULL;
	*out = object;
	for (size_t i = 0; !problem && i < record->shape->count; i++) {
		const struct field *field = &record->shape->fields[i];
		struct json_object *value = record_is_personal(field) ? json_get(object, field->name) : NULL;
		if (!json_object_is_type(value, json_type_object) ||
			(is_structured(field) && !json_get_text(value, "sealed")))
			continue;
		if (*out == object) { /* what came stays as it is: it may be tried again */
			*out = json_own(call->arena, json_object_new_object());
			json_object_object_foreach(object, key, member)
				json_object_object_add(*out, key, json_object_get(member));
		}
		problem = open_member(call, record, field, id, value, *out);
	}
	return problem;
}

static void empty(struct buf *sql, const char *column, bool nullable, bool ascii)
{
	if (column)
		buf_printf(sql, ", `%s` = %s", column, nullable ? "NULL" : ascii ? "''" : "'（已删除）'");
}

struct problem *record_erase_personal(
	struct call *call, const struct record *record, struct uuid id, uint32_t home, uint32_t version, uint64_t *rows)
{
	struct buf *sql = buf_in(call->arena);
	const struct db_value args[] = {db_id(&id), db_uint(home)};
	buf_printf(sql, "UPDATE `%s` SET version = ", record->table);
	buf_printf(sql, home ? "%u" : "version + 1", version);
	for (size_t i = 0; i < record->shape->count; i++) {
		const struct field *field = &record->shape->fields[i];
		if (!record_is_personal(field))
			continue;
		if (!field->sealed_column)
			empty(sql, field->column, field->nullable, field->ascii);
		empty(sql, field->sealed_column, true, true);
		empty(sql, field->index_column, true, true);
		empty(sql, field->hint_column, true, true);
	}
	buf_text(sql, " WHERE platform_id = :p AND id = ?");
	if (record->has & ROW_HAS_HOME)
		buf_text(sql, home ? " AND home_id = ?" : " AND home_id = :p");
	return db_exec(call->db, call->scope, db_dynamic(call->db, sql->data), args,
		home && record->has & ROW_HAS_HOME ? 2 : 1, rows);
}
