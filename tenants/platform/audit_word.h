/* audit_word: what the entries of a log are called, and what they say, for people: no codes, no JSON.
 *
 * type     the record's title as declared, or a word of its own (region, log)
 * event    the transition's words in the policy in force; or that of audit_word.c
 * says     {label, text}: what audit_search() may show of the payload, field by field; what has no words is left out
 */
#ifndef QILIAN_TENANTS_PLATFORM_AUDIT_WORD_H
#define QILIAN_TENANTS_PLATFORM_AUDIT_WORD_H

#include "core/attributes.h"
#include "core/record/call.h"

const char *audit_type_word(struct call *call, const char *type) RETURNS_NONNULL;
/* kind: "entry_case.approve". */
const char *audit_event_word(struct call *call, const char *kind) RETURNS_NONNULL;
/* The same as call_services.event_word. */
const char *audit_event_service(struct call *call, const char *kind, void *arg) RETURNS_NONNULL;
/* Both: "入驻受理 · 通过". */
const char *audit_word(struct call *call, const char *kind) RETURNS_NONNULL;
/* details: what may be shown of an entry of this type; borrowed, may be NULL. An array. */
struct json_object *audit_says(struct call *call, const char *type, struct json_object *details) RETURNS_NONNULL;

#endif
