/* file_kind: what a file is by its content. Inside core/file/files.c only; see files.h for the kinds. */
#ifndef QILIAN_CORE_FILE_FILE_KIND_H
#define QILIAN_CORE_FILE_FILE_KIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/attributes.h"
#include "core/file/files.h"

enum { FILE_HEAD = 16 };

/* Fed with all bytes in order. */
struct file_look {
	unsigned char head[FILE_HEAD];
	size_t head_len;
	bool control; /* a byte that no text holds was seen */
};

void file_look_at(struct file_look *look, const void *bytes, size_t size) NONNULL;
/* fd: the whole file, to read the directory of a ZIP. Archives that cannot be read are FILE_OTHER; Word and Excel files
 * with macros are plain ZIPs. */
enum file_kind file_look_kind(const struct file_look *look, int fd, int64_t size) NONNULL;

#endif
