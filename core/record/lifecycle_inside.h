/* lifecycle_inside: the compiled set, for the two files that make and use it. */
#ifndef QILIAN_CORE_RECORD_LIFECYCLE_INSIDE_H
#define QILIAN_CORE_RECORD_LIFECYCLE_INSIDE_H

#include "core/attributes.h"
#include "core/record/lifecycle.h"

struct lifecycle_set {
	struct lifecycle *lifecycles;
	size_t count;
};

/* `sets` and `stamps` of a transition whose form is compiled; answers the problem with its faults added. */
struct problem *lifecycle_sets_compile(struct arena *arena, const struct record *record,
	struct json_object *OR_NULL object, const char *pointer, struct lifecycle_transition *out,
	struct problem *OR_NULL problem) NONNULL_AT(1, 2, 4, 5) MUST_CHECK;
/* Before the form is decoded into `in`: what the row holds, so that a retired term may stay. */
void lifecycle_sets_recall(const struct lifecycle_transition *transition, const void *row,
	struct json_object *OR_NULL form, void *in) NONNULL_AT(1, 2, 4);
/* form: checked. */
void lifecycle_sets_apply(struct call *call, const struct lifecycle_transition *transition, void *row,
	struct json_object *form) NONNULL;

#endif
