#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/config/settings.h"
#include "core/config/yaml.h"
#include "core/text/json.h"

#define DOCUMENTED PROJECT_ROOT "/config/qilian.yaml"

struct fixture {
	struct arena *arena;
	struct yaml_faults faults;
	char path[64];
};

static int make(void **state)
{
	struct arena *arena = arena_create();
	struct fixture *f = ARENA_NEW(arena, struct fixture);
	f->arena = arena;
	yaml_faults_init(&f->faults, arena);
	strcpy(f->path, "/tmp/qilian-settings-XXXXXX");
	close(mkstemp(f->path));
	clearenv();
	setenv("QILIAN_KEYS", "1:x", 1);
	*state = f;
	return 0;
}

static int drop(void **state)
{
	struct fixture *f = *state;
	unlink(f->path);
	arena_destroy(f->arena);
	return 0;
}

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");
	fputs(text, file);
	fclose(file);
}

static struct settings *load(struct fixture *f, const char *text, const char *const *overrides)
{
	yaml_faults_init(&f->faults, f->arena);
	write_file(f->path, text);
	return settings_load(f->arena, &f->faults, f->path, overrides);
}

static const char *faults_of(struct fixture *f)
{
	struct buf *out = buf_in(f->arena);
	yaml_faults_write(&f->faults, out);
	return out->data;
}

static const struct yaml_node *value_at(const struct yaml_node *root, const char *key)
{
	char section[64];
	const char *dot = strchr(key, '.');
	if (!dot)
		return yaml_get(root, key);
	snprintf(section, sizeof(section), "%.*s", (int)(dot - key), key);
	return yaml_get(yaml_get(root, section), dot + 1);
}

static void compare_with_file(void *arg, const char *key, const char *preset)
{
	struct fixture *f = arg;
	static struct yaml_node *root;
	if (!root)
		root = yaml_load(f->arena, &f->faults, DOCUMENTED);
	const struct yaml_node *node = value_at(root, key);
	if (!node)
		fail_msg("%s is missing", key);
	if (node->kind == YAML_KIND_SCALAR && strcmp(node->text, preset) != 0)
		fail_msg("%s: %s differs from the default %s", key, node->text, preset);
}

static void the_documented_file_holds_every_key_with_its_default(void **state)
{
	struct fixture *f = *state;
	settings_each(compare_with_file, f);
	assert_non_null(settings_load(f->arena, &f->faults, DOCUMENTED, NULL));
	assert_int_equal(f->faults.count, 0);
	struct buf *out = buf_in(f->arena);
	settings_describe(out);
	assert_non_null(strstr(out->data, "limits.head_deadline: duration 100ms to 3600s; default 10s"));
}

static void values_arrive_with_their_units(void **state)
{
	struct fixture *f = *state;
	struct settings *s = load(f,
		"mode: demonstration\nhttp:\n  port: 9000\n  trusted_proxies: [10.0.0.0/8, \"::1\"]\n"
		"limits: {head_deadline: 500ms, body_bytes: 64K}\ndatabase:\n  hosts: [/run/m.sock, \"db2:3306\", "
		"\"[::1]:3307\"]\n"
		"public: {scheme: http, port: 0}\nsms:\n  body: {phone: \"{mobile}\"}\nlog_level: warn\nsmtp:\n",
		NULL);
	if (!s)
		fail_msg("%s", faults_of(f));
	assert_int_equal(s->mode, SETTINGS_DEMONSTRATION);
	assert_int_equal(s->log_level, DIAG_WARN);
	assert_int_equal(s->http.port, 9000);
	assert_int_equal(s->public.port, 9000);
	assert_int_equal(s->public.scheme, SETTINGS_HTTP);
	assert_in_range(s->http.loops, 1, 512);
	assert_int_equal(s->http.trusted_proxies.count, 2);
	assert_string_equal(s->http.trusted_proxies.items[1], "::1");
	assert_int_equal(s->limits.head_deadline, 500);
	assert_int_equal(s->limits.body_bytes, 65536);
	assert_int_equal(s->limits.upload_deadline, 600000);
	assert_string_equal(s->database.hosts.items[2], "[::1]:3307");
	assert_string_equal(json_get_text(s->sms.body, "phone"), "{mobile}");
	assert_string_equal(s->smtp.host, "");
}

