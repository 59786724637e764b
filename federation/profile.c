#include "federation/profile.h"

#include "core/json.h"
#include "schema/records.gen.h"

struct problem *profile_apply_list(struct call *call, const struct apply_entry *entry, const struct record *record, const char *member)
{
	struct json_object *list = json_get_array(entry->payload, member);
	for (size_t i = 0; i < json_count(list); i++) {
		bool applied;
		struct problem *problem = record_apply(call, record, json_at(list, i), entry->source, entry->seq, &applied);
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
	                                  "DELETE FROM qualification WHERE platform_id = :p AND institution_id = ? AND home_id = ? AND home_seq < ?",
	                                  args, 3, NULL);
	if (problem)
		return problem;
	return db_exec(call->db, call->scope,
	               "DELETE FROM attachment WHERE platform_id = :p AND institution_id = ? AND home_id = ? AND home_seq < ? "
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
	struct problem *problem = record_apply(call, &record_institution, institution, entry->source, entry->seq, &applied);
	if (problem || !applied)
		return problem; /* a newer one is here already */
	problem = profile_apply_list(call, entry, &record_qualification, "qualifications");
	if (!problem)
		problem = profile_apply_list(call, entry, &record_attachment, "attachments");
	return problem ? problem : drop_the_rest(call, entry, entry->record_id);
}

struct problem *profile_apply_many(struct call *call, const struct apply_entry *entries, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct problem *problem = profile_apply(call, &entries[i]);
		if (problem)
			return problem;
	}
	return NULL;
}
