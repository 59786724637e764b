/* policy_mark: what a government site must show of itself at its foot, and whether a policy says it (profile.marks). */
#ifndef QILIAN_TENANTS_POLICY_POLICY_MARK_H
#define QILIAN_TENANTS_POLICY_POLICY_MARK_H

#include <stddef.h>

struct json_object;

struct policy_mark {
	const char *key; /* below profile.marks */
	const char *zh, *en;
};

/* In the order in which they are shown; ends with a key NULL. */
extern const struct policy_mark POLICY_MARKS[];

/* Those that the document does not say: at most `room` into `out`. Answers how many. */
size_t policy_marks_missing(const struct json_object *document, const struct policy_mark **out, size_t room);

#endif
