#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "core/http/answer.h"
#include "core/http/router.h"

static struct problem *handler(struct request *request)
{
	buf_text(request->out, request->route->path);
	return NULL;
}

static const struct route routes[] = {
	{HTTP_GET, "/", handler},
	{HTTP_GET, "/products", handler},
	{HTTP_POST, "/products", handler},
	{HTTP_GET, "/products/mine", handler},
	{HTTP_GET, "/products/{id}", handler},
	{HTTP_DELETE, "/products/{id}", handler},
	{HTTP_GET, "/products/{id}/pictures/{number}", handler},
	{HTTP_GET, "/products/mine/pictures", handler},
	{HTTP_GET, "/files/{rest...}", handler},
	{HTTP_GET, "/files/index", handler},
	{HTTP_GET, "/lists", handler, .lists = true},
};

struct fixture {
	struct router *router;
	struct request *request;
};

static int setup(void **state)
{
	static struct fixture fixture;
	fixture.router = router_create();
	router_add(fixture.router, routes, sizeof(routes) / sizeof(*routes));
	fixture.request = request_create();
	*state = &fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;
	router_destroy(fixture->router);
	request_destroy(fixture->request);
	return 0;
}

static const struct problem_kind *match(struct fixture *fixture, enum http_method method, const char *path)
{
	fixture->request->method = method;
	fixture->request->path = path;
	struct problem *problem = router_match(fixture->router, fixture->request);
	return problem ? problem->kind : NULL;
}

static void expect(
	struct fixture *fixture, const char *path, const char *pattern, const char *first, const char *second)
{
	assert_null(match(fixture, HTTP_GET, path));
	assert_string_equal(fixture->request->route->path, pattern);
	if (first)
		assert_string_equal(fixture->request->path_values[0], first);
	if (second)
		assert_string_equal(fixture->request->path_values[1], second);
}

static void test_match(void **state)
{
	struct fixture *f = *state;
	expect(f, "/", "/", NULL, NULL);
	expect(f, "/products", "/products", NULL, NULL);
	expect(f, "/products/mine", "/products/mine", NULL, NULL);
	expect(f, "/products/min", "/products/{id}", "min", NULL);
	expect(f, "/products/minex", "/products/{id}", "minex", NULL);
	expect(f, "/products/7/pictures/2", "/products/{id}/pictures/{number}", "7", "2");
	/* The literal leads to a dead end, so the name is tried. */
	expect(f, "/products/mine/pictures/2", "/products/{id}/pictures/{number}", "mine", "2");
	expect(f, "/products/mine/pictures", "/products/mine/pictures", NULL, NULL);
	expect(f, "/files/a/b/c.txt", "/files/{rest...}", "a/b/c.txt", NULL);
	expect(f, "/files/index", "/files/index", NULL, NULL);
	expect(f, "/files/index/x", "/files/{rest...}", "index/x", NULL);
}

static void test_not_found(void **state)
{
	static const char *const paths[] = {"/product", "/productss", "/products/", "/products/7/",
		"/products/7/pictures", "/files", "/files/", "/x", "/products/7/pictures/2/3"};
	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++)
		if (match(*state, HTTP_GET, paths[i]) != &PROBLEM_NOT_FOUND)
			fail_msg("%s was found", paths[i]);
}

static void test_methods(void **state)
{
	struct fixture *f = *state;
	assert_null(match(f, HTTP_HEAD, "/products"));
	assert_int_equal(f->request->route->method, HTTP_GET);
	assert_ptr_equal(match(f, HTTP_PUT, "/products"), &PROBLEM_METHOD);
	assert_string_equal(answer_header(f->request->answer, "allow"), "GET, HEAD, POST, OPTIONS");
	/* Another method of the same path never falls through to a {name}. */
	assert_ptr_equal(match(f, HTTP_DELETE, "/products/mine"), &PROBLEM_METHOD);
}

static void test_options(void **state)
{
	struct fixture *f = *state;
	assert_null(match(f, HTTP_OPTIONS, "/products/7"));
	assert_null(router_run(f->router, f->request));
	assert_int_equal(f->request->status, 204);
	assert_string_equal(answer_header(f->request->answer, "Allow"), "GET, HEAD, DELETE, OPTIONS");
}

static struct problem *refuse(struct request *request, void *arg)
{
	return problem_new(request->arena, arg);
}

static void test_gate(void **state)
{
	struct fixture *f = *state;
	assert_null(match(f, HTTP_GET, "/products"));
	assert_null(router_run(f->router, f->request));
	assert_string_equal(f->request->out->data, "/products");
	router_set_gate(f->router, refuse, (void *)(uintptr_t)&PROBLEM_SIGN_IN);
	buf_reset(f->request->out);
	assert_ptr_equal(router_run(f->router, f->request)->kind, &PROBLEM_SIGN_IN);
	assert_int_equal(f->request->out->len, 0);
	assert_ptr_equal(router_admit(f->router, f->request)->kind, &PROBLEM_SIGN_IN);
}

static void test_lists(void **state)
{
	static const struct http_pair twice[] = {{"a", "1"}, {"b", "2"}, {"a", "3"}};
	struct fixture *f = *state;
	f->request->query = twice;
	f->request->query_count = 3;
	assert_null(match(f, HTTP_GET, "/products"));
	assert_ptr_equal(router_run(f->router, f->request)->kind, &PROBLEM_MALFORMED);
	assert_null(match(f, HTTP_GET, "/lists"));
	assert_null(router_run(f->router, f->request));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_match, setup, teardown),
		cmocka_unit_test_setup_teardown(test_not_found, setup, teardown),
		cmocka_unit_test_setup_teardown(test_methods, setup, teardown),
		cmocka_unit_test_setup_teardown(test_options, setup, teardown),
		cmocka_unit_test_setup_teardown(test_gate, setup, teardown),
		cmocka_unit_test_setup_teardown(test_lists, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
