#include "tenants/platform/audit_find.h"

#include <string.h>

#include "core/buf.h"
#include "core/db/search.h"
#include "core/record/record.h"
#include "core/work/journal.h"
#include "schema/records.gen.h"

enum {
	MOST_RECORDS = 2000, /* about which entries are looked for at once, newest first */
	MOST_OF_ONE = 200,   /* of one type that bear a name */
	MOST_PEOPLE = 30,
	DAY_MS = 86400000
};

/* ---- SQL that grows with what is asked ---- */

struct query {
	struct buf *sql;
	struct db_value *args;
	size_t count, cap;
};

static struct query query_new(struct call *call)
{
	return (struct query){.sql = buf_in(call->arena)};
}

static void add_arg(struct call *call, struct query *query, struct db_value value)
{
	if (query->count == query->cap) {
		size_t cap = query->cap ? query->cap * 2 : 64;
		struct db_value *grown = ARENA_ARRAY(call->arena, struct db_value, cap);
		if (query->count)
			memcpy(grown, query->args, query->count * sizeof *grown);
		query->args = grown;
		query->cap = cap;
	}
	query->args[query->count++] = value;
}

static void add(struct call *call, struct query *query, const char *sql, struct db_value value)
{
	buf_text(query->sql, sql);
	add_arg(call, query, value);
}

static struct problem *run(struct call *call, const struct query *query, struct db_result **out)
{
	return db_select(call->db, call->scope, db_dynamic(call->db, query->sql->data), query->args, query->count, out);
}

static void add_ids(struct call *call, struct query *query, const struct uuid *ids, size_t count)
{
	buf_text(query->sql, " IN (NULL");
	for (size_t i = 0; i < count; i++)
		add(call, query, ", ?", db_id(&ids[i]));
	buf_char(query->sql, ')');
}

static void add_names(struct call *call, struct query *query, const char *const *names, size_t count)
{
	buf_text(query->sql, " AND e.actor_name IN (NULL");
	for (size_t i = 0; i < count; i++)
		add(call, query, ", ?", db_text(names[i]));
	buf_char(query->sql, ')');
}

/* ---- Records that bear a name, a code or a number ---- */

struct hunt {
	struct call *call;
	const char *q;
	struct audit_wanted *wanted;
	struct uuid institutions[MOST_OF_ONE];
	size_t institution_count;
};

static void take_record(struct hunt *hunt, struct uuid id)
{
	struct audit_wanted *wanted = hunt->wanted;
	for (size_t i = 0; i < wanted->record_count; i++)
		if (uuid_equal(wanted->records[i], id))
			return;
	if (wanted->record_count < MOST_RECORDS)
		wanted->records[wanted->record_count++] = id;
}

static void take_institution(struct hunt *hunt, struct uuid id)
{
	for (size_t i = 0; i < hunt->institution_count; i++)
		if (uuid_equal(hunt->institutions[i], id))
			return;
	if (hunt->institution_count < MOST_OF_ONE)
		hunt->institutions[hunt->institution_count++] = id;
}

static bool has_field(const struct record *record, const char *name, enum field_type type)
{
	const struct field *field = shape_field(record->shape, name);
	return field && field->type == type;
}

static void take_rows(struct hunt *hunt, const struct db_result *rows, bool institutions)
{
	struct uuid id;
	for (size_t i = 0; i < rows->rows; i++) {
		if (db_get_id(rows, i, 0, &id))
			take_record(hunt, id);
		if (institutions && db_get_id(rows, i, 1, &id))
			take_institution(hunt, id);
	}
}

