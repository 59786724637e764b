#include "federation/exchange/profile.h"

#include <string.h>

#include "core/buf.h"
#include "core/text/json.h"
#include "schema/records.gen.h"

static bool is_of(struct json_object *content, struct uuid institution_id)
{
	struct uuid id;
	return uuid_parse(json_get_text(content, "institution_id"), &id) && uuid_equal(id, institution_id);
}

static struct problem *stranger(struct call *call, const char *member)
{
	return problem_detail(call->arena, &PROBLEM_ENTRY, arena_printf(call->arena, "%s 中有其他机构的内容", member),
	                      arena_printf(call->arena, "%s holds what belongs to another institution", member));
}

struct problem *profile_apply_list(struct call *call, const struct apply_entry *entry, const struct record *record,
	const char *member, struct uuid owner)
{
	struct json_object *list = json_get_array(entry->payload, member);
	for (size_t i = 0; i < json_count(list); i++) {
		bool applied;
		if (!is_of(json_at(list, i), owner))
			return stranger(call, member);
		struct problem *problem =
			record_apply(call, record, json_at(list, i), entry->source, entry->seq, &applied);
		if (problem)
			return problem;
	}
	return NULL;
}

/* Copies that this entry did not bring (again) are no longer there at home. */
static struct problem *drop_the_rest(struct call *call, const struct apply_entry *entry, struct uuid institution_id)
{
	const struct db_value args[] = {db_id(&institution_id), db_uint(entry->source), db_uint(entry->seq)};
	struct problem *problem = db_exec(call->db, call->scope,
	                                  "DELETE FROM qualification WHERE platform_id = :p AND institution_id = ? AND "
	                                  "home_id = ? AND home_seq < ?",
	                                  args, 3, NULL);
	if (problem)
		return problem;
	return db_exec(call->db, call->scope,
	               "DELETE FROM attachment WHERE platform_id = :p AND institution_id = ? AND home_id = ? AND "
	               "home_seq < ? "
	               "AND record_type IN ('institution', 'qualification')",
	               args, 3, NULL);
}

struct problem *profile_apply(struct call *call, const struct apply_entry *entry)
{
	struct json_object *institution = json_get_object(entry->payload, "institution");
	bool applied;
	if (entry->source == call->platform_id)
		return NULL;
	if (!institution)
		return problem_new(call->arena, &PROBLEM_ENTRY);
	struct problem *problem =
		record_apply(call, &record_institution, institution, entry->source, entry->seq, &applied);
	if (problem || !applied)
		return problem; /* a newer one is here already */
	problem = profile_apply_list(call, entry, &record_qualification, "qualifications", entry->record_id);
	if (!problem)
		problem = profile_apply_list(call, entry, &record_attachment, "attachments", entry->record_id);
	return problem ? problem : drop_the_rest(call, entry, entry->record_id);
}

/* No longer in its home's reach. Listings and cases here stay as they ended, with what they were decided on. */
struct problem *profile_apply_forget(struct call *call, const struct apply_entry *entry)
{
	static const char *const statements[] = {
		"DELETE FROM qualification WHERE platform_id = :p AND institution_id = ? AND home_id = ? AND home_id "
		"<> platform_id AND home_seq < ?",
		"DELETE FROM attachment WHERE platform_id = :p AND institution_id = ? AND home_id = ? AND home_id <> "
		"platform_id AND home_seq < ?",
		"DELETE FROM institution WHERE platform_id = :p AND id = ? AND home_id = ? AND home_id <> platform_id "
		"AND home_seq < ?",
	};
	const struct db_value args[] = {db_id(&entry->record_id), db_uint(entry->source), db_uint(entry->seq)};
	struct problem *problem = NULL;
	for (size_t i = 0; !problem && i < sizeof statements / sizeof *statements; i++)
		problem = db_exec(call->db, call->scope, statements[i], args, 3, NULL);
	return problem;
}

/* ---- Many at once ---- */

struct batch {
	const struct apply_entry **last; /* of each institution the newest */
	size_t count;
	struct record_rows institutions, qualifications, attachments;
};

