#include "tenants/institution/attachment.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "core/buf.h"
#include "core/config/settings.h"
#include "core/crypto/crypto.h"
#include "core/file/files.h"
#include "core/file/picture.h"
#include "core/http/request.h"
#include "core/record/purpose.h"
#include "core/record/side.h"
#include "core/text/json.h"
#include "core/utf8.h"
#include "schema/records.gen.h"
#include "tenants/institution/attachment_use.h"
#include "tenants/institution/institution.h"
#include "tenants/institution/supplement_asked.h"
#include "tenants/platform/audit.h"
#include "tenants/platform/limit.h"
#include "tenants/platform/services.h"

enum { MEGABYTE = 1024 * 1024, PER_RECORD_MAX = 60, NAME_MAX_CHARACTERS = 160, EXTENSION_MAX = 12 };

/* What the kinds of a declaration are. */
static unsigned allowed(uint32_t kinds)
{
	unsigned bits = 0;
	bits |= kinds & FILES_IMAGE ? FILE_PICTURES : 0;
	bits |= kinds & FILES_DOCUMENT ? FILE_DOCUMENTS : 0;
	bits |= kinds & FILES_PAPER ? FILE_BIT(FILE_PDF) | FILE_BIT(FILE_OFD) : 0;
	bits |= kinds & FILES_ARCHIVE ? FILE_BIT(FILE_ZIP) | FILE_BIT(FILE_RAR) : 0;
	return bits;
}

/* --- who may --- */

/* And who may not read it reads no file of it. */
static struct problem *check_reads(struct call *call, const struct record *record)
{
	return call_may_read(call, record->reads) ? NULL : problem_new(call->arena, &PROBLEM_MENU);
}

/* The record that a file belongs to, if the caller may see it. *row is its row struct. */
static struct problem *load_record(
	struct call *call, const char *type, struct uuid id, const struct record **record, void **row)
{
	*row = NULL;
	*record = record_find(call->services->records, type);
	if (!*record || !(*record)->table || *record == &record_attachment)
		return problem_new(call->arena, &PROBLEM_NOT_FOUND);
	if (!((*record)->read_roles & call->actor.roles)) {
		/* Who asks to be taken into an institution shows evidence before belonging to it. */
		const struct identity_request *request;
		if (*record != &record_identity_request)
			return problem_new(call->arena, &PROBLEM_NOT_FOUND);
		struct problem *problem = record_peek(call, *record, id, row);
		if (problem)
			return problem;
		request = *row;
		return request && uuid_equal(request->account_id, call->actor.account_id)
			? NULL
			: problem_new(call->arena, &PROBLEM_NOT_FOUND);
	}
	struct problem *problem = record_load(call, *record, id, row);
	return problem ? problem : check_reads(call, *record);
}

/* A file is part of its record: who may not write there may not add or remove it. */
static struct problem *check_menu(struct call *call, const struct record *record)
{
	return record->menus & call->actor.barred ? problem_new(call->arena, &PROBLEM_MENU) : NULL;
}

static struct problem *check_home(struct call *call, const struct record *record, const void *row)
{
	const struct row *head = row;

	if (record == &record_supplement) /* evidence goes with the answer, from where it is given
					     (federation/entry/supplement.h) */
		return supplement_check_asked(call, row);

	if (!(record->has & ROW_HAS_HOME_SEQ) || head->home_id == call->platform_id)
		return NULL;
	return problem_detail(call->arena, &PROBLEM_CONFLICT, "该记录在其所属平台维护，此处不能上传附件。",
	                      "This record is kept by its home platform; nothing is uploaded to it here.");
}

/* --- upload --- */

struct upload {
	struct call *call;
	const struct attachment_upload *in;
	const struct record *record;
	void *row;
	const struct record_files *files;
	struct stored_file file;
	const char *variants; /* JSON, NULL for no picture */
	struct attachment *attachment;
};

static struct problem *copy_in(struct call *call, const char *path, struct file_sink *sink)
{
	char piece[65536];
	ssize_t n;
	struct problem *problem = NULL;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return problem_new(call->arena, &PROBLEM_INTERNAL);
	while (!problem && (n = read(fd, piece, sizeof piece)) > 0)
		problem = files_append(sink, call->arena, piece, (size_t)n);
	close(fd);
	return problem || n == 0 ? problem : problem_new(call->arena, &PROBLEM_INTERNAL);
}

