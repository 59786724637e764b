#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/config/yaml.h"
#include "core/text/json.h"

struct fixture {
	struct arena *arena;
	struct yaml_faults faults;
};

static int make(void **state)
{
	struct arena *arena = arena_create();
	struct fixture *f = ARENA_NEW(arena, struct fixture);
	f->arena = arena;
	yaml_faults_init(&f->faults, arena);
	*state = f;
	return 0;
}

static int drop(void **state)
{
	arena_destroy(((struct fixture *)*state)->arena);
	return 0;
}

static struct yaml_node *parse(struct fixture *f, const char *text)
{
	return yaml_parse(f->arena, &f->faults, "t.yaml", text, strlen(text));
}

static const char *faults_of(struct fixture *f)
{
	struct buf *out = buf_in(f->arena);
	yaml_faults_write(&f->faults, out);
	return out->data;
}

static void nodes_remember_their_lines_and_order(void **state)
{
	struct fixture *f = *state;
	struct yaml_node *root = parse(f,
		"# comment\nname: 丽水\nlist:\n  - one\n  - {b: 1, a: 2}\n\"quoted key\": |\n  several\n  lines\n");
	assert_non_null(root);
	assert_int_equal(root->count, 3);
	assert_int_equal(yaml_get(root, "name")->line, 2);
	struct yaml_node *list = yaml_get(root, "list");
	assert_int_equal(list->count, 2);
	assert_int_equal(list->items[1]->line, 5);
	assert_string_equal(list->items[1]->pairs[0].key, "b");
	assert_string_equal(yaml_text(yaml_get(root, "quoted key")), "several\nlines\n");
	assert_true(yaml_get(root, "quoted key")->quoted);
	assert_null(yaml_get(root, "none"));
}

