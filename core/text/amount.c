#include "core/text/amount.h"

#include <stdbool.h>
#include <string.h>

#include "core/arena.h"
#include "core/buf.h"

static const char *const digits[] = {"零", "壹", "贰", "叁", "肆", "伍", "陆", "柒", "捌", "玖"};

/* Four digits; `before`: whether a digit stands before them, so that what they pass over is heard. */
static void put_group(struct buf *out, unsigned group, bool before)
{
	static const char *const places[] = {"仟", "佰", "拾", ""};
	unsigned weight = 1000;
	bool passed = false;
	for (size_t i = 0; i < 4; i++, weight /= 10) {
		unsigned digit = group / weight % 10;
		if (!digit) {
			passed = true;
			continue;
		}
		buf_printf(out, "%s%s%s", passed && before ? "零" : "", digits[digit], places[i]);
		passed = false;
		before = true;
	}
}

static void put_yuan(struct buf *out, uint64_t yuan)
{
	/* 亿 is said once for what stands above it, which may have 万 of its own: 壹万亿. */
	static const char *const units[] = {"", "万", "亿", "万", "亿"};
	unsigned groups[5];
	bool before = false, skipped = false, hundred_million = false;
	for (size_t i = 0; i < 5; i++, yuan /= 10000)
		groups[i] = (unsigned)(yuan % 10000);
	for (size_t i = 5; i-- > 0;) {
		if (groups[i]) {
			if (skipped && before && groups[i] >= 1000)
				buf_text(out, "零");
			put_group(out, groups[i], before);
			before = true;
			skipped = false;
			hundred_million |= i == 3;
			buf_text(out, units[i]);
		} else {
			skipped = true;
			if (i == 2 && hundred_million)
				buf_text(out, "亿");
		}
	}
}

const char *amount_words(struct arena *arena, int64_t fen)
{
	struct buf *out = buf_in(arena);
	uint64_t size = fen < 0 ? 0 - (uint64_t)fen : (uint64_t)fen, yuan = size / 100;
	unsigned jiao = (unsigned)(size / 10 % 10), rest = (unsigned)(size % 10);
	buf_printf(out, "人民币%s", fen < 0 ? "负" : "");
	if (yuan || !size)
		buf_text(out, yuan ? "" : "零");
	if (yuan)
		put_yuan(out, yuan);
	if (yuan || !size)
		buf_text(out, "元");
	if (jiao)
		buf_printf(out, "%s角", digits[jiao]);
	else if (rest && yuan)
		buf_text(out, "零");
	if (rest)
		buf_printf(out, "%s分", digits[rest]);
	else
		buf_text(out, "整");
	return out->data;
}

const char *amount_digits(struct arena *arena, int64_t fen)
{
	struct buf *out = buf_in(arena);
	uint64_t size = fen < 0 ? 0 - (uint64_t)fen : (uint64_t)fen;
	const char *whole = arena_printf(arena, "%llu", (unsigned long long)(size / 100));
	size_t count = strlen(whole);
	buf_text(out, fen < 0 ? "-" : "");
	for (size_t i = 0; i < count; i++) {
		if (i && (count - i) % 3 == 0)
			buf_char(out, ',');
		buf_char(out, whole[i]);
	}
	buf_printf(out, ".%02u", (unsigned)(size % 100));
	return out->data;
}
