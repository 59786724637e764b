/* apply: what an entry of another platform's log does here.
 *
 * reader   the platform that reads (call->platform_id)
 * source   the platform whose log is read; a platform reads its own log too, so that an application to one's own
 *          platform takes the same way as any other
 * apply    runs inside the transaction that moves the reader's cursor, as the server itself (ROLE_SERVER)
 *
 * Before a function is called, the payload has been read by its kind's shape (schema/records/entry.yaml) and the source
 * has the right to say what it says (homes.h). What does not fit is a problem like any other.
 *
 * An apply function must change nothing when it is run twice: it compares home_seq or a version, or finds its row
 * already there. A problem means that the entry cannot be applied; the caller tries again and then parks it.
 *
 * To add a kind: a shape, a function, and a row in the table of apply.c.
 */
#ifndef QILIAN_FEDERATION_SYNC_APPLY_H
#define QILIAN_FEDERATION_SYNC_APPLY_H

#include "core/attributes.h"
#include "core/record/call.h"

struct journal_read;
struct json_object;
struct shape;

struct apply_entry {
	uint32_t source;
	uint64_t seq;
	const char *kind;
	struct uuid record_id;
	struct uuid actor_id;
	const char *actor_name;
	int64_t at_ms;
	const char *text;            /* the payload as it stands in the log; NULL if it was erased */
	size_t text_len;
	struct json_object *payload; /* the same, read; NULL if it was erased or is no object */
	void *prepared;              /* of the first of a run: what its kind's `prepare` made of the run; else NULL */
	/* seq of the entry before that was addressed here, as the log says; -1: it does not say */
	int64_t previous;
};

/* Of whom an entry may come, besides what `named` says; copies of rows are their home's alone in any case
 * (record_apply()). */
enum apply_who {
	APPLY_ANYBODY,         /* what it says is the sender's own: its wish, its membership, its shelf */
	APPLY_HOME_OF_RECORD,  /* the home of the institution that the entry is about */
	APPLY_HOME_OF_PAYLOAD, /* the home of the institution that the payload names (institution_id) */
	APPLY_HOME_STATED,     /* anybody, who has to name the institution's home rightly (institution_home) */
};

struct apply_kind {
	const char *name;
	const struct shape *shape; /* of the payload, read like a form before anything is done; NULL: the content of a
				      copy, read by its record */
	enum apply_who who;
	const char *named[2]; /* SELECTs of platforms by the entry's record id: the source must be each of them; NULL */
	struct problem *(*one)(struct call *call, const struct apply_entry *entry);
	/* For kinds of which thousands come in a row; NULL if it gains nothing. Entries of this kind only, in order. */
	struct problem *(*many)(struct call *call, const struct apply_entry *entries, size_t count);
	/* What `many` can do before its turn comes, on another thread: no statement may be sent. Lives in the call's
	 * arena. NULL, here or answered: `many` does without. */
	void *OR_NULL (*prepare)(struct call *call, const struct apply_entry *entries, size_t count);
	/* At the home of the institution that the payload names: only a platform above it, or above a home that it had,
	 * or one that one of these SELECTs names by the institution's id, may say it. Ends with NULL. NULL: no such
	 * bounds. */
	const char *const *dealt;
};

/* NULL for a kind that this server does not know: a newer one wrote it, it is kept and passed over. */
const struct apply_kind *OR_NULL apply_kind_find(const char *name);

/* As it was read from the source's log. */
struct apply_entry apply_entry_of(struct arena *arena, uint32_t source, const struct journal_read *read);

/* Applies entries in order, consecutive ones of a bulk kind together (a run). */
struct problem *apply_entries(struct call *call, const struct apply_entry *entries, size_t count) MUST_CHECK;
/* Prepares the runs of what apply_entries() will be given as it is here. Never a problem: what cannot be prepared is
 * met when it is applied. */
void apply_prepare(struct call *call, struct apply_entry *entries, size_t count);
/* Of each record the newest entry, in order; in the arena. *newest_count of them. */
const struct apply_entry **apply_newest(struct arena *arena, const struct apply_entry *entries, size_t count,
					size_t *newest_count) RETURNS_NONNULL;

/* Payloads of later entries of that kind about the same record in the log that is read, at most 100; in the arena. */
struct problem *apply_later(struct call *call, const struct apply_entry *entry, const char *kind,
	struct json_object ***out, size_t *count) MUST_CHECK;

/* Fields of a payload, with a problem (a poison entry) where they are missing or of another type. */
struct problem *apply_id(
	struct call *call, const struct apply_entry *entry, const char *field, struct uuid *out) MUST_CHECK;
struct problem *apply_text(
	struct call *call, const struct apply_entry *entry, const char *field, const char **out) MUST_CHECK;

/* An entry that cannot be understood. */
extern const struct problem_kind PROBLEM_ENTRY;

#endif