/* Of a type whose rows bear an institution's name and code themselves. */
static struct problem *hunt_named(struct hunt *hunt, const struct record *record)
{
	static const char *const columns[] = {"name", "uscc"};
	struct call *call = hunt->call;
	struct query query = query_new(call);
	struct search search;
	struct db_result *rows;
	const char *by = record == &record_institution ? "id"
		: has_field(record, "institution_id", FIELD_ID) ? "institution_id" : "NULL";
	search_make(call->arena, hunt->q, columns, 2, &search);
	if (!search.sql)
		return NULL;
	buf_printf(query.sql, "SELECT id, %s FROM `%s` WHERE platform_id = :p AND %s ORDER BY id DESC LIMIT %d", by,
		record->table, search.sql, MOST_OF_ONE);
	for (size_t i = 0; i < search.count; i++)
		add_arg(call, &query, search.args[i]);
	struct problem *problem = run(call, &query, &rows);
	if (!problem)
		take_rows(hunt, rows, true);
	return problem;
}

static struct problem *hunt_belonging(struct hunt *hunt, const struct record *record)
{
	struct query query = query_new(hunt->call);
	struct db_result *rows;
	buf_printf(query.sql, "SELECT id FROM `%s` WHERE platform_id = :p AND institution_id", record->table);
	add_ids(hunt->call, &query, hunt->institutions, hunt->institution_count);
	buf_printf(query.sql, " ORDER BY id DESC LIMIT %d", MOST_OF_ONE);
	struct problem *problem = run(hunt->call, &query, &rows);
	if (!problem)
		take_rows(hunt, rows, false);
	return problem;
}

static bool is_ascii(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text >= 0x80)
			return false;
	return true;
}

/* Numbers are ASCII: what is not cannot be one. */
static struct problem *hunt_numbered(struct hunt *hunt, const struct record *record, const char *column)
{
	struct query query = query_new(hunt->call);
	struct db_result *rows;
	buf_printf(query.sql, "SELECT id FROM `%s` WHERE platform_id = :p AND `%s` = ?", record->table, column);
	add_arg(hunt->call, &query, db_text(hunt->q));
	buf_printf(query.sql, " LIMIT %d", MOST_OF_ONE);
	struct problem *problem = run(hunt->call, &query, &rows);
	if (!problem)
		take_rows(hunt, rows, false);
	return problem;
}

/* A record's number of the platform's own, or the product's that it shows; NULL if it has neither. */
static const char *number_of(const struct record *record)
{
	if (record->series_count)
		return record->series[0].field->name;
	return has_field(record, "product_number", FIELD_TEXT) ? "product_number" : NULL;
}

static bool is_named(const struct record *record)
{
	return has_field(record, "uscc", FIELD_USCC) && has_field(record, "name", FIELD_TEXT);
}

static struct problem *hunt_all(struct hunt *hunt)
{
	const struct record_set *set = hunt->call->services->records;
	struct problem *problem = NULL;
	for (size_t i = 0; !problem && i < set->count; i++) {
		const struct record *record = set->records[i];
		const char *number = record->table && record->business ? number_of(record) : NULL;
		if (record->table && record->business && is_named(record))
			problem = hunt_named(hunt, record);
		if (!problem && number && is_ascii(hunt->q))
			problem = hunt_numbered(hunt, record, number);
	}
	for (size_t i = 0; !problem && hunt->institution_count && i < set->count; i++) {
		const struct record *record = set->records[i];
		if (record->table && record->business && !is_named(record) &&
			has_field(record, "institution_id", FIELD_ID))
			problem = hunt_belonging(hunt, record);
	}
	return problem;
}

/* ---- People: each name of the log once, by its index ---- */

static struct problem *find_people(struct call *call, const char *part, const char ***out, size_t *count)
{
	struct db_result *rows;
	struct problem *problem = db_select(call->db, call->scope,
		"SELECT names.name FROM (SELECT DISTINCT e.actor_name AS name FROM log_entry e WHERE e.platform_id = "
		":p "
		"AND e.actor_name IS NOT NULL) AS names WHERE INSTR(names.name, ?) > 0 LIMIT 30",
		DB_ARGS(db_text(part)), &rows);
	*count = 0;
	if (problem)
		return problem;
	*out = ARENA_ARRAY(call->arena, const char *, rows->rows + 1);
	for (size_t i = 0; i < rows->rows && i < MOST_PEOPLE; i++)
		(*out)[(*count)++] = arena_strdup(call->arena, db_need_text(rows, i, 0));
	return NULL;
}

