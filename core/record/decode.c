#include "core/record/field.h"
#include "core/text/moment.h"

#include <errno.h>
#include <limits.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/crypto/crypto.h"
#include "core/record/blocks.h"
#include "core/record/call.h"
#include "core/record/row.h"
#include "core/record/term.h"
#include "core/text/code.h"
#include "core/text/email.h"
#include "core/text/json.h"
#include "core/text/mobile.h"
#include "core/text/phone.h"
#include "core/text/text.h"
#include "core/text/url.h"
#include "core/text/uscc.h"
#include "core/utf8.h"

#define AT(out, offset, type) (*(type *)((char *)(out) + (offset)))

enum { TEXT_MAX = 1000, LONGTEXT_MAX = 200000, URL_MAX = 500, SECRET_MAX = 1000, LIST_MAX = 10000, DIGITS_LENGTH = 6 };

struct decoder {
	struct call *call; /* may be NULL */
	bool trusted;      /* from a column or another platform's log: terms are not looked up */
	struct arena *arena;
	struct problem *problem;
	bool entry; /* DECODE_ENTRY */
};

static void fault(struct decoder *d, const char *pointer, const char *code, const char *zh, const char *en)
{
	d->problem = problem_add_field(d->arena, d->problem, pointer, code, zh, en);
}

static void fault_type(struct decoder *d, const char *pointer, const char *zh, const char *en)
{
	fault(d, pointer, "type", arena_printf(d->arena, "应为%s", zh), arena_printf(d->arena, "must be %s", en));
}

static void fault_format(struct decoder *d, const char *pointer, const char *zh, const char *en)
{
	fault(d, pointer, "format", zh, en);
}

/* Answers NULL, with a fault, when the value is no text. */
static const char *want_text(struct decoder *d, const char *pointer, struct json_object *value)
{
	const char *text = json_text(value);
	if (!text)
		fault_type(d, pointer, "文本", "a text");
	return text;
}

static bool is_ascii(const char *text)
{
	while (*text)
		if (*text++ & 0x80)
			return false;
	return true;
}

static int64_t text_max(const struct field *field)
{
	if (field->has_max)
		return field->max;
	switch (field->type) {
	case FIELD_LONGTEXT: return LONGTEXT_MAX;
	case FIELD_URL: return URL_MAX;
	case FIELD_SECRET: return SECRET_MAX;
	default: return TEXT_MAX;
	}
}

static void check_length(
	struct decoder *d, const struct field *field, const char *pointer, const char *text, int64_t min, int64_t max)
{
	int64_t length = (int64_t)utf8_length(text);
	if (length > max)
		fault(d, pointer, "too-long", arena_printf(d->arena, "不能超过 %lld 个字", (long long)max),
			arena_printf(d->arena, "has %lld characters; at most %lld are allowed", (long long)length,
				(long long)max));
	else if (length < min)
		fault(d, pointer, "too-short", arena_printf(d->arena, "至少 %lld 个字", (long long)min),
			arena_printf(d->arena, "has %lld characters; at least %lld are needed", (long long)length,
				(long long)min));
}

static bool matches(const char *pattern, const char *text, struct arena *arena)
{
	regex_t regex;
	if (regcomp(&regex, arena_printf(arena, "^(%s)$", pattern), REG_EXTENDED | REG_NOSUB) != 0)
		return false;
	bool yes = regexec(&regex, text, 0, NULL, 0) == 0;
	regfree(&regex);
	return yes;
}

