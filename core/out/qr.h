/* qr: a QR code (ISO/IEC 18004) for links that a telephone should open: as SVG for pages, as modules for paper. */
#ifndef QILIAN_CORE_OUT_QR_H
#define QILIAN_CORE_OUT_QR_H

#include <stdbool.h>

#include "core/attributes.h"

struct arena;
struct buf;

/* Without the quiet zone of four modules, which whoever draws it leaves around it. */
struct qr {
	int side;                   /* modules */
	const unsigned char *cells; /* side × side, line by line: 1 is dark. In the arena */
};

/* False for a text that is empty or too long (over about 2,000 bytes). */
bool qr_make(struct arena *arena, const char *text, struct qr *out) NONNULL;

/* Appends an <svg> element with a quiet zone of four modules, black on white, scaled by its viewer. False, nothing
 * appended, for a text that is empty or too long (over about 2,000 bytes). */
bool qr_svg(struct buf *out, const char *text) NONNULL;

#endif
