#include "core/text/uscc.h"

#include <string.h>

#include "core/text/text.h"
#include "core/text/uscc_categories.h"

static const char ALPHABET[] = "0123456789ABCDEFGHJKLMNPQRTUWXY";

static const struct category {
	char department, category;
} CATEGORIES[] = {
#define PAIR(department, category, type) {department, category},
	USCC_CATEGORIES(PAIR)
#undef PAIR
};

/* GB/T 2260 provinces; 10 is registration at the State level. */
static const char PROVINCES[] = "10 11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 "
				"61 62 63 64 65 71 81 82 ";

struct fault_text {
	const char *code;
	const char *zh;
	const char *en;
};

static const struct fault_text TEXTS[] = {
	[USCC_FAULT_LENGTH] = {"uscc-length", "统一社会信用代码应为 18 位",
		"A unified social credit code has 18 characters"},
	[USCC_FAULT_ALPHABET] = {"uscc-alphabet", "统一社会信用代码含有不允许的字符（不使用字母 I、O、S、V、Z）",
				 "The code holds a character that is not allowed (the letters I, O, S, V and Z are not "
				 "used)"},
	[USCC_FAULT_DEPARTMENT] = {"uscc-department", "统一社会信用代码第 1 位（登记管理部门）不存在",
				   "The first character names no registering department"},
	[USCC_FAULT_CATEGORY] = {"uscc-category", "统一社会信用代码第 2 位（机构类别）不存在",
				 "The second character names no category of that department"},
	[USCC_FAULT_DIVISION] = {"uscc-division", "统一社会信用代码第 3—8 位（登记机关行政区划）不存在",
				 "Characters 3 to 8 name no administrative division"},
	[USCC_FAULT_ORGANISATION_DIGIT] = {"uscc-organisation-digit",
		"统一社会信用代码第 17 位（组织机构代码校验码）不符，请核对；确认无误可由审核员说明理由后通过",
		"Character 17 (check of the organisation code) does not fit: please compare it with the licence; a "
		"reviewer may accept it with a reason"},
	[USCC_FAULT_CHECK_DIGIT] = {"uscc-check-digit",
				    "统一社会信用代码末位校验码不符，请核对；确认无误可由审核员说明理由后通过",
				    "The last character (check) does not fit: please compare it with the licence; a "
				    "reviewer may "
				    "accept it with a reason"},
};

char *uscc_normalise(struct arena *arena, const char *text)
{
	const char *from = text_narrow(arena, text);
	char *out = arena_alloc(arena, strlen(from) + 1), *to = out;

	for (; *from; from++)
		if (*from != ' ' && *from != '-')
			*to++ = *from >= 'a' && *from <= 'z' ? (char)(*from - 'a' + 'A') : *from;
	return out;
}

static int value(char c)
{
	const char *found = c ? strchr(ALPHABET, c) : NULL;
	return found ? (int)(found - ALPHABET) : -1;
}

static char check_digit(const char *code)
{
	int weight = 1, sum = 0;
	for (int i = 0; i < 17; i++) {
		sum += value(code[i]) * weight;
		weight = weight * 3 % 31;
	}
	return ALPHABET[(31 - sum % 31) % 31]; /* the outer % keeps a sum of 0 at '0' */
}

/* GB 11714 counts A=10 … Z=35, unlike the alphabet above. */
static char organisation_digit(const char *code)
{
	static const int weights[] = {3, 7, 9, 10, 5, 8, 4, 2};
	int sum = 0, digit;
	for (int i = 0; i < 8; i++) {
		char c = code[8 + i];
		sum += weights[i] * (c <= '9' ? c - '0' : c - 'A' + 10);
	}
	digit = 11 - sum % 11;
	return digit == 10 ? 'X' : digit == 11 ? '0' : (char)('0' + digit);
}

