/* Inviting a list: .xlsx or CSV as offices have it. All or nothing; with faults the same rows come back in the same
 * format with a column that names them, in .xlsx with the cells marked as well. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/buf.h"
#include "core/http/request.h"
#include "core/office/sheet.h"
#include "core/office/sheet_read.h"
#include "core/record/endpoint.h"
#include "core/record/export.h"
#include "core/text/csv.h"
#include "core/text/fold.h"
#include "core/text/json.h"
#include "core/text/zone.h"
#include "federation/entry/invitation.h"
#include "schema/records.gen.h"
#include "tenants/platform/post.h"
#include "tenants/platform/services.h"

enum { ROWS_MAX = 1000, BYTES_MAX = 4 << 20, RACES_MAX = 5 };
enum column { COL_USCC, COL_NAME, COL_CONTACT, COL_MOBILE, COL_EMAIL, COL_MESSAGE, COLUMNS };

enum { NAMES_MAX = 8, HEAD_WITHIN = 5 }; /* a title or a note may stand above the row of titles */

/* Folded, without spaces. The first two are what faults call the column. */
static const char *const heads[COLUMNS][NAMES_MAX] = {
	[COL_USCC] = {"统一社会信用代码", "uscc", "code", "社会信用代码", "统一信用代码", "信用代码",
		"unifiedsocialcreditcode"},
	[COL_NAME] = {"机构名称", "name", "企业名称", "单位名称", "名称", "organisation", "institution"},
	[COL_CONTACT] = {"联系人", "contact_name", "contact", "联系人姓名", "contactname"},
	[COL_MOBILE] = {"手机", "contact_mobile", "手机号", "手机号码", "联系人手机", "联系人手机号", "mobile",
		"contactmobile"},
	[COL_EMAIL] = {"邮箱", "contact_email", "email", "电子邮箱", "联系人邮箱", "e-mail", "contactemail"},
	[COL_MESSAGE] = {"附言", "message", "留言", "邀请附言"},
};

static const char *const FAULT_HEAD[] = {"问题", "fault"};
/* What each is called in the shape of one invitation. */
static const char *const names[COLUMNS] = {
	"uscc", "name", "contact_name", "contact_mobile", "contact_email", "message"};

struct list {
	struct csv csv;
	size_t head;                /* the row of titles */
	size_t width;               /* cells of the widest row */
	bool *marks;                /* of each column: an earlier file's faults, which are not sent back a second
				       time */
	int place[COLUMNS];         /* of each column in the file, -1 if it lacks it */
	struct invite_input *in;    /* of each row behind the head */
	const char **faults;        /* NULL where there is none */
	const char *(*marked)[COLUMNS]; /* the same by cell */
	bool xlsx;                  /* it came as, and goes back so */
	size_t fault_count;
	const char **invited;       /* what is said of a row that holds a valid invitation already, and gets no second;
				       else NULL */
	size_t invited_count;
	int64_t days;
	bool has_days;
	struct invitation_issued *issued;
};

static size_t rows_of(const struct list *list)
{
	return list->csv.count - list->head - 1;
}

/* Of a row behind the titles, as a spreadsheet numbers what comes back. */
static size_t number_of(const struct list *list, size_t i)
{
	return list->head + i + 2;
}

static struct problem *read_body(struct call *call, const char **bytes, size_t *size)
{
	struct buf *text = buf_in(call->arena);
	char chunk[16384];
	size_t n;
	if (!call->request->body_file) {
		*bytes = call->request->body;
		*size = call->request->body_len;
		return NULL;
	}
	FILE *file = fopen(call->request->body_file, "rbe");
	if (!file)
		return problem_new(call->arena, &PROBLEM_INTERNAL);
	while ((n = fread(chunk, 1, sizeof chunk, file)) > 0 && text->len <= BYTES_MAX)
		buf_add(text, chunk, n);
	fclose(file);
	*bytes = text->data;
	*size = text->len;
	return text->len > BYTES_MAX ? problem_new(call->arena, &PROBLEM_TOO_LARGE) : NULL;
}

