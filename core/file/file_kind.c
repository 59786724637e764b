#include "core/file/file_kind.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

struct kind {
	const char *media_type;
	const char *name;
	const char *extension;
};

static const struct kind KINDS[FILE_KINDS] = {
	[FILE_OTHER] = {"application/octet-stream", "未知格式", "bin"},
	[FILE_JPEG] = {"image/jpeg", "JPEG", "jpg"},
	[FILE_PNG] = {"image/png", "PNG", "png"},
	[FILE_GIF] = {"image/gif", "GIF", "gif"},
	[FILE_WEBP] = {"image/webp", "WebP", "webp"},
	[FILE_PDF] = {"application/pdf", "PDF", "pdf"},
	[FILE_OFD] = {"application/ofd", "OFD", "ofd"},
	[FILE_DOCX] = {"application/vnd.openxmlformats-officedocument.wordprocessingml.document", "DOCX", "docx"},
	[FILE_XLSX] = {"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "XLSX", "xlsx"},
	[FILE_ZIP] = {"application/zip", "ZIP", "zip"},
	[FILE_RAR] = {"application/vnd.rar", "RAR", "rar"},
	[FILE_CSV] = {"text/csv", "CSV", "csv"},
	[FILE_TEXT] = {"text/plain", "TXT", "txt"},
};

#define ZIPPED (FILE_BIT(FILE_ZIP) | FILE_BIT(FILE_DOCX) | FILE_BIT(FILE_XLSX) | FILE_BIT(FILE_OFD))

/* What is sent instead, and what else a type is used for. Windows names what a program opens after the program; what
 * knows no OFD sees a ZIP. */
static const struct {
	const char *media_type;
	unsigned kinds;
} ALIASES[] = {
	{"image/jpg", FILE_BIT(FILE_JPEG)},
	{"image/pjpeg", FILE_BIT(FILE_JPEG)},
	{"image/x-png", FILE_BIT(FILE_PNG)},
	{"application/x-pdf", FILE_BIT(FILE_PDF)},
	{"application/zip", ZIPPED},
	{"application/x-zip", ZIPPED},
	{"application/x-zip-compressed", ZIPPED},
	{"application/x-rar-compressed", FILE_BIT(FILE_RAR)},
	{"application/x-rar", FILE_BIT(FILE_RAR)},
	{"application/vnd.ofd", FILE_BIT(FILE_OFD)},
	{"application/x-ofd", FILE_BIT(FILE_OFD)},
	{"application/msword", FILE_BIT(FILE_DOCX)},
	{"application/vnd.ms-excel", FILE_BIT(FILE_CSV) | FILE_BIT(FILE_XLSX)},
	{"application/msexcel", FILE_BIT(FILE_CSV) | FILE_BIT(FILE_XLSX)},
	{"application/csv", FILE_BIT(FILE_CSV)},
	{"text/comma-separated-values", FILE_BIT(FILE_CSV)},
	{"text/plain", FILE_BIT(FILE_TEXT) | FILE_BIT(FILE_CSV)},
};

const char *file_kind_media_type(enum file_kind kind)
{
	return KINDS[kind].media_type;
}

const char *file_kind_name(enum file_kind kind)
{
	return KINDS[kind].name;
}

const char *file_kind_extension(enum file_kind kind)
{
	return KINDS[kind].extension;
}

static bool same_type(const char *known, const char *given, size_t len)
{
	return strlen(known) == len && strncasecmp(known, given, len) == 0;
}

unsigned file_kinds_of_media_type(const char *media_type)
{
	size_t len = strcspn(media_type, "; \t");
	for (size_t i = 0; i < sizeof(ALIASES) / sizeof(ALIASES[0]); i++)
		if (same_type(ALIASES[i].media_type, media_type, len))
			return ALIASES[i].kinds;
	for (int kind = FILE_OTHER + 1; kind < FILE_KINDS; kind++)
		if (same_type(KINDS[kind].media_type, media_type, len))
			return FILE_BIT(kind);
	return 0;
}

/* --- by content --- */

void file_look_at(struct file_look *look, const void *bytes, size_t size)
{
	const unsigned char *at = bytes;
	for (size_t i = 0; i < size && look->head_len < FILE_HEAD; i++)
		look->head[look->head_len++] = at[i];
	for (size_t i = 0; i < size && !look->control; i++)
		look->control = (at[i] < 0x20 && at[i] != '\t' && at[i] != '\n' && at[i] != '\r' && at[i] != '\f') ||
			at[i] == 0x7f;
}

struct magic {
	const char *bytes;
	size_t len;
	enum file_kind kind;
};

#define MAGIC(bytes, kind) {bytes, sizeof(bytes) - 1, kind}

static const struct magic MAGICS[] = {
	MAGIC("\xff\xd8\xff", FILE_JPEG),
	MAGIC("\x89PNG\r\n\x1a\n", FILE_PNG),
	MAGIC("GIF87a", FILE_GIF),
	MAGIC("GIF89a", FILE_GIF),
	MAGIC("%PDF-", FILE_PDF),
	MAGIC("PK\x03\x04", FILE_ZIP),
	MAGIC("Rar!\x1a\x07\x00", FILE_RAR),
	MAGIC("Rar!\x1a\x07\x01\x00", FILE_RAR),
};

static enum file_kind by_magic(const struct file_look *look)
{
	for (size_t i = 0; i < sizeof(MAGICS) / sizeof(MAGICS[0]); i++)
		if (look->head_len >= MAGICS[i].len && memcmp(look->head, MAGICS[i].bytes, MAGICS[i].len) == 0)
			return MAGICS[i].kind;
	if (look->head_len >= 12 && memcmp(look->head, "RIFF", 4) == 0 && memcmp(look->head + 8, "WEBP", 4) == 0)
		return FILE_WEBP;
	return FILE_OTHER;
}

/* --- the directory of a ZIP (APPNOTE 4.3.12, 4.3.16) --- */

enum { END_SIZE = 22, END_COMMENT = 65535, ENTRY_SIZE = 46, DIRECTORY_MAX = 4 << 20 };

static uint32_t u16(const unsigned char *at)
{
	return at[0] | (uint32_t)at[1] << 8;
}

static uint32_t u32(const unsigned char *at)
{
	return u16(at) | u16(at + 2) << 16;
}

/* malloc'd, or NULL. */
static unsigned char *read_at(int fd, int64_t offset, size_t size)
{
	unsigned char *bytes = malloc(size ? size : 1);
	size_t have = 0;
	while (bytes && have < size) {
		ssize_t n = pread(fd, bytes + have, size - have, offset + (int64_t)have);
		if (n <= 0) {
			free(bytes);
			return NULL;
		}
		have += (size_t)n;
	}
	return bytes;
}

static bool find_directory(int fd, int64_t size, uint32_t *offset, uint32_t *length)
{
	size_t tail = size < END_SIZE + END_COMMENT ? (size_t)size : END_SIZE + END_COMMENT;
	unsigned char *bytes = tail >= END_SIZE ? read_at(fd, size - (int64_t)tail, tail) : NULL;
	bool found = false;
	for (size_t at = tail - END_SIZE + 1; bytes && !found && at-- > 0;) {
		if (memcmp(bytes + at, "PK\x05\x06", 4) != 0 || at + END_SIZE + u16(bytes + at + 20) != tail)
			continue;
		*length = u32(bytes + at + 12);
		*offset = u32(bytes + at + 16);
		found = true;
	}
	free(bytes);
	return found;
}

struct contents {
	bool types, word, excel, ofd, macros;
};

static bool name_is(const unsigned char *name, size_t len, const char *text)
{
	return len == strlen(text) && memcmp(name, text, len) == 0;
}

static bool name_begins(const unsigned char *name, size_t len, const char *text)
{
	return len >= strlen(text) && memcmp(name, text, strlen(text)) == 0;
}

static bool name_ends(const unsigned char *name, size_t len, const char *text)
{
	return len >= strlen(text) && memcmp(name + len - strlen(text), text, strlen(text)) == 0;
}

static void note(struct contents *c, const unsigned char *name, size_t len)
{
	c->types |= name_is(name, len, "[Content_Types].xml");
	c->ofd |= name_is(name, len, "OFD.xml");
	c->word |= name_begins(name, len, "word/");
	c->excel |= name_begins(name, len, "xl/");
	c->macros |= name_ends(name, len, "vbaProject.bin");
}

static bool read_entries(const unsigned char *at, size_t left, struct contents *c)
{
	while (left > 0) {
		if (left < ENTRY_SIZE || memcmp(at, "PK\x01\x02", 4) != 0)
			return false;
		size_t name = u16(at + 28), entry = ENTRY_SIZE + name + u16(at + 30) + u16(at + 32);
		if (entry > left)
			return false;
		note(c, at + ENTRY_SIZE, name);
		at += entry;
		left -= entry;
	}
	return true;
}

static enum file_kind zip_kind(int fd, int64_t size)
{
	uint32_t offset, length;
	struct contents c = {0};
	if (!find_directory(fd, size, &offset, &length))
		return FILE_OTHER;
	if (offset == UINT32_MAX)
		return FILE_ZIP; /* ZIP64: large archives, never documents */
	if ((int64_t)offset + length > size || length > DIRECTORY_MAX)
		return FILE_OTHER;
	unsigned char *bytes = read_at(fd, offset, length);
	bool read = bytes && read_entries(bytes, length, &c);
	free(bytes);
	if (!read)
		return FILE_OTHER;
	if (c.types && !c.macros && (c.word || c.excel))
		return c.word ? FILE_DOCX : FILE_XLSX;
	return c.ofd ? FILE_OFD : FILE_ZIP;
}

enum file_kind file_look_kind(const struct file_look *look, int fd, int64_t size)
{
	enum file_kind kind = by_magic(look);
	if (kind == FILE_ZIP)
		return zip_kind(fd, size);
	return kind == FILE_OTHER && !look->control ? FILE_TEXT : kind;
}
