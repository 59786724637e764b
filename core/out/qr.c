#include "core/out/qr.h"

#include <qrencode.h>

#include "core/buf.h"

enum { QUIET = 4 };

/* One horizontal run of dark modules as a piece of a path. */
static void add_run(struct buf *out, int x, int y, int length)
{
	buf_printf(out, "M%d %dh%dv1h-%dz", x, y, length, length);
}

static void add_rows(struct buf *out, const QRcode *code)
{
	for (int y = 0; y < code->width; y++) {
		const unsigned char *row = code->data + y * code->width;
		for (int x = 0, from; x < code->width; x++) {
			if (!(row[x] & 1))
				continue;
			for (from = x; x < code->width && (row[x] & 1); x++)
				;
			add_run(out, from + QUIET, y + QUIET, x - from);
		}
	}
}

bool qr_svg(struct buf *out, const char *text)
{
	QRcode *code = *text ? QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M) : NULL;
	if (!code)
		return false;
	int side = code->width + 2 * QUIET;
	buf_printf(out,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" shape-rendering=\"crispEdges\">"
		"<path fill=\"#fff\" d=\"M0 0h%dv%dH0z\"/><path fill=\"#000\" d=\"",
		side, side, side, side);
	add_rows(out, code);
	buf_text(out, "\"/></svg>");
	QRcode_free(code);
	return true;
}
