/* issued_paper: papers as PDF that a platform answers for.
 *
 * Each carries a code and a QR code that lead to the platform's public page /verify/<code>. What the platform keeps is
 * the SHA-256 of the file, kind, number and day. Whoever holds a file asks by its hash, which nobody has who has not
 * the file; the code is 75 bits derived from the content with a key of the installation, so that it is found on the
 * paper alone, and the same content has the same code and the same bytes whenever it is made. The answer names nobody
 * that the paper is about, and tells nothing to whoever has neither. There is nothing to guess, so trying is not
 * counted.
 */
#ifndef QILIAN_TENANTS_PLATFORM_ISSUED_PAPER_H
#define QILIAN_TENANTS_PLATFORM_ISSUED_PAPER_H

#include "core/attributes.h"
#include "core/record/call.h"

struct buf;
struct paper;
struct paper_verified;
struct paper_verify_query;

struct paper_issue {
	int kind;           /* enum issued_paper_kind: ISSUED_PAPER_KIND_… */
	const char *number; /* that stands on it; NULL: known by its code alone */
	const char *record; /* of which it tells */
	struct uuid record_id; /* nil: of several */
};

struct paper_made {
	struct paper_issue issue;
	struct buf *pdf;
	const char *code;
	unsigned char sha256[32];
};

/* Marks the paper and appends the PDF to `pdf`. Computes, and touches no database. */
struct problem *issued_paper_make(struct call *call, struct paper *paper, const struct paper_issue *issue,
	struct buf *pdf, struct paper_made *out) MUST_CHECK;
/* Inside a transaction: from now on it is known, unless it was before. */
struct problem *issued_paper_note(struct call *call, const struct paper_made *made) MUST_CHECK;

/* Either member of the query may be NULL; a hash or code that is none finds nothing. */
struct problem *issued_paper_find(
	struct call *call, const struct paper_verify_query *query, struct paper_verified *out) MUST_CHECK;

#endif
