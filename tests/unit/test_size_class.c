/* Every border of every industry, against the text of the law copied by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/record/field.h"
#include "schema/records.gen.h"
#include "tenants/rules/size_class.h"

#define WAN INT64_C(1000000)
#define DAY "2026-05-06"

enum { NONE = -1 };

/* By hand from 工信部联企业〔2011〕300号, in its words: people, 万元, 万元; what an industry does not count is NONE. */
static const struct {
	const char *industry;
	int64_t large[SIZE_MEASURES], medium[SIZE_MEASURES], small[SIZE_MEASURES];
} law[] = {
	{"agriculture", {NONE, 20000, NONE}, {NONE, 500, NONE}, {NONE, 50, NONE}},
	{"industry", {1000, 40000, NONE}, {300, 2000, NONE}, {20, 300, NONE}},
	{"construction", {NONE, 80000, 80000}, {NONE, 6000, 5000}, {NONE, 300, 300}},
	{"wholesale", {200, 40000, NONE}, {20, 5000, NONE}, {5, 1000, NONE}},
	{"retail", {300, 20000, NONE}, {50, 500, NONE}, {10, 100, NONE}},
	{"transport", {1000, 30000, NONE}, {300, 3000, NONE}, {20, 200, NONE}},
	{"warehousing", {200, 30000, NONE}, {100, 1000, NONE}, {20, 100, NONE}},
	{"post", {1000, 30000, NONE}, {300, 2000, NONE}, {20, 100, NONE}},
	{"accommodation", {300, 10000, NONE}, {100, 2000, NONE}, {10, 100, NONE}},
	{"catering", {300, 10000, NONE}, {100, 2000, NONE}, {10, 100, NONE}},
	{"information", {2000, 100000, NONE}, {100, 1000, NONE}, {10, 100, NONE}},
	{"software", {300, 10000, NONE}, {100, 1000, NONE}, {10, 50, NONE}},
	{"real_estate", {NONE, 200000, 10000}, {NONE, 1000, 5000}, {NONE, 100, 2000}},
	{"property", {1000, 5000, NONE}, {300, 1000, NONE}, {100, 500, NONE}},
	{"leasing_business", {300, NONE, 120000}, {100, NONE, 8000}, {10, NONE, 100}},
	{"other", {300, NONE, NONE}, {100, NONE, NONE}, {10, NONE, NONE}},
};
enum { INDUSTRIES = sizeof law / sizeof *law };

static int64_t unit(int measure)
{
	return measure == SIZE_STAFF ? 1 : WAN;
}

/* Exactly those minima. */
static struct size_inputs at(const char *industry, const int64_t least[SIZE_MEASURES])
{
	struct size_inputs inputs = {.industry = industry};
	for (int m = 0; m < SIZE_MEASURES; m++) {
		inputs.has[m] = least[m] != NONE;
		inputs.value[m] = inputs.has[m] ? least[m] * unit(m) : 0;
	}
	return inputs;
}

/* At each minimum the class is reached; one person or one fen below any of them it is the next. */
static void check_border(const char *industry, const int64_t least[SIZE_MEASURES], enum size_class size)
{
	struct size_inputs inputs = at(industry, least);
	assert_int_equal(size_class_on(DAY, &inputs).size, size);
	for (int m = 0; m < SIZE_MEASURES; m++) {
		if (least[m] == NONE)
			continue;
		inputs = at(industry, least);
		inputs.value[m]--;
		assert_int_equal(size_class_on(DAY, &inputs).size, size + 1);
	}
}

static void test_every_border(void **state)
{
	(void)state;
	for (int i = 0; i < INDUSTRIES; i++) {
		check_border(law[i].industry, law[i].large, SIZE_CLASS_LARGE);
		check_border(law[i].industry, law[i].medium, SIZE_CLASS_MEDIUM);
		check_border(law[i].industry, law[i].small, SIZE_CLASS_SMALL);
	}
}

