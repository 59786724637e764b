/* mariadb: a private MariaDB for tests, in a temporary folder, on a unix socket, gone at the end. */
#ifndef QILIAN_TESTS_MARIADB_H
#define QILIAN_TESTS_MARIADB_H

#include <sys/types.h>

#include "core/db/db.h"

struct mariadb {
	char folder[64];
	char socket[96];
	pid_t pid;
	const char *hosts[2];
	struct db_settings settings; /* database "test", root without password */
	bool tls;     /* also listens on 127.0.0.1:port with the certificate folder/server.pem */
	unsigned port;
};

/* Aborts when it does not come up. No database is created: migrate_run() or mariadb_create() does. */
struct mariadb *mariadb_start(void);
void mariadb_stop(struct mariadb *server);
/* kill -9, and up again over the same data. */
void mariadb_kill(struct mariadb *server);
void mariadb_launch(struct mariadb *server);
/* SIGSTOP and SIGCONT. */
void mariadb_pause(struct mariadb *server);
void mariadb_resume(struct mariadb *server);
/* Drops and creates the database "test" and runs the statements of a script in it. */
void mariadb_create(struct mariadb *server, const char *script);

#endif
