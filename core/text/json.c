#include "core/text/json.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/utf8.h"

/* The reader builds the value while it checks: a check in front of another parser would have to agree with it. */
struct reader {
	struct arena *arena;
	const char *start;
	const char *at;
	const char *end;
	struct buf text; /* the text being unescaped */
	unsigned depth;
	unsigned values;
	const char *zh; /* what is wrong at `at`; NULL while all is well */
	const char *en;
};

static bool read_value(struct reader *r, struct json_object **out);

static bool refuse(struct reader *r, const char *zh, const char *en)
{
	r->zh = zh;
	r->en = en;
	return false;
}

static bool refuse_at(struct reader *r, const char *at, const char *zh, const char *en)
{
	r->at = at;
	return refuse(r, zh, en);
}

static bool refuse_here(struct reader *r, const char *zh, const char *en)
{
	if (r->at == r->end)
		return refuse(r, "内容不完整", "the text ends too early");
	return refuse(r, zh, en);
}

static void skip_space(struct reader *r)
{
	while (r->at < r->end && (*r->at == ' ' || *r->at == '\t' || *r->at == '\n' || *r->at == '\r'))
		r->at++;
}

static bool next_is(const struct reader *r, char c)
{
	return r->at < r->end && *r->at == c;
}

static bool take(struct reader *r, char c)
{
	if (!next_is(r, c))
		return false;
	r->at++;
	return true;
}

static bool is_digit(const char *at, const char *end)
{
	return at < end && *at >= '0' && *at <= '9';
}

/* --- texts --- */

static bool read_hex4(struct reader *r, uint32_t *unit)
{
	*unit = 0;
	for (int i = 0; i < 4; i++, r->at++) {
		char c = r->at < r->end ? *r->at : '\0';
		uint32_t digit;
		if (c >= '0' && c <= '9')
			digit = (uint32_t)(c - '0');
		else if (c >= 'a' && c <= 'f')
			digit = (uint32_t)(c - 'a') + 10;
		else if (c >= 'A' && c <= 'F')
			digit = (uint32_t)(c - 'A') + 10;
		else
			return refuse_here(r, "\\u 后面须为四位十六进制数字", "\\u needs four hexadecimal digits");
		*unit = *unit << 4 | digit;
	}
	return true;
}

/* Behind \u. */
static bool read_unicode(struct reader *r)
{
	const char *escape = r->at - 2;
	uint32_t code, low;
	if (!read_hex4(r, &code))
		return false;
	if (code == 0)
		return refuse_at(r, escape, "文本中不允许出现空字符 \\u0000",
			"a text must not hold the NUL character \\u0000");
	if (code >= 0xdc00 && code <= 0xdfff)
		return refuse_at(r, escape, "存在不成对的代理项", "a lone surrogate");
	if (code >= 0xd800 && code <= 0xdbff) {
		if (!take(r, '\\') || !take(r, 'u'))
			return refuse_at(r, escape, "存在不成对的代理项", "a lone surrogate");
		if (!read_hex4(r, &low))
			return false;
		if (low < 0xdc00 || low > 0xdfff)
			return refuse_at(r, escape, "存在不成对的代理项", "a lone surrogate");
		code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
	}
	utf8_add(&r->text, code);
	return true;
}

/* Behind the backslash. */
static bool read_escape(struct reader *r)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	if (take(r, 'u'))
		return read_unicode(r);
	const char *found = r->at < r->end && *r->at ? strchr(from, *r->at) : NULL;
	if (!found)
		return refuse_here(r, "反斜杠后面的字符不受支持", "no such escape");
	r->at++;
	buf_char(&r->text, to[found - from]);
	return true;
}

/* The text lands in r->text. */
static bool read_text(struct reader *r)
{
	r->at++;
	buf_reset(&r->text);
	const char *run = r->at;
	while (r->at < r->end && *r->at != '"') {
		unsigned char c = (unsigned char)*r->at;
		uint32_t code;
		size_t n = c < 0x80 ? 1 : utf8_decode(r->at, (size_t)(r->end - r->at), &code);
		if (n == 0)
			return refuse(r, "不是有效的 UTF-8 编码", "invalid UTF-8");
		if (c < 0x20)
			return refuse(r, "文本中的控制字符须转义", "a control character in a text must be escaped");
		if (c != '\\') {
			r->at += n;
			continue;
		}
		buf_add(&r->text, run, (size_t)(r->at - run));
		r->at++;
		if (!read_escape(r))
			return false;
		run = r->at;
	}
	buf_add(&r->text, run, (size_t)(r->at - run));
	if (!take(r, '"'))
		return refuse_here(r, "文本缺少结束的引号", "the text has no closing quote");
	return true;
}

/* --- numbers --- */

