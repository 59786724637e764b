#include "core/db/migrate.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "core/clock.h"
#include "core/crypto/crypto.h"
#include "core/db/sql.h"
#include "core/diag.h"

enum { LEASE_S = 15, HEARTBEAT_MS = 3000, WAIT_MS = 200, WAIT_MOST_MS = 600000 };

static const struct problem_kind MIGRATION_REFUSED = {"migration-refused", 500,
	"数据库结构与本程序版本不符，未作任何更改。", "The database does not fit this build; nothing was changed."};
static const struct problem_kind MIGRATION_FAILED = {"migration-failed", 500,
	"数据库升级未完成，修正后再次运行将从中断处继续。",
	"The migration broke off; run it again once mended, it goes on where it stopped."};

/* What the database knows of one migration. */
struct applied {
	int number;
	const char *name;
	bool contract;
	bool finished;
	unsigned char checksum[CRYPTO_HASH];
	int done;    /* statements */
	int running; /* the statement begun last */
};

static struct problem *refuse(struct db *db, const char *zh, const char *en)
{
	diag_error(NULL, "%s", en);
	return problem_detail(db_arena(db), &MIGRATION_REFUSED, zh, en);
}

static void checksum_of(const struct migration *migration, unsigned char out[CRYPTO_HASH])
{
	crypto_sha256(migration->sql, strlen(migration->sql), out);
}

static bool is_contract(const struct migration *migration)
{
	return strncmp(migration->sql, "-- contract", 11) == 0;
}

/* ---- What was applied ---- */

static struct problem *create_tables(struct db *db)
{
	static const char MIGRATIONS[] =
		"CREATE TABLE IF NOT EXISTS schema_migration (number INT UNSIGNED NOT NULL PRIMARY KEY, name "
		"VARCHAR(100) NOT NULL, "
		"contract TINYINT(1) NOT NULL, checksum BINARY(32) NOT NULL, done INT NOT NULL DEFAULT 0 COMMENT "
		"'statements', "
		"running INT NOT NULL DEFAULT 0 COMMENT 'statement begun last', started_at DATETIME(3) NOT NULL, "
		"finished_at DATETIME(3) NULL)";
	static const char LEASE[] =
		"CREATE TABLE IF NOT EXISTS schema_lease (name VARCHAR(20) CHARACTER SET ascii NOT NULL PRIMARY KEY, "
		"owner BINARY(16) NOT NULL, lease_until DATETIME(3) NOT NULL)";
	struct problem *problem = db_command(db, MIGRATIONS, sizeof(MIGRATIONS) - 1);
	return problem ? problem : db_command(db, LEASE, sizeof(LEASE) - 1);
}

static struct problem *read_applied(struct db *db, struct applied **out, size_t *count)
{
	struct db_result *rows;
	struct problem *problem = db_select(db, db_server(),
		"SELECT number, name, contract, checksum, finished_at IS NOT NULL, done, running "
		"FROM schema_migration ORDER BY number",
		DB_NO_ARGS, &rows);
	if (problem)
		return problem;
	*count = rows->rows;
	*out = ARENA_ARRAY(db_arena(db), struct applied, rows->rows + 1);
	for (size_t i = 0; i < rows->rows; i++) {
		(*out)[i] = (struct applied){.number = (int)db_get_int(rows, i, 0), .name = db_get_text(rows, i, 1),
			.contract = db_get_int(rows, i, 2), .finished = db_get_int(rows, i, 4),
			.done = (int)db_get_int(rows, i, 5),
			.running = (int)db_get_int(rows, i, 6)};
		memcpy((*out)[i].checksum, db_need_bytes(rows, i, 3, CRYPTO_HASH), CRYPTO_HASH);
	}
	return NULL;
}

static const struct applied *find_applied(const struct applied *applied, size_t count, int number)
{
	for (size_t i = 0; i < count; i++)
		if (applied[i].number == number)
			return &applied[i];
	return NULL;
}

/* A later version's server has been here: its additions do no harm, its removals do. */
static struct problem *check_later(struct db *db, const struct applied *row)
{
	struct arena *arena = db_arena(db);
	if (!row->contract) {
		diag_info(NULL, "the database is ahead of this build by %s, which only adds", row->name);
		return NULL;
	}
	return refuse(db,
		arena_printf(
			arena, "数据库已执行更高版本的结构变更 %s（contract），请改用不低于该版本的程序。", row->name),
		arena_printf(arena,
			"The database has had the later migration %s (contract): run a build that knows it.",
			row->name));
}

