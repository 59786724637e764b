#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/arena.h"
#include "core/config/yaml_edit.h"
#include "core/text/json.h"

static int make(void **state)
{
	*state = arena_create();
	return 0;
}

static int drop(void **state)
{
	arena_destroy(*state);
	return 0;
}

/* `path` is dotted; a NULL json takes the value away. */
static const char *edit(struct arena *arena, const char *text, const char *path, const char *json)
{
	const char *names[8];
	char *rest = arena_strdup(arena, path), *name;
	struct json_object *value = NULL;
	struct yaml_change change = {names, 0, !json, NULL};

	while ((name = strsep(&rest, ".")) != NULL)
		names[change.depth++] = name;
	if (json)
		assert_null(json_parse(arena, json, strlen(json), &value));
	change.value = value;
	return yaml_edit(arena, text, &change);
}

static void check(struct arena *arena, const char *text, const char *path, const char *json, const char *expected)
{
	const char *found = edit(arena, text, path, json);
	if (!expected) {
		assert_null(found);
		return;
	}
	assert_non_null(found);
	assert_string_equal(found, expected);
}

static const char SOURCE[] =
	"# 丽水\n"
	"platform: {slug: lishui, region: \"331100\"} # who it is\n"
	"profile:\n"
	"  contacts:\n"
	"    hotline: 0578-12345   # the city's\n"
	"    # who answers\n"
	"    administrator: {name: 丽水平台管理员, phone: 0578-2090000}\n"
	"  hosts:\n"
	"    - a.example # the main one\n"
	"    - b.example\n"
	"\n"
	"ways:\n"
	"  guidance:\n"
	"    zh: |\n"
	"      先入驻\n"
	"      再申请\n"
	"    en: Join first.\n"
	"# the end\n";

static void values_change_in_their_place(void **state)
{
	struct arena *arena = *state;
	const char *text = edit(arena, SOURCE, "profile.contacts.hotline", "\"0578-2222222\"");

	assert_non_null(strstr(text, "    hotline: 0578-2222222   # the city's\n    # who answers\n"));
	assert_int_equal(strlen(text), strlen(SOURCE) + 2);
	text = edit(arena, SOURCE, "platform.region", "\"331181\"");
	assert_non_null(strstr(text, "platform: {slug: lishui, region: \"331181\"} # who it is\n"));
	text = edit(
		arena, SOURCE, "profile.contacts.administrator", "{\"name\": \"李: 四\", \"email\": \"a@b.example\"}");
	assert_non_null(strstr(text, "    administrator: {name: \"李: 四\", email: \"a@b.example\"}\n"));
	text = edit(arena, SOURCE, "profile.hosts", "[\"c.example\", \"d.example\", \"12\"]");
	assert_non_null(strstr(text, "  hosts:\n    - c.example\n    - d.example\n    - \"12\"\n\nways:"));
	text = edit(arena, SOURCE, "profile.hosts", "[]");
	assert_non_null(strstr(text, "  hosts: []\n\nways:"));
	text = edit(arena, SOURCE, "ways.guidance", "{\"zh\": \"一\\n二\", \"en\": \"Join first.\"}");
	assert_non_null(strstr(text, "    zh: \"一\\n二\"\n    en: Join first.\n# the end\n"));
}

static void what_is_already_so_stays(void **state)
{
	assert_ptr_equal(edit(*state, SOURCE, "profile.hosts", "[\"a.example\", \"b.example\"]"), SOURCE);
	assert_ptr_equal(edit(*state, SOURCE, "profile.nothing.here", NULL), SOURCE);
}

static void new_values_come_behind_the_last(void **state)
{
	struct arena *arena = *state;

	check(arena, "a: 1", "b", "true", "a: 1\nb: true\n");
	check(arena, "a:\n    b: 1 # one\n    # more\nc: 2\n", "a.d", "[1, \"x\"]",
		"a:\n    b: 1 # one\n    d: [1, x]\n    # more\nc: 2\n");
	check(arena, "a: 1\n", "b.c.d", "5", "a: 1\nb:\n  c:\n    d: 5\n");
	check(arena, "a: {b: 1}\n", "a.c.d", "\"no: thing\"", "a: {b: 1, c: {d: \"no: thing\"}}\n");
	check(arena, "a: {}\n", "a.c", "\"true\"", "a: {c: \"true\"}\n");
	check(arena, "a: ~\nb: 1\n", "a.c", "{\"zh\": \"中\", \"en\": \"\"}", "a: {c: {zh: 中, en: \"\"}}\nb: 1\n");
	check(arena, "a:\nb: 1\n", "a.c.d", "1", "a: {c: {d: 1}}\nb: 1\n");
	check(arena, "a:\n  - x\n", "b", "null", "a:\n  - x\nb: ~\n");
	check(arena, "a: |\n  x\n\nb: 1\n", "c", "1", "a: |\n  x\n\nb: 1\nc: 1\n");
	check(arena, "a: 1\r\nb: 2\r\n", "a", "3", "a: 3\r\nb: 2\r\n");
	check(arena, "a: 甲 # 乙\nb: {c: 丙}\n", "b.d", "\"丁\"", "a: 甲 # 乙\nb: {c: 丙, d: 丁}\n");
}

