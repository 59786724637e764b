#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/text/json.h"

struct json_case {
	const char *text;
	size_t len;
};

#define CASE(text) {text, sizeof(text) - 1}

static const struct json_case accepted[] = {
	CASE("null"), CASE("true"), CASE(" false "), CASE("0"), CASE("-0"), CASE("12"), CASE("-9223372036854775808"),
	CASE("9223372036854775807"), CASE("0.5"), CASE("-1.5e3"), CASE("1E+2"), CASE("1e-7"), CASE("0.1"),
	CASE("0.30000000000000004"),
	CASE("9.2e18"), CASE("0.0"), CASE("0e5"), CASE("1.50"), CASE("100.00"), CASE("12345678901.25"),
	CASE("2.2250738585072014e-308"), CASE("5e-324"),
	CASE("\"\""), CASE("\"企联\""), CASE("\"\\u4f01\\uD842\\uDFB7\""), CASE("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\""),
	CASE("\"\x7f\""),
	CASE("\"\\u0001\""), CASE("[]"), CASE("[1,[2,[3]]]"), CASE("{}"), CASE("{\"\":1}"),
	CASE("{\"a\":{\"a\":1},\"b\":[]}"),
	CASE("\t\r\n [ 1 , 2 ] \n"), CASE("{\"a\" : 1 , \"A\" : 2}"),
	CASE("[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]"), /* 32 */
};

static const struct json_case refused[] = {
	CASE(""), CASE(" "), CASE("nul"), CASE("nulll"), CASE("True"), CASE("NaN"), CASE("Infinity"), CASE("-Infinity"),
	CASE("undefined"),
	CASE("01"), CASE("-01"), CASE("00"), CASE("+1"), CASE("-"), CASE(".5"), CASE("1."), CASE("1.e2"), CASE("1e"),
	CASE("1e+"), CASE("0x10"),
	CASE("1_000"), CASE("- 1"), CASE("--1"), CASE("1e5.5"), CASE("\xef\xbc\x91"),
	CASE("9223372036854775808"), CASE("-9223372036854775809"), CASE("100000000000000000000000"), CASE("1e30"),
	CASE("1e20"), CASE("9223372036854775808.0"), CASE("1e400"), CASE("-1e400"),
	CASE("1e-400"), CASE("0.1234567890123456789"), CASE("9007199254740993.0"), CASE("1e99999999999999999999"),
	CASE("4.8e-324"),
	CASE("0.10000000000000000001"),
	CASE("'a'"), CASE("{'a':1}"), CASE("{a:1}"), CASE("\""), CASE("\"a"), CASE("\"\\\""), CASE("\"\\x41\""),
	CASE("\"\\u12\""),
	CASE("\"\\u12G4\""), CASE("\"\\u0000\""), CASE("\"a\0b\""), CASE("\"\\uD800\""), CASE("\"\\uDC00\""),
	CASE("\"\\uD800x\""),
	CASE("\"\\uD800\\u0041\""), CASE("\"\\uD800\\uD800\""), CASE("\"a\nb\""), CASE("\"a\tb\""), CASE("\"\x01\""),
	CASE("\"\\'\""),
	CASE("\"\xff\""), CASE("\"\xc0\x80\""), CASE("\"\xed\xa0\x80\""), CASE("\"\xe4\xbc\""), CASE("\xef\xbb\xbf{}"),
	CASE("["), CASE("]"), CASE("[1"), CASE("[1,"), CASE("[1,]"), CASE("[,1]"), CASE("[1 2]"), CASE("[1]]"),
	CASE("[}"),
	CASE("[1}"),
	CASE("{"), CASE("}"), CASE("{\"a\"}"), CASE("{\"a\":}"), CASE("{\"a\":1,}"), CASE("{,}"),
	CASE("{\"a\":1 \"b\":2}"),
	CASE("{\"a\" 1}"),
	CASE("{1:1}"), CASE("{null:1}"), CASE("{\"a\":1,\"a\":1}"), CASE("{\"a\":1,\"\\u0061\":2}"),
	CASE("{\"x\":{\"a\":1,\"b\":0,\"a\":2}}"),
	CASE("{\"\":1,\"\":2}"), CASE("{\"a\":1}{}"), CASE("1 2"), CASE("1,"), CASE("null,"), CASE("{}\0"), CASE("\0"),
	CASE("// x\n1"),
	CASE("/* x */1"), CASE("1 // x"), CASE("\x0b""1"), CASE("\xc2\xa0""1"),
	CASE("[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]"), /* 33 */
};

static void what_the_standard_allows_is_read(void **state)
{
	for (size_t i = 0; i < sizeof(accepted) / sizeof(accepted[0]); i++) {
		struct arena *arena = arena_create();
		struct json_object *value;
		struct problem *problem = json_parse(arena, accepted[i].text, accepted[i].len, &value);
		if (problem)
			fail_msg("%s: %s", accepted[i].text, problem->en);
		arena_destroy(arena);
	}
}

