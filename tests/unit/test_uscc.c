/* Every row of tests/data/uscc.tsv, and the traps of GB 32100 one by one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/text/mobile.h"
#include "core/text/uscc.h"
#include "tenants/rules/organisation_type.h"

static struct arena *arena;

static int setup(void **state)
{
	arena = arena_create();
	return 0;
}

static int teardown(void **state)
{
	arena_destroy(arena);
	return 0;
}

static void every_row_of_the_table(void **state)
{
	FILE *file = fopen(TEST_DATA "/uscc.tsv", "r");
	char line[1024];
	int valid = 0, invalid = 0;

	assert_non_null(file);
	assert_non_null(fgets(line, sizeof line, file));
	while (fgets(line, sizeof line, file)) {
		char *rest = line, *code = strsep(&rest, "\t"), *name = strsep(&rest, "\t"),
		     *verdict = strsep(&rest, "\t");
		struct uscc_result result = uscc_check(arena, code);
		bool should = strcmp(verdict, "valid") == 0;
		if ((result.fault == USCC_OK) != should)
			fail_msg("%s (%s) should be %s, fault is %d", code, name, verdict, result.fault);
		should ? valid++ : invalid++;
	}
	fclose(file);
	assert_int_equal(valid, 25);
	assert_int_equal(invalid, 14);
}

static void faults_are_told_apart(void **state)
{
	static const struct {
		const char *code;
		enum uscc_fault fault;
		bool soft;
		int position;
		const char *suggestion;
	} rows[] = {
		{"914403001922038216", USCC_OK, false, 0, NULL},
		{"9144030070846113T", USCC_FAULT_LENGTH, false, 0, NULL},
		{"440301103097413", USCC_FAULT_LENGTH, false, 0, NULL},
		{"", USCC_FAULT_LENGTH, false, 0, NULL},
		{"914403 0070846 1136T", USCC_FAULT_LENGTH, false, 0, "91440300708461136T"},
		{"9144-0300-7084-6113-6T", USCC_FAULT_LENGTH, false, 0, "91440300708461136T"},
		{"12430000MBOL67976N", USCC_FAULT_ALPHABET, false, 11, "12430000MB0L67976N"},
		{"91350100M000100Y4Z", USCC_FAULT_ALPHABET, false, 18, NULL},
		{"9144030070846I136T", USCC_FAULT_ALPHABET, false, 14, "91440300708461136T"},
		{"000000000000000000", USCC_FAULT_DEPARTMENT, false, 1, NULL},
		{"97440300708461136T", USCC_FAULT_CATEGORY, false, 2, NULL},
		{"91A40300708461136T", USCC_FAULT_DIVISION, false, 3, NULL},
		{"91999999MA00000079", USCC_FAULT_DIVISION, false, 3, NULL},
		{"91350100M0001TGQXM", USCC_FAULT_CHECK_DIGIT, true, 18, NULL},
		{"91440300708461136R", USCC_FAULT_CHECK_DIGIT, true, 18, NULL},
		{"914403001922038261", USCC_FAULT_ORGANISATION_DIGIT, true, 17, NULL},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct uscc_result result = uscc_check(arena, rows[i].code);
		if (result.fault != rows[i].fault || result.soft != rows[i].soft || result.position != rows[i].position)
			fail_msg("%s: fault %d soft %d position %d", rows[i].code, result.fault, result.soft,
				result.position);
		if (rows[i].suggestion)
			assert_string_equal(result.suggestion, rows[i].suggestion);
		else
			assert_null(result.suggestion);
		assert_true((result.fault == USCC_OK) == (result.zh == NULL && result.en == NULL));
	}
}

/* A sum that 31 divides gives 0, not a character behind the alphabet: about one code in 31 ends so. */
static void a_remainder_of_zero(void **state)
{
	int zeros = 0;

	for (int i = 0; i < 100000; i += 7) {
		char code[32];
		snprintf(code, sizeof code, "913301000%07d00", i);
		for (int d = 0; d < 11; d++) {
			code[16] = "0123456789X"[d];
			zeros += uscc_check(arena, code).fault == USCC_OK;
		}
	}
	assert_in_range(zeros, 400, 520);
}

static void parsing(void **state)
{
	const char *code = NULL;
	struct problem *problem = uscc_parse(arena, "/uscc", "12430000MBOL67976N", false, &code);

	assert_non_null(problem);
	assert_null(code);
	assert_string_equal(problem->fields->pointer, "/uscc");
	assert_string_equal(problem->fields->code, "uscc-alphabet");
	assert_non_null(strstr(problem->fields->zh, "12430000MB0L67976N"));
	assert_non_null(strstr(problem->fields->en, "12430000MB0L67976N"));
	assert_non_null(uscc_parse(arena, "/uscc", "91350100M0001TGQXM", false, &code));
	assert_null(uscc_parse(arena, "/uscc", "91350100m0001TGQXM ", true, &code));
	assert_string_equal(code, "91350100M0001TGQXM");
}

/* Every pair of the alphabet, as prefix of an otherwise good code: it is refused, or its type is one of the
 * record's. */
static void every_department_and_category(void **state)
{
	static const char alphabet[] = "0123456789ABCDEFGHJKLMNPQRTUWXY";
	static const struct {
		const char *pair, *type;
	} known[] = {{"11", "government"}, {"12", "public_institution"}, {"13", "association"}, {"19", "other"},
		{"31", "partnership"}, {"32", "other"}, {"51", "association"}, {"52", "private_non_enterprise"},
		{"53", "foundation"}, {"59", "other"}, {"81", "association"}, {"89", "other"}, {"91", "enterprise"},
		{"92", "individual"}, {"93", "cooperative"}, {"A1", "public_institution"}, {"N2", "other"},
		{"Y1", "other"}};
	const struct field *field = shape_field(&shape_institution, "organisation_type");
	int accepted = 0;

	assert_non_null(field);
	for (size_t i = 0; i < 31; i++)
		for (size_t j = 0; j < 31; j++) {
			char code[] = {alphabet[i], alphabet[j], '3', '3', '1', '1', '0', '2', 'A', '2', 'G', 'P', 'J',
				'F', '8', '6', '7', 'Q', 0};
			enum uscc_fault fault = uscc_check(arena, code).fault;
			const char *type = field_code(field, organisation_type_of(code));
			assert_non_null(type);
			if (fault != USCC_FAULT_DEPARTMENT && fault != USCC_FAULT_CATEGORY)
				accepted++;
			else
				assert_string_equal(type, "other");
		}
	assert_int_equal(accepted, 36);
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		assert_string_equal(field_code(field, organisation_type_of(known[i].pair)), known[i].type);
	assert_string_equal(field_code(field, organisation_type_of("")), "other");
	assert_string_equal(field_code(field, organisation_type_of("9")), "other");
}

static void mobiles(void **state)
{
	const char *mobile;

	assert_non_null(mobile_parse(arena, "/mobile", "1380013800a", &mobile));
	assert_null(mobile_parse(arena, "/mobile", "+86 138 0013 8000", &mobile));
	assert_string_equal(mobile, "13800138000");
	assert_string_equal(mobile_mask(arena, "13800138000"), "138****8000");
	assert_string_equal(mobile_mask(arena, "138"), "****");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_of_the_table),
		cmocka_unit_test(faults_are_told_apart),
		cmocka_unit_test(a_remainder_of_zero),
		cmocka_unit_test(parsing),
		cmocka_unit_test(mobiles),
		cmocka_unit_test(every_department_and_category),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
