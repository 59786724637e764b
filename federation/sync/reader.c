#include "federation/sync/reader.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/arena.h"
#include "core/clock.h"
#include "core/crypto/crypto.h"
#include "core/db/db.h"
#include "core/diag.h"
#include "core/http/request.h"
#include "core/metrics.h"
#include "core/work/journal.h"
#include "federation/sync/ahead.h"
#include "federation/sync/federation.h"
#include "federation/sync/pull.h"

enum { BUCKETS = 4096, TICK_MS = 250, TICKS_PER_POLL = 4, TICKS_PER_SWEEP = 120, PAUSE_MIN_MS = 1000,
	PAUSE_MAX_MS = 300000,
	PAUSE_EARLY_MS = 2000, READERS = 256,
	PAUSE_AWAY_MS = 500 };

enum pair_state { PAIR_IDLE, PAIR_QUEUED, PAIR_RUNNING, PAIR_RESTING };

struct pair {
	struct pair *chain; /* of its bucket */
	struct pair *next;  /* of the queue */
	uint32_t reader;
	uint32_t source;
	enum pair_state state;
	bool again;       /* hinted while it ran */
	bool early;       /* it waits for what another log says to the same reader */
	unsigned got_on;  /* reader.got_on when its step began */
	int64_t wake_at;  /* while resting */
	int pause_ms;
};

struct reader {
	const struct db_settings *settings;
	const struct federation *federation;
	pthread_mutex_t lock;
	pthread_cond_t work;
	pthread_cond_t tick;
	bool stopping;
	struct pair *buckets[BUCKETS];
	struct pair *first, *last;
	size_t queued;
	size_t early; /* pairs */
	unsigned got_on[READERS]; /* by reader: counts the steps that applied something */
	pthread_t *threads;
	size_t thread_count;
	pthread_t poller;
	reader_applied_fn tell;
	void *tell_arg;
	struct metric *applied;
	struct metric *parked;
	struct metric *failed;
	_Atomic int64_t resets; /* pairs known to be reset, as the poll saw last */
	_Atomic int64_t parked_now; /* entries that wait for somebody, at the last look; and of the pair with the
				       most */
	_Atomic int64_t parked_most;
};

static int64_t now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- Pairs; the lock is held ---- */

static struct pair *find_pair(struct reader *reader, uint32_t platform, uint32_t source)
{
	struct pair **bucket = &reader->buckets[(platform * 2654435761u ^ source * 40503u) % BUCKETS];
	for (struct pair *pair = *bucket; pair; pair = pair->chain)
		if (pair->reader == platform && pair->source == source)
			return pair;
	struct pair *pair = calloc(1, sizeof *pair);
	if (!pair)
		abort();
	*pair = (struct pair){.chain = *bucket, .reader = platform, .source = source};
	return *bucket = pair;
}

static void put(struct reader *reader, struct pair *pair)
{
	pair->state = PAIR_QUEUED;
	pair->next = NULL;
	if (reader->last)
		reader->last->next = pair;
	else
		reader->first = pair;
	reader->last = pair;
	reader->queued++;
	pthread_cond_signal(&reader->work);
}

static struct pair *take(struct reader *reader)
{
	struct pair *pair = reader->first;
	reader->first = pair->next;
	if (!reader->first)
		reader->last = NULL;
	reader->queued--;
	pair->state = PAIR_RUNNING;
	pair->again = false;
	pair->got_on = reader->got_on[pair->reader % READERS];
	return pair;
}

static void wake(struct reader *reader, struct pair *pair)
{
	if (pair->state == PAIR_RUNNING)
		pair->again = true;
	else if (pair->state != PAIR_QUEUED)
		put(reader, pair);
}

void reader_wake(struct reader *reader, uint32_t source, uint32_t platform)
{
	pthread_mutex_lock(&reader->lock);
	wake(reader, find_pair(reader, platform, source));
	pthread_mutex_unlock(&reader->lock);
}