static struct problem *store_file(struct upload *upload)
{
	struct call *call = upload->call;
	struct file_sink *sink;
	struct problem *problem;

	if (!upload->files)
		return problem_new(call->arena, &PROBLEM_NOT_FOUND);
	if (!call->request->body_file)
		return problem_new(call->arena, &PROBLEM_FILE_EMPTY);
	problem = files_sink_open(services_of(call)->files, call->arena, request_header(call->request, "Content-Type"),
		allowed(upload->files->kinds), (int64_t)upload->files->megabytes * MEGABYTE, &sink);
	if (problem)
		return problem;
	problem = copy_in(call, call->request->body_file, sink);
	if (problem) {
		files_abort(sink);
		return problem;
	}
	return files_commit(sink, call->arena, &upload->file);
}

static struct problem *make_sizes(struct upload *upload)
{
	static const char *const names[PICTURE_SIZES] = {"large", "medium", "small"};
	struct call *call = upload->call;
	struct picture picture;
	struct buf *out = buf_in(call->arena);
	struct json_writer w;

	if (!(FILE_BIT(upload->file.kind) & FILE_PICTURES))
		return NULL;
	struct problem *problem = picture_make(services_of(call)->pictures, call->arena, upload->file.name, &picture);
	if (problem)
		return problem;
	jw_init(&w, out);
	jw_object_begin(&w);
	for (int i = 0; i < PICTURE_SIZES; i++)
		jw_kv_text(&w, names[i], picture.sizes[i].file.name);
	jw_kv_uint(&w, "width", picture.width);
	jw_kv_uint(&w, "height", picture.height);
	jw_object_end(&w);
	upload->variants = out->data;
	return NULL;
}

/* Systems allow longer names than the column: the end goes, the extension stays. */
static const char *shortened(struct arena *arena, const char *name)
{
	const char *dot = strrchr(name, '.'), *extension = dot && strlen(dot) <= EXTENSION_MAX ? dot : "";

	if (utf8_length(name) <= NAME_MAX_CHARACTERS)
		return name;
	size_t bytes = utf8_bytes(name, NAME_MAX_CHARACTERS - utf8_length(extension));
	return arena_printf(arena, "%.*s%s", (int)bytes, name, extension);
}

/* Path separators and control characters are not part of a name that is shown and offered for saving. */
static const char *clean_name(struct arena *arena, const char *name)
{
	char *out = arena_strdup(arena, name);
	const char *slash;

	while ((slash = strpbrk(out, "/\\")))
		out += slash - out + 1;
	for (char *at = out; *at; at++)
		if ((unsigned char)*at < 32 || *at == 127 || *at == '"')
			*at = '_';
	return *out ? shortened(arena, out) : "file";
}

static struct problem *count_files(struct call *call, struct uuid record_id, const char *purpose, unsigned most)
{
	struct db_result *rows;
	struct problem *problem = db_select(call->db, call->scope,
		"SELECT COUNT(*) FROM attachment WHERE platform_id = :p AND record_id = ?"
		" AND (? IS NULL OR purpose = ?)",
		DB_ARGS(db_id(&record_id), db_text(purpose), db_text(purpose)), &rows);

	if (problem || db_get_int(rows, 0, 0) < most)
		return problem;
	return problem_detail(call->arena, &PROBLEM_CONFLICT, "附件数量已达上限。",
		"This record has as many files as it may.");
}

/* The row may have moved while the file came: it stays where it is until this is written. */
static struct problem *check_again(struct upload *upload)
{
	struct call *call = upload->call;
	void **rows;
	size_t count;
	struct problem *problem = record_select(call, upload->record, "id = ?", "LOCK IN SHARE MODE",
		DB_ARGS(db_id(&upload->in->record_id)), &rows, &count);

	if (!problem && !count)
		problem = problem_new(call->arena, &PROBLEM_NOT_FOUND);
	if (!problem)
		problem = purpose_check(call, upload->record, rows[0], upload->files);
	if (!problem && upload->files->most)
		problem = count_files(call, upload->in->record_id, upload->files->purpose, upload->files->most);
	return problem ? problem : count_files(call, upload->in->record_id, NULL, PER_RECORD_MAX);
}

