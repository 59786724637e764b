#include "tools/watch.h"

#include <pthread.h>
#include <stdlib.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/clock.h"
#include "core/diag.h"
#include "core/metrics.h"

enum { EVERY_MS = 5000, SAY_MS = 60000, LOOK_MS = 4000 };

struct gauges {
	struct metric *waiting, *oldest, *ran, *stuck;
};

struct watch {
	const struct db_settings *settings;
	const struct job_kind *const *kinds;
	size_t count;
	struct arena *arena; /* labels */
	struct gauges *gauges; /* by kind */
	int64_t said_at;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool ending;
	struct buf stuck; /* lines; under the lock */
};

static void write_clock(struct buf *out)
{
	int64_t off = clock_off_ms();

	if (off > CLOCK_OFF_MS || off < -CLOCK_OFF_MS)
		buf_printf(out, "clock: this server's is %lld s %s the database's, which counts; set it right\n",
			(long long)(off < 0 ? -off : off) / 1000, off < 0 ? "behind" : "ahead of");
}

static void write_kind(struct buf *out, const struct job_kind_status *kind)
{
	if (!kind->stuck)
		return;
	buf_printf(out, "jobs: %s is stuck", kind->kind);
	if (kind->failures)
		buf_printf(out, ", failed %llu times in a row", (unsigned long long)kind->failures);
	if (kind->standing && kind->ran_ms >= 0)
		buf_printf(out, ", last done %lld s ago", (long long)kind->ran_ms / 1000);
	if (!kind->standing)
		buf_printf(out, ", %llu wait, the oldest for %lld s", (unsigned long long)kind->waiting,
			(long long)kind->oldest_ms / 1000);
	buf_char(out, '\n');
}

static void set_gauges(const struct gauges *gauges, const struct job_kind_status *kind)
{
	metric_set(gauges->waiting, (int64_t)kind->waiting);
	metric_set(gauges->oldest, kind->oldest_ms / 1000);
	metric_set(gauges->ran, kind->ran_ms < 0 ? -1 : kind->ran_ms / 1000);
	metric_set(gauges->stuck, kind->stuck);
}

static void take(struct watch *watch, const struct job_kind_status *kinds)
{
	pthread_mutex_lock(&watch->lock);
	buf_reset(&watch->stuck);
	for (size_t i = 0; i < watch->count; i++) {
		write_kind(&watch->stuck, &kinds[i]);
		set_gauges(&watch->gauges[i], &kinds[i]);
	}
	pthread_mutex_unlock(&watch->lock);
}

/* Once a minute, as long as something is amiss. */
static void say(struct watch *watch, struct arena *arena)
{
	struct buf *lines = buf_in(arena);
	int64_t now = clock_steady_ms();

	watch_write(watch, lines);
	if (!lines->len || (watch->said_at && now - watch->said_at < SAY_MS))
		return;
	watch->said_at = now;
	lines->data[--lines->len] = 0;
	diag_warn(NULL, "%s", lines->data);
}

static void look(struct watch *watch, struct db *db)
{
	struct arena *arena = arena_create();
	struct job_kind_status *kinds;

	db_use_arena(db, arena);
	db_set_deadline(db, db_now_ms() + LOOK_MS);
	/* Without the database nothing new is known; that it is away says /readyz itself. */
	if (!job_read_kinds(db, watch->kinds, watch->count, &kinds))
		take(watch, kinds);
	say(watch, arena);
	db_use_arena(db, NULL);
	arena_destroy(arena);
}

static bool rest(struct watch *watch)
{
	struct timespec until = clock_steady_in(EVERY_MS);

	pthread_mutex_lock(&watch->lock);
	while (!watch->ending && pthread_cond_timedwait(&watch->wake, &watch->lock, &until) == 0)
		;
	bool go_on = !watch->ending;
	pthread_mutex_unlock(&watch->lock);
	return go_on;
}

static void *run(void *arg)
{
	struct watch *watch = arg;
	struct db *db = db_create(watch->settings);

	do
		look(watch, db);
	while (rest(watch));
	db_destroy(db);
	return NULL;
}

/* Read when it is asked for: who has moved a clock waits for it. */
static int64_t clock_off(void *arg)
{
	(void)arg;
	return clock_off_ms() / 1000;
}

static void register_metrics(struct watch *watch, struct metrics *metrics)
{
	metrics_gauge_fn(metrics, "qilian_clock_off_seconds",
		"Seconds that this server's clock is ahead of the database's", NULL, clock_off, NULL);
	for (size_t i = 0; i < watch->count; i++) {
		const char *label = arena_printf(watch->arena, "kind=\"%s\"", watch->kinds[i]->name);
		watch->gauges[i] = (struct gauges){
			.waiting = metrics_gauge(metrics, "qilian_job_waiting", "Jobs that wait, of all servers",
			label),
			.oldest = metrics_gauge(metrics, "qilian_job_oldest_seconds", "How long the longest due one "
				"has waited", label),
			.ran = metrics_gauge(metrics, "qilian_job_last_run_seconds", "How long ago a standing job last "
				"ended well; -1: never", label),
			.stuck = metrics_gauge(metrics, "qilian_job_stuck", "1 when nobody does it, or it always "
				"fails", label)};
	}
}

struct watch *watch_create(
	const struct db_settings *settings, const struct job_kind *const *kinds, size_t count, struct metrics *metrics)
{
	struct watch *watch = calloc(1, sizeof *watch);

	if (!watch)
		abort();
	watch->settings = settings;
	watch->kinds = kinds;
	watch->count = count;
	watch->arena = arena_create();
	watch->gauges = ARENA_ARRAY(watch->arena, struct gauges, count + 1);
	buf_init(&watch->stuck);
	pthread_mutex_init(&watch->lock, NULL);
	clock_condition_init(&watch->wake);
	register_metrics(watch, metrics);
	if (pthread_create(&watch->thread, NULL, run, watch))
		abort();
	return watch;
}

void watch_destroy(struct watch *watch)
{
	if (!watch)
		return;
	pthread_mutex_lock(&watch->lock);
	watch->ending = true;
	pthread_cond_signal(&watch->wake);
	pthread_mutex_unlock(&watch->lock);
	pthread_join(watch->thread, NULL);
	pthread_cond_destroy(&watch->wake);
	pthread_mutex_destroy(&watch->lock);
	buf_finish(&watch->stuck);
	arena_destroy(watch->arena);
	free(watch);
}

void watch_write(struct watch *watch, struct buf *out)
{
	write_clock(out);
	pthread_mutex_lock(&watch->lock);
	buf_add(out, watch->stuck.data, watch->stuck.len);
	pthread_mutex_unlock(&watch->lock);
}