/* Significant digits of a number's text, without leading and trailing zeros, and the power of ten of the first of them.
 * False if there are more than 17, which no double keeps. */
static bool significant(const char *at, const char *end, char digits[18], size_t *count, long *exponent)
{
	long e = 0, point = 0;
	size_t n = 0, zeros = 0;
	bool fraction = false;
	for (; at < end && *at != 'e' && *at != 'E'; at++) {
		if (*at == '.') {
			fraction = true;
		} else if (*at >= '0' && *at <= '9') {
			if (!fraction)
				point++;
			if (*at == '0') {
				if (n > 0)
					zeros++;
				else
					point--;
				continue;
			}
			for (; zeros > 0 && n < 17; zeros--)
				digits[n++] = '0';
			if (zeros > 0 || n == 17)
				return false;
			digits[n++] = *at;
		}
	}
	if (at < end)
		e = strtol(at + 1, NULL, 10);
	digits[n] = '\0';
	*count = n;
	*exponent = e + point - 1;
	return true;
}

/* Whether the double gives the text's digits back. */
static bool double_keeps(const char *at, const char *end, double value)
{
	char digits[18], printed[40];
	size_t count;
	long exponent;
	if (!significant(at, end, digits, &count, &exponent))
		return false;
	if (count == 0)
		return true;
	snprintf(printed, sizeof(printed), "%.*e", (int)count - 1, fabs(value));
	char *e = strchr(printed, 'e');
	if (strtol(e + 1, NULL, 10) != exponent || printed[0] != digits[0])
		return false;
	return count == 1 || strncmp(printed + 2, digits + 1, count - 1) == 0;
}

static bool read_fraction(struct reader *r)
{
	if (take(r, '.')) {
		if (!is_digit(r->at, r->end))
			return refuse_here(r, "小数点后面须有数字", "digits must follow the decimal point");
		while (is_digit(r->at, r->end))
			r->at++;
	}
	if (next_is(r, 'e') || next_is(r, 'E')) {
		r->at++;
		if (!take(r, '+'))
			take(r, '-');
		if (!is_digit(r->at, r->end))
			return refuse_here(r, "指数须有数字", "the exponent has no digits");
		while (is_digit(r->at, r->end))
			r->at++;
	}
	return true;
}

static bool convert_integer(struct reader *r, const char *from, struct json_object **out)
{
	if (r->at - from > 20)
		return refuse_at(r, from, "整数超出 64 位范围", "an integer beyond 64 bits");
	char text[24] = "";
	memcpy(text, from, (size_t)(r->at - from));
	errno = 0;
	long long value = strtoll(text, NULL, 10);
	if (errno)
		return refuse_at(r, from, "整数超出 64 位范围", "an integer beyond 64 bits");
	*out = json_object_new_int64(value);
	return true;
}

static bool convert_double(struct reader *r, const char *from, struct json_object **out)
{
	char text[64] = "";
	if ((size_t)(r->at - from) >= sizeof(text))
		return refuse_at(r, from, "数字的位数过多", "a number with too many digits");
	memcpy(text, from, (size_t)(r->at - from));
	double value = strtod(text, NULL);
	/* Beyond int64 every double is whole, so it is an integer outside the range however it is spelled. */
	if (fabs(value) >= 0x1p63)
		return refuse_at(r, from, "整数超出 64 位范围", "an integer beyond 64 bits");
	if (!double_keeps(text, text + (r->at - from), value))
		return refuse_at(r, from, "数字超出可以精确保存的范围", "a number that cannot be kept without loss");
	*out = json_object_new_double(value);
	return true;
}

static bool read_number(struct reader *r, struct json_object **out)
{
	const char *from = r->at;
	take(r, '-');
	if (!is_digit(r->at, r->end))
		return refuse_here(r, "负号后面须为数字", "digits must follow the minus sign");
	if (take(r, '0')) {
		if (is_digit(r->at, r->end))
			return refuse_at(r, from, "数字不能以 0 开头", "a number must not begin with a zero");
	} else {
		while (is_digit(r->at, r->end))
			r->at++;
	}
	const char *whole = r->at;
	if (!read_fraction(r))
		return false;
	return r->at == whole ? convert_integer(r, from, out) : convert_double(r, from, out);
}

/* --- containers --- */

static bool enter(struct reader *r)
{
	if (++r->depth > JSON_DEPTH_MAX)
		return refuse(r, "嵌套超过 32 层", "more than 32 levels of nesting");
	r->at++;
	skip_space(r);
	return true;
}

/* *last: the key before this one, NULL when the keys did not come in rising order; canonical JSON has them so, and what
 * rises need not be looked for among those before. */
