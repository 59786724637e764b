/* The vectors of RFC 6238 and RFC 4648, and that no code is taken twice. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/arena.h"
#include "core/crypto/totp.h"

static const unsigned char rfc_secret[] = "12345678901234567890";

static void vectors_of_rfc_6238(void **state)
{
	static const struct {
		int64_t time;
		const char *code; /* the last six of the eight digits printed there */
	} rows[] = {{59, "287082"}, {1111111109, "081804"}, {1111111111, "050471"}, {1234567890, "005924"},
		{2000000000, "279037"}, {20000000000, "353130"}};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char code[TOTP_DIGITS + 1];
		totp_code(rfc_secret, 20, (uint64_t)(rows[i].time / TOTP_PERIOD_S), code);
		assert_string_equal(code, rows[i].code);
	}
}

static void neighbours_pass_and_strangers_do_not(void **state)
{
	uint64_t step = 0;

	assert_true(totp_check(rfc_secret, 20, 1111111109, 0, "081804", &step));
	assert_int_equal(step, 1111111109 / 30);
	assert_true(totp_check(rfc_secret, 20, 1111111109 + 30, 0, "081804", &step));
	assert_true(totp_check(rfc_secret, 20, 1111111109 - 30, 0, "081804", &step));
	assert_false(totp_check(rfc_secret, 20, 1111111109 + 61, 0, "081804", &step));
	assert_false(totp_check(rfc_secret, 20, 1111111109, 0, "081805", &step));
	assert_false(totp_check(rfc_secret, 20, 1111111109, 0, "0818040", &step));
	assert_false(totp_check(rfc_secret, 20, 1111111109, 0, "", &step));
}

static void a_code_is_taken_once(void **state)
{
	uint64_t step = 0;

	assert_true(totp_check(rfc_secret, 20, 1111111109, 0, "081804", &step));
	assert_false(totp_check(rfc_secret, 20, 1111111109, step, "081804", &step));
}

static void base32_of_rfc_4648(void **state)
{
	struct arena *arena = arena_create();

	assert_string_equal(totp_base32(arena, (const unsigned char *)"", 0), "");
	assert_string_equal(totp_base32(arena, (const unsigned char *)"f", 1), "MY");
	assert_string_equal(totp_base32(arena, (const unsigned char *)"fo", 2), "MZXQ");
	assert_string_equal(totp_base32(arena, (const unsigned char *)"foobar", 6), "MZXW6YTBOI");
	assert_string_equal(totp_uri(arena, "浙 A", "li", (const unsigned char *)"foobar", 6),
	                    "otpauth://totp/%E6%B5%99%20A:li?secret=MZXW6YTBOI&issuer=%E6%B5%99%20A");
	arena_destroy(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(vectors_of_rfc_6238),
		cmocka_unit_test(neighbours_pass_and_strangers_do_not),
		cmocka_unit_test(a_code_is_taken_once),
		cmocka_unit_test(base32_of_rfc_4648),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
