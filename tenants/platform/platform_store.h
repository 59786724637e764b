/* platform_store: putting a platform or a changed policy into the database: `qilianctl platform add`, `update`, and the
 * settings page.
 *
 *   plan   flattens the file and every platform below it (they inherit from it), checks all of them, and counts the
 *          running cases whose course changes. Writes nothing
 *   apply  stores what the plan says, with an entry in each platform's log, in one transaction; servers follow within
 *          250 ms (tenants/platform/change.h)
 *
 * kept     cases of records that remember their policy (entry cases, listings…): they go on under the version they
 *          began with
 * moved    cases of the other records: they follow the new lifecycle from now on
 * stranded moved cases in a step that the new lifecycle no longer has: a fault, unless a step of that name comes back
 */
#ifndef QILIAN_TENANTS_PLATFORM_PLATFORM_STORE_H
#define QILIAN_TENANTS_PLATFORM_PLATFORM_STORE_H

#include "core/db/db.h"
#include "tenants/policy/policy_author.h"

struct json_object;
struct record_set;

enum platform_cases { PLATFORM_CASES_KEPT, PLATFORM_CASES_MOVED, PLATFORM_CASES_STRANDED };

struct platform_case_count {
	const char *record; /* "entry_case" */
	const char *step;
	enum platform_cases fate;
	uint64_t count;
};

/* What a plan does to one platform. */
/* A term that records of the platform carry and that its dictionary would no longer have: they could not be named any
 * more. */
struct platform_term_count {
	const char *dictionary, *code;
	uint64_t count;
};

struct platform_change {
	uint32_t id; /* 0: new */
	uint32_t version; /* the one it gets */
	bool changed;     /* false: its document stays the same */
	struct policy_draft draft;
	const struct policy_other *before; /* NULL: new */
	struct platform_case_count *cases;
	size_t case_count;
	struct platform_term_count *terms;
	size_t term_count;
};

struct platform_plan {
	bool create;
	bool demonstration;    /* marks a new platform */
	const char *by;        /* who, for policy_version and the log */
	struct uuid by_id;     /* the account, role and address if it was somebody of the platform; else nil and NULL */
	const char *by_role, *by_client;
	struct json_object *paths; /* what differs in the platform's own file, for its log; NULL: not known */
	struct platform_change *changes; /* the platform itself first, then those below it */
	size_t count;
	struct policy_calendar_day *days_found; /* of the network, when its root is among the changes */
	size_t day_count;
	const char *known_until;
	const char *regions; /* text of config/regions.tsv, for a network that is new */
};

struct platform_store {
	struct db *db;
	const char *config;                     /* folder */
	const struct record_set *records;       /* for counting cases and uses of terms; NULL: none are counted */
	const struct policy_compiler *compiler; /* NULL: lifecycles are checked in shape only */
};

/* Fills author->others with all platforms of the database, and author->regions (to be destroyed by the caller) with the
 * regions of the network, or with config/regions.tsv if it is new there. */
struct problem *platform_store_look(const struct platform_store *store, struct policy_author *author,
	const char *network, struct region_set **regions) MUST_CHECK;

/* *plan is NULL if there are faults (author->faults), of the file or of a platform below. create: it must not exist
 * yet; else it must. */
struct problem *platform_store_plan(const struct platform_store *store, struct policy_author *author, const char *file,
                                    const char *source, bool create, struct platform_plan **plan) MUST_CHECK;
/* Cases in steps that would be gone, and records with terms that would be. */
uint64_t platform_plan_stranded(const struct platform_plan *plan);
uint64_t platform_plan_unnamed(const struct platform_plan *plan);
/* PROBLEM_CONFLICT if somebody else changed one of these platforms since the plan. Fills in ids and versions. */
struct problem *platform_store_apply(const struct platform_store *store, struct platform_plan *plan) MUST_CHECK;

/* active, suspended or closed. PROBLEM_NOT_FOUND for an unknown slug. A closed platform stays closed. */
struct problem *platform_store_set_state(
	const struct platform_store *store, const char *slug, const char *state, const char *by) MUST_CHECK;

#endif
