#include "mariadb.h"

#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/db/sql.h"

static void die(const char *why, const struct mariadb *server)
{
	fprintf(stderr, "%s; see %s/log\n", why, server->folder);
	abort();
}

static pid_t spawn(const struct mariadb *server, const char *const argv[])
{
	char log[96];
	snprintf(log, sizeof(log), "%s/log", server->folder);
	pid_t pid = fork();
	if (pid != 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	int fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
	dup2(fd, 1);
	dup2(fd, 2);
	/* The server is no part of what is being checked. */
	unsetenv("LD_PRELOAD");
	execvp(argv[0], (char *const *)argv);
	_exit(127);
}

/* Servers that share a folder for temporary tables delete each other's when they start. */
static void name_temporary(const struct mariadb *server, char option[96])
{
	snprintf(option, 96, "--tmpdir=%s/tmp", server->folder);
	mkdir(option + strlen("--tmpdir="), 0700);
}

static void install(struct mariadb *server)
{
	char data[96], temporary[96];
	int status;
	snprintf(data, sizeof(data), "--datadir=%s/data", server->folder);
	name_temporary(server, temporary);
	const char *argv[] = {"mariadb-install-db", "--no-defaults", "--auth-root-authentication-method=normal",
		"--skip-test-db", "--innodb-log-file-size=16M", data, temporary, NULL};
	pid_t pid = spawn(server, argv);
	if (waitpid(pid, &status, 0) != pid || status != 0)
		die("mariadb-install-db failed", server);
}

static bool answers(struct mariadb *server)
{
	struct db_settings settings = server->settings;
	settings.name = "mysql";
	struct db *db = db_create(&settings);
	bool up = db_ping(db) == NULL;
	db_destroy(db);
	return up;
}

void mariadb_launch(struct mariadb *server)
{
	char data[96], socket[112], pid_file[96], temporary[96];
	snprintf(data, sizeof(data), "--datadir=%s/data", server->folder);
	snprintf(socket, sizeof(socket), "--socket=%s", server->socket);
	snprintf(pid_file, sizeof(pid_file), "--pid-file=%s/pid", server->folder);
	name_temporary(server, temporary);
	char port[32], cert[96], key[96];
	snprintf(port, sizeof(port), "--port=%u", server->port);
	snprintf(cert, sizeof(cert), "--ssl-cert=%s/server.pem", server->folder);
	snprintf(key, sizeof(key), "--ssl-key=%s/server.key", server->folder);
	const char *argv[] = {"mariadbd", "--no-defaults", "--user=root", "--character-set-server=utf8mb4",
		"--collation-server=utf8mb4_unicode_520_nopad_ci", "--innodb-snapshot-isolation=ON",
		"--innodb-flush-log-at-trx-commit=1", "--innodb-buffer-pool-size=64M", "--innodb-log-file-size=16M",
		"--skip-log-bin", "--max-connections=200", data, socket, pid_file, temporary,
		server->tls ? "--bind-address=127.0.0.1" : "--skip-networking", server->tls ? port : NULL, cert, key,
		NULL};
	server->pid = spawn(server, argv);
	for (int i = 0; i < 300; i++) {
		if (access(server->socket, F_OK) == 0 && answers(server))
			return;
		nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
	}
	die("mariadbd does not answer", server);
}

struct mariadb *mariadb_start(void)
{
	struct mariadb *server = calloc(1, sizeof(*server));
	signal(SIGPIPE, SIG_IGN);
	strcpy(server->folder, "/tmp/qilian-db-XXXXXX");
	if (!server || !mkdtemp(server->folder))
		abort();
	snprintf(server->socket, sizeof(server->socket), "%s/socket", server->folder);
	server->hosts[0] = server->socket;
	server->settings = (struct db_settings){.hosts = server->hosts, .host_count = 1, .user = "root", .password = "",
		.name = "test", .connect_timeout_ms = 2000, .query_timeout_ms = 10000};
	install(server);
	mariadb_launch(server);
	return server;
}

void mariadb_kill(struct mariadb *server)
{
	kill(server->pid, SIGKILL);
	waitpid(server->pid, NULL, 0);
}

void mariadb_pause(struct mariadb *server)
{
	kill(server->pid, SIGSTOP);
	waitpid(server->pid, NULL, WUNTRACED); /* until each of its threads stands still */
}

void mariadb_resume(struct mariadb *server)
{
	kill(server->pid, SIGCONT);
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *walk)
{
	(void)status;
	(void)type;
	(void)walk;
	return remove(path);
}

void mariadb_stop(struct mariadb *server)
{
	mariadb_kill(server);
	nftw(server->folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	free(server);
}

void mariadb_create(struct mariadb *server, const char *script)
{
	struct db_settings settings = server->settings;
	settings.name = "mysql";
	struct db *db = db_create(&settings);
	const char *drop = "DROP DATABASE IF EXISTS test";
	if (db_command(db, drop, strlen(drop)))
		die("cannot drop", server);
	db_destroy(db);
	db = db_create(&server->settings);
	if (db_create_database(db))
		die("cannot create", server);
	size_t len;
	for (const char *statement; (statement = sql_split(&script, &len));)
		if (db_command(db, statement, len))
			die(db_last_error(db), server);
	db_destroy(db);
}
