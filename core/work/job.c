#include "core/work/job.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/buf.h"
#include "core/clock.h"
#include "core/crypto/crypto.h"
#include "core/diag.h"
#include "core/text/json.h"

enum { POLL_MS = 1000, CANDIDATES = 16, BACKOFF_FIRST_S = 1, BACKOFF_MOST_S = 300, TAKE_BACK_MS = 5000, PLACE = 8 };
enum { SPARE_S = 60, SET_RIGHT_MS = 30000, ASK_MOST_MS = 60000, STUCK_FAILURES = 5 };

/* ---- Adding ---- */

/* The runner that commits of this process wake: one per process, and job_add() has no other way to it. */
static struct {
	pthread_mutex_t lock;
	struct job_runner *runner;
} present = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void wake_present(void *arg)
{
	pthread_mutex_lock(&present.lock);
	if (present.runner)
		job_runner_wake(present.runner);
	pthread_mutex_unlock(&present.lock);
}

/* The key is unique within a kind; platforms must not collapse each other's jobs. */
static const char *key_of(struct db *db, struct db_scope scope, const char *unique_key)
{
	if (!unique_key)
		return NULL;
	if (scope.platform_id)
		return arena_printf(db_arena(db), "%u/%s", scope.platform_id, unique_key);
	return arena_printf(db_arena(db), "n%u/%s", scope.network_id, unique_key);
}

struct problem *job_add(struct db *db, struct db_scope scope, const char *kind, const char *unique_key,
	struct json_object *payload, int64_t run_at_ms)
{
	struct buf *text = buf_in(db_arena(db));
	struct uuid id = uuid_v7();
	const char *duplicate;
	if (payload)
		json_canonical(text, payload);
	else
		buf_text(text, "{}");
	struct problem *problem = db_insert(db, db_server(),
		"INSERT INTO job (id, kind, tenant, network, unique_key, payload, run_at, created_at) "
		"VALUES (?, ?, ?, ?, ?, ?, COALESCE(?, UTC_TIMESTAMP(3)), "
		"UTC_TIMESTAMP(3))",
		DB_ARGS(db_id(&id), db_text(kind), db_uint(scope.platform_id), db_uint(scope.network_id),
			db_text(key_of(db, scope, unique_key)), db_text(text->data), db_time(run_at_ms)),
		&duplicate);
	if (!problem && !duplicate)
		db_after_commit(db, wake_present, NULL);
	return problem;
}

struct problem *job_cancel(struct db *db, struct db_scope scope, const char *kind, const char *unique_key)
{
	return db_exec(db, db_server(), "DELETE FROM job WHERE kind = ? AND unique_key = ?",
	               DB_ARGS(db_text(kind), db_text(key_of(db, scope, unique_key))), NULL);
}

/* ---- Looking ---- */

struct problem *job_read_status(struct db *db, struct job_status *out)
{
	struct db_result *row;
	*out = (struct job_status){0};
	struct problem *problem = db_select(db, db_server(), "SELECT (SELECT COUNT(*) FROM job WHERE parked = 0), "
	                                    "(SELECT COUNT(*) FROM job WHERE parked = 1), (SELECT COUNT(*) FROM "
	                                    "job_standing WHERE failures > 0), "
	                                    "(SELECT TIMESTAMPDIFF(MICROSECOND, MIN(run_at), UTC_TIMESTAMP(3)) DIV "
	                                    "1000 FROM job WHERE parked = 0)",
	                                    DB_NO_ARGS, &row);
	if (problem)
		return problem;
	out->waiting = db_get_uint(row, 0, 0);
	out->parked = db_get_uint(row, 0, 1);
	out->failing = db_get_uint(row, 0, 2);
	out->oldest_ms = db_get_int(row, 0, 3) > 0 ? db_get_int(row, 0, 3) : 0;
	return NULL;
}

static int longest_s(int a, int b)
{
	return a > b ? a : b;
}

