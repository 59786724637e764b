#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/arena.h"

static void note(void *arg)
{
	char *order = arg;
	order[strlen(order)] = (char)('a' + strlen(order));
}

static void large_pieces_keep_the_current_block_usable(void **state)
{
	struct arena *arena = arena_create();
	char *small = arena_strdup(arena, "one");
	char *large = arena_alloc(arena, 1 << 20);
	memset(large, 'x', 1 << 20);
	char *after = arena_strdup(arena, "two");
	assert_string_equal(small, "one");
	assert_string_equal(after, "two");
	assert_true(after - small < 64 && after > small);
	arena_destroy(arena);
}

static void deferred_run_once(void **state)
{
	char order[8] = "";
	struct arena *arena = arena_create();
	arena_defer(arena, note, order);
	arena_defer(arena, note, order);
	arena_destroy(arena);
	assert_string_equal(order, "ab");
}

static void printf_copies(void **state)
{
	struct arena *arena = arena_create();
	assert_string_equal(arena_printf(arena, "%s-%d", "PX", 7), "PX-7");
	for (int n = 250; n < 262; n++) { /* where it no longer fits at the first go */
		char *text = arena_printf(arena, "%*d", n, 7);
		assert_int_equal(strlen(text), n);
		assert_true(text[n - 1] == '7' && text[n - 2] == ' ');
	}
	assert_null(arena_strdup(arena, NULL));
	arena_destroy(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(large_pieces_keep_the_current_block_usable),
		cmocka_unit_test(deferred_run_once),
		cmocka_unit_test(printf_copies),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