static void what_hides_from_a_reader_is_refused(void **state)
{
	static const struct {
		const char *text, *fault;
	} cases[] = {
		{"", "t.yaml: 文件是空的"},
		{"# only a comment\n", "empty"},
		{"a: 1\nb: 2\na: 3\n", "t.yaml:3: 键“a”重复"},
		{"a:\n  x: 1\n  \"x\": 2\n", "t.yaml:3: "},
		{"a: &x 1\nb: 2\n", "t.yaml:1: 不支持锚点"},
		{"a: 1\nb: *x\n", "t.yaml:2: 不支持别名"},
		{"a: !!str 1\n", "t.yaml:1: 不支持标签"},
		{"a: !local {}\n", "Tags"},
		{"a: &l []\n", "Anchors"},
		{"<<: {a: 1}\n", "Merge"},
		{"? [1]\n: 2\n", "A key must be"},
		{"a: 1\n---\nb: 2\n", "one document"},
		{"%TAG ! tag:x,2000:\n---\na: 1\n", "%TAG"},
		{"a: [1, 2\n", "Not valid YAML"},
		{"a: 1\n b: 2\n", "Not valid YAML"},
		{"a:\n\t- b\n", "Not valid YAML"},
		{"a: \"\\0\"\n", "NUL"},
		{"a: 1\nb: \xff\n", "t.yaml:2: 不是有效的 UTF-8"},
		{"\xff\xfe" "a", "UTF-8"},
		{"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]", "levels"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fixture *f = *state;
		yaml_faults_init(&f->faults, f->arena);
		assert_null(parse(f, cases[i].text));
		if (!strstr(faults_of(f), cases[i].fault))
			fail_msg("%s gave %s", cases[i].text, faults_of(f));
	}
}

static void every_duplicate_is_reported(void **state)
{
	struct fixture *f = *state;
	assert_null(parse(f, "a: 1\na: 2\nb: {c: 1, c: 2}\na: 3\n"));
	assert_int_equal(f->faults.count, 3);
}

static void too_large_and_missing_files_are_faults(void **state)
{
	struct fixture *f = *state;
	char *large = malloc(YAML_BYTES_MAX + 1);
	memset(large, '#', YAML_BYTES_MAX + 1);
	assert_null(yaml_parse(f->arena, &f->faults, "t.yaml", large, YAML_BYTES_MAX + 1));
	free(large);
	assert_null(yaml_load(f->arena, &f->faults, "/nonexistent/x.yaml"));
	assert_non_null(strstr(faults_of(f), "/nonexistent/x.yaml: 无法读取文件"));
	struct buf *many = buf_in(f->arena);
	buf_text(many, "[");
	for (int i = 0; i < YAML_NODES_MAX; i++)
		buf_text(many, "1,");
	buf_text(many, "]");
	assert_null(yaml_parse(f->arena, &f->faults, "t.yaml", many->data, many->len));
	assert_int_equal(f->faults.count, 3);
}

static const char *const COLOURS[] = {"red", "green", NULL};

static void getters_report_every_fault(void **state)
{
	struct fixture *f = *state;
	struct yaml_node *root = parse(f,
		"text: [1]\nint: x\nbig: 11\nbool: yes\nchoice: blue\nmapping: 1\nsequence: {}\nnothing: ~\nprot: 1\n");
	struct yaml_faults *faults = &f->faults;
	assert_string_equal(yaml_get_text(faults, root, "text", "fallback"), "fallback");
	assert_int_equal(yaml_get_int(faults, root, "int", 0, 10, 7), 7);
	assert_int_equal(yaml_get_int(faults, root, "big", 0, 10, 7), 7);
	assert_true(yaml_get_bool(faults, root, "bool", true));
	assert_int_equal(yaml_get_choice(faults, root, "choice", COLOURS, 1), 1);
	assert_null(yaml_get_mapping(faults, root, "mapping"));
	assert_null(yaml_get_sequence(faults, root, "sequence"));
	assert_int_equal(faults->count, 7);
	assert_null(yaml_need_text(faults, root, "nothing"));
	yaml_need_int(faults, root, "absent", 0, 1);
	yaml_allow(faults, root, (const char *const[]){"text", "int", "big", "bool", "choice", "mapping", "sequence",
		"nothing", "port", NULL});
	assert_int_equal(faults->count, 10);
	assert_non_null(strstr(faults_of(f), "t.yaml:5: “choice”应为以下之一：red, green。"));
	assert_non_null(strstr(faults_of(f), "t.yaml:8: 缺少“nothing”。"));
	assert_non_null(strstr(faults_of(f), "t.yaml:9: 不认识的键“prot”，是否应为“port”？"));
	assert_non_null(yaml_faults_problem(faults));
}

static void getters_take_what_is_right(void **state)
{
	struct fixture *f = *state;
	struct yaml_node *root = parse(f, "code: 330100\nint: -5\nbool: false\nchoice: green\nquoted: \"1\"\n");
	assert_string_equal(yaml_need_text(&f->faults, root, "code"), "330100");
	assert_int_equal(yaml_need_int(&f->faults, root, "int", -10, 10), -5);
	assert_false(yaml_get_bool(&f->faults, root, "bool", true));
	assert_int_equal(yaml_need_choice(&f->faults, root, "choice", COLOURS), 1);
	assert_string_equal(yaml_get_text(&f->faults, root, "absent", "x"), "x");
	assert_int_equal(f->faults.count, 0);
	assert_null(yaml_faults_problem(&f->faults));
	yaml_get_int(&f->faults, root, "quoted", 0, 9, 0);
	assert_int_equal(f->faults.count, 1);
}

static void units_are_understood(void **state)
{
	int64_t v = -1;
	assert_true(yaml_duration("250ms", &v) && v == 250);
	assert_true(yaml_duration("2h", &v) && v == 7200000);
	assert_true(yaml_duration("0", &v) && v == 0);
	assert_true(yaml_size("64K", &v) && v == 65536);
	assert_true(yaml_size("512", &v) && v == 512);
	static const char *const durations[] = {
		"", "5", "s", "-1s", "1.5s", "5 s", "05s", "5S", "999999999999999d", "1sx"};
	static const char *const sizes[] = {"", "K", "-1", "1KB", "1k", "1 K", "0x10", "01", "999999999999999G"};
	for (size_t i = 0; i < sizeof(durations) / sizeof(durations[0]); i++)
		assert_false(yaml_duration(durations[i], &v));
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		assert_false(yaml_size(sizes[i], &v));
}

static void scalars_become_what_they_look_like(void **state)
{
	struct fixture *f = *state;
	struct buf *out = buf_in(f->arena);
	struct json_writer w;
	jw_init(&w, out);
	jw_json(&w, yaml_to_json(f->arena, parse(f,
		"i: 12\nn: -3\nz: 0\nq: \"12\"\nlead: 007\nbig: 99999999999999999999\nt: true\n"
		"yes: yes\nnull_: null\nempty:\ns: '~'\nf: 1.10\nd: 2025-01-01\nl: [1, two, {k: v}]\n")));
	assert_string_equal(out->data,
		"{\"i\":12,\"n\":-3,\"z\":0,\"q\":\"12\",\"lead\":\"007\",\"big\":\"99999999999999999999\","
		"\"t\":true,\"yes\":\"yes\",\"null_\":null,\"empty\":null,\"s\":\"~\",\"f\":\"1.10\",\"d\":\"2025-01-"
		"01\","
		"\"l\":[1,\"two\",{\"k\":\"v\"}]}");
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, make, drop)

static const char *json_text_of(struct fixture *f, const struct yaml_node *root)
{
	struct json_writer w;
	struct buf *out = buf_in(f->arena);
	jw_init(&w, out);
	jw_json(&w, yaml_to_json(f->arena, root));
	return out->data;
}

/* Editors on Windows write a byte order mark: whatever the first line is, it reads as without one, and places in the
 * text stay right. */
static void a_byte_order_mark_is_no_part_of_the_text(void **state)
{
	static const char *const texts[] = {"a: 1\nb: {c: 丽水}\n", "# comment\na: 1\nb: {c: 丽水}\n",
		"---\na: 1\nb: {c: 丽水}\n", "\na: 1\r\nb: {c: 丽水}\r\n", "{a: 1, b: {c: 丽水}}\n",
		"\"a\": 1\n\n'b':\n  c: 丽水\n", "a:   1\nb:\n  c: |-\n    丽水\n"};
	struct fixture *f = *state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		const char *marked = arena_printf(f->arena, "\ufeff%s", texts[i]);
		struct yaml_node *bare = parse(f, texts[i]), *root = parse(f, marked);
		if (!bare || !root)
			fail_msg("%s: %s", texts[i], faults_of(f));
		assert_string_equal(json_text_of(f, root), json_text_of(f, bare));
		assert_int_equal(yaml_get(root, "b")->line, yaml_get(bare, "b")->line);
		assert_int_equal(yaml_get(root, "b")->begin, yaml_get(bare, "b")->begin + 3);
		assert_int_equal(yaml_get(root, "b")->end, yaml_get(bare, "b")->end + 3);
	}
	assert_null(parse(f, "\ufeff"));
	assert_null(parse(f, "a: 1\n\ufeffb: 2\n")); /* one elsewhere is a character as any other, and no key */
}

