#include "core/office/sheet_read.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/diag.h"
#include "core/file/confined.h"
#include "core/office/sheet_wire.h"
#include "core/utf8.h"

enum { DEADLINE_MS = 15000, ANSWER_MAX = 64 << 20, COLUMNS_MAX = 200 };

bool sheet_is_xlsx(const char *bytes, size_t size)
{
	return size > 4 && memcmp(bytes, "PK\3\4", 4) == 0;
}

/* A compound file (MS-CFB): the old .xls, or an .xlsx with a password. */
static bool is_compound(const char *bytes, size_t size)
{
	return size > 8 && memcmp(bytes, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8) == 0;
}

/* ---- Refusals ---- */

static struct problem *too_many(struct arena *arena, size_t most, const char *zh, const char *en)
{
	return problem_detail(arena, &PROBLEM_TOO_LARGE, arena_printf(arena, "最多 %zu %s。", most, zh),
		arena_printf(arena, "%zu %s at most.", most, en));
}

static struct problem *refuse(struct arena *arena, int code, size_t max_rows)
{
	switch (code) {
	case SHEET_TOO_LARGE:
		return problem_detail(arena, &PROBLEM_TOO_LARGE,
			"表格解压后过大，无法读取；请只保留需要的行和列，另存后再上传。",
			"The spreadsheet unpacks to more than may be read; keep the rows and columns that are needed, "
			"and save it anew.");
	case SHEET_ENCRYPTED:
		return problem_detail(arena, &PROBLEM_MALFORMED, "表格已加密，请取消密码后再上传。",
			"The spreadsheet is encrypted; take its password away first.");
	case SHEET_MACROS:
		return problem_detail(arena, &PROBLEM_MALFORMED,
			"表格含有宏，请另存为“Excel 工作簿（.xlsx）”后再上传。",
			"The spreadsheet holds macros; save it as an Excel workbook (.xlsx) first.");
	case SHEET_TOO_LONG: return too_many(arena, max_rows, "行", "rows");
	case SHEET_TOO_WIDE: return too_many(arena, COLUMNS_MAX, "列", "columns");
	default:
		return problem_detail(arena, &PROBLEM_MALFORMED,
			"表格已损坏，或不是 .xlsx 文件，请用 Excel 或 WPS 另存后再上传。",
			"The spreadsheet is damaged, or no .xlsx; save it anew with Excel or WPS.");
	}
}

/* Broken files are everyday; a process that had to be stopped is worth a look. */
static struct problem *judge(struct arena *arena, const char *helper, const struct confined_end *end, size_t max_rows)
{
	int code = WIFEXITED(end->status) ? WEXITSTATUS(end->status) : -1;
	if (end->answered && code == SHEET_DONE)
		return NULL;
	if (code < SHEET_TOO_LARGE || code > SHEET_TOO_WIDE) {
		diag_warn(NULL, "%s ended with status 0x%x", helper, (unsigned)end->status);
		code = end->answered ? SHEET_BROKEN : SHEET_TOO_LARGE;
	}
	return refuse(arena, code, max_rows);
}

/* ---- Its answer ---- */

struct reader {
	struct arena *arena;
	struct confined_answer answer;
};

static const char *take_text(struct reader *r)
{
	size_t len = confined_number(&r->answer, SHEET_END);
	const char *text = (const char *)confined_take(&r->answer, len);
	if (!text || !utf8_clean(text, len)) {
		r->answer.bad = true;
		return "";
	}
	char *copy = arena_alloc(r->arena, len + 1);
	memcpy(copy, text, len);
	copy[len] = '\0';
	return copy;
}

