#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/crypto/crypto.h"
#include "core/db/search.h"
#include "core/http/request.h"
#include "core/record/child.h"
#include "core/record/endpoint.h"
#include "core/record/export.h"
#include "core/record/export_name.h"
#include "core/record/find.h"
#include "core/record/lifecycle.h"
#include "core/record/public.h"
#include "core/record/record_inside.h"
#include "core/record/row.h"
#include "core/record/side.h"
#include "core/text/json.h"
#include "core/text/moment.h"
#include "core/text/text.h"
#include "core/text/uscc.h"
#include "core/text/zone.h"
#include "core/utf8.h"

enum {
	LIMIT_DEFAULT = 50,
	LIMIT_MAX = 200,
	PORTAL_DEFAULT = 20,
	PORTAL_MAX = 100,
	FILTER_VALUES_MAX = 50,
	SEARCH_MAX = 100,
	JUMP_MAX = 10000,  /* rows passed over by `offset` */
	TOTAL_MAX = 10000, /* counted one by one; beyond, "more than" has to do */
	EXPORT_PAGE = 500,
	CURSOR_MAC = 8
};

struct record_where {
	struct arena *arena;
	struct buf *sql;
	struct db_value *args;
	size_t count;
	size_t cap;
};

/* What a list asks for, read from the query. */
struct listing_request {
	struct call *call;
	const struct record *record;
	const struct record_public *seen; /* by visitors alone; NULL: by the list verb's roles */
	struct record_offer offer;
	const struct record_sort *sort;
	bool descending;
	size_t limit;
	size_t offset;
	bool counts;
	bool total;
	const char *cursor;
	const char *phases; /* wanted, left out of the counts; or NULL */
	struct record_where where;
	struct problem *problem;
};

static void add_arg(struct record_where *where, struct db_value value)
{
	if (where->count == where->cap) {
		size_t cap = where->cap ? 2 * where->cap : 16;
		struct db_value *args = ARENA_ARRAY(where->arena, struct db_value, cap);
		if (where->count)
			memcpy(args, where->args, where->count * sizeof *args);
		where->args = args;
		where->cap = cap;
	}
	where->args[where->count++] = value;
}

void record_where_add(struct record_where *where, const char *condition, const struct db_value *args, size_t arg_count)
{
	buf_printf(where->sql, "%s(%s)", where->sql->len ? " AND " : "", condition);
	for (size_t i = 0; i < arg_count; i++)
		add_arg(where, args[i]);
}

static void fault(struct listing_request *r, const char *name, const char *code, const char *zh, const char *en)
{
	r->problem =
		problem_add_field(r->call->arena, r->problem, arena_printf(r->call->arena, "/%s", name), code, zh, en);
}

/* --- filters --- */

static bool is_ascii(const char *text)
{
	while (*text)
		if (*text++ & 0x80)
			return false;
	return true;
}

/* One value of a filter as SQL sees it; false with a fault when it does not fit the field. */
static bool filter_value(
	struct listing_request *r, const struct record_filter *filter, const char *text, struct db_value *out)
{
	struct call *call = r->call;
	const struct field *field = filter->field;
	struct uuid id;
	int64_t time;
	char *end;
	switch (field->type) {
	case FIELD_ID:
	case FIELD_FILE:
		if (uuid_parse(text, &id)) {
			*out = db_bytes(arena_memdup(call->arena, id.b, sizeof id.b), sizeof id.b);
			return true;
		}
		break;
	case FIELD_INT:
	case FIELD_UINT:
	case FIELD_MONEY:
		errno = 0;
		*out = db_int(strtoll(text, &end, 10));
		if (end != text && !*end && !errno && !strchr("+ \t\n\v\f\r", *text))
			return true;
		break;
	case FIELD_BOOL:
		*out = db_int(strcmp(text, "true") == 0 || strcmp(text, "1") == 0);
		if (out->i || strcmp(text, "false") == 0 || strcmp(text, "0") == 0)
			return true;
		break;
	case FIELD_ENUM:
		*out = db_text(text);
		if (field_value(field, text))
			return true;
		break;
	case FIELD_PLATFORM:
		*out = db_uint(call->services->platform_by_slug
				? call->services->platform_by_slug(call, text, call->services->arg)
				: (uint32_t)strtoul(text, NULL, 10));
		if (out->u)
			return true;
		break;
	case FIELD_TIME:
		if (time_parse(text, &time)) {
			*out = db_time(time);
			return true;
		}
		break;
	case FIELD_DATE:
		*out = db_text(text);
		if (date_valid(text))
			return true;
		break;
	default:
		text = field->type == FIELD_USCC ? uscc_normalise(call->arena, text) : text_line(call->arena, text);
		*out = db_text(text);
		if (!field->ascii || is_ascii(text))
			return true;
		break; /* MariaDB does not compare it with an ASCII column */
	}
	fault(r, filter->name, "format", "筛选条件不正确", "is not a value of this field");
	return false;
}

