/* notice: what goes out by SMS and e-mail. Queued in the transaction that wants it, sent by a job, each with a delivery
 * state.
 *
 * template    names a notice of the platform's policy (policy_notice): title, body, SMS text, the vendor's template id,
 *             variables
 * channel     SMS first where there is a mobile and the template has an SMS; else e-mail. When SMS fails for good,
 *             e-mail follows (fall-back) if there is an address: the SMS then is `replaced`
 * state       queued → sent → delivered, or failed; attempts with backoff 30 s, 1 min, 2 min … up to an hour, 8 of them
 * secret      variables that nobody may read in the log of notices (a code, a link): sealed, erased once sent; `text`
 *             shows them masked. In the demonstration nothing leaves the server and text shows all: the outbox
 * message     what the receiver also finds in the workbench (tenants/notice/message.h)
 *
 * Recipients of a lifecycle's notices: institution (its inbox, at its home), institution_contact (and its contact by
 * SMS or e-mail), submitter (who created the row), account (the row's field of that name), account:<field>,
 * side:<side> (of the row: a person, or an organisation with its contact), role:<role>.
 *
 * language    inboxes hold both and show the reader's; an e-mail is in the account's (the one its pages were last read
 *             in), to an institution's contact in that of its owner
 */
#ifndef QILIAN_TENANTS_NOTICE_NOTICE_H
#define QILIAN_TENANTS_NOTICE_NOTICE_H

#include "core/attributes.h"
#include "core/out/mail.h"
#include "core/out/sms.h"
#include "core/record/call.h"
#include "core/work/job.h"
#include "tenants/policy/policy.h"


struct notice_order {
	const char *template;
	const char *mobile; /* normalised; NULL if unknown */
	const char *email;  /* NULL if unknown */
	const char *name;   /* of the recipient, may be NULL */
	struct json_object *variables; /* object of texts or of {zh, en}, borrowed; may be NULL */
	struct json_object *secrets;   /* likewise */
	const char *record_type;       /* may be NULL */
	struct uuid record_id;
	enum lang lang;                /* of an e-mail; an SMS is Chinese */
};

/* Inside a transaction or not. Without mobile and address nothing is queued; *id (may be NULL) is nil then. */
struct problem *notice_queue(struct call *call, const struct notice_order *order, struct uuid *id) MUST_CHECK;

/* "{name}" replaced by the members of variables, then of secrets (all characters but none shown if mask); unknown ones
 * by nothing. */
const char *notice_fill(struct arena *arena, const char *text, const struct json_object *variables,
	const struct json_object *secrets, bool mask, enum lang lang) RETURNS_NONNULL;

/* A variable in a language: a text is the same in both, {"zh": …, "en": …} is not. NULL if there is none. */
const char *OR_NULL notice_value(const struct json_object *variables, const char *name, enum lang lang);

/* What the sender needs; in the arg of its job. */
struct notice_sender {
	struct sms_driver *sms;         /* NULL: none is set up */
	const struct mail_server *mail; /* NULL: likewise */
	bool outbox;                    /* the demonstration: nothing leaves */
};

/* A standing job. Its arg is a struct services whose `sender` is set. */
extern const struct job_kind notice_job;

/* Tells one account: a message in its inbox, and SMS or e-mail where it has a number or address. variables: an object
 * of texts or of {zh, en}, borrowed; about: what the message leads to (a record's name, "workbench"), and which of
 * them. */
struct problem *notice_tell_account(struct call *call, struct uuid account_id, const char *template,
	const struct json_object *variables, const char *about, struct uuid about_id) MUST_CHECK;

/* An institution is told at its home, wherever that what it hears of happened: "notice.told" in the log of the platform
 * that tells it, and there once in its inbox, and its contact by SMS or e-mail. */
struct notice_told {
	const char *template;
	const struct json_object *variables; /* of the platform that tells: its name, its hotline, what it decided */
	const struct json_object *title, *body; /* {zh, en}, in the words of its policy */
	const char *about;
	struct uuid institution_id, about_id;
	bool contact;           /* by SMS or e-mail as well */
	const unsigned char *once; /* 16 bytes that stand for this entry */
};
struct problem *notice_told_apply(struct call *call, const struct notice_told *told) MUST_CHECK;

/* Of lifecycles: queues notices and messages for recipients as the policy names them. */
struct problem *notice_sink_send(struct call *call, const struct record *record, const void *row, const char *template,
	const char *to, struct json_object *variables, void *arg) MUST_CHECK;

#endif
