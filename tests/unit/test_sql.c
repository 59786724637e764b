#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/buf.h"
#include "core/db/sql.h"

static enum sql_owner owner(void *arg, const char *name, size_t len)
{
	static const char *const PLATFORM[] = {"account", "listing", "product", "log_entry", "head", NULL};
	static const char *const NETWORK[] = {"region", "identity", NULL};
	static const char *const SERVER[] = {"tenant", "job", NULL};
	(void)arg;
	for (int i = 0; PLATFORM[i]; i++)
		if (strlen(PLATFORM[i]) == len && memcmp(PLATFORM[i], name, len) == 0)
			return SQL_OWNER_PLATFORM;
	for (int i = 0; NETWORK[i]; i++)
		if (strlen(NETWORK[i]) == len && memcmp(NETWORK[i], name, len) == 0)
			return SQL_OWNER_NETWORK;
	for (int i = 0; SERVER[i]; i++)
		if (strlen(SERVER[i]) == len && memcmp(SERVER[i], name, len) == 0)
			return SQL_OWNER_SERVER;
	return SQL_OWNER_UNKNOWN;
}

static const struct sql_scope PLATFORM = {.platform = true, .network = true};
static const struct sql_scope NETWORK = {.network = true};
static const struct sql_scope SERVER = {0};
static const struct sql_scope ALL = {.all = true};

static bool passes(const char *sql, struct sql_scope scope)
{
	struct buf why;
	buf_init(&why);
	const char *refused = sql_gate(sql, scope, owner, NULL, &why);
	if (refused && !why.len)
		fail_msg("refused without a word: %s", sql);
	buf_finish(&why);
	return !refused;
}

static void what_names_its_platform_passes(void **state)
{
	static const char *const GOOD[] = {
		"SELECT id FROM account WHERE platform_id = :p AND id = ?",
		"select `id` from `account` where `platform_id`=:p",
		"SELECT a.id FROM account a JOIN listing AS l ON l.platform_id = a.platform_id AND l.id = a.id WHERE "
		"a.platform_id = :p",
		"SELECT 1 FROM account JOIN listing USING (platform_id, id) WHERE account.platform_id = :p",
		"SELECT l.id FROM listing l WHERE l.platform_id = :p AND EXISTS (SELECT 1 FROM product x WHERE "
		"x.platform_id = :p AND x.id = l.id)",
		"INSERT INTO account (platform_id, id, name) VALUES (:p, ?, ?) ON DUPLICATE KEY UPDATE name = "
		"VALUES(name)",
		"INSERT INTO listing (platform_id, id) SELECT platform_id, id FROM product WHERE platform_id = :p",
		"INSERT INTO head (platform_id, seq) VALUES (:p, ?) ON DUPLICATE KEY UPDATE seq = seq + VALUES(seq) "
		"RETURNING seq",
		"UPDATE account SET name = 'FROM listing; it''s \\' :p' WHERE platform_id = :p",
		"UPDATE listing l JOIN product p ON p.platform_id = l.platform_id SET l.name = p.name WHERE "
		"l.platform_id = :p",
		"DELETE FROM account WHERE (platform_id, id) = (:p, ?)",
		"DELETE l FROM listing l JOIN product p ON p.platform_id = l.platform_id WHERE l.platform_id = :p",
		"SELECT EXTRACT(YEAR FROM account) FROM tenant", /* a column of that name */
		"SELECT account, (SELECT COUNT(*) FROM tenant) FROM job -- FROM account\n",
		"SELECT TRIM(BOTH ' ' FROM account) FROM job /* JOIN account */",
		"SELECT code FROM region WHERE network_id = :n",
		"SELECT a.id FROM account a, region r WHERE a.platform_id = :p AND r.network_id = :n",
		"WITH recent AS (SELECT id FROM listing WHERE platform_id = :p) SELECT * FROM recent",
		"SELECT x.id FROM (SELECT id FROM listing WHERE platform_id = :p UNION SELECT id FROM product WHERE "
		"platform_id = :p) x",
		"SELECT table_name FROM information_schema.tables",
		"SELECT id FROM account WHERE platform_id = :p FOR UPDATE",
		"SELECT 1",
		NULL};
	(void)state;
	for (int i = 0; GOOD[i]; i++)
		if (!passes(GOOD[i], PLATFORM))
			fail_msg("refused: %s", GOOD[i]);
}

