/* entry_paper: what of entry is signed, stamped and filed, as PDF: the recommendation form (推荐表), the summary of
 * several (汇总表), and the file of a case. Each says what the pages say, in the reader's language.
 */
#ifndef QILIAN_FEDERATION_ENTRY_ENTRY_PAPER_H
#define QILIAN_FEDERATION_ENTRY_ENTRY_PAPER_H

#include "core/attributes.h"
#include "core/record/call.h"

struct paper;
struct paper_issue;

/* A profile as it was laid before somebody: labels and values, in the order of the form. figures: what the
 * recommendation states over it; NULL. */
void entry_paper_profile(struct call *call, struct paper *paper, const struct json_object *institution,
	const struct json_object *figures);
/* Each condition, what the facts say, how it was judged and by whom. */
void entry_paper_conditions(struct call *call, struct paper *paper, const struct json_object *conditions);
/* The value of a field of a profile, in words: "816.00 万元"; NULL if it says nothing. */
const char *OR_NULL entry_paper_value(struct call *call, const struct field *field, const struct json_object *value);
/* Answers with it, called `name` and in ASCII `ascii`; it is an issued paper from then on, which the log says. */
struct problem *entry_paper_answer(struct call *call, struct paper *paper, const struct paper_issue *issue,
	const char *name, const char *ascii) MUST_CHECK;

#endif