/* A title as people decorate it, "*机构名称", "1. 机构名称（必填）", "手 机：", by the name alone. */
static const char *title_of(struct arena *arena, const char *text)
{
	char *folded = fold_text(arena, text), *name = folded, *to;
	name += strspn(name, "0123456789 ");
	if (name > folded && (*name == '.' || strncmp(name, "、", strlen("、")) == 0))
		name += *name == '.' ? 1 : strlen("、");
	else
		name = folded;
	name += strspn(name, " *#☆★");
	if (*name == '(' && strchr(name, ')'))
		name = strchr(name, ')') + 1;
	name[strcspn(name, "([:")] = '\0';
	char *bracket = strstr(name, "【");
	if (bracket)
		*bracket = '\0';
	for (char *from = to = name; ; from++) {
		if (!strchr(" *#", *from) || !*from)
			*to++ = *from;
		if (!*from)
			return name;
	}
}

static int column_of(struct arena *arena, const char *cell)
{
	const char *title = title_of(arena, cell);
	for (int column = 0; column < COLUMNS; column++)
		for (int name = 0; name < NAMES_MAX && heads[column][name]; name++)
			if (!strcmp(title, heads[column][name]))
				return column;
	return -1;
}

static struct problem *read_titles(struct call *call, struct list *list, size_t at)
{
	const struct csv_row *row = &list->csv.rows[at];
	struct problem *problem = NULL;
	for (int column = 0; column < COLUMNS; column++)
		list->place[column] = -1;
	list->marks = ARENA_ARRAY(call->arena, bool, list->width + 1);
	for (size_t i = 0; i < row->count; i++) {
		list->marks[i] = !strcmp(row->cells[i], FAULT_HEAD[0]) || !strcmp(row->cells[i], FAULT_HEAD[1]);
		int column = column_of(call->arena, row->cells[i]);
		if (column >= 0 && list->place[column] >= 0)
			problem = problem_add_field(call->arena, problem, arena_printf(call->arena, "/%zu", at),
				"column", arena_printf(call->arena, "“%s”有两列", heads[column][0]),
				arena_printf(call->arena, "The column \"%s\" is there twice", heads[column][1]));
		else if (column >= 0)
			list->place[column] = (int)i;
	}
	list->head = at;
	return problem;
}

static struct problem *find_columns(struct call *call, struct list *list)
{
	struct problem *problem = NULL;
	if (!list->csv.count)
		return problem_detail(call->arena, &PROBLEM_MALFORMED, "文件是空的", "The file is empty");
	for (size_t i = 0; i < list->csv.count; i++)
		list->width = list->csv.rows[i].count > list->width ? list->csv.rows[i].count : list->width;
	for (size_t at = 0; at < HEAD_WITHIN && at < list->csv.count; at++) {
		problem = read_titles(call, list, at);
		if (list->place[COL_USCC] >= 0 && list->place[COL_NAME] >= 0)
			break;
	}
	if (list->place[COL_USCC] < 0 || list->place[COL_NAME] < 0)
		problem = read_titles(call, list, 0);
	for (int column = COL_USCC; column <= COL_NAME; column++)
		if (list->place[column] < 0)
			problem = problem_add_field(call->arena, problem, "/0", "column",
				arena_printf(call->arena, "第一行应有“%s”一列", heads[column][0]),
				arena_printf(call->arena, "The first row lacks the column \"%s\"", heads[column][1]));
	if (!problem && !rows_of(list))
		return problem_detail(call->arena, &PROBLEM_INVALID, "文件只有标题行，没有机构",
			"The file has a row of titles and no institutions below it");
	return problem;
}

static const char *cell(const struct list *list, const struct csv_row *row, enum column column)
{
	int place = list->place[column];
	return place >= 0 && (size_t)place < row->count && *row->cells[place] ? row->cells[place] : NULL;
}

