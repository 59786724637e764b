#include "core/file/picture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/diag.h"
#include "core/file/confined.h"
#include "core/file/picture_wire.h"
#include "core/turns.h"

enum { ANSWER_MAX = 16 << 20 };

const unsigned PICTURE_EDGE[PICTURE_SIZES] = {1200, 600, 200};

const struct problem_kind PROBLEM_PICTURE = {"picture", 422, "图片已损坏，或无法处理，请换一张。",
	"The picture is damaged or cannot be worked with; choose another."};

struct pictures {
	struct files *files;
	char *helper;
	int64_t pixels;
	unsigned deadline_ms;
	struct turns turns;
};

struct pictures *pictures_create(struct files *files, const char *helper, int64_t pixels, unsigned deadline_ms,
                                 unsigned at_once)
{
	struct pictures *pictures = calloc(1, sizeof(*pictures));
	if (!pictures || !(pictures->helper = strdup(helper)))
		abort();
	pictures->files = files;
	pictures->pixels = pixels;
	pictures->deadline_ms = deadline_ms;
	turns_init(&pictures->turns, at_once);
	return pictures;
}

void pictures_destroy(struct pictures *pictures)
{
	if (!pictures)
		return;
	turns_finish(&pictures->turns);
	free(pictures->helper);
	free(pictures);
}

/* --- the process --- */

static struct problem *not_started(struct arena *arena, const struct pictures *pictures, int reason)
{
	diag_error(NULL, "cannot start %s: %s", pictures->helper, strerror(reason));
	return problem_new(arena, &PROBLEM_UNAVAILABLE);
}

static struct problem *judge(struct arena *arena, const struct pictures *pictures, bool answered, int status)
{
	if (answered && WIFEXITED(status) && WEXITSTATUS(status) == PICTURE_DONE)
		return NULL;
	if (WIFEXITED(status) && WEXITSTATUS(status) == PICTURE_TOO_LARGE) {
		long long millions = pictures->pixels / 1000000;
		return problem_detail(arena, &PROBLEM_PICTURE,
			arena_printf(arena, "图片像素过多（上限 %lld 百万像素），请缩小后再上传。", millions),
			arena_printf(arena,
				"The picture has too many pixels (the limit is %lld million); make it smaller.",
				millions));
	}
	/* Broken files are everyday; a process that had to be stopped is worth a look. */
	if (!WIFEXITED(status) || WEXITSTATUS(status) != PICTURE_BROKEN)
		diag_warn(NULL, "%s ended with status 0x%x", pictures->helper, (unsigned)status);
	return problem_new(arena, &PROBLEM_PICTURE);
}

static struct problem *run(const struct pictures *pictures, struct arena *arena, int in, int64_t deadline,
                           struct buf *answer)
{
	char pixels[24], edges[PICTURE_SIZES][12], *argv[PICTURE_SIZES + 3] = {pictures->helper, pixels};
	struct confined_end end;
	snprintf(pixels, sizeof(pixels), "%lld", (long long)pictures->pixels);
	for (int i = 0; i < PICTURE_SIZES; i++) {
		snprintf(edges[i], sizeof(edges[i]), "%u", PICTURE_EDGE[i]);
		argv[2 + i] = edges[i];
	}
	int rc = confined_run(argv, in, deadline, ANSWER_MAX, answer, &end);
	return rc ? not_started(arena, pictures, rc) : judge(arena, pictures, end.answered, end.status);
}

/* --- its answer --- */

static struct problem *store(const struct pictures *pictures, struct arena *arena, const unsigned char *bytes,
	size_t size, struct stored_file *out)
{
	struct file_sink *sink;
	struct problem *problem =
		files_sink_open(pictures->files, arena, "image/jpeg", FILE_BIT(FILE_JPEG), ANSWER_MAX, &sink);
	if (problem)
		return problem;
	problem = files_append(sink, arena, bytes, size);
	if (!problem)
		return files_commit(sink, arena, out);
	files_abort(sink);
	return problem;
}

static struct problem *unpack(const struct pictures *pictures, struct arena *arena, const struct buf *answer,
                              struct picture *out)
{
	struct confined_answer r = confined_answer(answer);
	const unsigned char *magic = confined_take(&r, 4);
	if (!magic || memcmp(magic, PICTURE_MAGIC, 4) != 0)
		return problem_new(arena, &PROBLEM_PICTURE);
	out->width = confined_number(&r, 0);
	out->height = confined_number(&r, 0);
	for (int i = 0; i < PICTURE_SIZES; i++) {
		struct picture_size *size = &out->sizes[i];
		size->width = confined_number(&r, 0);
		size->height = confined_number(&r, 0);
		size_t length = confined_number(&r, 0);
		const unsigned char *bytes = confined_take(&r, length);
		struct problem *problem = bytes && size->width <= PICTURE_EDGE[i] && size->height <= PICTURE_EDGE[i]
			? store(pictures, arena, bytes, length, &size->file) : problem_new(arena, &PROBLEM_PICTURE);
		if (problem)
			return problem;
	}
	return NULL;
}

struct problem *picture_make(struct pictures *pictures, struct arena *arena, const char *name, struct picture *out)
{
	int64_t deadline = confined_now() + pictures->deadline_ms;
	struct buf answer;
	*out = (struct picture){0};
	int in = files_read(pictures->files, name, NULL);
	if (in < 0)
		return problem_new(arena, &PROBLEM_NOT_FOUND);
	if (!turns_take(&pictures->turns, pictures->deadline_ms)) {
		close(in);
		return problem_new(arena, &PROBLEM_UNAVAILABLE);
	}
	buf_init(&answer);
	struct problem *problem = run(pictures, arena, in, deadline, &answer);
	turns_give(&pictures->turns);
	close(in);
	if (!problem)
		problem = unpack(pictures, arena, &answer, out);
	buf_finish(&answer);
	return problem;
}
