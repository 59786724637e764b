/* rule: what several fields say together: so many of a group, and one not after another. Of a record, of a policy's
 * form, of a transition's form.
 *
 *   groups:  [{fields: [landline, mobile], at_least: 1}]       or at_most, both, or exactly
 *   compare: [{left: begins_on, op: "<=", right: ends_on}]     numbers, amounts, days, times; told at the left one
 *
 * kept        what is too much or in the wrong order is refused whenever it is written
 * handed in   what is lacking in a group counts as a required field does: of a record and of a transition's form at
 *             once, of a policy's form when a transition says `complete`
 *
 * A box that is not ticked counts as left empty, and so does a list without entries. Nothing is compared with an
 * empty field.
 */
#ifndef QILIAN_CORE_RECORD_RULE_H
#define QILIAN_CORE_RECORD_RULE_H

#include "core/attributes.h"
#include "core/record/field.h"

enum rule_op { RULE_GROUP, RULE_LESS, RULE_AT_MOST, RULE_MORE, RULE_AT_LEAST, RULE_EQUAL, RULE_OTHER };

struct rule_part {
	const struct field *field;
	bool extra; /* a field of the policy's form, which lies in the struct of those */
};

struct rule {
	enum rule_op op;
	const struct rule_part *parts; /* of a group; or the left and the right */
	size_t count;
	size_t least, most; /* of a group */
};

struct rules {
	const struct rule *items;
	size_t count;
};

/* Structs that hold the values; extra NULL where there are none. */
struct rule_values {
	const void *row;
	const void *extra;
};

/* Adds faults to `problem` (may be NULL). before: what the fields said; rules of which no field changed are passed
 * over, so that what was good once stays. NULL: a new row. */
struct problem *rule_check(struct arena *arena, const struct rules *rules, struct rule_values now,
	const struct rule_values *OR_NULL before, bool handed_in, struct problem *OR_NULL problem) NONNULL_AT(1, 2)
	MUST_CHECK;

/* Reads the members `groups` and `compare` of an object of a policy. find: the field of a name, false if there is
 * none. Faults are added to *problem with pointers below `pointer`. */
typedef bool (*rule_find_fn)(const void *arg, const char *name, struct rule_part *out);
struct rules rule_read(struct arena *arena, struct json_object *OR_NULL object, const char *pointer, rule_find_fn find,
	const void *OR_NULL arg, struct problem **problem) NONNULL_AT(1, 3, 4, 6);

/* The members `groups` and `compare` of the object being written, for pages: as they are declared. */
void rule_write(struct json_writer *w, const struct rules *rules) NONNULL;

#endif
