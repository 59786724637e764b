/* platform_settings: a platform's rules from its workbench, shared by the page for YAML (platform_settings.c) and the
 * form over it (platform_settings_form.c).
 *
 * attempt   one look at a version that somebody would like to have: faults, or a plan with what it touches
 */
#ifndef QILIAN_TENANTS_DESK_PLATFORM_SETTINGS_H
#define QILIAN_TENANTS_DESK_PLATFORM_SETTINGS_H

#include "core/attributes.h"
#include "core/record/call.h"
#include "tenants/platform/platform_store.h"
#include "tenants/policy/policy_compile.h"

struct json_writer;

/* Zeroed but for `call`. Do not move it; region_set_destroy(regions) ends it. */
struct settings_attempt {
	struct call *call;
	struct policy_compile compile;
	struct platform_store store;
	struct policy_author author;
	struct region_set *regions;
	struct platform_plan *plan; /* NULL with faults */
};

/* One row of the version in force: version, source, created_at, created_by, document. */
struct problem *settings_stored(struct call *call, struct db_result **rows) MUST_CHECK;
/* How faults name the platform's own file. */
const char *settings_file(const struct call *call) RETURNS_NONNULL;
/* Fills the author with all platforms and regions. */
struct problem *settings_look(struct settings_attempt *attempt) MUST_CHECK;
/* The same, and plans the source. */
struct problem *settings_plan(struct settings_attempt *attempt, const char *source) MUST_CHECK;
/* May this caller change all of it, or what is its desk's alone (tenants/policy/policy_form.h)? */
bool settings_is_desk(const struct call *call);
/* What differs from `before` in the own file; PROBLEM_FORBIDDEN, path by path, if it is not the caller's to change. */
struct problem *settings_compare(struct settings_attempt *attempt, const char *before, const char *source,
	struct json_object **paths) MUST_CHECK;
/* The members of a verdict, into the object being written. */
void settings_write_verdict(const struct settings_attempt *attempt, struct json_writer *w, bool applied);

#endif
