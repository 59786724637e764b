/* confined: a program of ours that works on a stranger's file, and can do nothing else (tools/confine.h). It gets the
 * file as its standard input, and an answer is read from its standard output until it ends or its time is up. */
#ifndef QILIAN_CORE_FILE_CONFINED_H
#define QILIAN_CORE_FILE_CONFINED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/attributes.h"

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
	struct confined_end *end) NONNULL;

/* What it answered, read from the beginning. It is input like any other: the file may have taken the process over. */
struct confined_answer {
	const unsigned char *at;
	size_t left;
	bool bad; /* it ended too early; nothing more is taken */
};

struct confined_answer confined_answer(const struct buf *answer) NONNULL;
/* The next bytes, in the answer's memory; NULL where there are not so many. */
const unsigned char *OR_NULL confined_take(struct confined_answer *answer, size_t size) NONNULL;
/* A number of four bytes, the highest first; `otherwise` where there are not so many. */
uint32_t confined_number(struct confined_answer *answer, uint32_t otherwise) NONNULL;

#endif