/* ---- Steps ---- */

static void rest(struct pair *pair)
{
	pair->pause_ms = pair->pause_ms ? pair->pause_ms * 2 : PAUSE_MIN_MS;
	if (pair->pause_ms > PAUSE_MAX_MS)
		pair->pause_ms = PAUSE_MAX_MS;
	pair->wake_at = now_ms() + pair->pause_ms / 2 + crypto_random_below((uint32_t)pair->pause_ms / 2 + 1);
	pair->state = PAIR_RESTING;
}

/* The database being away is no fault of the pair's: it goes on soon after that is back. */
static void rest_while_away(struct pair *pair)
{
	pair->wake_at = now_ms() + PAUSE_AWAY_MS / 2 + crypto_random_below(PAUSE_AWAY_MS / 2);
	pair->state = PAIR_RESTING;
}

static void set_early(struct reader *reader, struct pair *pair, bool early)
{
	reader->early += early && !pair->early;
	reader->early -= !early && pair->early;
	pair->early = early;
}

/* Another server may read what it waits for, and nothing here tells: it looks again soon, and costs little. */
static void rest_early(struct reader *reader, struct pair *pair)
{
	pair->pause_ms = 0;
	pair->wake_at = now_ms() + PAUSE_EARLY_MS / 2 + crypto_random_below(PAUSE_EARLY_MS / 2);
	pair->state = PAIR_RESTING;
	set_early(reader, pair, true);
	if (pair->again || pair->got_on != reader->got_on[pair->reader % READERS])
		put(reader, pair);
}

/* The reader got on in one log: what waited for that in its others goes on. */
static void wake_early(struct reader *reader, uint32_t platform)
{
	reader->got_on[platform % READERS]++;
	for (size_t i = 0; reader->early && i < BUCKETS; i++)
		for (struct pair *pair = reader->buckets[i]; pair; pair = pair->chain)
			if (pair->early && pair->reader == platform)
				wake(reader, pair);
}

enum step { STEP_DONE, STEP_FAILED, STEP_AWAY };

static void after_step(struct reader *reader, struct pair *pair, enum step step, const struct pull_outcome *out)
{
	set_early(reader, pair, false);
	if (out->applied || out->parked) {
		wake_early(reader, pair->reader);
		pair->got_on++; /* that was its own doing */
	}
	if (step == STEP_AWAY) {
		rest_while_away(pair);
		return;
	}
	if (step == STEP_DONE && out->state == PULL_EARLY) {
		rest_early(reader, pair);
		return;
	}
	if (step == STEP_FAILED || out->state == PULL_RETRY) {
		if (out->applied || out->parked)
			pair->pause_ms = 0; /* it got on: another entry stands in its way, which has not waited yet */
		rest(pair);
		if (pair->again)
			put(reader, pair);
		return;
	}
	pair->pause_ms = 0;
	pair->state = PAIR_IDLE;
	if (pair->again || out->state == PULL_MORE)
		put(reader, pair);
}

static enum step run_step(struct reader *reader, struct db *db, struct ahead *ahead, bool alone,
	const struct pair *pair, struct pull_outcome *out)
{
	struct arena *arena = arena_create();
	db_use_arena(db, arena);
	struct problem *problem = pull_step(reader->federation, db, ahead, alone, pair->reader, pair->source, out);
	if (problem && db_hosts_answering(reader->settings))
		diag_warn(&(struct diag_context){.platform_id = pair->reader}, "reading the log of platform %u: %s",
			pair->source, problem->en);
	metric_add(reader->applied, (int64_t)out->applied);
	if (reader->tell && !problem && out->applied && pair->reader != JOURNAL_EVERYBODY)
		reader->tell(pair->reader, reader->tell_arg);
	metric_add(reader->parked, (int64_t)out->parked);
	metric_add(reader->failed, problem || out->state == PULL_RETRY || out->state == PULL_EARLY);
	enum step step = problem ? STEP_FAILED : STEP_DONE;
	if (problem && problem->kind == &PROBLEM_UNAVAILABLE)
		step = STEP_AWAY;
	db_use_arena(db, NULL);
	arena_destroy(arena); /* before the entries that it may refer to */
	if (problem || out->state != PULL_MORE)
		ahead_forget(ahead);
	return step;
}

