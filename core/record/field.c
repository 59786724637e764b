#include "core/record/field.h"

#include <stdlib.h>
#include <string.h>

#include "core/crypto/crypto.h"
#include "core/record/call.h"
#include "core/text/json.h"
#include "core/text/moment.h"
#include "core/utf8.h"

#define AT(in, offset, type) (*(type *)((char *)(uintptr_t)(in) + (offset)))

const struct field *shape_field(const struct shape *shape, const char *name)
{
	for (size_t i = 0; name && i < shape->count; i++)
		if (strcmp(shape->fields[i].name, name) == 0)
			return &shape->fields[i];
	return NULL;
}

const struct field *shape_need(const struct shape *shape, const char *name)
{
	const struct field *field = shape_field(shape, name);
	if (!field)
		abort();
	return field;
}

static bool zeros(const void *bytes, size_t size)
{
	const unsigned char *at = bytes;
	for (size_t i = 0; i < size; i++)
		if (at[i])
			return false;
	return true;
}

bool field_is_secret(const struct field *field)
{
	return field->type == FIELD_SECRET || field->type == FIELD_INVITE_CODE || field->type == FIELD_DIGITS;
}

bool field_is_absent(const struct field *field, const void *in)
{
	if (field->has_offset != FIELD_NO_OFFSET)
		return !AT(in, field->has_offset, bool);
	if (field->sealed_column) {
		const struct sealed *sealed = &AT(in, field->offset, struct sealed);
		return !sealed->plain && !sealed->bytes && !sealed->hint; /* lists read the hint alone */
	}
	switch (field->type) {
	case FIELD_INT:
	case FIELD_UINT:
	case FIELD_MONEY:
	case FIELD_BOOL:
		return false;
	case FIELD_TIME:
		return AT(in, field->offset, int64_t) == 0;
	case FIELD_ID:
	case FIELD_FILE:
		return uuid_is_nil(AT(in, field->offset, struct uuid));
	case FIELD_ENUM:
		return AT(in, field->offset, int) == 0;
	case FIELD_PLATFORM:
		return AT(in, field->offset, uint32_t) == 0;
	case FIELD_HASH:
		return zeros((const char *)in + field->offset, CRYPTO_HASH);
	case FIELD_LIST:
		return AT(in, field->offset, struct object_list).items == NULL;
	default:
		return AT(in, field->offset, const void *) == NULL;
	}
}

static size_t field_size(const struct field *field)
{
	if (field->sealed_column)
		return sizeof(struct sealed);
	switch (field->type) {
	case FIELD_BOOL: return sizeof(bool);
	case FIELD_ENUM: return sizeof(int);
	case FIELD_PLATFORM: return sizeof(uint32_t);
	case FIELD_ID:
	case FIELD_FILE: return sizeof(struct uuid);
	case FIELD_HASH: return CRYPTO_HASH;
	case FIELD_LIST: return sizeof(struct object_list);
	case FIELD_INT:
	case FIELD_UINT:
	case FIELD_MONEY:
	case FIELD_TIME: return sizeof(int64_t);
	default: return sizeof(void *);
	}
}

void field_clear(const struct field *field, void *out)
{
	memset((char *)out + field->offset, 0, field_size(field));
	if (field->has_offset != FIELD_NO_OFFSET)
		AT(out, field->has_offset, bool) = false;
}

void field_copy(const struct field *to, void *out, const struct field *from, const void *in)
{
	field_clear(to, out);
	if (field_is_absent(from, in))
		return;
	if (to->has_offset != FIELD_NO_OFFSET)
		AT(out, to->has_offset, bool) = true;
	if (to->type == FIELD_ENUM)
		AT(out, to->offset, int) = field_value(to, field_code(from, AT(in, from->offset, int)));
	else
		memcpy((char *)out + to->offset, (const char *)in + from->offset, field_size(to));
}

void field_set_number(const struct field *field, void *out, int64_t value)
{
	AT(out, field->offset, int64_t) = value;
	if (field->has_offset != FIELD_NO_OFFSET)
		AT(out, field->has_offset, bool) = true;
}