static struct db_value blind_index(struct listing_request *r, const struct field *field, const char *text)
{
	struct json_object *object = json_own(r->call->arena, json_object_new_string(text));
	struct { struct sealed value; } holder = {{0}};
	struct field plain = *field;
	unsigned char *index = arena_alloc(r->call->arena, CRYPTO_HASH);
	plain.offset = 0;
	field_decode_loose(r->call, r->call->arena, &plain, object, &holder);
	crypto_blind_index(r->call->services->keys, arena_printf(r->call->arena, "%s.%s", r->record->name, field->name),
			   holder.value.plain ? holder.value.plain : text, index);
	return db_bytes(index, CRYPTO_HASH);
}

/* `column` IN (…) for comma-separated values. */
static void filter_in(
	struct listing_request *r, const struct record_filter *filter, const char *column, const char *text)
{
	struct db_value values[FILTER_VALUES_MAX];
	struct buf *sql = buf_in(r->call->arena);
	size_t count = 0;
	for (const char *at = text; *at;) {
		size_t len = strcspn(at, ",");
		const char *item = arena_printf(r->call->arena, "%.*s", (int)len, at);
		at += len + (at[len] == ',');
		if (count == FILTER_VALUES_MAX) {
			fault(r, filter->name, "too-many", "筛选值过多", "names too many values");
			return;
		}
		if (filter->field && filter->field->sealed_column)
			values[count++] = blind_index(r, filter->field, item);
		else if (!filter->field)
			values[count++] = db_text(is_ascii(item) ? item : ""); /* phases and steps are ASCII */
		else if (!filter_value(r, filter, item, &values[count++]))
			return;
	}
	buf_printf(sql, column[0] == '(' ? "%s IN (" : "`%s` IN (", column); /* a window's state has none */
	for (size_t i = 0; i < count; i++)
		buf_text(sql, i ? ", ?" : "?");
	buf_char(sql, ')');
	if (count)
		record_where_add(&r->where, sql->data, values, count);
}

/* A region means all below it as well. Codes are ASCII, as their columns are. */
static void filter_region(struct listing_request *r, const char *column, const char *text)
{
	const struct call_services *services = r->call->services;
	struct buf *codes = buf_in(r->call->arena);
	for (const char *at = text; *at;) {
		size_t len = strcspn(at, ",");
		const char *code = arena_printf(r->call->arena, "%.*s", (int)len, at);
		at += len + (at[len] == ',');
		if (codes->len)
			buf_char(codes, ',');
		if (is_ascii(code))
			buf_text(codes,
				services->regions_within ? services->regions_within(r->call, code, services->arg)
							 : code);
	}
	struct db_value value = db_text(codes->len ? codes->data : "");
	record_where_add(&r->where, arena_printf(r->call->arena, "FIND_IN_SET(`%s`, ?)", column), &value, 1);
}

/* A bound of days or times: "to" a day means its end. */
static void filter_range(struct listing_request *r, const struct record_filter *filter, bool from, const char *text)
{
	enum { DAY_MS = 24 * 3600 * 1000 };
	bool time = filter->field ? filter->field->type == FIELD_TIME : strcmp(filter->column, "due_on") != 0;
	bool date = filter->field ? filter->field->type == FIELD_DATE : !time;
	struct db_value value;
	const char *sign = from ? ">=" : "<=";
	int64_t ms;
	if (time && date_valid(text)) {
		value = db_time(zone_day_begin(text) + (from ? 0 : DAY_MS));
		sign = from ? ">=" : "<";
	} else if (time && time_parse(text, &ms)) {
		value = db_time(ms);
	} else if (date && date_valid(text)) {
		value = db_text(text);
	} else if (time || date) {
		fault(r, filter->name, "format", "应为日期或时间", "must be a day or a time");
		return;
	} else if (!filter_value(r, filter, text, &value)) {
		return;
	}
	record_where_add(&r->where, arena_printf(r->call->arena, "`%s` %s ?", filter->column, sign), &value, 1);
}

static void filter_search(struct listing_request *r, const char *text)
{
	if (utf8_length(text) > SEARCH_MAX) {
		fault(r, "q", "too-long", "关键词过长", "is too long");
		return;
	}
	struct search search;
	search_make(r->call->arena, text, r->offer.search_columns, r->offer.search_count, &search);
	if (search.sql)
		record_where_add(&r->where, search.sql, search.args, search.count);
}

static void filter_phase(struct listing_request *r, const struct record_filter *filter, const char *text)
{
	for (const char *at = text; *at;) {
		size_t len = strcspn(at, ",");
		bool known = false;
		for (size_t i = 0; i < r->record->phase_count; i++)
			known |= strlen(r->record->phases[i].code) == len &&
				strncmp(r->record->phases[i].code, at, len) == 0;
		if (!known)
			fault(r, filter->name, "choice", "没有这个状态", "is no phase of this record");
		at += len + (at[len] == ',');
	}
	r->phases = text;
}

