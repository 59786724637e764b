#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/utf8.h"

struct utf8_case {
	const char *bytes;
	size_t len;
	bool valid;
};

#define CASE(text, valid) {text, sizeof(text) - 1, valid}

static void only_well_formed_sequences_are_valid(void **state)
{
	static const struct utf8_case cases[] = {
		CASE("", true),
		CASE("abc", true),
		CASE("企联", true),
		CASE("𠮷", true),
		CASE("\xc2\x80", true),
		CASE("\xf4\x8f\xbf\xbf", true),
		CASE("\x80", false),             /* a continuation alone */
		CASE("\xc0\x80", false),         /* overlong NUL */
		CASE("\xc1\xbf", false),         /* overlong */
		CASE("\xe0\x9f\xbf", false),     /* overlong */
		CASE("\xf0\x8f\xbf\xbf", false), /* overlong */
		CASE("\xed\xa0\x80", false),     /* surrogate */
		CASE("\xf4\x90\x80\x80", false), /* above U+10FFFF */
		CASE("\xf5\x80\x80\x80", false),
		CASE("\xff", false),
		CASE("\xe4\xbc", false),         /* cut off */
		CASE("\xe4\xbc" "a", false),
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (utf8_valid(cases[i].bytes, cases[i].len) != cases[i].valid)
			fail_msg("case %zu", i);
	assert_true(utf8_valid("a\0b", 3));
	assert_false(utf8_clean("a\0b", 3));
}

static void every_character_survives(void **state)
{
	for (uint32_t c = 1; c <= 0x10ffff; c++) {
		char bytes[4];
		uint32_t back = 0;
		if (c >= 0xd800 && c <= 0xdfff)
			continue;
		size_t n = utf8_encode(c, bytes);
		if (utf8_decode(bytes, n, &back) != n || back != c)
			fail_msg("U+%04X", c);
	}
	assert_int_equal(utf8_length("a企𠮷"), 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_well_formed_sequences_are_valid),
		cmocka_unit_test(every_character_survives),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
