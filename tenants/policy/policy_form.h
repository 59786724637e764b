/* policy_form: an authored policy as a form, so that an administrator who writes no YAML can change it.
 *
 * row      one key of a policy that the form offers: its words, how it is edited, what can be chosen. Type and bounds
 *          are those of policy_keys.c
 * path     as in faults: "profile.contacts.hotline", "conditions.capital.mode", "categories.policy"
 * layer    where a value comes from: base, level, network, parent (a platform above, by its `descendants`), own
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
	const char *from; /* a record, publish_override or a dictionary whose fields or terms can be chosen; NULL: the
			     words of the key, or free text */
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
extern const struct policy_form_word POLICY_FORM_WORDS[]; /* code NULL ends it */

struct policy_form {
	struct arena *arena;
	const struct policy_author *author; /* whose other platforms stand behind "parent" */
	const struct policy_layers *layers;
	const struct record_set *records;
	const struct term_uses *uses; /* of each dictionary, in their order */
};

/* The members "sections", "conditions", "deadlines" and "dictionaries" of the object being written: every row with its
 * type, bounds, choices, value, layer, and the value that it would inherit. */
void policy_form_write(const struct policy_form *form, struct json_writer *w);

/* Whether the form may change what lies at this path: its rows, conditions and terms as wholes too, and deadlines of
 * steps. */
bool policy_form_offers(const char *path);
const struct policy_form_word *OR_NULL policy_form_word(const char *path, const char *code);

#endif
