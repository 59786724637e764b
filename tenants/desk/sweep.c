#include "tenants/desk/sweep.h"

#include "core/crypto/crypto.h"
#include "core/diag.h"
#include "core/file/files.h"
#include "tenants/platform/services.h"

enum { FILE_GRACE_S = 86400, DAY_MS = 86400000 };

/* A few thousand a minute, so that nobody waits for a long transaction. */
static struct problem *sweep_rows(struct db *db, struct db_scope scope, struct json_object *payload, void *arg)
{
	int64_t now = call_now();
	struct problem *problem = db_exec(db, db_all_platforms("what has expired is nobody's"),
		"DELETE FROM session WHERE expires_at < ? LIMIT 2000", DB_ARGS(db_time(now)), NULL);

	/* A day longer than they are valid, so that a token that was burnt stays burnt beyond any clock's error. */
	if (!problem)
		problem = db_exec(db, db_all_platforms("what has expired is nobody's"),
			"DELETE FROM one_time WHERE expires_at < ? LIMIT 2000", DB_ARGS(db_time(now - DAY_MS)), NULL);
	if (!problem)
		problem = db_exec(db, db_all_platforms("what has expired is nobody's"),
			"DELETE FROM rate_limit WHERE window_start < ? LIMIT 2000", DB_ARGS(db_time(now - 2 * DAY_MS)),
			NULL);
	if (!problem)
		problem = db_exec(db, db_all_platforms("what has expired is nobody's"),
			"DELETE FROM operation WHERE expires_at < ? LIMIT 2000", DB_ARGS(db_time(now)), NULL);
	return problem;
}

const struct job_kind sweep_rows_job = {
	.name = "sweep_rows", .run = sweep_rows, .max_attempts = 5, .lease_s = 300, .every_ms = 60000};

struct sweep {
	struct db *db;
	struct problem *problem; /* once the database cannot tell, every file stays */
};

static bool is_referenced(void *arg, const char *name)
{
	struct sweep *sweep = arg;
	unsigned char hash[CRYPTO_HASH];
	struct db_result *rows;

	if (sweep->problem || !crypto_unhex(name, hash, sizeof hash))
		return true;
	sweep->problem = db_select(sweep->db, db_all_platforms("a file may be shared by platforms"),
		"SELECT 1 FROM attachment WHERE sha256 = ? LIMIT 1", DB_ARGS(db_bytes(hash, sizeof hash)), &rows);
	if (sweep->problem || rows->rows)
		return true;
	/* A picture's smaller sizes are named by the row of the original. */
	sweep->problem = db_select(sweep->db, db_all_platforms("a file may be shared by platforms"),
		"SELECT 1 FROM attachment WHERE variants LIKE CONCAT('%', ?, '%') LIMIT 1", DB_ARGS(db_text(name)),
		&rows);
	return sweep->problem || rows->rows;
}

static struct problem *sweep_files(struct db *db, struct db_scope scope, struct json_object *payload, void *arg)
{
	const struct services *services = arg;
	struct sweep sweep = {.db = db};
	struct files_swept swept = {0};
	struct problem *problem =
		files_sweep(services->files, db_arena(db), FILE_GRACE_S, is_referenced, &sweep, &swept);

	if (swept.removed)
		diag_info(NULL, "swept %u files that no record mentions", swept.removed);
	return problem ? problem : sweep.problem;
}

const struct job_kind sweep_files_job = {
	.name = "sweep_files", .run = sweep_files, .max_attempts = 5, .lease_s = 3600, .every_ms = DAY_MS / 4};
