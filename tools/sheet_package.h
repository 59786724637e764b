/* sheet_package: an OPC package in memory, read entry by entry within bounds. */
#ifndef QILIAN_TOOLS_SHEET_PACKAGE_H
#define QILIAN_TOOLS_SHEET_PACKAGE_H

#include <stddef.h>
#include <stdint.h>

struct zip;

enum {
	PACKAGE_ENTRIES = 2000,
	PACKAGE_ENTRY_MAX = 64 << 20, /* bytes unpacked, of one and of all that are read */
	PACKAGE_RATIO = 200,          /* of what is larger than a megabyte */
};

struct package {
	struct zip *zip;
	uint64_t unpacked;
};

/* A code of core/office/sheet_wire.h; bytes must stay. */
int package_open(struct package *package, const void *bytes, size_t size);
void package_close(struct package *package);
/* malloc'd, NUL-terminated; *out NULL where there is no such entry. name: without a leading '/'. */
int package_read(struct package *package, const char *name, char **out, size_t *size);

#endif