static void *run_thread(void *arg)
{
	struct reader *reader = arg;
	struct db *db = db_create(reader->settings);
	struct ahead *ahead = ahead_create(reader->settings, pull_prepare, (void *)(uintptr_t)reader->federation);
	pthread_mutex_lock(&reader->lock);
	while (!reader->stopping) {
		if (!reader->first) {
			pthread_cond_wait(&reader->work, &reader->lock);
			continue;
		}
		struct pair *pair = take(reader);
		bool alone = !reader->first; /* else the next step is another pair's, and the threads have enough to
					        do */
		pthread_mutex_unlock(&reader->lock);
		struct pull_outcome out = {PULL_IDLE, 0, 0};
		enum step step = run_step(reader, db, ahead, alone, pair, &out);
		pthread_mutex_lock(&reader->lock);
		after_step(reader, pair, step, &out);
	}
	pthread_mutex_unlock(&reader->lock);
	ahead_destroy(ahead);
	db_destroy(db);
	return NULL;
}

/* ---- The poll ---- */

static void wake_rested(struct reader *reader)
{
	int64_t now = now_ms();
	for (size_t i = 0; i < BUCKETS; i++)
		for (struct pair *pair = reader->buckets[i]; pair; pair = pair->chain)
			if (pair->state == PAIR_RESTING && pair->wake_at <= now)
				put(reader, pair);
}

/* Only when a head has moved since the last look, or somebody has decided of a reset pair: the sum of all heads
 * tells. */
static struct problem *heads_moved(struct reader *reader, struct db *db, uint64_t *seen, bool *moved)
{
	struct db_result *result;
	struct problem *problem = db_select(db, db_all_platforms("whether any log grew"),
	                                    "SELECT COUNT(*), COALESCE(SUM(seq), 0), COALESCE(SUM(epoch), 0), "
	                                    "(SELECT COUNT(*) FROM log_cursor c WHERE c.reset_at IS NOT NULL) FROM "
	                                    "head", DB_NO_ARGS, &result);
	if (problem)
		return problem;
	reader->resets = db_get_int(result, 0, 3);
	uint64_t sum = (db_get_uint(result, 0, 0) + ((uint64_t)reader->resets << 20)) * 1000003u ^
		db_get_uint(result, 0, 1) ^ db_get_uint(result, 0, 2) << 40;
	*moved = sum != *seen;
	*seen = sum;
	return NULL;
}

/* The last address of each pair is found by skipping through the index, so this costs by pairs and not by entries. A
 * pair whose cursor is there already is no work, unless the log under it is another by now; one that is known to be
 * reset waits for somebody. */
static struct problem *find_behind(struct reader *reader, struct db *db)
{
	struct db_result *result;
	struct problem *problem = db_select(db, db_all_platforms("which readers are behind"),
	                                    "SELECT a.reader, a.platform_id FROM "
	                                    "(SELECT reader, platform_id, MAX(seq) AS seq FROM log_address GROUP BY "
	                                    "reader, platform_id) a "
	                                    "LEFT JOIN log_cursor c ON c.platform_id = a.reader AND c.source = "
	                                    "a.platform_id "
	                                    "WHERE c.seq IS NULL OR (c.seq < a.seq AND c.reset_at IS NULL) UNION "
	                                    "SELECT c.platform_id, c.source FROM log_cursor c JOIN head h ON "
	                                    "h.platform_id = c.source "
	                                    "WHERE c.reset_at IS NULL AND (c.epoch <> h.epoch OR c.seq > h.seq)",
	                                    DB_NO_ARGS, &result);
	if (problem)
		return problem;
	pthread_mutex_lock(&reader->lock);
	for (size_t i = 0; i < result->rows; i++) {
		struct pair *pair =
			find_pair(reader, (uint32_t)db_get_uint(result, i, 0), (uint32_t)db_get_uint(result, i, 1));
		if (pair->state == PAIR_IDLE)
			put(reader, pair);
	}
	pthread_mutex_unlock(&reader->lock);
	return NULL;
}