static bool read_member(struct reader *r, struct json_object *object, const char **last)
{
	const char *key_at = r->at;
	struct json_object *value = NULL;
	if (!next_is(r, '"'))
		return refuse_here(r, "此处应为带双引号的键", "a key in double quotes is expected");
	if (!read_text(r))
		return false;
	char *key = arena_memdup(r->arena, r->text.data, r->text.len);
	bool rising = *last && strcmp(*last, key) < 0;
	if (!rising && json_object_object_get_ex(object, key, NULL))
		return refuse_at(r, key_at, "键重复", "a duplicate key");
	*last = rising ? key : NULL;
	skip_space(r);
	if (!take(r, ':'))
		return refuse_here(r, "键后面应为冒号", "a colon is expected behind the key");
	if (!read_value(r, &value))
		return false;
	json_object_object_add_ex(object, key, value, JSON_C_OBJECT_ADD_KEY_IS_NEW); /* it was looked for above */
	return true;
}

static bool read_members(struct reader *r, struct json_object *object)
{
	const char *last = "";
	if (!enter(r))
		return false;
	for (bool first = true; !take(r, '}'); first = false) {
		if (!first) {
			if (!take(r, ','))
				return refuse_here(r, "此处应为逗号或 }", "a comma or } is expected");
			skip_space(r);
		}
		if (!read_member(r, object, &last))
			return false;
		skip_space(r);
	}
	r->depth--;
	return true;
}

static bool read_elements(struct reader *r, struct json_object *array)
{
	if (!enter(r))
		return false;
	for (bool first = true; !take(r, ']'); first = false) {
		struct json_object *value = NULL;
		if (!first && !take(r, ','))
			return refuse_here(r, "此处应为逗号或 ]", "a comma or ] is expected");
		if (!read_value(r, &value))
			return false;
		json_object_array_add(array, value);
		skip_space(r);
	}
	r->depth--;
	return true;
}

/* A container is put before its content is read, so that a refusal half-way leaks nothing. */
static bool read_container(struct reader *r, struct json_object **out)
{
	bool object = *r->at == '{';
	struct json_object *made = object ? json_object_new_object() : json_object_new_array();
	if (object ? read_members(r, made) : read_elements(r, made)) {
		*out = made;
		return true;
	}
	json_object_put(made);
	return false;
}

static bool read_word(struct reader *r, const char *word, struct json_object *value, struct json_object **out)
{
	size_t n = strlen(word);
	if ((size_t)(r->end - r->at) < n || memcmp(r->at, word, n) != 0) {
		json_object_put(value);
		return refuse(r, "无法识别的值", "no such value");
	}
	r->at += n;
	*out = value;
	return true;
}

static bool read_value(struct reader *r, struct json_object **out)
{
	skip_space(r);
	if (r->at == r->end)
		return refuse_here(r, "", "");
	if (++r->values > JSON_VALUES_MAX)
		return refuse(r, "值的数量超过 100000 个", "more than 100000 values");
	switch (*r->at) {
	case '{':
	case '[':
		return read_container(r, out);
	case '"':
		if (!read_text(r))
			return false;
		*out = json_object_new_string_len(r->text.data, (int)r->text.len);
		return true;
	case 't':
		return read_word(r, "true", json_object_new_boolean(1), out);
	case 'f':
		return read_word(r, "false", json_object_new_boolean(0), out);
	case 'n':
		return read_word(r, "null", NULL, out);
	default:
		if (*r->at == '-' || is_digit(r->at, r->end))
			return read_number(r, out);
		return refuse(r, "无法识别的值", "no such value");
	}
}

static struct problem *malformed(const struct reader *r)
{
	unsigned line = 1, column = 1;
	for (const char *p = r->start; p < r->at; p++) {
		if (*p == '\n') {
			line++;
			column = 1;
		} else if (((unsigned char)*p & 0xc0) != 0x80) {
			column++;
		}
	}
	return problem_detail(r->arena, &PROBLEM_MALFORMED,
		arena_printf(r->arena, "JSON 格式不正确（第 %u 行第 %u 列）：%s。", line, column, r->zh),
		arena_printf(r->arena, "The JSON is malformed at line %u, column %u: %s.", line, column, r->en));
}

static void put_deferred(void *value)
{
	json_object_put(value);
}

struct json_object *json_own(struct arena *arena, struct json_object *value)
{
	if (value)
		arena_defer(arena, put_deferred, value);
	return value;
}

struct problem *json_parse(struct arena *arena, const char *bytes, size_t len, struct json_object **out)
{
	struct reader r = {.arena = arena, .start = bytes, .at = bytes, .end = bytes + len};
	struct json_object *value = NULL;
	*out = NULL;
	buf_init(&r.text);
	bool read = read_value(&r, &value);
	buf_finish(&r.text);
	if (!read)
		return malformed(&r);
	json_own(arena, value);
	skip_space(&r);
	if (r.at < r.end) {
		refuse(&r, "内容结束之后还有多余的字符", "something follows the end of the value");
		return malformed(&r);
	}
	*out = value;
	return NULL;
}