static void add_home(struct listing_request *r, bool own)
{
	record_where_add(&r->where, own ? "home_id = :p" : "home_id <> :p", NULL, 0);
}

static void add_filter(struct listing_request *r, const struct record_filter *filter, const char *text)
{
	switch (filter->kind) {
	case FILTER_EQUAL:
		if (filter->field && filter->field->type == FIELD_REGION)
			filter_region(r, filter->column, text);
		else
			filter_in(r, filter, filter->column, text);
		break;
	case FILTER_FROM:
	case FILTER_IMPLIED_FROM: filter_range(r, filter, true, text); break;
	case FILTER_TO:
	case FILTER_IMPLIED_TO: filter_range(r, filter, false, text); break;
	case FILTER_SEARCH: filter_search(r, text); break;
	case FILTER_PHASE: filter_phase(r, filter, text); break;
	case FILTER_STEP: filter_in(r, filter, "step", text); break;
	case FILTER_HOME:
		if (strcmp(text, "own") == 0 || strcmp(text, "copies") == 0)
			add_home(r, text[0] == 'o');
		else
			fault(r, filter->name, "choice", "只能是 own 或 copies", "must be own or copies");
		break;
	}
}

/* --- the query --- */

static const struct record_filter *find_filter(const struct record_offer *offer, const char *name)
{
	for (size_t i = 0; i < offer->filter_count; i++)
		if (strcmp(offer->filters[i].name, name) == 0)
			return &offer->filters[i];
	return NULL;
}

/* An order tells as much as a filter. */
static bool may_sort(const struct listing_request *r, const char *name)
{
	const struct field *field = shape_field(r->record->shape, name);
	return !field || r->seen || record_field_is_open(r->call, r->record, field);
}

static void set_sort(struct listing_request *r, const char *text)
{
	const char *name = text[0] == '-' ? text + 1 : text;
	for (size_t i = 0; i < r->offer.sort_count; i++)
		if (strcmp(r->offer.sorts[i].name, name) == 0 && may_sort(r, name)) {
			r->sort = &r->offer.sorts[i];
			r->descending = text[0] == '-';
			return;
		}
	fault(r, "sort", "choice", "不能按此排序", "is nothing to sort by");
}

static void set_limit(struct listing_request *r, const char *text)
{
	size_t digits = strspn(text, "0123456789");
	long limit = digits && digits < 4 && !text[digits] ? strtol(text, NULL, 10) : 0;
	long most = r->seen ? PORTAL_MAX : LIMIT_MAX;
	if (limit < 1 || limit > most)
		fault(r, "limit", "range", arena_printf(r->call->arena, "应在 1 到 %ld 之间", most),
			arena_printf(r->call->arena, "must be between 1 and %ld", most));
	else
		r->limit = (size_t)limit;
}

static void set_offset(struct listing_request *r, const char *text)
{
	size_t digits = strspn(text, "0123456789");
	long offset = digits && digits < 7 && !text[digits] ? strtol(text, NULL, 10) : -1;
	if (offset < 0 || offset > JUMP_MAX)
		fault(r, "offset", "range",
			arena_printf(r->call->arena, "应在 0 到 %d 之间；更后的请缩小筛选范围", JUMP_MAX),
			arena_printf(r->call->arena, "must be between 0 and %d; beyond, narrow the filter", JUMP_MAX));
	else
		r->offset = (size_t)offset;
}

static bool is_true(const char *text)
{
	return strcmp(text, "true") == 0 || strcmp(text, "1") == 0;
}

/* What says which page, and what is told beside it. */
static bool read_paging(struct listing_request *r, const struct http_pair *pair)
{
	if (strcmp(pair->name, "limit") == 0)
		set_limit(r, pair->value);
	else if (strcmp(pair->name, "cursor") == 0)
		r->cursor = pair->value[0] ? pair->value : NULL;
	else if (strcmp(pair->name, "offset") == 0 && !r->seen)
		set_offset(r, pair->value);
	else if (strcmp(pair->name, "total") == 0 && !r->seen)
		r->total = is_true(pair->value);
	else if (strcmp(pair->name, "counts") == 0 && r->record->phase_count && !r->seen)
		r->counts = is_true(pair->value);
	else
		return false;
	return true;
}

