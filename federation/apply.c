#include "federation/apply.h"

#include <string.h>

#include "core/json.h"
#include "federation/application.h"
#include "federation/correction.h"
#include "federation/entry_case.h"
#include "federation/invitation.h"
#include "federation/profile.h"
#include "federation/publication.h"
#include "federation/recommendation.h"
#include "federation/standing.h"
#include "federation/supplement.h"
#include "federation/told.h"
#include "federation/views.h"
#include "federation/visitor.h"

const struct problem_kind PROBLEM_ENTRY = {"entry", 500, "无法处理来自其他平台的记录", "An entry of another platform cannot be applied"};

/* In the order of the alphabet. */
static const struct apply_kind kinds[] = {
	{"account.access_ended", visitor_apply_ended, NULL, NULL},
	{"application.sent", case_apply_application, NULL, NULL},
	{"application.withdraw", case_apply_withdraw, NULL, NULL},
	{"attachment.removed", publication_apply_file_removed, NULL, NULL},
	{"case.decided", standing_apply_progress, NULL, NULL},
	{"case.progress", standing_apply_progress, NULL, NULL},
	{"case.withdraw_refused", standing_apply_withdraw_refused, NULL, NULL},
	{"correction.answered", correction_apply_answer, NULL, NULL},
	{"correction.requested", correction_apply_request, NULL, NULL},
	{"correction.withdraw", correction_apply_withdraw, NULL, NULL},
	{"institution.forget", profile_apply_forget, NULL, NULL},
	{"institution.profile", profile_apply, profile_apply_many, profile_prepare},
	{"invitation.answer", invitation_apply_answer, NULL, NULL},
	{"invitation.dossier", invitation_apply_dossier, NULL, NULL},
	{"invitation.redeem", invitation_apply_redeem, NULL, NULL},
	{"invitation.request_again", invitation_apply_request_again, NULL, NULL},
	{"listing.requested", publication_apply_request, NULL, NULL},
	{"listing.state", publication_apply_state, publication_apply_state_many, NULL},
	{"listing.unavailable", publication_apply_unavailable, NULL, NULL},
	{"listing.views", views_apply, NULL, NULL},
	{"listing.withdraw", publication_apply_withdraw, NULL, NULL},
	{"membership.leave", standing_apply_leave, NULL, NULL},
	{"membership.state", standing_apply_membership, NULL, NULL},
	{"notice.told", told_apply, NULL, NULL},
	{"product.count", publication_apply_count, publication_apply_count_many, NULL},
	{"recommendation.sent", case_apply_recommendation, NULL, NULL},
	{"recommendation.withdraw", case_apply_withdraw, NULL, NULL},
	{"supplement.answered", supplement_apply_answer, NULL, NULL},
	{"supplement.state", supplement_apply_state, NULL, NULL},
};

const struct apply_kind *apply_kind_find(const char *name)
{
	size_t low = 0, high = sizeof kinds / sizeof kinds[0];
	while (low < high) {
		size_t middle = (low + high) / 2;
		int order = strcmp(name, kinds[middle].name);
		if (!order)
			return &kinds[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

static struct problem *one(struct call *call, const struct apply_kind *kind, const struct apply_entry *entry)
{
	if (!entry->text)
		return NULL; /* erased: a person's data that nobody may have any more */
	if (!entry->payload)
		return problem_new(call->arena, &PROBLEM_ENTRY);
	return kind->one(call, entry);
}

/* How many entries from the first on are of its bulk kind and readable; they are applied together if there are several. */
static size_t run_length(const struct apply_kind *kind, const struct apply_entry *entries, size_t count)
{
	size_t n = 0;
	while (kind && kind->many && n < count && entries[n].payload && !strcmp(entries[n].kind, kind->name))
		n++;
	return n;
}

struct problem *apply_entries(struct call *call, const struct apply_entry *entries, size_t count)
{
	for (size_t i = 0; i < count;) {
		const struct apply_kind *kind = apply_kind_find(entries[i].kind);
		size_t n = run_length(kind, entries + i, count - i);
		struct problem *problem = NULL;
		if (n > 1)
			problem = kind->many(call, entries + i, n);
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
		if (n > 1 && kind->prepare)
			entries[i].prepared = kind->prepare(call, entries + i, n);
		i += n > 1 ? n : 1;
	}
}

/* Whether it is the first of its record in the table, which it then is put into. */
static bool note(const struct apply_entry **table, size_t size, const struct apply_entry *entry)
{
	size_t at;
	memcpy(&at, entry->record_id.b + sizeof entry->record_id.b - sizeof at, sizeof at); /* the random end of an id */
	for (at %= size; table[at]; at = (at + 1) % size)
		if (uuid_equal(table[at]->record_id, entry->record_id))
			return false;
	table[at] = entry;
	return true;
}

const struct apply_entry **apply_newest(struct arena *arena, const struct apply_entry *entries, size_t count, size_t *newest_count)
{
	const struct apply_entry **table = ARENA_ARRAY(arena, const struct apply_entry *, 2 * count + 1);
	const struct apply_entry **newest = ARENA_ARRAY(arena, const struct apply_entry *, count + 1), **first = newest + count;
	for (size_t i = count; i-- > 0;)
		if (note(table, 2 * count + 1, &entries[i]))
			*--first = &entries[i];
	*newest_count = (size_t)(newest + count - first);
	return first;
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
