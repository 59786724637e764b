/* meta: handlers of schema/records/meta.yaml. Their generated prototypes are the same; core cannot include those. */
#ifndef QILIAN_CORE_RECORD_META_H
#define QILIAN_CORE_RECORD_META_H

#include "core/attributes.h"
#include "core/problem.h"

struct call;

struct problem *meta_read(struct call *call) NONNULL MUST_CHECK;
struct problem *meta_openapi(struct call *call) NONNULL MUST_CHECK;
struct problem *meta_page(struct call *call) NONNULL MUST_CHECK;

#endif