/* What is wrong with a field begins with its name, unless the words say it already. */
static const char *words_of(struct call *call, const struct problem_field *field)
{
	const struct field *known = shape_field(&shape_invite_input, field->pointer + (*field->pointer == '/'));
	const char *text = call_text(call, field->zh, field->en),
		   *name = known ? call_text(call, known->zh, known->en) : NULL;
	return !name || strstr(text, name)
		? text
		: arena_printf(call->arena, "%s%s%s", name, call_text(call, "：", ": "), text);
}

static void mark_cell(struct list *list, size_t i, const char *pointer, const char *text)
{
	for (int column = 0; column < COLUMNS; column++)
		if (*pointer == '/' && !strcmp(pointer + 1, names[column]) && !list->marked[i][column])
			list->marked[i][column] = text;
}

static void add_fault(struct call *call, struct list *list, size_t i, const struct problem *problem)
{
	for (const struct problem_field *field = problem->fields; field; field = field->next) {
		const char *text = words_of(call, field);
		list->faults[i] = list->faults[i] ? arena_printf(call->arena, "%s；%s", list->faults[i], text) : text;
		mark_cell(list, i, field->pointer, text);
	}
	if (!problem->fields)
		list->faults[i] = call_text(call, problem->zh ? problem->zh : problem->kind->zh,
			problem->en ? problem->en : problem->kind->en);
}

/* A spreadsheet made a number of a code, and its last digits are gone. */
static struct problem *check_digits(
	struct call *call, const struct list *list, const struct csv_row *row, struct problem *problem)
{
	for (int column = 0; row->lossy && column < COLUMNS; column++) {
		int place = list->place[column];
		if (place >= 0 && (size_t)place < row->count && row->lossy[place])
			problem = problem_add_field(call->arena, problem,
				arena_printf(call->arena, "/%s", names[column]), "lossy",
				"单元格是数值格式，超过 15 位的数字已丢失末几位，请设为文本格式后重新填写",
				"The cell is a number, which lost the digits beyond 15; format it as text and type it "
				"anew");
	}
	return problem;
}

/* By the shape that one invitation alone is read with: the same bounds, and all faults at once. */
static struct problem *decode(struct call *call, struct list *list, size_t i)
{
	const struct csv_row *row = &list->csv.rows[list->head + 1 + i];
	struct json_object *object = json_own(call->arena, json_object_new_object());
	struct invite_input *in = &list->in[i];
	for (int column = 0; column < COLUMNS; column++)
		if (cell(list, row, (enum column)column))
			put_text(object, names[column], cell(list, row, (enum column)column));
	struct problem *problem = shape_decode(call, call->arena, &shape_invite_input, object, DECODE_FULL, 0, in);
	in->days = list->days;
	in->has_days = list->has_days;
	problem = check_digits(call, list, row, problem);
	for (size_t other = 0; in->uscc && other < i; other++)
		if (list->in[other].uscc && !strcmp(list->in[other].uscc, in->uscc)) {
			problem = problem_add_field(call->arena, problem, "/uscc", "twice",
				arena_printf(call->arena, "与第 %zu 行重复", number_of(list, other)),
				arena_printf(call->arena, "The same as in row %zu", number_of(list, other)));
			break;
		}
	if (problem)
		return problem;
	problem = invitation_check(call, in);
	/* A list sent again invites whom it has not invited yet. */
	if (problem && problem->fields && !problem->fields->next && !strcmp(problem->fields->code, "invited")) {
		list->invited[i] = call_text(call, "已有有效邀约，未另行发出",
			"Holds a valid invitation; no second was sent");
		list->invited_count++;
		return NULL;
	}
	return problem;
}

static struct problem *check_rows(struct call *call, struct list *list)
{
	size_t count = rows_of(list);
	list->in = ARENA_ARRAY(call->arena, struct invite_input, count + 1);
	list->invited = ARENA_ARRAY(call->arena, const char *, count + 1);
	list->fault_count = list->invited_count = 0;
	list->faults = ARENA_ARRAY(call->arena, const char *, count + 1);
	list->marked = (void *)arena_array(call->arena, count + 1, sizeof *list->marked);
	for (size_t i = 0; i < count; i++) {
		struct problem *problem = decode(call, list, i);
		if (problem && problem->kind->status >= 500)
			return problem;
		if (problem) {
			add_fault(call, list, i, problem);
			list->fault_count++;
		}
	}
	return NULL;
}

