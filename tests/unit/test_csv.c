#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/text/csv.h"

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
	assert_string_equal(csv.encoding, "UTF-8");
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
	/* 名称,地区 / 丽水 */
	struct csv csv = read_text("\xc3\xfb\xb3\xc6,\xb5\xd8\xc7\xf8\n\xc0\xf6\xcb\xae,331100\n");
	assert_string_equal(csv.encoding, "GB18030");
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

/* One sheet of three columns, as every program writes it: whatever the file is, the cells are the same. */
static void every_program_s_file_reads_alike(void **state)
{
	static const char *const files[] = {
		"名称,电话,备注\n甲,0571,\"一\n二\"\n",
		"\ufeff名称,电话,备注\r\n甲,0571,\"一\r\n二\"\r\n",
		"名称,电话,备注\r甲,0571,\"一\r二\"\r",
		"sep=,\n名称,电话,备注\n甲,0571,\"一\n二\"\n",
		"\ufeffsep=;\r\n名称;电话;备注\r\n甲;0571;\"一\n二\"\r\n",
		"\"sep=;\"\r\n名称;电话;备注\r\n甲;0571;\"一\n二\"\r\n",
		"SEP=|\r名称|电话|备注\r甲|0571|\"一\n二\"\r",
		"sep=\t\n名称\t电话\t备注\n甲\t0571\t\"一\n二\"",
		"sep=,,,\n名称,电话,备注\n甲,0571,\"一\n二\"\n",
		"名称,电话,备注\n甲,=\"0571\",\"一\n二\"\n",
		"名称,电话,备注\n甲,\"=\"\"0571\"\"\",\"一\n二\"\n",
		"名称,电话,备注\n\n\u3000,\u200b,\n甲 , \"0571\" ,\"一\n二\"\n,,\n",
	};
	(void)state;
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		struct csv csv = read_text(files[i]);
		if (csv.count != 2 || csv.rows[1].count != 3)
			fail_msg("%zu: %zu rows", i, csv.count);
		assert_string_equal(csv.rows[0].cells[1], "电话");
		assert_string_equal(csv.rows[1].cells[0], "甲");
		assert_string_equal(csv.rows[1].cells[1], "0571");
		assert_string_equal(csv.rows[1].cells[2], "一\n二");
	}
	struct csv titles = read_text("\"a\n(x, y)\"\tb\n1,5\t2\n");
	assert_int_equal(titles.rows[0].count, 2);
	assert_string_equal(titles.rows[1].cells[0], "1,5");
	/* A table that has a column called so is no such line. */
	assert_int_equal(read_text("sep=x,b\n1,2\n").count, 2);
	assert_string_equal(read_text("a,b\n=\"1,2\",3\n").rows[1].cells[0], "1,2");
}

static void unicode_text_of_excel(void **state)
{
	/* 名称 a, 甲 𠮷 */
	static const char little[] = "\xff\xfe\x0d\x54\xf0\x79\t\0a\0\r\0\n\0\x32\x75\t\0\x42\xd8\xb7\xdf\r\0\n\0";
	static const char big[] = "\xfe\xff\x54\x0d\x79\xf0\0\t\0a\0\n\x75\x32\0\t\xd8\x42\xdf\xb7";
	static const struct {
		const char *bytes;
		size_t size;
	} files[] = {{little, sizeof little - 1}, {big, sizeof big - 1}};
	struct csv csv;
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		assert_null(csv_read(arena, files[i].bytes, files[i].size, 10, &csv));
		assert_string_equal(csv.encoding, "UTF-16");
		assert_int_equal(csv.count, 2);
		assert_string_equal(csv.rows[0].cells[0], "名称");
		assert_string_equal(csv.rows[1].cells[1], "𠮷");
		assert_non_null(csv_read(arena, files[i].bytes, files[i].size - 1, 10, &csv)); /* half a character */
	}
	assert_non_null(csv_read(arena, "\xff\xfe\x00\xd8" "a\0", 6, 10, &csv)); /* half a pair */
	assert_non_null(csv_read(arena, "\xff\xfe" "a\0\0\0", 6, 10, &csv));     /* a NUL */
	assert_non_null(csv_read(arena, "PK\x03\x04\0\0", 6, 10, &csv));         /* an .xlsx */
}

/* Whatever a cell holds, a file that goes back and forth says the same; and a spreadsheet calculates nothing of it. */
static void what_was_written_reads_as_it_was(void **state)
{
	static const char *const cells[] = {"-请于周五前回复", "=1+1", "'=1+1", "''-x", "'quoted'", "+86 138", "@a",
		"＝1", "－", "+1+1", "-1.50", "12.5", "0", "0.5", "00571", "914403001922038216", "13800138000",
		"+8613800138000", "9144030070846113E6", "1e5", "1E", "E5", "-007", "1000000000.00", "a,b", "a;b",
		"a\tb", "say \"x\"", "line\nbreak", "\"", "=\"x\"", "'", "—", "1/2", "𠮷", "x'"};
	(void)state;
	struct buf *out = buf_in(arena);
	csv_begin(out);
	csv_cell(out, "head", true);
	csv_end_row(out);
	for (size_t i = 0; i < sizeof cells / sizeof *cells; i++) {
		csv_cell(out, cells[i], true);
		csv_cell(out, "x", false);
		csv_end_row(out);
	}
	struct csv csv;
	assert_null(csv_read(arena, out->data, out->len, 100, &csv));
	for (size_t i = 0; i < sizeof cells / sizeof *cells; i++)
		assert_string_equal(csv.rows[i + 1].cells[0], cells[i]);
	static const struct {
		const char *text, *cell;
	} written[] = {{"914403001922038216", "\"=\"\"914403001922038216\"\"\""}, {"0571", "\"=\"\"0571\"\"\""},
		{"9144030070846113E6", "\"=\"\"9144030070846113E6\"\"\""}, {"13800138000", "13800138000"},
		{"1000000000.00", "1000000000.00"}, {"-5", "-5"}, {"0", "0"}, {"0.50", "0.50"},
		{"91440300708461136T", "91440300708461136T"}, {"'=1", "\"''=1\""}};
	for (size_t i = 0; i < sizeof written / sizeof *written; i++) {
		buf_reset(out);
		csv_cell(out, written[i].text, true);
		assert_string_equal(out->data, written[i].cell);
	}
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
		cmocka_unit_test_setup_teardown(every_program_s_file_reads_alike, setup, teardown),
		cmocka_unit_test_setup_teardown(unicode_text_of_excel, setup, teardown),
		cmocka_unit_test_setup_teardown(what_was_written_reads_as_it_was, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
