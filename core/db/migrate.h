/* migrate: brings the database to the schema of this build.
 *
 * schema/NNNN_name.sql, numbered without gaps, compiled into the binaries (a generated table of texts), each with its
 * SHA-256. A migration that was applied with another checksum, or a database that knows a later one than this build
 * marked `-- contract`, is refused with a clear sentence. Expand, then contract: an old server keeps working beside a
 * migrated database as long as only `-- expand` migrations are ahead of it. DDL is not transactional in MariaDB, so
 * each statement's progress is recorded and a broken-off migration goes on where it stopped. Two servers migrating at
 * once: one does, the other waits (a lease row).
 */
#ifndef QILIAN_CORE_DB_MIGRATE_H
#define QILIAN_CORE_DB_MIGRATE_H

#include "core/attributes.h"
#include "core/db/db.h"

struct migration {
	int number;
	const char *name;
	const char *sql;
};

/* Creates the database if it is missing and applies what is missing; *applied counts. */
struct problem *migrate_run(struct db *db, const struct migration *migrations, size_t count, int *applied) NONNULL
	MUST_CHECK;
/* NULL when the database fits this build (checked at each start: schema, utf8mb4, strict mode, isolation). */
struct problem *migrate_check(struct db *db, const struct migration *migrations, size_t count) NONNULL MUST_CHECK;

/* Generated from schema/NNNN_*.sql. */
extern const struct migration schema_migrations[];
extern const size_t schema_migration_count;

#endif
