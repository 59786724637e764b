/* Texts of notices: variables, secrets shown or masked, and braces that are none of ours. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/text/json.h"
#include "tenants/notice/notice.h"

static void texts_are_filled(void **state)
{
	struct arena *arena = arena_create();
	struct json_object *variables, *secrets;

	assert_null(json_parse_object(arena, "{\"minutes\":\"5\",\"n\":3}", 21, &variables));
	assert_null(json_parse_object(arena, "{\"code\":\"123456\"}", 17, &secrets));
	assert_string_equal(
		notice_fill(arena, "码{code}，{minutes}分钟", variables, secrets, false, LANG_ZH), "码123456，5分钟");
	assert_string_equal(
		notice_fill(arena, "码{code}，{minutes}分钟", variables, secrets, true, LANG_ZH), "码******，5分钟");
	assert_string_equal(notice_fill(arena, "{unknown}|{n}|{Bad name}|{}|{code", variables, secrets, true, LANG_ZH),
		"||{Bad name}|{}|{code");
	assert_string_equal(notice_fill(arena, "{code}", NULL, NULL, false, LANG_ZH), "");
	arena_destroy(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_are_filled),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
