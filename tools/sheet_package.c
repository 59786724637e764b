#include "tools/sheet_package.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <zip.h>

#include "core/office/sheet_wire.h"

/* What would run if a person opened it, and what hides the rest. */
static int look_at_entry(struct package *package, zip_uint64_t i)
{
	zip_stat_t stat;
	if (zip_stat_index(package->zip, i, 0, &stat) != 0 || !(stat.valid & ZIP_STAT_NAME))
		return SHEET_BROKEN;
	if ((stat.valid & ZIP_STAT_ENCRYPTION_METHOD) && stat.encryption_method != ZIP_EM_NONE)
		return SHEET_ENCRYPTED;
	const char *slash = strrchr(stat.name, '/'), *last = slash ? slash + 1 : stat.name;
	return strncasecmp(last, "vbaProject", 10) == 0 ? SHEET_MACROS : SHEET_DONE;
}

int package_open(struct package *package, const void *bytes, size_t size)
{
	zip_error_t error;
	zip_source_t *source = zip_source_buffer_create(bytes, size, 0, &error);
	*package = (struct package){source ? zip_open_from_source(source, ZIP_RDONLY, &error) : NULL, 0};
	if (!package->zip) {
		if (source)
			zip_source_free(source);
		return SHEET_BROKEN;
	}
	zip_int64_t entries = zip_get_num_entries(package->zip, 0);
	if (entries < 1)
		return SHEET_BROKEN;
	if (entries > PACKAGE_ENTRIES)
		return SHEET_TOO_LARGE;
	for (zip_int64_t i = 0; i < entries; i++) {
		int code = look_at_entry(package, (zip_uint64_t)i);
		if (code)
			return code;
	}
	return SHEET_DONE;
}

void package_close(struct package *package)
{
	if (package->zip)
		zip_discard(package->zip);
	package->zip = NULL;
}

/* What an entry says of its size is a claim: it is read one byte beyond. */
static int read_entry(struct package *package, zip_uint64_t index, const zip_stat_t *stat, char **out, size_t *size)
{
	zip_file_t *file = zip_fopen_index(package->zip, index, 0);
	char *bytes = file ? malloc(stat->size + 2) : NULL;
	zip_int64_t n = bytes ? 1 : -1;
	size_t len = 0;
	while (n > 0 && len <= stat->size) {
		n = zip_fread(file, bytes + len, stat->size + 1 - len);
		len += n > 0 ? (size_t)n : 0;
	}
	if (file)
		zip_fclose(file);
	if (n < 0 || len != stat->size) {
		free(bytes);
		return SHEET_BROKEN;
	}
	bytes[len] = '\0';
	package->unpacked += len;
	*out = bytes;
	*size = len;
	return SHEET_DONE;
}

int package_read(struct package *package, const char *name, char **out, size_t *size)
{
	zip_stat_t stat;
	*out = NULL;
	*size = 0;
	zip_int64_t index = zip_name_locate(package->zip, name, ZIP_FL_NOCASE);
	if (index < 0)
		return SHEET_DONE;
	if (zip_stat_index(package->zip, (zip_uint64_t)index, 0, &stat) != 0 || !(stat.valid & ZIP_STAT_SIZE) ||
		!(stat.valid & ZIP_STAT_COMP_SIZE))
		return SHEET_BROKEN;
	bool dense = stat.size > 1 << 20 && stat.size / PACKAGE_RATIO > stat.comp_size;
	if (stat.size > PACKAGE_ENTRY_MAX || package->unpacked + stat.size > PACKAGE_ENTRY_MAX || dense)
		return SHEET_TOO_LARGE;
	return read_entry(package, (zip_uint64_t)index, &stat, out, size);
}
