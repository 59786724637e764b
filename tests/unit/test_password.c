/* Password rules as policy: the default of NIST, the variant of DX-15, the list, the history. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/crypto/crypto.h"
#include "tenants/account/password.h"
#include "tenants/account/password_known.h"
#include "tenants/policy/policy.h"

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

static const struct policy_password nist = {
	.min_length = 8, .max_length = 128, .refuse_known = true, .staff_min_length = 12};
static const struct policy_password dx_15 = {.min_length = 8, .max_length = 18, .min_classes = 3, .not_user_name = true,
	.not_mobile = true, .history = -1, .refuse_known = true};

/* The first fault's code, "" if none. */
static const char *fault(const struct password_rules *rules, const char *password)
{
	struct problem *problem = password_check(arena, rules, "/password", password, "lishui_city", "13800138000");
	return problem ? problem->fields->code : "";
}

static void default_follows_nist(void **state)
{
	struct password_rules rules = password_rules_of(&nist, false);
	char longest[130];

	assert_string_equal(fault(&rules, "short7!"), "password-short");
	assert_string_equal(fault(&rules, "correct horse battery staple"), "");
	assert_string_equal(fault(&rules, "松下问童子言师采药"), ""); /* characters count, not bytes */
	assert_string_equal(fault(&rules, "春眠不觉晓"), "password-short");
	assert_string_equal(fault(&rules, "vntqkzwe"), ""); /* one class will do */
	memset(longest, 0, sizeof longest);
	for (size_t i = 0; i < 128; i++)
		longest[i] = "kq7 zvb"[i * i % 7];
	assert_string_equal(fault(&rules, longest), "");
	longest[128] = 'x';
	assert_string_equal(fault(&rules, longest), "password-long");
	assert_string_equal(fault(&rules, "LISHUI_CITY"), "password-known");
	assert_string_equal(fault(&rules, "13800138000"), "password-known");
}

static void known_bad_ones_are_refused(void **state)
{
	static const char *const bad[] = {"12345678", "PASSWORD", "P@ssw0rd", "woaini1314", "5201314", "1qaz2wsx",
		"qwertyuiop", "aaaaaaaa", "abcabcabc", "12121212", "87654321", "abcdefghij", "1234567890", "admin@2024",
		"Password!!", "woaini888", "zhongguo2025"};
	static const char *const good[] = {
		"tR7#kkq2vv", "wode mao bu chi yu", "admin-of-lishui-county", "2024admin2024xq"};

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (!password_is_known_bad(bad[i]))
			fail_msg("%s should be known as bad", bad[i]);
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		if (password_is_known_bad(good[i]))
			fail_msg("%s should pass", good[i]);
}

static void list_is_sorted(void **state)
{
	assert_true(password_known_count() > 400);
	for (size_t i = 1; i < password_known_count(); i++)
		if (strcmp(password_known_at(i - 1), password_known_at(i)) >= 0)
			fail_msg("%s before %s", password_known_at(i - 1), password_known_at(i));
}

static void variant_of_dx_15(void **state)
{
	struct password_rules rules = password_rules_of(&dx_15, false);

	assert_int_equal(rules.history, PASSWORD_HISTORY_MAX);
	assert_string_equal(fault(&rules, "vntqkzwe7"), "password-classes");
	assert_string_equal(fault(&rules, "Vntqkzwe7"), "");
	assert_string_equal(fault(&rules, "vntqkz_e7"), "");
	assert_string_equal(fault(&rules, "Vntqkzwe7Vntqkzwe7x"), "password-long");
	assert_string_equal(fault(&rules, "Xq7-Lishui_City"), "password-contains-name");
	assert_string_equal(fault(&rules, "Xq-13800138000"), "password-contains-name");
}

static void policy_cannot_weaken_the_bounds(void **state)
{
	struct policy_password weak = {.min_length = 1, .max_length = 4, .min_classes = 9, .history = 1000};
	struct password_rules rules = password_rules_of(&weak, false);

	assert_int_equal(rules.min, 8);
	assert_int_equal(rules.max, 8);
	assert_int_equal(rules.classes, 4);
	assert_int_equal(rules.history, PASSWORD_HISTORY_MAX);
	assert_int_equal(password_rules_of(&nist, true).min, 12); /* staff */
}

static void earlier_ones_are_refused(void **state)
{
	struct crypto_hasher *hasher = crypto_hasher_create((struct crypto_argon2){64, 1, 1}, 1, 1000);
	struct password_rules rules = password_rules_of(&(struct policy_password){.history = 2}, false);
	const char *history = NULL, *passwords[] = {"first one of all", "second one of all", "third one of all"};

	for (size_t i = 0; i < 3; i++) {
		const char *encoded;
		assert_null(crypto_password_hash(hasher, arena, passwords[i], &encoded));
		history = password_history_add(arena, &rules, history, encoded);
	}
	assert_null(password_check_history(hasher, arena, &rules, "/password", history, "first one of all"));
	struct problem *problem =
		password_check_history(hasher, arena, &rules, "/password", history, "second one of all");
	assert_non_null(problem);
	assert_string_equal(problem->fields->code, "password-used");
	problem = password_check_history(hasher, arena, &rules, "/password", history, "third one of all");
	assert_non_null(problem);
	rules.history = 0;
	assert_null(password_history_add(arena, &rules, history, "x"));
	crypto_hasher_destroy(hasher);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(default_follows_nist),
		cmocka_unit_test(known_bad_ones_are_refused),
		cmocka_unit_test(list_is_sorted),
		cmocka_unit_test(variant_of_dx_15),
		cmocka_unit_test(policy_cannot_weaken_the_bounds),
		cmocka_unit_test(earlier_ones_are_refused),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
