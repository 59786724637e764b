/* journal_header: what the leaf hash of a log's entry covers, and how that text is written: whoever has an entry can
 * hash it anew, on any server and without ours.
 *
 * header      canonical JSON (RFC 8785): its keys rise, numbers are integers, there is no space
 * leaf        SHA-256(0x00 ‖ header), as RFC 6962 has it
 * commitment  SHA-256(salt ‖ payload); the payload is canonical JSON as well. Salts are of 16 random bytes
 * who         SHA-256(salt ‖ name ‖ 0x00 ‖ address) of who acted, with a salt of its own: erasable apart
 *
 * Version 3, each key always there:
 *   actor        account's id, or null: the server itself
 *   at           milliseconds since 1970, UTC
 *   audience     0 private, 1 addressed, 2 public
 *   commitment   hexadecimal, lower case
 *   epoch        life of the log, from 1
 *   kind         what happened
 *   origin       the log's name in the world ("zhejiang/lishui"), given once
 *   record       id of the record, or null
 *   record_type
 *   role         in which the actor acted, or null
 *   seq          from 1, without gaps
 *   to           [{origin, previous}, …], rising by origin: whom it is addressed to, each with the seq of the entry
 *                before that was addressed to the same (0: none), so that a reader that gets only its own entries
 *                sees when one was kept from it; "*" is everybody, of public entries
 *   v            3
 *   who          hexadecimal
 *
 * Version 2 said `platform` (a number of one database) instead of origin, `to` was a list of such numbers; version
 * 1 lacked `who` too. Entries are verified by the version that they were written in.
 */
#ifndef QILIAN_CORE_WORK_JOURNAL_HEADER_H
#define QILIAN_CORE_WORK_JOURNAL_HEADER_H

#include <stddef.h>
#include <stdint.h>

#include "core/attributes.h"
#include "core/crypto/crypto.h"
#include "core/crypto/uuid.h"

struct buf;

enum { JOURNAL_SALT = 16, JOURNAL_HEADER_VERSION = 3 };

struct journal_header {
	int v;
	const char *origin;   /* from v 3 on */
	uint32_t platform_id; /* before */
	uint64_t epoch;
	uint64_t seq;
	int64_t at_ms;
	int audience;
	const char *kind;
	const char *record_type;
	struct uuid record_id; /* nil: null */
	struct uuid actor_id;
	const char *actor_role;
	const char *to; /* "zhejiang/hangzhou=12,zhejiang/ningbo=0", before v 3 "12,15"; NULL: nobody */
	const unsigned char *commitment;
	const unsigned char *who; /* from v 2 on */
};

void journal_header_write(const struct journal_header *header, struct buf *out) NONNULL;
void journal_header_leaf(const struct journal_header *header, unsigned char out[CRYPTO_HASH]) NONNULL;
void journal_commit(const unsigned char salt[JOURNAL_SALT], const char *payload, size_t len,
	unsigned char out[CRYPTO_HASH]) NONNULL;
/* NULL counts as "". */
void journal_commit_who(const unsigned char salt[JOURNAL_SALT], const char *OR_NULL name, const char *OR_NULL client,
			unsigned char out[CRYPTO_HASH]) NONNULL_AT(1, 4);

/* What `to` says of this reader: the seq before, or -1 where it does not say (before v 3, or not addressed to it). */
int64_t journal_header_previous(const char *OR_NULL to, const char *OR_NULL reader);

#endif
