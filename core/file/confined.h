/* confined: a program of ours that works on a stranger's file, and can do nothing else (tools/confine.h). It gets the
 * file as its standard input, and an answer is read from its standard output until it ends or its time is up. */
#ifndef QILIAN_CORE_FILE_CONFINED_H
#define QILIAN_CORE_FILE_CONFINED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;

/* Milliseconds of CLOCK_MONOTONIC. */
int64_t confined_now(void);

struct confined_end {
	bool answered; /* whole, in time, and no longer than it may be; else it was killed */
	int status;    /* as wait() has it */
};

/* argv[0]: its path; in: the file, from its beginning; deadline: by confined_now(). 0, or errno where it could not be
 * started. */
int confined_run(char *const argv[], int in, int64_t deadline, size_t answer_max, struct buf *answer,
	struct confined_end *end);

#endif
