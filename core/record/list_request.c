#include "core/record/list_inside.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/crypto/crypto.h"
#include "core/db/search.h"
#include "core/http/request.h"
#include "core/record/child.h"
#include "core/record/public.h"
#include "core/record/record_inside.h"
#include "core/record/row.h"
#include "core/record/side.h"
#include "core/text/json.h"
#include "core/text/text.h"
#include "core/text/uscc.h"
#include "core/text/zone.h"
#include "core/utf8.h"

enum {
	LIMIT_DEFAULT = 50,
	LIMIT_MAX = 200,
	PORTAL_MAX = 100,
	FILTER_VALUES_MAX = 50,
	SEARCH_MAX = 100,
	JUMP_MAX = 10000 /* rows passed over by `offset` */
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

void list_search(struct listing_request *r, const char *text)
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

void list_add_home(struct listing_request *r, bool own)
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
	case FILTER_SEARCH: list_search(r, text); break;
	case FILTER_PHASE: filter_phase(r, filter, text); break;
	case FILTER_STEP: filter_in(r, filter, "step", text); break;
	case FILTER_HOME:
		if (strcmp(text, "own") == 0 || strcmp(text, "copies") == 0)
			list_add_home(r, text[0] == 'o');
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

void list_set_sort(struct listing_request *r, const char *text)
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
		list_set_sort(r, pair->value);
	else if (!paging && (strcmp(pair->name, "columns") == 0 || strcmp(pair->name, "lang") == 0))
		return; /* core/record/export.h */
	else if (!paging || !read_paging(r, pair))
		fault(r, pair->name, "unknown", "没有这个参数", "is not a known parameter");
}

/* Rows of others are not there for the confined. */
void list_isolate(struct listing_request *r)
{
	if (record_is_confined(r->call, r->record))
		side_where(r->call, r->record, &r->where);
	side_seal_where(r->call, r->record, &r->where);
}

void list_begin(struct listing_request *r, struct call *call, const struct record *record)
{
	*r = (struct listing_request){.call = call, .record = record, .limit = LIMIT_DEFAULT};
	r->offer = (struct record_offer){record->filters, record->filter_count, record->sorts, record->sort_count,
		record->default_sort, record->search_columns, record->search_count};
	r->where = (struct record_where){.arena = call->arena, .sql = buf_in(call->arena)};
}

struct problem *list_read_query(struct listing_request *r, bool paging)
{
	const struct request *request = r->call->request;
	list_set_sort(r, r->offer.default_sort);
	for (size_t i = 0; i < request->query_count; i++)
		read_parameter(r, &request->query[i], paging);
	if (r->cursor && r->offset)
		fault(r, "offset", "choice", "不能与 cursor 同时使用", "goes without a cursor");
	return r->problem;
}

struct problem *list_read(
	struct listing_request *r, struct call *call, const struct record *record, bool paging)
{
	list_begin(r, call, record);
	list_isolate(r);
	struct problem *problem = call->endpoint->under ? child_where(call, record, &r->where) : NULL;
	if (problem)
		return problem;
	if (record->list_home != LIST_HOME_ALL)
		list_add_home(r, record->list_home == LIST_HOME_OWN);
	problem = list_read_query(r, paging);
	return !problem && record->list_where ? record->list_where(call, &r->where) : problem;
}

/* Of r->where with the phases that are wanted. */
void list_narrow_phases(struct listing_request *r)
{
	static const struct record_filter phase = {.name = "phase", .kind = FILTER_PHASE, .column = "phase"};
	if (r->phases)
		filter_in(r, &phase, "phase", r->phases);
}

struct record_where list_where_copy(const struct record_where *where)
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