static struct problem *check_known(struct db *db, const struct migration *migration, const struct applied *row)
{
	struct arena *arena = db_arena(db);
	unsigned char checksum[CRYPTO_HASH];
	checksum_of(migration, checksum);
	if (memcmp(checksum, row->checksum, CRYPTO_HASH) == 0)
		return NULL;
	return refuse(db,
		arena_printf(
			arena, "结构变更 %s 执行后其文件内容被改动，请恢复原文件，另加新的变更。", migration->name),
		arena_printf(arena,
			"The migration %s was changed after it was applied (as %s): restore the file and add a new one "
			"instead.",
			migration->name, row->name));
}

static struct problem *check_applied(struct db *db, const struct migration *migrations, size_t count,
	const struct applied *applied, size_t applied_count)
{
	struct problem *problem = NULL;
	for (size_t i = 0; i < applied_count && !problem; i++) {
		int number = applied[i].number;
		if (number > (int)count)
			problem = check_later(db, &applied[i]);
		else
			problem = check_known(db, &migrations[number - 1], &applied[i]);
	}
	return problem;
}

/* The first migration that is missing or unfinished, NULL if none. */
static const struct migration *first_missing(
	const struct migration *migrations, size_t count, const struct applied *applied, size_t applied_count)
{
	for (size_t i = 0; i < count; i++) {
		const struct applied *row = find_applied(applied, applied_count, migrations[i].number);
		if (!row || !row->finished)
			return &migrations[i];
	}
	return NULL;
}

/* ---- The lease: one server migrates, the others wait ---- */

struct lease {
	struct uuid owner;
	const struct db_settings *settings;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool stop;
	atomic_bool lost;
};

static struct problem *extend_lease(struct db *db, const struct uuid *owner, bool *held)
{
	uint64_t affected;
	struct problem *problem = db_exec(db, db_server(),
		"UPDATE schema_lease SET lease_until = UTC_TIMESTAMP(3) + INTERVAL ? SECOND "
		"WHERE name = 'migrate' AND owner = ?",
		DB_ARGS(db_int(LEASE_S), db_id(owner)), &affected);
	*held = !problem && affected == 1;
	return problem;
}

static bool wait_beat(struct lease *lease)
{
	struct timespec until = clock_steady_in(HEARTBEAT_MS);
	pthread_mutex_lock(&lease->lock);
	while (!lease->stop && pthread_cond_timedwait(&lease->wake, &lease->lock, &until) == 0)
		;
	bool stop = lease->stop;
	pthread_mutex_unlock(&lease->lock);
	return !stop;
}

/* A statement may take longer than the lease, so it is extended from beside it. */
static void *beat(void *arg)
{
	struct lease *lease = arg;
	struct db *db = db_create(lease->settings);
	int64_t held_until = db_now_ms() + LEASE_S * 1000;
	while (wait_beat(lease)) {
		struct arena *arena = arena_create();
		bool held;
		db_use_arena(db, arena);
		int64_t now = db_now_ms();
		struct problem *problem = extend_lease(db, &lease->owner, &held);
		if (held)
			held_until = now + LEASE_S * 1000;
		else if (!problem || db_now_ms() > held_until)
			atomic_store(&lease->lost, true);
		db_use_arena(db, NULL);
		arena_destroy(arena);
	}
	db_destroy(db);
	return NULL;
}

static struct problem *try_lease(struct db *db, const struct uuid *owner, bool *held)
{
	const char *duplicate;
	uint64_t affected = 0;
	struct problem *problem = db_insert(db, db_server(), "INSERT INTO schema_lease (name, owner, lease_until) "
	                                    "VALUES ('migrate', ?, UTC_TIMESTAMP(3) + INTERVAL ? SECOND)",
	                                    DB_ARGS(db_id(owner), db_int(LEASE_S)), &duplicate);
	if (!problem && duplicate)
		problem = db_exec(db, db_server(),
			"UPDATE schema_lease SET owner = ?, lease_until = UTC_TIMESTAMP(3) + INTERVAL ? SECOND "
			"WHERE name = 'migrate' AND lease_until < UTC_TIMESTAMP(3)",
			DB_ARGS(db_id(owner), db_int(LEASE_S)), &affected);
	*held = !problem && (!duplicate || affected == 1);
	return problem;
}

static struct problem *take_lease(struct db *db, struct lease *lease, const struct db_settings *settings)
{
	*lease = (struct lease){.owner = uuid_v7(), .settings = settings};
	bool held = false;
	for (int64_t end = db_now_ms() + WAIT_MOST_MS; !held;) {
		struct problem *problem = try_lease(db, &lease->owner, &held);
		if (problem)
			return problem;
		if (!held && db_now_ms() > end)
			return refuse(db, "另一台服务器正在升级数据库，等待超时。",
				"Another server is still migrating the database.");
		if (!held)
			nanosleep(&(struct timespec){.tv_nsec = WAIT_MS * 1000000L}, NULL);
	}
	pthread_mutex_init(&lease->lock, NULL);
	clock_condition_init(&lease->wake);
	if (pthread_create(&lease->thread, NULL, beat, lease)) {
		diag_error(NULL, "no thread for the migration's lease");
		return problem_new(db_arena(db), &PROBLEM_INTERNAL);
	}
	return NULL;
}

