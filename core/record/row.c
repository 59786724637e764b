#include "core/record/row.h"

#include <string.h>

#include "core/buf.h"
#include "core/crypto/crypto.h"
#include "core/diag.h"
#include "core/http/request.h"
#include "core/text/json.h"

#define AT(row, offset, type) (*(type *)((char *)(row) + (offset)))

void row_values_add(struct row_values *values, struct db_value value)
{
	values->items[values->count++] = value;
}

const char *row_seal_context(
	struct arena *arena, const struct record *record, const struct field *field, struct uuid id)
{
	char text[UUID_TEXT + 1];
	uuid_format(id, text);
	return arena_printf(arena, "%s.%s/%s", record->name, field->name, text);
}

static bool is_zero(const void *bytes, size_t size)
{
	const char *at = bytes;
	for (size_t i = 0; i < size; i++)
		if (at[i])
			return false;
	return true;
}

static struct db_value hash_value(const void *hash)
{
	return is_zero(hash, CRYPTO_HASH) ? db_null() : db_bytes(hash, CRYPTO_HASH);
}

static struct db_value phase_value(const struct record *record, int phase)
{
	return phase > 0 && (size_t)phase <= record->phase_count ? db_text(record->phases[phase - 1].code) : db_null();
}

/* The order is that of struct row and of the generator's IMPLIED. */
static void bind_implied(const struct record *record, const struct row *row, enum row_bind what, struct row_values *out)
{
	unsigned has = record->has;
	bool all = what == ROW_BIND_INSERT;
	if (all)
		row_values_add(out, db_id(&row->id));
	if (has & ROW_HAS_VERSION)
		row_values_add(out, db_uint(row->version));
	if ((has & ROW_HAS_HOME) && what != ROW_BIND_UPDATE)
		row_values_add(out, db_uint(row->home_id));
	if (has & ROW_HAS_HOME_SEQ)
		row_values_add(out, db_uint(row->home_seq));
	if (has & ROW_HAS_PHASE) {
		row_values_add(out, phase_value(record, row->phase));
		row_values_add(out, db_text(row->step));
	}
	if (has & ROW_HAS_POLICY)
		row_values_add(out, hash_value(row->policy_hash));
	if (has & ROW_HAS_DUE)
		row_values_add(out, db_text(row->due_on));
	if (has & ROW_HAS_CLOCK)
		row_values_add(out, db_text(row->clock_stopped_on));
	if ((has & ROW_HAS_CREATOR) && all)
		row_values_add(out, db_id(&row->created_by));
	if ((has & ROW_HAS_CREATED) && what != ROW_BIND_UPDATE)
		row_values_add(out, db_time(row->created_at));
	if (has & ROW_HAS_UPDATED)
		row_values_add(out, db_time(row->updated_at));
}

/* Columns hold platforms as numbers, whatever their slug will be. */
static struct db_value json_value(struct call *call, const struct field *field, const void *row)
{
	struct buf *out = buf_in(call->arena);
	struct json_writer w;
	jw_init(&w, out);
	field_write_json(NULL, &w, field, row, true);
	return (struct db_value){DB_TEXT, {.s = {out->data, out->len}}};
}

static void seal(
	struct call *call, const struct record *record, const struct field *field, struct uuid id, struct sealed *value)
{
	const struct crypto_keys *keys = call->services->keys;
	const char *purpose = arena_printf(call->arena, "%s.%s", record->name, field->name);
	unsigned char *index = arena_alloc(call->arena, CRYPTO_HASH);
	value->bytes = crypto_seal(keys, call->arena, row_seal_context(call->arena, record, field, id), value->plain,
		strlen(value->plain), &value->size);
	crypto_blind_index(keys, purpose, value->plain, index);
	value->index = index;
	value->hint = field_mask(call->arena, field->type, value->plain);
}

static void bind_sealed(
	struct call *call, const struct record *record, const struct field *field, void *row, struct row_values *out)
{
	struct sealed *value = &AT(row, field->offset, struct sealed);
	if (value->plain)
		seal(call, record, field, row_of(row)->id, value);
	row_values_add(out, db_bytes(value->bytes, value->size));
	if (field->index_column)
		row_values_add(out, db_bytes(value->index, CRYPTO_HASH));
	row_values_add(out, db_text(value->hint));
}

static struct db_value field_db_value(struct call *call, const struct field *field, const void *row)
{
	const char *at = (const char *)row + field->offset;
	bool absent = field_is_absent(field, row);
	switch (field->type) {
	case FIELD_INT:
	case FIELD_UINT:
	case FIELD_MONEY: return absent ? db_null() : db_int(*(const int64_t *)at);
	case FIELD_BOOL: return absent ? db_null() : db_int(*(const bool *)at);
	case FIELD_TIME: return db_time(*(const int64_t *)at);
	case FIELD_ID:
	case FIELD_FILE: return db_id((const struct uuid *)at);
	case FIELD_ENUM: return db_text(field_code(field, *(const int *)at));
	case FIELD_PLATFORM: return absent ? db_null() : db_uint(*(const uint32_t *)at);
	case FIELD_HASH: return hash_value(at);
	case FIELD_JSON:
	case FIELD_BLOCKS:
	case FIELD_OBJECT:
	case FIELD_LIST: return absent ? db_null() : json_value(call, field, row);
	default: return db_text(*(const char *const *)at);
	}
}