static bool text_equal(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static bool sealed_equal(const struct sealed *a, const struct sealed *b)
{
	if (a->plain || b->plain)
		return text_equal(a->plain, b->plain);
	return a->size == b->size && (a->size == 0 || memcmp(a->bytes, b->bytes, a->size) == 0);
}

static bool shape_equal(const struct shape *shape, const void *a, const void *b)
{
	if (!a || !b)
		return a == b;
	for (size_t i = 0; i < shape->count; i++)
		if (!field_equal(&shape->fields[i], a, b))
			return false;
	return true;
}

static bool list_equal(const struct field *field, const struct object_list *a, const struct object_list *b)
{
	static const size_t sizes[] = {[FIELD_ID] = sizeof(struct uuid),
		[FIELD_FILE] = sizeof(struct uuid),
		[FIELD_ENUM] = sizeof(int),
		[FIELD_PLATFORM] = sizeof(uint32_t)};
	if (a->count != b->count || !a->items || !b->items)
		return a->count == b->count && !a->items == !b->items;
	for (size_t i = 0; i < a->count; i++) {
		if (field->item == FIELD_TEXT || field->item == FIELD_TERM) {
			if (!text_equal(((const char **)a->items)[i], ((const char **)b->items)[i]))
				return false;
		} else if (field->item == FIELD_OBJECT) {
			size_t at = i * field->shape->size;
			if (!shape_equal(field->shape, (char *)a->items + at, (char *)b->items + at))
				return false;
		} else if (memcmp((char *)a->items + i * sizes[field->item], (char *)b->items + i * sizes[field->item],
				   sizes[field->item])) {
			return false;
		}
	}
	return true;
}

bool field_equal(const struct field *field, const void *a, const void *b)
{
	size_t at = field->offset;
	if (field->has_offset != FIELD_NO_OFFSET && AT(a, field->has_offset, bool) != AT(b, field->has_offset, bool))
		return false;
	if (field->sealed_column)
		return sealed_equal(&AT(a, at, struct sealed), &AT(b, at, struct sealed));
	switch (field->type) {
	case FIELD_INT:
	case FIELD_UINT:
	case FIELD_MONEY:
	case FIELD_TIME:
		return AT(a, at, int64_t) == AT(b, at, int64_t);
	case FIELD_BOOL:
		return AT(a, at, bool) == AT(b, at, bool);
	case FIELD_ID:
	case FIELD_FILE:
		return uuid_equal(AT(a, at, struct uuid), AT(b, at, struct uuid));
	case FIELD_ENUM:
		return AT(a, at, int) == AT(b, at, int);
	case FIELD_PLATFORM:
		return AT(a, at, uint32_t) == AT(b, at, uint32_t);
	case FIELD_HASH:
		return memcmp((const char *)a + at, (const char *)b + at, CRYPTO_HASH) == 0;
	case FIELD_JSON:
	case FIELD_BLOCKS:
		return json_object_equal(AT(a, at, struct json_object *), AT(b, at, struct json_object *));
	case FIELD_OBJECT:
		return shape_equal(field->shape, AT(a, at, void *), AT(b, at, void *));
	case FIELD_LIST:
		return list_equal(field, &AT(a, at, struct object_list), &AT(b, at, struct object_list));
	default:
		return text_equal(AT(a, at, const char *), AT(b, at, const char *));
	}
}

const char *field_code(const struct field *field, int value)
{
	return value > 0 && (size_t)value <= field->value_count ? field->values[value - 1].code : NULL;
}

int field_value(const struct field *field, const char *code)
{
	for (size_t i = 0; code && i < field->value_count; i++)
		if (strcmp(field->values[i].code, code) == 0)
			return (int)i + 1;
	return 0;
}

/* Bytes of the first character. */
static size_t first_length(const char *text)
{
	uint32_t code;
	size_t length = utf8_decode(text, strlen(text), &code);
	return length ? length : 1;
}

const char *field_mask(struct arena *arena, enum field_type type, const char *plain)
{
	if (!plain || !*plain)
		return plain;
	size_t len = strlen(plain);
	const char *at = strchr(plain, '@');
	if (type == FIELD_EMAIL && at)
		return arena_printf(arena, "%.*s***%s", (int)first_length(plain), plain, at);
	if ((type == FIELD_MOBILE || type == FIELD_PHONE) && len >= 8)
		return arena_printf(arena, "%.3s****%s", plain, plain + len - (len >= 11 ? 4 : 2));
	if (type == FIELD_TEXT && len >= 12 && strspn(plain, "0123456789Xx ") == len)
		return arena_printf(arena, "%.2s****%s", plain, plain + len - 4);
	return arena_printf(arena, "%.*s**", (int)first_length(plain), plain);
}

static void write_platform(struct call *call, struct json_writer *w, uint32_t id)
{
	const struct call_services *services = call ? call->services : NULL;
	const char *slug =
		services && services->platform_slug && id ? services->platform_slug(call, id, services->arg) : NULL;
	if (slug)
		jw_text(w, slug);
	else if (id)
		jw_uint(w, id);
	else
		jw_null(w);
}

static void write_id(struct json_writer *w, struct uuid id)
{
	char text[UUID_TEXT + 1];
	uuid_format(id, text);
	jw_text(w, text);
}

static void write_time(struct json_writer *w, int64_t ms)
{
	char text[25];
	time_format(ms, text);
	jw_text(w, text);
}

static void write_list(
	struct call *call, struct json_writer *w, const struct field *field, const struct object_list *list)
{
	jw_array_begin(w);
	for (size_t i = 0; i < list->count; i++) {
		if (field->item == FIELD_TEXT || field->item == FIELD_TERM)
			jw_text(w, ((const char **)list->items)[i]);
		else if (field->item == FIELD_ENUM)
			jw_text(w, field_code(field, ((int *)list->items)[i]));
		else if (field->item == FIELD_PLATFORM)
			write_platform(call, w, ((uint32_t *)list->items)[i]);
		else if (field->item == FIELD_OBJECT)
			shape_write_json(call, w, field->shape, (char *)list->items + i * field->shape->size);
		else
			write_id(w, ((struct uuid *)list->items)[i]);
	}
	jw_array_end(w);
}

static void write_sealed(struct json_writer *w, const struct sealed *sealed, bool reveal)
{
	jw_text(w, reveal && sealed->plain ? sealed->plain : sealed->hint);
}

static void write_hash(struct json_writer *w, const void *bytes)
{
	char text[2 * CRYPTO_HASH + 1];
	crypto_hex(bytes, CRYPTO_HASH, text);
	jw_text(w, text);
}

void field_write_json(struct call *call, struct json_writer *w, const struct field *field, const void *in, bool reveal)
{
	size_t at = field->offset;
	if (field_is_absent(field, in) || field_is_secret(field)) {
		jw_null(w);
		return;
	}
	if (field->sealed_column) {
		write_sealed(w, &AT(in, at, struct sealed), reveal);
		return;
	}
	switch (field->type) {
	case FIELD_INT:
	case FIELD_UINT:
	case FIELD_MONEY:
		jw_int(w, AT(in, at, int64_t));
		return;
	case FIELD_BOOL:
		jw_bool(w, AT(in, at, bool));
		return;
	case FIELD_TIME:
		write_time(w, AT(in, at, int64_t));
		return;
	case FIELD_ID:
	case FIELD_FILE:
		write_id(w, AT(in, at, struct uuid));
		return;
	case FIELD_ENUM:
		jw_text(w, field_code(field, AT(in, at, int)));
		return;
	case FIELD_PLATFORM:
		write_platform(call, w, AT(in, at, uint32_t));
		return;
	case FIELD_HASH:
		write_hash(w, (const char *)in + at);
		return;
	case FIELD_JSON:
	case FIELD_BLOCKS:
		jw_json(w, AT(in, at, struct json_object *));
		return;
	case FIELD_OBJECT:
		shape_write_json(call, w, field->shape, AT(in, at, void *));
		return;
	case FIELD_LIST:
		write_list(call, w, field, &AT(in, at, struct object_list));
		return;
	default:
		break;
	}
	const char *text = AT(in, at, const char *);
	jw_text(w, field->masked && !reveal && call ? field_mask(call->arena, field->type, text) : text);
}

void shape_write_json(struct call *call, struct json_writer *w, const struct shape *shape, const void *in)
{
	jw_object_begin(w);
	for (size_t i = 0; i < shape->count; i++) {
		jw_key(w, shape->fields[i].name);
		field_write_json(call, w, &shape->fields[i], in, true);
	}
	jw_object_end(w);
}
