/* policy: everything in which platforms differ, as data.
 *
 * authored    YAML: config/base.yaml, config/levels/<level>.yaml, config/networks/<network>.yaml, the `descendants`
 *             of the platforms above, config/platforms/<slug>.yaml; each laid over the one before (policy_author.h)
 * document    what comes out of that: one canonical JSON object, hashed (SHA-256) and stored as a version. The server
 *             reads documents only
 * profile     the document's member "profile": what makes one platform itself (names, hosts, branding, contacts,
 *             signature)
 * rules       all the rest; platforms with equal rules share them in memory
 * running case  keeps the hash of the document that it began with, and is led by its lifecycles to its end
 *
 * Immutable once read, shared by threads, refcounted by the store. Texts live as long as the policy. Never take
 * references of the json_objects in here (json-c counts them without locks): read them through core/text/json.h.
 */
#ifndef QILIAN_TENANTS_POLICY_POLICY_H
#define QILIAN_TENANTS_POLICY_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/problem.h"

#define POLICY_HASH 32

struct db;
struct form_set;
struct json_object;
struct lifecycle_set;

struct policy_text {
	const char *zh;
	const char *en;
};

/* Texts in order, `count` of them. */
struct policy_list {
	const char *const *items;
	size_t count;
};

bool policy_list_has(const struct policy_list *list, const char *item);

/* --- who the platform is (C-5) --- */

struct policy_profile {
	struct policy_text name, short_name;
	const char *hotline; /* C-5 */
	const char *service_hours;
	const char *administrator_name, *administrator_phone, *administrator_email; /* C-5 */
	const char *primary_colour, *accent_colour; /* #rrggbb */
	const char *logo;                           /* SVG; NULL: the mark in the primary colour */
	struct policy_text logo_text, slogan, welcome, footer;
	struct policy_text sponsor, operator;            /* 主办单位, 承办单位 */
	const char *icp, *police, *site_code;             /* 备案号, 公安备案号, 网站标识码 */
	struct policy_text privacy, accessibility;        /* texts of several paragraphs */
	const char *signature; /* of SMS, without brackets */
	struct policy_list hosts; /* the first is the main one */
};

/* --- ways in (ZJ-4..7, NX-12) --- */

struct policy_ways {
	bool self;                        /* institutions may apply themselves */
	const char *self_needs_member_of; /* level on which a membership in the network is needed first ("city"), or
					     NULL */
	bool recommendation;              /* platforms below may recommend */
	struct policy_list recommends;    /* levels that may: ["city"] */
	bool invitation;
	bool invitation_review; /* a redeemed code leads to a case; otherwise it admits at once */
	int invitation_days;    /* validity, calendar days */
	bool join;              /* members of the platform above may join by a tick (NX-12) */
	bool join_review;
	bool acceptance;        /* shows members of the platforms below without a case of its own (HN-3) */
	bool outside;           /* institutions of other provinces may come (ZJ-1) */
	struct policy_text guidance; /* what somebody who may not apply is told (ZJ-7) */
};

/* --- entry conditions (ZJ-8), evaluated in tenants/policy/condition.h --- */

enum policy_mode { POLICY_OFF, POLICY_INFORMS, POLICY_BARS };
enum policy_op { POLICY_EQ, POLICY_NE, POLICY_LT, POLICY_LE, POLICY_GT, POLICY_GE, POLICY_IN, POLICY_NOT_IN };

/* field op literal; the rules of a condition are ANDed. */
struct policy_rule {
	const char *field;
	enum policy_op op;
	struct json_object *literal; /* number, text, boolean; an array for in and not_in */
};

struct policy_condition {
	const char *id;
	int group; /* (1)…(6) of ZJ-8, as shown */
	struct policy_text text;
	enum policy_mode mode;
	const struct policy_rule *rules;
	size_t rule_count;              /* 0: for the reviewer's judgement */
	struct policy_list relaxed_for; /* organisation types for which a failure is relaxed */
	struct policy_list exempt;      /* organisation types to which it does not apply */
};

/* --- listings (ZJ-9, HN-3) --- */

/* none: live at once, nobody looks; after: live at once and put into the reviewers' list; before: live once approved;
 * accept_home: the approval of the platform where the product lives is enough, without one it is reviewed before. */
enum policy_review { POLICY_REVIEW_NONE, POLICY_REVIEW_AFTER, POLICY_REVIEW_BEFORE, POLICY_REVIEW_ACCEPT_HOME };

struct policy_listing {
	enum policy_review review;
	struct policy_list fields_without_review; /* of the product: a change of these alone goes live at once */
	bool to_parent;                           /* an approval here publishes to the platform above too (HN-3) */
	bool members_only;                        /* only active members may list here */
	struct policy_list overrides;             /* fields of a product that may differ on this platform */
};

/* --- accounts --- */

struct policy_password {
	int min_length, max_length;
	int min_classes;        /* of digit, upper case, lower case, special; 0: any (NIST), 3: DX-15 */
	bool refuse_known;      /* well-known bad ones */
	bool not_user_name, not_mobile;
	int history;            /* earlier ones that may not come back; -1: none ever */
	int staff_min_length;
	int staff_max_age_days; /* 0: for ever */
};