/* Of one that is not stuck: between two good ends of a standing kind; that a due one of a queued kind waits. */
static int64_t patience_ms(const struct job_kind *kind)
{
	return (int64_t)3 * kind->every_ms + (int64_t)(2 * kind->lease_s + BACKOFF_MOST_S + SPARE_S) * 1000;
}

static struct problem *read_queued(struct db *db, struct job_kind_status *out)
{
	struct db_result *row;
	struct problem *problem = db_select(db, db_server(),
		"SELECT COALESCE(SUM(parked = 0), 0), COALESCE(SUM(parked), 0), "
		"TIMESTAMPDIFF(MICROSECOND, MIN(IF(parked = 0, LEAST(run_at, "
		"COALESCE(lease_until, run_at)), NULL)), "
		"UTC_TIMESTAMP(3)) DIV 1000 FROM job WHERE kind = ?",
		DB_ARGS(db_text(out->kind)), &row);
	if (problem)
		return problem;
	out->waiting = db_get_uint(row, 0, 0);
	out->parked = db_get_uint(row, 0, 1);
	out->oldest_ms = db_get_int(row, 0, 2) > 0 ? db_get_int(row, 0, 2) : 0;
	return NULL;
}

static struct problem *read_standing(struct db *db, int64_t patience, struct job_kind_status *out)
{
	struct db_result *row;
	struct problem *problem = db_select(db, db_server(), "SELECT failures, ran_at IS NULL, "
	                                    "GREATEST(0, TIMESTAMPDIFF(MICROSECOND, ran_at, UTC_TIMESTAMP(3)) DIV "
	                                    "1000), "
	                                    "TIMESTAMPDIFF(MICROSECOND, next_at, UTC_TIMESTAMP(3)) DIV 1000 FROM "
	                                    "job_standing WHERE kind = ?",
	                                    DB_ARGS(db_text(out->kind)), &row);
	if (problem || !row->rows)
		return problem;
	out->failures = db_get_uint(row, 0, 0);
	out->ran_ms = db_get_int(row, 0, 1) ? -1 : db_get_int(row, 0, 2);
	int64_t due_ms = db_get_int(row, 0, 3);
	out->oldest_ms = due_ms > 0 ? due_ms : 0;
	/* Failing ones come again and again, so they are never due for long; what a clock put off is not due at all. */
	out->stuck =
		out->ran_ms > patience || out->failures >= STUCK_FAILURES || due_ms > patience || due_ms < -patience;
	return NULL;
}

struct problem *job_read_kinds(
	struct db *db, const struct job_kind *const *kinds, size_t count, struct job_kind_status **out)
{
	struct job_kind_status *status = ARENA_ARRAY(db_arena(db), struct job_kind_status, count + 1);
	struct problem *problem = NULL;
	*out = status;
	for (size_t i = 0; i < count && !problem; i++) {
		status[i] = (struct job_kind_status){
			.kind = kinds[i]->name, .standing = kinds[i]->every_ms > 0, .ran_ms = -1};
		problem = status[i].standing ? read_standing(db, patience_ms(kinds[i]), &status[i])
					     : read_queued(db, &status[i]);
		status[i].stuck |= !status[i].standing && status[i].oldest_ms > patience_ms(kinds[i]);
	}
	return problem;
}

struct problem *job_unpark(struct db *db, const char *kind, uint64_t *count)
{
	return db_exec(db, db_server(),
		"UPDATE job SET parked = 0, attempts = 0, run_at = UTC_TIMESTAMP(3), lease_owner = NULL, lease_until = "
		"NULL "
		"WHERE parked = 1 AND kind = COALESCE(?, kind)",
		DB_ARGS(db_text(kind)), count);
}

/* ---- The runner ---- */