static void check_text(struct decoder *d, const struct field *field, const char *pointer, const char *text)
{
	bool direction;
	if (!text_is_plain(text, field->type == FIELD_LONGTEXT, &direction))
		fault(d, pointer, direction ? "direction" : "control-character",
			direction ? "含有改变文字方向的不可见字符" : "含有不允许的控制字符",
			direction ? "contains unseen characters that turn the direction of reading"
				  : "contains control characters");
	if (field->ascii && !is_ascii(text))
		fault(d, pointer, "ascii", "只能使用字母、数字和半角符号",
			"may hold letters, digits and signs of ASCII only");
	check_length(d, field, pointer, text, field->has_min ? field->min : 0, text_max(field));
	if (field->pattern && !matches(field->pattern, text, d->arena))
		fault(d, pointer, "pattern", field->pattern_zh ? field->pattern_zh : "格式不正确",
		      field->pattern_en ? field->pattern_en : "does not have the form asked for");
}

/* --- texts with a form of their own: each has one rule, which answers the normal spelling, or NULL --- */

static const char *read_region(struct arena *arena, const char *text)
{
	const char *code = text_narrow(arena, text);
	return strlen(code) == 6 && strspn(code, "0123456789") == 6 ? code : NULL;
}

/* What holds no code goes on as it is: what is said of a wrong one is its own problem (invite-code-check). */
static const char *read_code(struct arena *arena, const char *text)
{
	char *code = arena_alloc(arena, CODE_LENGTH + 1);
	return code_read(arena, text, code) ? code : text_narrow(arena, text);
}

static const char *normal_text(struct decoder *d, enum field_type type, const char *text)
{
	const struct call_services *services = d->call ? d->call->services : NULL;
	switch (type) {
	case FIELD_MOBILE: return mobile_read(d->arena, text);
	case FIELD_USCC: return uscc_normalise(d->arena, text);
	case FIELD_EMAIL: return email_read(d->arena, text);
	case FIELD_PHONE: return phone_read(d->arena, text);
	case FIELD_URL: return url_read(d->arena, text);
	case FIELD_DATE: return date_read(d->arena, text);
	case FIELD_INVITE_CODE: return read_code(d->arena, text);
	case FIELD_DIGITS: return digits_read(d->arena, text, DIGITS_LENGTH);
	case FIELD_REGION:
		text = read_region(d->arena, text);
		return text && services && services->knows_region &&
				!services->knows_region(d->call, text, services->arg)
			? NULL
			: text;
	case FIELD_SECRET: return text;
	case FIELD_LONGTEXT: return text_lines(d->arena, text);
	default: return text_line(d->arena, text);
	}
}

static void fault_text_form(struct decoder *d, enum field_type type, const char *pointer)
{
	switch (type) {
	case FIELD_MOBILE:
		fault_format(d, pointer, "手机号码应为 13—19 开头的 11 位数字",
			"must be a mobile number: 11 digits beginning with 13 to 19");
		break;
	case FIELD_DIGITS: fault_format(d, pointer, "验证码为 6 位数字", "must be a code of 6 digits"); break;
	case FIELD_EMAIL: fault_format(d, pointer, "电子邮箱地址不正确", "must be an e-mail address"); break;
	case FIELD_PHONE: fault_format(d, pointer, "电话号码不正确", "must be a telephone number"); break;
	case FIELD_URL:
		fault_format(d, pointer, "网址应以 http:// 或 https:// 开头",
			"must be an address beginning with http:// or https://");
		break;
	case FIELD_DATE:
		fault_format(d, pointer, "日期格式应为 2026-05-06", "must be a day that exists, as 2026-05-06");
		break;
	default: fault_format(d, pointer, "没有这个区划代码", "must be the six digits of a known region"); break;
	}
}

/* A check character that does not fit may be accepted by a reviewer (uscc.h): whoever asks for the code decides. */
static bool check_uscc(struct decoder *d, const char *pointer, const char *code)
{
	struct uscc_result result = uscc_check(d->arena, code);
	struct problem *problem =
		result.fault == USCC_OK || result.soft ? NULL : uscc_problem(d->arena, pointer, &result);
	if (problem)
		fault(d, pointer, problem->fields->code, problem->fields->zh, problem->fields->en);
	return !problem;
}

