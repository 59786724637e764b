/* policy_form: an authored policy as a form, so that an administrator who writes no YAML can change it.
 *
 * row      one key of a policy that the form offers: its words, how it is edited, what can be chosen. Type and bounds
 *          are those of policy_keys.c
 * path     as in faults: "profile.contacts.hotline", "conditions.capital.mode", "categories.policy"
 * layer    where a value comes from: base, level, network, parent (a platform above, by its `descendants`), own
 *
 * desk     what the platform's own administrator may change; the rest is the system administrator's. Declared in
 *          policy_form_rows.c, held by the server for every single path
 *
 * To offer a key: a row in policy_form_rows.c; and in its WORDS the codes that it can be.
 */
#ifndef QILIAN_TENANTS_POLICY_POLICY_FORM_H
#define QILIAN_TENANTS_POLICY_POLICY_FORM_H

#include <stdbool.h>

#include "core/attributes.h"
#include "tenants/policy/policy_author.h"
#include "tenants/policy/term_use.h"

struct json_writer;
struct record_set;

enum policy_form_look { LOOK_PLAIN, LOOK_LONG, LOOK_COLOUR };

struct policy_form_row {
	const char *path; /* NULL ends a table */
	const char *zh, *en;
	const char *help_zh, *help_en; /* NULL: none */
	enum policy_form_look look;
	const char *from; /* a record, publish_override or a dictionary whose fields or terms can be chosen; "phases" or
			     "steps" of the lifecycle; NULL: the words of the key, or free text */
};

struct policy_form_section {
	const char *id; /* NULL ends the table */
	const char *zh, *en;
	const struct policy_form_row *rows;
};

/* What a code of a choice is called; path NULL: wherever it occurs. */
struct policy_form_word {
	const char *path, *code, *zh, *en;
};

/* policy_form_rows.c */
extern const struct policy_form_section POLICY_FORM[];
extern const struct policy_form_row POLICY_FORM_CONDITION[]; /* paths behind "conditions.<id>." */
extern const struct policy_form_row POLICY_FORM_DICTIONARIES[];
extern const struct policy_form_row POLICY_FORM_STEP[];       /* behind "lifecycles.<record>.steps.<step>." */
extern const struct policy_form_row POLICY_FORM_TRANSITION[]; /* behind "lifecycles.<record>.transitions.<name>." */
extern const struct policy_form_row POLICY_FORM_FIELD[];      /* behind "forms.<record>.fields.<field>." */
extern const struct policy_form_row POLICY_FORM_EXTRA[];      /* behind "forms.<record>.extra.<name>." */
extern const struct policy_form_row POLICY_FORM_NOTICE[];     /* behind "notices.<template>." */
extern const char *const POLICY_FORM_DESK[];                  /* what paths begin with; NULL ends it */
extern const struct policy_form_word POLICY_FORM_WORDS[]; /* code NULL ends it */

struct policy_form {
	struct arena *arena;
	const struct policy_author *author; /* whose other platforms stand behind "parent" */
	const struct policy_layers *layers;
	const struct record_set *records;
	const struct term_uses *uses; /* of each dictionary, in their order */
	bool desk;                    /* for somebody who may change what is the desk's alone */
	const struct record *record;  /* whose lifecycle is being written, with its steps; else NULL */
	const struct yaml_node *steps;
};

/* The members "sections", "conditions", "deadlines", "dictionaries", "lifecycles", "forms" and "notices" of the object
 * being written: every row with its type, bounds, choices, value, layer, the value that it would inherit, and whether
 * the caller may change it ("mine"). */
void policy_form_write(const struct policy_form *form, struct json_writer *w);

/* Whether the form may change what lies at this path: its rows; conditions, terms, steps, transitions and extra fields
 * of forms as wholes too. */
bool policy_form_offers(const char *path);
/* Whether that is the desk's to change. Of a transition its rows alone: who may fire it and what it effects is not. */
bool policy_form_is_desk(struct arena *arena, const char *path);
const struct policy_form_word *OR_NULL policy_form_word(const char *path, const char *code);

#endif