/* ---- Days ---- */

/* The first entry at or behind `seq`, and when it was; *found 0: there is none. */
static struct problem *entry_at(struct call *call, uint64_t seq, uint64_t *found, int64_t *at)
{
	struct db_result *rows;
	struct problem *problem = db_select(call->db, call->scope,
		"SELECT e.seq, e.at FROM log_entry e WHERE e.platform_id = :p AND e.seq >= ? ORDER BY e.seq LIMIT 1",
		DB_ARGS(db_uint(seq)), &rows);
	*found = !problem && rows->rows ? db_get_uint(rows, 0, 0) : 0;
	*at = *found ? db_get_time(rows, 0, 1) : 0;
	return problem;
}

/* The first number at or behind which all lies that is not older than `when`, or a little before. */
static struct problem *seq_of(struct call *call, int64_t when, uint64_t head, uint64_t *out)
{
	uint64_t low = 1, high = head + 1, found;
	int64_t at;
	while (low < high) {
		uint64_t middle = low + (high - low) / 2;
		struct problem *problem = entry_at(call, middle, &found, &at);
		if (problem)
			return problem;
		if (!found || at >= when)
			high = middle;
		else
			low = middle + 1;
	}
	*out = low;
	return NULL;
}

static struct problem *find_days(struct call *call, const struct audit_filter *filter, struct audit_wanted *out)
{
	uint64_t epoch, head;
	if (!filter->from && !filter->to)
		return NULL;
	struct problem *problem = journal_head(call->db, call->platform_id, &epoch, &head);
	if (!problem && filter->from)
		problem = seq_of(call, filter->from - DAY_MS, head, &out->first);
	if (!problem && filter->to)
		problem = seq_of(call, filter->to + DAY_MS, head, &out->last);
	return problem;
}

struct problem *audit_find_begin(struct call *call, const struct audit_filter *filter, struct audit_wanted *out)
{
	struct hunt hunt = {.call = call, .q = filter->q, .wanted = out};
	struct problem *problem;
	struct uuid id;
	*out = (struct audit_wanted){.by_words = filter->q, .by_actor = filter->actor};
	problem = find_days(call, filter, out);
	if (!problem && filter->actor)
		problem = find_people(call, filter->actor, &out->actors, &out->actor_count);
	if (problem || !filter->q)
		return problem;
	out->records = ARENA_ARRAY(call->arena, struct uuid, MOST_RECORDS);
	if (uuid_parse(filter->q, &id))
		take_record(&hunt, id);
	problem = hunt_all(&hunt);
	if (!problem)
		problem = find_people(call, filter->q, &out->people, &out->people_count);
	return problem;
}

/* ---- Entries ---- */

static void add_filters(
	struct call *call, struct query *query, const struct audit_filter *filter, const struct audit_wanted *wanted)
{
	if (filter->kind)
		add(call, query, " AND e.kind = ?", db_text(filter->kind));
	if (filter->record_type)
		add(call, query, " AND e.record_type = ?", db_text(filter->record_type));
	if (!uuid_is_nil(filter->record_id))
		add(call, query, " AND e.record_id = ?", db_id(&filter->record_id));
	if (!uuid_is_nil(filter->actor_id))
		add(call, query, " AND e.actor_id = ?", db_id(&filter->actor_id));
	if (wanted->by_actor)
		add_names(call, query, wanted->actors, wanted->actor_count);
	if (filter->from) {
		add(call, query, " AND e.seq >= ?", db_uint(wanted->first));
		add(call, query, " AND e.at >= ?", db_time(filter->from));
	}
	if (filter->to) {
		add(call, query, " AND e.seq <= ?", db_uint(wanted->last));
		add(call, query, " AND e.at <= ?", db_time(filter->to));
	}
	if (filter->has_cursor)
		add(call, query, " AND e.seq < ?", db_int(filter->cursor));
}

