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
#include "federation/views.h"

const struct problem_kind PROBLEM_ENTRY = {"entry", 500, "无法处理来自其他平台的记录", "An entry of another platform cannot be applied"};

/* In the order of the alphabet. */
static const struct apply_kind kinds[] = {
	{"application.sent", case_apply_application, NULL},
	{"application.withdraw", case_apply_withdraw, NULL},
	{"case.decided", standing_apply_progress, NULL},
	{"case.progress", standing_apply_progress, NULL},
	{"case.withdraw_refused", standing_apply_withdraw_refused, NULL},
	{"correction.answered", correction_apply_answer, NULL},
	{"correction.requested", correction_apply_request, NULL},
	{"correction.withdraw", correction_apply_withdraw, NULL},
	{"institution.profile", profile_apply, profile_apply_many},
	{"invitation.answer", invitation_apply_answer, NULL},
	{"invitation.redeem", invitation_apply_redeem, NULL},
	{"invitation.request_again", invitation_apply_request_again, NULL},
	{"listing.requested", publication_apply_request, NULL},
	{"listing.state", publication_apply_state, publication_apply_state_many},
	{"listing.unavailable", publication_apply_unavailable, NULL},
	{"listing.views", views_apply, NULL},
	{"listing.withdraw", publication_apply_withdraw, NULL},
	{"membership.leave", standing_apply_leave, NULL},
	{"membership.state", standing_apply_membership, NULL},
	{"product.count", publication_apply_count, publication_apply_count_many},
	{"recommendation.sent", case_apply_recommendation, NULL},
	{"recommendation.withdraw", case_apply_withdraw, NULL},
	{"supplement.answered", supplement_apply_answer, NULL},
	{"supplement.state", supplement_apply_state, NULL},
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

/* How many entries from the first on are of its kind and readable. */
static size_t run_length(const struct apply_entry *entries, size_t count)
{
	size_t n = 0;
	while (n < count && entries[n].payload && !strcmp(entries[n].kind, entries[0].kind))
		n++;
	return n;
}

struct problem *apply_entries(struct call *call, const struct apply_entry *entries, size_t count)
{
	for (size_t i = 0; i < count;) {
		const struct apply_kind *kind = apply_kind_find(entries[i].kind);
		size_t n = kind && kind->many ? run_length(entries + i, count - i) : 0;
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