static void read_parameter(struct listing_request *r, const struct http_pair *pair, bool paging)
{
	const struct record_filter *filter = find_filter(&r->offer, pair->name);
	if (filter && filter->field && !r->seen && !record_field_is_open(r->call, r->record, filter->field))
		fault(r, pair->name, "forbidden", "不能按此字段筛选", "is nothing that you may filter by");
	else if (filter && pair->value[0])
		add_filter(r, filter, pair->value);
	else if (filter)
		return;
	else if (strcmp(pair->name, "sort") == 0)
		set_sort(r, pair->value);
	else if (!paging && (strcmp(pair->name, "columns") == 0 || strcmp(pair->name, "lang") == 0))
		return; /* core/record/export.h */
	else if (!paging || !read_paging(r, pair))
		fault(r, pair->name, "unknown", "没有这个参数", "is not a known parameter");
}

/* Rows of others are not there for the confined. */
static void add_isolation(struct listing_request *r)
{
	if (record_is_confined(r->call, r->record))
		side_where(r->call, r->record, &r->where);
}

static void begin(struct listing_request *r, struct call *call, const struct record *record)
{
	*r = (struct listing_request){.call = call, .record = record, .limit = LIMIT_DEFAULT};
	r->offer = (struct record_offer){record->filters, record->filter_count, record->sorts, record->sort_count,
		record->default_sort, record->search_columns, record->search_count};
	r->where = (struct record_where){.arena = call->arena, .sql = buf_in(call->arena)};
}

static struct problem *read_query(struct listing_request *r, bool paging)
{
	const struct request *request = r->call->request;
	set_sort(r, r->offer.default_sort);
	for (size_t i = 0; i < request->query_count; i++)
		read_parameter(r, &request->query[i], paging);
	if (r->cursor && r->offset)
		fault(r, "offset", "choice", "不能与 cursor 同时使用", "goes without a cursor");
	return r->problem;
}

static struct problem *read_request(
	struct listing_request *r, struct call *call, const struct record *record, bool paging)
{
	begin(r, call, record);
	add_isolation(r);
	struct problem *problem = call->endpoint->under ? child_where(call, record, &r->where) : NULL;
	if (problem)
		return problem;
	if (record->list_home != LIST_HOME_ALL)
		add_home(r, record->list_home == LIST_HOME_OWN);
	problem = read_query(r, paging);
	return !problem && record->list_where ? record->list_where(call, &r->where) : problem;
}

/* Of r->where with the phases that are wanted. */
static void narrow_phases(struct listing_request *r)
{
	static const struct record_filter phase = {.name = "phase", .kind = FILTER_PHASE, .column = "phase"};
	if (r->phases)
		filter_in(r, &phase, "phase", r->phases);
}

/* --- cursors: the sort value and id of the last row, bound to platform, record, sort and filters by a keyed hash
 * --- */

static void cursor_mac(struct listing_request *r, const char *content, unsigned char out[CRYPTO_HASH])
{
	unsigned char key[CRYPTO_KEY] = {0};
	struct buf *text = buf_in(r->call->arena);
	if (r->call->services->keys)
		crypto_keys_derive(r->call->services->keys, "cursor", key);
	buf_printf(
		text, "%u/%s/%s/%d/%s/", r->call->platform_id, r->record->name, r->sort->name, r->descending, content);
	buf_text(text, r->where.sql->data);
	for (size_t i = 0; i < r->where.count; i++) {
		const struct db_value *value = &r->where.args[i];
		if (value->type == DB_TEXT || value->type == DB_BYTES)
			buf_add(text, value->s.data, value->s.len);
		else
			buf_add(text, &value->u, sizeof value->u);
		buf_char(text, '/');
	}
	crypto_hmac_sha256(key, sizeof key, text->data, text->len, out);
}

static const char *cursor_make(struct listing_request *r, const struct db_value *key, struct uuid id)
{
	struct buf *content = buf_in(r->call->arena), *out = buf_in(r->call->arena);
	unsigned char mac[CRYPTO_HASH];
	char text[UUID_TEXT + 1];
	uuid_format(id, text);
	buf_text(content, text);
	if (key->type == DB_TEXT)
		buf_printf(content, "t%s", key->s.data);
	else if (key->type == DB_NULL)
		buf_char(content, 'n');
	else
		buf_printf(content, "i%lld", (long long)key->i);
	cursor_mac(r, content->data, mac);
	buf_add(out, mac, CURSOR_MAC);
	buf_add(out, content->data, content->len);
	return crypto_base64url(r->call->arena, out->data, out->len);
}

static struct db_value cursor_key(const struct listing_request *r, const char *text)
{
	if (text[0] == 't')
		return db_text(text + 1);
	if (text[0] == 'n')
		return db_null();
	int64_t number = strtoll(text + 1, NULL, 10);
	return r->sort->type == FIELD_TIME ? db_time(number) : db_int(number);
}