static struct problem *announce_change(struct call *call, const struct attachment *row)
{
	static const char *const of_profile[] = {"institution", "qualification"};

	for (size_t i = 0; i < sizeof of_profile / sizeof *of_profile; i++)
		if (strcmp(row->record_type, of_profile[i]) == 0 && !uuid_is_nil(row->institution_id))
			return institution_announce(call, row->institution_id, NULL, 0);
	return NULL;
}

static struct problem *write_attachment(struct db *db, void *arg)
{
	struct upload *upload = arg;
	struct call *call = upload->call;
	struct attachment *row = attachment_row_new(call);
	struct problem *problem = limit_line_up(call, "files", upload->in->record_id);

	if (!problem)
		problem = check_again(upload);
	if (problem)
		return problem;
	row->record_type = upload->record->name;
	row->record_id = upload->in->record_id;
	row->institution_id = record_organisation(call, upload->record, upload->row);
	row->purpose = upload->in->purpose;
	row->file_name = clean_name(call->arena, upload->in->file_name);
	row->media_type = file_kind_media_type(upload->file.kind);
	row->size = upload->file.size;
	crypto_unhex(upload->file.name, row->sha256, sizeof row->sha256);
	row->uploaded_by = call->actor.account_id;
	problem = upload->variants
		? json_parse_object(call->arena, upload->variants, strlen(upload->variants), &row->variants)
		: NULL;
	if (!problem && !strcmp(upload->record->home, "institution"))
		problem = institution_hold(call, row->institution_id);
	if (!problem)
		problem = attachment_row_insert(call, row);
	upload->attachment = row;
	return problem ? problem : announce_change(call, row);
}

static void write_one(struct call *call, struct json_writer *w, const struct attachment *row)
{
	jw_object_begin(w);
	jw_kv_text(w, "id", uuid_text(call->arena, row->row.id));
	jw_kv_text(w, "record_type", row->record_type);
	jw_kv_text(w, "record_id", uuid_text(call->arena, row->record_id));
	jw_kv_text(w, "purpose", row->purpose);
	jw_kv_text(w, "file_name", row->file_name);
	jw_kv_text(w, "media_type", row->media_type);
	jw_kv_int(w, "size", row->size);
	jw_kv_bool(w, "picture", row->variants);
	jw_object_end(w);
}

struct problem *attachment_upload_file(struct call *call, const struct attachment_upload *query)
{
	struct upload upload = {.call = call, .in = query};
	struct problem *problem = load_record(call, query->record_type, query->record_id, &upload.record, &upload.row);

	if (!problem)
		problem = check_menu(call, upload.record);
	if (!problem)
		problem = check_home(call, upload.record, upload.row);
	if (!problem)
		upload.files = purpose_find(upload.record, query->purpose);
	if (!problem)
		problem = purpose_check(call, upload.record, upload.row, upload.files);
	if (!problem)
		problem = store_file(&upload);
	if (!problem)
		problem = make_sizes(&upload);
	if (!problem)
		problem = db_transaction(call->db, write_attachment, &upload);
	if (!problem)
		write_one(call, endpoint_writer(call), upload.attachment);
	return problem;
}

/* --- reading --- */

struct problem *attachment_list_of(struct call *call, const struct attachment_of *query)
{
	struct json_writer *w = endpoint_writer(call);
	const struct record *record;
	void *row;
	struct attachment **rows;
	size_t count;
	struct problem *problem = load_record(call, query->record_type, query->record_id, &record, &row);

	if (!problem)
		problem = attachment_row_select(call, "record_id = ? AND record_type = ?", "ORDER BY id LIMIT 200",
			DB_ARGS(db_id(&query->record_id), db_text(record->name)), &rows, &count);
	if (problem)
		return problem;
	jw_object_begin(w);
	jw_key(w, "items");
	jw_array_begin(w);
	for (size_t i = 0; i < count; i++)
		write_one(call, w, rows[i]);
	jw_array_end(w);
	jw_kv_null(w, "next");
	jw_object_end(w);
	return NULL;
}

