#include "tools/picture_look.h"

#include <stdint.h>
#include <string.h>

static unsigned be16(const unsigned char *at)
{
	return (unsigned)at[0] << 8 | at[1];
}

static unsigned be32(const unsigned char *at)
{
	return be16(at) << 16 | be16(at + 2);
}

static unsigned le16(const unsigned char *at)
{
	return at[0] | (unsigned)at[1] << 8;
}

static unsigned le24(const unsigned char *at)
{
	return le16(at) | (unsigned)at[2] << 16;
}

static unsigned le32(const unsigned char *at)
{
	return le16(at) | le16(at + 2) << 16;
}

/* In JPEG behind "Exif\0\0", in PNG and WebP bare or not; 1 where nothing is said. */
static unsigned exif_orientation(const unsigned char *tiff, size_t left)
{
	if (left >= 6 && memcmp(tiff, "Exif\0\0", 6) == 0) {
		tiff += 6;
		left -= 6;
	}
	if (left < 8 || (memcmp(tiff, "MM\0*", 4) != 0 && memcmp(tiff, "II*\0", 4) != 0))
		return 1;
	bool big = tiff[0] == 'M';
	unsigned (*u16)(const unsigned char *) = big ? be16 : le16;
	size_t at = big ? be32(tiff + 4) : le32(tiff + 4);
	if (at > left || left - at < 2)
		return 1;
	for (unsigned count = u16(tiff + at), i = 0; i < count; i++) {
		size_t entry = at + 2 + (size_t)i * 12;
		if (entry + 12 > left)
			return 1;
		if (u16(tiff + entry) == 0x0112) {
			unsigned value = u16(tiff + entry + 8);
			return value >= 1 && value <= 8 ? value : 1;
		}
	}
	return 1;
}

/* A chunk of a PNG or of a WebP with its first bytes inside the file; NULL if there is none. */
static const unsigned char *find_chunk(const struct input *in, enum format format, const char *name, size_t *length)
{
	for (size_t at = format == PNG ? 8 : 12; at + 8 <= in->size;) {
		const unsigned char *chunk = in->bytes + at;
		size_t size = format == PNG ? be32(chunk) : le32(chunk + 4);
		if (memcmp(format == PNG ? chunk + 4 : chunk, name, 4) == 0) {
			*length = size < in->size - at - 8 ? size : in->size - at - 8;
			return chunk + 8;
		}
		at += format == PNG ? size + 12 : size + 8 + (size & 1);
	}
	return NULL;
}

static unsigned chunk_orientation(const struct input *in, enum format format)
{
	size_t length;
	const unsigned char *exif = find_chunk(in, format, format == PNG ? "eXIf" : "EXIF", &length);
	return exif ? exif_orientation(exif, length) : 1;
}

static bool is_frame(unsigned char marker)
{
	return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
}

static bool jpeg_shape(const struct input *in, struct shape *out)
{
	size_t at = 2;
	while (at + 4 <= in->size) {
		const unsigned char *segment = in->bytes + at;
		if (segment[0] != 0xff)
			return false;
		if (segment[1] == 0xff) { /* padding */
			at++;
			continue;
		}
		size_t length = be16(segment + 2);
		if (length < 2 || at + 2 + length > in->size)
			return false;
		if (segment[1] == 0xe1 && out->orientation == 1)
			out->orientation = exif_orientation(segment + 4, length - 2);
		if (is_frame(segment[1])) {
			if (length < 8)
				return false;
			out->height = be16(segment + 5);
			out->width = be16(segment + 7);
			return true;
		}
		at += 2 + length;
	}
	return false;
}

static bool webp_shape(const struct input *in, struct shape *out)
{
	const unsigned char *b = in->bytes;
	if (in->size < 30)
		return false;
	if (memcmp(b + 12, "VP8X", 4) == 0) {
		out->width = le24(b + 24) + 1;
		out->height = le24(b + 27) + 1;
		out->animated = b[20] & 2;
	} else if (memcmp(b + 12, "VP8L", 4) == 0) {
		unsigned bits = le16(b + 21) | le16(b + 23) << 16;
		out->width = (bits & 0x3fff) + 1;
		out->height = (bits >> 14 & 0x3fff) + 1;
	} else if (memcmp(b + 12, "VP8 ", 4) == 0) {
		out->width = le16(b + 26) & 0x3fff;
		out->height = le16(b + 28) & 0x3fff;
	} else {
		return false;
	}
	return true;
}

