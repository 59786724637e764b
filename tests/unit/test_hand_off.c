/* Paths that a hand-off may lead to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tenants/account/hand_off.h"

static void only_paths_of_our_own_site(void **state)
{
	static const char *const good[] = {"/", "/services", "/center/products?tab=1", "/a/b//c"};
	static const char *const bad[] = {NULL, "", "services", "//evil.example", "/\\evil.example", "/a b", "/a\nb",
		"https://evil.example", "/\x7f"};

	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		if (!hand_off_path_ok(good[i]))
			fail_msg("%s should pass", good[i]);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (hand_off_path_ok(bad[i]))
			fail_msg("%s should be refused", bad[i] ? bad[i] : "NULL");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_paths_of_our_own_site),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
