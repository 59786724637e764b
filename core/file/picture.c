#include "core/file/picture.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/diag.h"
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

static int64_t now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* --- the process --- */

/* Nothing of ours goes along: no descriptor but the two, no environment, no blocked or ignored signals. */
static int spawn(const struct pictures *pictures, int in, int out, pid_t *pid)
{
	char pixels[24], edges[PICTURE_SIZES][12], *argv[PICTURE_SIZES + 3] = {pictures->helper, pixels};
	char *environment[] = {NULL};
	sigset_t all, none;
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	snprintf(pixels, sizeof(pixels), "%lld", (long long)pictures->pixels);
	for (int i = 0; i < PICTURE_SIZES; i++) {
		snprintf(edges[i], sizeof(edges[i]), "%u", PICTURE_EDGE[i]);
		argv[2 + i] = edges[i];
	}
	sigfillset(&all);
	sigemptyset(&none);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, in, 0);
	posix_spawn_file_actions_adddup2(&actions, out, 1);
	posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_addclosefrom_np(&actions, 3);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setsigdefault(&attributes, &all);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
	int rc = posix_spawn(pid, pictures->helper, &actions, &attributes, argv, environment);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	return rc;
}

/* Until the process closes its output; false when the deadline came first, or it says more than it may. */
static bool read_answer(int fd, int64_t deadline, struct buf *answer)
{
	char piece[65536];
	for (;;) {
		int64_t left = deadline - now_ms();
		struct pollfd ready = {.fd = fd, .events = POLLIN};
		int n = left > 0 ? poll(&ready, 1, (int)left) : 0;
		if (n < 0 && errno == EINTR)
			continue;
		ssize_t size = n > 0 ? read(fd, piece, sizeof(piece)) : -1;
		if (size <= 0)
			return size == 0;
		buf_add(answer, piece, (size_t)size);
		if (answer->len > ANSWER_MAX)
			return false;
	}
}

static int wait_for(pid_t pid)
{
	int status = 0;
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

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
	int ends[2];
	pid_t pid;
	if (pipe2(ends, O_CLOEXEC) != 0)
		return not_started(arena, pictures, errno);
	int rc = spawn(pictures, in, ends[1], &pid);
	close(ends[1]);
	if (rc != 0) {
		close(ends[0]);
		return not_started(arena, pictures, rc);
	}
	bool answered = read_answer(ends[0], deadline, answer);
	close(ends[0]);
	if (!answered)
		kill(pid, SIGKILL);
	return judge(arena, pictures, answered, wait_for(pid));
}

/* --- its answer --- */

/* What the process says is input like any other: a broken picture may have taken it over. */
struct reader {
	const unsigned char *at;
	size_t left;
	bool bad;
};

static const unsigned char *take(struct reader *r, size_t size)
{
	const unsigned char *at = r->at;
	if (r->bad || r->left < size) {
		r->bad = true;
		return NULL;
	}
	r->at += size;
	r->left -= size;
	return at;
}

static unsigned take_number(struct reader *r)
{
	const unsigned char *at = take(r, 4);
	return at ? (unsigned)at[0] << 24 | (unsigned)at[1] << 16 | (unsigned)at[2] << 8 | at[3] : 0;
}

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
	struct reader r = {(const unsigned char *)answer->data, answer->len, false};
	const unsigned char *magic = take(&r, 4);
	if (!magic || memcmp(magic, PICTURE_MAGIC, 4) != 0)
		return problem_new(arena, &PROBLEM_PICTURE);
	out->width = take_number(&r);
	out->height = take_number(&r);
	for (int i = 0; i < PICTURE_SIZES; i++) {
		struct picture_size *size = &out->sizes[i];
		size->width = take_number(&r);
		size->height = take_number(&r);
		size_t length = take_number(&r);
		const unsigned char *bytes = take(&r, length);
		struct problem *problem = bytes && size->width <= PICTURE_EDGE[i] && size->height <= PICTURE_EDGE[i]
			? store(pictures, arena, bytes, length, &size->file) : problem_new(arena, &PROBLEM_PICTURE);
		if (problem)
			return problem;
	}
	return NULL;
}

struct problem *picture_make(struct pictures *pictures, struct arena *arena, const char *name, struct picture *out)
{
	int64_t deadline = now_ms() + pictures->deadline_ms;
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
