/* The writing half of json.h. */
#include "core/text/json.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/utf8.h"

enum { WRITER_DEPTH_MAX = 64 };

/* --- texts and numbers --- */

static void add_escape(struct buf *out, unsigned char c)
{
	static const char from[] = "\"\\\b\f\n\r\t", to[] = "\"\\bfnrt";
	const char *found = c ? strchr(from, c) : NULL;
	if (found) {
		buf_char(out, '\\');
		buf_char(out, to[found - from]);
	} else {
		buf_printf(out, "\\u%04x", c);
	}
}

/* How many bytes from here pass as they are; *bad tells that the byte behind them is no UTF-8. */
static size_t plain_run(const char *text, size_t len, bool *bad)
{
	size_t i = 0;
	while (i < len) {
		unsigned char c = (unsigned char)text[i];
		uint32_t code;
		size_t n = c < 0x80 ? 1 : utf8_decode(text + i, len - i, &code);
		*bad = n == 0;
		if (n == 0 || c < 0x20 || c == '"' || c == '\\')
			return i;
		i += n;
	}
	return i;
}

void json_quote(struct buf *out, const char *text, size_t len)
{
	buf_char(out, '"');
	while (len > 0) {
		bool bad = false;
		size_t run = plain_run(text, len, &bad);
		buf_add(out, text, run);
		text += run;
		len -= run;
		if (len == 0)
			break;
		if (bad)
			buf_text(out, "\xef\xbf\xbd");
		else
			add_escape(out, (unsigned char)*text);
		text++;
		len--;
	}
	buf_char(out, '"');
}

/* Fewest digits that read back as the same double. */
static void shortest(double value, char printed[40])
{
	for (int digits = fabs(value) < 1e-300 ? 1 : 15; digits <= 17; digits++) {
		snprintf(printed, 40, "%.*e", digits - 1, value);
		if (strtod(printed, NULL) == value)
			return;
	}
}

/* ECMAScript's Number::toString, which RFC 8785 asks for. */
static void add_double(struct buf *out, double value)
{
	char printed[40], digits[20] = "0";
	if (value == 0) {
		buf_char(out, '0');
		return;
	}
	if (value < 0)
		buf_char(out, '-');
	shortest(fabs(value), printed);
	char *e = strchr(printed, 'e');
	int n = (int)strtol(e + 1, NULL, 10) + 1; /* digits before the decimal point */
	int k = 0;
	for (char *p = printed; p < e; p++)
		if (*p != '.')
			digits[k++] = *p;
	while (k > 1 && digits[k - 1] == '0')
		k--;
	if (k <= n && n <= 21) {
		buf_printf(out, "%.*s%.*s", k, digits, n - k, "000000000000000000000");
	} else if (0 < n && n <= 21) {
		buf_printf(out, "%.*s.%.*s", n, digits, k - n, digits + n);
	} else if (-6 < n && n <= 0) {
		buf_printf(out, "0.%.*s%.*s", -n, "000000", k, digits);
	} else {
		buf_printf(out, "%c%s%.*se%+d", digits[0], k > 1 ? "." : "", k - 1, digits + 1, n - 1);
	}
}

/* --- the writer --- */

static bool in_object(const struct json_writer *w)
{
	return w->depth > 0 && (w->objects >> (w->depth - 1) & 1);
}

/* Before every value. */
static void begin_value(struct json_writer *w)
{
	assert(w->keyed == in_object(w));
	if (w->comma && !w->keyed)
		buf_char(w->out, ',');
	w->comma = true;
	w->keyed = false;
}

static void begin_container(struct json_writer *w, bool object)
{
	begin_value(w);
	assert(w->depth < WRITER_DEPTH_MAX);
	w->objects = (w->objects & ~((uint64_t)1 << w->depth)) | (uint64_t)object << w->depth;
	w->depth++;
	w->comma = false;
	buf_char(w->out, object ? '{' : '[');
}

static void end_container(struct json_writer *w, bool object)
{
	assert(w->depth > 0 && in_object(w) == object && !w->keyed);
	w->depth--;
	w->comma = true;
	buf_char(w->out, object ? '}' : ']');
}

void jw_init(struct json_writer *w, struct buf *out)
{
	*w = (struct json_writer){.out = out};
}

void jw_object_begin(struct json_writer *w)
{
	begin_container(w, true);
}

void jw_object_end(struct json_writer *w)
{
	end_container(w, true);
}

void jw_array_begin(struct json_writer *w)
{
	begin_container(w, false);
}

void jw_array_end(struct json_writer *w)
{
	end_container(w, false);
}

static void key_len(struct json_writer *w, const char *key, size_t len)
{
	assert(in_object(w) && !w->keyed);
	if (w->comma)
		buf_char(w->out, ',');
	json_quote(w->out, key, len);
	buf_char(w->out, ':');
	w->keyed = true;
}

void jw_key(struct json_writer *w, const char *key)
{
	key_len(w, key, strlen(key));
}

void jw_text_len(struct json_writer *w, const char *text, size_t len)
{
	begin_value(w);
	json_quote(w->out, text, len);
}

void jw_text(struct json_writer *w, const char *text)
{
	if (text)
		jw_text_len(w, text, strlen(text));
	else
		jw_null(w);
}

void jw_int(struct json_writer *w, int64_t value)
{
	begin_value(w);
	buf_printf(w->out, "%" PRId64, value);
}

