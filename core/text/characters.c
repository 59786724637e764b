#include "core/text/characters.h"

#include <stdlib.h>
#include <string.h>

#include "core/text/characters.gen.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

unsigned characters_kind(uint32_t code)
{
	size_t low = 0, high = COUNT(kind_ranges);
	while (low < high) {
		size_t middle = (low + high) / 2;
		if (kind_ranges[middle].last < code)
			low = middle + 1;
		else
			high = middle;
	}
	return low < COUNT(kind_ranges) && kind_ranges[low].first <= code ? kind_ranges[low].kind : 0;
}

#define LOOK_UP(name, code) \
	look_up(name##_page, COUNT(name##_page), name##_number, name##_at, name##_text, code)

static const char *look_up(const uint16_t *page, size_t pages, const uint16_t *number, const uint32_t *at,
	const unsigned char *text, uint32_t code)
{
	uint16_t n = code / 256 < pages ? number[page[code / 256] * 256u + code % 256] : 0;
	return n ? (const char *)text + at[n] : NULL;
}

const char *characters_fold(uint32_t code)
{
	return LOOK_UP(fold, code);
}

const char *characters_reading(uint32_t code)
{
	return LOOK_UP(reading, code);
}

const char *characters_second_reading(uint32_t code)
{
	return LOOK_UP(second, code);
}

const char *characters_syllable(const char *text, size_t len)
{
	size_t low = 0, high = COUNT(syllables);
	while (low < high) {
		size_t middle = (low + high) / 2;
		int order = strncasecmp(syllables[middle], text, len);
		if (order == 0)
			order = syllables[middle][len] != '\0';
		if (order == 0)
			return syllables[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}
