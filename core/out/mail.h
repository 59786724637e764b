/* mail: one e-mail handed to an SMTP server, within a deadline.
 *
 * Blocks: for workers and jobs. Addresses, names and subject that hold control characters are refused, so that nothing
 * can add a header; subject and names are encoded by RFC 2047, the text in base64.
 */
#ifndef QILIAN_CORE_OUT_MAIL_H
#define QILIAN_CORE_OUT_MAIL_H

#include <stdbool.h>

#include "core/attributes.h"
#include "core/problem.h"

struct arena;

enum mail_tls { MAIL_STARTTLS, MAIL_TLS, MAIL_PLAIN }; /* as enum settings_smtp_tls */

struct mail_server {
	const char *host;
	unsigned port;
	enum mail_tls tls;    /* the certificate is always verified */
	const char *tls_ca;   /* file; NULL or "" for the system's */
	const char *user;     /* NULL or "": no sign-in */
	const char *password;
	const char *from;     /* address */
	unsigned deadline_ms; /* for everything together */
};

struct mail {
	const char *id;        /* unique and lasting, [A-Za-z0-9.-]: becomes the Message-ID, so that a retry can be
			          recognised */
	const char *to;        /* address */
	const char *to_name;   /* NULL for none */
	const char *from_name; /* NULL for none: the platform's name */
	const char *subject;
	const char *text;      /* plain text */
};

extern const struct problem_kind PROBLEM_MAIL_REFUSED; /* 422, for good: no use to send it again */
extern const struct problem_kind PROBLEM_MAIL_FAILED;  /* 503, for now: try again later */

struct problem *mail_send(const struct mail_server *server, struct arena *arena, const struct mail *mail) NONNULL
	MUST_CHECK;

#endif
