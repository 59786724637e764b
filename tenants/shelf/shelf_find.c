/* Substring search, the inner loop of a search over a shelf.
 *
 * Compares the first and the last byte of the needle at sixteen places at once and looks closer only where both
 * fit. glibc's memmem() runs at 1–2 GB/s on Chinese text, where the first byte of every character is one of six. */
#include <string.h>

#include "tenants/shelf/shelf.h"

#if defined(__SSE2__)
#include <emmintrin.h>

enum { LANES = 16 };

const char *shelf_find(const char *text, size_t text_len, const char *needle, size_t needle_len)
{
	if (needle_len > text_len)
		return NULL;
	if (needle_len == 1)
		return memchr(text, needle[0], text_len);
	const __m128i first = _mm_set1_epi8(needle[0]);
	const __m128i last = _mm_set1_epi8(needle[needle_len - 1]);
	size_t end = text_len - needle_len + 1; /* places where a match may begin */
	size_t at = 0;
	for (; at + LANES <= end; at += LANES) {
		const __m128i a = _mm_loadu_si128((const __m128i *)(const void *)(text + at));
		const __m128i b = _mm_loadu_si128((const __m128i *)(const void *)(text + at + needle_len - 1));
		unsigned mask =
			(unsigned)_mm_movemask_epi8(_mm_and_si128(_mm_cmpeq_epi8(a, first), _mm_cmpeq_epi8(b, last)));
		while (mask) {
			unsigned bit = (unsigned)__builtin_ctz(mask);
			if (memcmp(text + at + bit + 1, needle + 1, needle_len - 2) == 0)
				return text + at + bit;
			mask &= mask - 1;
		}
	}
	return memmem(text + at, text_len - at, needle, needle_len);
}

#else

const char *shelf_find(const char *text, size_t text_len, const char *needle, size_t needle_len)
{
	return memmem(text, text_len, needle, needle_len);
}

#endif
