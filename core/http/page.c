#include "core/http/page.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *must(void *p)
{
	if (!p) {
		fputs("qilian: out of memory\n", stderr);
		abort();
	}
	return p;
}

/* One piece of memory for all: the page is read in order. */
struct page *page_create(int status, const char *head, size_t head_len, const char *head_same, size_t head_same_len,
                         const char *body, size_t body_len, const char *etag)
{
	struct page *page = must(malloc(sizeof(*page) + head_len + head_same_len + body_len + 1));
	char *at = (char *)(page + 1);
	*page = (struct page){.refs = 1,
		.status = status,
		.head_len = head_len,
		.head_same_len = head_same_len,
		.body_len = body_len};
	page->head = memcpy(at, head, head_len);
	page->head_same = memcpy(at + head_len, head_same, head_same_len);
	page->body = at + head_len + head_same_len;
	if (body_len)
		memcpy(page->body, body, body_len);
	snprintf(page->etag, sizeof(page->etag), "%s", etag);
	return page;
}

void page_ref(struct page *page)
{
	if (!page->shared)
		page->refs++;
}

void page_unref(struct page *page)
{
	if (page && !page->shared && --page->refs == 0)
		free(page);
}

static size_t skip(const char *list, size_t len, size_t at, const char *set)
{
	while (at < len && strchr(set, list[at]))
		at++;
	return at;
}

/* What proxies that compress write behind a tag (Apache "…-gzip", others "…--gzip", "…;br"), since the bytes differ;
 * ours are the same content. */
static size_t without_coding(const char *tag, size_t len)
{
	static const char *const codings[] = {"gzip", "br", "zstd", "deflate"};
	for (size_t i = 0; i < sizeof(codings) / sizeof(*codings); i++) {
		size_t coding = strlen(codings[i]);
		if (len <= coding || memcmp(tag + len - coding, codings[i], coding) != 0 ||
			!strchr("-;", tag[len - coding - 1]))
			continue;
		len -= coding;
		while (len && strchr("-;", tag[len - 1]))
			len--;
		break;
	}
	return len;
}

enum etag_match etag_match(const char *list, size_t len, const char *etag)
{
	size_t want = strlen(etag);
	bool found = false;
	if (len == 1 && list[0] == '*')
		return want ? ETAG_MATCHES : ETAG_DIFFERS;
	for (size_t at = skip(list, len, 0, " \t,"); at < len; at = skip(list, len, at, " \t,")) {
		if (len - at > 2 && list[at] == 'W' && list[at + 1] == '/')
			at += 2;
		const char *tag = list + at + 1, *end = list[at] == '"' ? memchr(tag, '"', len - at - 1) : NULL;
		if (!end)
			return ETAG_MALFORMED;
		size_t size = (size_t)(end - tag);
		for (int stripped = 0; stripped < 2 && want > 2; stripped++) {
			found |= size + 2 == want && memcmp(tag, etag + 1, size) == 0;
			size = without_coding(tag, size);
		}
		at = (size_t)(end - list) + 1;
		if (at < len && !strchr(" \t,", list[at]))
			return ETAG_MALFORMED;
	}
	return found ? ETAG_MATCHES : ETAG_DIFFERS;
}

bool etag_listed(const char *list, size_t len, const char *etag)
{
	return etag_match(list, len, etag) == ETAG_MATCHES;
}

void etag_make(const void *bytes, size_t len, const char *suffix, char out[PAGE_ETAG])
{
	uint64_t high = page_hash(0x9e3779b97f4a7c15u, bytes, len), low = page_hash(0xc2b2ae3d27d4eb4fu, bytes, len);
	snprintf(out, PAGE_ETAG, "\"%016" PRIx64 "%08" PRIx32 "%s\"", high, (uint32_t)low, suffix);
}

static uint64_t mix(uint64_t a, uint64_t b)
{
	unsigned __int128 product = (unsigned __int128)a * b;
	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

uint64_t page_hash(uint64_t seed, const void *bytes, size_t len)
{
	const unsigned char *at = bytes;
	uint64_t hash = seed ^ 0xa0761d6478bd642fu, word;
	size_t left = len;
	for (; left >= 8; left -= 8, at += 8) {
		memcpy(&word, at, 8);
		hash = mix(hash ^ word, 0xe7037ed1a0b428dbu ^ seed);
	}
	word = 0;
	memcpy(&word, at, left);
	return mix(hash ^ word, 0x8ebc6af09c88c6e3u ^ len);
}
