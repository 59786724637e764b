/* attachment: a file that belongs to a record of the platform.
 *
 * upload    PUT of the raw body; its first bytes must be what its media type says, of a kind that the purpose allows,
 *           within the purpose's size. Pictures are decoded by a separate process and kept in three sizes (HN-5)
 * reading   only through the record: whoever may load the record may load its files, and nobody by hash
 * copy      an attachment of a profile travels with it (tenants/institution/institution.h); the file itself lies in the
 *           store that the platforms of a server share
 */
#ifndef QILIAN_TENANTS_INSTITUTION_ATTACHMENT_H
#define QILIAN_TENANTS_INSTITUTION_ATTACHMENT_H

#include "core/file/picture.h"
#include "core/record/call.h"

struct attachment;

/* Answers the request with the file, the size "original", "large", "medium" or "small" of it. The caller has made sure
 * that it may be seen. */
struct problem *attachment_send(struct call *call, const struct attachment *row, const char *size) MUST_CHECK;

#endif
