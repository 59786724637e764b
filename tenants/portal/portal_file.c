/* Files of records that are open to visitors (core/record/public.h): those of a purpose with `public: true`, and
 * pictures that a public text shows now. Through the row alone: what is no longer seen has no files. */
#include "schema/records.gen.h"

#include <string.h>

#include "core/record/endpoint.h"
#include "core/record/held.h"
#include "core/record/public.h"
#include "core/record/purpose.h"
#include "core/text/json.h"
#include "tenants/institution/attachment.h"
#include "tenants/institution/attachment_use.h"
#include "tenants/portal/portal.h"

enum { FILES_MOST = 60 };

static struct problem *find_row(struct call *call, const struct record **record, void **row)
{
	struct uuid id;
	*record = portal_open_record(call, VERB_PUBLIC_GET, call_path_text(call, 0));
	*row = NULL;
	if (!*record)
		return problem_new(call->arena, &PROBLEM_NOT_FOUND);
	struct problem *problem = call_path_id(call, 1, &id);
	return problem ? problem : public_find(call, *record, id, row);
}

static bool is_shown(const struct record *record, const char *purpose)
{
	const struct record_files *files = purpose_find(record, purpose);
	return files && files->shown;
}

static void write_file(struct call *call, struct json_writer *w, const struct attachment *file)
{
	jw_object_begin(w);
	jw_kv_text(w, "id", uuid_text(call->arena, file->row.id));
	jw_kv_text(w, "file_name", file->file_name);
	jw_kv_text(w, "media_type", file->media_type);
	jw_kv_int(w, "size", file->size);
	jw_object_end(w);
}

struct problem *portal_files_read(
	struct call *call, const struct record *record, struct uuid id, struct attachment ***out, size_t *count)
{
	struct problem *problem = attachment_row_select(call, "record_id = ? AND record_type = ?",
		"ORDER BY id LIMIT 200", DB_ARGS(db_id(&id), db_text(record->name)), out, count);
	size_t kept = 0;
	for (size_t i = 0; !problem && i < *count && kept < FILES_MOST; i++)
		if (is_shown(record, (*out)[i]->purpose))
			(*out)[kept++] = (*out)[i];
	*count = problem ? 0 : kept;
	return problem;
}

struct problem *portal_files(struct call *call)
{
	const struct record *record;
	struct attachment **files;
	size_t count;
	void *row;
	struct problem *problem = find_row(call, &record, &row);
	if (!problem)
		problem = portal_files_read(call, record, ((const struct row *)row)->id, &files, &count);
	if (problem)
		return problem;
	struct json_writer *w = endpoint_writer(call);
	jw_object_begin(w);
	jw_key(w, "items");
	jw_array_begin(w);
	for (size_t i = 0; i < count; i++)
		write_file(call, w, files[i]);
	jw_array_end(w);
	jw_object_end(w);
	return NULL;
}

/* A public field that holds it, as what it was uploaded for. */
static bool is_in_text(const struct record *record, const void *row, const struct attachment *file)
{
	for (size_t i = 0; i < record->shape->count; i++) {
		const struct field *field = &record->shape->fields[i];
		if (field->visible_public && field->type == FIELD_BLOCKS && field->files &&
			strcmp(field->files, file->purpose) == 0 &&
			held_names(*(struct json_object *const *)((const char *)row + field->offset), file->row.id))
			return true;
	}
	return false;
}

static struct problem *find_file(
	struct call *call, const struct record **record, void **row, struct attachment **file)
{
	struct uuid id;
	struct problem *problem = find_row(call, record, row);
	*file = NULL;
	if (!problem)
		problem = call_path_id(call, 2, &id);
	if (!problem)
		problem = attachment_row_peek(call, id, file);
	if (problem)
		return problem;
	bool of = *file && strcmp((*file)->record_type, (*record)->name) == 0 &&
		  uuid_equal((*file)->record_id, ((const struct row *)*row)->id);
	return of ? NULL : problem_new(call->arena, &PROBLEM_NOT_FOUND);
}

struct problem *portal_file(struct call *call)
{
	const struct record *record;
	struct attachment *file;
	void *row;
	struct problem *problem = find_file(call, &record, &row, &file);
	if (!problem && !is_shown(record, file->purpose))
		problem = problem_new(call->arena, &PROBLEM_NOT_FOUND);
	return problem ? problem : attachment_send(call, file, NULL);
}

struct problem *portal_open_picture(struct call *call)
{
	const struct record *record;
	struct attachment *file;
	void *row;
	struct problem *problem = find_file(call, &record, &row, &file);
	if (!problem && !is_in_text(record, row, file))
		problem = problem_new(call->arena, &PROBLEM_NOT_FOUND);
	return problem ? problem
		       : attachment_show(call, file->row.id, UUID_NIL, record->name, file->purpose,
				 call_path_text(call, 3));
}
