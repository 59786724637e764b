/* call: one piece of work and the one on whose behalf it is done; what every handler, hook, guard and effect is given.
 *
 * actor     who asks: roles and, for people of an institution or enterprise, which one
 * services  what the floors above lend to the engine; one const struct per process
 *
 * Over HTTP the gate (core/record/endpoint.h) fills it before the handler runs. Jobs and the applying of logs make
 * their own with call_init_server(). It lives as long as its arena and belongs to one thread.
 *
 * To add a role: append to schema/roles.yaml; the enum, the meta answer and the isolation tests follow.
 */
#ifndef QILIAN_CORE_RECORD_CALL_H
#define QILIAN_CORE_RECORD_CALL_H

#include <stdbool.h>
#include <stdint.h>

#include "core/arena.h"
#include "core/attributes.h"
#include "core/db/db.h"
#include "core/problem.h"
#include "core/crypto/uuid.h"
#include "core/record/roles.gen.h" /* enum role: ROLE_PUBLIC, ROLE_REVIEWER …, one bit each; ROLES_SIGNED_IN … for the
				      groups */

struct call;
struct crypto_keys;
struct endpoint;
struct form_set;
struct json_object;
struct json_writer;
struct lifecycle_set;
struct moving;
struct platform;
struct record;
struct field;
struct record_set;
struct request;
struct term;

enum lang { LANG_ZH, LANG_EN };

/* What may be done on a platform. Suspended: visitors get nothing, people of the platform still read, nobody writes;
 * nothing is destroyed. Closed: nothing at all. */
enum platform_state { PLATFORM_STATE_ACTIVE, PLATFORM_STATE_SUSPENDED, PLATFORM_STATE_CLOSED };

struct actor {
	struct uuid account_id;     /* nil: nobody signed in, or the server itself */
	const char *name;           /* as a timeline shows it; may be NULL */
	uint32_t roles;             /* bits of enum role; ROLE_PUBLIC when nobody is signed in, ROLE_SERVER for jobs */
	/* Bits of enum menu: parts of its institution's work that a sub-account was not given: it may neither write
	 * what needs one of them, nor read what only they give (call_may_read()). */
	uint32_t barred;
	struct uuid institution_id; /* nil unless the account belongs to an institution or enterprise */
	const char *client;         /* address; may be NULL */
};

/* Whom a transition tells what. Called inside the transaction; the implementation queues rows, it sends nothing
 * itself. */
struct notice_sink {
	/* to: as the policy names it ("institution_contact", "submitter", "role:reviewer", …). variables: an object of
	 * texts, or of {zh, en}: those of the record's form and "reason"; borrowed. An unknown recipient is no failure:
	 * it is noted in the diagnostics. */
	struct problem *(*send)(struct call *call, const struct record *record, const void *row, const char *template,
	                        const char *to, struct json_object *variables, void *arg);
	/* For checking a policy before it is in force. */
	bool (*knows_template)(const char *template, void *arg);
	bool (*knows_recipient)(const struct record *record, const char *to, void *arg);
	void *arg;
};

/* Optional members may be NULL, as noted. */
struct call_services {
	const struct record_set *records;
	const struct crypto_keys *keys; /* seals fields, signs cursors */

	/* Fills platform_id … platform_state, actor, lang, api_key, lifecycles, forms and scope from host name and
	 * session (or API key). PROBLEM_NOT_FOUND for an unknown host. Nobody signed in is no problem: roles =
	 * ROLE_PUBLIC. The gate does the rest. */
	struct problem *(*resolve)(struct call *call, void *arg);
	/* The day `working_days` after `from` (NULL: today) in the calendar of the call's network, as "2026-05-06".
	 * Required by deadlines. */
	struct problem *(*due_on)(struct call *call, const char *from, int working_days, char out[11], void *arg);
	/* Working days after `from` up to and including `to`. For a clock that stood still. */
	struct problem *(*working_days)(struct call *call, const char *from, const char *to, int *out, void *arg);
	/* Waits up to two seconds until what `platform` wrote up to (epoch, seq) is applied where this call reads.
	 * Optional. */
	struct problem *(*wait_applied)(struct call *call, uint32_t platform, uint64_t epoch, uint64_t seq, void *arg);
	/* Fields of type `platform` travel by slug, and are read by slug or by the origin of the log. Optional: then as
	 * numbers. NULL or 0 if unknown. */
	const char *OR_NULL (*platform_slug)(struct call *call, uint32_t platform_id, void *arg);
	uint32_t (*platform_by_slug)(struct call *call, const char *slug, void *arg);
	/* The name of its log. Optional. */
	const char *OR_NULL (*platform_origin)(struct call *call, uint32_t platform_id, void *arg);
	/* All platforms above one, nearest first; how many. Optional: then none. */
	size_t (*platforms_above)(struct call *call, uint32_t platform_id, const uint32_t **ids, void *arg);
	/* All platforms below one, in no order. Optional: then none. */
	size_t (*platforms_below)(struct call *call, uint32_t platform_id, const uint32_t **ids, void *arg);
	/* Whether a region code exists in the call's network, at any time. Optional. */
	bool (*knows_region)(struct call *call, const char *code, void *arg);
	/* A region's code and those of all below it, comma-separated: what a filter by region means. Optional: then
	 * that code alone. */
	const char *(*regions_within)(struct call *call, const char *code, void *arg) RETURNS_NONNULL;
	/* Whether the caller may have this row hold this very file for that purpose (NULL: any): core/record/held.h.
	 * Optional: then any id is taken. */
	struct problem *(*may_hold)(struct call *call, const struct record *record, const void *row,
		const char *purpose, struct uuid file, bool *may, void *arg);
	/* The name of a code that a field holds (a region, a platform's slug, a dictionary's), in the reader's
	 * language, for files that people read. Optional; NULL where it has none. */
	const char *OR_NULL (*word_of)(struct call *call, const struct field *field, const char *code, void *arg);
	/* What an entry of the log is called, by its kind ("account.link_made"), where the record's lifecycle and the
	 * engine have no word. Optional: then its code. */
	const char *(*event_word)(struct call *call, const char *kind, void *arg) RETURNS_NONNULL;
	/* The name of a series of this platform: "DD-331100" for the prefix "DD", or for whose of the policy it is
	 * ("product"). Optional: then the prefix and the platform's number. */
	struct problem *(*series)(struct call *call, const char *name, const char **out, void *arg);
	/* The user name of the call's account; NULL if it has none. Optional: then desks have no members by name. */
	const char *OR_NULL (*user_name)(struct call *call, void *arg);
	/* Whether another account is the same person's as the call's. Optional: then none is. */
	struct problem *(*same_person)(struct call *call, struct uuid account, bool *same, void *arg);
	/* Whether the call's account has to do with what this id names (`of`: as a declaration's `recuse` names it),
	 * and so must not judge what is about it. Optional: then nobody has. */
	struct problem *(*recused)(struct call *call, const char *of, struct uuid id, bool *recused, void *arg);
	/* The terms of a dictionary of the platform's policy, in its order (core/record/term.h). Optional; NULL where
	 * it has none: then any code will do. */
	const struct term *OR_NULL (*terms)(struct call *call, const char *dictionary, size_t *count, void *arg);
	size_t export_rows; /* of one file; 0: 100,000 */
	const struct notice_sink *notices; /* optional: then notices are dropped */
	void *arg;
};

