#include "federation/sync/report.h"

#include <string.h>

#include "core/crypto/crypto.h"
#include "core/db/db.h"
#include "core/record/endpoint.h"
#include "core/text/json.h"
#include "core/work/journal.h"
#include "federation/sync/federation.h"
#include "federation/sync/pull.h"
#include "schema/records.gen.h"
#include "tenants/institution/institution.h"
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

/* ---- Verify ---- */

/* Columns that must be the same in a copy; not those that are each side's own (sealed with its key, counted there). */
struct copied {
	const char *table;
	const char *rows; /* SELECT reader, home, id, digest of the copy, digest of the original (NULL: gone) */
};

#define COPY_OF(name, copy, original) \
	{name, "SELECT c.platform_id, c.home_id, c.id, MD5(CONCAT_WS(CHAR(31), " copy ")), IF(o.id IS NULL, NULL, " \
	"MD5(CONCAT_WS(CHAR(31), " original "))) " \
	       "FROM " name " c LEFT JOIN " name " o ON o.platform_id = c.home_id AND o.id = c.id WHERE " \
	       "c.platform_id <> c.home_id ORDER BY c.platform_id, c.home_id, c.id"}

#define INSTITUTION(a) a ".version, " a ".uscc, " a ".name, " a ".type, " a ".organisation_type, " a ".region_code, " \
	"IFNULL(" a ".address,''), IFNULL(" a ".registered_on,''), " \
	"IFNULL(" a ".registered_capital,''), IFNULL(" a ".contact_name,''), IFNULL(" a ".contact_mobile_hint,''), " \
	"IFNULL(" a ".contact_email,''), IFNULL(" a ".service_phone,''), " \
	"IFNULL(" a ".categories,''), IFNULL(" a ".introduction,''), IFNULL(" a ".annual_income,''), IFNULL(" a \
	".insured_staff,''), IFNULL(" a ".full_time_staff,''), " \
	"IFNULL(" a ".qualified_staff,''), IFNULL(" a ".enterprises_served,''), IFNULL(" a ".penalty_free,''), " \
	"IFNULL(" a ".fixed_premises,'')"
#define QUALIFICATION(a) a ".version, " a ".kind, " a ".name, IFNULL(" a ".number,''), IFNULL(" a ".issuer,''), " \
	"IFNULL(" a ".issued_on,''), IFNULL(" a ".expires_on,'')"
#define MEMBERSHIP(a) a ".version, " a ".institution_id, " a ".uscc, " a ".name, " a ".way, IFNULL(" a \
	".sources,''), " a ".phase, " a ".step, IFNULL(" a ".reason,''), " \
	"IFNULL(" a ".since,''), IFNULL(" a ".first_live_at,'')"
#define LISTING(a) a ".version, " a ".product_id, " a ".product_number, " a ".phase, " a ".step, " a ".live, " a \
	".live_version, " a ".name, " a ".category, " a ".region_code, " \
	a ".pricing, IFNULL(" a ".price,''), IFNULL(" a ".content,''), " a ".pending_version, IFNULL(" a \
	".pending,''), IFNULL(" a ".overrides,''), " a ".request_count, " \
	"IFNULL(" a ".reason,''), IFNULL(" a ".ended_by,'')"
#define SUPPLEMENT(a) a ".version, " a ".case_id, " a ".addressee, " a ".item, " a ".question, IFNULL(" a \
	".answer,''), " a ".state"

static const struct copied copied[] = {
	COPY_OF("institution", INSTITUTION("c"), INSTITUTION("o")),
	COPY_OF("qualification", QUALIFICATION("c"), QUALIFICATION("o")),
	COPY_OF("membership", MEMBERSHIP("c"), MEMBERSHIP("o")),
	COPY_OF("listing", LISTING("c"), LISTING("o")),
	COPY_OF("supplement", SUPPLEMENT("c"), SUPPLEMENT("o")),
};