/* An empty text is an absent one, so that a cleared input does not count as filled in. */
static bool decode_text(
	struct decoder *d, const struct field *field, const char *pointer, struct json_object *value, const char **out)
{
	const char *text = want_text(d, pointer, value);
	if (!text)
		return false;
	if (field->type == FIELD_SECRET ? !*text : text_is_blank(text)) {
		*out = NULL;
		return true;
	}
	const char *normal = normal_text(d, field->type, text);
	if (!normal) {
		fault_text_form(d, field->type, pointer);
		return false;
	}
	check_text(d, field, pointer, normal);
	*out = normal;
	return field->type != FIELD_USCC || check_uscc(d, pointer, normal);
}

/* Whatever a declaration allows, no more than every reader of JSON holds exactly (RFC 8259, 6): a browser would show a
 * larger number as another one and send that back. */
static const int64_t NUMBER_MOST = ((int64_t)1 << 53) - 1;

static bool decode_number(
	struct decoder *d, const struct field *field, const char *pointer, struct json_object *value, int64_t *out)
{
	if (!json_object_is_type(value, json_type_int)) {
		fault_type(d, pointer, "整数", "a whole number");
		return false;
	}
	int64_t number = json_object_get_int64(value);
	int64_t min = field->has_min ? field->min : field->type == FIELD_INT ? -NUMBER_MOST : 0;
	int64_t max = field->has_max ? field->max : NUMBER_MOST;
	if (number < min)
		fault(d, pointer, "too-small", arena_printf(d->arena, "不能小于 %lld", (long long)min),
		      arena_printf(d->arena, "must be at least %lld", (long long)min));
	else if (number > max)
		fault(d, pointer, "too-large", arena_printf(d->arena, "不能大于 %lld", (long long)max),
		      arena_printf(d->arena, "must be at most %lld", (long long)max));
	*out = number;
	return true;
}

static bool decode_id(struct decoder *d, const char *pointer, struct json_object *value, struct uuid *out)
{
	const char *text = want_text(d, pointer, value);
	if (!text)
		return false;
	if (uuid_parse(text, out) && !uuid_is_nil(*out))
		return true;
	fault_format(d, pointer, "编号不正确", "must be an id");
	return false;
}

static bool decode_enum(
	struct decoder *d, const struct field *field, const char *pointer, struct json_object *value, int *out)
{
	const char *text = want_text(d, pointer, value);
	if (!text)
		return false;
	*out = field_value(field, text);
	if (*out)
		return true;
	struct buf *codes = buf_in(d->arena);
	for (size_t i = 0; i < field->value_count; i++)
		buf_printf(codes, "%s%s", i ? ", " : "", field->values[i].code);
	fault(d, pointer, "choice", arena_printf(d->arena, "只能是：%s", codes->data),
		arena_printf(d->arena, "must be one of: %s", codes->data));
	return false;
}

static bool decode_platform(struct decoder *d, const char *pointer, struct json_object *value, uint32_t *out)
{
	const struct call_services *services = d->call ? d->call->services : NULL;
	bool named = services && services->platform_by_slug;
	/* Entries from before stand in logs of this database with its own numbers. */
	if (json_object_is_type(value, json_type_int) && (!named || d->entry)) {
		int64_t number = json_object_get_int64(value);
		*out = number > 0 && number <= UINT32_MAX ? (uint32_t)number : 0;
	} else {
		const char *text = want_text(d, pointer, value);
		if (!text)
			return false;
		*out = named ? services->platform_by_slug(d->call, text, services->arg) : 0;
	}
	if (!*out)
		fault(d, pointer, "unknown-platform", "没有这个平台", "names no platform");
	return *out != 0;
}

static bool decode_time(struct decoder *d, const char *pointer, struct json_object *value, int64_t *out)
{
	const char *text = want_text(d, pointer, value);
	if (!text)
		return false;
	if (time_parse(text, out))
		return true;
	fault_format(d, pointer, "时间格式应为 2026-05-06T08:00:00Z", "must be a time as 2026-05-06T08:00:00Z");
	return false;
}