static void what_goes_takes_its_lines(void **state)
{
	struct arena *arena = *state;

	check(arena, "a: 1\nb: # two\n  c: 2 # three\nd: 4\n", "b", NULL, "a: 1\nd: 4\n");
	check(arena, "a: 1\nb:\n  c:\n    e: 2\nd: 4\n", "b.c.e", NULL, "a: 1\nd: 4\n");
	check(arena, "a: {b: 1, c: {d: 2}, e: 3}\n", "a.c.d", NULL, "a: {b: 1, e: 3}\n");
	check(arena, "a: {b: 1, c: 2}\n", "a.b", NULL, "a: {c: 2}\n");
	check(arena, "a: {b: 1, c: 2}\n", "a.c", NULL, "a: {b: 1}\n");
	check(arena, "a: 1\nb: |\n  x\n  y\n\nc: 2\n", "b", NULL, "a: 1\n\nc: 2\n");
	check(arena, "a: 1\nb: 2", "b", NULL, "a: 1\n");
	check(arena, "a: {b: {c: 1}}\n", "a.b.c", NULL, NULL); /* all of it */
}

static void what_cannot_be_done_is_refused(void **state)
{
	struct arena *arena = *state;

	check(arena, "- a\n- b\n", "a", "1", NULL);
	check(arena, "a: [\n", "a", "1", NULL);
	check(arena, "a: 1\n", "b", "1.5", NULL); /* no number that YAML of this kind knows */
	check(arena, "? a\n: 1\n? b\n: 2\n", "c", "3", NULL);
}

/* Whatever is set is read back, and going back to what was there gives a file that says the same as before. */
static void texts_of_all_kinds_survive(void **state)
{
	static const char *const texts[] = {"\"\"", "\"~\"", "\"null\"", "\"true\"", "\"007\"", "\"12\"", "\"-3\"",
		"\"- a\"", "\"a: b\"", "\"a #b\"", "\"#0b5cad\"", "\"{x}\"", "\"[x]\"", "\"'x'\"", "\"\\\"x\\\"\"",
		"\" x \"", "\"a\\nb\\n\"", "\"*a\"", "\"&a\"", "\"!a\"", "\"%a\"", "\"@a\"", "\"a,b\"", "\"?\"",
		"\"\\t\"", "\"工作日 9:00—17:30\"", "\"…\"", "\"中、文。\"", "\"😀\"", "\"1e3\"", "\"---\"", "\"...\"",
		"\"/a\"", "\"a\\\\b\"", "true", "-5", "9223372036854775807"};
	struct arena *arena = *state;

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		assert_non_null(edit(arena, SOURCE, "profile.contacts.hotline", texts[i]));
		assert_non_null(edit(arena, SOURCE, "platform.slug", texts[i]));
		assert_non_null(edit(arena, SOURCE, "new.name", texts[i]));
		assert_non_null(edit(arena, SOURCE, "profile.contacts.administrator.more", texts[i]));
		assert_string_equal(edit(arena, edit(arena, SOURCE, "new.name", texts[i]), "new.name", NULL), SOURCE);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(values_change_in_their_place, make, drop),
		cmocka_unit_test_setup_teardown(what_is_already_so_stays, make, drop),
		cmocka_unit_test_setup_teardown(new_values_come_behind_the_last, make, drop),
		cmocka_unit_test_setup_teardown(what_goes_takes_its_lines, make, drop),
		cmocka_unit_test_setup_teardown(what_cannot_be_done_is_refused, make, drop),
		cmocka_unit_test_setup_teardown(texts_of_all_kinds_survive, make, drop),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
