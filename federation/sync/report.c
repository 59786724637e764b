#include "federation/sync/report.h"

#include <string.h>

#include "core/db/db.h"
#include "core/record/endpoint.h"
#include "core/text/json.h"
#include "core/work/journal.h"
#include "federation/sync/federation.h"
#include "federation/sync/pull.h"
#include "schema/records.gen.h"
#include "tenants/platform/platform.h"
#include "tenants/platform/post.h"
#include "tenants/platform/services.h"

/* ---- How far ---- */

static const char *state_of(const struct report_pair *pair)
{
	if (pair->reset)
		return "reset";
	if (pair->gap)
		return "gap";
	if (pair->error && strstr(pair->error, PULL_FULL_WORDS))
		return "full";
	if (pair->error)
		return "failing";
	if (pair->parked)
		return "parked";
	return pair->lag ? "behind" : "current";
}

/* Counting goes over what is not applied yet; the head of each pair is found by skipping through the index. */
#define PAIRS \
	"SELECT a.reader, a.platform_id, a.seq, COALESCE(c.seq, 0), c.error, c.updated_at, c.reset_at IS NOT NULL, " \
	"COALESCE(c.gap_seq, 0), " \
	"(SELECT COUNT(*) FROM log_address b WHERE b.reader = a.reader AND b.platform_id = a.platform_id AND b.seq > " \
	"COALESCE(c.seq, 0)), " \
	"(SELECT COUNT(*) FROM log_parked k WHERE k.platform_id = a.reader AND k.source = a.platform_id), " \
	"(SELECT e.at FROM log_entry e WHERE e.platform_id = a.platform_id AND e.seq = " \
	"(SELECT MIN(b.seq) FROM log_address b WHERE b.reader = a.reader AND b.platform_id = a.platform_id AND b.seq " \
	"> COALESCE(c.seq, 0))) " \
	"FROM (SELECT reader, platform_id, MAX(seq) AS seq FROM log_address GROUP BY reader, platform_id UNION ALL " \
	"SELECT r.platform_id, r.source, 0 FROM log_cursor r WHERE r.reset_at IS NOT NULL AND NOT EXISTS " \
	"(SELECT 1 FROM log_address b WHERE b.reader = r.platform_id AND b.platform_id = r.source)) a " \
	"LEFT JOIN log_cursor c ON c.platform_id = a.reader AND c.source = a.platform_id "

struct problem *report_pairs(struct db *db, uint32_t reader, uint32_t source, struct report_pair **out, size_t *count)
{
	struct db_result *result;
	struct problem *problem = db_select(db, db_all_platforms("how far each reader is in each log"),
		PAIRS "WHERE (? = 0 OR a.reader = ?) AND (? = 0 OR a.platform_id = ?) ORDER BY a.reader, a.platform_id",
		DB_ARGS(db_uint(reader), db_uint(reader), db_uint(source), db_uint(source)), &result);
	if (problem)
		return problem;
	*count = result->rows;
	*out = ARENA_ARRAY(db_arena(db), struct report_pair, *count + 1);
	for (size_t i = 0; i < *count; i++) {
		struct report_pair *pair = &(*out)[i];
		*pair = (struct report_pair){.reader = (uint32_t)db_get_uint(result, i, 0),
			.source = (uint32_t)db_get_uint(result, i, 1),
			.head = db_get_uint(result, i, 2),
			.applied = db_get_uint(result, i, 3),
			.error = db_get_text(result, i, 4),
			.updated_at = db_get_time(result, i, 5),
			.reset = db_get_int(result, i, 6) != 0,
			.gap = db_get_uint(result, i, 7),
			.lag = db_get_uint(result, i, 8),
			.parked = db_get_uint(result, i, 9),
			.oldest_at = db_get_time(result, i, 10)};
		pair->state = state_of(pair);
	}
	return NULL;
}

/* ---- GET /api/v1/sync ---- */

static struct json_object *pair_json(struct call *call, const struct report_pair *pair, uint32_t other)
{
	struct json_object *object = json_object_new_object();
	json_object_object_add(object, "platform", json_object_get(federation_platform_json(call, other)));
	put_int(object, "applied", (int64_t)pair->applied);
	put_int(object, "head", (int64_t)pair->head);
	put_int(object, "lag", (int64_t)pair->lag);
	put_int(object, "lag_ms", pair->oldest_at ? call_now() - pair->oldest_at : 0);
	put_int(object, "parked", (int64_t)pair->parked);
	put_text(object, "state", pair->state);
	put_text(object, "error", pair->error);
	if (pair->gap)
		put_int(object, "missing", (int64_t)pair->gap);
	put_time(object, "at", pair->updated_at);
	return object;
}

static struct problem *copies_json(struct call *call, struct json_object **out)
{
	struct db_result *result;
	struct problem *problem = db_select(call->db, call->scope,
	                                    "SELECT home_id, COUNT(*), MAX(home_seq), MAX(updated_at) FROM institution "
	                                    "WHERE platform_id = :p "
	                                    "AND home_id <> platform_id GROUP BY home_id ORDER BY home_id",
	                                    DB_NO_ARGS, &result);
	*out = json_own(call->arena, json_object_new_array());
	for (size_t i = 0; !problem && i < result->rows; i++) {
		struct json_object *object = json_object_new_object();
		json_object_object_add(object, "home",
			json_object_get(federation_platform_json(call, (uint32_t)db_get_uint(result, i, 0))));
		put_int(object, "profiles", db_get_int(result, i, 1));
		put_int(object, "last_seq", db_get_int(result, i, 2));
		put_time(object, "last_change", db_get_time(result, i, 3));
		json_object_array_add(*out, object);
	}
	return problem;
}

struct problem *sync_state(struct call *call)
{
	struct sync_state out = {.reads = json_own(call->arena, json_object_new_array()),
		.readers = json_own(call->arena, json_object_new_array())};
	struct report_pair *reads, *readers;
	size_t read_count, reader_count;
	struct problem *problem = report_pairs(call->db, call->platform_id, 0, &reads, &read_count);
	if (!problem)
		problem = report_pairs(call->db, 0, call->platform_id, &readers, &reader_count);
	if (!problem)
		problem = copies_json(call, &out.copies);
	if (problem)
		return problem;
	for (size_t i = 0; i < read_count; i++)
		json_object_array_add(out.reads, pair_json(call, &reads[i], reads[i].source));
	for (size_t i = 0; i < reader_count; i++)
		if (readers[i].reader != JOURNAL_EVERYBODY) /* who is nobody in particular */
			json_object_array_add(out.readers, pair_json(call, &readers[i], readers[i].reader));
	return endpoint_answer(call, &shape_sync_state, &out);
}
