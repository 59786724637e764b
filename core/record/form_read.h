/* form_read: fields that a policy declares at run time, for transitions and for a platform's own extra fields. */
#ifndef QILIAN_CORE_RECORD_FORM_READ_H
#define QILIAN_CORE_RECORD_FORM_READ_H

#include "core/attributes.h"
#include "core/record/field.h"

/* Reads an array of {name, type, item, required, min, max, exactly, pattern, pattern_zh, pattern_en, values, zh, en}
 * (NULL:
 * none). Faults are added to *problem with pointers below `pointer`. The shape's struct has a size that shape_decode()
 * can fill; nobody reads it in C. first: fields put in front, whose offsets are set here. */
const struct shape *form_read_fields(struct arena *arena, const char *name, const struct field *OR_NULL first,
	size_t first_count, struct json_object *OR_NULL array, const char *pointer, struct problem **problem)
	NONNULL_AT(1, 2, 6, 7) RETURNS_NONNULL;

/* "true"-ish getters shared by the readers of policies. */
bool policy_flag(struct json_object *OR_NULL object, const char *key) NONNULL_AT(2);
/* The member's text; a fault when it is missing (required) or no text. */
const char *OR_NULL policy_text(struct arena *arena, struct json_object *OR_NULL object, const char *key, bool required,
				const char *pointer,
                        struct problem **problem) NONNULL_AT(1, 3, 5, 6);

#endif