struct call {
	struct request *request; /* NULL in jobs */
	const struct endpoint *endpoint; /* NULL in jobs */
	struct db *db;
	struct arena *arena;
	struct db_scope scope; /* this platform and its network */
	uint32_t platform_id;
	uint32_t network_id;
	enum platform_state platform_state;
	const struct platform *platform; /* tenants/platform/platform.h */
	struct actor actor;
	uint32_t asked_from; /* the platform on which the actor asked for it, when that is another (core/record/ask.h);
				else 0 */
	bool api_key; /* signed in by a key that no browser adds by itself: no Origin check */
	enum lang lang;
	const struct lifecycle_set *lifecycles; /* of the platform's current policy */
	const struct form_set *forms;
	/* Those of an earlier version, for a case that began with it; NULL if that version is gone. */
	const struct lifecycle_set *OR_NULL (*lifecycles_of)(struct call *call, const unsigned char policy_hash[32]);
	unsigned char policy_hash[32]; /* of the current policy: what a new case begins with */
	const struct call_services *services;
	void *session; /* of the tenants floor: what its sign-out needs */

	const struct moving *moving; /* of the engine: rows whose transition is under way, NULL if none */

	/* The answer, set by handlers; headers are written once the transaction is through, since it may run again. */
	struct json_writer *writer; /* endpoint_writer() */
	uint64_t etag;              /* version of the record answered; 0 none */
	const char *location;       /* address of what was made */
};

/* A call of the server itself on a platform, roles ROLE_SERVER. The caller then sets platform, lifecycles, forms,
 * lifecycles_of and policy_hash (tenants/platform/platform.h does all of it). */
void call_init_server(struct call *call, const struct call_services *services, struct db *db, uint32_t platform_id,
	uint32_t network_id) NONNULL;

/* Whether the caller has one of these menus (bits), by which something is read; 0: everybody has. */
bool call_may_read(const struct call *call, uint32_t menus) NONNULL;
/* Has one of these roles (bits). */
bool call_has_role(const struct call *call, uint32_t roles) NONNULL;
/* Runs fn on behalf of a person who asked for it on the platform `from`, and of nobody else. */
struct problem *call_run_as(struct call *call, const struct actor *who, uint32_t from,
	struct problem *(*fn)(struct call *call, void *arg), void *OR_NULL arg) NONNULL_AT(1, 2, 4) MUST_CHECK;
/* The platform whose people are at work. */
uint32_t call_platform_of_actor(const struct call *call) NONNULL;
/* True when all that lets this caller in among `allowed` (if nothing does: all its roles) are roles bound to an
 * institution: rows of others are then not there for it (404). */
bool call_is_confined(const struct call *call, uint32_t allowed) NONNULL;
/* Name of the role that let it in, for the log: the first of its roles among allowed (0: any). */
const char *OR_NULL call_role_name(const struct call *call, uint32_t allowed) NONNULL;
/* The bit of one role by its name; 0 for groups and what is none. */
uint32_t call_role(const char *OR_NULL name);
/* The text in the caller's language. */
const char *call_text(const struct call *call, const char *zh, const char *OR_NULL en) NONNULL_AT(1, 2) RETURNS_NONNULL;
/* Milliseconds since 1970, UTC, as fields of type time hold it. */
int64_t call_now(void);
/* How many rows one exported file has at most. */
size_t call_export_rows(const struct call *call) NONNULL;
/* Value of the n-th {name} in the path as an id; PROBLEM_NOT_FOUND when it is none. */
struct problem *call_path_id(struct call *call, size_t n, struct uuid *out) NONNULL MUST_CHECK;
const char *call_path_text(struct call *call, size_t n) NONNULL RETURNS_NONNULL;

#endif