/* One part of what is wanted, so many of its newest. */
static void begin_part(struct call *call, struct query *query, const struct audit_filter *filter,
	const struct audit_wanted *wanted)
{
	buf_text(query->sql, query->sql->len ? ") UNION (" : "(");
	buf_text(query->sql, "SELECT e.seq FROM log_entry e WHERE e.platform_id = :p");
	add_filters(call, query, filter, wanted);
}

static void end_part(struct query *query, size_t limit)
{
	buf_printf(query->sql, " ORDER BY e.seq DESC LIMIT %zu", limit);
}

static void add_wanted(struct call *call, struct query *query, const struct audit_filter *filter,
	const struct audit_wanted *wanted, size_t limit)
{
	begin_part(call, query, filter, wanted);
	buf_text(query->sql, " AND e.record_id");
	add_ids(call, query, wanted->records, wanted->record_count);
	end_part(query, limit);
	for (size_t i = 0; i < wanted->people_count; i++) {
		begin_part(call, query, filter, wanted);
		add(call, query, " AND e.actor_name = ?", db_text(wanted->people[i]));
		end_part(query, limit);
	}
	buf_char(query->sql, ')');
}

#define COLUMNS \
	"SELECT e.seq, e.kind, e.record_type, e.record_id, e.actor_id, e.actor_name, e.actor_role, e.client, e.at, " \
	"e.audience, e.payload FROM "

static size_t passed_over(const struct audit_filter *filter)
{
	return filter->has_cursor ? 0 : (size_t)filter->offset;
}

static struct problem *page_by_words(struct call *call, const struct audit_filter *filter,
	const struct audit_wanted *wanted, size_t limit, struct db_result **out)
{
	struct query parts = query_new(call), query = query_new(call);
	size_t from = passed_over(filter);
	add_wanted(call, &parts, filter, wanted, from + limit);
	buf_printf(query.sql, COLUMNS "(%s ORDER BY seq DESC LIMIT %zu OFFSET %zu) AS k JOIN log_entry e ON "
		"e.platform_id = :p AND e.seq = k.seq ORDER BY e.seq DESC", parts.sql->data, limit, from);
	query.args = parts.args;
	query.count = parts.count;
	return run(call, &query, out);
}

struct problem *audit_find_page(struct call *call, const struct audit_filter *filter, const struct audit_wanted *wanted,
	size_t limit, struct db_result **out)
{
	struct query query = query_new(call);
	if (wanted->by_words)
		return page_by_words(call, filter, wanted, limit, out);
	buf_text(query.sql, COLUMNS "log_entry e WHERE e.platform_id = :p");
	add_filters(call, &query, filter, wanted);
	buf_printf(query.sql, " ORDER BY e.seq DESC LIMIT %zu OFFSET %zu", limit, passed_over(filter));
	return run(call, &query, out);
}

struct problem *audit_find_count(struct call *call, const struct audit_filter *filter,
	const struct audit_wanted *wanted, size_t most, size_t *out)
{
	struct query parts = query_new(call), query = query_new(call);
	struct db_result *row;
	if (wanted->by_words) {
		add_wanted(call, &parts, filter, wanted, most);
	} else {
		buf_text(parts.sql, "SELECT e.seq FROM log_entry e WHERE e.platform_id = :p");
		add_filters(call, &parts, filter, wanted);
	}
	buf_printf(query.sql, "SELECT COUNT(*) FROM (%s LIMIT %zu) AS bounded", parts.sql->data, most);
	query.args = parts.args;
	query.count = parts.count;
	struct problem *problem = run(call, &query, &row);
	*out = problem ? 0 : (size_t)db_get_uint(row, 0, 0);
	return problem;
}
