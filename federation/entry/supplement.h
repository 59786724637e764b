/* supplement: what a case still needs, asked item by item of the recommending city or of the institution.
 *
 * The original is at the deciding platform; where it must be answered lies a copy, and the answer goes back by
 * "supplement.answered", with the files that were put to the copy. It reaches the dossier: what the institution's
 * profile says by then, what a city corrects, and the answer itself; the conditions are looked at anew
 * (case_supplemented). When nothing is left open, the case goes on by itself. What nobody answers in time is chased
 * where it is asked, and told to the desk that waits (supplement_chase.c).
 */
#ifndef QILIAN_FEDERATION_ENTRY_SUPPLEMENT_H
#define QILIAN_FEDERATION_ENTRY_SUPPLEMENT_H

#include "core/work/job.h"
#include "federation/sync/apply.h"

struct entry_case;
struct case_supplement_item;
struct supplement;

/* Asks one item of a case; the case's step is the caller's. at: the same instant for all that is asked at once. */
struct problem *supplement_ask(struct call *call, const struct entry_case *row, const struct case_supplement_item *item,
	size_t n, int64_t at) MUST_CHECK;

/* Names the platform that asks, and its hotline, in what is told of it. */
struct problem *supplement_name_asker(
	struct call *call, const struct supplement *row, struct json_object *variables) MUST_CHECK;
/* The case goes on or is decided: what is open is void, what was answered is accepted. */
struct problem *supplement_close(struct call *call, struct uuid case_id) MUST_CHECK;
/* A city no longer stands behind the case: what was asked of it is void; the case goes on if nothing else is open. */
struct problem *supplement_withdraw_from(struct call *call, struct uuid case_id, uint32_t city) MUST_CHECK;

struct problem *supplement_apply_state(struct call *call, const struct apply_entry *entry) MUST_CHECK;
struct problem *supplement_apply_answer(struct call *call, const struct apply_entry *entry) MUST_CHECK;

/* A standing job whose arg is a struct services: reminds institutions, tells desks of what lapsed. */
extern const struct job_kind supplement_job;

#endif