static void all_else_is_refused_with_its_place(void **state)
{
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		struct arena *arena = arena_create();
		struct json_object *value;
		struct problem *problem = json_parse(arena, refused[i].text, refused[i].len, &value);
		if (!problem)
			fail_msg("%s was read", refused[i].text);
		assert_ptr_equal(problem->kind, &PROBLEM_MALFORMED);
		assert_non_null(strstr(problem->zh, "行"));
		assert_non_null(strstr(problem->en, "line "));
		assert_null(value);
		arena_destroy(arena);
	}
}

/* Copies of exact size, so that the address sanitizer sees a read behind the end. */
static void every_beginning_of_a_text_is_refused(void **state)
{
	static const char text[] = "{\"a\":[1,-2.5e3,\"x\\u4f01\\uD842\\uDFB7企\",true,null],\"b\":{}}";
	for (size_t n = 0; n < sizeof(text) - 1; n++) {
		struct arena *arena = arena_create();
		struct json_object *value;
		char *copy = malloc(n ? n : 1);
		memcpy(copy, text, n);
		assert_non_null(json_parse(arena, copy, n, &value));
		free(copy);
		arena_destroy(arena);
	}
}

static void a_fault_names_line_and_column(void **state)
{
	struct arena *arena = arena_create();
	struct json_object *value;
	static const char text[] = "{\n  \"名称\": \"企联\",\n  \"名称\": 1\n}";
	struct problem *problem = json_parse(arena, text, sizeof(text) - 1, &value);
	assert_string_equal(problem->zh, "JSON 格式不正确（第 3 行第 3 列）：键重复。");
	assert_string_equal(problem->en, "The JSON is malformed at line 3, column 3: a duplicate key.");
	static const char *const twice[] = {"{\"a\":1,\"b\":2,\"a\":3}", "{\"b\":1,\"a\":2,\"b\":3}",
		"{\"b\":1,\"a\":2,\"c\":3,\"c\":4}", "{\"\":1,\"a\":2,\"\":3}"};
	for (size_t i = 0; i < sizeof(twice) / sizeof(*twice); i++)
		assert_non_null(json_parse(arena, twice[i], strlen(twice[i]), &value));
	static const char once[] = "{\"c\":1,\"a\":2,\"b\":3,\"d\":4}";
	assert_null(json_parse(arena, once, sizeof(once) - 1, &value));
	problem = json_parse(arena, "[\"企\xff\"]", 7, &value);
	assert_string_equal(problem->en, "The JSON is malformed at line 1, column 4: invalid UTF-8.");
	assert_non_null(json_parse_object(arena, "[]", 2, &value));
	assert_null(value);
	assert_non_null(json_parse_object(arena, "null", 4, &value));
	arena_destroy(arena);
}

static void too_many_values_are_refused(void **state)
{
	struct arena *arena = arena_create();
	struct json_object *value;
	struct buf *text = buf_in(arena);
	buf_text(text, "[0");
	for (int i = 2; i < JSON_VALUES_MAX; i++)
		buf_text(text, ",0");
	buf_char(text, ']');
	assert_null(json_parse(arena, text->data, text->len, &value));
	text->data[text->len - 1] = ',';
	buf_text(text, "0]");
	assert_non_null(json_parse(arena, text->data, text->len, &value));
	arena_destroy(arena);
}

static struct json_object *read(struct arena *arena, const char *text)
{
	struct json_object *value;
	struct problem *problem = json_parse(arena, text, strlen(text), &value);
	if (problem)
		fail_msg("%s", problem->en);
	return value;
}

static void getters_mind_the_type(void **state)
{
	struct arena *arena = arena_create();
	struct json_object *o = read(arena,
		"{\"t\":\"x\",\"i\":-7,\"d\":0.5,\"b\":true,\"n\":null,\"a\":[1,\"two\"],\"o\":{\"k/~\":3}}");
	int64_t i = 99;
	double d = 99;
	bool b = false;
	assert_string_equal(json_get_text(o, "t"), "x");
	assert_null(json_get_text(o, "i"));
	assert_null(json_get_text(NULL, "t"));
	assert_null(json_get(o, "n"));
	assert_true(json_has(o, "n"));
	assert_false(json_has(o, "z"));
	assert_false(json_get_int(o, "d", &i));
	assert_int_equal(i, 99);
	assert_true(json_get_int(o, "i", &i));
	assert_int_equal(i, -7);
	assert_true(json_get_double(o, "i", &d));
	assert_true(d == -7);
	assert_true(json_get_bool(o, "b", &b) && b);
	assert_int_equal(json_count(json_get_array(o, "a")), 2);
	assert_string_equal(json_text(json_at(json_get(o, "a"), 1)), "two");
	assert_null(json_at(json_get(o, "a"), 2));
	assert_int_equal(json_object_get_int64(json_at_pointer(o, "/o/k~1~0")), 3);
	assert_string_equal(json_text(json_at_pointer(o, "/a/1")), "two");
	assert_ptr_equal(json_at_pointer(o, ""), o);
	assert_null(json_at_pointer(o, "/a/01"));
	assert_null(json_at_pointer(o, "/a/-"));
	assert_null(json_at_pointer(o, "a"));
	assert_string_equal(json_pointer_index(arena, json_pointer_add(arena, "", "k/~"), 3), "/k~1~0/3");
	arena_destroy(arena);
}