/* A cursor of another list, platform or filter says nothing here. */
static struct problem *cursor_read(struct listing_request *r, struct db_value *key, struct uuid *id)
{
	size_t size;
	unsigned char mac[CRYPTO_HASH];
	const char *bytes = (const char *)crypto_unbase64url(r->call->arena, r->cursor, &size);
	char text[UUID_TEXT + 1] = "";
	if (bytes && size > CURSOR_MAC + UUID_TEXT) {
		const char *content =
			arena_printf(r->call->arena, "%.*s", (int)(size - CURSOR_MAC), bytes + CURSOR_MAC);
		cursor_mac(r, content, mac);
		memcpy(text, content, UUID_TEXT);
		if (crypto_equal(mac, bytes, CURSOR_MAC) && uuid_parse(text, id)) {
			*key = cursor_key(r, content + UUID_TEXT);
			return NULL;
		}
	}
	return problem_add_field(r->call->arena, NULL, "/after", "cursor", "翻页位置已失效，请从第一页开始",
				 "does not belong to this list; begin at its first page");
}

/* Two conditions, so that the first one alone bounds the index range: (a, id) < (?, ?) is not used as a range by
 * MariaDB. NULL sorts before all values, as it does in the index. */
static void add_cursor(struct listing_request *r, struct db_value key, struct uuid id)
{
	struct arena *arena = r->where.arena;
	const char *c = r->sort->column, *sign = r->descending ? "<" : ">", *condition;
	struct db_value last = db_bytes(arena_memdup(arena, id.b, sizeof id.b), sizeof id.b);
	bool nulls_ahead = r->sort->nullable && r->descending; /* they come after this row */
	if (key.type == DB_NULL) {
		condition = r->descending ? "`%s` IS NULL AND id < ?" : "`%s` IS NOT NULL OR id > ?";
		record_where_add(&r->where, arena_printf(arena, condition, c), &last, 1);
		return;
	}
	const char *bound = arena_printf(
		arena, "`%s` %s= ?%s", c, sign, nulls_ahead ? arena_printf(arena, " OR `%s` IS NULL", c) : "");
	const char *beyond = arena_printf(arena, "`%s` %s ? OR id %s ?%s", c, sign, sign,
		nulls_ahead ? arena_printf(arena, " OR `%s` IS NULL", c) : "");
	record_where_add(&r->where, bound, &key, 1);
	struct db_value args[] = {key, last};
	record_where_add(&r->where, beyond, args, 2);
}

static struct problem *fetch(struct listing_request *r, size_t limit, const char *columns, struct db_result **out)
{
	struct buf *sql = buf_in(r->call->arena);
	const char *direction = r->descending ? "DESC" : "ASC";
	buf_printf(sql, "SELECT %s, `%s` FROM `%s` WHERE platform_id = :p%s%s ORDER BY `%s` %s, id %s LIMIT %zu",
		columns, r->sort->column, r->record->table, r->where.sql->len ? " AND " : "", r->where.sql->data,
		r->sort->column, direction, direction, limit);
	if (r->offset)
		buf_printf(sql, " OFFSET %zu", r->offset);
	return db_select(
		r->call->db, r->call->scope, db_dynamic(r->call->db, sql->data), r->where.args, r->where.count, out);
}

/* How many in each phase, under the same filters. */
static struct problem *write_counts(
	struct listing_request *r, const struct record_where *filters, struct json_writer *w)
{
	struct db_result *result;
	const char *sql = arena_printf(r->call->arena,
		"SELECT phase, COUNT(*) FROM `%s` WHERE platform_id = :p%s%s GROUP BY phase", r->record->table,
		filters->sql->len ? " AND " : "", filters->sql->data);
	struct problem *problem = db_select(
		r->call->db, r->call->scope, db_dynamic(r->call->db, sql), filters->args, filters->count, &result);
	if (problem)
		return problem;
	jw_key(w, "counts");
	jw_object_begin(w);
	for (size_t i = 0; i < result->rows; i++)
		if (db_get_text(result, i, 0))
			jw_kv_int(w, db_get_text(result, i, 0), db_get_int(result, i, 1));
	jw_object_end(w);
	return NULL;
}

/* How many the filters let through, counted up to a bound, so that a list of millions answers as fast. */
static struct problem *count_rows(
	struct listing_request *r, const struct record_where *filters, size_t most, int64_t *out)
{
	struct db_result *result;
	const char *sql = arena_printf(r->call->arena,
		"SELECT COUNT(*) FROM (SELECT 1 FROM `%s` WHERE platform_id = :p%s%s LIMIT %zu) AS bounded",
		r->record->table, filters->sql->len ? " AND " : "", filters->sql->data, most);
	struct problem *problem = db_select(
		r->call->db, r->call->scope, db_dynamic(r->call->db, sql), filters->args, filters->count, &result);
	*out = problem ? 0 : db_get_int(result, 0, 0);
	return problem;
}

static struct problem *write_total(
	struct listing_request *r, const struct record_where *filters, struct json_writer *w)
{
	int64_t total;
	struct problem *problem = count_rows(r, filters, TOTAL_MAX + 1, &total);
	if (problem)
		return problem;
	jw_kv_int(w, "total", total > TOTAL_MAX ? TOTAL_MAX : total);
	jw_kv_bool(w, "total_more", total > TOTAL_MAX);
	return NULL;
}

