#include "tenants/uscc.h"

#include <string.h>

#include "core/buf.h"

static const char ALPHABET[] = "0123456789ABCDEFGHJKLMNPQRTUWXY";

/* GB 32100-2015, table of departments and their categories, and the organisation type that each stands for: one row a pair,
 * so that a pair without a type does not exist. Types are those of record `institution`. */
#define TYPE(name) INSTITUTION_ORGANISATION_TYPE_##name
static const struct category {
	char department, category;
	enum institution_organisation_type type;
} CATEGORIES[] = {
	/* establishment office: government body, public institution, mass organisation */
	{'1', '1', TYPE(GOVERNMENT)}, {'1', '2', TYPE(PUBLIC_INSTITUTION)}, {'1', '3', TYPE(ASSOCIATION)}, {'1', '9', TYPE(OTHER)},
	/* foreign affairs: foreign news offices */
	{'2', '1', TYPE(OTHER)}, {'2', '9', TYPE(OTHER)},
	/* justice: law firm, notary's office, township legal service, forensic examiner, arbitration commission */
	{'3', '1', TYPE(PARTNERSHIP)}, {'3', '2', TYPE(OTHER)}, {'3', '3', TYPE(OTHER)}, {'3', '4', TYPE(OTHER)}, {'3', '5', TYPE(OTHER)}, {'3', '9', TYPE(OTHER)},
	/* culture: foreign cultural centres */
	{'4', '1', TYPE(OTHER)}, {'4', '9', TYPE(OTHER)},
	/* civil affairs: society, private non-enterprise unit, foundation */
	{'5', '1', TYPE(ASSOCIATION)}, {'5', '2', TYPE(PRIVATE_NON_ENTERPRISE)}, {'5', '3', TYPE(FOUNDATION)}, {'5', '9', TYPE(OTHER)},
	/* tourism: foreign offices */
	{'6', '1', TYPE(OTHER)}, {'6', '2', TYPE(OTHER)}, {'6', '9', TYPE(OTHER)},
	/* religion: places, schools */
	{'7', '1', TYPE(OTHER)}, {'7', '2', TYPE(OTHER)}, {'7', '9', TYPE(OTHER)},
	/* trade unions: legal persons as mass organisations (Trade Union Law, art. 15) */
	{'8', '1', TYPE(ASSOCIATION)}, {'8', '9', TYPE(OTHER)},
	/* market regulation: enterprise, individual business, farmers' cooperative */
	{'9', '1', TYPE(ENTERPRISE)}, {'9', '2', TYPE(INDIVIDUAL)}, {'9', '3', TYPE(COOPERATIVE)},
	/* military: public institution */
	{'A', '1', TYPE(PUBLIC_INSTITUTION)}, {'A', '9', TYPE(OTHER)},
	/* agriculture: collectives of group, village, township */
	{'N', '1', TYPE(OTHER)}, {'N', '2', TYPE(OTHER)}, {'N', '3', TYPE(OTHER)}, {'N', '9', TYPE(OTHER)},
	{'Y', '1', TYPE(OTHER)},
};
#undef TYPE

/* GB/T 2260 provinces; 10 is registration at the State level. */
static const char PROVINCES[] = "10 11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 "
				"61 62 63 64 65 71 81 82 ";

struct fault_text {
	const char *code;
	const char *zh;
	const char *en;
};

