/* One search over a shelf: filters, text, order, facets. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text/fold.h"
#include "tenants/shelf/shelf_inside.h"

enum { FAIL_CATEGORY = 1, FAIL_REGION = 2, FAIL_INDUSTRY = 4, FAIL_PRICE = 8, ASKED_MAX = 64 };

struct search {
	const struct shelf *shelf;
	const struct shelf_query *query;
	const char *terms[SHELF_TERMS_MAX];
	size_t term_lens[SHELF_TERMS_MAX];
	const struct fold_sound *readings[SHELF_TERMS_MAX][SHELF_READINGS_MAX]; /* ways to read a term by sound */
	size_t reading_counts[SHELF_TERMS_MAX];
	size_t term_count;
	uint16_t asked[ASKED_MAX]; /* bits that the sign of a row with all terms has, term by term */
	size_t asked_ends[SHELF_TERMS_MAX];
	size_t asked_count;
	uint64_t *named; /* by number of category: bit i if its names hold term i; NULL: no names hold any */
	uint16_t category;
	uint16_t industry;
	bool impossible;     /* a filter names a value that no row has */
	bool *region_wanted; /* by number; NULL: any */
	size_t *by_category;
	size_t *by_region;
	size_t *by_industry;
	bool has_after;
	int64_t after_key;
	struct uuid after_id;
	/* The best `limit` + 1 rows so far, a heap with the worst on top. */
	struct found {
		const struct row *row;
		int64_t key;
	} *heap;
	size_t heap_size;
	size_t heap_cap;
};

static bool price_fits(const struct shelf_query *q, const struct row *row)
{
	if (q->negotiable_only)
		return row->price < 0;
	if (q->price_min >= 0 && (row->price < 0 || row->price < q->price_min))
		return false;
	return q->price_max < 0 || (row->price >= 0 && row->price <= q->price_max);
}

static bool industry_fits(const struct search *s, const struct row *row)
{
	for (size_t i = 0; i < SHELF_INDUSTRIES_MAX; i++)
		if (row->industries[i] && row->industries[i] == s->industry)
			return true;
	return false;
}

static unsigned failures(const struct search *s, const struct row *row)
{
	unsigned fail = 0;
	if (s->query->category && row->category != s->category)
		fail |= FAIL_CATEGORY;
	if (s->region_wanted && !s->region_wanted[row->region])
		fail |= FAIL_REGION;
	if (s->query->industry && !industry_fits(s, row))
		fail |= FAIL_INDUSTRY;
	if (!price_fits(s->query, row))
		fail |= FAIL_PRICE;
	return fail;
}

static bool sign_has(const struct search *s, const struct sign *sign, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		if (!(sign->words[s->asked[i] / 64] >> (s->asked[i] % 64) & 1))
			return false;
	return true;
}

/* named: bits of the terms that the row's text need not hold. */
static bool sign_fits(const struct search *s, const struct sign *sign, uint64_t named)
{
	if (!named)
		return sign_has(s, sign, 0, s->asked_count);
	for (size_t i = 0; i < s->term_count; i++)
		if (!(named >> i & 1) && !sign_has(s, sign, i ? s->asked_ends[i - 1] : 0, s->asked_ends[i]))
			return false;
	return true;
}

/* 0: some term is missing; else 1 plus the terms found in the title. */
/* In the names of the listing and of its institution, which are the first and third of a row's texts. */
static bool is_read_so(const struct search *s, const struct row *row, size_t term)
{
	enum { NAMES = 3 };
	const char *text = row->block + row->text_at, *end = text;
	if (!s->reading_counts[term])
		return false;
	for (int lines = 0; *end && lines < NAMES; end++)
		lines += *end == '\n';
	for (size_t i = 0; i < s->reading_counts[term]; i++)
		if (fold_sounds_as(text, (size_t)(end - text), s->readings[term][i]))
			return true;
	return false;
}