static void take_row(struct reader *r, uint32_t number, struct csv_row *row)
{
	size_t count = confined_number(&r->answer, SHEET_END);
	if (r->answer.bad || count > COLUMNS_MAX) {
		r->answer.bad = true;
		return;
	}
	const char **cells = ARENA_ARRAY(r->arena, const char *, count + 1);
	bool *lossy = NULL;
	for (size_t i = 0; i < count; i++) {
		const unsigned char *flags = confined_take(&r->answer, 1);
		if (flags && (*flags & SHEET_CELL_LOSSY)) {
			if (!lossy)
				lossy = ARENA_ARRAY(r->arena, bool, count);
			lossy[i] = true;
		}
		cells[i] = take_text(r);
	}
	*row = (struct csv_row){cells, count, number, lossy};
}

static struct problem *unpack(struct arena *arena, const struct buf *answer, size_t max_rows, struct csv *out)
{
	struct reader r = {arena, confined_answer(answer)};
	struct csv_row *rows = ARENA_ARRAY(arena, struct csv_row, max_rows + 1);
	const unsigned char *magic = confined_take(&r.answer, 4);
	size_t count = 0;
	r.answer.bad |= !magic || memcmp(magic, SHEET_MAGIC, 4) != 0;
	for (uint32_t number; !r.answer.bad && (number = confined_number(&r.answer, SHEET_END)) != SHEET_END; count++) {
		if (count == max_rows) {
			r.answer.bad = true;
			break;
		}
		take_row(&r, number, &rows[count]);
	}
	if (r.answer.bad)
		return refuse(arena, SHEET_BROKEN, max_rows);
	*out = (struct csv){rows, count, "Excel"};
	return NULL;
}

/* ---- The process ---- */

/* The bytes as a file without a name. */
static int as_file(const char *bytes, size_t size)
{
	int fd = memfd_create("sheet", MFD_CLOEXEC);
	for (size_t at = 0; fd >= 0 && at < size;) {
		ssize_t n = write(fd, bytes + at, size - at);
		if (n <= 0) {
			close(fd);
			return -1;
		}
		at += (size_t)n;
	}
	if (fd >= 0)
		lseek(fd, 0, SEEK_SET);
	return fd;
}

static struct problem *run(struct arena *arena, const char *helper, int in, size_t max_rows, struct buf *answer)
{
	char rows[24], columns[24], *argv[] = {arena_strdup(arena, helper), rows, columns, NULL};
	struct confined_end end;
	snprintf(rows, sizeof rows, "%zu", max_rows);
	snprintf(columns, sizeof columns, "%d", COLUMNS_MAX);
	int rc = confined_run(argv, in, confined_now() + DEADLINE_MS, ANSWER_MAX, answer, &end);
	if (!rc)
		return judge(arena, helper, &end, max_rows);
	diag_error(NULL, "cannot start %s: %s", helper, strerror(rc));
	return problem_new(arena, &PROBLEM_UNAVAILABLE);
}

static struct problem *read_xlsx(struct arena *arena, const char *helper, const char *bytes, size_t size,
	size_t max_rows, struct csv *out)
{
	struct buf answer;
	int in = as_file(bytes, size);
	if (in < 0)
		return problem_of_disk(arena, errno);
	buf_init(&answer);
	struct problem *problem = run(arena, helper, in, max_rows, &answer);
	close(in);
	if (!problem)
		problem = unpack(arena, &answer, max_rows, out);
	buf_finish(&answer);
	return problem;
}

struct problem *sheet_read(
	struct arena *arena, const char *helper, const char *bytes, size_t size, size_t max_rows, struct csv *out)
{
	if (is_compound(bytes, size))
		return problem_detail(arena, &PROBLEM_MALFORMED,
			"文件是旧版 .xls，或加了密码的表格，请取消密码并另存为“Excel 工作簿（.xlsx）”后再上传。",
			"The file is an old .xls, or has a password: take that away and save it as an Excel workbook "
			"(.xlsx).");
	if (sheet_is_xlsx(bytes, size))
		return read_xlsx(arena, helper, bytes, size, max_rows, out);
	return csv_read(arena, bytes, size, max_rows, out);
}