/* The row of a pair; with 0 for a category any of the department's. NULL if there is none. */
static const struct category *category_of(char department, char category)
{
	for (size_t i = 0; i < sizeof CATEGORIES / sizeof *CATEGORIES; i++)
		if (CATEGORIES[i].department == department && (!category || CATEGORIES[i].category == category))
			return &CATEGORIES[i];
	return NULL;
}

static bool division_known(const char *code, int *position)
{
	char province[4] = {code[2], code[3], ' ', 0};
	for (int i = 2; i < 8; i++) {
		if (code[i] < '0' || code[i] > '9') {
			*position = i + 1;
			return false;
		}
	}
	*position = 3;
	return strstr(PROVINCES, province) != NULL;
}

static enum uscc_fault first_fault(const char *code, int *position)
{
	*position = 0;
	if (strlen(code) != USCC_LENGTH)
		return USCC_FAULT_LENGTH;
	for (int i = 0; i < USCC_LENGTH; i++) {
		*position = i + 1;
		if (value(code[i]) < 0)
			return USCC_FAULT_ALPHABET;
	}
	*position = 1;
	if (!category_of(code[0], 0))
		return USCC_FAULT_DEPARTMENT;
	*position = 2;
	if (!category_of(code[0], code[1]))
		return USCC_FAULT_CATEGORY;
	if (!division_known(code, position))
		return USCC_FAULT_DIVISION;
	*position = 17;
	if (organisation_digit(code) != code[16])
		return USCC_FAULT_ORGANISATION_DIGIT;
	*position = 18;
	if (check_digit(code) != code[17])
		return USCC_FAULT_CHECK_DIGIT;
	*position = 0;
	return USCC_OK;
}

/* Letters that the alphabet leaves out because they look like something else. */
static char look_alike(char c)
{
	switch (c) {
	case 'O':
		return '0';
	case 'I':
		return '1';
	case 'Z':
		return '2';
	case 'S':
		return '5';
	case 'V':
		return 'U';
	default:
		return c;
	}
}

/* The code without what parts its groups and with look-alikes replaced, if it then passes. */
static const char *suggest(struct arena *arena, const char *code)
{
	char out[USCC_LENGTH + 1] = "";
	int len = 0, position;

	for (const char *at = uscc_normalise(arena, code); *at; at++) {
		if (*at == '_' || *at == '.')
			continue;
		if (len == USCC_LENGTH)
			return NULL;
		out[len++] = look_alike(*at);
	}
	return first_fault(out, &position) == USCC_OK ? arena_strdup(arena, out) : NULL;
}

struct uscc_result uscc_check(struct arena *arena, const char *code)
{
	struct uscc_result result = {0};

	result.fault = first_fault(code, &result.position);
	if (result.fault == USCC_OK)
		return result;
	result.soft = result.fault >= USCC_FAULT_ORGANISATION_DIGIT;
	result.zh = TEXTS[result.fault].zh;
	result.en = TEXTS[result.fault].en;
	result.suggestion = result.soft ? NULL : suggest(arena, code);
	return result;
}

struct problem *uscc_problem(struct arena *arena, const char *pointer, const struct uscc_result *result)
{
	const char *zh = result->zh, *en = result->en;

	if (result->fault == USCC_OK)
		return NULL;
	if (result->suggestion) {
		zh = arena_printf(arena, "%s；是否应为 %s？", zh, result->suggestion);
		en = arena_printf(arena, "%s. Did you mean %s?", en, result->suggestion);
	}
	return problem_add_field(arena, NULL, pointer, TEXTS[result->fault].code, zh, en);
}

struct problem *uscc_parse(struct arena *arena, const char *pointer, const char *text, bool accept_soft,
                           const char **code)
{
	char *normal = uscc_normalise(arena, text);
	struct uscc_result result = uscc_check(arena, normal);

	if (result.fault != USCC_OK && !(result.soft && accept_soft))
		return uscc_problem(arena, pointer, &result);
	*code = normal;
	return NULL;
}