/* A firm of a hundred thousand people with a small income is no large one. */
static void test_one_minimum_alone_lifts_nobody(void **state)
{
	(void)state;
	struct size_inputs inputs = {"industry", {true, true, false}, {100000, 299 * WAN, 0}};
	assert_int_equal(size_class_on(DAY, &inputs).size, SIZE_CLASS_MICRO);
	inputs.value[SIZE_INCOME] = 300 * WAN;
	assert_int_equal(size_class_on(DAY, &inputs).size, SIZE_CLASS_SMALL);
}

static void test_what_is_missing(void **state)
{
	(void)state;
	struct size_inputs inputs = {"construction", {true, true, false}, {10, 6000 * WAN, 0}};
	struct size_result result = size_class_on(DAY, &inputs);
	assert_int_equal(result.size, SIZE_CLASS_UNKNOWN);
	assert_true(result.missing[SIZE_ASSETS]);
	assert_false(result.missing[SIZE_STAFF]); /* builders are not measured by it */
	assert_false(result.missing[SIZE_INCOME]);
	inputs.value[SIZE_INCOME] = 300 * WAN - 1; /* micro, whatever it owns */
	result = size_class_on(DAY, &inputs);
	assert_int_equal(result.size, SIZE_CLASS_MICRO);
	assert_false(result.missing[SIZE_ASSETS]);
	inputs = (struct size_inputs){"leasing_business", {false, true, true}, {0, 0, 0}};
	assert_int_equal(size_class_on(DAY, &inputs).size, SIZE_CLASS_MICRO);
	inputs = (struct size_inputs){.industry = "industry"};
	result = size_class_on(DAY, &inputs);
	assert_true(result.missing[SIZE_STAFF] && result.missing[SIZE_INCOME] && !result.missing[SIZE_ASSETS]);
}

static void test_editions_have_their_days(void **state)
{
	(void)state;
	struct size_inputs inputs = at("industry", law[1].small);
	assert_null(size_class_on("2011-06-17", &inputs).edition);
	assert_int_equal(size_class_on("2011-06-17", &inputs).size, SIZE_CLASS_UNKNOWN);
	assert_string_equal(size_class_on("2011-06-18", &inputs).edition, "工信部联企业〔2011〕300号");
	inputs.industry = "no_such";
	assert_int_equal(size_class_on(DAY, &inputs).size, SIZE_CLASS_UNKNOWN);
	inputs.industry = NULL;
	assert_int_equal(size_class_on(DAY, &inputs).size, SIZE_CLASS_UNKNOWN);
}

/* What an organisation may choose, and what the edition knows, is the same; so are the words for sizes and figures. */
static void test_declarations_say_the_same(void **state)
{
	(void)state;
	const struct field *field = shape_field(&shape_certification, "industry");
	static const char *const sizes[] = {NULL, "large", "medium", "small", "micro"};
	for (int i = 0; i < INDUSTRIES; i++)
		assert_int_equal(field_value(field, law[i].industry), i + 1);
	assert_null(field_code(field, INDUSTRIES + 1));
	for (int i = SIZE_CLASS_LARGE; i <= SIZE_CLASS_MICRO; i++) {
		assert_string_equal(field_code(shape_field(&shape_certification, "size_class"), i), sizes[i]);
		assert_string_equal(field_code(shape_field(&shape_institution, "size_class"), i), sizes[i]);
	}
	const struct field *missing = shape_field(&shape_certification, "size_missing");
	assert_int_equal(field_value(missing, "staff"), SIZE_STAFF + 1);
	assert_int_equal(field_value(missing, "income"), SIZE_INCOME + 1);
	assert_int_equal(field_value(missing, "assets"), SIZE_ASSETS + 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_border),
		cmocka_unit_test(test_one_minimum_alone_lifts_nobody),
		cmocka_unit_test(test_what_is_missing),
		cmocka_unit_test(test_editions_have_their_days),
		cmocka_unit_test(test_declarations_say_the_same),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
