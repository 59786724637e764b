/* files: a store of uploaded files, named by the SHA-256 of their content.
 *
 * The folder may be mounted by several servers. A file is there, whole and durable, before files_commit() returns, so
 * that the COMMIT that mentions it can follow. The same content is stored once. Nothing is reached by hash from
 * outside: a record refers to the name, and who may see the record may see the file.
 *
 * name      64 lower-case hexadecimal digits
 * declared  the media type that the uploader claims; the first bytes must agree
 * sink      an upload under way, used by one thread at a time (a loop thread appends, a worker commits)
 */
#ifndef QILIAN_CORE_FILE_FILES_H
#define QILIAN_CORE_FILE_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/attributes.h"
#include "core/problem.h"

struct arena;

enum file_kind {
	FILE_OTHER, /* nothing we know */
	FILE_JPEG,
	FILE_PNG,
	FILE_GIF,
	FILE_WEBP,
	FILE_PDF,
	FILE_OFD, /* GB/T 33190 */
	FILE_DOCX,
	FILE_XLSX,
	FILE_ZIP,
	FILE_RAR,
	FILE_CSV,
	FILE_TEXT,
};
enum { FILE_KINDS = FILE_TEXT + 1, FILE_NAME = 64 };

/* Sets of kinds. */
#define FILE_BIT(kind) (1u << (kind))
#define FILE_PICTURES (FILE_BIT(FILE_JPEG) | FILE_BIT(FILE_PNG) | FILE_BIT(FILE_GIF) | FILE_BIT(FILE_WEBP))
#define FILE_DOCUMENTS (FILE_BIT(FILE_PDF) | FILE_BIT(FILE_OFD) | FILE_BIT(FILE_DOCX) | FILE_BIT(FILE_XLSX))

const char *file_kind_media_type(enum file_kind kind) RETURNS_NONNULL; /* "image/jpeg" */
const char *file_kind_name(enum file_kind kind) RETURNS_NONNULL;       /* "JPEG", for people */
const char *file_kind_extension(enum file_kind kind) RETURNS_NONNULL;  /* "jpg" */
/* What a file of that media type may be, a set: browsers call an .xlsx what they find for it in the system. Parameters
 * behind `;` and the case are ignored. 0 for what we do not know. */
unsigned file_kinds_of_media_type(const char *media_type) NONNULL;

struct stored_file {
	char name[FILE_NAME + 1];
	int64_t size;
	enum file_kind kind;
};

extern const struct problem_kind PROBLEM_FILE_TYPE;  /* 415, not what it claims to be, or a kind not allowed here */
extern const struct problem_kind PROBLEM_FILE_EMPTY; /* 422 */
/* and PROBLEM_TOO_LARGE, PROBLEM_STORAGE_FULL, and PROBLEM_UNAVAILABLE when the disk is failing */

struct files;
/* Makes the folder if it is missing. One per process, shared by all threads. */
struct problem *files_open(struct arena *arena, const char *folder, struct files **out) NONNULL MUST_CHECK;
void files_close(struct files *OR_NULL files);

struct file_sink;
/* allowed: set of kinds; declared: the client's media type, NULL where it claims nothing. */
struct problem *files_sink_open(struct files *files, struct arena *arena, const char *OR_NULL declared,
	unsigned allowed, int64_t max_bytes, struct file_sink **out) NONNULL_AT(1, 2, 6) MUST_CHECK;
/* After a problem the sink can only be aborted. Writes to the page cache, never syncs. */
struct problem *files_append(struct file_sink *sink, struct arena *arena, const void *bytes, size_t size) NONNULL
	MUST_CHECK;
/* Checks, syncs and names it; the sink is gone, whatever the result. Waits for the disk: never on a loop thread. */
struct problem *files_commit(struct file_sink *sink, struct arena *arena, struct stored_file *out) NONNULL MUST_CHECK;
/* Accepts NULL. */
void files_abort(struct file_sink *OR_NULL sink);

/* The folder for uploads that the HTTP server spools itself; on the same file system. */
const char *files_spool(const struct files *files) NONNULL RETURNS_NONNULL;
/* Takes over a file of the spool folder that nobody writes any more: hashes, checks, syncs and names it. It leaves the
 * spool folder even when it is refused. Never on a loop thread. */
struct problem *files_adopt(struct files *files, struct arena *arena, const char *path, const char *OR_NULL declared,
	unsigned allowed, int64_t max_bytes, struct stored_file *out) NONNULL_AT(1, 2, 3, 7) MUST_CHECK;

/* NULL for what is no name. The file need not exist. */
char *OR_NULL files_path(const struct files *files, struct arena *arena, const char *OR_NULL name) NONNULL_AT(1, 2);
/* Opens for reading; -1 when there is no such file. size may be NULL. */
int files_read(const struct files *files, const char *OR_NULL name, int64_t *OR_NULL size) NONNULL_AT(1);
/* Whether the content still has its hash. */
bool files_verify(const struct files *files, const char *name) NONNULL;

struct files_swept {
	unsigned kept;
	unsigned removed;
	unsigned abandoned; /* uploads that never came to an end */
};
/* Removes what is older than grace_s seconds and not referenced. A commit of the same content while this runs keeps it:
 * the grace must be longer than the time from files_commit() to the COMMIT that mentions the file (a day is). */
struct problem *files_sweep(struct files *files, struct arena *arena, int64_t grace_s,
	bool (*referenced)(void *arg, const char *name), void *OR_NULL arg, struct files_swept *out)
	NONNULL_AT(1, 2, 4, 6) MUST_CHECK;

#endif
