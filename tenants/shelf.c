#include "tenants/shelf.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_CHUNK = 1 << 20, DICTIONARY_MAX = 65535, HASH_EMPTY = -1, HASH_GONE = -2 };

/* Values that repeat (categories, regions, industries), numbered. */
struct dictionary {
	char **values;
	size_t count;
	size_t cap;
};

struct row {
	struct uuid id;
	struct uuid institution_id;
	char *block; /* number, name, summary, institution, picture, unit, pricing: NUL-separated; then the folded text */
	uint32_t text_at;
	uint32_t text_len;
	uint32_t title_len; /* of the folded text: hits in it weigh more */
	uint16_t category;
	uint16_t region;
	uint16_t industries[SHELF_INDUSTRIES_MAX];
	bool dead;
	int64_t price;
	int64_t price_high;
	int64_t published_ms;
};

enum { BLOCK_TEXTS = 7, SIGN_BITS = 1024, SIGN_WORDS = SIGN_BITS / 64, ASKED_MAX = 64 };

/* Which pairs of neighbouring characters a row's text has, hashed: a row that lacks one of a term's pairs need not be read. A quarter of the bits are
 * set by a text of 300 characters, so for a word of two characters three rows of four that do not hold it are passed over at the cost of one look. */
struct sign {
	uint64_t words[SIGN_WORDS];
};

struct shelf {
	struct row *rows;
	struct sign *signs; /* of the same rows */
	size_t used;
	size_t cap;
	size_t live;
	size_t bytes;
	int64_t *slots; /* open addressing: id → row */
	size_t slot_count;
	struct dictionary categories;
	struct dictionary regions;
	struct dictionary industries;
};

static void *must(void *p)
{
	if (!p) {
		fputs("qilian: out of memory\n", stderr);
		abort();
	}
	return p;
}

/* Number 0 stands for "none". */
static uint16_t dictionary_number(struct dictionary *d, const char *value, bool add)
{
	if (!value || !*value)
		return 0;
	for (size_t i = 0; i < d->count; i++)
		if (strcmp(d->values[i], value) == 0)
			return (uint16_t)(i + 1);
	if (!add || d->count >= DICTIONARY_MAX)
		return 0;
	if (d->count == d->cap) {
		d->cap = d->cap ? d->cap * 2 : 16;
		d->values = must(realloc(d->values, d->cap * sizeof(*d->values)));
	}
	d->values[d->count++] = must(strdup(value));
	return (uint16_t)d->count;
}

static void dictionary_finish(struct dictionary *d)
{
	for (size_t i = 0; i < d->count; i++)
		free(d->values[i]);
	free(d->values);
}

struct shelf *shelf_create(void)
{
	return must(calloc(1, sizeof(struct shelf)));
}

void shelf_destroy(struct shelf *shelf)
{
	if (!shelf)
		return;
	for (size_t i = 0; i < shelf->used; i++)
		free(shelf->rows[i].block);
	free(shelf->rows);
	free(shelf->signs);
	free(shelf->slots);
	dictionary_finish(&shelf->categories);
	dictionary_finish(&shelf->regions);
	dictionary_finish(&shelf->industries);
	free(shelf);
}

size_t shelf_size(const struct shelf *shelf)
{
	return shelf->live;
}

size_t shelf_bytes(const struct shelf *shelf)
{
	return shelf->bytes + shelf->cap * (sizeof(struct row) + sizeof(struct sign)) + shelf->slot_count * sizeof(int64_t);
}

/* ---- Folding ---- */

/* One code point from valid UTF-8. */
static uint32_t next_point(const unsigned char **p)
{
	uint32_t c = *(*p)++;
	int more = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : c >= 0xc0 ? 1 : 0;
	if (more)
		c &= 0x3fu >> more;
	while (more-- > 0 && **p)
		c = c << 6 | (*(*p)++ & 0x3fu);
	return c;
}