static void release_lease(struct db *db, struct lease *lease)
{
	pthread_mutex_lock(&lease->lock);
	lease->stop = true;
	pthread_cond_signal(&lease->wake);
	pthread_mutex_unlock(&lease->lock);
	pthread_join(lease->thread, NULL);
	pthread_cond_destroy(&lease->wake);
	pthread_mutex_destroy(&lease->lock);
	struct problem *problem = db_exec(db, db_server(),
		"DELETE FROM schema_lease WHERE name = 'migrate' AND owner = ?", DB_ARGS(db_id(&lease->owner)), NULL);
	if (problem)
		diag_info(NULL, "the migration's lease runs out by itself in %d s", LEASE_S);
}

/* ---- Applying ---- */

struct step {
	const struct migration *migration;
	int index; /* of the statement, from 1 */
	const char *sql;
	size_t len;
};

static struct problem *set_progress(struct db *db, const struct step *step, bool done)
{
	return db_exec(db, db_server(), "UPDATE schema_migration SET running = ?, done = ? WHERE number = ?",
	               DB_ARGS(db_int(step->index), db_int(step->index - !done), db_int(step->migration->number)),
	               NULL);
}

/* Statements that commit by themselves in MariaDB. */
static bool commits_itself(const struct step *step)
{
	static const char *const WORDS[] = {
		"create", "alter", "drop", "rename", "truncate", "analyze", "optimize", "set"};
	const char *cursor = step->sql;
	struct sql_token token = sql_next(&cursor);
	for (size_t i = 0; i < sizeof(WORDS) / sizeof(*WORDS); i++)
		if (sql_is(&token, WORDS[i]))
			return true;
	return false;
}

/* What a statement says that has already taken place. */
static bool already_there(unsigned number)
{
	switch (number) {
	case 1050: /* table exists */
	case 1051: /* unknown table */
	case 1060: /* column exists */
	case 1061: /* key exists */
	case 1068: /* primary key exists */
	case 1091: /* cannot drop what is not there */
	case 1054: /* renamed column */
	case 1146: /* renamed table */
		return true;
	default:
		return false;
	}
}

static struct problem *failed(struct db *db, const struct step *step)
{
	struct arena *arena = db_arena(db);
	const char *en = arena_printf(arena, "Statement %d of migration %s failed: %u %s", step->index,
		step->migration->name, db_last_errno(db), db_last_error(db));
	diag_error(NULL, "%s", en);
	return problem_detail(arena, &MIGRATION_FAILED,
		arena_printf(arena, "结构变更 %s 的第 %d 条语句失败：%s", step->migration->name, step->index,
			db_last_error(db)),
		en);
}

/* Data changes go with their progress in one transaction: once, whatever happens. */
static struct problem *apply_data(struct db *db, void *arg)
{
	const struct step *step = arg;
	struct problem *problem = db_command(db, step->sql, step->len);
	return problem ? problem : set_progress(db, step, true);
}

/* Changes of the schema are noted before and after: when the first note stands alone, the statement may have run. */
static struct problem *apply_schema(struct db *db, const struct step *step, bool perhaps_done)
{
	struct problem *problem = set_progress(db, step, false);
	if (problem)
		return problem;
	problem = db_command(db, step->sql, step->len);
	if (problem && !(perhaps_done && already_there(db_last_errno(db))))
		return failed(db, step);
	return set_progress(db, step, true);
}

static struct problem *begin_migration(struct db *db, const struct migration *migration)
{
	unsigned char checksum[CRYPTO_HASH];
	checksum_of(migration, checksum);
	diag_info(NULL, "applying migration %s", migration->name);
	return db_exec(db, db_server(),
		"INSERT INTO schema_migration (number, name, contract, checksum, started_at) VALUES (?, ?, ?, ?, "
		"UTC_TIMESTAMP(3))",
		DB_ARGS(db_int(migration->number), db_text(migration->name), db_int(is_contract(migration)),
			db_bytes(checksum, sizeof(checksum))),
		NULL);
}

