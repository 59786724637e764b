/* Roles as the database keeps them, and the separation of the three administrators. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tenants/account/role.h"
#include "tenants/rules/role_name.h"

static void names_and_bits(void **state)
{
	assert_int_equal(role_bits(NULL), 0);
	assert_int_equal(role_bits(""), 0);
	assert_int_equal(role_bits("reviewer"), ROLE_REVIEWER);
	assert_int_equal(role_bits("reviewer,owner"), ROLE_REVIEWER | ROLE_OWNER);
	assert_int_equal(role_bits("reviewer,unheard_of,desk,reviewers"), ROLE_REVIEWER); /* groups are no roles */
	assert_string_equal(role_name(ROLE_AUDIT_ADMIN), "audit_admin");
	assert_null(role_name(ROLE_OWNER | ROLE_STAFF));
	assert_int_equal(role_by_name("signed_in"), 0);
	assert_true(role_is_staff(ROLE_SECURITY_ADMIN));
	assert_false(role_is_staff(ROLE_OWNER));
	assert_false(role_is_staff(0));
}

static void three_administrators_are_three_people(void **state)
{
	struct arena *arena = arena_create();

	assert_null(role_check(arena, "/roles", ROLE_SYSTEM_ADMIN));
	assert_null(role_check(arena, "/roles", ROLE_REVIEWER | ROLE_PLATFORM_ADMIN));
	assert_null(role_check(arena, "/roles", 0));
	assert_non_null(role_check(arena, "/roles", ROLE_SYSTEM_ADMIN | ROLE_SECURITY_ADMIN));
	assert_non_null(role_check(arena, "/roles", ROLE_SECURITY_ADMIN | ROLE_AUDIT_ADMIN));
	assert_non_null(role_check(arena, "/roles", ROLE_AUDIT_ADMIN | ROLE_REVIEWER));
	arena_destroy(arena);
}

static void what_a_sub_account_was_not_given(void **state)
{
	uint32_t all = (1u << MENU_COUNT) - 1;

	assert_int_equal(role_barred(NULL), 0);
	assert_int_equal(role_barred(""), all);
	assert_int_equal(role_barred("products"), all & ~(uint32_t)MENU_PRODUCTS);
	assert_int_equal(role_barred("messages,products"), all & ~(uint32_t)(MENU_PRODUCTS | MENU_MESSAGES));
	assert_int_equal(role_barred("product,productsx,xproducts"), all); /* whole names only */
	assert_int_equal(role_menu("publish"), MENU_PUBLISH);
	assert_int_equal(role_menu("everything"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_and_bits),
		cmocka_unit_test(three_administrators_are_three_people),
		cmocka_unit_test(what_a_sub_account_was_not_given),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