static size_t put_point(char *out, uint32_t c)
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xc0 | c >> 6);
		out[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (char)(0xe0 | c >> 12);
		out[1] = (char)(0x80 | (c >> 6 & 0x3f));
		out[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | c >> 18);
	out[1] = (char)(0x80 | (c >> 12 & 0x3f));
	out[2] = (char)(0x80 | (c >> 6 & 0x3f));
	out[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

static uint32_t fold_point(uint32_t c)
{
	if (c >= 0xff01 && c <= 0xff5e)
		c -= 0xfee0; /* full-width forms of ASCII */
	if (c == 0x3000 || c == 0xa0 || c < 0x20)
		c = ' ';
	if (c >= 'A' && c <= 'Z')
		c += 'a' - 'A';
	return c;
}

/* out holds at least strlen(text) + 1 bytes: folding never lengthens. */
static size_t fold_into(char *out, const char *text)
{
	const unsigned char *p = (const unsigned char *)text;
	size_t n = 0;
	while (*p) {
		uint32_t c = fold_point(next_point(&p));
		if (c == ' ' && (n == 0 || out[n - 1] == ' '))
			continue;
		n += put_point(out + n, c);
	}
	while (n > 0 && out[n - 1] == ' ')
		n--;
	out[n] = '\0';
	return n;
}

char *shelf_fold(struct arena *arena, const char *text)
{
	char *out = arena_alloc(arena, strlen(text) + 1);
	fold_into(out, text);
	return out;
}

/* ---- Signs ---- */

static unsigned pair_bit(uint32_t first, uint32_t second)
{
	return (first * 0x9e3779b1u ^ second * 0x85ebca6bu) * 0xc2b2ae35u >> 22; /* ten bits: SIGN_BITS */
}

/* Answers how many pairs the folded text has; the bits of the first `max` go to out. */
static size_t pairs_of(const char *text, uint16_t *out, size_t max)
{
	const unsigned char *p = (const unsigned char *)text;
	size_t count = 0;
	if (!*p)
		return 0;
	for (uint32_t first = next_point(&p), second; *p; first = second) {
		second = next_point(&p);
		if (count < max)
			out[count] = (uint16_t)pair_bit(first, second);
		count++;
	}
	return count;
}

static void sign_text(struct sign *sign, const char *text)
{
	const unsigned char *p = (const unsigned char *)text;
	memset(sign, 0, sizeof(*sign));
	if (!*p)
		return;
	for (uint32_t first = next_point(&p), second; *p; first = second) {
		second = next_point(&p);
		unsigned bit = pair_bit(first, second);
		sign->words[bit / 64] |= UINT64_C(1) << (bit % 64);
	}
}

/* ---- Rows ---- */

static size_t hash_id(const struct uuid *id)
{
	/* The end of a UUIDv7 is random. */
	uint64_t h;
	memcpy(&h, id->b + 8, sizeof(h));
	return (size_t)(h ^ h >> 29);
}

static int64_t *find_slot(const struct shelf *shelf, const struct uuid *id, bool insert)
{
	int64_t *grave = NULL;
	for (size_t i = hash_id(id) & (shelf->slot_count - 1);; i = (i + 1) & (shelf->slot_count - 1)) {
		int64_t *slot = &shelf->slots[i];
		if (*slot == HASH_EMPTY)
			return insert && grave ? grave : slot;
		if (*slot == HASH_GONE)
			grave = grave ? grave : slot;
		else if (memcmp(&shelf->rows[*slot].id, id, sizeof(*id)) == 0)
			return slot;
	}
}

/* Packs the living rows together and makes the table twice as large as they need. */
static void rebuild(struct shelf *shelf)
{
	size_t kept = 0;
	for (size_t i = 0; i < shelf->used; i++)
		if (!shelf->rows[i].dead) {
			shelf->rows[kept] = shelf->rows[i];
			shelf->signs[kept++] = shelf->signs[i];
		}
	shelf->used = kept;
	size_t want = 64;
	while (want < (kept + 1) * 3)
		want *= 2;
	free(shelf->slots);
	shelf->slots = must(malloc(want * sizeof(*shelf->slots)));
	shelf->slot_count = want;
	for (size_t i = 0; i < want; i++)
		shelf->slots[i] = HASH_EMPTY;
	for (size_t i = 0; i < kept; i++)
		*find_slot(shelf, &shelf->rows[i].id, true) = (int64_t)i;
}

static void bury(struct shelf *shelf, struct row *row)
{
	shelf->bytes -= row->text_at + row->text_len + 1u;
	free(row->block);
	row->block = NULL;
	row->dead = true;
	shelf->live--;
}

static const char *or_empty(const char *text)
{
	return text ? text : "";
}

static void fill_block(struct row *row, const struct shelf_item *item)
{
	const char *texts[BLOCK_TEXTS] = {item->number, item->name, item->summary, item->institution_name,
		item->picture, item->price_unit, item->pricing};
	const char *searched[] = {item->name, item->number, item->institution_name, item->category_words,
		item->summary, item->body};
	size_t size = 1;
	for (size_t i = 0; i < BLOCK_TEXTS; i++)
		size += strlen(or_empty(texts[i])) + 1;
	row->text_at = (uint32_t)(size - 1);
	for (size_t i = 0; i < sizeof(searched) / sizeof(searched[0]); i++)
		size += strlen(or_empty(searched[i])) + 1;
	char *p = row->block = must(malloc(size));
	for (size_t i = 0; i < BLOCK_TEXTS; i++)
		p = stpcpy(p, or_empty(texts[i])) + 1;
	char *text = p;
	for (size_t i = 0; i < sizeof(searched) / sizeof(searched[0]); i++) {
		p += fold_into(p, or_empty(searched[i]));
		*p++ = '\n'; /* no term holds one, so none matches across texts */
		if (i == 0)
			row->title_len = (uint32_t)(p - text);
	}
	*--p = '\0';
	row->text_len = (uint32_t)(p - text);
}

void shelf_put(struct shelf *shelf, const struct shelf_item *item)
{
	shelf_remove(shelf, &item->id);
	if (shelf->used == shelf->cap) {
		shelf->cap = shelf->cap ? shelf->cap + shelf->cap / 2 : 64;
		shelf->rows = must(realloc(shelf->rows, shelf->cap * sizeof(*shelf->rows)));
		shelf->signs = must(realloc(shelf->signs, shelf->cap * sizeof(*shelf->signs)));
	}
	if ((shelf->used + 1) * 2 > shelf->slot_count || (shelf->used > 64 && shelf->live < shelf->used * 3 / 4))
		rebuild(shelf);
	struct row *row = &shelf->rows[shelf->used];
	*row = (struct row){.id = item->id, .institution_id = item->institution_id,
		.category = dictionary_number(&shelf->categories, item->category, true),
		.region = dictionary_number(&shelf->regions, item->region, true),
		.price = item->price, .price_high = item->price_high, .published_ms = item->published_ms};
	for (size_t i = 0; i < SHELF_INDUSTRIES_MAX; i++)
		row->industries[i] = dictionary_number(&shelf->industries, item->industries[i], true);
	fill_block(row, item);
	sign_text(&shelf->signs[shelf->used], row->block + row->text_at);
	*find_slot(shelf, &item->id, true) = (int64_t)shelf->used;
	shelf->used++;
	shelf->live++;
	shelf->bytes += row->text_at + row->text_len + 1u;
}

void shelf_remove(struct shelf *shelf, const struct uuid *id)
{
	if (!shelf->slot_count)
		return;
	int64_t *slot = find_slot(shelf, id, false);
	if (*slot < 0)
		return;
	bury(shelf, &shelf->rows[*slot]);
	*slot = HASH_GONE;
}

/* ---- Searching ---- */

enum { FAIL_CATEGORY = 1, FAIL_REGION = 2, FAIL_INDUSTRY = 4, FAIL_PRICE = 8 };

struct search {
	const struct shelf *shelf;
	const struct shelf_query *query;
	const char *terms[SHELF_TERMS_MAX];
	size_t term_lens[SHELF_TERMS_MAX];
	size_t term_count;
	uint16_t asked[ASKED_MAX]; /* bits that the sign of a row with all terms has */
	size_t asked_count;
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

static bool sign_fits(const struct search *s, const struct sign *sign)
{
	for (size_t i = 0; i < s->asked_count; i++)
		if (!(sign->words[s->asked[i] / 64] >> (s->asked[i] % 64) & 1))
			return false;
	return true;
}

/* 0: some term is missing; else 1 plus the terms found in the title. */
static int text_rank(const struct search *s, const struct row *row)
{
	const char *text = row->block + row->text_at;
	int rank = 1;
	for (size_t i = 0; i < s->term_count; i++) {
		const char *at = shelf_find(text, row->text_len, s->terms[i], s->term_lens[i]);
		if (!at)
			return 0;
		if (at < text + row->title_len)
			rank++;
	}
	return rank;
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

/* A row that fails only one filter still counts in that filter's facet: it says what choosing another value would give. */
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
		if (!sign_fits(s, &s->shelf->signs[i]))
			continue;
		int rank = s->term_count ? text_rank(s, row) : 1;
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
			facet.counts[facet.size++] = (struct shelf_count){arena_strdup(arena, d->values[i]), counts[i + 1]};
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
	return (struct shelf_hit){.id = row->id, .institution_id = row->institution_id, .number = texts[0], .name = texts[1],
		.summary = texts[2], .institution_name = texts[3], .picture = texts[4], .price_unit = texts[5],
		.pricing = texts[6], .category = row->category ? arena_strdup(arena, c->values[row->category - 1]) : NULL,
		.region = row->region ? arena_strdup(arena, r->values[row->region - 1]) : NULL, .price = row->price,
		.price_high = row->price_high, .published_ms = row->published_ms};
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

static void split_terms(struct search *s, struct arena *arena)
{
	if (!s->query->text)
		return;
	char *save = NULL;
	for (char *term = strtok_r(shelf_fold(arena, s->query->text), " ", &save); term && s->term_count < SHELF_TERMS_MAX;
	     term = strtok_r(NULL, " ", &save)) {
		size_t room = ASKED_MAX - s->asked_count, pairs = pairs_of(term, s->asked + s->asked_count, room);
		s->asked_count += pairs < room ? pairs : room;
		s->terms[s->term_count] = term;
		s->term_lens[s->term_count++] = strlen(term);
	}
}

static void resolve_filters(struct search *s, struct arena *arena)
{
	struct shelf *shelf = (struct shelf *)(uintptr_t)s->shelf; /* looked up only: add is false */
	s->category = dictionary_number(&shelf->categories, s->query->category, false);
	s->industry = dictionary_number(&shelf->industries, s->query->industry, false);
	if (s->query->category && !s->category)
		s->category = DICTIONARY_MAX; /* fits no row */
	if (s->query->region_count) {
		s->region_wanted = ARENA_ARRAY(arena, bool, shelf->regions.count + 1);
		for (size_t i = 0; i < s->query->region_count; i++)
			s->region_wanted[dictionary_number(&shelf->regions, s->query->regions[i], false)] = true;
		s->region_wanted[0] = false;
	}
	s->by_category = ARENA_ARRAY(arena, size_t, shelf->categories.count + 1);
	s->by_region = ARENA_ARRAY(arena, size_t, shelf->regions.count + 1);
	s->by_industry = ARENA_ARRAY(arena, size_t, shelf->industries.count + 1);
}

bool shelf_search(const struct shelf *shelf, struct arena *arena, const struct shelf_query *query, struct shelf_answer *answer)
{
	*answer = (struct shelf_answer){0};
	struct search s = {.shelf = shelf, .query = query, .heap_cap = query->limit + 1};
	if (query->after && !read_cursor(&s, query->after))
		return false;
	split_terms(&s, arena);
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
