#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/buf.h"
#include "core/out/qr.h"

static void a_link_becomes_a_square(void **state)
{
	struct buf out;
	buf_init(&out);
	assert_true(qr_svg(&out, "HELLO"));
	/* Version 1 has 21 modules, and 4 of quiet zone on either side; every code begins with the finder's seven dark
	 * modules. */
	assert_non_null(strstr(out.data, "viewBox=\"0 0 29 29\""));
	assert_non_null(strstr(out.data, " d=\"M4 4h7v1h-7z"));
	assert_string_equal(out.data + out.len - 6, "</svg>");
	buf_finish(&out);
}

static void what_does_not_fit_is_refused(void **state)
{
	struct buf out;
	char *text = calloc(1, 4001);
	memset(text, 'x', 4000);
	buf_init(&out);
	assert_false(qr_svg(&out, text));
	assert_false(qr_svg(&out, ""));
	assert_int_equal(out.len, 0);
	free(text);
	buf_finish(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_link_becomes_a_square),
		cmocka_unit_test(what_does_not_fit_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
