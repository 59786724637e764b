/* word: codes as people read them, in files for people: regions, platforms, and what a platform's dictionaries name. */
#ifndef QILIAN_TENANTS_PLATFORM_WORD_H
#define QILIAN_TENANTS_PLATFORM_WORD_H

#include "core/attributes.h"
#include "core/record/call.h"

struct field;

/* call_services.word_of: the name of a field's code in the reader's language; NULL where it has none. */
const char *OR_NULL word_of(struct call *call, const struct field *field, const char *code, void *arg);
/* 浙江省丽水市遂昌县; the code itself if the network has no such region. NULL for NULL. */
const char *OR_NULL word_region(struct call *call, const char *code);

#endif
