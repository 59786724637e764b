#include "federation/sync/report.h"

#include <string.h>

#include "core/buf.h"
#include "core/crypto/crypto.h"
#include "core/db/db.h"
#include "core/record/address.h"
#include "core/text/json.h"
#include "federation/sync/federation.h"
#include "federation/sync/pull.h"
#include "schema/records.gen.h"
#include "tenants/institution/institution.h"
#include "tenants/platform/post.h"

/* Columns that must be the same in a copy; not those that are each side's own (sealed with its key, counted there). */
struct copied {
	const char *table;
	const char *rows; /* SELECT reader, home, id, digest of the copy, digest of the original (NULL: gone) */
	const struct record *record; /* whose declaration says to whom it goes; NULL: C does */
};

#define COPY_OF(name, copy, original) \
	{name, "SELECT c.platform_id, c.home_id, c.id, MD5(CONCAT_WS(CHAR(31), " copy ")), IF(o.id IS NULL, NULL, " \
	"MD5(CONCAT_WS(CHAR(31), " original "))) " \
	       "FROM " name " c LEFT JOIN " name " o ON o.platform_id = c.home_id AND o.id = c.id WHERE " \
	       "c.platform_id <> c.home_id ORDER BY c.platform_id, c.home_id, c.id", NULL}

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
	const struct copied *table;
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

static bool is_for(struct call *call, const struct record *record, const void *row, uint32_t reader)
{
	const struct address address = address_of(call, record, row);
	for (size_t i = 0; i < address.count; i++)
		if (address.ids[i] == reader)
			return true;
	return false;
}

/* As it is, or that it is gone. */
static struct problem *resend_declared(const struct resend *one)
{
	struct call *call = one->call;
	const struct record *record = one->table->record;
	void *row;
	struct problem *problem = record_peek(call, record, one->id, &row);
	if (problem)
		return problem;
	if (row && is_for(call, record, row, one->reader))
		return record_share(call, record, row, one->reader);
	return post_send_to(call, arena_printf(call->arena, "%s.gone", record->name), record->name, one->id,
		one->reader, json_own(call->arena, json_object_new_object()));
}

static struct problem *resend(struct db *db, void *arg)
{
	(void)db;
	struct resend *one = arg;
	const char *table = one->table->table;
	struct qualification *qualification;
	if (one->table->record)
		return resend_declared(one);
	if (!strcmp(table, "institution"))
		return institution_announce(one->call, one->id, &one->reader, 1);
	if (!strcmp(table, "membership"))
		return resend_state(one->call, &record_membership, "membership.state", one->id, one->reader);
	if (!strcmp(table, "listing"))
		return resend_state(one->call, &record_listing, "listing.state", one->id, one->reader);
	if (!strcmp(table, "supplement"))
		return resend_state(one->call, &record_supplement, "supplement.state", one->id, one->reader);
	struct problem *problem = qualification_row_peek(one->call, one->id, &qualification);
	return problem || !qualification
		? problem
		: institution_announce(one->call, qualification->institution_id, &one->reader, 1);
}

static struct problem *repair(
	struct verify *verify, const struct copied *table, uint32_t reader, uint32_t home, struct uuid id)
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
		db_select(verify->db, db_all_platforms("copies against their homes"),
			db_dynamic(verify->db, table->rows), DB_NO_ARGS, &rows);
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
			problem = repair(verify, table, reader, home, id);
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
	" AND c.id = o.id WHERE o.platform_id = o.home_id AND " condition " AND c.id IS NULL", NULL

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

/* A side's home has no copy of a row in whose phase nobody stands there: the declaration is asked, not the column. */
static struct problem *check_wanted(
	struct verify *verify, const struct record *record, uint32_t reader, uint32_t home, struct uuid id,
	bool *wanted)
{
	struct call *call;
	void *row = NULL;
	struct problem *problem = federation_call(verify->federation, verify->db, home, &call);
	if (!problem)
		problem = record_peek(call, record, id, &row);
	*wanted = !problem && row && is_for(call, record, row, reader);
	return problem;
}

static struct problem *verify_missing(struct verify *verify, const struct copied *table)
{
	struct db_result *rows;
	struct problem *problem = db_select(verify->db, db_all_platforms("copies that never came"),
		db_dynamic(verify->db, table->rows), DB_NO_ARGS, &rows);
	for (size_t i = 0; !problem && i < rows->rows; i++) {
		uint32_t reader = (uint32_t)db_get_uint(rows, i, 0), home = (uint32_t)db_get_uint(rows, i, 1);
		struct uuid id;
		bool wanted = db_get_id(rows, i, 2, &id);
		if (wanted && table->record)
			problem = check_wanted(verify, table->record, reader, home, id, &wanted);
		if (problem || !wanted)
			continue;
		line_of(verify, table->table, reader, home)->missing++;
		if (verify->repair)
			problem = repair(verify, table, reader, home, id);
	}
	return problem;
}

