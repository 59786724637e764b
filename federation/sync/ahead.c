#include "federation/sync/ahead.h"

#include <pthread.h>
#include <stdlib.h>

#include "core/arena.h"
#include "core/db/db.h"
#include "core/work/journal.h"
#include "federation/sync/apply.h"
#include "federation/sync/pull.h"

struct batch {
	struct arena *arena; /* of all that it holds */
	struct ahead_place place;
	struct apply_entry *entries;
	size_t count;
	bool full; /* more is likely to follow */
};

enum state { IDLE, ASKED, READING, READY };

struct ahead {
	struct db *db; /* the thread's own */
	ahead_prepare_fn prepare;
	void *arg;
	pthread_t thread;
	pthread_mutex_t lock; /* of all below */
	pthread_cond_t asked;
	pthread_cond_t ready;
	bool stopping;
	enum state state;
	struct ahead_place place; /* asked for */
	struct batch *guess;      /* when ready; NULL: reading failed */
	struct batch *used;       /* given back with the question; the thread frees it, which takes a while */
	struct batch *lent;       /* to whoever applies */
};

/* ---- Batches ---- */

static void batch_destroy(struct batch *batch)
{
	if (batch)
		arena_destroy(batch->arena);
}

static void parse(struct batch *batch, const struct journal_read *read)
{
	size_t bytes = 0;
	batch->entries = ARENA_ARRAY(batch->arena, struct apply_entry, batch->count + 1);
	for (size_t i = 0; i < batch->count; i++) {
		batch->entries[i] = apply_entry_of(batch->arena, batch->place.source, &read[i]);
		bytes += read[i].payload_len;
	}
	batch->full = batch->count == PULL_ENTRIES || bytes > PULL_BYTES / 2;
}

/* In an arena of its own, since it may outlive the step that reads it. */
static struct problem *batch_read(struct db *db, struct ahead_place place, struct batch **out)
{
	struct arena *arena = arena_create(), *callers = db_arena(db);
	struct batch *batch = ARENA_NEW(arena, struct batch);
	struct journal_read *read;
	*batch = (struct batch){.arena = arena, .place = place};
	*out = batch;
	db_use_arena(db, arena);
	struct problem *problem = journal_read_for(
		db, place.source, place.reader, place.after, PULL_ENTRIES, PULL_BYTES, &read, &batch->count);
	db_use_arena(db, callers);
	if (!problem) {
		parse(batch, read);
		return NULL;
	}
	problem = problem_detail(callers, problem->kind, problem->kind->zh, problem->kind->en);
	batch_destroy(batch);
	*out = NULL;
	return problem;
}

/* ---- The thread; the lock is held around each step ---- */

/* NULL when the database is away: whoever applies finds out. */
static struct batch *guess(struct ahead *ahead, struct ahead_place place)
{
	struct batch *batch;
	struct arena *scratch = arena_create();
	db_use_arena(ahead->db, scratch);
	struct problem *problem = batch_read(ahead->db, place, &batch);
	if (!problem && ahead->prepare && batch->count) {
		db_use_arena(ahead->db, batch->arena);
		ahead->prepare(ahead->db, place.reader, batch->entries, batch->count, ahead->arg);
	}
	db_use_arena(ahead->db, NULL);
	arena_destroy(scratch);
	return problem ? NULL : batch;
}

static void read_one(struct ahead *ahead)
{
	struct ahead_place place = ahead->place;
	struct batch *used = ahead->used;
	ahead->used = NULL;
	ahead->state = READING;
	pthread_mutex_unlock(&ahead->lock);
	struct batch *read = guess(ahead, place);
	pthread_mutex_lock(&ahead->lock);
	ahead->guess = read;
	ahead->state = READY;
	pthread_cond_signal(&ahead->ready);
	pthread_mutex_unlock(&ahead->lock);
	batch_destroy(used);
	pthread_mutex_lock(&ahead->lock);
}

static void *run(void *arg)
{
	struct ahead *ahead = arg;
	pthread_mutex_lock(&ahead->lock);
	while (!ahead->stopping) {
		if (ahead->state == ASKED)
			read_one(ahead);
		else
			pthread_cond_wait(&ahead->asked, &ahead->lock);
	}
	pthread_mutex_unlock(&ahead->lock);
	return NULL;
}

/* ---- Whoever applies ---- */

static bool same_place(const struct ahead_place *a, const struct ahead_place *b)
{
	return a->reader == b->reader && a->source == b->source && a->epoch == b->epoch && a->after == b->after;
}

/* The guess, or NULL; the thread is idle after it. */
static struct batch *take_guess(struct ahead *ahead)
{
	while (ahead->state == ASKED || ahead->state == READING)
		pthread_cond_wait(&ahead->ready, &ahead->lock);
	struct batch *guess = ahead->guess;
	ahead->guess = NULL;
	ahead->state = IDLE;
	return guess;
}

static void ask(struct ahead *ahead, struct ahead_place place)
{
	ahead->place = place;
	ahead->state = ASKED;
	pthread_cond_signal(&ahead->asked);
}

static struct ahead_batch lend(struct ahead *ahead, struct batch *batch, bool go_on)
{
	struct ahead_place next = batch->place;
	if (go_on && batch->full) {
		next.after = batch->entries[batch->count - 1].seq;
		ahead->used = ahead->lent;
		ask(ahead, next);
	} else {
		batch_destroy(ahead->lent);
	}
	ahead->lent = batch;
	return (struct ahead_batch){batch->entries, batch->count};
}

struct problem *ahead_read(
	struct ahead *ahead, struct db *db, struct ahead_place place, bool go_on, struct ahead_batch *out)
{
	struct problem *problem = NULL;
	*out = (struct ahead_batch){NULL, 0};
	pthread_mutex_lock(&ahead->lock);
	struct batch *batch = take_guess(ahead);
	if (batch && !same_place(&batch->place, &place)) {
		batch_destroy(batch);
		batch = NULL;
	}
	if (!batch)
		problem = batch_read(db, place, &batch);
	if (!problem)
		*out = lend(ahead, batch, go_on);
	pthread_mutex_unlock(&ahead->lock);
	return problem;
}

void ahead_forget(struct ahead *ahead)
{
	pthread_mutex_lock(&ahead->lock);
	batch_destroy(take_guess(ahead));
	batch_destroy(ahead->lent);
	ahead->lent = NULL;
	pthread_mutex_unlock(&ahead->lock);
}

/* ---- Life ---- */

struct ahead *ahead_create(const struct db_settings *settings, ahead_prepare_fn prepare, void *arg)
{
	struct ahead *ahead = calloc(1, sizeof *ahead);
	if (!ahead)
		abort();
	ahead->db = db_create(settings);
	ahead->prepare = prepare;
	ahead->arg = arg;
	pthread_mutex_init(&ahead->lock, NULL);
	pthread_cond_init(&ahead->asked, NULL);
	pthread_cond_init(&ahead->ready, NULL);
	if (pthread_create(&ahead->thread, NULL, run, ahead))
		abort();
	return ahead;
}

void ahead_destroy(struct ahead *ahead)
{
	if (!ahead)
		return;
	ahead_forget(ahead);
	pthread_mutex_lock(&ahead->lock);
	ahead->stopping = true;
	pthread_cond_signal(&ahead->asked);
	pthread_mutex_unlock(&ahead->lock);
	pthread_join(ahead->thread, NULL);
	pthread_cond_destroy(&ahead->ready);
	pthread_cond_destroy(&ahead->asked);
	pthread_mutex_destroy(&ahead->lock);
	db_destroy(ahead->db);
	free(ahead);
}