static int text_rank(const struct search *s, const struct row *row, uint64_t named)
{
	const char *text = row->block + row->text_at;
	int rank = 1;
	for (size_t i = 0; i < s->term_count; i++) {
		bool given = named >> i & 1;
		const char *at = shelf_find(text, given ? row->title_len : row->text_len, s->terms[i], s->term_lens[i]);
		if (!at && !given && !is_read_so(s, row, i))
			return 0;
		if (at && at < text + row->title_len)
			rank++;
	}
	return rank;
}

static int by_institution(const void *key, const void *item)
{
	return memcmp(key, &((const struct shelf_score *)item)->institution_id, sizeof(struct uuid));
}

/* Of one score the newest is first: a score fits above the seconds since 1970. */
static int64_t score_key(const struct shelf_query *query, const struct row *row)
{
	const struct shelf_score *found = query->score_count ? bsearch(&row->institution_id, query->scores,
		query->score_count, sizeof(*query->scores), by_institution) : NULL;
	return ((found ? found->score : 0) << 40) + row->published_ms / 1000;
}

/* Larger is better in every sort. */
static int64_t sort_key(const struct search *s, const struct row *row, int rank)
{
	switch (s->query->sort) {
	case SHELF_PRICE_UP:
		return row->price < 0 ? INT64_MIN + 1 : -row->price;
	case SHELF_PRICE_DOWN:
		return row->price;
	case SHELF_RELEVANCE:
		return ((int64_t)rank << 52) + row->published_ms;
	case SHELF_SCORE:
		return score_key(s->query, row);
	case SHELF_NEWEST:
		break;
	}
	return row->published_ms;
}

/* Total order: by key, then id. */
static bool better(int64_t key_a, const struct uuid *a, int64_t key_b, const struct uuid *b)
{
	return key_a != key_b ? key_a > key_b : memcmp(a, b, sizeof(*a)) > 0;
}

static bool worse_found(const struct found *a, const struct found *b)
{
	return better(b->key, &b->row->id, a->key, &a->row->id);
}

static void sift_down(struct search *s)
{
	size_t i = 0;
	for (;;) {
		size_t least = i;
		for (size_t child = 2 * i + 1; child <= 2 * i + 2 && child < s->heap_size; child++)
			if (worse_found(&s->heap[child], &s->heap[least]))
				least = child;
		if (least == i)
			return;
		struct found swap = s->heap[i];
		s->heap[i] = s->heap[least];
		s->heap[least] = swap;
		i = least;
	}
}

static void keep_best(struct search *s, const struct row *row, int64_t key)
{
	struct found found = {row, key};
	if (s->heap_size == s->heap_cap) {
		if (!worse_found(&s->heap[0], &found))
			return;
		s->heap[0] = found;
		sift_down(s);
		return;
	}
	size_t i = s->heap_size++;
	s->heap[i] = found;
	while (i > 0 && worse_found(&s->heap[i], &s->heap[(i - 1) / 2])) {
		struct found swap = s->heap[i];
		s->heap[i] = s->heap[(i - 1) / 2];
		s->heap[(i - 1) / 2] = swap;
		i = (i - 1) / 2;
	}
}

static size_t price_band(int64_t price)
{
	static const int64_t bounds[] = {100000, 1000000, 5000000, 20000000};
	if (price < 0)
		return 0;
	size_t band = 1;
	while (band <= 4 && price >= bounds[band - 1])
		band++;
	return band;
}

/* A row that fails only one filter still counts in that filter's facet: it says what choosing another value would
 * give. */
static void count_facets(struct search *s, const struct row *row, unsigned fail, struct shelf_answer *answer)
{
	if ((fail & ~(unsigned)FAIL_CATEGORY) == 0)
		s->by_category[row->category]++;
	if ((fail & ~(unsigned)FAIL_REGION) == 0)
		s->by_region[row->region]++;
	if ((fail & ~(unsigned)FAIL_INDUSTRY) == 0)
		for (size_t i = 0; i < SHELF_INDUSTRIES_MAX; i++)
			s->by_industry[row->industries[i]]++;
	if ((fail & ~(unsigned)FAIL_PRICE) == 0)
		answer->price_bands[price_band(row->price)]++;
}