static const struct fault_text TEXTS[] = {
	[USCC_FAULT_LENGTH] = {"uscc-length", "统一社会信用代码应为 18 位", "A unified social credit code has 18 characters"},
	[USCC_FAULT_ALPHABET] = {"uscc-alphabet", "统一社会信用代码含有不允许的字符（不使用字母 I、O、S、V、Z）",
				 "The code holds a character that is not allowed (the letters I, O, S, V and Z are not used)"},
	[USCC_FAULT_DEPARTMENT] = {"uscc-department", "统一社会信用代码第 1 位（登记管理部门）不存在",
				   "The first character names no registering department"},
	[USCC_FAULT_CATEGORY] = {"uscc-category", "统一社会信用代码第 2 位（机构类别）不存在",
				 "The second character names no category of that department"},
	[USCC_FAULT_DIVISION] = {"uscc-division", "统一社会信用代码第 3—8 位（登记机关行政区划）不存在",
				 "Characters 3 to 8 name no administrative division"},
	[USCC_FAULT_ORGANISATION_DIGIT] = {"uscc-organisation-digit",
					   "统一社会信用代码第 17 位（组织机构代码校验码）不符，请核对；确认无误可由审核人员说明理由后通过",
					   "Character 17 (check of the organisation code) does not fit: please compare it with the "
					   "licence; a reviewer may accept it with a reason"},
	[USCC_FAULT_CHECK_DIGIT] = {"uscc-check-digit",
				    "统一社会信用代码末位校验码不符，请核对；确认无误可由审核人员说明理由后通过",
				    "The last character (check) does not fit: please compare it with the licence; a reviewer may "
				    "accept it with a reason"},
};

/* UTF-8 of spaces that hide at the ends of pasted codes. */
static const char *const SPACES[] = {" ", "\t", "\n", "\r", "\u00a0", "\u3000", "\u200b", "\u200c", "\u200d", "\u2060", "\ufeff"};

static size_t space_at(const char *text)
{
	for (size_t i = 0; i < sizeof SPACES / sizeof *SPACES; i++) {
		size_t len = strlen(SPACES[i]);
		if (strncmp(text, SPACES[i], len) == 0)
			return len;
	}
	return 0;
}

static size_t space_before(const char *start, const char *end)
{
	for (size_t i = 0; i < sizeof SPACES / sizeof *SPACES; i++) {
		size_t len = strlen(SPACES[i]);
		if ((size_t)(end - start) >= len && memcmp(end - len, SPACES[i], len) == 0)
			return len;
	}
	return 0;
}

/* U+FF01…U+FF5E stand for ! … ~; in UTF-8 EF BC 81 … EF BD 9E. */
static char half_width(const unsigned char *text)
{
	unsigned code;
	if (text[0] != 0xef || (text[1] != 0xbc && text[1] != 0xbd) || (text[2] & 0xc0) != 0x80)
		return 0;
	code = 0xf000u | (text[1] & 0x3fu) << 6 | (text[2] & 0x3fu);
	return code >= 0xff01 && code <= 0xff5e ? (char)(code - 0xff01 + '!') : 0;
}

static char upper(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

char *uscc_normalise(struct arena *arena, const char *text)
{
	const char *end = text + strlen(text);
	char *out, *to;
	size_t len;

	while ((len = space_at(text)) > 0)
		text += len;
	while ((len = space_before(text, end)) > 0)
		end -= len;
	out = to = arena_alloc(arena, (size_t)(end - text) + 1);
	while (text < end) {
		char half = end - text >= 3 ? half_width((const unsigned char *)text) : 0;
		*to++ = upper(half ? half : *text);
		text += half ? 3 : 1;
	}
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

/* The code without inner spaces and dashes and with look-alikes replaced, if it then passes. */
static const char *suggest(struct arena *arena, const char *code)
{
	char out[USCC_LENGTH + 1] = "";
	int len = 0, position;
	size_t skip;

	while (*code) {
		skip = space_at(code);
		if (skip == 0 && (*code == '-' || *code == '_' || *code == '.'))
			skip = 1;
		if (skip == 0) {
			if (len == USCC_LENGTH)
				return NULL;
			out[len++] = look_alike(*code);
			skip = 1;
		}
		code += skip;
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

enum institution_organisation_type uscc_organisation_type(const char *code)
{
	const struct category *category = code[0] && code[1] ? category_of(code[0], code[1]) : NULL;

	return category ? category->type : INSTITUTION_ORGANISATION_TYPE_OTHER;
}