static struct record_where where_copy(const struct record_where *where)
{
	struct record_where copy = *where;
	copy.sql = buf_in(where->arena);
	buf_text(copy.sql, where->sql->data);
	copy.args = where->count
		? (struct db_value *)(void *)arena_memdup(where->arena, where->args, where->count * sizeof *where->args)
		: NULL;
	copy.cap = copy.count;
	return copy;
}

static void write_items(const struct listing_request *r, void *const *rows, size_t count, struct json_writer *w)
{
	jw_key(w, "items");
	jw_array_begin(w);
	for (size_t i = 0; i < count; i++) {
		if (r->seen)
			public_write_json(r->call, r->record, rows[i], true, w);
		else
			record_write_json(r->call, r->record, rows[i], true, w);
	}
	jw_array_end(w);
}

/* The page that the request names. r->where: without what the cursor adds, which the next one is bound to. */
static struct problem *answer_page(struct listing_request *r)
{
	struct call *call = r->call;
	struct db_result *result;
	struct db_value key;
	struct uuid id;
	struct record_where all_phases = where_copy(&r->where);
	narrow_phases(r);
	struct problem *problem = r->cursor ? cursor_read(r, &key, &id) : NULL;
	if (problem)
		return problem;
	struct record_where filters = where_copy(&r->where);
	if (r->cursor)
		add_cursor(r, key, id);
	problem = fetch(r, r->limit + 1, r->seen ? r->seen->list_columns : r->record->list_columns, &result);
	if (problem)
		return problem;
	r->where = filters;
	size_t shown = result->rows > r->limit ? r->limit : result->rows;
	void **rows = ARENA_ARRAY(call->arena, void *, shown + 1);
	for (size_t i = 0; i < shown; i++)
		rows[i] = row_read(call, r->record, result, i, 0);
	if (!r->seen && (problem = child_look(call, r->record, rows, shown)))
		return problem;
	if (r->record->list_rows && !r->seen && (problem = r->record->list_rows(call, rows, shown)))
		return problem;
	struct json_writer w;
	jw_init(&w, call->request->out);
	jw_object_begin(&w);
	write_items(r, rows, shown, &w);
	struct uuid last = shown ? row_of(rows[shown - 1])->id : UUID_NIL;
	jw_kv_text(&w, "next",
		result->rows > r->limit ? cursor_make(r, db_get(result, shown - 1, result->columns - 1), last) : NULL);
	if (r->counts && (problem = write_counts(r, &all_phases, &w)))
		return problem;
	if (r->total && (problem = write_total(r, &filters, &w)))
		return problem;
	jw_object_end(&w);
	return NULL;
}

struct problem *list_run(struct call *call)
{
	struct listing_request r;
	struct problem *problem = read_request(&r, call, call->endpoint->record, true);
	return problem ? problem : answer_page(&r);
}

struct problem *list_pick(struct call *call, const struct record *record, size_t most, struct list_hit **out,
	size_t *count, int64_t *total)
{
	struct listing_request r;
	struct db_result *result;
	*count = 0;
	*total = 0;
	struct problem *problem = read_request(&r, call, record, false);
	if (problem)
		return problem;
	narrow_phases(&r);
	problem = fetch(&r, most, record->has & ROW_HAS_VERSION ? "id, version" : "id, 0", &result);
	if (problem)
		return problem;
	*out = ARENA_ARRAY(call->arena, struct list_hit, result->rows + 1);
	*count = result->rows;
	for (size_t i = 0; i < result->rows; i++) {
		db_get_id(result, i, 0, &(*out)[i].id);
		(*out)[i].version = (uint32_t)db_get_uint(result, i, 1);
	}
	*total = (int64_t)result->rows;
	return result->rows < most ? NULL : count_rows(&r, &r.where, TOTAL_MAX + 1, total);
}

/* --- one text over many lists --- */

/* As the list's first page shows them; nothing where there are none. */
static struct problem *write_found(struct listing_request *r, struct json_writer *w)
{
	struct call *call = r->call;
	struct db_result *result;
	struct problem *problem = fetch(r, r->limit + 1, r->record->list_columns, &result);
	if (problem || !result->rows)
		return problem;
	size_t shown = result->rows > r->limit ? r->limit : result->rows;
	void **rows = ARENA_ARRAY(call->arena, void *, shown + 1);
	for (size_t i = 0; i < shown; i++)
		rows[i] = row_read(call, r->record, result, i, 0);
	if ((problem = child_look(call, r->record, rows, shown)) ||
		(r->record->list_rows && (problem = r->record->list_rows(call, rows, shown))))
		return problem;
	jw_object_begin(w);
	jw_kv_text(w, "record", r->record->name);
	jw_kv_text(w, "plural", r->record->plural);
	write_items(r, rows, shown, w);
	jw_kv_bool(w, "more", result->rows > shown);
	jw_object_end(w);
	return NULL;
}

