/* lifecycle_inside: the compiled set, for the two files that make and use it. */
#ifndef QILIAN_CORE_RECORD_LIFECYCLE_INSIDE_H
#define QILIAN_CORE_RECORD_LIFECYCLE_INSIDE_H

#include "core/record/lifecycle.h"

struct lifecycle_set {
	struct lifecycle *lifecycles;
	size_t count;
};

#endif
