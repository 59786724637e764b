#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "core/crypto/uuid.h"

static void version_7_carries_the_time(void **state)
{
	struct uuid uuid = uuid_v7(), other = uuid_v7();
	uint64_t ms = 0;
	for (int i = 0; i < 6; i++)
		ms = ms << 8 | uuid.b[i];
	assert_in_range(ms / 1000, (uint64_t)time(NULL) - 2, (uint64_t)time(NULL) + 2);
	assert_int_equal(uuid.b[6] >> 4, 7);
	assert_int_equal(uuid.b[8] >> 6, 2);
	assert_false(uuid_equal(uuid, other));
	assert_false(uuid_is_nil(uuid));
	assert_true(uuid_is_nil(UUID_NIL));
}

static void text_goes_both_ways(void **state)
{
	/* The example of RFC 9562, A.6. */
	static const char text[] = "017f22e2-79b0-7cc3-98c4-dc0c0c07398f";
	char back[UUID_TEXT + 1];
	struct uuid uuid;
	assert_true(uuid_parse(text, &uuid));
	assert_int_equal(uuid.b[0], 0x01);
	assert_int_equal(uuid.b[15], 0x8f);
	uuid_format(uuid, back);
	assert_string_equal(back, text);
	assert_int_equal(uuid_compare(UUID_NIL, uuid) < 0, 1);
}

static void other_spellings_are_refused(void **state)
{
	static const char *const refused[] = {
		"", "017F22E2-79B0-7CC3-98C4-DC0C0C07398F", "017f22e279b07cc398c4dc0c0c07398f",
		"{17f22e2-79b0-7cc3-98c4-dc0c0c07398}", "017f22e2-79b0-7cc3-98c4-dc0c0c07398",
		"017f22e2-79b0-7cc3-98c4-dc0c0c07398ff",
		"017f22e2-79b0-7cc3-98c4-dc0c0c07398g", "017f22e2 79b0-7cc3-98c4-dc0c0c07398f",
		"017f22e27-9b0-7cc3-98c4-dc0c0c07398f",
		" 17f22e2-79b0-7cc3-98c4-dc0c0c07398f", "+17f22e2-79b0-7cc3-98c4-dc0c0c07398f",
	};
	struct uuid uuid;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		if (uuid_parse(refused[i], &uuid))
			fail_msg("%s", refused[i]);
		assert_true(uuid_is_nil(uuid));
	}
	assert_false(uuid_parse(NULL, &uuid));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(version_7_carries_the_time),
		cmocka_unit_test(text_goes_both_ways),
		cmocka_unit_test(other_spellings_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
