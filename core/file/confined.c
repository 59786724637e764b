#include "core/file/confined.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/buf.h"

int64_t confined_now(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Nothing of ours goes along: no descriptor but the two, no environment, no blocked or ignored signals. */
static int spawn(char *const argv[], int in, int out, pid_t *pid)
{
	char *environment[] = {NULL};
	sigset_t all, none;
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
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
	int rc = posix_spawn(pid, argv[0], &actions, &attributes, argv, environment);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	return rc;
}

/* Until the process closes its output; false when the deadline came first, or it says more than it may. */
static bool read_answer(int fd, int64_t deadline, size_t most, struct buf *answer)
{
	char piece[65536];
	for (;;) {
		int64_t left = deadline - confined_now();
		struct pollfd ready = {.fd = fd, .events = POLLIN};
		int n = left > 0 ? poll(&ready, 1, (int)left) : 0;
		if (n < 0 && errno == EINTR)
			continue;
		ssize_t size = n > 0 ? read(fd, piece, sizeof piece) : -1;
		if (size <= 0)
			return size == 0;
		buf_add(answer, piece, (size_t)size);
		if (answer->len > most)
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

int confined_run(char *const argv[], int in, int64_t deadline, size_t answer_max, struct buf *answer,
	struct confined_end *end)
{
	int ends[2];
	pid_t pid;
	if (pipe2(ends, O_CLOEXEC) != 0)
		return errno;
	int rc = spawn(argv, in, ends[1], &pid);
	close(ends[1]);
	if (rc != 0) {
		close(ends[0]);
		return rc;
	}
	end->answered = read_answer(ends[0], deadline, answer_max, answer);
	close(ends[0]);
	if (!end->answered)
		kill(pid, SIGKILL);
	end->status = wait_for(pid);
	return 0;
}

struct confined_answer confined_answer(const struct buf *answer)
{
	return (struct confined_answer){(const unsigned char *)answer->data, answer->len, false};
}

const unsigned char *confined_take(struct confined_answer *answer, size_t size)
{
	const unsigned char *at = answer->at;
	if (answer->bad || answer->left < size) {
		answer->bad = true;
		return NULL;
	}
	answer->at += size;
	answer->left -= size;
	return at;
}

uint32_t confined_number(struct confined_answer *answer, uint32_t otherwise)
{
	const unsigned char *at = confined_take(answer, 4);
	return at ? (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3] : otherwise;
}
