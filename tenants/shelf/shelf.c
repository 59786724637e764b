#include "tenants/shelf/shelf_inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/text/fold.h"

enum { DICTIONARY_MAX = 65534, HASH_EMPTY = -1, HASH_GONE = -2 };

static void *must(void *p)
{
	if (!p) {
		fputs("qilian: out of memory\n", stderr);
		abort();
	}
	return p;
}

uint16_t shelf_number(const struct dictionary *d, const char *value)
{
	for (size_t i = 0; value && i < d->count; i++)
		if (strcmp(d->values[i], value) == 0)
			return (uint16_t)(i + 1);
	return 0;
}

/* Number 0 stands for "none". */
static uint16_t dictionary_add(struct dictionary *d, const char *value)
{
	uint16_t number = shelf_number(d, value);
	if (number || !value || !*value || d->count >= DICTIONARY_MAX)
		return number;
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
	struct shelf *shelf = must(calloc(1, sizeof(struct shelf)));
	buf_init(&shelf->folding);
	return shelf;
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
	buf_finish(&shelf->folding);
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
	return shelf->bytes + shelf->cap * (sizeof(struct row) + sizeof(struct sign)) +
		shelf->slot_count * sizeof(int64_t);
}

/* ---- Signs ---- */

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

static unsigned pair_bit(uint32_t first, uint32_t second)
{
	return (first * 0x9e3779b1u ^ second * 0x85ebca6bu) * 0xc2b2ae35u >> 22; /* ten bits: SIGN_BITS */
}

size_t shelf_pairs(const char *text, uint16_t *out, size_t max)
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

/* A text of its own, which no term reaches across. */
static void add_folded(struct buf *out, const char *text)
{
	fold_add(out, or_empty(text));
	buf_char(out, '\n');
}

static void fill_block(struct buf *block, struct row *row, const struct shelf_item *item)
{
	const char *texts[BLOCK_TEXTS] = {item->number, item->name, item->summary, item->institution_name,
		item->picture, item->price_unit, item->pricing};
	const char *more[] = {item->number, item->institution_name, item->summary, item->body};
	buf_reset(block);
	for (size_t i = 0; i < BLOCK_TEXTS; i++)
		buf_add(block, or_empty(texts[i]), strlen(or_empty(texts[i])) + 1);
	row->text_at = (uint32_t)block->len;
	add_folded(block, item->name);
	row->title_len = (uint32_t)block->len - row->text_at;
	for (size_t i = 0; i < sizeof(more) / sizeof(more[0]); i++)
		add_folded(block, more[i]);
	row->text_len = (uint32_t)block->len - 1 - row->text_at;
	block->data[--block->len] = '\0';
	row->block = must(malloc(block->len + 1));
	memcpy(row->block, block->data, block->len + 1);
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
		.category = dictionary_add(&shelf->categories, item->category),
		.region = dictionary_add(&shelf->regions, item->region),
		.price = item->price, .price_high = item->price_high, .published_ms = item->published_ms};
	for (size_t i = 0; i < SHELF_INDUSTRIES_MAX; i++)
		row->industries[i] = dictionary_add(&shelf->industries, item->industries[i]);
	fill_block(&shelf->folding, row, item);
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
