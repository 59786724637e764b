/* Reads tables and statements from stdin and prints the statements that the gate (core/db/sql.h) refuses;
 * test_sql_sources.py feeds it.
 *
 * Records end with 0x1e, fields with 0x1f: "T name owner" (owner: platform, network, server) first, then "S where scope
 * text" with scope platform, network, server, all, or ? for one that the source does not show: then any of the first
 * three may let it pass. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/db/sql.h"

struct tables {
	char *names[1024];
	enum sql_owner owners[1024];
	size_t count;
};

static enum sql_owner find(void *arg, const char *name, size_t len)
{
	const struct tables *tables = arg;
	for (size_t i = 0; i < tables->count; i++)
		if (strlen(tables->names[i]) == len && memcmp(tables->names[i], name, len) == 0)
			return tables->owners[i];
	return SQL_OWNER_UNKNOWN;
}

static enum sql_owner owner_of(const char *word)
{
	if (strcmp(word, "platform") == 0)
		return SQL_OWNER_PLATFORM;
	return strcmp(word, "network") == 0 ? SQL_OWNER_NETWORK : SQL_OWNER_SERVER;
}

static bool passes(struct tables *tables, const char *sql, const char *scope, struct buf *why)
{
	struct sql_scope may = {.platform = strcmp(scope, "platform") == 0, .all = strcmp(scope, "all") == 0};
	may.network = may.platform || strcmp(scope, "network") == 0;
	return !sql_gate(sql, may, find, tables, why);
}

static bool check(struct tables *tables, const char *where, const char *scope, const char *sql)
{
	static const char *const GUESSES[] = {"server", "network", "platform"};
	struct buf why;
	bool good = false;
	buf_init(&why);
	if (*scope != '?')
		good = passes(tables, sql, scope, &why);
	for (size_t i = 0; *scope == '?' && i < 3 && !good; i++) {
		buf_reset(&why);
		good = passes(tables, sql, GUESSES[i], &why);
	}
	if (!good)
		printf("%s: %s\n    %s\n", where, why.data, sql);
	buf_finish(&why);
	return good;
}

int main(void)
{
	static struct tables tables;
	char *record = NULL;
	size_t cap = 0, checked = 0, bad = 0;
	for (ssize_t len; (len = getdelim(&record, &cap, '\x1e', stdin)) > 0;) {
		const char *fields[4] = {"", "", "", ""};
		char *rest = record;
		record[len - 1] = 0;
		for (size_t i = 0; i < 4 && rest; i++)
			fields[i] = strsep(&rest, "\x1f");
		if (*fields[0] == 'T' && tables.count < 1024) {
			tables.names[tables.count] = strdup(fields[1]);
			tables.owners[tables.count++] = owner_of(fields[2]);
		} else if (*fields[0] == 'S') {
			checked++;
			bad += !check(&tables, fields[1], fields[2], fields[3]);
		}
	}
	printf("%zu statements over %zu tables, %zu refused\n", checked, tables.count, bad);
	free(record);
	for (size_t i = 0; i < tables.count; i++)
		free(tables.names[i]);
	return bad || !checked || !tables.count;
}
