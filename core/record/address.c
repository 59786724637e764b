#include "core/record/address.h"

#include "core/record/child.h"
#include "core/record/record_inside.h"

static uint32_t platform_in(const struct field *field, const void *row)
{
	return *(const uint32_t *)((const char *)row + field->offset);
}

static bool holds(const struct address *address, uint32_t id)
{
	for (size_t i = 0; i < address->count; i++)
		if (address->ids[i] == id)
			return true;
	return false;
}

bool address_is_declared(const struct record *record)
{
	return record->copy_field_count || record->copies_above || record->copies_below || record->copies_with_parent;
}

static size_t above(struct call *call, uint32_t platform, const uint32_t **ids)
{
	const struct call_services *services = call->services;
	*ids = NULL;
	return services->platforms_above ? services->platforms_above(call, platform, ids, services->arg) : 0;
}

static size_t below(struct call *call, uint32_t platform, const uint32_t **ids)
{
	const struct call_services *services = call->services;
	*ids = NULL;
	return services->platforms_below ? services->platforms_below(call, platform, ids, services->arg) : 0;
}

/* Whether a declaration names those platforms for a row in that phase. */
static bool in_phase(uint64_t phases, const struct row *head)
{
	return phases == UINT64_MAX || (head->phase > 0 && (phases >> (head->phase - 1) & 1));
}

static void add(struct address *address, uint32_t here, uint32_t id)
{
	if (id && id != here && !holds(address, id))
		address->ids[address->count++] = id;
}

/* The home of a side that nobody stands on now has nothing to see. */
static bool is_shut(const struct record *record, const struct field *field, const void *row)
{
	bool shut = false;
	for (size_t i = 0; i < record->side_count; i++) {
		if (record->sides[i].home != field)
			continue;
		if (side_is_open(&record->sides[i], row))
			return false;
		shut = true;
	}
	return shut;
}

static uint32_t addressed(const struct record *record, const struct field *field, const void *row)
{
	return is_shut(record, field, row) ? 0 : platform_in(field, row);
}

struct address address_of(struct call *call, const struct record *record, const void *row)
{
	const void *parent = record->copies_with_parent ? record_parent_row(call, record, row) : NULL;
	if (record->copies_with_parent)
		return parent ? address_of(call, record->parent, parent) : (struct address){NULL, 0};
	const uint32_t *up = NULL, *down = NULL;
	const struct row *head = row;
	uint32_t here = call->platform_id;
	size_t ups = in_phase(record->copies_above, head) ? above(call, here, &up) : 0;
	size_t downs = in_phase(record->copies_below, head) ? below(call, here, &down) : 0;
	struct address address = {ARENA_ARRAY(call->arena, uint32_t, record->copy_field_count + ups + downs + 1), 0};
	if ((record->has & ROW_HAS_HOME) && head->home_id && head->home_id != here)
		return address;
	for (size_t i = 0; i < record->copy_field_count; i++)
		add(&address, here, addressed(record, record->copy_fields[i], row));
	for (size_t i = 0; i < ups; i++)
		add(&address, here, up[i]);
	for (size_t i = 0; i < downs; i++)
		add(&address, here, down[i]);
	return address;
}

static struct address without(struct address address, const struct address *others)
{
	size_t kept = 0;
	for (size_t i = 0; i < address.count; i++)
		if (!holds(others, address.ids[i]))
			address.ids[kept++] = address.ids[i];
	address.count = kept;
	return address;
}

struct address address_left(struct call *call, const struct record *record, const void *before, const void *row)
{
	const struct address now = address_of(call, record, row);
	return without(address_of(call, record, before), &now);
}

struct address address_gained(struct call *call, const struct record *record, const void *before, const void *row)
{
	const struct address was = address_of(call, record, before);
	return without(address_of(call, record, row), &was);
}

static bool is_above(struct call *call, uint32_t lower, uint32_t upper)
{
	const uint32_t *ids;
	size_t count = above(call, lower, &ids);
	for (size_t i = 0; i < count; i++)
		if (ids[i] == upper)
			return true;
	return false;
}

bool address_is_here(struct call *call, const struct record *record, const void *row, uint32_t source)
{
	if (record->copies_with_parent) {
		const struct row *parent = record_parent_row(call, record, row);
		return parent && parent->home_id == source;
	}
	for (size_t i = 0; i < record->copy_field_count; i++)
		if (platform_in(record->copy_fields[i], row) == call->platform_id)
			return true;
	return (in_phase(record->copies_above, row) && is_above(call, source, call->platform_id)) ||
	       (in_phase(record->copies_below, row) && is_above(call, call->platform_id, source));
}