struct verify {
	const struct federation *federation;
	struct db *db;
	bool repair;
	struct report_fault *faults;
	size_t count, cap;
	size_t sent;
};

static struct report_fault *add_line(struct verify *verify, const char *table, uint32_t reader, uint32_t home)
{
	if (verify->count == verify->cap) {
		size_t cap = verify->cap ? verify->cap * 2 : 32;
		struct report_fault *grown = ARENA_ARRAY(db_arena(verify->db), struct report_fault, cap);
		if (verify->count)
			memcpy(grown, verify->faults, verify->count * sizeof *grown);
		verify->faults = grown;
		verify->cap = cap;
	}
	verify->faults[verify->count] = (struct report_fault){.table = table, .reader = reader, .home = home};
	return &verify->faults[verify->count++];
}

/* Home says once more how it is: the entry is newer than what the copy was made from, so that it is taken. */
struct resend {
	struct call *call;
	const char *table;
	uint32_t reader;
	struct uuid id;
};

static struct problem *resend_state(
	struct call *call, const struct record *record, const char *kind, struct uuid id, uint32_t reader)
{
	void *row;
	struct problem *problem = record_peek(call, record, id, &row);
	if (problem || !row)
		return problem;
	return post_send_to(call, kind, record->name, id, reader, record_export(call, record, row, false));
}

static struct problem *resend(struct db *db, void *arg)
{
	(void)db;
	struct resend *one = arg;
	struct qualification *qualification;
	if (!strcmp(one->table, "institution"))
		return institution_announce(one->call, one->id, &one->reader, 1);
	if (!strcmp(one->table, "membership"))
		return resend_state(one->call, &record_membership, "membership.state", one->id, one->reader);
	if (!strcmp(one->table, "listing"))
		return resend_state(one->call, &record_listing, "listing.state", one->id, one->reader);
	if (!strcmp(one->table, "supplement"))
		return resend_state(one->call, &record_supplement, "supplement.state", one->id, one->reader);
	struct problem *problem = qualification_row_peek(one->call, one->id, &qualification);
	return problem || !qualification
		? problem
		: institution_announce(one->call, qualification->institution_id, &one->reader, 1);
}

static struct problem *repair(struct verify *verify, const char *table, uint32_t reader, uint32_t home, struct uuid id)
{
	struct resend one = {.table = table, .reader = reader, .id = id};
	struct problem *problem = federation_call(verify->federation, verify->db, home, &one.call);
	if (!problem)
		problem = db_transaction(verify->db, resend, &one);
	if (!problem)
		verify->sent++;
	return problem;
}

static void digest_row(struct crypto_digest *digest, const char *text)
{
	if (text)
		crypto_digest_add(digest, text, strlen(text));
}

static void finish_line(struct report_fault *line, struct crypto_digest *copies, struct crypto_digest *originals)
{
	unsigned char hash[32];
	crypto_digest_take(copies, hash);
	crypto_hex(hash, 16, line->copy_digest);
	crypto_digest_take(originals, hash);
	crypto_hex(hash, 16, line->home_digest);
}

static struct problem *verify_table(struct verify *verify, const struct copied *table)
{
	struct db_result *rows;
	struct problem *problem =
		db_select(verify->db, db_all_platforms("copies against their homes"), table->rows, DB_NO_ARGS, &rows);
	if (problem || !rows->rows)
		return problem;
	struct crypto_digest *copies = crypto_digest_create(), *originals = crypto_digest_create();
	struct report_fault *line = NULL;
	for (size_t i = 0; !problem && i < rows->rows; i++) {
		uint32_t reader = (uint32_t)db_get_uint(rows, i, 0), home = (uint32_t)db_get_uint(rows, i, 1);
		const char *copy = db_get_text(rows, i, 3), *original = db_get_text(rows, i, 4);
		struct uuid id;
		if (line && (line->reader != reader || line->home != home)) {
			finish_line(line, copies, originals);
			line = NULL;
		}
		if (!line)
			line = add_line(verify, table->table, reader, home);
		line->copies++;
		digest_row(copies, copy);
		digest_row(originals, original);
		if (original && !strcmp(copy, original))
			continue;
		line->differing++;
		if (verify->repair && db_get_id(rows, i, 2, &id))
			problem = repair(verify, table->table, reader, home, id);
	}
	finish_line(line, copies, originals);
	crypto_digest_destroy(copies);
	crypto_digest_destroy(originals);
	return problem;
}