static struct problem *count_parked(struct reader *reader, struct db *db)
{
	struct db_result *result;
	struct problem *problem = db_select(db, db_all_platforms("how many entries wait for somebody"),
	                                    "SELECT COALESCE(SUM(n), 0), COALESCE(MAX(n), 0) FROM "
	                                    "(SELECT COUNT(*) AS n FROM log_parked GROUP BY platform_id, source) p",
	                                    DB_NO_ARGS, &result);
	if (problem)
		return problem;
	reader->parked_now = db_get_int(result, 0, 0);
	reader->parked_most = db_get_int(result, 0, 1);
	return NULL;
}

static void poll_once(struct reader *reader, struct db *db, uint64_t *seen, bool sweep)
{
	struct arena *arena = arena_create();
	db_use_arena(db, arena);
	bool moved = false;
	struct problem *problem = heads_moved(reader, db, seen, &moved);
	if (!problem && (moved || sweep))
		problem = find_behind(reader, db);
	if (!problem && sweep)
		problem = count_parked(reader, db);
	if (problem)
		*seen = 0; /* look again at once when the database is back */
	db_use_arena(db, NULL);
	arena_destroy(arena);
}

static bool tick(struct reader *reader)
{
	struct timespec until = clock_steady_in(TICK_MS);
	pthread_mutex_lock(&reader->lock);
	if (!reader->stopping)
		pthread_cond_timedwait(&reader->tick, &reader->lock, &until);
	wake_rested(reader);
	bool go_on = !reader->stopping;
	pthread_mutex_unlock(&reader->lock);
	return go_on;
}

static void *run_poll(void *arg)
{
	struct reader *reader = arg;
	struct db *db = db_create(reader->settings);
	uint64_t seen = 0;
	for (unsigned n = 0; tick(reader); n++)
		if (n % TICKS_PER_POLL == 0)
			poll_once(reader, db, &seen, n % TICKS_PER_SWEEP == 0);
	db_destroy(db);
	return NULL;
}

/* ---- Life ---- */

static int64_t read_queued(void *arg)
{
	struct reader *reader = arg;
	pthread_mutex_lock(&reader->lock);
	int64_t queued = (int64_t)reader->queued;
	pthread_mutex_unlock(&reader->lock);
	return queued;
}

static int64_t read_resets(void *arg)
{
	return ((struct reader *)arg)->resets;
}

static int64_t read_parked(void *arg)
{
	return ((struct reader *)arg)->parked_now;
}

static int64_t read_parked_most(void *arg)
{
	return ((struct reader *)arg)->parked_most;
}

static void register_metrics(struct reader *reader, struct metrics *metrics)
{
	if (!metrics)
		return;
	reader->applied = metrics_counter(metrics, "qilian_federation_applied_total", "Entries of logs applied", NULL);
	reader->parked = metrics_counter(metrics, "qilian_federation_parked_total", "Entries of logs parked", NULL);
	reader->failed = metrics_counter(metrics, "qilian_federation_failures_total", "Steps that failed", NULL);
	metrics_gauge_fn(metrics, "qilian_federation_reset_pairs",
		"Pairs that read nothing until somebody decides: the log was restored", NULL, read_resets, reader);
	metrics_gauge_fn(metrics, "qilian_federation_queued_pairs", "Pairs of reader and log with work waiting", NULL,
		read_queued, reader);
	metrics_gauge_fn(metrics, "qilian_federation_parked_entries",
		"Entries of logs that could not be applied and wait for somebody", NULL, read_parked, reader);
	metrics_gauge_fn(metrics, "qilian_federation_parked_most",
		"The same of the pair with the most; at 10000 its log is read no further", NULL, read_parked_most,
		reader);
}