struct row_values row_bind(struct call *call, const struct record *record, void *row, enum row_bind what)
{
	const struct shape *shape = record->shape;
	struct row_values out = {ARENA_ARRAY(call->arena, struct db_value, 3 * shape->count + 16), 0};
	bind_implied(record, row, what, &out);
	for (size_t i = 0; i < shape->count; i++) {
		const struct field *field = &shape->fields[i];
		if (field->sealed_column)
			bind_sealed(call, record, field, row, &out);
		else if (!field->counts)
			row_values_add(&out, field_db_value(call, field, row));
	}
	return out;
}

/* --- reading --- */

struct reader {
	struct call *call;
	const struct record *record;
	const struct db_result *result;
	size_t row;
	size_t column;
};

static const struct db_value *next(struct reader *r)
{
	return db_get(r->result, r->row, r->column++);
}

static const char *next_text(struct reader *r)
{
	return db_get_text(r->result, r->row, r->column++);
}

static int64_t next_int(struct reader *r)
{
	return db_get_int(r->result, r->row, r->column++);
}

static int read_phase(const struct record *record, const char *code)
{
	for (size_t i = 0; code && i < record->phase_count; i++)
		if (strcmp(record->phases[i].code, code) == 0)
			return (int)i + 1;
	return 0;
}

static void read_implied(struct reader *r, struct row *row)
{
	unsigned has = r->record->has;
	db_get_id(r->result, r->row, r->column++, &row->id);
	if (has & ROW_HAS_VERSION)
		row->version = (uint32_t)next_int(r);
	if (has & ROW_HAS_HOME)
		row->home_id = (uint32_t)next_int(r);
	if (has & ROW_HAS_HOME_SEQ)
		row->home_seq = (uint64_t)next_int(r);
	if (has & ROW_HAS_PHASE) {
		row->phase = read_phase(r->record, next_text(r));
		row->step = next_text(r);
	}
	if (has & ROW_HAS_POLICY) {
		const struct db_value *hash = next(r);
		if (hash->type == DB_BYTES && hash->s.len == CRYPTO_HASH)
			memcpy(row->policy_hash, hash->s.data, CRYPTO_HASH);
	}
	if (has & ROW_HAS_DUE)
		row->due_on = next_text(r);
	if (has & ROW_HAS_CLOCK)
		row->clock_stopped_on = next_text(r);
	if (has & ROW_HAS_CREATOR)
		db_get_id(r->result, r->row, r->column++, &row->created_by);
	if (has & ROW_HAS_CREATED)
		row->created_at = next_int(r);
	if (has & ROW_HAS_UPDATED)
		row->updated_at = next_int(r);
}

static void read_json(struct reader *r, const struct field *field, const struct db_value *value, void *row)
{
	struct json_object *json = NULL;
	struct arena *arena = r->call->arena;
	if (json_parse(arena, value->s.data, value->s.len, &json)) {
		diag_error(r->call->request ? &r->call->request->diag : NULL, "%s.%s holds no JSON", r->record->table,
			field->column);
		return;
	}
	field_decode_loose(NULL, arena, field, json, row);
}

static void read_sealed(struct reader *r, const struct field *field, void *row)
{
	struct sealed *out = &AT(row, field->offset, struct sealed);
	const struct db_value *bytes = next(r);
	if (bytes->type != DB_NULL) {
		out->bytes = bytes->s.data;
		out->size = bytes->s.len;
	}
	if (field->index_column) {
		const struct db_value *index = next(r);
		out->index = index->type == DB_NULL ? NULL : index->s.data;
	}
	out->hint = next_text(r);
}

static void read_field(struct reader *r, const struct field *field, void *row)
{
	if (field->sealed_column) {
		read_sealed(r, field, row);
		return;
	}
	size_t at = field->offset, column = r->column;
	const struct db_value *value = next(r);
	if (value->type == DB_NULL)
		return;
	if (field->has_offset != FIELD_NO_OFFSET)
		AT(row, field->has_offset, bool) = true;
	switch (field->type) {
	case FIELD_INT:
	case FIELD_UINT:
	case FIELD_MONEY:
	case FIELD_TIME: AT(row, at, int64_t) = db_get_int(r->result, r->row, column); break;
	case FIELD_BOOL: AT(row, at, bool) = db_get_int(r->result, r->row, column) != 0; break;
	case FIELD_ID:
	case FIELD_FILE: db_get_id(r->result, r->row, column, &AT(row, at, struct uuid)); break;
	case FIELD_ENUM: AT(row, at, int) = field_value(field, value->s.data); break;
	case FIELD_PLATFORM: AT(row, at, uint32_t) = (uint32_t)db_get_int(r->result, r->row, column); break;
	case FIELD_HASH:
		if (value->s.len == CRYPTO_HASH)
			memcpy((char *)row + at, value->s.data, CRYPTO_HASH);
		break;
	case FIELD_JSON:
	case FIELD_BLOCKS:
	case FIELD_OBJECT:
	case FIELD_LIST: read_json(r, field, value, row); break;
	default: AT(row, at, const char *) = value->s.data; break;
	}
}

void *row_read(struct call *call, const struct record *record, const struct db_result *result, size_t r, size_t from)
{
	void *row = record_new(call, record);
	struct reader reader = {call, record, result, r, from};
	read_implied(&reader, row);
	for (size_t i = 0; i < record->shape->count; i++)
		read_field(&reader, &record->shape->fields[i], row);
	return row;
}

void row_remember(struct call *call, const struct record *record, void *row)
{
	row_of(row)->original = NULL;
	row_of(row)->original = arena_memdup(call->arena, row, record->shape->size);
}
