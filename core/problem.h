/* problem: why something could not be done, in words for the person who asked (RFC 9457).
 *
 * kind    a stable code with its HTTP status and its sentences in Chinese and English; declared as a
 *         const next to the code that raises it, the general ones here
 * field   where in the input the fault is, as a JSON pointer ("/uscc", "/sources/0/reason")
 *
 * A fallible function returns a `struct problem *`: NULL when all went well. To add a kind: a
 * `const struct problem_kind` in the file that raises it, its code in lower-case-with-hyphens.
 */
#ifndef QILIAN_CORE_PROBLEM_H
#define QILIAN_CORE_PROBLEM_H

#include "core/arena.h"
#include "core/attributes.h"

struct problem_kind {
	const char *code; /* stable, part of the API: "uscc-check-digit" */
	int status;       /* HTTP status */
	const char *zh;   /* what is wrong and what to do */
	const char *en;
};

struct problem_field {
	struct problem_field *next;
	const char *pointer; /* JSON pointer */
	const char *code;
	const char *zh;
	const char *en;
};

struct problem {
	const struct problem_kind *kind;
	const char *zh; /* kind->zh unless problem_detail() said more */
	const char *en;
	struct problem_field *fields; /* in the order they were found */
	struct problem_field *last;   /* somewhere near their end: where adding another begins to look for it */
	int retry_after;              /* seconds; 0 for none */
	const char *extra_key;        /* one extension member, or NULL */
	const char *extra_value;
};

struct problem *problem_new(struct arena *arena, const struct problem_kind *kind) NONNULL RETURNS_NONNULL;
/* The same with sentences of its own (arena_printf() makes them; they are not copied). */
struct problem *problem_detail(struct arena *arena, const struct problem_kind *kind, const char *zh, const char *en)
	NONNULL RETURNS_NONNULL;
/* Of a file that could not be written, by its errno: PROBLEM_STORAGE_FULL where the disk, a quota or a limit is full,
 * else PROBLEM_UNAVAILABLE. */
struct problem *problem_of_disk(struct arena *arena, int reason) NONNULL RETURNS_NONNULL;
/* Adds a fault at a field; the first one creates the problem: problem_add_field(arena, NULL, …). */
struct problem *problem_add_field(struct arena *arena, struct problem *OR_NULL problem, const char *pointer,
	const char *code, const char *zh, const char *en) NONNULL_AT(1, 3, 4, 5, 6) RETURNS_NONNULL;

extern const struct problem_kind PROBLEM_INVALID;        /* 422, with fields */
extern const struct problem_kind PROBLEM_MALFORMED;      /* 400 */
extern const struct problem_kind PROBLEM_SIGN_IN;        /* 401 */
extern const struct problem_kind PROBLEM_FORBIDDEN;      /* 403 */
extern const struct problem_kind PROBLEM_NOT_FOUND;      /* 404, also for what the caller may not see */
extern const struct problem_kind PROBLEM_METHOD;         /* 405 */
extern const struct problem_kind PROBLEM_CONFLICT;       /* 409, the state does not allow it */
extern const struct problem_kind PROBLEM_STALE;          /* 412, If-Match differs */
extern const struct problem_kind PROBLEM_PRECONDITION;   /* 428, If-Match is missing */
extern const struct problem_kind PROBLEM_TOO_LARGE;      /* 413 */
extern const struct problem_kind PROBLEM_MEDIA_TYPE;     /* 415 */
extern const struct problem_kind PROBLEM_KEY_REUSED;     /* 422, Idempotency-Key with another body */
extern const struct problem_kind PROBLEM_RATE;           /* 429 */
extern const struct problem_kind PROBLEM_INTERNAL;       /* 500, the cause is in the diagnostics */
extern const struct problem_kind PROBLEM_UNAVAILABLE;    /* 503, the database is away */
extern const struct problem_kind PROBLEM_STORAGE_FULL;   /* 507, the database or the disk has no room left; nothing was
							    stored */

#if defined(__clang_analyzer__) && !defined(PROBLEM_ITSELF)
#define problem_new(...) BELIEVED(problem_new(__VA_ARGS__))
#define problem_detail(...) BELIEVED(problem_detail(__VA_ARGS__))
#define problem_add_field(...) BELIEVED(problem_add_field(__VA_ARGS__))
#define problem_of_disk(...) BELIEVED(problem_of_disk(__VA_ARGS__))
#endif

#endif