static void start_thread(pthread_t *thread, void *(*run)(void *), void *arg)
{
	if (pthread_create(thread, NULL, run, arg))
		abort();
}

struct reader *reader_create(const struct db_settings *settings, const struct federation *federation,
	struct metrics *metrics, int threads, reader_applied_fn applied, void *arg)
{
	struct reader *reader = calloc(1, sizeof *reader);
	if (!reader)
		abort();
	reader->settings = settings;
	reader->federation = federation;
	reader->tell = applied;
	reader->tell_arg = arg;
	pthread_mutex_init(&reader->lock, NULL);
	pthread_cond_init(&reader->work, NULL);
	clock_condition_init(&reader->tick);
	register_metrics(reader, metrics);
	reader->thread_count = threads > 0 ? (size_t)threads : 1;
	reader->threads = calloc(reader->thread_count, sizeof *reader->threads);
	if (!reader->threads)
		abort();
	for (size_t i = 0; i < reader->thread_count; i++)
		start_thread(&reader->threads[i], run_thread, reader);
	start_thread(&reader->poller, run_poll, reader);
	return reader;
}

static void free_pairs(struct reader *reader)
{
	for (size_t i = 0; i < BUCKETS; i++)
		while (reader->buckets[i]) {
			struct pair *pair = reader->buckets[i];
			reader->buckets[i] = pair->chain;
			free(pair);
		}
}

void reader_destroy(struct reader *reader)
{
	if (!reader)
		return;
	pthread_mutex_lock(&reader->lock);
	reader->stopping = true;
	pthread_cond_broadcast(&reader->work);
	pthread_cond_broadcast(&reader->tick);
	pthread_mutex_unlock(&reader->lock);
	for (size_t i = 0; i < reader->thread_count; i++)
		pthread_join(reader->threads[i], NULL);
	pthread_join(reader->poller, NULL);
	free_pairs(reader);
	pthread_cond_destroy(&reader->tick);
	pthread_cond_destroy(&reader->work);
	pthread_mutex_destroy(&reader->lock);
	free(reader->threads);
	free(reader);
}

/* ---- Waiting ---- */

static struct problem *is_behind(struct call *call, uint32_t source, uint64_t seq, bool *behind)
{
	struct db_result *result;
	struct problem *problem = db_select(call->db, call->scope,
	                                    "SELECT 1 FROM log_address a LEFT JOIN log_cursor c ON c.platform_id = :p "
	                                    "AND c.source = a.platform_id "
	                                    "WHERE a.reader = :p AND a.platform_id = ? AND a.seq <= ? AND a.seq > "
	                                    "COALESCE(c.seq, 0) LIMIT 1",
	                                    DB_ARGS(db_uint(source), db_uint(seq)), &result);
	if (!problem)
		*behind = result->rows > 0;
	return problem;
}

struct problem *reader_wait_applied(struct call *call, uint32_t source, uint64_t epoch, uint64_t seq, void *arg)
{
	(void)epoch;
	(void)arg;
	int64_t until = now_ms() + 2000;
	if (call->request && call->request->deadline_ms && call->request->deadline_ms < until)
		until = call->request->deadline_ms;
	for (int pause = 2; now_ms() < until; pause = pause < 30 ? pause * 2 : pause) {
		bool behind;
		struct problem *problem = is_behind(call, source, seq, &behind);
		if (problem || !behind)
			return problem;
		nanosleep(&(struct timespec){0, pause * 1000000L}, NULL);
	}
	return NULL;
}