void jw_uint(struct json_writer *w, uint64_t value)
{
	begin_value(w);
	buf_printf(w->out, "%" PRIu64, value);
}

void jw_bool(struct json_writer *w, bool value)
{
	begin_value(w);
	buf_text(w->out, value ? "true" : "false");
}

void jw_null(struct json_writer *w)
{
	begin_value(w);
	buf_text(w->out, "null");
}

void jw_uuid(struct json_writer *w, struct uuid value)
{
	char text[UUID_TEXT + 1];
	uuid_format(value, text);
	jw_text(w, uuid_is_nil(value) ? NULL : text);
}

void jw_double(struct json_writer *w, double value)
{
	if (!isfinite(value)) {
		jw_null(w);
		return;
	}
	begin_value(w);
	add_double(w->out, value);
}

void jw_raw(struct json_writer *w, const char *json, size_t len)
{
	if (!json) {
		jw_null(w);
		return;
	}
	begin_value(w);
	buf_add(w->out, json, len);
}

/* --- values of json-c --- */

struct member {
	const char *key;
	struct json_object *value;
};

/* RFC 8785 sorts by UTF-16 code units: like bytes of UTF-8, but for characters beyond U+FFFF, whose surrogates come
 * before U+E000 – U+FFFF. */
static int compare_keys(const void *left, const void *right)
{
	const unsigned char *a = (const unsigned char *)((const struct member *)left)->key;
	const unsigned char *b = (const unsigned char *)((const struct member *)right)->key;
	while (*a && *a == *b) {
		a++;
		b++;
	}
	bool wide_a = *a >= 0xf0, wide_b = *b >= 0xf0;
	if (wide_a != wide_b && *a >= 0xee && *b >= 0xee)
		return wide_a ? -1 : 1;
	return (int)*a - (int)*b;
}

static void write_value(struct json_writer *w, struct json_object *value, bool sorted);

static void write_object(struct json_writer *w, struct json_object *object, bool sorted)
{
	size_t count = (size_t)json_object_object_length(object), n = 0;
	struct member *members = calloc(count + 1, sizeof(*members));
	if (!members)
		abort();
	json_object_object_foreach (object, key, value)
		members[n++] = (struct member){key, value};
	if (sorted)
		qsort(members, n, sizeof(*members), compare_keys);
	jw_object_begin(w);
	for (size_t i = 0; i < n; i++) {
		jw_key(w, members[i].key);
		write_value(w, members[i].value, sorted);
	}
	jw_object_end(w);
	free(members);
}

static void write_array(struct json_writer *w, struct json_object *array, bool sorted)
{
	jw_array_begin(w);
	for (size_t i = 0, n = json_object_array_length(array); i < n; i++)
		write_value(w, json_object_array_get_idx(array, i), sorted);
	jw_array_end(w);
}

/* json-c keeps integers above int64 as unsigned; its own reader makes such, ours does not. */
static void write_integer(struct json_writer *w, struct json_object *value)
{
	int64_t i = json_object_get_int64(value);
	uint64_t u = json_object_get_uint64(value);
	if (i == INT64_MAX && u > (uint64_t)i)
		jw_uint(w, u);
	else
		jw_int(w, i);
}

static void write_value(struct json_writer *w, struct json_object *value, bool sorted)
{
	switch (json_object_get_type(value)) {
	case json_type_null:
		jw_null(w);
		break;
	case json_type_boolean:
		jw_bool(w, json_object_get_boolean(value));
		break;
	case json_type_double:
		jw_double(w, json_object_get_double(value));
		break;
	case json_type_int:
		write_integer(w, value);
		break;
	case json_type_string:
		jw_text_len(w, json_object_get_string(value), (size_t)json_object_get_string_len(value));
		break;
	case json_type_object:
		write_object(w, value, sorted);
		break;
	case json_type_array:
		write_array(w, value, sorted);
		break;
	}
}

void jw_json(struct json_writer *w, const struct json_object *value)
{
	write_value(w, (struct json_object *)value, false);
}

void json_canonical(struct buf *out, const struct json_object *value)
{
	struct json_writer w;
	jw_init(&w, out);
	write_value(&w, (struct json_object *)value, true);
}

/* --- a key and its value --- */

void jw_kv_text(struct json_writer *w, const char *key, const char *text)
{
	jw_key(w, key);
	jw_text(w, text);
}

void jw_kv_int(struct json_writer *w, const char *key, int64_t value)
{
	jw_key(w, key);
	jw_int(w, value);
}

void jw_kv_uint(struct json_writer *w, const char *key, uint64_t value)
{
	jw_key(w, key);
	jw_uint(w, value);
}

void jw_kv_bool(struct json_writer *w, const char *key, bool value)
{
	jw_key(w, key);
	jw_bool(w, value);
}

void jw_kv_double(struct json_writer *w, const char *key, double value)
{
	jw_key(w, key);
	jw_double(w, value);
}

void jw_kv_uuid(struct json_writer *w, const char *key, struct uuid value)
{
	jw_key(w, key);
	jw_uuid(w, value);
}

void jw_kv_null(struct json_writer *w, const char *key)
{
	jw_key(w, key);
	jw_null(w);
}

void jw_kv_raw(struct json_writer *w, const char *key, const char *json, size_t len)
{
	jw_key(w, key);
	jw_raw(w, json, len);
}

void jw_kv_json(struct json_writer *w, const char *key, const struct json_object *value)
{
	jw_key(w, key);
	jw_json(w, value);
}
