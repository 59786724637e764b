/* The limit that authenticated writes are compared with: the statements of PATCH /api/v1/products/{id}, from a bare
 * client.
 *
 *     writes_limit SOCKET USER DATABASE THREADS SECONDS PRODUCTS      prints {"writes":…,"per_second":…}
 *     writes_limit --statements                                       prints them, one a line, for comparison with the
 *     server's
 *
 * PRODUCTS has a line for each: platform, then as hex the ids of product, institution and account and the hash of the
 * session. Each thread has a connection and products of its own, prepares once, and does nothing but send, receive and
 * bind: no HTTP, no JSON, no rules, no hashes. */
#include <mysql.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { COLUMNS = 24, PARAMETERS = 32, TEXT = 16384, PRODUCTS_MAX = 65536 };

enum statement { SESSION, LOAD, UPDATE, LISTED, COUNT, COUNTED, ASKED, HEAD, ENTRY, STATEMENTS };

static const char *const texts[STATEMENTS] = {
	[SESSION] = "SELECT s.id, s.account_id, s.created_at, s.seen_at, s.expires_at, s.needs, a.name, a.kind, "
		"a.institution_id, "
		    "(SELECT GROUP_CONCAT(r.role) FROM account_role r WHERE r.platform_id = ? AND r.account_id = "
		    "a.id), "
		    "(SELECT GROUP_CONCAT(r.permissions) FROM account_role r WHERE r.platform_id = ? AND r.account_id "
		    "= a.id), a.user_name, a.home "
		    "FROM session s JOIN account a ON a.platform_id = ? AND a.id = s.account_id WHERE s.platform_id = "
		    "? AND s.token_hash = ? "
		    "AND s.expires_at > ? AND a.state = 'active'",
	[LOAD] = "SELECT `id`, `version`, `phase`, `step`, `created_by`, `created_at`, `updated_at`, `institution_id`, "
		"`number`, `name`, "
		 "`category`, `industries`, `region_code`, `pricing`, `price`, `price_high`, `price_unit`, `summary`, "
		 "`description`, "
		 "`pictures`, `contact_phone`, `listed`, `copied_from`, `extra` FROM `product` WHERE platform_id = ? "
		 "AND (id = ?)",
	[UPDATE] = "UPDATE `product` SET `version` = ?, `phase` = ?, `step` = ?, `updated_at` = ?, `institution_id` = "
		"?, `number` = ?, "
		   "`name` = ?, `category` = ?, `industries` = ?, `region_code` = ?, `pricing` = ?, `price` = ?, "
		   "`price_high` = ?, "
		   "`price_unit` = ?, `summary` = ?, `description` = ?, `pictures` = ?, `contact_phone` = ?, `listed` "
		   "= ?, "
		   "`copied_from` = ?, `extra` = ? WHERE platform_id = ? AND id = ? AND version = ?",
	[LISTED] = "UPDATE product SET listed = (SELECT COUNT(*) FROM listing l WHERE l.platform_id = ? AND "
		"l.product_id = ? AND l.live = 1) "
		   "WHERE product.platform_id = ? AND product.id = ?",
	[COUNT] = "SELECT COUNT(*), COALESCE(SUM(listed > 0), 0) FROM product WHERE platform_id = ? AND institution_id "
		"= ? "
		  "AND phase <> 'deleted'",
	[COUNTED] = "SELECT created, listed FROM product_count WHERE platform_id = ? AND institution_id = ?",
	[ASKED] = "SELECT to_platform, overrides FROM listing_request WHERE platform_id = ? AND product_id = ? AND "
		"wanted = 'listed' "
		  "ORDER BY to_platform",
	[HEAD] = "INSERT INTO head (platform_id, epoch, seq) VALUES (?, 1, ?) ON DUPLICATE KEY UPDATE seq = seq + "
		"VALUES(seq) "
		 "RETURNING epoch, seq, (SELECT COALESCE(t.origin, CONCAT(n.slug, '/', t.slug)) FROM tenant t "
		 "JOIN network n ON n.id = t.network WHERE t.id = platform_id)",
	[ENTRY] = "INSERT INTO log_entry (platform_id, seq, epoch, kind, record_type, record_id, audience, actor_id, "
		"actor_name, "
		  "actor_role, client, at, commitment, leaf, addressed_to, who_salt, who, salt, v, payload) "
		  "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
};

struct product {
	unsigned platform;
	char id[16], institution[16], account[16], session[32];
};

struct writer {
	pthread_t thread;
	MYSQL *mysql;
	MYSQL_STMT *statements[STATEMENTS];
	MYSQL_BIND parameters[PARAMETERS];
	unsigned count;              /* of parameters */
	unsigned long long numbers[PARAMETERS];
	unsigned long lengths[COLUMNS];
	my_bool nulls[COLUMNS];
	char columns[COLUMNS][TEXT]; /* of the row read last */
	char now[48];
	const struct product *products;
	size_t product_count;
	int64_t end_ns;
	uint64_t done;
};