static const char *ascii_name(struct arena *arena, const char *name)
{
	char *out = arena_strdup(arena, name);

	for (char *at = out; *at; at++)
		if ((unsigned char)*at > 126)
			*at = '_';
	return out;
}

static const char *percent(struct arena *arena, const char *text)
{
	struct buf *out = buf_in(arena);

	for (; *text; text++) {
		if (strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~", *text))
			buf_char(out, *text);
		else
			buf_printf(out, "%%%02X", (unsigned char)*text);
	}
	return out->data;
}

struct problem *attachment_send(struct call *call, const struct attachment *row, const char *size)
{
	char original[2 * sizeof row->sha256 + 1];
	const char *variant = size && row->variants ? json_get_text(row->variants, size) : NULL;
	int64_t bytes = 0;

	crypto_hex(row->sha256, sizeof row->sha256, original);
	int fd = files_read(services_of(call)->files, variant ? variant : original, &bytes);
	if (fd < 0)
		return problem_new(call->arena, &PROBLEM_NOT_FOUND);
	/* Pictures may be shown in a page; all else is saved, never run or rendered here. */
	request_add_header(call->request, "Content-Disposition",
		arena_printf(call->arena, "%s; filename=\"%s\"; filename*=UTF-8''%s",
			row->variants ? "inline" : "attachment", ascii_name(call->arena, row->file_name),
			percent(call->arena, row->file_name)));
	request_add_header(call->request, "Content-Security-Policy", "sandbox; default-src 'none'");
	request_send_file(call->request, fd, (uint64_t)bytes, variant ? "image/jpeg" : row->media_type);
	return NULL;
}

/* The attachment, with the record that it belongs to. */
static struct problem *load_attachment(
	struct call *call, struct attachment **out, const struct record **record, void **of)
{
	struct uuid id;
	*out = NULL;
	*record = NULL;
	*of = NULL;
	struct problem *problem = call_path_id(call, 0, &id);

	if (!problem)
		problem = attachment_row_peek(call, id, out);
	if (!problem && !*out)
		problem = problem_new(call->arena, &PROBLEM_NOT_FOUND);
	if (problem)
		return problem;
	problem = load_record(call, (*out)->record_type, (*out)->record_id, record, of);
	if (problem && problem->kind == &PROBLEM_NOT_FOUND && *record == &record_product &&
		(*out)->row.home_id != call->platform_id)
		problem = attachment_load_listing(call, *out);
	return problem;
}

struct problem *attachment_content(struct call *call, const struct attachment_size *query)
{
	static const char *const sizes[] = {NULL, NULL, "large", "medium", "small"};
	struct attachment *row = NULL;
	const struct record *record;
	void *of;
	struct problem *problem = load_attachment(call, &row, &record, &of);

	return problem ? problem : attachment_send(call, row, sizes[query->size]);
}

struct problem *attachment_remove(struct call *call)
{
	struct attachment *row = NULL;
	const struct record *record;
	void *of;
	struct problem *problem = load_attachment(call, &row, &record, &of);

	if (!problem)
		problem = check_menu(call, record);
	if (!problem && row->row.home_id != call->platform_id)
		problem = problem_new(call->arena, &PROBLEM_CONFLICT);
	if (!problem && record == &record_supplement)
		problem = supplement_check_asked(call, of);
	if (!problem && purpose_find(record, row->purpose)) /* of an earlier declaration: whose it is */
		problem = purpose_check(call, record, of, purpose_find(record, row->purpose));
	/* What the platform itself made (a contract's paper) nobody takes away. */
	if (!problem && uuid_is_nil(row->uploaded_by))
		problem = problem_new(call->arena, &PROBLEM_FORBIDDEN);
	/* What staff put there stays theirs, and the other way round. */
	if (!problem && call_is_confined(call, 0) != !uuid_is_nil(row->institution_id) &&
		!uuid_equal(row->uploaded_by, call->actor.account_id))
		problem = problem_new(call->arena, &PROBLEM_FORBIDDEN);
	if (!problem)
		problem = attachment_refuse_in_use(call, row);
	if (!problem)
		problem = record_delete(call, &record_attachment, row);
	if (!problem && strcmp(row->record_type, record_product.name) == 0)
		return attachment_tell_removed(call, row);
	return problem ? problem : announce_change(call, row);
}