struct job_runner {
	const struct db_settings *settings;
	const struct job_kind *const *kinds;
	size_t count;
	void *arg;
	unsigned char place[PLACE]; /* how the owners of its leases begin */
	char *find_sql; /* with the names of the queued kinds */
	bool queued;    /* there are any */
	int64_t *due;   /* per kind: when this process asks again for a standing one, db_now_ms() */
	int64_t set_right_at;
	int put_off_s;  /* longest that a lease or a backoff of a queued one puts it off */
	pthread_mutex_t lock;
	pthread_cond_t wake;
	unsigned wakes;
	bool stop;
	pthread_t *threads;
	int thread_count;
};

struct worker {
	struct job_runner *runner;
	struct db *db;
	struct uuid owner;
};

/* A leased row. */
struct job {
	struct uuid id;
	const struct job_kind *kind;
	struct db_scope scope;
	const char *payload;
	int attempts;
};

static const struct job_kind *find_kind(const struct job_runner *runner, const char *name)
{
	for (size_t i = 0; i < runner->count; i++)
		if (strcmp(runner->kinds[i]->name, name) == 0)
			return runner->kinds[i];
	return NULL;
}

static struct db_scope scope_of(uint32_t platform_id, uint32_t network_id)
{
	if (platform_id)
		return db_platform(platform_id, network_id);
	return network_id ? db_network(network_id) : db_server();
}

/* Between half and all of 1 s, 2 s, 4 s … 5 min. */
static int64_t backoff_ms(int attempts)
{
	int64_t seconds = attempts < 1 ? BACKOFF_FIRST_S
		: attempts > 9	       ? BACKOFF_MOST_S
				       : (int64_t)BACKOFF_FIRST_S << (attempts - 1);
	if (seconds > BACKOFF_MOST_S)
		seconds = BACKOFF_MOST_S;
	struct uuid random = uuid_v7();
	return seconds * 500 + seconds * 500 * random.b[15] / 255;
}

/* The function, with its own arena, ended by the lease. */
static struct problem *run_kind(
	struct worker *worker, const struct job_kind *kind, struct db_scope scope, struct json_object *payload)
{
	struct diag_context context = {.platform_id = scope.platform_id};
	db_use_context(worker->db, &context);
	db_set_deadline(worker->db, db_now_ms() + (int64_t)kind->lease_s * 900);
	struct problem *problem = kind->run(worker->db, scope, payload, worker->runner->arg);
	db_set_deadline(worker->db, 0);
	db_use_context(worker->db, NULL);
	return problem;
}

/* ---- Queued jobs ---- */

/* The lease is the time until which run_at keeps others away, and the owner. The unique key goes with it, so that an
 * equal job can be added from now on. */
static struct problem *lease(struct worker *worker, const struct job *job, bool *mine)
{
	uint64_t affected = 0;
	struct problem *problem = db_exec(worker->db, db_server(),
		"UPDATE job SET lease_owner = ?, lease_until = UTC_TIMESTAMP(3) + INTERVAL ? SECOND, "
		"run_at = lease_until, attempts = attempts + 1, unique_key = NULL "
		"WHERE id = ? AND parked = 0 AND attempts = ? AND run_at <= UTC_TIMESTAMP(3)",
		DB_ARGS(db_id(&worker->owner), db_int(job->kind->lease_s), db_id(&job->id), db_int(job->attempts)),
		&affected);
	*mine = affected == 1;
	return problem;
}

static void note_lost(const struct job *job, struct problem *problem, uint64_t affected)
{
	if (!problem && affected == 0)
		diag_warn(NULL, "job %s: the lease ran out before its end; another server has it", job->kind->name);
}

static void remove_job(struct worker *worker, const struct job *job)
{
	uint64_t affected = 0;
	struct problem *problem = db_exec(worker->db, db_server(), "DELETE FROM job WHERE id = ? AND lease_owner = ?",
	                                  DB_ARGS(db_id(&job->id), db_id(&worker->owner)), &affected);
	note_lost(job, problem, affected);
}

