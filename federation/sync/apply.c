#include "federation/sync/apply.h"

#include <string.h>

#include "core/text/json.h"
#include "core/work/journal.h"
#include "federation/sync/erased.h"
#include "federation/sync/homes.h"
#include "schema/records.gen.h"

const struct problem_kind PROBLEM_ENTRY = {
	"entry", 500, "无法处理来自其他平台的记录", "An entry of another platform cannot be applied"};

struct apply_entry apply_entry_of(struct arena *arena, uint32_t source, const struct journal_read *read)
{
	struct apply_entry entry = {.source = source,
		.seq = read->seq,
		.kind = read->kind,
		.record_id = read->record_id,
		.actor_id = read->actor_id,
		.actor_name = read->actor_name,
		.at_ms = read->at_ms,
		.text = read->payload,
		.text_len = read->payload_len,
		.previous = read->previous};
	if (entry.text && json_parse_object(arena, entry.text, entry.text_len, &entry.payload))
		entry.payload = NULL;
	return entry;
}

static struct problem *check_shape(struct call *call, const struct apply_kind *kind, const struct apply_entry *entry)
{
	if (!kind->shape)
		return NULL;
	return shape_decode(call, call->arena, kind->shape, entry->payload, DECODE_ENTRY, 0,
		arena_alloc(call->arena, kind->shape->size));
}

static struct problem *one(struct call *call, const struct apply_kind *kind, const struct apply_entry *entry)
{
	if (!entry->text)
		return NULL; /* erased: a person's data that nobody may have any more */
	if (!entry->payload)
		return problem_new(call->arena, &PROBLEM_ENTRY);
	struct problem *problem = check_shape(call, kind, entry);
	if (!problem)
		problem = homes_check(call, kind, entry, 1);
	return problem ? problem : kind->one(call, entry);
}

static struct problem *run_of(
	struct call *call, const struct apply_kind *kind, const struct apply_entry *entries, size_t count)
{
	struct problem *problem = NULL;
	for (size_t i = 0; !problem && i < count; i++)
		problem = check_shape(call, kind, &entries[i]);
	if (!problem)
		problem = homes_check(call, kind, entries, count);
	return problem ? problem : kind->many(call, entries, count);
}

/* How many entries from the first on are of its bulk kind and readable; they are applied together if there are
 * several. */
static size_t run_length(const struct apply_kind *kind, const struct apply_entry *entries, size_t count)
{
	size_t n = 0;
	while (kind && kind->many && n < count && entries[n].payload && !strcmp(entries[n].kind, kind->name))
		n++;
	return n;
}

struct problem *apply_entries(struct call *call, const struct apply_entry *entries, size_t count)
{
	struct problem *erased = erased_strip(call, &entries, count);
	if (erased)
		return erased;
	for (size_t i = 0; i < count;) {
		const struct apply_kind *kind = apply_kind_find(entries[i].kind);
		size_t n = run_length(kind, entries + i, count - i);
		struct problem *problem = NULL;
		if (kind && n > 1)
			problem = run_of(call, kind, entries + i, n);
		else if (kind)
			problem = one(call, kind, &entries[i]);
		if (problem)
			return problem;
		i += n > 1 ? n : 1;
	}
	return NULL;
}

void apply_prepare(struct call *call, struct apply_entry *entries, size_t count)
{
	for (size_t i = 0; i < count;) {
		const struct apply_kind *kind = apply_kind_find(entries[i].kind);
		size_t n = run_length(kind, entries + i, count - i);
		if (kind && n > 1 && kind->prepare)
			entries[i].prepared = kind->prepare(call, entries + i, n);
		i += n > 1 ? n : 1;
	}
}

/* Whether it is the first of its record in the table, which it then is put into. */
static bool note(const struct apply_entry **table, size_t size, const struct apply_entry *entry)
{
	size_t at;
	/* the random end of an id */
	memcpy(&at, entry->record_id.b + sizeof entry->record_id.b - sizeof at, sizeof at);
	for (at %= size; table[at]; at = (at + 1) % size)
		if (uuid_equal(table[at]->record_id, entry->record_id))
			return false;
	table[at] = entry;
	return true;
}

const struct apply_entry **apply_newest(
	struct arena *arena, const struct apply_entry *entries, size_t count, size_t *newest_count)
{
	const struct apply_entry **table = ARENA_ARRAY(arena, const struct apply_entry *, 2 * count + 1);
	const struct apply_entry **newest = ARENA_ARRAY(arena, const struct apply_entry *, count + 1),
				 **first = newest + count;
	for (size_t i = count; i-- > 0;)
		if (note(table, 2 * count + 1, &entries[i]))
			*--first = &entries[i];
	*newest_count = (size_t)(newest + count - first);
	return first;
}

struct problem *apply_later(
	struct call *call, const struct apply_entry *entry, const char *kind, struct json_object ***out, size_t *count)
{
	struct db_result *rows;
	*count = 0;
	struct problem *problem = db_select(call->db, db_platform(entry->source, call->network_id),
		"SELECT payload FROM log_entry WHERE platform_id = :p AND record_id = ? AND kind = ? AND seq > ? "
		"AND payload IS NOT NULL ORDER BY seq LIMIT 100",
		DB_ARGS(db_id(&entry->record_id), db_text(kind), db_uint(entry->seq)), &rows);
	if (problem)
		return problem;
	*out = ARENA_ARRAY(call->arena, struct json_object *, rows->rows + 1);
	for (size_t i = 0; i < rows->rows; i++) {
		const char *text = db_need_text(rows, i, 0);
		if (!json_parse_object(call->arena, text, strlen(text), &(*out)[*count]))
			++*count;
	}
	return NULL;
}

static struct problem *missing(struct call *call, const char *field)
{
	return problem_detail(call->arena, &PROBLEM_ENTRY, arena_printf(call->arena, "记录缺少 %s", field),
	                      arena_printf(call->arena, "the entry lacks %s", field));
}

struct problem *apply_id(struct call *call, const struct apply_entry *entry, const char *field, struct uuid *out)
{
	return uuid_parse(json_get_text(entry->payload, field), out) ? NULL : missing(call, field);
}

struct problem *apply_text(struct call *call, const struct apply_entry *entry, const char *field, const char **out)
{
	*out = json_get_text(entry->payload, field);
	return *out ? NULL : missing(call, field);
}
