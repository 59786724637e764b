/* policy_author: from authored YAML to the one document that is stored. Only `qilianctl platform` and the settings page
 * come here; the server reads documents (tenants/policy/policy.h).
 *
 * Layers, each laid over the one before (tenants/policy/policy_layer.h):
 *   config/base.yaml
 *   config/levels/<level>.yaml
 *   config/networks/<network>.yaml     with the network's own name and calendar
 *   `descendants:` of the platforms above, from the root down
 *   the platform's own file            config/platforms/<slug>.yaml, or what was stored when it was added
 * A lifecycle that says `extends: NAME` is laid over config/lifecycles/NAME.yaml.
 *
 * Everything is checked, and every fault reported with file and line: shape and types of all keys (policy_keys.c);
 * identity, hosts, region and parent against the other platforms; conditions, listing fields, notices and their
 * variables; and lifecycles and forms by the very functions that the server compiles them with.
 */
#ifndef QILIAN_TENANTS_POLICY_POLICY_AUTHOR_H
#define QILIAN_TENANTS_POLICY_POLICY_AUTHOR_H

#include "core/attributes.h"
#include "core/config/yaml.h"
#include "tenants/policy/policy.h"

struct region_set;

/* Another platform, as far as faults can arise between two. */
struct policy_other {
	const char *slug, *network, *parent, *level, *region, *number_code;
	struct policy_list hosts;
	const char *source; /* its YAML */
	const char *file;   /* as faults name it */
	uint32_t id, version; /* in the database; 0 outside */
};

struct policy_others {
	struct policy_other *items;
	size_t count, cap;
};

struct policy_author {
	struct arena *arena;
	struct yaml_faults faults;
	const char *config;               /* folder with base.yaml */
	const struct policy_compiler *compiler; /* NULL: lifecycles and forms are checked in shape only */
	const struct region_set *regions; /* NULL: regions are not looked up */
	struct policy_others others;      /* may hold an older version of the platform itself */
	struct policy_files *files;       /* of the configuration, read once for many drafts */
};

/* What was authored, flattened. */
struct policy_draft {
	const char *file;
	const char *slug, *network, *parent, *level, *kind, *region, *number_code; /* parent: NULL at a root */
	struct policy_text name, network_name;
	struct policy_list hosts;
	const char *calendar; /* of config/calendars */
	const char *source;
	const char *document; /* canonical JSON */
	size_t document_len;
	unsigned char hash[POLICY_HASH];
	struct json_object *json;
};

void policy_author_init(struct policy_author *author, struct arena *arena, const char *config);
/* Adds all of config/platforms as others, for checks without a database. Unreadable ones are left out. */
void policy_author_add_folder(struct policy_author *author);
/* Reads just the identity of an authored platform; false if even that is not there. Reports nothing. */
bool policy_author_identify(struct arena *arena, const char *file, const char *source, struct policy_other *out);
void policy_author_add(struct policy_author *author, const struct policy_other *other);
const struct policy_other *OR_NULL policy_author_other(const struct policy_author *author, const char *slug);

/* False if there were faults (author->faults); *draft is then filled as far as it goes. `file` is the name in
 * faults. */
bool policy_author_draft(
	struct policy_author *author, const char *file, const char *source, struct policy_draft *draft);

/* What a platform's document is laid together from, for a form that shows what is its own and what is inherited: nodes
 * keep the file they come from. In `under` and `all` lifecycles lie over what they extend, and nulls are gone. False,
 * with faults, if a file is no YAML. */
struct policy_layers {
	struct yaml_node *under; /* without the platform's own file */
	struct yaml_node *own;   /* that file, as it stands */
	struct yaml_node *all;
};
bool policy_author_layers(
	struct policy_author *author, const char *file, const char *source, struct policy_layers *out);

/* A file of the configuration as text, in the arena; NULL if it cannot be read. */
char *OR_NULL policy_author_file(struct policy_author *author, const char *relative);

/* The days of config/calendars/<name>.yaml: off and on as spans with a name. Faults go to author->faults. */
struct policy_calendar_day {
	const char *span;
	bool working;
	const char *name;
};
bool policy_author_calendar(struct policy_author *author, const char *name, struct policy_calendar_day **days,
	size_t *count, const char **known_until);

#endif