static void park_job(struct worker *worker, const struct job *job, const char *error)
{
	struct problem *problem = db_exec(worker->db, db_server(),
		"UPDATE job SET parked = 1, error = LEFT(?, 500), lease_owner = NULL, lease_until = NULL "
		"WHERE id = ? AND lease_owner = ?",
		DB_ARGS(db_text(error), db_id(&job->id), db_id(&worker->owner)), NULL);
	diag_error(&(struct diag_context){.platform_id = job->scope.platform_id},
		"job %s parked after %d attempts: %s%s", job->kind->name, job->attempts, error,
		problem ? " (not yet noted)" : "");
}

static void delay_job(struct worker *worker, const struct job *job, const char *error)
{
	uint64_t affected = 0;
	struct problem *problem = db_exec(worker->db, db_server(),
		"UPDATE job SET run_at = UTC_TIMESTAMP(3) + INTERVAL ? MICROSECOND, error = LEFT(?, 500), "
		"lease_owner = NULL, lease_until = NULL WHERE id = ? AND lease_owner = ?",
		DB_ARGS(db_int(backoff_ms(job->attempts) * 1000), db_text(error), db_id(&job->id),
			db_id(&worker->owner)),
		&affected);
	diag_info(&(struct diag_context){.platform_id = job->scope.platform_id}, "job %s failed, attempt %d: %s",
		job->kind->name, job->attempts, error);
	note_lost(job, problem, affected);
}

static void run_job(struct worker *worker, struct job *job)
{
	struct json_object *payload = NULL;
	struct arena *arena = db_arena(worker->db);
	job->attempts++; /* as the lease did */
	if (job->attempts > job->kind->max_attempts) { /* whoever held it before did not live to say why */
		park_job(worker, job, "its lease ran out again and again");
		return;
	}
	struct problem *problem = json_parse(arena, job->payload, strlen(job->payload), &payload);
	if (!problem)
		problem = run_kind(worker, job->kind, job->scope, payload);
	if (!problem)
		remove_job(worker, job);
	else if (job->attempts >= job->kind->max_attempts)
		park_job(worker, job, problem->en);
	else
		delay_job(worker, job, problem->en);
}

static struct job read_job(const struct job_runner *runner, const struct db_result *rows, size_t row)
{
	struct job job = {.kind = find_kind(runner, db_need_text(rows, row, 1)), .payload = db_need_text(rows, row, 4),
		.scope = scope_of((uint32_t)db_get_uint(rows, row, 2), (uint32_t)db_get_uint(rows, row, 3)),
		.attempts = (int)db_get_int(rows, row, 5)};
	db_get_id(rows, row, 0, &job.id);
	return job;
}

/* One due job; each runner begins at another of the candidates, so that they seldom meet. False when none was to be
 * had. */
static bool run_one(struct worker *worker)
{
	struct arena *arena = arena_create();
	struct db_result *rows;
	bool ran = false;
	db_use_arena(worker->db, arena);
	struct problem *problem =
		db_select(worker->db, db_server(), worker->runner->find_sql, DB_ARGS(db_int(CANDIDATES)), &rows);
	size_t start = !problem && rows->rows ? worker->owner.b[15] % rows->rows : 0;
	for (size_t i = 0; !problem && i < rows->rows && !ran; i++) {
		struct job job = read_job(worker->runner, rows, (start + i) % rows->rows);
		problem = lease(worker, &job, &ran);
		if (ran)
			run_job(worker, &job);
	}
	db_use_arena(worker->db, NULL);
	arena_destroy(arena);
	return ran;
}

static bool is_time_to_set_right(struct job_runner *runner)
{
	pthread_mutex_lock(&runner->lock);
	bool now = runner->set_right_at <= db_now_ms();
	if (now)
		runner->set_right_at = db_now_ms() + SET_RIGHT_MS;
	pthread_mutex_unlock(&runner->lock);
	return now;
}

/* What a clock that was ahead put off: rows that were tried wait no longer than a lease or a backoff, and one that was
 * made "later" than now was meant for then at the earliest if it said so. */
