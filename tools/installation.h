/* installation: what both mains need opened before they can do anything: settings, keys, database, policies, platforms,
 * services.
 *
 * Steps are taken in order, each failing with a sentence for the operator. What a tool does not need it does not open.
 */
#ifndef QILIAN_TOOLS_INSTALLATION_H
#define QILIAN_TOOLS_INSTALLATION_H

#include "core/config/settings.h"
#include "core/crypto/crypto.h"
#include "core/db/db.h"
#include "core/out/mail.h"
#include "tenants/notice/notice.h"
#include "tenants/platform/change.h"
#include "tenants/platform/services.h"
#include "tenants/policy/policy_compile.h"

struct installation {
	struct arena *arena; /* as long as the process works */
	struct settings *settings;
	struct crypto_keys *keys;
	struct db_shared *shared;
	struct db_settings database;
	struct db *db;       /* of the main thread */
	struct change_follower *follower; /* qiliand only */
	struct policy_compile compile;
	struct policy_store *policies;
	struct notice_sink notices;
	struct mail_server mail;
	struct notice_sender sender;
	struct services services;
};

/* Reads settings and keys, says what is wrong on stderr, and answers false. overrides: "http.port=8081"…, ends with
 * NULL. */
bool installation_read_settings(struct installation *installation, const char *path, const char *const *overrides);
/* The main thread's connection; no statement is sent yet. */
void installation_connect(struct installation *installation);
/* Platforms, policies, hasher, files, senders: all of services. follow: learn what other servers change. */
struct problem *installation_open(struct installation *installation, bool follow) MUST_CHECK;
/* In reverse. Accepts one that was opened in part. */
void installation_close(struct installation *installation);

/* A problem as a line for the operator: "zh\nen". */
void installation_complain(const struct problem *problem);

#endif
