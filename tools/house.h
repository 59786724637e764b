/* house: what both mains need opened before they can do anything: settings, keys, database, policies, platforms, services.
 *
 * Steps are taken in order, each failing with a sentence for the operator. What a tool does not need it does not open.
 */
#ifndef QILIAN_TOOLS_HOUSE_H
#define QILIAN_TOOLS_HOUSE_H

#include "core/crypto.h"
#include "core/db.h"
#include "core/mail.h"
#include "core/settings.h"
#include "tenants/change.h"
#include "tenants/notice.h"
#include "tenants/policy_compile.h"
#include "tenants/services.h"

struct house {
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

/* Reads settings and keys, says what is wrong on stderr, and answers false. overrides: "http.port=8081"…, ends with NULL. */
bool house_read_settings(struct house *house, const char *path, const char *const *overrides);
/* The main thread's connection; no statement is sent yet. */
void house_connect(struct house *house);
/* Platforms, policies, hasher, files, senders: all of services. follow: learn what other servers change. */
struct problem *house_open(struct house *house, bool follow) MUST_CHECK;
/* In reverse. Accepts one that was opened in part. */
void house_close(struct house *house);

/* A problem as a line for the operator: "zh\nen". */
void house_complain(const struct problem *problem);

#endif
