/* qilian-picture: makes JPEGs of several sizes of one picture, in a process that can do nothing else.
 *
 * The libraries that decode pictures have a long history of holes,
	and the pictures come from strangers. So the file is read
 * first; then this process gives up files, network, time and memory beyond what this one picture needs; then it
 * decodes. See core/file/picture_wire.h for what it is given and what it answers.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <gd.h>
#include <webp/demux.h>

#include "core/file/picture_wire.h"
#include "tools/confine.h"
#include "tools/picture_look.h"

enum { FILE_MAX = 64 << 20, CPU_SECONDS = 30, SPARE = 64 << 20, QUALITY = 85, EDGES_MAX = 8, SIDE_MAX = 65535 };

static void give_up(int code)
{
	_exit(code);
}

/* --- reading, before the doors are closed --- */

static struct input read_input(void)
{
	struct input in = {malloc(FILE_MAX), 0};
	ssize_t n = in.bytes ? 1 : 0;
	while (n > 0 && in.size < FILE_MAX) {
		n = read(0, in.bytes + in.size, FILE_MAX - in.size);
		if (n < 0)
			give_up(errno == EINTR ? 1 : 2);
		in.size += (size_t)n;
	}
	if (in.size == FILE_MAX)
		give_up(PICTURE_TOO_LARGE);
	return in;
}

/* --- closing the doors --- */

/* Decoding takes up to 12 bytes a pixel, the picture itself and what a progressive JPEG or a WebP keeps beside it; an
 * animation two canvases more. */
static void close_doors(const struct shape *shape)
{
	confine((uint64_t)shape->width * shape->height * (shape->animated ? 20 : 12) + SPARE, CPU_SECONDS);
}

/* --- the work --- */

static void be_silent(int priority, const char *format, va_list args)
{
}

/* The first frame on its canvas; gd reads pictures of one frame only. */
static gdImagePtr decode_first_frame(const struct input *in)
{
	WebPAnimDecoderOptions options;
	WebPAnimInfo info;
	WebPData data = {in->bytes, in->size};
	uint8_t *canvas = NULL;
	int at;
	if (!WebPAnimDecoderOptionsInit(&options))
		return NULL;
	options.color_mode = MODE_RGBA;
	WebPAnimDecoder *decoder = WebPAnimDecoderNew(&data, &options);
	if (!decoder || !WebPAnimDecoderGetInfo(decoder, &info) || !WebPAnimDecoderGetNext(decoder, &canvas, &at))
		return NULL;
	gdImagePtr image = gdImageCreateTrueColor((int)info.canvas_width, (int)info.canvas_height);
	for (int y = 0; image && y < (int)info.canvas_height; y++)
		for (int x = 0; x < (int)info.canvas_width; x++, canvas += 4)
			image->tpixels[y][x] = gdTrueColorAlpha(canvas[0], canvas[1], canvas[2], 127 - canvas[3] / 2);
	WebPAnimDecoderDelete(decoder);
	return image;
}

static gdImagePtr decode(const struct input *in, enum format format, const struct shape *shape)
{
	int size = (int)in->size;
	switch (format) {
	case JPEG:
		return gdImageCreateFromJpegPtrEx(size, in->bytes, 1);
	case PNG:
		return gdImageCreateFromPngPtr(size, in->bytes);
	case GIF:
		return gdImageCreateFromGifPtr(size, in->bytes);
	case WEBP:
		return shape->animated ? decode_first_frame(in) : gdImageCreateFromWebpPtr(size, in->bytes);
	default:
		return NULL;
	}
}

/* On white: JPEG knows no transparency. Never larger than it was. */
static gdImagePtr scale(gdImagePtr from, int edge)
{
	int width = gdImageSX(from), height = gdImageSY(from), longest = width > height ? width : height;
	if (longest > edge) {
		width = (int)((int64_t)width * edge / longest);
		height = (int)((int64_t)height * edge / longest);
	}
	width = width > 0 ? width : 1;
	height = height > 0 ? height : 1;
	gdImagePtr to = gdImageCreateTrueColor(width, height);
	if (!to)
		give_up(PICTURE_BROKEN);
	gdImageFilledRectangle(to, 0, 0, width, height, gdTrueColor(255, 255, 255));
	gdImageAlphaBlending(to, 1);
	gdImageCopyResampled(to, from, 0, 0, 0, 0, width, height, gdImageSX(from), gdImageSY(from));
	return to;
}

/* As EXIF says the camera was held. */
static gdImagePtr turn(gdImagePtr image, unsigned orientation)
{
	/* Mirrored first (2, 4, 5, 7), then turned counter-clockwise. */
	static const int degrees[9] = {0, 0, 0, 180, 180, 90, 270, 270, 90};
	if (orientation == 2 || orientation == 4 || orientation == 5 || orientation == 7)
		gdImageFlipHorizontal(image);
	if (degrees[orientation] == 0)
		return image;
	gdImagePtr turned = gdImageRotateInterpolated(image, (float)degrees[orientation], 0);
	if (!turned)
		give_up(PICTURE_BROKEN);
	gdImageDestroy(image);
	return turned;
}

static void say(const void *bytes, size_t size)
{
	const char *at = bytes;
	while (size > 0) {
		ssize_t n = write(1, at, size);
		if (n <= 0)
			give_up(4);
		at += n;
		size -= (size_t)n;
	}
}

static void say_number(unsigned value)
{
	unsigned char bytes[4] = {(unsigned char)(value >> 24), (unsigned char)(value >> 16),
		(unsigned char)(value >> 8), (unsigned char)value};
	say(bytes, sizeof(bytes));
}

static void say_jpeg(gdImagePtr image)
{
	int size = 0;
	gdImageInterlace(image, 1);
	void *bytes = gdImageJpegPtr(image, &size, QUALITY);
	if (!bytes || size <= 0)
		give_up(PICTURE_BROKEN);
	say_number((unsigned)gdImageSX(image));
	say_number((unsigned)gdImageSY(image));
	say_number((unsigned)size);
	say(bytes, (size_t)size);
	gdFree(bytes);
}

int main(int argc, char **argv)
{
	if (argc < 3 || argc > 2 + EDGES_MAX)
		give_up(1);
	struct input in = read_input();
	enum format format = look_format(&in);
	struct shape shape;
	if (!look_shape(&in, format, &shape) || !look_is_whole(&in, format))
		give_up(PICTURE_BROKEN);
	if (shape.width > SIDE_MAX || shape.height > SIDE_MAX || (int64_t)shape.width * shape.height > atoll(argv[1]))
		give_up(PICTURE_TOO_LARGE);
	gdSetErrorMethod(be_silent);
	close_doors(&shape);

	gdImagePtr original = decode(&in, format, &shape);
	if (!original)
		give_up(PICTURE_BROKEN);
	say(PICTURE_MAGIC, 4);
	bool turned = shape.orientation >= 5;
	say_number((unsigned)(turned ? gdImageSY(original) : gdImageSX(original)));
	say_number((unsigned)(turned ? gdImageSX(original) : gdImageSY(original)));
	gdImagePtr before = NULL;
	for (int i = 2; i < argc; i++) {
		/* Each from the one before, which is smaller; only the first is turned. */
		gdImagePtr image = scale(before ? before : original, atoi(argv[i]));
		if (!before)
			image = turn(image, shape.orientation);
		say_jpeg(image);
		before = image;
	}
	give_up(PICTURE_DONE);
}
