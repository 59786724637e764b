#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <netinet/in.h>
#include <string.h>

#include "core/http/address.h"
#include "core/http/tally.h"

static bool holds(const char *net, const char *text)
{
	struct address_net parsed;
	struct address address;
	assert_true(address_net_parse(net, &parsed));
	assert_true(address_parse(text, strlen(text), &address));
	return address_net_holds(&parsed, &address);
}

static void test_nets(void **state)
{
	assert_true(holds("10.0.0.0/8", "10.255.0.1"));
	assert_false(holds("10.0.0.0/8", "11.0.0.1"));
	assert_true(holds("192.168.16.0/20", "192.168.31.255"));
	assert_false(holds("192.168.16.0/20", "192.168.32.0"));
	assert_true(holds("127.0.0.1", "127.0.0.1"));
	assert_false(holds("127.0.0.1", "127.0.0.2"));
	assert_true(holds("0.0.0.0/0", "9.9.9.9"));
	assert_false(holds("0.0.0.0/0", "2001:db8::1"));
	assert_true(holds("10.0.0.0/8", "::ffff:10.1.1.1"));
	assert_true(holds("fd00::/8", "fdff::1"));
	assert_true(holds("::1", "::1"));
	assert_true(holds("::/0", "10.0.0.1"));
}

static void test_bad_nets(void **state)
{
	static const char *const bad[] = {"", "10", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8x", "::/129",
		"localhost", "1.2.3.4.5", "/8"};
	struct address_net net;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		if (address_net_parse(bad[i], &net))
			fail_msg("%s was taken", bad[i]);
}

static void test_format(void **state)
{
	struct address address;
	char text[ADDRESS_TEXT];
	assert_true(address_parse("::ffff:1.2.3.4", 14, &address));
	address_format(&address, text);
	assert_string_equal(text, "1.2.3.4");
	assert_true(address_parse("2001:DB8:0::1", 13, &address));
	address_format(&address, text);
	assert_string_equal(text, "2001:db8::1");
}

static void test_listen(void **state)
{
	struct sockaddr_storage out;
	socklen_t len;
	assert_true(address_listen_parse("127.0.0.1:8080", &out, &len));
	assert_int_equal(ntohs(((struct sockaddr_in *)&out)->sin_port), 8080);
	assert_true(address_listen_parse("[::1]:0", &out, &len));
	assert_int_equal(out.ss_family, AF_INET6);
	assert_true(address_listen_parse("*:80", &out, &len));
	assert_false(address_listen_parse("8080", &out, &len));
	assert_false(address_listen_parse("localhost:8080", &out, &len));
	assert_false(address_listen_parse("127.0.0.1:65536", &out, &len));
	assert_false(address_listen_parse("127.0.0.1:", &out, &len));
	assert_false(address_listen_parse("127.0.0.1:+1", &out, &len));
}

static void test_tally(void **state)
{
	struct tally *tally = tally_create();
	assert_true(tally_take(tally, "a", 2));
	assert_true(tally_take(tally, "a", 2));
	assert_false(tally_take(tally, "a", 2));
	assert_true(tally_take(tally, "b", 2));
	assert_true(tally_take(tally, "a", 0));
	tally_give(tally, "a");
	tally_give(tally, "a");
	assert_true(tally_take(tally, "a", 2));
	assert_int_equal(tally_total(tally), 3);
	tally_destroy(tally);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nets),
		cmocka_unit_test(test_bad_nets),
		cmocka_unit_test(test_format),
		cmocka_unit_test(test_listen),
		cmocka_unit_test(test_tally),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