enum format look_format(const struct input *in)
{
	if (in->size > 3 && memcmp(in->bytes, "\xff\xd8\xff", 3) == 0)
		return JPEG;
	if (in->size > 24 && memcmp(in->bytes, "\x89PNG\r\n\x1a\n", 8) == 0)
		return PNG;
	if (in->size > 10 && memcmp(in->bytes, "GIF8", 4) == 0)
		return GIF;
	if (in->size > 16 && memcmp(in->bytes, "RIFF", 4) == 0 && memcmp(in->bytes + 8, "WEBP", 4) == 0)
		return WEBP;
	return UNKNOWN;
}

bool look_shape(const struct input *in, enum format format, struct shape *out)
{
	bool found = true;
	*out = (struct shape){.orientation = 1};
	if (format == JPEG) {
		found = jpeg_shape(in, out);
	} else if (format == PNG) {
		out->width = be32(in->bytes + 16);
		out->height = be32(in->bytes + 20);
	} else if (format == GIF) {
		out->width = le16(in->bytes + 6);
		out->height = le16(in->bytes + 8);
	} else {
		found = format == WEBP && webp_shape(in, out);
	}
	if (format == PNG || format == WEBP)
		out->orientation = chunk_orientation(in, format);
	return found && out->width && out->height;
}

/* --- to the end --- */

/* Behind the coded data of a scan: the next marker that is no part of it (ISO/IEC 10918-1, B.1.1.5). */
static size_t jpeg_skip_scan(const struct input *in, size_t at)
{
	while (at + 1 < in->size) {
		const unsigned char *ff = memchr(in->bytes + at, 0xff, in->size - at - 1);
		if (!ff)
			return in->size;
		at = (size_t)(ff - in->bytes);
		if (ff[1] != 0 && ff[1] != 0xff && (ff[1] < 0xd0 || ff[1] > 0xd7))
			return at;
		at += ff[1] == 0xff ? 1 : 2;
	}
	return in->size;
}

static bool jpeg_is_whole(const struct input *in)
{
	for (size_t at = 2; at + 1 < in->size;) {
		unsigned char marker = in->bytes[at + 1];
		if (in->bytes[at] != 0xff || marker == 0xff) {
			at++;
			continue;
		}
		if (marker == 0xd9)
			return true;
		if (at + 4 > in->size)
			return false;
		at += 2 + be16(in->bytes + at + 2);
		if (marker == 0xda)
			at = jpeg_skip_scan(in, at);
	}
	return false;
}

/* Blocks with their length before them, up to one of none; the place behind, or the end of the file. */
static size_t gif_skip_blocks(const struct input *in, size_t at)
{
	while (at < in->size && in->bytes[at])
		at += (size_t)in->bytes[at] + 1;
	return at < in->size ? at + 1 : in->size;
}

static size_t gif_table(unsigned char flags)
{
	return flags & 0x80 ? (size_t)3 << ((flags & 7) + 1) : 0;
}

/* The first frame is what we show. */
static bool gif_is_whole(const struct input *in)
{
	size_t at = 13 + (in->size > 13 ? gif_table(in->bytes[10]) : 0);
	while (at + 10 < in->size && in->bytes[at] == 0x21)
		at = gif_skip_blocks(in, at + 2);
	if (at + 10 >= in->size || in->bytes[at] != 0x2c)
		return false;
	return gif_skip_blocks(in, at + 11 + gif_table(in->bytes[at + 9])) < in->size;
}

bool look_is_whole(const struct input *in, enum format format)
{
	size_t length;
	switch (format) {
	case JPEG: return jpeg_is_whole(in);
	case PNG: return find_chunk(in, PNG, "IEND", &length);
	case GIF: return gif_is_whole(in);
	case WEBP: return in->size >= (size_t)le32(in->bytes + 4) + 8;
	default: return false;
	}
}