static void scan(struct search *s, struct shelf_answer *answer)
{
	const struct shelf_query *q = s->query;
	bool one_institution = !uuid_is_nil(q->institution_id);
	for (size_t i = 0; i < s->shelf->used; i++) {
		const struct row *row = &s->shelf->rows[i];
		if (row->dead || (one_institution && !uuid_equal(row->institution_id, q->institution_id)))
			continue;
		unsigned fail = failures(s, row);
		if (fail && (!q->facets || (fail & (fail - 1))))
			continue;
		uint64_t named = s->named ? s->named[row->category] : 0;
		if (!sign_fits(s, &s->shelf->signs[i], named))
			continue;
		int rank = s->term_count ? text_rank(s, row, named) : 1;
		if (!rank)
			continue;
		if (q->facets)
			count_facets(s, row, fail, answer);
		if (fail)
			continue;
		answer->total++;
		int64_t key = sort_key(s, row, rank);
		if (!s->has_after || better(s->after_key, &s->after_id, key, &row->id))
			keep_best(s, row, key);
	}
}

static int by_rank(const void *a, const void *b)
{
	const struct found *x = a, *y = b;
	return worse_found(x, y) ? 1 : worse_found(y, x) ? -1 : 0;
}

static int by_count(const void *a, const void *b)
{
	const struct shelf_count *x = a, *y = b;
	if (x->count != y->count)
		return x->count < y->count ? 1 : -1;
	return strcmp(x->value, y->value);
}

static struct shelf_facet make_facet(struct arena *arena, const struct dictionary *d, const size_t *counts)
{
	struct shelf_facet facet = {ARENA_ARRAY(arena, struct shelf_count, d->count + 1), 0};
	for (size_t i = 0; i < d->count; i++)
		if (counts[i + 1])
			facet.counts[facet.size++] =
				(struct shelf_count){arena_strdup(arena, d->values[i]), counts[i + 1]};
	if (facet.size)
		qsort(facet.counts, facet.size, sizeof(*facet.counts), by_count);
	return facet;
}

static struct shelf_hit make_hit(const struct shelf *shelf, struct arena *arena, const struct row *row)
{
	const char *texts[BLOCK_TEXTS];
	const char *p = row->block;
	for (size_t i = 0; i < BLOCK_TEXTS; i++, p += strlen(p) + 1)
		texts[i] = *p ? arena_strdup(arena, p) : NULL;
	const struct dictionary *c = &shelf->categories, *r = &shelf->regions;
	return (struct shelf_hit){.id = row->id,
		.institution_id = row->institution_id,
		.number = texts[0],
		.name = texts[1],
		.summary = texts[2],
		.institution_name = texts[3],
		.picture = texts[4],
		.price_unit = texts[5],
		.pricing = texts[6],
		.category = row->category ? arena_strdup(arena, c->values[row->category - 1]) : NULL,
		.region = row->region ? arena_strdup(arena, r->values[row->region - 1]) : NULL,
		.price = row->price,
		.price_high = row->price_high,
		.published_ms = row->published_ms};
}

/* A cursor is the sort, the key and the id of the last row shown. */
static bool read_cursor(struct search *s, const char *text)
{
	int sort;
	char id[UUID_TEXT + 1];
	if (sscanf(text, "%d.%" SCNd64 ".%36s", &sort, &s->after_key, id) != 3 || sort != (int)s->query->sort)
		return false;
	s->has_after = true;
	return uuid_parse(id, &s->after_id);
}

static void read_term(struct search *s, struct arena *arena, const char *term)
{
	const char *ways[SHELF_READINGS_MAX];
	size_t count = fold_syllables(arena, term, ways, SHELF_READINGS_MAX);
	for (size_t i = 0; i < count; i++)
		s->readings[s->term_count][i] = fold_sound_make(arena, ways[i]);
	s->reading_counts[s->term_count] = count;
}