static bool decode_hash(struct decoder *d, const char *pointer, struct json_object *value, void *out)
{
	const char *text = want_text(d, pointer, value);
	if (!text)
		return false;
	if (crypto_unhex(text, out, CRYPTO_HASH))
		return true;
	fault_format(d, pointer, "应为 64 位十六进制", "must be 64 lower-case hexadecimal digits");
	return false;
}

static void decode_object(struct decoder *d, const struct shape *shape, const char *pointer, struct json_object *object,
	enum decode_mode mode, uint32_t roles, void *out);

static size_t item_size(const struct field *field)
{
	switch (field->item) {
	case FIELD_TEXT:
	case FIELD_TERM: return sizeof(const char *);
	case FIELD_ENUM: return sizeof(int);
	case FIELD_PLATFORM: return sizeof(uint32_t);
	case FIELD_OBJECT: return field->shape->size;
	default: return sizeof(struct uuid);
	}
}

static void fault_term(struct decoder *d, const char *pointer, const char *code)
{
	fault(d, pointer, "unknown", arena_printf(d->arena, "没有这一项，或已停用：%s", code),
		arena_printf(d->arena, "is no term that can be chosen: %s", code));
}

/* *out: what the field held. */
static bool decode_term(
	struct decoder *d, const struct field *field, const char *pointer, struct json_object *value, const char **out)
{
	const char *before = *out;
	if (!decode_text(d, field, pointer, value, out))
		return false;
	if (*out && !d->trusted && !term_allows(d->call, field->terms, *out, before))
		fault_term(d, pointer, *out);
	return true;
}

static void decode_term_item(struct decoder *d, const struct field *field, const char *pointer,
	struct json_object *value,
	const struct text_list *before, const char **out)
{
	static const struct field text = {.type = FIELD_TERM, .has_max = true, .max = 32};
	if (!decode_text(d, &text, pointer, value, out))
		return;
	if (!*out)
		fault(d, pointer, "required", "不能为空", "must not be empty");
	else if (!d->trusted && !term_allows_in(d->call, field->terms, *out, before))
		fault_term(d, pointer, *out);
}

/* before: what the list held. */
static void decode_item(struct decoder *d, const struct field *field, const char *pointer, struct json_object *value,
	const struct object_list *before, void *out)
{
	struct field text = {.type = FIELD_TEXT, .has_max = true, .max = field->item_max ? field->item_max : 200};
	switch (field->item) {
	case FIELD_TEXT:
		if (decode_text(d, &text, pointer, value, out) && !*(const char **)out)
			fault(d, pointer, "required", "不能为空", "must not be empty");
		break;
	case FIELD_TERM:
		decode_term_item(d, field, pointer, value, (const struct text_list *)before, out);
		break;
	case FIELD_ENUM: decode_enum(d, field, pointer, value, out); break;
	case FIELD_PLATFORM: decode_platform(d, pointer, value, out); break;
	case FIELD_OBJECT:
		if (json_object_is_type(value, json_type_object))
			decode_object(d, field->shape, pointer, value, DECODE_FULL, 0, out);
		else
			fault_type(d, pointer, "对象", "an object");
		break;
	default: decode_id(d, pointer, value, out); break;
	}
}

/* Of a list that has so many entries and no other number; none where it may be left out. */
static bool is_exact(const struct field *field)
{
	return field->has_min && field->has_max && field->min == field->max;
}

static bool fault_exactly(struct decoder *d, const struct field *field, const char *pointer, int64_t count)
{
	if (count == field->max || (!count && !field->required))
		return false;
	fault(d, pointer, count > field->max ? "too-many" : "too-few",
		arena_printf(d->arena, "应恰好 %lld 项，现有 %lld 项", (long long)field->max, (long long)count),
		arena_printf(d->arena, "must have exactly %lld entries; it has %lld", (long long)field->max,
			(long long)count));
	return true;
}