static void die(const char *what, const char *why)
{
	fprintf(stderr, "writes_limit: %s: %s\n", what, why);
	exit(1);
}

static int64_t now_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* ---- Statements ---- */

static MYSQL_BIND *add(struct writer *w)
{
	MYSQL_BIND *bind = &w->parameters[w->count++];
	memset(bind, 0, sizeof(*bind));
	return bind;
}

static void add_number(struct writer *w, unsigned long long value)
{
	w->numbers[w->count] = value;
	MYSQL_BIND *bind = add(w);
	bind->buffer_type = MYSQL_TYPE_LONGLONG;
	bind->is_unsigned = true;
	bind->buffer = &w->numbers[w->count - 1];
}

static void add_bytes(struct writer *w, const void *bytes, unsigned long len, enum enum_field_types type)
{
	MYSQL_BIND *bind = add(w);
	bind->buffer_type = type;
	bind->buffer = (void *)(uintptr_t)bytes;
	bind->buffer_length = len;
}

static void add_text(struct writer *w, const char *text)
{
	add_bytes(w, text, strlen(text), MYSQL_TYPE_STRING);
}

static void add_id(struct writer *w, const char *id)
{
	add_bytes(w, id, 16, MYSQL_TYPE_BLOB);
}

/* A column as it was read. */
static void add_column(struct writer *w, unsigned column)
{
	if (w->nulls[column])
		add(w)->buffer_type = MYSQL_TYPE_NULL;
	else
		add_bytes(w, w->columns[column], w->lengths[column], MYSQL_TYPE_STRING);
}

static void fetch(struct writer *w, MYSQL_STMT *statement)
{
	MYSQL_BIND results[COLUMNS];
	unsigned columns = mysql_stmt_field_count(statement);
	memset(results, 0, sizeof(results));
	for (unsigned i = 0; i < columns; i++)
		results[i] = (MYSQL_BIND){.buffer_type = MYSQL_TYPE_STRING,
			.buffer = w->columns[i],
			.buffer_length = TEXT - 1,
			.length = &w->lengths[i],
			.is_null = &w->nulls[i]};
	if (mysql_stmt_bind_result(statement, results) != 0)
		die("bind", mysql_stmt_error(statement));
	while (mysql_stmt_fetch(statement) == 0)
		;
	for (unsigned i = 0; i < columns; i++)
		if (!w->nulls[i] && w->lengths[i] < TEXT)
			w->columns[i][w->lengths[i]] = '\0';
}

/* With the parameters added since the last one. */
static void run(struct writer *w, enum statement which)
{
	MYSQL_STMT *statement = w->statements[which];
	if (mysql_stmt_bind_param(statement, w->parameters) != 0 || mysql_stmt_execute(statement) != 0)
		die(texts[which], mysql_stmt_error(statement));
	w->count = 0;
	if (mysql_stmt_field_count(statement))
		fetch(w, statement);
}

static void command(struct writer *w, const char *text)
{
	if (mysql_query(w->mysql, text) != 0)
		die(text, mysql_error(w->mysql));
}

/* ---- One write ---- */

static void find_session(struct writer *w, const struct product *p)
{
	for (int i = 0; i < 4; i++)
		add_number(w, p->platform);
	add_bytes(w, p->session, 32, MYSQL_TYPE_BLOB);
	add_text(w, w->now);
	run(w, SESSION);
}

/* All columns from phase on as they were read, but time and price. */
static void update(struct writer *w, const struct product *p)
{
	unsigned long long version = strtoull(w->columns[1], NULL, 10);
	add_number(w, version + 1);
	add_column(w, 2);
	add_column(w, 3);
	add_text(w, w->now);
	for (unsigned column = 7; column < COLUMNS; column++) {
		if (column == 14)
			add_number(w, 100000 + w->done);
		else
			add_column(w, column);
	}
	add_number(w, p->platform);
	add_id(w, p->id);
	add_number(w, version);
	run(w, UPDATE);
	if (mysql_stmt_affected_rows(w->statements[UPDATE]) != 1)
		die("update", "the version had changed");
}

static void look_around(struct writer *w, const struct product *p)
{
	for (int i = 0; i < 2; i++) {
		add_number(w, p->platform);
		add_id(w, p->id);
	}
	run(w, LISTED);
	for (enum statement which = COUNT; which <= ASKED; which++) {
		add_number(w, p->platform);
		add_id(w, which == ASKED ? p->id : p->institution);
		run(w, which);
	}
}