/* Profiles and memberships that must lie above their home, and do not. */
#define MISSING(name, reader, home, condition)                                                                         \
	"SELECT " reader ", " home ", o.id FROM " name " o JOIN tenant t ON t.id = o.platform_id "                     \
	"LEFT JOIN " name " c ON c.platform_id = " reader                                                              \
	" AND c.id = o.id WHERE o.platform_id = o.home_id AND " condition " AND c.id IS NULL"

static const struct copied missing[] = {
	{"institution", MISSING("institution", "t.parent", "o.home_id", "t.parent IS NOT NULL")},
	{"membership", MISSING("membership", "o.institution_home", "o.home_id", "o.institution_home <> o.platform_id")},
	{"listing", MISSING("listing", "o.product_home", "o.home_id", "o.product_home <> o.platform_id")},
};

static struct report_fault *line_of(struct verify *verify, const char *table, uint32_t reader, uint32_t home)
{
	for (size_t i = 0; i < verify->count; i++)
		if (!strcmp(verify->faults[i].table, table) && verify->faults[i].reader == reader &&
			verify->faults[i].home == home)
			return &verify->faults[i];
	return add_line(verify, table, reader, home);
}

static struct problem *verify_missing(struct verify *verify, const struct copied *table)
{
	struct db_result *rows;
	struct problem *problem =
		db_select(verify->db, db_all_platforms("copies that never came"), table->rows, DB_NO_ARGS, &rows);
	for (size_t i = 0; !problem && i < rows->rows; i++) {
		uint32_t reader = (uint32_t)db_get_uint(rows, i, 0), home = (uint32_t)db_get_uint(rows, i, 1);
		struct uuid id;
		line_of(verify, table->table, reader, home)->missing++;
		if (verify->repair && db_get_id(rows, i, 2, &id))
			problem = repair(verify, table->table, reader, home, id);
	}
	return problem;
}

static struct problem *retry_parked(struct verify *verify)
{
	struct db_result *rows;
	struct problem *problem = db_select(verify->db, db_all_platforms("what is parked"),
	                                    "SELECT DISTINCT platform_id, source FROM log_parked ORDER BY platform_id, "
	                                    "source", DB_NO_ARGS, &rows);
	for (size_t i = 0; !problem && i < rows->rows; i++) {
		size_t freed, left;
		problem = pull_parked(verify->federation, verify->db, (uint32_t)db_get_uint(rows, i, 0),
			(uint32_t)db_get_uint(rows, i, 1), &freed, &left);
		verify->sent += problem ? 0 : freed;
	}
	return problem;
}

struct problem *report_verify(const struct federation *federation, struct db *db, bool repair_too,
	struct report_fault **out, size_t *count, size_t *faults, size_t *sent)
{
	struct verify verify = {.federation = federation, .db = db, .repair = repair_too};
	struct problem *problem = repair_too ? retry_parked(&verify) : NULL;
	for (size_t i = 0; !problem && i < sizeof copied / sizeof copied[0]; i++)
		problem = verify_table(&verify, &copied[i]);
	for (size_t i = 0; !problem && i < sizeof missing / sizeof missing[0]; i++)
		problem = verify_missing(&verify, &missing[i]);
	*out = verify.faults;
	*count = verify.count;
	*sent = verify.sent;
	*faults = 0;
	for (size_t i = 0; i < verify.count; i++)
		*faults += verify.faults[i].differing || verify.faults[i].missing;
	return problem;
}
