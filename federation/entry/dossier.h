/* dossier: what is laid before a deciding platform, frozen and hashed.
 *
 * JSON: {format, institution, qualifications, statement | recommendation, prepared_at, prepared_by, platform}. The hash
 * is SHA-256 of its canonical form (RFC 8785); both sides keep both, so that nobody can say later that something else
 * was sent. The contact's telephone is not part of it: notices go to the copy of the profile, which can be erased.
 */
#ifndef QILIAN_FEDERATION_ENTRY_DOSSIER_H
#define QILIAN_FEDERATION_ENTRY_DOSSIER_H

#include "core/attributes.h"
#include "core/record/call.h"
#include "tenants/policy/condition.h"

struct institution;
struct platform;

struct dossier {
	struct institution *institution;
	struct json_object *json;
	unsigned char hash[32];
};

/* more: "statement" or "recommendation", with its value; borrowed. */
struct problem *dossier_make(struct call *call, struct uuid institution_id, const char *more, struct json_object *value,
                             struct dossier *out) MUST_CHECK;
/* Of a dossier that came from elsewhere. */
void dossier_hash(struct call *call, struct json_object *dossier, unsigned char hash[32]);

/* Facts for the entry conditions: the institution's fields, over them what the recommendation says. */
struct json_object *dossier_facts(struct call *call, struct json_object *institution,
				  struct json_object *recommendation) RETURNS_NONNULL;
/* Figures that a city states, of an input that has them; those that it says are in the answer. */
struct dossier_figure {
	const char *name;
	bool said;
	int64_t value;
};
#define DOSSIER_FIGURES(in) \
	(const struct dossier_figure[]){{"annual_income", (in)->has_annual_income, (in)->annual_income}, \
		{"insured_staff", (in)->has_insured_staff, (in)->insured_staff}, \
		{"qualified_staff", (in)->has_qualified_staff, (in)->qualified_staff}, \
		{"enterprises_served", (in)->has_enterprises_served, (in)->enterprises_served}, {0}}
struct json_object *dossier_figures(struct call *call, const struct dossier_figure *figures) RETURNS_NONNULL;
/* What came from another platform: the profile in it read like a form, and of that institution. */
struct problem *dossier_read(struct call *call, struct json_object *dossier, struct uuid institution_id) MUST_CHECK;
/* Against a platform's conditions in force. */
struct problem *dossier_check(struct call *call, const struct platform *platform, struct json_object *facts,
                              struct condition_result **out, size_t *count) MUST_CHECK;
/* As JSON: an array, see condition_write(). */
struct json_object *dossier_conditions(struct call *call, const struct condition_result *results,
				       size_t count) RETURNS_NONNULL;

#endif