/* ---- Records that are declared to cross (core/record/address.h) ---- */

static void compare_fields(const struct record *record, const char *as, struct buf *sql)
{
	buf_printf(sql, "%s.version", as);
	if (record->phase_count)
		buf_printf(sql, ", %s.phase", as);
	if (record->lifecycle || record->course)
		buf_printf(sql, ", IFNULL(%s.step,'')", as);
	for (size_t i = 0; i < record->shape->count; i++) {
		const struct field *field = &record->shape->fields[i];
		/* Sealed with each side's own key: their hints are equal. */
		const char *column = field->sealed_column ? field->hint_column : field->column;
		if (column)
			buf_printf(sql, ", IFNULL(%s.`%s`,'')", as, column);
	}
}

/* A row made here of which its home has said nothing yet, or no, is there nowhere else. */
static const char *copies_sql(struct arena *arena, const struct record *record)
{
	struct buf *sql = buf_in(arena);
	buf_text(sql, "SELECT c.platform_id, c.home_id, c.id, MD5(CONCAT_WS(CHAR(31), ");
	compare_fields(record, "c", sql);
	buf_text(sql, ")), IF(o.id IS NULL, NULL, MD5(CONCAT_WS(CHAR(31), ");
	compare_fields(record, "o", sql);
	buf_printf(sql, "))) FROM `%s` c LEFT JOIN `%s` o ON o.platform_id = c.home_id AND o.id = c.id WHERE "
		"c.platform_id <> c.home_id AND (o.id IS NOT NULL OR NOT EXISTS (SELECT 1 FROM asked a WHERE "
		"a.platform_id = c.platform_id AND a.record_id = c.id AND a.event = 'create' AND "
		"(a.outcome IS NULL OR a.outcome <> 'done'))) ORDER BY c.platform_id, c.home_id, c.id",
		record->table, record->table);
	return sql->data;
}

static const char *missing_sql(struct arena *arena, const char *table, const char *reader, const char *join)
{
	return arena_printf(arena, "SELECT %s, o.platform_id, o.id FROM `%s` o %s LEFT JOIN `%s` c ON "
		"c.platform_id = %s AND c.id = o.id WHERE o.platform_id = o.home_id AND %s NOT IN (0, o.platform_id) "
		"AND c.id IS NULL",
		reader, table, join, table, reader, reader);
}

static struct problem *verify_declared_missing(struct verify *verify, const struct record *record)
{
	struct arena *arena = db_arena(verify->db);
	struct copied table = {record->name, NULL, record};
	struct problem *problem = NULL;
	for (size_t i = 0; !problem && i < record->copy_field_count; i++) {
		const char *reader = arena_printf(arena, "o.`%s`", record->copy_fields[i]->column);
		table.rows = missing_sql(arena, record->table, reader, "");
		problem = verify_missing(verify, &table);
	}
	if (!problem && record->copies_above) {
		table.rows = missing_sql(arena, record->table, "t.parent", "JOIN tenant t ON t.id = o.platform_id");
		problem = verify_missing(verify, &table);
	}
	if (problem || !record->copies_with_parent)
		return problem;
	table.rows = missing_sql(arena, record->table, "p.platform_id",
		arena_printf(arena, "JOIN `%s` p ON p.id = o.`%s` AND p.home_id = o.platform_id",
			record->parent->table, record->parent_key->column));
	return verify_missing(verify, &table);
}

static bool is_by_hand(const struct record *record)
{
	for (size_t i = 0; i < sizeof copied / sizeof *copied; i++)
		if (!strcmp(copied[i].table, record->table))
			return true;
	return false;
}

static struct problem *verify_declared(struct verify *verify)
{
	struct problem *problem = NULL;
	for (size_t i = 0; !problem && i < record_set.count; i++) {
		const struct record *record = record_set.records[i];
		if (!record->table || !address_is_declared(record) || is_by_hand(record))
			continue;
		const struct copied table = {record->name, copies_sql(db_arena(verify->db), record), record};
		problem = verify_table(verify, &table);
		if (!problem)
			problem = verify_declared_missing(verify, record);
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
	if (!problem)
		problem = verify_declared(&verify);
	*out = verify.faults;
	*count = verify.count;
	*sent = verify.sent;
	*faults = 0;
	for (size_t i = 0; i < verify.count; i++)
		*faults += verify.faults[i].differing || verify.faults[i].missing;
	return problem;
}