static struct problem *apply(
	struct db *db, const struct migration *migration, const struct applied *row, struct lease *lease)
{
	struct problem *problem = row ? NULL : begin_migration(db, migration);
	struct step step = {.migration = migration};
	for (const char *cursor = migration->sql; !problem && (step.sql = sql_split(&cursor, &step.len));) {
		step.index++;
		if (row && step.index <= row->done)
			continue;
		if (atomic_load(&lease->lost))
			return refuse(db, "升级权已被另一台服务器取得。",
				"Another server has taken over the migration.");
		if (commits_itself(&step))
			problem = apply_schema(db, &step, row && row->running == step.index);
		else if ((problem = db_transaction(db, apply_data, &step)))
			problem = failed(db, &step);
	}
	if (!problem)
		problem = db_exec(db, db_server(),
			"UPDATE schema_migration SET finished_at = UTC_TIMESTAMP(3) WHERE number = ?",
			DB_ARGS(db_int(migration->number)), NULL);
	return problem;
}

static struct problem *apply_missing(
	struct db *db, const struct migration *migrations, size_t count, struct lease *lease, int *done)
{
	for (;;) {
		struct applied *applied;
		size_t applied_count;
		struct problem *problem = read_applied(db, &applied, &applied_count);
		if (!problem)
			problem = check_applied(db, migrations, count, applied, applied_count);
		if (problem)
			return problem;
		const struct migration *next = first_missing(migrations, count, applied, applied_count);
		if (!next)
			return NULL;
		problem = apply(db, next, find_applied(applied, applied_count, next->number), lease);
		if (problem)
			return problem;
		++*done;
	}
}

/* ---- Entry points ---- */

static struct problem *run(struct db *db, const struct migration *migrations, size_t count, int *done)
{
	struct applied *applied;
	size_t applied_count;
	struct problem *problem = create_tables(db);
	if (!problem)
		problem = read_applied(db, &applied, &applied_count);
	if (!problem)
		problem = check_applied(db, migrations, count, applied, applied_count);
	if (problem || !first_missing(migrations, count, applied, applied_count))
		return problem;
	struct lease lease;
	problem = take_lease(db, &lease, db_settings_of(db));
	if (problem)
		return problem;
	problem = apply_missing(db, migrations, count, &lease, done);
	release_lease(db, &lease);
	return problem;
}

struct problem *migrate_run(struct db *db, const struct migration *migrations, size_t count, int *applied)
{
	*applied = 0;
	struct problem *problem = db_create_database(db);
	if (problem)
		return problem;
	db_set_patient(db, true);
	problem = run(db, migrations, count, applied);
	db_set_patient(db, false);
	return problem;
}

static struct problem *check_server(struct db *db)
{
	struct arena *arena = db_arena(db);
	struct db_result *row;
	struct problem *problem = db_select(db, db_server(),
		"SELECT @@character_set_server, @@collation_database, @@version, "
		"@@innodb_flush_log_at_trx_commit",
		DB_NO_ARGS, &row);
	if (problem)
		return problem;
	const char *server = db_need_text(row, 0, 0), *collation = db_need_text(row, 0, 1);
	if (strcmp(server, "utf8mb4") != 0)
		return refuse(db,
			arena_printf(arena, "数据库服务器字符集为 %s，须设为 character-set-server=utf8mb4。", server),
			arena_printf(arena,
				"The database server's character set is %s: set character-set-server=utf8mb4.",
				server));
	if (strcmp(collation, DB_COLLATION) != 0)
		return refuse(db,
			arena_printf(arena, "数据库的排序规则为 %s，须为 " DB_COLLATION "（否则生僻字会被视为相同）。",
				collation),
			arena_printf(arena,
				"The database's collation is %s: it must be " DB_COLLATION
				", which keeps rare characters "
				"apart.",
				collation));
	if (db_get_int(row, 0, 3) != 1)
		diag_warn(NULL,
			"innodb_flush_log_at_trx_commit is not 1: a crash of the database server may lose acknowledged "
			"writes");
	return NULL;
}

struct problem *migrate_check(struct db *db, const struct migration *migrations, size_t count)
{
	struct applied *applied;
	size_t applied_count;
	struct problem *problem = check_server(db);
	if (problem && db_last_errno(db) == 1049) /* no database of this name */
		return refuse(db, "数据库尚未建立，请先运行 qilianctl migrate。",
			"There is no such database: run `qilianctl migrate` first.");
	if (problem)
		return problem;
	problem = read_applied(db, &applied, &applied_count);
	if (problem && db_last_errno(db) == 1146)
		return refuse(db, "数据库尚未初始化，请先运行 qilianctl migrate。",
			"The database is empty: run `qilianctl migrate` first.");
	if (!problem)
		problem = check_applied(db, migrations, count, applied, applied_count);
	if (problem)
		return problem;
	const struct migration *missing = first_missing(migrations, count, applied, applied_count);
	if (!missing)
		return NULL;
	return refuse(db,
		arena_printf(db_arena(db), "数据库缺少结构变更 %s，请先运行 qilianctl migrate。", missing->name),
		arena_printf(db_arena(db), "The database lacks the migration %s: run `qilianctl migrate` first.",
			missing->name));
}