static struct problem *find_in(
	struct call *call, const struct record *record, const char *text, size_t limit, struct json_writer *w)
{
	struct listing_request r;
	begin(&r, call, record);
	r.limit = limit;
	filter_search(&r, text);
	if (r.problem || !r.where.sql->len) /* nothing that can be seen was typed: not everything */
		return r.problem;
	add_isolation(&r);
	if (record->list_home != LIST_HOME_ALL)
		add_home(&r, record->list_home == LIST_HOME_OWN);
	set_sort(&r, r.offer.default_sort);
	struct problem *problem = record->list_where ? record->list_where(call, &r.where) : NULL;
	return problem ? problem : write_found(&r, w);
}

struct problem *list_find(
	struct call *call, const struct endpoint *list, const char *text, size_t limit, struct json_writer *w)
{
	const struct endpoint *asked = call->endpoint;
	call->endpoint = list; /* whose roles say which rows are there */
	struct problem *problem = find_in(call, list->record, text, limit, w);
	call->endpoint = asked;
	return problem;
}

/* Whoever asks: the answer is the same for all, so it may be kept until the platform's log moves. */
struct problem *list_run_public(struct call *call)
{
	const struct record *record = call->endpoint->record;
	struct listing_request r;
	begin(&r, call, record);
	r.seen = record->seen;
	r.offer = record->seen->offer;
	r.limit = PORTAL_DEFAULT;
	record_where_add(&r.where, record->seen->where, NULL, 0);
	struct problem *problem = read_query(&r, true);
	if (problem)
		return problem;
	public_cacheable(call);
	return answer_page(&r);
}

/* --- a file of all rows --- */

/* Where an export stands: pages are read one after the other, each with an arena of its own, so that neither one
 * statement nor one lock nor the memory of the request grows with the list. */
struct list_export {
	struct listing_request *request;
	struct record_where filters;
	const struct field **fields; /* of the columns behind the state */
	size_t count;
	const struct field **ids; /* those of them that hold ids */
	size_t id_count;
	bool state, created; /* columns before and behind them */
	struct export *file;
	struct db_value key; /* of the last row */
	char *key_text;
	struct uuid id;
	size_t done;
	size_t most;
	bool more; /* than that */
};

/* The half of a text in two languages that the reader does not want is not there beside the one that they do. */
static bool is_other_half(const struct call *call, const struct shape *shape, const struct field *field)
{
	size_t len = strlen(field->name);
	bool english = len > 3 && strcmp(field->name + len - 3, "_en") == 0;
	if (english)
		return call->lang != LANG_EN &&
			shape_field(shape, arena_printf(call->arena, "%.*s", (int)len - 3, field->name));
	return call->lang == LANG_EN && shape_field(shape, arena_printf(call->arena, "%s_en", field->name));
}

/* What nobody reads is left out: what is not in lists, hashes, trees, files, ids without a name. */
static bool in_export(const struct call *call, const struct record *record, const struct field *field)
{
	switch (field->type) {
	case FIELD_HASH:
	case FIELD_JSON:
	case FIELD_BLOCKS:
	case FIELD_OBJECT:
	case FIELD_FILE: return false;
	case FIELD_ID:
		if (!field->names || !export_name_field(field->names))
			return false;
		break;
	case FIELD_LIST:
		if (field->item != FIELD_TEXT && field->item != FIELD_TERM && field->item != FIELD_PLATFORM)
			return false;
		break;
	default: break;
	}
	return field->in_list && (field->read & record_mask_anywhere(call, record)) &&
		!is_other_half(call, record->shape, field);
}

static void choose_fields(struct list_export *e, struct call *call, const struct record *record)
{
	const struct shape *shape = record->shape;
	e->fields = ARENA_ARRAY(call->arena, const struct field *, shape->count + 1);
	e->ids = ARENA_ARRAY(call->arena, const struct field *, shape->count + 1);
	for (size_t i = 0; i < shape->count; i++)
		if (in_export(call, record, &shape->fields[i])) {
			e->fields[e->count++] = &shape->fields[i];
			if (shape->fields[i].type == FIELD_ID)
				e->ids[e->id_count++] = &shape->fields[i];
		}
	e->state = record->phase_count > 0;
	e->created = (record->has & ROW_HAS_CREATED) != 0;
}

