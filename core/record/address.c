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
	return record->copy_field_count || record->copies_above || record->copies_with_parent;
}

static size_t above(struct call *call, uint32_t platform, const uint32_t **ids)
{
	const struct call_services *services = call->services;
	*ids = NULL;
	return services->platforms_above ? services->platforms_above(call, platform, ids, services->arg) : 0;
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
	const uint32_t *ids;
	const struct row *head = row;
	size_t count = record->copies_above ? above(call, call->platform_id, &ids) : 0;
	struct address address = {ARENA_ARRAY(call->arena, uint32_t, record->copy_field_count + count + 1), 0};
	if ((record->has & ROW_HAS_HOME) && head->home_id && head->home_id != call->platform_id)
		return address;
	for (size_t i = 0; i < record->copy_field_count + count; i++) {
		uint32_t id = i < record->copy_field_count ? addressed(record, record->copy_fields[i], row)
							   : ids[i - record->copy_field_count];
		if (id && id != call->platform_id && !holds(&address, id))
			address.ids[address.count++] = id;
	}
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

bool address_is_here(struct call *call, const struct record *record, const void *row, uint32_t source)
{
	const uint32_t *ids;
	if (record->copies_with_parent) {
		const struct row *parent = record_parent_row(call, record, row);
		return parent && parent->home_id == source;
	}
	for (size_t i = 0; i < record->copy_field_count; i++)
		if (platform_in(record->copy_fields[i], row) == call->platform_id)
			return true;
	size_t count = record->copies_above ? above(call, source, &ids) : 0;
	for (size_t i = 0; i < count; i++)
		if (ids[i] == call->platform_id)
			return true;
	return false;
}
