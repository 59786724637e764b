/* journal: the log of a platform. Every write puts one entry into its platform's log, in the same transaction.
 *
 * entry     (platform, seq): what happened to which record, by whom, and its payload
 * private   stays here: the audit trail
 * addressed is read by the platforms named
 * public    may be read by any platform of any network that follows this one
 * seq       given in commit order, without gaps: the head row is bumped just before COMMIT
 * payload   canonical JSON in the entry's row, erasable; the entry commits to it
 * header    what the entry's leaf hash covers, with that commitment and one to who acted, which can be erased as
 *           well: with the payload (journal_erase), or a person's wherever they acted (journal_erase_actor).
 *           Platforms stand in it by name; its text is written down in journal_header.h
 * origin    a log's name in the world ("zhejiang/lishui"): tenant.origin, given once; until then network and slug
 * position  (platform, epoch, seq): what a write answers with, and what a read may wait for
 *
 * No entry is ever changed or deleted; a payload can be erased (journal_erase), after which the log still verifies, or
 * sealed (journal_replace).
 */
#ifndef QILIAN_CORE_WORK_JOURNAL_H
#define QILIAN_CORE_WORK_JOURNAL_H

#include "core/attributes.h"
#include "core/db/db.h"

struct json_object;

/* SQL: the origin of the platform whose number follows it, and a closing parenthesis. NAME: with aliases t and n. */
#define JOURNAL_ORIGIN_NAME "COALESCE(t.origin, CONCAT(n.slug, '/', t.slug))"
#define JOURNAL_ORIGIN \
	"(SELECT COALESCE(t.origin, CONCAT(n.slug, '/', t.slug)) FROM tenant t JOIN network n ON n.id = t.network " \
	"WHERE t.id = "

/* The reader of public entries, in log_address and log_cursor: whoever reads them for all. No platform has this
 * number. */
#define JOURNAL_EVERYBODY UINT32_MAX

enum journal_audience { JOURNAL_PRIVATE, JOURNAL_ADDRESSED, JOURNAL_PUBLIC };

struct journal_entry {
	const char *kind;        /* "product.changed": record type, dot, what happened; [a-z_.] up to 64 */
	const char *record_type; /* "product" */
	struct uuid record_id;
	enum journal_audience audience;
	const uint32_t *to;      /* platform ids, for JOURNAL_ADDRESSED (public entries may name some too) */
	size_t to_count;
	struct uuid actor_id;    /* nil: the server itself */
	const char *actor_name;  /* as shown in a timeline, may be NULL */
	const char *actor_role;
	const char *client;      /* address, may be NULL */
	struct json_object *payload; /* borrowed until the call returns; never NULL: use an empty object */
};

/* Inside a transaction only. The entry is numbered and written just before COMMIT, in the order of the calls. */
struct problem *journal_add(struct db *db, struct db_scope scope, const struct journal_entry *entry) NONNULL MUST_CHECK;

/* db_attempt() that also takes back the entries that fn added. Inside a transaction only. */
struct problem *journal_attempt(struct db *db, struct problem *(*fn)(struct db *db, void *arg), void *OR_NULL arg)
	NONNULL_AT(1, 2) MUST_CHECK;

/* After db_transaction() returned NULL: the last position written by it; 0 if none. When it wrote to several logs: that
 * of the platform whose entry was added first. */
uint64_t journal_last_seq(const struct db *db) NONNULL;
/* The epoch of that position. */
uint64_t journal_last_epoch(const struct db *db) NONNULL;

enum journal_hint {
	JOURNAL_HINT_MOVED,     /* from's own log has grown: cached answers are void, open pages read again; to is 0 */
	/* an entry of it is addressed to `to` (which may be itself), or public (JOURNAL_EVERYBODY) */
	JOURNAL_HINT_ADDRESSED,
};

/* Called after each commit that wrote entries: once for each log that moved, and for each platform that an entry is
 * addressed to. Runs on the writer's thread: it must only wake somebody. Set once at start. */
typedef void (*journal_hint_fn)(enum journal_hint what, uint32_t from_platform, uint32_t to_platform, void *arg);
void journal_set_hint(journal_hint_fn OR_NULL fn, void *OR_NULL arg);

struct journal_read {
	uint64_t epoch;
	uint32_t platform_id; /* whose log */
	uint64_t seq;
	const char *kind;
	const char *record_type;
	struct uuid record_id;
	enum journal_audience audience;
	struct uuid actor_id;
	const char *actor_name;
	const char *actor_role;
	const char *client;
	int64_t at_ms;
	const char *payload; /* canonical JSON text; NULL if erased */
	size_t payload_len;
	/* Of journal_read_for(): seq of the entry before that was addressed to the same reader, 0: none; -1: the
	 * entry does not say. */
	int64_t previous;
};

/* Entries of `from` addressed to `reader` (JOURNAL_EVERYBODY: public ones) with seq > after, in order, up to limit
 * entries and
 * max_bytes of payload (at least one). Result in the db's arena. */
struct problem *journal_read_for(struct db *db, uint32_t from, uint32_t reader, uint64_t after, size_t limit,
	size_t max_bytes, struct journal_read **out, size_t *count) NONNULL MUST_CHECK;
/* A record's history, newest first: its timeline. */
struct problem *journal_history(struct db *db, struct db_scope scope, const struct uuid *record_id, size_t limit,
                                struct journal_read **out, size_t *count) NONNULL MUST_CHECK;
/* Head of a platform's log: seq 0 if empty. */
struct problem *journal_head(struct db *db, uint32_t platform_id, uint64_t *epoch, uint64_t *seq) NONNULL MUST_CHECK;
/* All heads: what servers poll to learn that their caches are old. */
struct journal_position {
	uint32_t platform_id;
	uint32_t epoch;
	uint64_t seq;
};
struct problem *journal_heads(struct db *db, struct journal_position **out, size_t *count) NONNULL MUST_CHECK;

/* Erases the payloads of a record's entries, with the names and addresses of who acted; the log still verifies. *erased
 * may be NULL. Inside or outside a transaction. */
struct problem *journal_erase(
	struct db *db, struct db_scope scope, const struct uuid *record_id, uint64_t *erased) NONNULL MUST_CHECK;

/* Erases the name and the addresses of somebody who acted; what was done stays, and the log still verifies. As
 * above. */
struct problem *journal_erase_actor(
	struct db *db, struct db_scope scope, const struct uuid *account_id, uint64_t *erased) NONNULL MUST_CHECK;
/* Inside a transaction. Puts another payload in the place of an entry's, with a new salt, commitment and leaf hash: for
 * data that must not stand there as it does (federation/sync/log_seal.h), which the log itself then says.
 * PROBLEM_NOT_FOUND where there is none, or it was erased. */
struct problem *journal_replace(struct db *db, struct db_scope scope, uint64_t seq,
	const struct json_object *OR_NULL payload) NONNULL_AT(1) MUST_CHECK;

/* Recomputes commitments and leaf hashes of (from_seq, to_seq] and the absence of gaps; *bad_seq is the first entry
 * that does not hold, 0 if all do, with *why. */
struct problem *journal_verify(struct db *db, uint32_t platform_id, uint64_t from_seq, uint64_t to_seq,
	uint64_t *checked, uint64_t *bad_seq, const char **why) NONNULL MUST_CHECK;

#endif
