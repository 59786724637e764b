/* picture_look: what the bytes of a picture say of themselves, before anything decodes them. Of
 * tools/qilian-picture.c. */
#ifndef QILIAN_TOOLS_PICTURE_LOOK_H
#define QILIAN_TOOLS_PICTURE_LOOK_H

#include <stdbool.h>
#include <stddef.h>

struct input {
	unsigned char *bytes;
	size_t size;
};

enum format { JPEG, PNG, GIF, WEBP, UNKNOWN };

struct shape {
	unsigned width, height;
	unsigned orientation; /* of EXIF: 1 to 8 */
	bool animated;        /* a WebP of several frames */
};

enum format look_format(const struct input *in);
/* False: the headers make no sense. */
bool look_shape(const struct input *in, enum format format, struct shape *out);
/* Whether the file goes on to the end of its (first) picture: decoders draw what there is of a half upload, and grey
 * below. */
bool look_is_whole(const struct input *in, enum format format);

#endif