static void log_it(struct writer *w, const struct product *p)
{
	static const char hash[32] = "as long as the hash of a leaf is";
	add_number(w, p->platform);
	add_number(w, 1);
	run(w, HEAD);
	add_number(w, p->platform);
	add_number(w, strtoull(w->columns[1], NULL, 10));
	add_number(w, strtoull(w->columns[0], NULL, 10));
	add_text(w, "product.changed");
	add_text(w, "product");
	add_id(w, p->id);
	add_number(w, 0);
	add_id(w, p->account);
	add_text(w, "李经办");
	add_text(w, "owner");
	add_text(w, "127.0.0.1");
	add_text(w, w->now);
	add_bytes(w, hash, 32, MYSQL_TYPE_BLOB);
	add_bytes(w, hash, 32, MYSQL_TYPE_BLOB);
	add(w)->buffer_type = MYSQL_TYPE_NULL;
	add_bytes(w, hash, 16, MYSQL_TYPE_BLOB);
	add_bytes(w, hash, 32, MYSQL_TYPE_BLOB);
	add_bytes(w, hash, 16, MYSQL_TYPE_BLOB);
	add_number(w, 3);
	add_text(w, "{\"changes\":{\"price\":100000},\"version\":2}");
	run(w, ENTRY);
}

static void write_one(struct writer *w, const struct product *p)
{
	struct timespec now;
	struct tm tm;
	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &tm);
	snprintf(w->now + strftime(w->now, sizeof(w->now), "%F %T", &tm), 24, ".%03ld", now.tv_nsec / 1000000);
	find_session(w, p);
	command(w, "START TRANSACTION");
	add_number(w, p->platform);
	add_id(w, p->id);
	run(w, LOAD);
	update(w, p);
	look_around(w, p);
	log_it(w, p);
	command(w, "COMMIT");
	w->done++;
}

/* ---- Threads ---- */

static void *work(void *arg)
{
	struct writer *w = arg;
	for (size_t i = 0; now_ns() < w->end_ns; i++)
		write_one(w, &w->products[i % w->product_count]);
	return NULL;
}

static void connect_to(struct writer *w, char **argv)
{
	w->mysql = mysql_init(NULL);
	mysql_options(w->mysql, MYSQL_SET_CHARSET_NAME, "utf8mb4");
	if (!mysql_real_connect(w->mysql, NULL, argv[2], NULL, argv[3], 0, argv[1], CLIENT_FOUND_ROWS))
		die("connect", mysql_error(w->mysql));
	command(w, "SET time_zone = '+00:00'");
	for (int i = 0; i < STATEMENTS; i++) {
		w->statements[i] = mysql_stmt_init(w->mysql);
		if (mysql_stmt_prepare(w->statements[i], texts[i], strlen(texts[i])) != 0)
			die(texts[i], mysql_stmt_error(w->statements[i]));
	}
}

static void unhex(const char *text, char *out, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned byte;
		if (sscanf(text + 2 * i, "%2x", &byte) != 1)
			die("products", "no hex");
		out[i] = (char)byte;
	}
}

static size_t read_products(const char *path, struct product *products)
{
	char id[33], institution[33], account[33], session[65];
	size_t count = 0;
	FILE *file = fopen(path, "r");
	if (!file)
		die(path, "cannot be read");
	for (; count < PRODUCTS_MAX; count++) {
		struct product *p = &products[count];
		if (fscanf(file, "%u %32s %32s %32s %64s", &p->platform, id, institution, account, session) != 5)
			break;
		unhex(id, p->id, 16);
		unhex(institution, p->institution, 16);
		unhex(account, p->account, 16);
		unhex(session, p->session, 32);
	}
	fclose(file);
	return count;
}

static void start(struct writer *w, double seconds)
{
	w->end_ns = now_ns() + (int64_t)(seconds * 1e9);
	if (pthread_create(&w->thread, NULL, work, w) != 0)
		die("thread", "cannot be started");
}

static int print_statements(void)
{
	for (int i = 0; i < STATEMENTS; i++)
		puts(texts[i]);
	return 0;
}

int main(int argc, char **argv)
{
	static struct product products[PRODUCTS_MAX];
	if (argc == 2 && strcmp(argv[1], "--statements") == 0)
		return print_statements();
	if (argc != 7) {
		fprintf(stderr, "usage: writes_limit SOCKET USER DATABASE THREADS SECONDS PRODUCTS | --statements\n");
		return 2;
	}
	size_t threads = (size_t)atoi(argv[4]), share = read_products(argv[6], products) / (threads ? threads : 1);
	struct writer *writers = calloc(threads + 1, sizeof(*writers));
	if (!writers || !threads || !share)
		die("arguments", "fewer products than threads");
	for (size_t i = 0; i < threads; i++) {
		writers[i].products = products + i * share;
		writers[i].product_count = share;
		connect_to(&writers[i], argv);
	}
	int64_t from = now_ns();
	uint64_t done = 0;
	for (size_t i = 0; i < threads; i++)
		start(&writers[i], atof(argv[5]));
	for (size_t i = 0; i < threads; i++) {
		pthread_join(writers[i].thread, NULL);
		done += writers[i].done;
	}
	double took = (double)(now_ns() - from) / 1e9;
	printf("{\"writes\":%llu,\"per_second\":%.0f}\n", (unsigned long long)done, (double)done / took);
	return 0;
}