typedef const char *(*extra_fn)(struct call *, const struct list *, size_t, size_t);

static const char *mark_of(const struct list *list, size_t row, size_t place)
{
	for (int column = 0; row > list->head && column < COLUMNS; column++)
		if (list->place[column] == (int)place)
			return list->marked[row - list->head - 1][column];
	return NULL;
}

/* The cells of a row as they came, marked, without an earlier file's faults; and how many there are. */
static size_t old_cells(const struct list *list, size_t row, struct sheet_cell *cells)
{
	const struct csv_row *from = &list->csv.rows[row];
	size_t count = 0;
	for (size_t c = 0; c < list->width; c++)
		if (!list->marks[c]) {
			cells[count] = cell_text(c < from->count ? from->cells[c] : NULL);
			cells[count++].fault = mark_of(list, row, c);
		}
	return count;
}

static struct problem *send_back(struct call *call, const struct list *list, struct sheet *sheet)
{
	enum sheet_format format = list->xlsx ? SHEET_XLSX : SHEET_CSV;
	uint64_t size;
	int fd;
	struct problem *problem = sheet_end(sheet, call->arena, &fd, &size);
	if (problem)
		return problem;
	/* Into the answer itself, not as a file: whoever asks again with the same key is told the same. */
	char piece[16384];
	ssize_t n;
	for (off_t at = 0; (n = pread(fd, piece, sizeof piece, at)) > 0; at += n)
		buf_add(call->request->out, piece, (size_t)n);
	close(fd);
	call->request->content_type = sheet_content_type(format);
	request_add_header(call->request, "Content-Disposition",
		arena_printf(call->arena, "attachment; filename=\"invitations.%s\"", sheet_extension(format)));
	return NULL;
}

/* The rows as they came, and behind each what `value` says. */
static struct problem *write_back(
	struct call *call, const struct list *list, const char *const *extra_heads, size_t extra, extra_fn value)
{
	size_t most = list->width + extra;
	struct sheet_cell *cells = ARENA_ARRAY(call->arena, struct sheet_cell, most + 1);
	struct sheet_column *columns = ARENA_ARRAY(call->arena, struct sheet_column, most + 1);
	size_t width = old_cells(list, list->head, cells);
	for (size_t i = 0; i < width + extra; i++)
		columns[i] = (struct sheet_column){"", CELL_TEXT, 0, i < width ? 20 : 36};
	struct sheet *sheet = sheet_begin(&(struct sheet_spec){.format = list->xlsx ? SHEET_XLSX : SHEET_CSV,
		.name = call_text(call, "邀约名单", "Invitations"), .columns = columns, .count = width + extra,
		.no_head = true});
	if (!sheet)
		return problem_new(call->arena, &PROBLEM_UNAVAILABLE);
	for (size_t i = 0; i < list->csv.count; i++) {
		old_cells(list, i, cells);
		for (size_t e = 0; e < extra; e++)
			cells[width + e] = cell_text(i > list->head ? value(call, list, i - list->head - 1, e)
				: i == list->head ? extra_heads[e] : NULL);
		sheet_row(sheet, cells);
	}
	return send_back(call, list, sheet);
}

static const char *fault_of(struct call *call, const struct list *list, size_t i, size_t e)
{
	(void)call;
	(void)e;
	return list->faults[i];
}

static const char *issued_of(struct call *call, const struct list *list, size_t i, size_t e)
{
	if (e == 3 || list->invited[i])
		return e == 3 ? list->invited[i] : NULL;
	if (e == 0)
		return list->issued[i].shown;
	if (e == 1)
		return list->issued[i].link;
	return zone_time(call->arena, list->issued[i].row->expires_at);
}

