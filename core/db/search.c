#include "core/db/search.h"

#include <string.h>
#include <strings.h>

#include "core/buf.h"
#include "core/text/fold.h"
#include "core/text/text.h"
#include "core/utf8.h"

/* Of MariaDB 10.10 and later; it tells 𠮷 from 𠮸 and takes Ａ for a. A function of the column: no index helps a search
 * for a part anyway. */
#define FOLDED "REPLACE(CONVERT(%s USING utf8mb4), '·', '') COLLATE utf8mb4_uca1400_ai_ci LIKE ?"

/* With plain spaces, and without what cannot be seen. */
static char *typed(struct arena *arena, const char *text)
{
	struct buf *out = buf_in(arena);
	uint32_t code;
	for (size_t left = strlen(text), step; left && (step = utf8_decode(text, left, &code));
		text += step, left -= step) {
		enum text_kind kind = text_kind_of(code);
		if (kind == TEXT_SPACE)
			buf_char(out, ' ');
		else if (kind != TEXT_UNSEEN)
			buf_add(out, text, step);
	}
	return out->data;
}

static void add_term(struct arena *arena, struct buf *sql, struct search *out, const char *const *columns, size_t count,
	const char *term)
{
	const char *folded = fold_text(arena, term);
	bool both = strcasecmp(folded, term) != 0; /* also as it was typed, for what is stored so */
	buf_text(sql, sql->len ? " AND (" : "((");
	for (size_t i = 0; i < count; i++)
		for (int way = 0; way <= both; way++) {
			buf_text(sql, i || way ? " OR " : "");
			buf_printf(sql, FOLDED, columns[i]);
			out->args[out->count++] = db_contains(arena, way ? term : folded);
		}
	buf_char(sql, ')');
}

void search_make(
	struct arena *arena, const char *text, const char *const *columns, size_t columns_count, struct search *out)
{
	struct buf *sql = buf_in(arena);
	char *rest = typed(arena, text);
	*out = (struct search){0};
	for (size_t n = 0; rest && n < SEARCH_TERMS;) {
		rest += strspn(rest, " ");
		const char *term = rest;
		if (n + 1 < SEARCH_TERMS)
			strsep(&rest, " ");
		else
			rest = NULL;
		if (*fold_text(arena, term)) {
			add_term(arena, sql, out, columns, columns_count, term);
			n++;
		}
	}
	if (!sql->len)
		return;
	buf_char(sql, ')');
	out->sql = sql->data;
}
