/* settings: one documented YAML file (config/qilian.yaml) and the secrets of the environment, as a struct.
 *
 * Every key is a row of the table in settings.c, which gives its type, bounds, default and description; the struct
 * below is what the table fills. Keys are `section.key`, or alone at the top. Unknown keys are faults with their line.
 *
 * secret  never in the file: taken from the variable (QILIAN_DB_PASSWORD), or from the file that the variable with
 *         _FILE names (QILIAN_DB_PASSWORD_FILE), or from the file that the `…_file` key names; one newline at its end
 *         is dropped
 *
 * To add a setting: a member here, a row in settings.c, a line in config/qilian.yaml (a test compares them).
 */
#ifndef QILIAN_CORE_CONFIG_SETTINGS_H
#define QILIAN_CORE_CONFIG_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/attributes.h"
#include "core/diag.h"

struct arena;
struct buf;
struct json_object;
struct yaml_faults;

enum settings_mode { SETTINGS_PRODUCTION, SETTINGS_DEMONSTRATION };
enum settings_scheme { SETTINGS_HTTPS, SETTINGS_HTTP };
enum settings_smtp_tls { SETTINGS_SMTP_STARTTLS, SETTINGS_SMTP_TLS, SETTINGS_SMTP_OFF };

struct settings_list {
	size_t count;
	const char *const *items; /* texts */
};

/* Texts are never NULL: "" where nothing is set. Durations are milliseconds, sizes bytes. */
struct settings {
	int mode;      /* enum settings_mode */
	int log_level; /* enum diag_level */
	const char *config_folder;
	const char *schema_folder;
	const char *web_folder;
	const char *files_folder;
	const char *picture_helper; /* path of qilian-picture */
	const char *sheet_helper;   /* path of qilian-sheet */
	const char *keys; /* secret: what crypto_keys_parse() reads */

	struct {
		const char *bind; /* an address; "*" for all */
		int64_t port;     /* 0: a free one */
		int64_t loops;    /* resolved: at least 1 */
		int64_t workers;  /* resolved: at least 1 */
		int64_t queue;    /* requests waiting for a worker */
		struct settings_list trusted_proxies; /* "10.0.0.0/8", "::1" */
		bool forwarded_host; /* believe their X-Forwarded-Host */
		bool access_log;
	} http;

	struct {
		bool enabled;
		const char *bind;
		int64_t port;
	} admin; /* health, readiness, metrics */

	struct {
		int scheme;   /* enum settings_scheme */
		int64_t port; /* shown in links unless it is the scheme's own; 0: the one of http */
	} public;

	struct {
		struct settings_list hosts; /* "db1:3306", "[::1]:3306" or the path of a socket; the next after a
					       failure */
		const char *user;
		const char *password; /* secret */
		const char *name;
		bool tls;
		const char *tls_ca; /* file; "" for the system's */
		int64_t connect_deadline;
		int64_t query_deadline;
		int64_t jobs; /* threads, each with a connection, that work on background jobs */
	} database;

	struct {
		int64_t connections;
		int64_t connections_per_address; /* 0: none */
		int64_t streams_per_session;
		int64_t uploads; /* at once */
		int64_t body_bytes;
		int64_t upload_bytes;
		int64_t cache_bytes;
		int64_t head_deadline;
		int64_t body_deadline;
		int64_t upload_deadline;
		int64_t request_deadline; /* from the last byte of the request to the answer */
		int64_t idle_deadline;    /* between requests of a connection */
		int64_t write_deadline;
		int64_t heartbeat;
		int64_t drain_time;      /* that a server which is to stop goes on serving while /readyz says 503 */
		int64_t stop_deadline;   /* for what is under way when the server stops */
		/* Threads of lanes (core/http/lane.h). */
		int64_t password_hashes;
		int64_t pictures;
		int64_t policy_checks;
		int64_t exports;
		int64_t waits;
		int64_t outbound;
		int64_t lane_queue; /* requests waiting in each */
		int64_t picture_pixels;
		int64_t export_rows;
		int64_t picture_deadline;
	} limits;

	struct {
		const char *host; /* "": no e-mail is sent */
		int64_t port;
		int tls; /* enum settings_smtp_tls */
		const char *tls_ca;
		const char *user; /* "": no sign-in */
		const char *password; /* secret */
		const char *from;
		int64_t deadline;
	} smtp;

	struct {
		const char *url; /* "": no SMS is sent */
		const char *method;
		struct json_object *headers; /* object of texts, or NULL */
		struct json_object *body;    /* template, or NULL */
		const char *encoding;        /* json or form */
		const char *success_pointer; /* "": status 2xx is enough */
		const char *success_value;
		const char *secret; /* secret: {secret} in the templates */
		int64_t deadline;
		/* Codes in an hour: of one address, one platform, all. */
		int64_t per_address, per_platform, in_all;
		int64_t proof_after; /* codes that visitors of one address get in a day without a proof of work
				        (tenants/account/proof.h) */
	} sms;

	/* What was read: for whoever looks over the installation. */
	const char *path;             /* of the settings; NULL for none */
	const char *secret_files[8];  /* NULL behind the last */

	struct json_object *identity_providers; /* object of objects, as the floor above reads them; or NULL */
};

/* Reads the file (NULL for none: defaults), then overrides ("http.port=8081", ends with NULL; NULL for none), then the
 * environment, then checks what belongs together. NULL when faults were found. */
struct settings *OR_NULL settings_load(struct arena *arena, struct yaml_faults *faults, const char *OR_NULL path,
				       const char *const *OR_NULL overrides) NONNULL_AT(1, 2);

/* The reference: every key with type, bounds, default and description, as lines of text. */
void settings_describe(struct buf *out) NONNULL;
/* Calls fn for every key ("database.pool") with its default as text; the file's test and documentation use it. */
void settings_each(void (*fn)(void *arg, const char *key, const char *default_text), void *OR_NULL arg) NONNULL_AT(1);

#endif
