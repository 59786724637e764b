/* institution: registration of an organisation, its claim to its code, and its profile at its home.
 *
 * identity   table `identity`: one institution is one USCC in its network. It is claimed in the transaction that
 *            registers; who comes second is led to claim it (evidence, reviewed by the home platform) or to join it
 *            (its owner approves), by the name of the organisation and its home, never by that of a person
 * profile    struct institution (generated), written at its home alone. Its standing is no phase of it but its
 *            memberships
 * announce   each change of profile, qualifications or their attachments puts one entry "institution.profile" into the
 *            home's log, addressed to reach_of_institution(), payload
 *                {"institution": record_export(), "qualifications": [record_export()…], "attachments":
 *                [record_export()…]}
 *            the whole of it each time, so that a reader that missed one has lost nothing
 */
#ifndef QILIAN_TENANTS_INSTITUTION_INSTITUTION_H
#define QILIAN_TENANTS_INSTITUTION_INSTITUTION_H

#include "core/record/call.h"

struct institution;

/* Inside a transaction, at the home. Writes the entry; to NULL: whom reach_of_institution() names, else those platforms
 * (when a new one is to get the profile for the first time). */
struct problem *institution_announce(
	struct call *call, struct uuid institution_id, const uint32_t *to, size_t to_count) MUST_CHECK;
/* The payload alone. */
struct problem *institution_profile(struct call *call, struct uuid institution_id, struct json_object **out) MUST_CHECK;

/* Inside a transaction, before something of it is made here: it stays at home here until the transaction ends
 * (federation/transfer/transfer.h moves it). PROBLEM_CONFLICT where its home is elsewhere, or nothing of it is here any
 * more. */
struct problem *institution_hold(struct call *call, struct uuid institution_id) MUST_CHECK;

/* Whether a region lies outside of what the call's network covers: its root's region. */
struct problem *institution_is_outside(struct call *call, const char *region_code, bool *outside) MUST_CHECK;

/* Who holds a code in the call's network. *found false if nobody does. */
struct identity_holder {
	struct uuid institution_id;
	uint32_t home;
	const char *name;
};
struct problem *institution_find_holder(
	struct call *call, const char *uscc, struct identity_holder *out, bool *found) MUST_CHECK;

/* Inside a transaction: claims the code for a new institution. *claimed false when somebody has it. */
struct problem *institution_claim_code(struct call *call, const char *uscc, struct uuid institution_id,
	const char *name, bool enterprise, bool *claimed) MUST_CHECK;

extern const struct problem_kind PROBLEM_USCC_REGISTERED; /* 409, extra "home": slug of the platform where to claim or
							     join */

/* The one rule of which codes are taken, for whoever gives one: right by both check digits, or accepted in spite of
 * them by a reviewer of the network (then *override says why; else NULL). *code is the code as it is stored. The
 * problem names /uscc. */
struct problem *institution_read_code(
	struct call *call, const char *text, const char **code, const char **override) MUST_CHECK;

#endif
