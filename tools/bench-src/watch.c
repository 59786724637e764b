/* Tells when listings come to wait for review on a platform, as others see it: a line "µs-since-1970 product-id-in-hex"
 * for each.
 *
 *     watch SOCKET USER DATABASE PLATFORM       until its standard input ends
 *
 * Looks every millisecond on a connection of its own, so what it tells is late by a millisecond at most, and by the
 * time of the look. */
#include <mysql.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static void die(const char *what, const char *why)
{
	fprintf(stderr, "watch: %s: %s\n", what, why);
	exit(1);
}

static long long now_us(void)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	return (long long)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* Prints what came behind `after`; answers the last entry looked at. */
static unsigned long long look(MYSQL *mysql, unsigned platform, unsigned long long after)
{
	char sql[400];
	snprintf(sql, sizeof(sql),
		"SELECT e.seq, HEX(l.product_id), l.phase = 'waiting' FROM log_entry e JOIN listing l ON "
		"l.platform_id = e.platform_id AND l.id = e.record_id WHERE e.platform_id = %u AND e.seq > %llu AND "
		"e.record_type = 'listing' "
		"ORDER BY e.seq",
		platform, after);
	MYSQL_RES *rows = mysql_query(mysql, sql) == 0 ? mysql_store_result(mysql) : NULL;
	if (!rows)
		die("SELECT", mysql_error(mysql));
	long long seen = now_us();
	for (MYSQL_ROW row; (row = mysql_fetch_row(rows));) {
		after = strtoull(row[0], NULL, 10);
		if (row[2][0] == '1')
			printf("%lld %s\n", seen, row[1]);
	}
	mysql_free_result(rows);
	return after;
}

static unsigned long long head_of(MYSQL *mysql, unsigned platform)
{
	char sql[100];
	unsigned long long seq = 0;
	snprintf(sql, sizeof(sql), "SELECT seq FROM head WHERE platform_id = %u", platform);
	MYSQL_RES *rows = mysql_query(mysql, sql) == 0 ? mysql_store_result(mysql) : NULL;
	MYSQL_ROW row = rows ? mysql_fetch_row(rows) : NULL;
	if (row)
		seq = strtoull(row[0], NULL, 10);
	mysql_free_result(rows);
	return seq;
}

int main(int argc, char **argv)
{
	MYSQL *mysql = mysql_init(NULL);
	struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
	if (argc != 5) {
		fprintf(stderr, "usage: watch SOCKET USER DATABASE PLATFORM\n");
		return 2;
	}
	unsigned platform = (unsigned)atoi(argv[4]);
	if (!mysql_real_connect(mysql, NULL, argv[2], NULL, argv[3], 0, argv[1], 0))
		die("connect", mysql_error(mysql));
	unsigned long long after = head_of(mysql, platform);
	puts("ready");
	fflush(stdout);
	while (poll(&input, 1, 1) == 0)
		after = look(mysql, platform, after);
	mysql_close(mysql);
	return 0;
}
