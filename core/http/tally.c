#include "core/http/tally.h"

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"

enum { BUCKETS = 1024 };

struct entry {
	struct entry *next; /* tally.buckets */
	unsigned count;
	char key[];
};

struct tally {
	pthread_mutex_t lock;
	size_t total;
	struct entry *buckets[BUCKETS];
};

static void *must(void *p)
{
	if (!p) {
		fputs("qilian: out of memory\n", stderr);
		abort();
	}
	return p;
}

struct tally *tally_create(void)
{
	struct tally *tally = must(calloc(1, sizeof(*tally)));
	pthread_mutex_init(&tally->lock, NULL);
	return tally;
}

void tally_destroy(struct tally *tally)
{
	if (!tally)
		return;
	for (int i = 0; i < BUCKETS; i++) {
		for (struct entry *entry = tally->buckets[i], *next; entry; entry = next) {
			next = entry->next;
			free(entry);
		}
	}
	pthread_mutex_destroy(&tally->lock);
	free(tally);
}

static struct entry **find(struct tally *tally, const char *key)
{
	uint32_t hash = 2166136261u;
	for (const char *c = key; *c; c++)
		hash = (hash ^ (unsigned char)*c) * 16777619u;
	struct entry **at = &tally->buckets[(hash ^ hash >> 16) % BUCKETS];
	while (*at && strcmp((*at)->key, key) != 0)
		at = &(*at)->next;
	return at;
}

bool tally_take(struct tally *tally, const char *key, unsigned max)
{
	pthread_mutex_lock(&tally->lock);
	struct entry **at = find(tally, key);
	if (!*at) {
		size_t size = strlen(key) + 1;
		*at = must(calloc(1, sizeof(**at) + size));
		memcpy((*at)->key, key, size);
	}
	bool room = max == 0 || (*at)->count < max;
	if (room) {
		(*at)->count++;
		tally->total++;
	}
	pthread_mutex_unlock(&tally->lock);
	return room;
}

void tally_give(struct tally *tally, const char *key)
{
	pthread_mutex_lock(&tally->lock);
	struct entry **at = find(tally, key), *entry = *at;
	if (!entry) {
		fprintf(stderr, "qilian: tally of %s given back twice\n", key);
		abort();
	}
	tally->total--;
	if (--entry->count == 0) {
		*at = entry->next;
		free(entry);
	}
	pthread_mutex_unlock(&tally->lock);
}

const char **tally_keys(struct tally *tally, struct arena *arena, size_t *count)
{
	*count = 0;
	pthread_mutex_lock(&tally->lock);
	const char **keys = ARENA_ARRAY(arena, const char *, tally->total + 1); /* as many as there are keys, or more */
	for (size_t i = 0; i < BUCKETS; i++)
		for (const struct entry *entry = tally->buckets[i]; entry; entry = entry->next)
			if (entry->count)
				keys[(*count)++] = arena_strdup(arena, entry->key);
	pthread_mutex_unlock(&tally->lock);
	return keys;
}

size_t tally_total(struct tally *tally)
{
	pthread_mutex_lock(&tally->lock);
	size_t total = tally->total;
	pthread_mutex_unlock(&tally->lock);
	return total;
}