static struct problem *rows_of_lists(struct call *call, const struct batch *batch, const struct record *record,
	const char *member, struct record_rows *out)
{
	size_t total = 0, n = 0;
	for (size_t i = 0; i < batch->count; i++)
		total += json_count(json_get_array(batch->last[i]->payload, member));
	struct record_copy *copies = ARENA_ARRAY(call->arena, struct record_copy, total + 1);
	for (size_t i = 0; i < batch->count; i++) {
		struct json_object *list = json_get_array(batch->last[i]->payload, member);
		for (size_t k = 0; k < json_count(list); k++) {
			if (!is_of(json_at(list, k), batch->last[i]->record_id))
				return stranger(call, member);
			copies[n++] = (struct record_copy){json_at(list, k), batch->last[i]->seq};
		}
	}
	return record_rows_of(call, record, copies, total, batch->last[0]->source, out);
}

void *profile_prepare(struct call *call, const struct apply_entry *entries, size_t count)
{
	if (entries[0].source == call->platform_id)
		return NULL;
	struct batch *batch = ARENA_NEW(call->arena, struct batch);
	batch->last = apply_newest(call->arena, entries, count, &batch->count);
	struct record_copy *copies = ARENA_ARRAY(call->arena, struct record_copy, batch->count);
	for (size_t i = 0; i < batch->count; i++) {
		struct json_object *content = json_get_object(batch->last[i]->payload, "institution");
		if (!content)
			return NULL;
		copies[i] = (struct record_copy){content, batch->last[i]->seq};
	}
	struct problem *problem = record_rows_of(
		call, &record_institution, copies, batch->count, entries[0].source, &batch->institutions);
	if (!problem)
		problem = rows_of_lists(call, batch, &record_qualification, "qualifications", &batch->qualifications);
	if (!problem)
		problem = rows_of_lists(call, batch, &record_attachment, "attachments", &batch->attachments);
	return problem ? NULL : batch; /* which of them it is shows when they are applied one by one */
}

/* What a profile no longer lists is older than the whole batch, and rare: one look finds it. */
static struct problem *drop_rest_of_all(
	struct call *call, const struct batch *batch, const char *table, uint64_t first_seq)
{
	struct buf *sql = buf_in(call->arena);
	struct db_value *args = ARENA_ARRAY(call->arena, struct db_value, batch->count + 2);
	struct db_result *left;
	buf_printf(sql,
		"SELECT id FROM %s WHERE platform_id = :p AND home_id = ? AND home_seq < ? AND institution_id IN (",
		table);
	args[0] = db_uint(batch->last[0]->source);
	args[1] = db_uint(first_seq);
	for (size_t i = 0; i < batch->count; i++) {
		buf_text(sql, i ? ", ?" : "?");
		args[i + 2] = db_id(&batch->last[i]->record_id);
	}
	buf_text(sql, strcmp(table, "attachment") ? ")" : ") AND record_type IN ('institution', 'qualification')");
	struct problem *problem =
		db_select(call->db, call->scope, db_dynamic(call->db, sql->data), args, batch->count + 2, &left);
	if (problem || !left->rows)
		return problem;
	const char *remove = arena_printf(call->arena, "DELETE FROM %s WHERE platform_id = :p AND id = ?", table);
	return db_exec_many(call->db, call->scope, db_dynamic(call->db, remove), left->values, 1, left->rows, NULL);
}

struct problem *profile_apply_many(struct call *call, const struct apply_entry *entries, size_t count)
{
	bool fresh;
	if (entries[0].source == call->platform_id)
		return NULL;
	const struct batch *batch = entries[0].prepared ? entries[0].prepared : profile_prepare(call, entries, count);
	if (!batch)
		return problem_new(call->arena, &PROBLEM_ENTRY);
	struct problem *problem = record_apply_rows(call, &record_institution, &batch->institutions, &fresh);
	if (!problem)
		problem = record_apply_rows(call, &record_qualification, &batch->qualifications, NULL);
	if (!problem)
		problem = record_apply_rows(call, &record_attachment, &batch->attachments, NULL);
	if (problem || fresh)
		return problem; /* what was never here has left nothing behind */
	problem = drop_rest_of_all(call, batch, "qualification", entries[0].seq);
	return problem ? problem : drop_rest_of_all(call, batch, "attachment", entries[0].seq);
}