static void set_right(struct worker *worker)
{
	struct arena *arena = arena_create();
	uint64_t brought = 0;
	db_use_arena(worker->db, arena);
	struct problem *problem = db_exec(worker->db, db_server(),
		"UPDATE job SET run_at = UTC_TIMESTAMP(3), created_at = LEAST(created_at, UTC_TIMESTAMP(3)), "
		"lease_owner = NULL, lease_until = NULL WHERE parked = 0 AND run_at > "
		"UTC_TIMESTAMP(3) AND "
		"(created_at > UTC_TIMESTAMP(3) AND run_at <= created_at OR "
		"attempts > 0 AND run_at > UTC_TIMESTAMP(3) + INTERVAL ? SECOND)",
		DB_ARGS(db_int(worker->runner->put_off_s)), &brought);
	if (!problem && brought)
		diag_warn(NULL, "%llu jobs were put off by a clock that was ahead: they are due now",
			(unsigned long long)brought);
	db_use_arena(worker->db, NULL);
	arena_destroy(arena);
}

/* ---- Standing jobs ---- */

static struct problem *claim(struct worker *worker, const struct job_kind *kind, bool *mine)
{
	uint64_t affected = 0;
	struct problem *problem = db_exec(worker->db, db_server(),
		"UPDATE job_standing SET lease_owner = ?, lease_until = UTC_TIMESTAMP(3) + INTERVAL ? SECOND "
		"WHERE kind = ? AND (next_at <= UTC_TIMESTAMP(3) OR next_at > "
		"UTC_TIMESTAMP(3) + INTERVAL ? SECOND) AND "
		"(lease_until IS NULL OR lease_until < UTC_TIMESTAMP(3) OR lease_until > "
		"UTC_TIMESTAMP(3) + INTERVAL ? SECOND)",
		DB_ARGS(db_id(&worker->owner), db_int(kind->lease_s), db_text(kind->name),
			db_int(longest_s(kind->every_ms / 1000, BACKOFF_MOST_S) + SPARE_S),
			db_int(kind->lease_s + SPARE_S)),
		&affected);
	*mine = affected == 1;
	if (problem || *mine)
		return problem;
	const char *duplicate;
	return db_insert(worker->db, db_server(),
		"INSERT IGNORE INTO job_standing (kind, next_at) VALUES (?, UTC_TIMESTAMP(3))",
		DB_ARGS(db_text(kind->name)), &duplicate);
}

static void finish_standing(struct worker *worker, const struct job_kind *kind, struct problem *run)
{
	struct problem *problem;
	if (!run)
		problem = db_exec(worker->db, db_server(),
			"UPDATE job_standing SET next_at = UTC_TIMESTAMP(3) + INTERVAL ? MICROSECOND, lease_owner = "
			"NULL, "
			"lease_until = NULL, failures = 0, error = NULL, ran_at = UTC_TIMESTAMP(3) WHERE "
			"kind = ? AND lease_owner = ?",
			DB_ARGS(db_int((int64_t)kind->every_ms * 1000), db_text(kind->name), db_id(&worker->owner)),
			NULL);
	else
		problem = db_exec(worker->db, db_server(),
			"UPDATE job_standing SET next_at = UTC_TIMESTAMP(3) + INTERVAL GREATEST(?, "
			"LEAST(300, POW(2, LEAST(failures, 9))) * 1000000) MICROSECOND, lease_owner = NULL, "
			"lease_until = NULL, "
			"failures = failures + 1, error = LEFT(?, 500) WHERE kind = ? AND lease_owner = ?",
			DB_ARGS(db_int((int64_t)kind->every_ms * 1000), db_text(run->en), db_text(kind->name),
				db_id(&worker->owner)),
			NULL);
	if (problem)
		diag_info(NULL, "standing job %s: its lease runs out by itself", kind->name);
}

