/* qr: a QR code (ISO/IEC 18004) as SVG, for links that a telephone should open. */
#ifndef QILIAN_CORE_OUT_QR_H
#define QILIAN_CORE_OUT_QR_H

#include <stdbool.h>

#include "core/attributes.h"

struct buf;

/* Appends an <svg> element with a quiet zone of four modules, black on white, scaled by its viewer. False, nothing
 * appended, for a text that is empty or too long (over about 2,000 bytes). */
bool qr_svg(struct buf *out, const char *text) NONNULL;

#endif
