#include "core/record/list_inside.h"

#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/crypto/crypto.h"
#include "core/record/record_inside.h"

enum { CURSOR_MAC = 8 };

/* A cursor is the sort's value and the id of the last row, bound to platform, record, sort and filters by a keyed
 * hash. */

static void cursor_mac(struct listing_request *r, const char *content, unsigned char out[CRYPTO_HASH])
{
	unsigned char key[CRYPTO_KEY] = {0};
	struct buf *text = buf_in(r->call->arena);
	if (r->call->services->keys)
		crypto_keys_derive(r->call->services->keys, "cursor", key);
	buf_printf(
		text, "%u/%s/%s/%d/%s/", r->call->platform_id, r->record->name, r->sort->name, r->descending, content);
	buf_text(text, r->where.sql->data);
	for (size_t i = 0; i < r->where.count; i++) {
		const struct db_value *value = &r->where.args[i];
		if (value->type == DB_TEXT || value->type == DB_BYTES)
			buf_add(text, value->s.data, value->s.len);
		else
			buf_add(text, &value->u, sizeof value->u);
		buf_char(text, '/');
	}
	crypto_hmac_sha256(key, sizeof key, text->data, text->len, out);
}

const char *list_cursor_make(struct listing_request *r, const struct db_value *key, struct uuid id)
{
	struct buf *content = buf_in(r->call->arena), *out = buf_in(r->call->arena);
	unsigned char mac[CRYPTO_HASH];
	char text[UUID_TEXT + 1];
	uuid_format(id, text);
	buf_text(content, text);
	if (key->type == DB_TEXT)
		buf_printf(content, "t%s", key->s.data);
	else if (key->type == DB_NULL)
		buf_char(content, 'n');
	else
		buf_printf(content, "i%lld", (long long)key->i);
	cursor_mac(r, content->data, mac);
	buf_add(out, mac, CURSOR_MAC);
	buf_add(out, content->data, content->len);
	return crypto_base64url(r->call->arena, out->data, out->len);
}

static struct db_value cursor_key(const struct listing_request *r, const char *text)
{
	if (text[0] == 't')
		return db_text(text + 1);
	if (text[0] == 'n')
		return db_null();
	int64_t number = strtoll(text + 1, NULL, 10);
	return r->sort->type == FIELD_TIME ? db_time(number) : db_int(number);
}

/* A cursor of another list, platform or filter says nothing here. */
struct problem *list_cursor_read(struct listing_request *r, struct db_value *key, struct uuid *id)
{
	size_t size;
	unsigned char mac[CRYPTO_HASH];
	const char *bytes = (const char *)crypto_unbase64url(r->call->arena, r->cursor, &size);
	char text[UUID_TEXT + 1] = "";
	if (bytes && size > CURSOR_MAC + UUID_TEXT) {
		const char *content =
			arena_printf(r->call->arena, "%.*s", (int)(size - CURSOR_MAC), bytes + CURSOR_MAC);
		cursor_mac(r, content, mac);
		memcpy(text, content, UUID_TEXT);
		if (crypto_equal(mac, bytes, CURSOR_MAC) && uuid_parse(text, id)) {
			*key = cursor_key(r, content + UUID_TEXT);
			return NULL;
		}
	}
	return problem_add_field(r->call->arena, NULL, "/after", "cursor", "翻页位置已失效，请从第一页开始",
				 "does not belong to this list; begin at its first page");
}

/* Two conditions, so that the first one alone bounds the index range: (a, id) < (?, ?) is not used as a range by
 * MariaDB. NULL sorts before all values, as it does in the index. */
void list_cursor_add(struct listing_request *r, struct db_value key, struct uuid id)
{
	struct arena *arena = r->where.arena;
	const char *c = r->sort->column, *sign = r->descending ? "<" : ">", *condition;
	struct db_value last = db_bytes(arena_memdup(arena, id.b, sizeof id.b), sizeof id.b);
	bool nulls_ahead = r->sort->nullable && r->descending; /* they come after this row */
	if (key.type == DB_NULL) {
		condition = r->descending ? "`%s` IS NULL AND id < ?" : "`%s` IS NOT NULL OR id > ?";
		record_where_add(&r->where, arena_printf(arena, condition, c), &last, 1);
		return;
	}
	const char *bound = arena_printf(
		arena, "`%s` %s= ?%s", c, sign, nulls_ahead ? arena_printf(arena, " OR `%s` IS NULL", c) : "");
	const char *beyond = arena_printf(arena, "`%s` %s ? OR id %s ?%s", c, sign, sign,
		nulls_ahead ? arena_printf(arena, " OR `%s` IS NULL", c) : "");
	record_where_add(&r->where, bound, &key, 1);
	struct db_value args[] = {key, last};
	record_where_add(&r->where, beyond, args, 2);
}
