/* qilian-sheet: reads the rows of one spreadsheet, in a process that can do nothing else.
 *
 * Spreadsheets come from strangers, as ZIP files of XML: both have a history of bombs and holes. So the file is read
 * first; then this process gives up files, network, time and memory beyond a bound; then it looks inside. See
 * core/office/sheet_wire.h for what it is given and what it answers.
 */
#include <libxml/parser.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/office/sheet_wire.h"
#include "tools/confine.h"
#include "tools/sheet_parse.h"

enum { FILE_MAX = 32 << 20, MEMORY = 384 << 20, CPU_SECONDS = 10, COLUMNS_MOST = 16384 };

struct output {
	char bytes[65536];
	size_t len;
};

static void flush(struct output *out)
{
	for (size_t at = 0; at < out->len;) {
		ssize_t n = write(1, out->bytes + at, out->len - at);
		if (n <= 0)
			_exit(4);
		at += (size_t)n;
	}
	out->len = 0;
}

static void say(struct output *out, const void *bytes, size_t size)
{
	const char *at = bytes;
	while (size) {
		size_t room = sizeof out->bytes - out->len, piece = size < room ? size : room;
		memcpy(out->bytes + out->len, at, piece);
		out->len += piece;
		at += piece;
		size -= piece;
		if (out->len == sizeof out->bytes)
			flush(out);
	}
}

static void say_number(struct output *out, uint32_t value)
{
	unsigned char bytes[4] = {(unsigned char)(value >> 24), (unsigned char)(value >> 16),
		(unsigned char)(value >> 8), (unsigned char)value};
	say(out, bytes, sizeof bytes);
}

static void say_row(uint32_t number, const struct sheet_text *cells, size_t count, void *arg)
{
	struct output *out = arg;
	say_number(out, number);
	say_number(out, (uint32_t)count);
	for (size_t i = 0; i < count; i++) {
		unsigned char flags = cells[i].lossy ? SHEET_CELL_LOSSY : 0;
		size_t len = strlen(cells[i].text);
		say(out, &flags, 1);
		say_number(out, (uint32_t)len);
		say(out, cells[i].text, len);
	}
}

static char *read_input(size_t *size)
{
	char *bytes = malloc(FILE_MAX);
	ssize_t n = bytes ? 1 : -1;
	*size = 0;
	while (n > 0 && *size < FILE_MAX) {
		n = read(0, bytes + *size, FILE_MAX - *size);
		if (n > 0)
			*size += (size_t)n;
	}
	if (n < 0 || *size == FILE_MAX)
		_exit(n < 0 ? 2 : SHEET_TOO_LARGE);
	return bytes;
}

static void be_silent(void *arg, const char *format, ...)
{
}

int main(int argc, char **argv)
{
	static struct output out;
	size_t size;
	if (argc != 3)
		_exit(1);
	struct sheet_limits limits = {(unsigned)strtoul(argv[1], NULL, 10), (unsigned)strtoul(argv[2], NULL, 10)};
	if (!limits.rows || !limits.columns || limits.columns > COLUMNS_MOST)
		_exit(1);
	char *bytes = read_input(&size);
	/* What the library looks up of itself when it reads: entries have local times. */
	setenv("TZ", "", 1);
	tzset();
	xmlInitParser();
	xmlSetGenericErrorFunc(NULL, be_silent);
	confine(MEMORY, CPU_SECONDS);
	say(&out, SHEET_MAGIC, 4);
	int code = sheet_parse(bytes, size, &limits, say_row, &out);
	if (code)
		_exit(code);
	say_number(&out, SHEET_END);
	flush(&out);
	_exit(SHEET_DONE);
}