static struct problem *issue_all(struct db *db, void *arg)
{
	(void)db;
	void **args = arg;
	struct list *list = args[1];
	struct uuid batch = uuid_v7();
	struct problem *problem = NULL;
	for (size_t i = 0; !problem && i < rows_of(list); i++) {
		if (list->invited[i])
			continue;
		list->issued[i].id = uuid_v7();
		problem = invitation_create(args[0], &list->in[i], UUID_NIL, batch, &list->issued[i]);
	}
	return problem;
}

/* Another list may invite some of them meanwhile: then the rows are looked at anew. */
static struct problem *issue(struct call *call, struct list *list)
{
	void *args[] = {call, list};
	struct problem *problem = db_transaction(call->db, issue_all, args);
	for (int i = 0; i < RACES_MAX && problem && problem->kind->status < 500; i++) {
		problem = check_rows(call, list);
		if (problem || list->fault_count)
			return problem;
		problem = db_transaction(call->db, issue_all, args);
	}
	return problem;
}

static struct problem *answer_dry_run(struct call *call, const struct list *list)
{
	struct json_writer *w = endpoint_writer(call);
	jw_object_begin(w);
	jw_kv_uint(w, "rows", rows_of(list));
	jw_kv_uint(w, "faults", list->fault_count);
	if (list->invited_count)
		jw_kv_uint(w, "invited", list->invited_count);
	jw_kv_text(w, "encoding", list->csv.encoding);
	jw_object_end(w);
	return NULL;
}

static struct problem *answer_faults(struct call *call, const struct list *list)
{
	const char *const heads_behind[] = {call_text(call, FAULT_HEAD[0], FAULT_HEAD[1])};
	call->request->status = 422;
	return write_back(call, list, heads_behind, 1, fault_of);
}

struct problem *invitation_import(struct call *call, const struct invite_import_query *query)
{
	struct list list = {.days = query->days, .has_days = query->has_days};
	const char *bytes;
	size_t size;
	struct problem *problem = read_body(call, &bytes, &size);
	if (!problem)
		problem = sheet_read(call->arena, services_of(call)->sheet_helper, bytes, size, ROWS_MAX + HEAD_WITHIN,
			&list.csv);
	list.xlsx = !problem && sheet_is_xlsx(bytes, size);
	if (query->answer)
		list.xlsx = query->answer == INVITE_IMPORT_QUERY_ANSWER_XLSX;
	if (!problem)
		problem = find_columns(call, &list);
	if (!problem)
		problem = check_rows(call, &list);
	if (problem)
		return problem;
	if (list.fault_count)
		return answer_faults(call, &list);
	if (query->has_dry_run && query->dry_run)
		return answer_dry_run(call, &list);
	list.issued = ARENA_ARRAY(call->arena, struct invitation_issued, list.csv.count);
	problem = issue(call, &list);
	if (problem)
		return problem;
	if (list.fault_count)
		return answer_faults(call, &list);
	const char *const extra[] = {call_text(call, "邀约码", "code shown once"), call_text(call, "链接", "link"),
		call_text(call, "有效期至", "expires"), call_text(call, "说明", "note")};
	call->request->status = list.invited_count < rows_of(&list) ? 201 : 200;
	return write_back(call, &list, extra, 4, issued_of);
}

/* ---- An empty list to fill in ---- */

struct problem *invitation_template(struct call *call)
{
	static const unsigned widths[COLUMNS] = {22, 32, 14, 16, 24, 40};
	struct sheet_column columns[COLUMNS];
	struct list list = {.xlsx = export_format(call) == SHEET_XLSX};
	for (int i = 0; i < COLUMNS; i++)
		columns[i] = (struct sheet_column){call_text(call, heads[i][0], heads[i][1]), CELL_TEXT, 0, widths[i]};
	struct sheet *sheet = sheet_begin(&(struct sheet_spec){.format = export_format(call),
		.name = call_text(call, "邀约名单", "Invitations"), .columns = columns, .count = COLUMNS});
	return sheet ? send_back(call, &list, sheet) : problem_new(call->arena, &PROBLEM_UNAVAILABLE);
}
