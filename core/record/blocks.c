#include "core/record/blocks.h"

#include <string.h>

#include "core/crypto/uuid.h"
#include "core/text/json.h"
#include "core/text/text.h"
#include "core/utf8.h"

enum member_kind { MEMBER_TEXT, MEMBER_LEVEL, MEMBER_BOOL, MEMBER_TEXTS, MEMBER_ROWS, MEMBER_FILE, MEMBER_URL };

struct member {
	const char *name;
	enum member_kind kind;
	bool required;
};

struct kind {
	const char *name;
	struct member members[3];
};

static const struct kind kinds[] = {
	{"heading", {{"text", MEMBER_TEXT, true}, {"level", MEMBER_LEVEL, false}}},
	{"paragraph", {{"text", MEMBER_TEXT, true}}},
	{"quote", {{"text", MEMBER_TEXT, true}}},
	{"list", {{"items", MEMBER_TEXTS, true}, {"ordered", MEMBER_BOOL, false}}},
	{"image", {{"file", MEMBER_FILE, true}, {"caption", MEMBER_TEXT, false}}},
	{"divider", {{NULL}}},
	{"table", {{"rows", MEMBER_ROWS, true}, {"header", MEMBER_BOOL, false}}},
	{"link", {{"text", MEMBER_TEXT, true}, {"url", MEMBER_URL, true}}},
};

static bool text_good(struct json_object *value)
{
	const char *text = json_text(value);
	return text && utf8_length(text) <= BLOCK_TEXT_MAX && text_is_plain(text, true, NULL);
}

static bool texts_good(struct json_object *value)
{
	if (!json_object_is_type(value, json_type_array) || json_count(value) > BLOCK_ITEMS_MAX)
		return false;
	for (size_t i = 0; i < json_count(value); i++)
		if (!text_good(json_at(value, i)))
			return false;
	return true;
}

static bool rows_good(struct json_object *value)
{
	if (!json_object_is_type(value, json_type_array) || json_count(value) > BLOCK_ITEMS_MAX)
		return false;
	for (size_t i = 0; i < json_count(value); i++)
		if (!texts_good(json_at(value, i)))
			return false;
	return true;
}

static bool member_good(enum member_kind kind, struct json_object *value)
{
	struct uuid id;
	const char *text = json_text(value);
	switch (kind) {
	case MEMBER_TEXT: return text_good(value);
	case MEMBER_LEVEL:
		return json_object_is_type(value, json_type_int) && json_object_get_int64(value) >= 2 &&
			json_object_get_int64(value) <= 4;
	case MEMBER_BOOL: return json_object_is_type(value, json_type_boolean);
	case MEMBER_TEXTS: return texts_good(value);
	case MEMBER_ROWS: return rows_good(value);
	case MEMBER_FILE: return text && uuid_parse(text, &id);
	case MEMBER_URL:
		return text && strlen(text) <= 500 &&
			(strncmp(text, "https://", 8) == 0 || strncmp(text, "http://", 7) == 0);
	}
	return false;
}

static const struct kind *find_kind(const char *name)
{
	for (size_t i = 0; name && i < sizeof kinds / sizeof *kinds; i++)
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	return NULL;
}

static const struct member *find_member(const struct kind *kind, const char *name)
{
	for (size_t i = 0; i < 3 && kind->members[i].name; i++)
		if (strcmp(kind->members[i].name, name) == 0)
			return &kind->members[i];
	return NULL;
}

static struct problem *check_block(
	struct arena *arena, struct problem *problem, const char *pointer, struct json_object *block)
{
	const struct kind *kind = find_kind(json_get_text(block, "type"));
	if (!kind)
		return problem_add_field(arena, problem, json_pointer_add(arena, pointer, "type"), "choice",
			"没有这种内容块",
					 "is no kind of block: heading, paragraph, quote, list, image, divider, table, "
					 "link");
	json_object_object_foreach(block, key, value)
	{
		const struct member *member = find_member(kind, key);
		if (strcmp(key, "type") != 0 && (!member || !member_good(member->kind, value)))
			problem = problem_add_field(arena, problem, json_pointer_add(arena, pointer, key),
				member ? "format" : "unknown", member ? "内容不正确" : "没有这个字段",
				member ? "is not valid here" : "is not a known field");
	}
	for (size_t i = 0; i < 3 && kind->members[i].name; i++)
		if (kind->members[i].required && !json_has(block, kind->members[i].name))
			problem = problem_add_field(arena, problem,
				json_pointer_add(arena, pointer, kind->members[i].name), "required", "必填",
				"is required");
	return problem;
}

struct problem *blocks_check(
	struct arena *arena, struct problem *problem, const char *pointer, struct json_object *value)
{
	if (!json_object_is_type(value, json_type_array) || json_count(value) > BLOCKS_MAX)
		return problem_add_field(arena, problem, pointer, "type", "应为内容块列表，最多 300 块",
			"must be a list of at most 300 blocks");
	for (size_t i = 0; i < json_count(value); i++)
		problem = check_block(arena, problem, json_pointer_index(arena, pointer, i), json_at(value, i));
	return problem;
}
