/* form: how a platform asks for a record's fields: their order, labels, what it requires, and extra fields of its own,
 * which are kept in the record's one JSON column.
 *
 * Policy (JSON, key "forms"):
 *   <record>:
 *     sections: [{zh, en, fields: [names, extra ones too]}]         optional: else the declaration's order
 *     fields:   {<field>: {required: true, zh, en, help_zh, help_en, hidden: true}}
 *     extra:    [{name, type, item (of a list), required, min, max, exactly (entries of a list), values: [{code, zh,
 * en}], pattern, zh, en}]
 *     groups:   [{fields: [names, extra ones too], at_least: 1}], compare: [{left, op, right}]: core/record/rule.h
 *
 * A form may require more than the declaration, never less. What the declaration requires is asked at once; what the
 * form requires, when a transition says `complete` (so that an unfinished form can be kept, DX-2).
 */
#ifndef QILIAN_CORE_RECORD_FORM_H
#define QILIAN_CORE_RECORD_FORM_H

#include "core/attributes.h"
#include "core/record/field.h"
#include "core/record/record.h"

struct form_field {
	const struct field *field; /* with the form's labels */
	const char *help_zh;
	const char *help_en;
	bool required;
	bool hidden;
	bool extra;
};

struct form_section {
	const char *zh;
	const char *en;
	const struct form_field **fields;
	size_t count;
};

struct form {
	const struct record *record;
	const struct form_field *fields;
	size_t count;
	const struct form_section *sections;
	size_t section_count;
	const struct shape *extra; /* never NULL; its struct lies nowhere but in the JSON column */
	struct rules rules;        /* what its fields say together */
};

struct form_set;

/* Like lifecycle_compile(): every fault with its pointer ("/forms/institution/extra/0/type"). Lives in the arena. */
struct problem *form_compile(struct arena *arena, const struct record_set *records, struct json_object *OR_NULL policy,
                             const struct form_set **out) NONNULL_AT(1, 2, 4) MUST_CHECK;
/* NULL if the policy says nothing of the record. */
const struct form *OR_NULL form_of(const struct form_set *OR_NULL set, const struct record *record) NONNULL_AT(2);
/* All that is missing for the record to be complete, as fields of PROBLEM_INVALID; NULL when it is. */
struct problem *form_check(struct call *call, const struct record *record, const void *row) NONNULL MUST_CHECK;

/* What the platform's form says of several fields (core/record/rule.h), added to `problem`. before: NULL for a new
 * row, or to look at all. */
struct problem *form_check_rules(struct call *call, const struct record *record, const void *OR_NULL before,
	const void *row, bool handed_in, struct problem *OR_NULL problem) NONNULL_AT(1, 2, 4) MUST_CHECK;

#endif
