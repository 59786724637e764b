/* uscc: the unified social credit code of an organisation (GB 32100-2015).
 *
 * department   position 1, the registering department; together with the category (position 2) it
 *              says what kind of organisation it is
 * division     positions 3-8, GB/T 2260 of the registering authority, not of today's place: only its
 *              province is checked, since abolished divisions live on in codes
 * organisation positions 9-17, with a check character of its own at 17 (GB 11714)
 * check        position 18, over the 17 before it
 *
 * A hard fault can be in no real code. A soft fault is a check character that does not fit: some real
 * codes of the early pilots have it (91350100M0001TGQXM), so a reviewer may override it with a reason.
 */
#ifndef QILIAN_CORE_TEXT_USCC_H
#define QILIAN_CORE_TEXT_USCC_H

#include <stdbool.h>

#include "core/attributes.h"
#include "core/problem.h"

#define USCC_LENGTH 18

/* In the order in which they are tested; uscc_check() reports the first. */
enum uscc_fault {
	USCC_OK,
	USCC_FAULT_LENGTH,
	USCC_FAULT_ALPHABET,
	USCC_FAULT_DEPARTMENT,
	USCC_FAULT_CATEGORY,
	USCC_FAULT_DIVISION,           /* positions 3-8 are not digits, or name no province */
	USCC_FAULT_ORGANISATION_DIGIT, /* soft: GB 11714 */
	USCC_FAULT_CHECK_DIGIT,        /* soft: GB 32100 */
};

struct uscc_result {
	enum uscc_fault fault;
	bool soft;              /* a reviewer may override it */
	int position;           /* 1-18 of the fault; 0 where none can be named */
	const char *zh, *en;    /* what is wrong and what to do; NULL when all is well */
	const char *suggestion; /* a code that passes, if a common slip (O for 0, spaces) explains the fault; else
	                         * NULL. To be shown and confirmed, never applied. In the arena given. */
};

/* As text_narrow() reads it, upper case, without the spaces and dashes that part groups. What is left may still be no
 * code. */
char *uscc_normalise(struct arena *arena, const char *text) NONNULL RETURNS_NONNULL;

/* `code` as uscc_normalise() returns it. */
struct uscc_result uscc_check(struct arena *arena, const char *code) NONNULL;

/* The fault as a problem at the field `pointer`, code "uscc-length", "uscc-check-digit"…, the suggestion
 * in its sentence; NULL for USCC_OK. Soft faults too: the caller decides whether it accepts them. */
struct problem *uscc_problem(struct arena *arena, const char *pointer, const struct uscc_result *result) NONNULL
	MUST_CHECK;

/* Normalises, checks, and puts the code in *code. Soft faults pass if accept_soft (the caller then records
 * the reviewer's reason). */
struct problem *uscc_parse(struct arena *arena, const char *pointer, const char *text, bool accept_soft,
                           const char **code) NONNULL MUST_CHECK;

#endif