static void split_terms(struct search *s, struct arena *arena)
{
	if (!s->query->text)
		return;
	char *save = NULL;
	for (char *term = strtok_r(fold_text(arena, s->query->text), " ", &save);
		term && s->term_count < SHELF_TERMS_MAX; term = strtok_r(NULL, " ", &save)) {
		size_t room = ASKED_MAX - s->asked_count, pairs = shelf_pairs(term, s->asked + s->asked_count, room);
		read_term(s, arena, term);
		if (!s->reading_counts[s->term_count]) /* one found by its sound has other pairs */
			s->asked_count += pairs < room ? pairs : room;
		s->asked_ends[s->term_count] = s->asked_count;
		s->terms[s->term_count] = term;
		s->term_lens[s->term_count++] = strlen(term);
	}
}

_Static_assert(SHELF_TERMS_MAX <= 64, "a bit each in search.named");

static uint64_t terms_in(const struct search *s, struct arena *arena, const char *name)
{
	const char *folded = name ? fold_text(arena, name) : "";
	uint64_t bits = 0;
	for (size_t i = 0; i < s->term_count; i++)
		if (strstr(folded, s->terms[i]))
			bits |= UINT64_C(1) << i;
	return bits;
}

static void find_names(struct search *s, struct arena *arena)
{
	for (size_t i = 0; s->term_count && i < s->query->name_count; i++) {
		const struct shelf_name *name = &s->query->names[i];
		uint16_t number = shelf_number(&s->shelf->categories, name->code);
		uint64_t bits = number ? terms_in(s, arena, name->zh) | terms_in(s, arena, name->en) : 0;
		if (bits && !s->named)
			s->named = ARENA_ARRAY(arena, uint64_t, s->shelf->categories.count + 1);
		if (bits)
			s->named[number] = bits;
	}
}

static void resolve_filters(struct search *s, struct arena *arena)
{
	const struct shelf *shelf = s->shelf;
	s->category = shelf_number(&shelf->categories, s->query->category);
	s->industry = shelf_number(&shelf->industries, s->query->industry);
	if (s->query->category && !s->category)
		s->category = UINT16_MAX; /* fits no row */
	if (s->query->region_count) {
		s->region_wanted = ARENA_ARRAY(arena, bool, shelf->regions.count + 1);
		for (size_t i = 0; i < s->query->region_count; i++)
			s->region_wanted[shelf_number(&shelf->regions, s->query->regions[i])] = true;
		s->region_wanted[0] = false;
	}
	s->by_category = ARENA_ARRAY(arena, size_t, shelf->categories.count + 1);
	s->by_region = ARENA_ARRAY(arena, size_t, shelf->regions.count + 1);
	s->by_industry = ARENA_ARRAY(arena, size_t, shelf->industries.count + 1);
}

bool shelf_search(
	const struct shelf *shelf, struct arena *arena, const struct shelf_query *query, struct shelf_answer *answer)
{
	*answer = (struct shelf_answer){0};
	struct search s = {.shelf = shelf, .query = query, .heap_cap = query->limit + 1};
	if (query->after && !read_cursor(&s, query->after))
		return false;
	split_terms(&s, arena);
	find_names(&s, arena);
	resolve_filters(&s, arena);
	s.heap = ARENA_ARRAY(arena, struct found, s.heap_cap);
	scan(&s, answer);
	qsort(s.heap, s.heap_size, sizeof(*s.heap), by_rank);
	answer->hit_count = s.heap_size > query->limit ? query->limit : s.heap_size;
	answer->hits = ARENA_ARRAY(arena, struct shelf_hit, answer->hit_count + 1);
	for (size_t i = 0; i < answer->hit_count; i++)
		answer->hits[i] = make_hit(shelf, arena, s.heap[i].row);
	if (s.heap_size > query->limit && answer->hit_count) {
		const struct found *last = &s.heap[answer->hit_count - 1];
		char id[UUID_TEXT + 1];
		uuid_format(last->row->id, id);
		answer->next = arena_printf(arena, "%d.%" PRId64 ".%s", (int)query->sort, last->key, id);
	}
	if (query->facets) {
		answer->categories = make_facet(arena, &shelf->categories, s.by_category);
		answer->regions = make_facet(arena, &shelf->regions, s.by_region);
		answer->industries = make_facet(arena, &shelf->industries, s.by_industry);
	}
	return true;
}
