/* yaml_edit: one value of a YAML file changed in its text. Comments, order and style of all the rest stay as their
 * author wrote them.
 *
 * A value takes the place of the one that stands there, in its style (a mapping is edited member by member); a new one
 * is written behind the last of its mapping; one taken away goes with its lines, and so does a mapping that would be
 * left empty. What comes out is read again: it says what was asked, and nothing else in it is different.
 */
#ifndef QILIAN_CORE_CONFIG_YAML_EDIT_H
#define QILIAN_CORE_CONFIG_YAML_EDIT_H

#include <stdbool.h>
#include <stddef.h>

#include "core/attributes.h"

struct arena;
struct json_object;

struct yaml_change {
	const char *const *path; /* names of mappings within one another, the last one that of the value */
	size_t depth;
	bool inherit;                    /* take it away */
	const struct json_object *value; /* else what it shall be; NULL is `~`. Texts, whole numbers, booleans, lists
					    and objects of them */
};

/* The new text, in the arena; the old one if nothing had to change. NULL if the text is no YAML mapping, if all of it
 * would go, or if it is written in a way that only a person can change (complex keys). */
const char *OR_NULL yaml_edit(struct arena *arena, const char *text, const struct yaml_change *change) NONNULL;

#endif