static struct problem *begin_file(struct list_export *e, struct call *call, const struct record *record)
{
	struct export_spec *spec = ARENA_NEW(call->arena, struct export_spec);
	struct export_column *columns = ARENA_ARRAY(call->arena, struct export_column, e->count + 3), *at = columns;
	if (e->state)
		*at++ = (struct export_column){"phase", "状态", "State", CELL_TEXT, 0, 12};
	for (size_t i = 0; i < e->count; i++)
		*at++ = export_column_of(call, e->fields[i]);
	if (e->created)
		*at++ = (struct export_column){"created_at", "创建时间", "Created", CELL_TIME, 0, 0};
	*spec = (struct export_spec){record->zh, arena_printf(call->arena, "%s", record->plural), record->plural,
		record->name, columns, (size_t)(at - columns), NULL};
	return export_begin(call, spec, &e->file);
}

/* The step's name where the platform gives one, as lists show it. */
static const char *state_words(struct call *call, const struct record *record, const void *row)
{
	const struct row *head = row;
	const struct choice *phase = head->phase ? &record->phases[head->phase - 1] : NULL;
	const char *step = record->lifecycle ? lifecycle_step_text(call, record, row) : NULL;
	return step || !phase ? step : call_text(call, phase->zh, phase->en);
}

/* One column may be for some sides alone: where the caller stands on the row decides. */
static void write_row(struct list_export *e, const void *row, const struct export_names *names)
{
	struct call *call = e->request->call;
	const struct record *record = e->request->record;
	uint32_t here = record_mask_here(call, record, row);
	struct sheet_cell *cells = ARENA_ARRAY(call->arena, struct sheet_cell, e->count + 3), *at = cells;
	if (e->state)
		*at++ = cell_text(state_words(call, record, row));
	for (size_t i = 0; i < e->count; i++, at++) {
		const struct field *field = e->fields[i];
		if (!(field->read & here))
			*at = cell_text(NULL);
		else if (field->type == FIELD_ID)
			*at = cell_text(export_name(names, field, row));
		else
			*at = export_cell(call, field, row);
	}
	if (e->created)
		*at++ = cell_time(row_of_const(row)->created_at);
	export_row(e->file, cells);
}

static void remember_key(struct list_export *e, const struct db_value *key)
{
	char *text = key->type == DB_TEXT ? strdup(key->s.data) : NULL;
	free(e->key_text);
	e->key_text = text;
	e->key = text ? db_text(text) : *key;
}

static struct problem *write_rows(struct list_export *e, struct db_result *result, size_t shown)
{
	struct listing_request *r = e->request;
	struct call *call = r->call;
	struct export_names *names;
	void **rows = ARENA_ARRAY(call->arena, void *, shown + 1);
	for (size_t i = 0; i < shown; i++)
		rows[i] = row_read(call, r->record, result, i, 0);
	struct problem *problem = child_look(call, r->record, rows, shown);
	if (!problem)
		problem = export_names(call, e->ids, e->id_count, rows, shown, &names);
	for (size_t i = 0; !problem && i < shown; i++) {
		write_row(e, rows[i], names);
		e->id = row_of(rows[i])->id;
	}
	return problem;
}

/* *last: there is no further page. One row beyond the limit is asked for, to know of it. */
static struct problem *export_page(struct list_export *e, struct arena *page, bool *last)
{
	size_t left = e->most - e->done, limit = left < EXPORT_PAGE ? left + 1 : EXPORT_PAGE;
	struct listing_request *r = e->request;
	struct db_result *result;
	r->where = where_copy(&e->filters);
	r->where.arena = page;
	if (e->done)
		add_cursor(r, e->key, e->id);
	struct problem *problem = fetch(r, limit, r->record->list_columns, &result);
	if (problem)
		return problem;
	size_t shown = result->rows > left ? left : result->rows;
	problem = write_rows(e, result, shown);
	if (shown)
		remember_key(e, db_get(result, shown - 1, result->columns - 1));
	e->done += shown;
	e->more = result->rows > shown;
	*last = e->more || result->rows < limit;
	return problem;
}

static struct problem *export_pages(struct list_export *e)
{
	struct call *call = e->request->call;
	struct arena *outer = call->arena;
	struct problem *problem = NULL;
	bool last = false;
	while (!last && !problem) {
		struct arena *page = arena_create();
		call->arena = page;
		db_use_arena(call->db, page);
		problem = export_page(e, page, &last);
		if (problem) /* its words go with the page: say it again in the request's */
			problem = problem_new(outer, problem->kind);
		call->arena = outer;
		db_use_arena(call->db, outer);
		arena_destroy(page);
	}
	free(e->key_text);
	return problem;
}

struct problem *list_export(struct call *call)
{
	struct listing_request r;
	const struct record *record = call->endpoint->record;
	struct problem *problem = read_request(&r, call, record, false);
	if (problem)
		return problem;
	narrow_phases(&r);
	struct list_export e = {.request = &r, .filters = where_copy(&r.where), .most = export_most(call)};
	choose_fields(&e, call, record);
	problem = begin_file(&e, call, record);
	if (problem)
		return problem;
	problem = export_pages(&e);
	if (!problem)
		return export_end(e.file, e.more);
	export_drop(e.file);
	return problem;
}
