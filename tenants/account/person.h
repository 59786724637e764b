/* person: the human behind several accounts, asked for by who must not judge their own case (recusal).
 *
 * Staff and institutions have accounts of different kinds, and each platform its own: the account of a reviewer is
 * never the account that applied or recommended. Two accounts are taken for one person's when they have the same
 * mobile, or the same external identity (provider and subject). A name proves nothing.
 *
 * mark   32 hex digits from such a mobile or identity, keyed with the installation's index key and the request it is
 *        about: it crosses to another platform with the request, opens nothing, and cannot be matched with another
 *        request's. Servers with other keys make other marks; between those nobody is recognised
 */
#ifndef QILIAN_TENANTS_ACCOUNT_PERSON_H
#define QILIAN_TENANTS_ACCOUNT_PERSON_H

#include "core/record/call.h"

/* Marks of the account and of all accounts of the institution (either may be nil) on this platform, separated by
 * commas; "" is none. */
struct problem *person_marks(struct call *call, struct uuid account_id, struct uuid institution_id, struct uuid about,
                             const char **marks) MUST_CHECK;
/* By what a person is known, for those who look at many requests: texts of what a mark is made from. */
enum { PERSON_TEXTS_MAX = 100 };
struct person {
	const char *texts[PERSON_TEXTS_MAX];
	size_t count;
};
struct problem *person_read(
	struct call *call, struct uuid account_id, struct uuid institution_id, struct person *out) MUST_CHECK;
/* Whether one of the marks, made about this request, is theirs. marks may be NULL. */
bool person_is_marked(struct call *call, const struct person *person, struct uuid about, const char *marks);

/* Whether both lists hold the same mark. NULL is an empty list. */
bool person_marks_meet(const char *marks, const char *others);

/* Whether the person has an account of the institution on this platform. */
struct problem *person_works_for(
	struct call *call, struct uuid account_id, struct uuid institution_id, bool *works) MUST_CHECK;

/* call_services.same_person: whether another account on this platform is the same person's as the call's. */
struct problem *person_is_same(struct call *call, struct uuid account_id, bool *same, void *arg) MUST_CHECK;

#endif