static void the_writer_sets_the_commas(void **state)
{
	struct arena *arena = arena_create();
	struct buf *out = buf_in(arena);
	struct json_writer w;
	jw_init(&w, out);
	jw_object_begin(&w);
	jw_kv_text(&w, "t", "a\"\\\n\x01企\xff\xe4z");
	jw_kv_text(&w, "none", NULL);
	jw_key(&w, "a");
	jw_array_begin(&w);
	jw_int(&w, INT64_MIN);
	jw_uint(&w, UINT64_MAX);
	jw_object_begin(&w);
	jw_object_end(&w);
	jw_array_begin(&w);
	jw_array_end(&w);
	jw_double(&w, NAN);
	jw_double(&w, 0.1);
	jw_array_end(&w);
	jw_kv_bool(&w, "b", true);
	jw_kv_raw(&w, "r", "[1]", 3);
	jw_kv_json(&w, "j", read(arena, "{\"z\":1,\"a\":[null,1.50,\"x\"]}"));
	jw_object_end(&w);
	assert_string_equal(out->data, "{\"t\":\"a\\\"\\\\\\n\\u0001企\xef\xbf\xbd\xef\xbf\xbdz\",\"none\":null,"
		"\"a\":[-9223372036854775808,18446744073709551615,{},[],null,0.1],\"b\":true,\"r\":[1],"
		"\"j\":{\"z\":1,\"a\":[null,1.5,\"x\"]}}");
	arena_destroy(arena);
}

static void the_canonical_form_is_that_of_rfc_8785(void **state)
{
	struct arena *arena = arena_create();
	struct buf *out = buf_in(arena);
	/* The examples of RFC 8785, sections 3.2.2 and 3.2.3, but for numbers that our reader refuses. */
	json_canonical(out, read(arena, "{\"numbers\": [4.50, 2e-3, 0.000000000000000000000000001],"
		"\"string\": \"\\u20ac$\\u000F\\u000aA'\\u0042\\u0022\\u005c\\\\\\\"\\/\", \"literals\": [null, true, "
		"false]}"));
	assert_string_equal(out->data, "{\"literals\":[null,true,false],\"numbers\":[4.5,0.002,1e-27],"
		"\"string\":\"€$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}");
	buf_reset(out);
	json_canonical(out, read(arena,
		"{\"\\u20ac\":1,\"\\r\":2,\"\\ufb33\":3,\"1\":4,\"\\ud83d\\ude00\":5,\"\\u0080\":6,\"\\u00f6\":7}"));
	assert_string_equal(out->data,
		"{\"\\r\":2,\"1\":4,\"\xc2\x80\":6,\"ö\":7,\"€\":1,\"😀\":5,\"\xef\xac\xb3\":3}");
	arena_destroy(arena);
}

static void doubles_are_written_as_ecmascript_does(void **state)
{
	/* Appendix B of RFC 8785. */
	static const struct {
		uint64_t bits;
		const char *text;
	} cases[] = {
		{0, "0"},
		{0x8000000000000000, "0"},
		{1, "5e-324"},
		{0x8000000000000001, "-5e-324"},
		{0x7fefffffffffffff, "1.7976931348623157e+308"},
		{0x4340000000000000, "9007199254740992"},
		{0x4430000000000000, "295147905179352830000"},
		{0x44b52d02c7e14af5, "9.999999999999997e+22"},
		{0x44b52d02c7e14af6, "1e+23"},
		{0x44b52d02c7e14af7, "1.0000000000000001e+23"},
		{0x444b1ae4d6e2ef4e, "999999999999999700000"},
		{0x444b1ae4d6e2ef4f, "999999999999999900000"},
		{0x444b1ae4d6e2ef50, "1e+21"},
		{0x3eb0c6f7a0b5ed8c, "9.999999999999997e-7"},
		{0x3eb0c6f7a0b5ed8d, "0.000001"},
		{0x41b3de4355555553, "333333333.3333332"},
		{0x41b3de4355555557, "333333333.33333343"},
		{0xbecbf647612f3696, "-0.0000033333333333333333"},
		{0x43143ff3c1cb0959, "1424953923781206.2"},
	};
	struct buf out;
	buf_init(&out);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct json_writer w;
		double value;
		memcpy(&value, &cases[i].bits, sizeof(value));
		buf_reset(&out);
		jw_init(&w, &out);
		jw_double(&w, value);
		assert_string_equal(out.data, cases[i].text);
	}
	buf_finish(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_the_standard_allows_is_read),
		cmocka_unit_test(all_else_is_refused_with_its_place),
		cmocka_unit_test(every_beginning_of_a_text_is_refused),
		cmocka_unit_test(a_fault_names_line_and_column),
		cmocka_unit_test(too_many_values_are_refused),
		cmocka_unit_test(getters_mind_the_type),
		cmocka_unit_test(the_writer_sets_the_commas),
		cmocka_unit_test(the_canonical_form_is_that_of_rfc_8785),
		cmocka_unit_test(doubles_are_written_as_ecmascript_does),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