static void a_nul_is_a_fault(void **state)
{
	static const char *const texts[] = {
		"\0a: 1\n", "a: 1\n\0b: 2\n", "a: 1\n\0", "a: 'x\0y'\n", "a: 1 # x\0\n", "\ufeff\0"};
	static const size_t sizes[] = {6, 12, 6, 9, 11, 4};
	static const unsigned lines[] = {1, 2, 2, 1, 1, 1};
	struct fixture *f = *state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		yaml_faults_init(&f->faults, f->arena);
		assert_null(yaml_parse(f->arena, &f->faults, "t.yaml", texts[i], sizes[i]));
		assert_int_equal(f->faults.first->line, lines[i]);
		assert_non_null(strstr(f->faults.first->en, "NUL"));
		char *shown = arena_memdup(f->arena, texts[i], sizes[i]);
		yaml_show_nul(shown, sizes[i]);
		assert_int_equal(strlen(shown), sizes[i]);
		assert_null(parse(f, shown));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nodes_remember_their_lines_and_order),
		TEST(what_hides_from_a_reader_is_refused),
		TEST(every_duplicate_is_reported),
		TEST(too_large_and_missing_files_are_faults),
		TEST(getters_report_every_fault),
		TEST(getters_take_what_is_right),
		TEST(units_are_understood),
		TEST(scalars_become_what_they_look_like),
		TEST(a_byte_order_mark_is_no_part_of_the_text),
		TEST(a_nul_is_a_fault),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
