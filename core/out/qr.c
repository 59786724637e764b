#include "core/out/qr.h"

#include <qrencode.h>
#include <stddef.h>

#include "core/arena.h"
#include "core/buf.h"

enum { QUIET = 4 };

/* One horizontal run of dark modules as a piece of a path. */
static void add_run(struct buf *out, int x, int y, int length)
{
	buf_printf(out, "M%d %dh%dv1h-%dz", x, y, length, length);
}

static void add_rows(struct buf *out, const struct qr *code)
{
	for (int y = 0; y < code->side; y++) {
		const unsigned char *row = code->cells + (ptrdiff_t)y * code->side;
		for (int x = 0, from; x < code->side; x++) {
			if (!row[x])
				continue;
			for (from = x; x < code->side && row[x]; x++)
				;
			add_run(out, from + QUIET, y + QUIET, x - from);
		}
	}
}

bool qr_make(struct arena *arena, const char *text, struct qr *out)
{
	QRcode *code = *text ? QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M) : NULL;
	*out = (struct qr){0};
	if (!code)
		return false;
	size_t count = (size_t)code->width * (size_t)code->width;
	unsigned char *cells = arena_alloc(arena, count);
	for (size_t i = 0; i < count; i++)
		cells[i] = code->data[i] & 1;
	*out = (struct qr){code->width, cells};
	QRcode_free(code);
	return true;
}

bool qr_svg(struct buf *out, const char *text)
{
	struct arena *arena = arena_create();
	struct qr code;
	bool made = qr_make(arena, text, &code);
	if (made) {
		int side = code.side + 2 * QUIET;
		buf_printf(out,
			"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" "
			"shape-rendering=\"crispEdges\"><path "
			"fill=\"#fff\" d=\"M0 0h%dv%dH0z\"/><path fill=\"#000\" d=\"",
			side, side, side, side);
		add_rows(out, &code);
		buf_text(out, "\"/></svg>");
	}
	arena_destroy(arena);
	return made;
}
