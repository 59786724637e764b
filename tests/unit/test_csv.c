#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/csv.h"

static struct arena *arena;

static int setup(void **state)
{
	(void)state;
	arena = arena_create();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_destroy(arena);
	return 0;
}

static struct csv read_text(const char *text)
{
	struct csv csv;
	assert_null(csv_read(arena, text, strlen(text), 100, &csv));
	return csv;
}

static void plain_rows(void **state)
{
	(void)state;
	struct csv csv = read_text("a,b,c\r\n1, 2 ,\n\n  ,,\n3,4,5");
	assert_int_equal(csv.count, 3);
	assert_int_equal(csv.rows[1].count, 3);
	assert_string_equal(csv.rows[1].cells[1], "2");
	assert_string_equal(csv.rows[1].cells[2], "");
	assert_int_equal(csv.rows[2].line, 5);
	assert_string_equal(csv.rows[2].cells[2], "5");
	assert_false(csv.gb18030);
}

static void quotes_hold_commas_and_lines(void **state)
{
	(void)state;
	struct csv csv = read_text("\xef\xbb\xbfname,note\n\"a,b\",\"one \"\"two\"\"\nthree\"\nc,d\n");
	assert_int_equal(csv.count, 3);
	assert_string_equal(csv.rows[0].cells[0], "name");
	assert_string_equal(csv.rows[1].cells[0], "a,b");
	assert_string_equal(csv.rows[1].cells[1], "one \"two\"\nthree");
	assert_int_equal(csv.rows[2].line, 4);
}

static void other_separators(void **state)
{
	(void)state;
	assert_string_equal(read_text("a;b;c\n1,5;2;3\n").rows[1].cells[0], "1,5");
	assert_string_equal(read_text("a\tb\n1\t2\n").rows[1].cells[1], "2");
}

static void a_chinese_excel_saves_gb18030(void **state)
{
	(void)state;
	struct csv csv = read_text("\xc3\xfb\xb3\xc6,\xb5\xd8\xc7\xf8\n\xc0\xf6\xcb\xae,331100\n"); /* 名称,地区 / 丽水 */
	assert_true(csv.gb18030);
	assert_string_equal(csv.rows[0].cells[0], "名称");
	assert_string_equal(csv.rows[1].cells[0], "丽水");
}

static void what_is_no_csv(void **state)
{
	static const char *const bad[] = {"a,\"b\n", "a,\"b\"c\n", "\xff\xff\xff\n"};
	struct csv csv;
	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_ptr_equal(csv_read(arena, bad[i], strlen(bad[i]), 100, &csv)->kind, &PROBLEM_MALFORMED);
	assert_ptr_equal(csv_read(arena, "a\0b\n", 4, 100, &csv)->kind, &PROBLEM_MALFORMED);
	assert_ptr_equal(csv_read(arena, "a\nb\nc\n", 6, 2, &csv)->kind, &PROBLEM_TOO_LARGE);
	assert_null(csv_read(arena, "", 0, 2, &csv));
	assert_int_equal(csv.count, 0);
}

static void formulas_are_written_as_text(void **state)
{
	struct buf *out = buf_in(arena);
	(void)state;
	csv_begin(out);
	csv_cell(out, "=1+1", true);
	csv_cell(out, "a,\"b\"", false);
	csv_cell(out, NULL, false);
	csv_cell(out, "丽水", false);
	csv_end_row(out);
	assert_string_equal(out->data, "\xef\xbb\xbf\"'=1+1\",\"a,\"\"b\"\"\",,丽水\r\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(plain_rows, setup, teardown),
		cmocka_unit_test_setup_teardown(quotes_hold_commas_and_lines, setup, teardown),
		cmocka_unit_test_setup_teardown(other_separators, setup, teardown),
		cmocka_unit_test_setup_teardown(a_chinese_excel_saves_gb18030, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_no_csv, setup, teardown),
		cmocka_unit_test_setup_teardown(formulas_are_written_as_text, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
