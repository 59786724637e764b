/* picture: uploaded pictures made into three sizes by a separate process, which alone decodes them (HN-5).
 *
 * The process (tools/qilian-picture.c) gets the file as its standard input, no other file, little memory and little
 * time. What it writes are JPEGs without EXIF, GPS position included; the camera's orientation is applied first.
 */
#ifndef QILIAN_CORE_FILE_PICTURE_H
#define QILIAN_CORE_FILE_PICTURE_H

#include <stdint.h>

#include "core/attributes.h"
#include "core/file/files.h"
#include "core/problem.h"

struct arena;

enum { PICTURE_LARGE, PICTURE_MEDIUM, PICTURE_SMALL, PICTURE_SIZES };
/* Longest edge in pixels: 1200, 600, 200. Smaller pictures are not enlarged. */
extern const unsigned PICTURE_EDGE[PICTURE_SIZES];

struct picture_size {
	struct stored_file file;
	unsigned width, height;
};

struct picture {
	unsigned width, height; /* of the original as seen, its orientation applied */
	struct picture_size sizes[PICTURE_SIZES];
};

extern const struct problem_kind PROBLEM_PICTURE; /* 422, broken, or too many pixels */

struct pictures;
/* helper: path of qilian-picture; pixels: width × height at most; at_once: processes at the same time. Shared by all
 * threads. */
struct pictures *pictures_create(struct files *files, const char *helper, int64_t pixels, unsigned deadline_ms,
				 unsigned at_once) NONNULL RETURNS_NONNULL;
void pictures_destroy(struct pictures *OR_NULL pictures);

/* name: a stored file of one of FILE_PICTURES. Waits for a turn and for the process, together at most the deadline:
 * PROBLEM_PICTURE, or PROBLEM_UNAVAILABLE when there was no turn or the process could not be started. */
struct problem *picture_make(struct pictures *pictures, struct arena *arena, const char *OR_NULL name,
	struct picture *out) NONNULL_AT(1, 2, 4) MUST_CHECK;

#endif