struct problem *json_parse_object(struct arena *arena, const char *bytes, size_t len, struct json_object **out)
{
	struct problem *problem = json_parse(arena, bytes, len, out);
	if (problem || json_object_is_type(*out, json_type_object))
		return problem;
	*out = NULL;
	return problem_detail(arena, &PROBLEM_MALFORMED, "JSON 内容须为一个对象（第 1 行第 1 列）。",
		"The JSON must be an object (line 1, column 1).");
}

/* --- getters --- */

static struct json_object *member(const struct json_object *object, const char *key, json_type type)
{
	struct json_object *value = json_get(object, key);
	return json_object_is_type(value, type) ? value : NULL;
}

struct json_object *json_get(const struct json_object *object, const char *key)
{
	struct json_object *value = NULL;
	if (json_object_is_type(object, json_type_object))
		json_object_object_get_ex(object, key, &value);
	return value;
}

bool json_has(const struct json_object *object, const char *key)
{
	return json_object_is_type(object, json_type_object) && json_object_object_get_ex(object, key, NULL);
}

struct json_object *json_get_object(const struct json_object *object, const char *key)
{
	return member(object, key, json_type_object);
}

struct json_object *json_get_array(const struct json_object *object, const char *key)
{
	return member(object, key, json_type_array);
}

const char *json_get_text(const struct json_object *object, const char *key)
{
	return json_text(json_get(object, key));
}

bool json_get_int(const struct json_object *object, const char *key, int64_t *out)
{
	struct json_object *value = member(object, key, json_type_int);
	if (value)
		*out = json_object_get_int64(value);
	return value;
}

bool json_get_double(const struct json_object *object, const char *key, double *out)
{
	struct json_object *value = json_get(object, key);
	if (!json_object_is_type(value, json_type_double) && !json_object_is_type(value, json_type_int))
		return false;
	*out = json_object_get_double(value);
	return true;
}

bool json_get_bool(const struct json_object *object, const char *key, bool *out)
{
	struct json_object *value = member(object, key, json_type_boolean);
	if (value)
		*out = json_object_get_boolean(value);
	return value;
}

size_t json_count(const struct json_object *array)
{
	return json_object_is_type(array, json_type_array) ? json_object_array_length(array) : 0;
}

struct json_object *json_at(const struct json_object *array, size_t i)
{
	return i < json_count(array) ? json_object_array_get_idx(array, i) : NULL;
}

/* json-c keeps the text inside the value; it only forgets to say const. */
const char *json_text(const struct json_object *value)
{
	return json_object_is_type(value, json_type_string) ? json_object_get_string((struct json_object *)value)
							    : NULL;
}

/* One token of a pointer into out, ~1 and ~0 undone; answers what follows it. */
static const char *pointer_token(const char *pointer, struct buf *out)
{
	buf_reset(out);
	for (pointer++; *pointer && *pointer != '/'; pointer++) {
		if (pointer[0] == '~' && (pointer[1] == '0' || pointer[1] == '1'))
			buf_char(out, *++pointer == '0' ? '~' : '/');
		else
			buf_char(out, *pointer);
	}
	return pointer;
}

static struct json_object *step(const struct json_object *value, const char *token)
{
	if (json_object_is_type(value, json_type_object))
		return json_get(value, token);
	size_t digits = strspn(token, "0123456789");
	if (digits == 0 || digits > 9 || token[digits] || (token[0] == '0' && digits > 1))
		return NULL;
	return json_at(value, strtoul(token, NULL, 10));
}

struct json_object *json_at_pointer(struct json_object *value, const char *pointer)
{
	struct buf token;
	buf_init(&token);
	while (value && *pointer == '/') {
		pointer = pointer_token(pointer, &token);
		value = step(value, token.data);
	}
	buf_finish(&token);
	return *pointer ? NULL : value;
}

const char *json_pointer_add(struct arena *arena, const char *pointer, const char *key)
{
	char *out = arena_alloc(arena, strlen(pointer) + 2 * strlen(key) + 2);
	char *at = stpcpy(out, pointer);
	*at++ = '/';
	for (; *key; key++) {
		if (*key == '~' || *key == '/') {
			*at++ = '~';
			*at++ = *key == '~' ? '0' : '1';
		} else {
			*at++ = *key;
		}
	}
	return out;
}

const char *json_pointer_index(struct arena *arena, const char *pointer, size_t i)
{
	return arena_printf(arena, "%s/%zu", pointer, i);
}
