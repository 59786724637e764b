#include "core/work/journal_header.h"

#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/text/json.h"

void journal_commit(
	const unsigned char salt[JOURNAL_SALT], const char *payload, size_t len, unsigned char out[CRYPTO_HASH])
{
	struct buf bytes;
	buf_init(&bytes);
	buf_add(&bytes, salt, JOURNAL_SALT);
	buf_add(&bytes, payload, len);
	crypto_sha256(bytes.data, bytes.len, out);
	buf_finish(&bytes);
}

void journal_commit_who(const unsigned char salt[JOURNAL_SALT], const char *name, const char *client,
			unsigned char out[CRYPTO_HASH])
{
	struct buf bytes;
	buf_init(&bytes);
	buf_add(&bytes, salt, JOURNAL_SALT);
	buf_text(&bytes, name ? name : "");
	buf_char(&bytes, 0);
	buf_text(&bytes, client ? client : "");
	crypto_sha256(bytes.data, bytes.len, out);
	buf_finish(&bytes);
}

static void put_id(struct json_writer *w, const char *key, struct uuid id)
{
	char text[UUID_TEXT + 1];
	uuid_format(id, text);
	jw_kv_text(w, key, uuid_is_nil(id) ? NULL : text);
}

static void put_hash(struct json_writer *w, const char *key, const unsigned char hash[CRYPTO_HASH])
{
	char text[2 * CRYPTO_HASH + 1];
	crypto_hex(hash, CRYPTO_HASH, text);
	jw_kv_text(w, key, text);
}

/* ---- Addressees ---- */

/* One item of a list, and where the next begins; NULL at the end. */
static const char *next_item(const char *at, size_t *len)
{
	if (!at || !*at)
		return NULL;
	*len = strcspn(at, ",");
	return at + *len + (at[*len] == ',');
}

static void put_numbers(struct json_writer *w, const char *to)
{
	size_t len;
	for (const char *next; (next = next_item(to, &len)); to = next)
		jw_uint(w, strtoul(to, NULL, 10));
}

static void put_readers(struct json_writer *w, const char *to)
{
	size_t len;
	for (const char *next; (next = next_item(to, &len)); to = next) {
		size_t name = strcspn(to, "=,");
		jw_object_begin(w);
		jw_key(w, "origin");
		jw_text_len(w, to, name);
		jw_kv_uint(w, "previous", name < len ? strtoull(to + name + 1, NULL, 10) : 0);
		jw_object_end(w);
	}
}

int64_t journal_header_previous(const char *to, const char *reader)
{
	size_t len, name = reader ? strlen(reader) : 0;
	for (const char *next; reader && (next = next_item(to, &len)); to = next)
		if (name < len && to[name] == '=' && !memcmp(to, reader, name))
			return strtoll(to + name + 1, NULL, 10);
	return -1;
}

/* ---- The text ---- */

/* Keys in their canonical order, so that the text is canonical as it is written. */
void journal_header_write(const struct journal_header *header, struct buf *out)
{
	struct json_writer w;
	bool named = header->v >= 3;
	jw_init(&w, out);
	jw_object_begin(&w);
	put_id(&w, "actor", header->actor_id);
	jw_kv_int(&w, "at", header->at_ms);
	jw_kv_int(&w, "audience", header->audience);
	put_hash(&w, "commitment", header->commitment);
	jw_kv_uint(&w, "epoch", header->epoch);
	jw_kv_text(&w, "kind", header->kind);
	if (named)
		jw_kv_text(&w, "origin", header->origin);
	else
		jw_kv_uint(&w, "platform", header->platform_id);
	put_id(&w, "record", header->record_id);
	jw_kv_text(&w, "record_type", header->record_type);
	jw_kv_text(&w, "role", header->actor_role);
	jw_kv_uint(&w, "seq", header->seq);
	jw_key(&w, "to");
	jw_array_begin(&w);
	(named ? put_readers : put_numbers)(&w, header->to);
	jw_array_end(&w);
	jw_kv_int(&w, "v", header->v);
	if (header->v >= 2)
		put_hash(&w, "who", header->who);
	jw_object_end(&w);
}

void journal_header_leaf(const struct journal_header *header, unsigned char out[CRYPTO_HASH])
{
	struct buf bytes;
	buf_init(&bytes);
	buf_char(&bytes, 0);
	journal_header_write(header, &bytes);
	crypto_sha256(bytes.data, bytes.len, out);
	buf_finish(&bytes);
}