static bool decode_list(struct decoder *d, const struct field *field, const char *pointer, struct json_object *value,
	struct object_list *out)
{
	if (!json_object_is_type(value, json_type_array)) {
		fault_type(d, pointer, "列表", "a list");
		return false;
	}
	int64_t count = (int64_t)json_count(value), max = field->has_max ? field->max : LIST_MAX;
	if (is_exact(field) && fault_exactly(d, field, pointer, count))
		return false;
	if (count > max) {
		fault(d, pointer, "too-many", arena_printf(d->arena, "最多 %lld 项", (long long)max),
			arena_printf(d->arena, "has %lld entries; at most %lld are allowed", (long long)count,
				(long long)max));
		return false;
	}
	if (field->has_min && count < field->min && !is_exact(field))
		fault(d, pointer, "too-few", arena_printf(d->arena, "至少 %lld 项", (long long)field->min),
			arena_printf(d->arena, "has %lld entries; at least %lld are needed", (long long)count,
				(long long)field->min));
	const struct object_list before = *out;
	out->items = arena_array(d->arena, (size_t)count + 1, item_size(field));
	out->count = (size_t)count;
	for (size_t i = 0; i < out->count; i++)
		decode_item(d, field, json_pointer_index(d->arena, pointer, i), json_at(value, i), &before,
			(char *)out->items + i * item_size(field));
	return true;
}

static bool decode_json(struct decoder *d, const struct field *field, const char *pointer, struct json_object *value,
	struct json_object **out)
{
	if (field->type == FIELD_BLOCKS) {
		d->problem = blocks_check(d->arena, d->problem, pointer, value);
	} else if (!json_object_is_type(value, json_type_object) && !json_object_is_type(value, json_type_array)) {
		fault_type(d, pointer, "对象或列表", "an object or a list");
		return false;
	}
	*out = value;
	return true;
}

static bool decode_value(
	struct decoder *d, const struct field *field, const char *pointer, struct json_object *value, void *out)
{
	size_t at = field->offset;
	if (field->sealed_column) {
		const char *plain = NULL;
		bool good = decode_text(d, field, pointer, value, &plain);
		AT(out, at, struct sealed) = (struct sealed){.plain = plain};
		return good;
	}
	switch (field->type) {
	case FIELD_INT:
	case FIELD_UINT:
	case FIELD_MONEY: return decode_number(d, field, pointer, value, &AT(out, at, int64_t));
	case FIELD_BOOL:
		if (!json_object_is_type(value, json_type_boolean)) {
			fault_type(d, pointer, " true 或 false", "true or false");
			return false;
		}
		AT(out, at, bool) = json_object_get_boolean(value);
		return true;
	case FIELD_TIME: return decode_time(d, pointer, value, &AT(out, at, int64_t));
	case FIELD_ID:
	case FIELD_FILE: return decode_id(d, pointer, value, &AT(out, at, struct uuid));
	case FIELD_ENUM: return decode_enum(d, field, pointer, value, &AT(out, at, int));
	case FIELD_PLATFORM: return decode_platform(d, pointer, value, &AT(out, at, uint32_t));
	case FIELD_HASH: return decode_hash(d, pointer, value, (char *)out + at);
	case FIELD_JSON:
	case FIELD_BLOCKS: return decode_json(d, field, pointer, value, &AT(out, at, struct json_object *));
	case FIELD_OBJECT:
		if (!json_object_is_type(value, json_type_object)) {
			fault_type(d, pointer, "对象", "an object");
			return false;
		}
		AT(out, at, void *) = arena_alloc(d->arena, field->shape->size);
		decode_object(d, field->shape, pointer, value, DECODE_FULL, 0, AT(out, at, void *));
		return true;
	case FIELD_LIST: return decode_list(d, field, pointer, value, &AT(out, at, struct object_list));
	case FIELD_TERM: return decode_term(d, field, pointer, value, &AT(out, at, const char *));
	default: return decode_text(d, field, pointer, value, &AT(out, at, const char *));
	}
}

