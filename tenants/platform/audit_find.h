/* audit_find: the entries of a platform's log that an auditor looks for, newest first.
 *
 * q      an institution's name or code, the number of a case or another record, a person's name, or a record's id:
 *        entries about what bears it, and by whom. A record counts as an institution's if it bears its code, or names
 *        it (institution_id)
 * actor  part of the name of who acted
 *
 * A log of millions: names of people are found by the index that has each of them once (log_entry.actor), records by
 * their own tables; entries are then read by index, so many for each, and never the whole log. Entries stand in the
 * order of their time but for clocks that differ, so that a day is found by halving.
 */
#ifndef QILIAN_TENANTS_PLATFORM_AUDIT_FIND_H
#define QILIAN_TENANTS_PLATFORM_AUDIT_FIND_H

#include "core/record/call.h"

struct audit_filter;
struct db_result;

/* What the words of a filter stand for, looked up once for all pages. */
struct audit_wanted {
	bool by_words;  /* q was given: records and people below */
	struct uuid *records;
	size_t record_count;
	const char **people; /* full names */
	size_t people_count;
	bool by_actor;
	const char **actors;
	size_t actor_count;
	uint64_t first, last; /* numbers between which the days lie; last 0: no bound */
};

struct problem *audit_find_begin(
	struct call *call, const struct audit_filter *filter, struct audit_wanted *out) MUST_CHECK;
/* As many from where the filter's cursor stands, or behind its offset:
 * seq, kind, record_type, record_id, actor_id, actor_name, actor_role, client, at, audience, payload */
struct problem *audit_find_page(struct call *call, const struct audit_filter *filter, const struct audit_wanted *wanted,
	size_t limit, struct db_result **out) MUST_CHECK;
/* How many there are, counted up to `most`. */
struct problem *audit_find_count(struct call *call, const struct audit_filter *filter,
	const struct audit_wanted *wanted, size_t most, size_t *out) MUST_CHECK;

#endif