struct policy_sign_in {
	bool password, sms_code;
	bool staff_second_factor;
	int failures, window_minutes, lock_minutes;
	int idle_minutes, staff_idle_minutes, longest_hours;
	int sub_accounts; /* of one institution (DX-14); 0: none */
	int api_key_days;
	struct policy_list providers; /* external identities (ZJ-2) */
};

/* --- notices --- */

struct policy_notice {
	const char *id;
	struct policy_text title;     /* of the message in the workbench, and the subject of the e-mail */
	struct policy_text body;      /* with {variables} */
	const char *sms;              /* the text that the vendor's template holds, with {variables}; NULL: no SMS */
	const char *sms_template;     /* the vendor's id of it */
	struct policy_list variables; /* in the vendor's order */
};

/* --- dictionaries --- */

struct policy_term {
	const char *code;
	struct policy_text text;
	bool retired; /* names what carries it; cannot be chosen any more */
};

struct policy_terms {
	const struct policy_term *items; /* in authored order */
	size_t count;
};

const struct policy_term *OR_NULL policy_term(const struct policy_terms *terms, const char *code);
/* Whether a record may take the code now: it is there and not retired, or the record has it already (`before`, may be
 * NULL). A dictionary without terms allows everything. */
bool policy_term_allows(const struct policy_terms *terms, const char *code, const char *before);

/* --- the whole --- */

/* --- the standard contract of orders (HN-8): clauses that a new contract begins with --- */

struct policy_contract {
	struct policy_text acceptance, breach, secrecy, disputes;
};

struct policy {
	unsigned char hash[POLICY_HASH]; /* of the document */
	struct policy_profile profile;

	struct policy_ways ways;
	struct policy_contract contract;
	const struct policy_condition *conditions;
	size_t condition_count;
	struct policy_listing listing;
	struct policy_password password;
	struct policy_sign_in sign_in;
	const char *number_prefix;  /* "PX" in PX-331100-66821 */
	const char *case_prefix;    /* of a case's number */
	struct policy_terms institution_types; /* HN-1 */
	struct policy_terms organisation_types;
	struct policy_terms categories, industries, qualifications; /* dictionaries */
	int claim_minutes;          /* a reviewer's claim on a case lapses */
	int supplement_days;        /* working days to answer one */
	int remind_days;            /* before a qualification expires */
	int objection_days;         /* working days that a claim waits for an objection; 0: none */
	int chase_at;               /* minute of a working day from which the desk is told what is overdue;
				       POLICY_NEVER */
	struct json_object *forms;      /* {"institution": {"fields": [{"name", "required", …}], "extra": […]}} */
	struct json_object *lifecycles; /* as core/record/lifecycle.h compiles it */
	/* Compiled, if the store was given a compiler; else NULL. */
	const struct lifecycle_set *lifecycle_set;
	const struct form_set *form_set;

	struct json_object *rules_json;   /* the document without its profile */
	struct json_object *profile_json;
};

enum { POLICY_NEVER = -1 };
/* "09:00" to the minute of the day, "off" to POLICY_NEVER. False if it is neither. */
bool policy_time_parse(const char *text, int *minute);

/* NULL if the policy has no notice of that name. The struct lies in the arena, its texts in the policy. */
const struct policy_notice *OR_NULL policy_notice(struct arena *arena, const struct policy *policy, const char *id);

/* --- the store: documents by hash, lazily --- */

struct policy_store;

/* Compiles the lifecycles and forms of a document into the arena (tenants/policy/policy_compile.h). Faults point into
 * the document. */
struct policy_compiler {
	struct problem *(*compile)(struct arena *arena, struct json_object *document,
		const struct lifecycle_set **lifecycles, const struct form_set **forms, void *arg);
	void *arg;
};

/* The compiler may be NULL, and must outlive the store. */
struct policy_store *policy_store_create(const struct policy_compiler *compiler) RETURNS_NONNULL;
/* All policies must have been released. Accepts NULL. */
void policy_store_destroy(struct policy_store *store);

/* The policy with that hash, from memory or from table policy_document; held until policy_release(). May block on the
 * database: workers only. PROBLEM_INTERNAL if there is no such document, or it does not fit its hash. */
struct problem *policy_hold(struct policy_store *store, struct db *db, const unsigned char hash[POLICY_HASH],
                            const struct policy **out) MUST_CHECK;
/* The same, released with the arena of the db (the request's or job's). */
struct problem *policy_use(struct policy_store *store, struct db *db, const unsigned char hash[POLICY_HASH],
                           const struct policy **out) MUST_CHECK;
void policy_release(const struct policy *policy);

/* From the text of a document, without a store: tests and tools. Ends with policy_release(). */
struct problem *policy_read(
	struct arena *arena, const char *document, size_t len, const struct policy **out) MUST_CHECK;

/* A dictionary by its key: "categories"; NULL if it is none. */
const struct policy_terms *OR_NULL policy_dictionary(const struct policy *policy, const char *name);

#endif
