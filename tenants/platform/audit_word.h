/* audit_word: what an entry of the log says, in words of the reader's language: what happened to which kind of thing,
 * and what it tells of it. For files; pages have words of their own.
 */
#ifndef QILIAN_TENANTS_PLATFORM_AUDIT_WORD_H
#define QILIAN_TENANTS_PLATFORM_AUDIT_WORD_H

#include "core/attributes.h"
#include "core/record/call.h"

/* "入驻受理 · 通过" of "entry_case.approve". */
const char *audit_word(struct call *call, const char *kind) RETURNS_NONNULL;
/* "理由：材料齐全；变更：机构名称、地址" of an entry's payload, JSON; NULL if it tells nothing. Ids, hashes and what has no
 * word are left out. record_type: whose fields it names; NULL. */
const char *OR_NULL audit_details_word(struct call *call, const char *record_type, const char *payload);

#endif
