/* page: a finished answer that is given many times (cached answers, built pages). Immutable once made.
 *
 * generation  a counter that rises when something cached became void, see http_server_touch(). There is one for all and
 *             one per group of platforms; sharing one costs a needless refresh, never a stale page.
 */
#ifndef QILIAN_CORE_HTTP_PAGE_H
#define QILIAN_CORE_HTTP_PAGE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/attributes.h"

enum { PAGE_ETAG = 40, GENERATION_SLOTS = 4096 };

struct page {
	unsigned refs; /* of one loop; a page of the site is shared by all and never counted */
	bool shared;
	int status;
	char *head; /* status line and headers, without Date, X-Request-Id, Connection and the empty line */
	size_t head_len;
	char *head_same; /* the same for 304 */
	size_t head_same_len;
	char *body;
	size_t body_len;
	char etag[PAGE_ETAG];
};

/* Copies; refs is 1. */
struct page *page_create(int status, const char *head, size_t head_len, const char *head_same, size_t head_same_len,
                         const char *body, size_t body_len, const char *etag) NONNULL RETURNS_NONNULL;
void page_ref(struct page *page) NONNULL;
/* Frees it with the last reference. Accepts NULL. */
void page_unref(struct page *OR_NULL page);

/* True if an If-None-Match value holds the tag (weak comparison) or is "*". */
bool etag_listed(const char *list, size_t len, const char *etag) NONNULL;
/* The same for If-Match, which tells a list that is none. */
enum etag_match { ETAG_MATCHES, ETAG_DIFFERS, ETAG_MALFORMED };
enum etag_match etag_match(const char *list, size_t len, const char *etag) NONNULL;
/* A tag for content: quoted, from a hash of it. */
void etag_make(const void *bytes, size_t len, const char *suffix, char out[PAGE_ETAG]) NONNULL;

/* A fast hash with a seed; not for secrets. */
uint64_t page_hash(uint64_t seed, const void *bytes, size_t len) NONNULL;

struct generations {
	_Atomic uint64_t all;
	_Atomic uint64_t slots[GENERATION_SLOTS];
};

/* Two rising counters: their sum stays the same only if both do. */
static inline uint64_t generation_of(struct generations *generations, uint32_t platform_id)
{
	return atomic_load_explicit(&generations->all, memory_order_acquire) +
	       atomic_load_explicit(&generations->slots[platform_id % GENERATION_SLOTS], memory_order_acquire);
}

#endif