static void set_default(const struct field *field, void *out)
{
	if (!field->has_default)
		return;
	if (field->type == FIELD_ENUM)
		AT(out, field->offset, int) = field_value(field, field->default_text);
	else if (field->type == FIELD_BOOL)
		AT(out, field->offset, bool) = field->default_number != 0;
	else if (field->default_text)
		AT(out, field->offset, const char *) = field->default_text;
	else
		AT(out, field->offset, int64_t) = field->default_number;
	if (field->has_offset != FIELD_NO_OFFSET)
		AT(out, field->has_offset, bool) = true;
}

/* Whether the field is asked for at all, given what another field of the same struct says. */
static bool is_shown(const struct shape *shape, const struct field *field, const void *in)
{
	const struct field *other = field->show_if_field ? shape_field(shape, field->show_if_field) : NULL;
	if (!other)
		return true;
	if (other->type == FIELD_BOOL)
		return *((const bool *)in + other->offset) == (strcmp(field->show_if_value, "true") == 0);
	const char *value = other->type == FIELD_ENUM
		? field_code(other, *(const int *)((const char *)in + other->offset))
		: *(const char *const *)((const char *)in + other->offset);
	return value && strcmp(value, field->show_if_value) == 0;
}

static void decode_field(struct decoder *d, const struct field *field, const char *pointer, struct json_object *object,
	enum decode_mode mode, void *out)
{
	if (!json_has(object, field->name)) {
		if (mode != DECODE_PATCH)
			set_default(field, out);
		return;
	}
	struct json_object *value = json_get(object, field->name);
	const char *here = json_pointer_add(d->arena, pointer, field->name);
	if (!value) {
		field_clear(field, out);
		set_default(field, out);
		return;
	}
	if (decode_value(d, field, here, value, out) && field->has_offset != FIELD_NO_OFFSET)
		AT(out, field->has_offset, bool) = true;
}

/* Something was sent for it: neither null nor blank. */
static bool is_given(struct json_object *object, const char *name)
{
	struct json_object *value = json_get(object, name);
	const char *text = json_text(value);
	return value && !(text && text_is_blank(text));
}

static void check_required(struct decoder *d, const struct shape *shape, const char *pointer,
	struct json_object *object, enum decode_mode mode, uint32_t roles, const void *out)
{
	for (size_t i = 0; i < shape->count; i++) {
		const struct field *field = &shape->fields[i];
		bool asked = mode != DECODE_PATCH || json_has(object, field->name);
		if (!field->required || !asked || (roles && !(field->write & roles)) || is_given(object, field->name) ||
			!is_shown(shape, field, out))
			continue;
		fault(d, json_pointer_add(d->arena, pointer, field->name), "required", "必填", "is required");
	}
}

/* A caller may not set what its roles do not let it, and not what nobody declared. */
static void check_members(
	struct decoder *d, const struct shape *shape, const char *pointer, struct json_object *object, uint32_t roles)
{
	json_object_object_foreach(object, key, value)
	{
		(void)value;
		const struct field *field = shape_field(shape, key);
		const char *here = json_pointer_add(d->arena, pointer, key);
		if (!field)
			fault(d, here, "unknown", "没有这个字段", "is not a known field");
		else if (roles && !(field->write & roles))
			fault(d, here, "read-only", "不能由您填写", "may not be set by you");
	}
}

static void decode_object(struct decoder *d, const struct shape *shape, const char *pointer, struct json_object *object,
	enum decode_mode mode, uint32_t roles, void *out)
{
	if (mode != DECODE_ENTRY)
		check_members(d, shape, pointer, object, roles);
	for (size_t i = 0; i < shape->count; i++)
		if (!roles || (shape->fields[i].write & roles) || mode != DECODE_PATCH)
			decode_field(d, &shape->fields[i], pointer,
				roles && !(shape->fields[i].write & roles) ? NULL : object, mode, out);
	check_required(d, shape, pointer, object, mode, roles, out);
}

