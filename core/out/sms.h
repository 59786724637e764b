/* sms: short messages through a vendor, behind an interface of drivers.
 *
 * Chinese vendors want a registered signature 【…】, the id of an approved template and its parameters, not a free
 * text; what a vendor's API looks like is in the settings. The generic HTTP driver fills a request from templates.
 *
 * To add a driver: its struct with a struct sms_driver first, an ops table, and a create function like
 * sms_http_create().
 */
#ifndef QILIAN_CORE_OUT_SMS_H
#define QILIAN_CORE_OUT_SMS_H

#include <stddef.h>

#include "core/attributes.h"
#include "core/problem.h"

struct arena;
struct json_object;

struct sms_param {
	const char *name;
	const char *value;
};

struct sms {
	const char *id;        /* of the message: {id}, so that a vendor can recognise a retry */
	const char *mobile;    /* {mobile} */
	const char *signature; /* {signature} */
	const char *template;  /* {template}: the vendor's id of it */
	const struct sms_param *params; /* {param.NAME}; all of them as the text of a JSON object: {params} */
	size_t param_count;
	const char *text; /* {text}: the message as people read it, for vendors that take one; NULL for none */
};

extern const struct problem_kind PROBLEM_SMS_REFUSED; /* 422, for good */
extern const struct problem_kind PROBLEM_SMS_FAILED;  /* 503, for now */
extern const struct problem_kind PROBLEM_SMS_SETTINGS; /* 500, the driver cannot be made */

struct sms_driver;

struct sms_driver_ops {
	const char *name;
	/* Blocks, within the driver's deadline; any thread. *receipt: what the vendor answered, for the record of the
	 * delivery. */
	struct problem *(*send)(
		struct sms_driver *driver, struct arena *arena, const struct sms *sms, const char **receipt);
	void (*destroy)(struct sms_driver *driver);
};

struct sms_driver {
	const struct sms_driver_ops *ops;
};

/* *receipt may be NULL afterwards. */
struct problem *sms_send(
	struct sms_driver *driver, struct arena *arena, const struct sms *sms, const char **receipt) NONNULL MUST_CHECK;
/* Accepts NULL. */
void sms_driver_destroy(struct sms_driver *OR_NULL driver);

/* Placeholders in URL (percent-encoded there), header values and texts anywhere in the body: those above, {secret} and
 * {time} (seconds since 1970); {{ and }} stand for braces. */
struct sms_http {
	const char *url;
	const char *method;                /* POST, PUT or GET */
	const struct json_object *headers; /* object of texts, or NULL */
	const struct json_object *body;    /* any JSON, or NULL for none; with `form` an object of texts */
	const char *encoding;              /* "json" or "form" */
	const char *success_pointer;       /* "" or NULL: status 2xx is enough; else a JSON pointer into the answer … */
	const char *success_value;         /* … to a text, integer or boolean that must read like this */
	const char *secret;
	unsigned deadline_ms;
};

/* PROBLEM_SMS_SETTINGS for unknown placeholders and the like. What settings point to must outlive the driver. */
struct problem *sms_http_create(
	struct arena *arena, const struct sms_http *settings, struct sms_driver **out) NONNULL MUST_CHECK;

#endif
