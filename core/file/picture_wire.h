/* picture_wire: how qilian-picture is started and what it answers; shared by core/file/picture.c and
 * tools/qilian-picture.c.
 *
 * Started as `qilian-picture PIXELS EDGE…` with the file as standard input. It writes PICTURE_MAGIC, then width and
 * height of the original as seen, then for each edge width, height, length and the bytes of a JPEG. Numbers are 32
 * bits, big-endian.
 */
#ifndef QILIAN_CORE_FILE_PICTURE_WIRE_H
#define QILIAN_CORE_FILE_PICTURE_WIRE_H

#define PICTURE_MAGIC "QPIC"

/* Exit codes. */
enum { PICTURE_DONE = 0, PICTURE_TOO_LARGE = 10, PICTURE_BROKEN = 11 };

#endif