static void every_fault_is_reported_with_its_line(void **state)
{
	struct fixture *f = *state;
	assert_null(load(f,
		"mode: test\nhttp:\n  prot: 1\n  port: 70000\n  bind: [x]\n  trusted_proxies: [10.0.0.0/33]\nlimits:\n "
		" body_bytes: 1KB\n"
		"  head_deadline: 5\nnonsense: 1\ndatabase:\n  hosts: [db]\n  password: secret\n  tls: yes\n", NULL));
	static const char *const expected[] = {
		":1: “mode”应为以下之一：production, demonstration", ":3: 不认识的键“prot”，是否应为“port”？",
			":4: “http.port”应为整数（0 至 65535）",
		":5: “http.bind”应为文本", ":6: “http.trusted_proxies”应为", ":8: “limits.body_bytes”应为大小",
			":9: “limits.head_deadline”应为时长",
		":10: 不认识的键“nonsense”", ":12: “database.hosts”应为",
			":13: 机密不写在此文件中：请用环境变量 QILIAN_DB_PASSWORD", ":14: “database.tls”应为",
	};
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
		if (!strstr(faults_of(f), expected[i]))
			fail_msg("missing %s in\n%s", expected[i], faults_of(f));
}

static void secrets_come_from_the_environment_or_files(void **state)
{
	struct fixture *f = *state;
	char secret[] = "/tmp/qilian-secret-XXXXXX", text[128];
	close(mkstemp(secret));
	write_file(secret, "from file\n");
	snprintf(text, sizeof(text), "database: {password_file: %s}\n", secret);
	assert_string_equal(load(f, text, NULL)->database.password, "from file");
	setenv("QILIAN_SMTP_PASSWORD_FILE", secret, 1);
	assert_string_equal(load(f, "mode: production\n", NULL)->smtp.password, "from file");
	setenv("QILIAN_DB_PASSWORD", "from variable", 1);
	assert_string_equal(load(f, text, NULL)->database.password, "from variable");
	unlink(secret);
	assert_null(load(f, text, NULL));
	assert_non_null(strstr(faults_of(f), "database.password_file"));
}

static void what_belongs_together_is_checked(void **state)
{
	struct fixture *f = *state;
	assert_null(load(f, "smtp: {host: mail.example.com}\n", NULL));
	assert_non_null(strstr(faults_of(f), "smtp.from"));
	assert_null(load(f, "database: {hosts: []}\n", NULL));
	unsetenv("QILIAN_KEYS");
	assert_null(load(f, "mode: production\n", NULL));
	assert_non_null(strstr(faults_of(f), "QILIAN_KEYS"));
	assert_non_null(load(f, "mode: demonstration\n", NULL));
}

static void overrides_win_over_the_file(void **state)
{
	struct fixture *f = *state;
	const char *const overrides[] = {
		"http.port=0", "http.bind=*", "limits.body_bytes=2M", "database.hosts=[\"a:1\"]", NULL};
	struct settings *s = load(f, "http: {port: 9000}\n", overrides);
	if (!s)
		fail_msg("%s", faults_of(f));
	assert_int_equal(s->http.port, 0);
	assert_string_equal(s->http.bind, "*");
	assert_int_equal(s->limits.body_bytes, 2 << 20);
	assert_string_equal(s->database.hosts.items[0], "a:1");
	static const char *const bad[] = {"http.port", "http.prot=1", "http.port=x", "http=1", "http.port="};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_null(load(f, "mode: production\n", (const char *const[]){bad[i], NULL}));
	yaml_faults_init(&f->faults, f->arena);
	assert_null(settings_load(f->arena, &f->faults, "/nonexistent/qilian.yaml", NULL));
	yaml_faults_init(&f->faults, f->arena);
	assert_non_null(settings_load(f->arena, &f->faults, NULL, NULL));
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, make, drop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_documented_file_holds_every_key_with_its_default),
		TEST(values_arrive_with_their_units),
		TEST(every_fault_is_reported_with_its_line),
		TEST(secrets_come_from_the_environment_or_files),
		TEST(what_belongs_together_is_checked),
		TEST(overrides_win_over_the_file),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
