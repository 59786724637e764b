/* What a shelf consists of, for the files that fill it (shelf.c) and search it (shelf_search.c). */
#ifndef QILIAN_TENANTS_SHELF_SHELF_INSIDE_H
#define QILIAN_TENANTS_SHELF_SHELF_INSIDE_H

#include "core/buf.h"
#include "tenants/shelf/shelf.h"

/* Values that repeat (categories, regions, industries), numbered. */
struct dictionary {
	char **values;
	size_t count;
	size_t cap;
};

struct row {
	struct uuid id;
	struct uuid institution_id;
	char *block; /* number, name, summary, institution, picture, unit, pricing: NUL-separated; then the folded
		        text */
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

enum { BLOCK_TEXTS = 7, SIGN_BITS = 1024, SIGN_WORDS = SIGN_BITS / 64 };

/* Which pairs of neighbouring characters a row's text has, hashed: a row that lacks one of a term's pairs need not be
 * read. A quarter of the bits are set by a text of 300 characters, so for a word of two characters three rows of four
 * that do not hold it are passed over at the cost of one look. */
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
	struct buf folding; /* used anew for each row, so that their blocks lie side by side */
	struct dictionary categories;
	struct dictionary regions;
	struct dictionary industries;
};

/* Of a value that some row has, from 1; else 0. */
uint16_t shelf_number(const struct dictionary *d, const char *value);
/* Answers how many pairs the folded text has; the bits of the first `max` go to out. */
size_t shelf_pairs(const char *text, uint16_t *out, size_t max);

#endif