struct problem *shape_decode(struct call *call, struct arena *arena, const struct shape *shape,
	struct json_object *object, enum decode_mode mode, uint32_t roles, void *out)
{
	const bool entry = mode == DECODE_ENTRY;
	struct decoder d = {.call = call, .trusted = entry, .entry = entry, .arena = arena};
	decode_object(&d, shape, "", object, mode, roles, out);
	return d.problem;
}

static bool is_text(enum field_type type)
{
	switch (type) {
	case FIELD_TEXT:
	case FIELD_LONGTEXT:
	case FIELD_DATE:
	case FIELD_REGION:
	case FIELD_USCC:
	case FIELD_MOBILE:
	case FIELD_EMAIL:
	case FIELD_PHONE:
	case FIELD_TERM:
	case FIELD_URL: return true;
	default: return false;
	}
}

void shape_put_back(const struct shape *shape, struct json_object *object, const void *in)
{
	for (size_t i = 0; i < shape->count; i++) {
		const struct field *field = &shape->fields[i];
		if (!is_text(field->type) || field->sealed_column || !json_get(object, field->name))
			continue;
		const char *text = *(const char *const *)((const char *)in + field->offset);
		json_object_object_add(object, field->name, text ? json_object_new_string(text) : NULL);
	}
}

void field_decode_loose(
	struct call *call, struct arena *arena, const struct field *field, struct json_object *value, void *out)
{
	struct decoder d = {.call = call, .trusted = true, .arena = arena};
	struct field unbounded = *field;
	unbounded.has_min = unbounded.has_max = false;
	bool good = value && decode_value(&d, &unbounded, "", value, out);
	if (!good)
		field_clear(field, out);
	else if (field->has_offset != FIELD_NO_OFFSET)
		AT(out, field->has_offset, bool) = true;
}

/* --- queries: each value as the JSON value that its field asks for --- */

static struct json_object *query_number(const char *text)
{
	char *end;
	errno = 0;
	long long number = strtoll(text, &end, 10);
	if (errno || end == text || *end || text[0] == '+' || text[0] == ' ')
		return json_object_new_string(text);
	return json_object_new_int64(number);
}

static struct json_object *query_list(const struct field *field, const char *text)
{
	struct json_object *array = json_object_new_array();
	while (*text) {
		size_t len = strcspn(text, ",");
		json_object_array_add(array, json_object_new_string_len(text, (int)len));
		text += len + (text[len] == ',');
	}
	return array;
}

static struct json_object *query_value(const struct field *field, const char *text)
{
	switch (field ? field->type : FIELD_TEXT) {
	case FIELD_INT:
	case FIELD_UINT:
	case FIELD_MONEY: return query_number(text);
	case FIELD_BOOL:
		if (strcmp(text, "true") == 0 || strcmp(text, "1") == 0)
			return json_object_new_boolean(1);
		if (strcmp(text, "false") == 0 || strcmp(text, "0") == 0)
			return json_object_new_boolean(0);
		return json_object_new_string(text);
	case FIELD_LIST: return query_list(field, text);
	default: return json_object_new_string(text);
	}
}

struct problem *shape_decode_query(struct call *call, struct arena *arena, const struct shape *shape,
	const char *const *names, const char *const *values, size_t count, void *out)
{
	struct json_object *object = json_own(arena, json_object_new_object());
	for (size_t i = 0; i < count; i++) {
		const struct field *field = shape_field(shape, names[i]);
		/* An empty parameter is one left blank in a search form. */
		if (values[i][0] || !field)
			json_object_object_add(object, names[i], query_value(field, values[i]));
	}
	return shape_decode(call, arena, shape, object, DECODE_FULL, 0, out);
}