static void run_standing(struct worker *worker, const struct job_kind *kind)
{
	struct arena *arena = arena_create();
	bool mine;
	db_use_arena(worker->db, arena);
	struct problem *problem = claim(worker, kind, &mine);
	if (!problem && mine) {
		problem = run_kind(worker, kind, db_server(), NULL);
		if (problem)
			diag_warn(NULL, "standing job %s failed: %s", kind->name, problem->en);
		finish_standing(worker, kind, problem);
	}
	db_use_arena(worker->db, NULL);
	arena_destroy(arena);
}

/* The next standing kind that is due in this process, taken off its turn; NULL for none, with when to look again. */
static const struct job_kind *next_standing(struct job_runner *runner, int64_t *look_again)
{
	int64_t now = db_now_ms();
	const struct job_kind *found = NULL;
	*look_again = now + POLL_MS;
	pthread_mutex_lock(&runner->lock);
	for (size_t i = 0; i < runner->count && !found; i++) {
		const struct job_kind *kind = runner->kinds[i];
		if (!kind->every_ms)
			continue;
		if (runner->due[i] <= now) {
			runner->due[i] = now + (kind->every_ms < ASK_MOST_MS ? kind->every_ms : ASK_MOST_MS);
			found = kind;
		}
		if (runner->due[i] < *look_again)
			*look_again = runner->due[i];
	}
	pthread_mutex_unlock(&runner->lock);
	return found;
}

/* ---- Threads ---- */

static bool is_stopping(struct job_runner *runner)
{
	pthread_mutex_lock(&runner->lock);
	bool stop = runner->stop;
	pthread_mutex_unlock(&runner->lock);
	return stop;
}

/* Until a commit of this process added something, or time has come. */
static void wait_turn(struct job_runner *runner, unsigned *seen, int64_t until)
{
	struct timespec at = {.tv_sec = until / 1000, .tv_nsec = until % 1000 * 1000000};
	pthread_mutex_lock(&runner->lock);
	while (!runner->stop && runner->wakes == *seen &&
		pthread_cond_timedwait(&runner->wake, &runner->lock, &at) == 0)
		;
	*seen = runner->wakes;
	pthread_mutex_unlock(&runner->lock);
}

/* ---- Owners: the place, and random bytes ---- */

static struct uuid owner_of(const struct job_runner *runner)
{
	struct uuid owner;
	crypto_random(&owner, sizeof owner);
	memcpy(&owner, runner->place, PLACE);
	return owner;
}

static struct problem *take_back(struct db *db, const unsigned char *place, uint64_t *taken)
{
	uint64_t queued = 0;
	struct problem *problem = db_exec(db, db_server(),
		"UPDATE job_standing SET lease_owner = NULL, lease_until = NULL WHERE LEFT(lease_owner, 8) = ?",
		DB_ARGS(db_bytes(place, PLACE)), taken);
	if (!problem)
		problem = db_exec(db, db_server(),
			"UPDATE job SET run_at = UTC_TIMESTAMP(3), lease_owner = NULL, lease_until = NULL WHERE "
			"LEFT(lease_owner, 8) = ?",
			DB_ARGS(db_bytes(place, PLACE)), &queued);
	*taken += queued;
	return problem;
}

/* Before a thread of ours has any. When it fails the leases just run out. */
static void take_back_of(const struct job_runner *runner)
{
	struct arena *arena = arena_create();
	struct db *db = db_create(runner->settings);
	uint64_t taken = 0;
	db_use_arena(db, arena);
	db_set_deadline(db, db_now_ms() + TAKE_BACK_MS);
	struct problem *problem = take_back(db, runner->place, &taken);
	if (problem)
		diag_warn(NULL, "jobs that ran here before could not be taken back: %s", problem->en);
	else if (taken)
		diag_info(NULL, "%llu jobs that ran here before are taken back", (unsigned long long)taken);
	db_destroy(db);
	arena_destroy(arena);
}