static void what_forgets_its_platform_is_refused(void **state)
{
	static const char *const BAD[] = {
		"SELECT id FROM account",
		"SELECT id FROM account WHERE id = ?",
		"SELECT id FROM account WHERE platform_id = ?",
		"SELECT id FROM account WHERE id = :p",
		"SELECT id FROM account -- platform_id = :p",
		"SELECT id, ':p platform_id' FROM account",
		"SELECT a.id FROM account a JOIN listing l ON l.id = a.id WHERE a.platform_id = :p",
		"SELECT a.id FROM account a, listing l WHERE a.platform_id = :p",
		"SELECT id FROM (account, listing) WHERE platform_id = :p",
		"SELECT id FROM tenant WHERE id IN (SELECT id FROM account)",
		"SELECT id FROM account WHERE platform_id = :p UNION SELECT id FROM listing",
		"INSERT INTO account VALUES (:p, ?)",
		"INSERT account (id) VALUES (?)",
		"INSERT IGNORE INTO account (id) VALUES (:p)",
		"REPLACE INTO account (id) VALUES (?)",
		"UPDATE account SET name = ?",
		"UPDATE IGNORE account SET name = ? WHERE id = ?",
		"UPDATE tenant, account SET account.name = ? WHERE tenant.id = :p",
		"DELETE FROM account",
		"DELETE l FROM listing l JOIN account a ON a.id = l.id WHERE l.platform_id = :p",
		"SELECT id FROM x.account",
		"SELECT id FROM ((account))",
		"SELECT code FROM region WHERE network_id = ?",
		"SELECT code FROM region WHERE code = :n",
		"SELECT 1; SELECT id FROM account",
		"SELECT id FROM /*! account */ tenant",
		"SELECT 'unclosed FROM account",
		"TRUNCATE TABLE account",
		"DROP TABLE account",
		"SET @x = 1",
		"CALL everything()",
		NULL};
	(void)state;
	for (int i = 0; BAD[i]; i++)
		if (passes(BAD[i], PLATFORM))
			fail_msg("passed: %s", BAD[i]);
}

static void scopes_differ(void **state)
{
	(void)state;
	assert_false(passes("SELECT id FROM account WHERE platform_id = :p", NETWORK));
	assert_false(passes("SELECT id FROM account WHERE platform_id = ?", SERVER));
	assert_true(passes("SELECT code FROM region WHERE network_id = :n", NETWORK));
	assert_false(passes("SELECT code FROM region WHERE network_id = :n", SERVER));
	assert_true(passes("SELECT id FROM tenant", SERVER));
	assert_true(passes("SELECT id FROM account a JOIN region r ON r.code = a.code", ALL));
	assert_false(passes("SELECT id FROM account WHERE platform_id = :p", ALL));
	assert_true(passes("SELECT a.`when`, :pp FROM tenant a", SERVER)); /* :pp is no placeholder */
}

static void scripts_are_split_at_their_semicolons(void **state)
{
	const char *script = "-- expand\nCREATE TABLE `a` (b INT COMMENT 'x;y'); # no;\n\n;;/* ; */ INSERT INTO a "
			     "VALUES (\"a;\\\";\");\nlast one -- ;\n";
	size_t len;
	(void)state;
	const char *at = sql_split(&script, &len);
	assert_memory_equal(at, "CREATE TABLE `a` (b INT COMMENT 'x;y')", len);
	at = sql_split(&script, &len);
	assert_memory_equal(at, "INSERT INTO a VALUES (\"a;\\\";\")", len);
	at = sql_split(&script, &len);
	assert_int_equal(len, 8);
	assert_memory_equal(at, "last one", len);
	assert_null(sql_split(&script, &len));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_names_its_platform_passes),
		cmocka_unit_test(what_forgets_its_platform_is_refused),
		cmocka_unit_test(scopes_differ),
		cmocka_unit_test(scripts_are_split_at_their_semicolons),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