static void take_place(struct job_runner *runner, const char *place)
{
	unsigned char hash[CRYPTO_HASH];
	if (!place) {
		crypto_random(runner->place, PLACE);
		return;
	}
	crypto_sha256(place, strlen(place), hash);
	memcpy(runner->place, hash, PLACE);
	take_back_of(runner);
}

static void *work(void *arg)
{
	struct job_runner *runner = arg;
	struct worker worker = {.runner = runner, .owner = owner_of(runner)};
	unsigned seen = 0;
	worker.db = db_create(runner->settings);
	while (!is_stopping(runner)) {
		int64_t look_again;
		const struct job_kind *standing = next_standing(runner, &look_again);
		if (standing)
			run_standing(&worker, standing);
		if (runner->queued && is_time_to_set_right(runner))
			set_right(&worker);
		bool ran = runner->queued && run_one(&worker);
		if (!standing && !ran)
			wait_turn(runner, &seen, look_again);
	}
	db_destroy(worker.db);
	return NULL;
}

static char *make_find_sql(struct job_runner *runner)
{
	struct buf sql;
	buf_init(&sql);
	buf_text(&sql,
		"SELECT id, kind, tenant, network, payload, attempts FROM job WHERE parked = 0 AND run_at <= "
		"UTC_TIMESTAMP(3) AND kind IN (''");
	for (size_t i = 0; i < runner->count; i++) {
		if (runner->kinds[i]->every_ms)
			continue;
		buf_printf(&sql, ", '%s'", runner->kinds[i]->name);
		runner->put_off_s =
			longest_s(runner->put_off_s, longest_s(runner->kinds[i]->lease_s, BACKOFF_MOST_S) + SPARE_S);
		runner->queued = true;
	}
	buf_text(&sql, ") ORDER BY run_at LIMIT ?");
	char *text = buf_steal(&sql);
	buf_finish(&sql);
	return text;
}

static void init_wake(struct job_runner *runner)
{
	clock_condition_init(&runner->wake);
	pthread_mutex_init(&runner->lock, NULL);
}

struct job_runner *job_runner_create(const struct db_settings *settings, const struct job_kind *const *kinds,
	size_t count, int threads, const char *place, void *arg)
{
	struct job_runner *runner = calloc(1, sizeof(*runner));
	if (!runner)
		abort();
	*runner = (struct job_runner){.settings = settings, .kinds = kinds, .count = count, .arg = arg};
	runner->due = calloc(count + 1, sizeof(*runner->due));
	runner->threads = calloc((size_t)threads + 1, sizeof(*runner->threads));
	if (!runner->due || !runner->threads)
		abort();
	runner->find_sql = make_find_sql(runner);
	init_wake(runner);
	take_place(runner, place);
	pthread_mutex_lock(&present.lock);
	present.runner = runner;
	pthread_mutex_unlock(&present.lock);
	for (; runner->thread_count < threads; runner->thread_count++)
		if (pthread_create(&runner->threads[runner->thread_count], NULL, work, runner))
			abort();
	return runner;
}

void job_runner_wake(struct job_runner *runner)
{
	pthread_mutex_lock(&runner->lock);
	runner->wakes++;
	pthread_cond_broadcast(&runner->wake);
	pthread_mutex_unlock(&runner->lock);
}

void job_runner_destroy(struct job_runner *runner)
{
	if (!runner)
		return;
	pthread_mutex_lock(&present.lock);
	if (present.runner == runner)
		present.runner = NULL;
	pthread_mutex_unlock(&present.lock);
	pthread_mutex_lock(&runner->lock);
	runner->stop = true;
	pthread_cond_broadcast(&runner->wake);
	pthread_mutex_unlock(&runner->lock);
	for (int i = 0; i < runner->thread_count; i++)
		pthread_join(runner->threads[i], NULL);
	pthread_cond_destroy(&runner->wake);
	pthread_mutex_destroy(&runner->lock);
	free(runner->find_sql);
	free(runner->threads);
	free(runner->due);
	free(runner);
}
