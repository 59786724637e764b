/* platform_store.h, second half: storing what a plan says. */
#include "tenants/platform/platform_store.h"

#include <string.h>

#include "core/arena.h"
#include "core/crypto/crypto.h"
#include "core/text/json.h"
#include "core/work/journal.h"
#include "tenants/platform/change.h"
#include "tenants/platform/network.h"
#include "tenants/platform/platform_profile.h"
#include "tenants/rules/region.h"

/* --- storing ---------------------------------------------------------------------------------- */

struct apply {
	const struct platform_store *store;
	struct platform_plan *plan;
	uint32_t network;
};

static struct problem *conflict(struct db *db)
{
	return problem_detail(db_arena(db), &PROBLEM_CONFLICT, "其他人刚刚修改了该平台，请重试",
			      "Somebody else changed this platform just now: please try again");
}

static struct problem *find_number(struct db *db, const char *sql, const char *slug, uint32_t *out)
{
	struct db_result *rows;
	struct problem *problem = db_select(db, db_server(), sql, DB_ARGS(db_text(slug)), &rows);
	*out = !problem && rows->rows ? (uint32_t)db_get_uint(rows, 0, 0) : 0;
	return problem;
}

static struct problem *put_regions(struct db *db, uint32_t network, const char *text)
{
	struct arena *arena = db_arena(db);
	struct region_set *set = region_set_create();
	struct problem *problem = region_set_read(set, arena, text);
	size_t count = region_count(set);
	struct db_value *values = ARENA_ARRAY(arena, struct db_value, count * 7 + 1);

	for (size_t i = 0; i < count; i++) {
		const struct region *region = region_at(set, i);
		struct db_value *row = &values[i * 7];
		row[0] = db_text(region->code);
		row[1] = db_text(region->parent_code);
		row[2] = db_text(region->name);
		row[3] = db_text(region_kind_name(region->kind));
		row[4] = db_text(region->valid_from);
		row[5] = db_text(region->valid_to);
		row[6] = db_text(region->aliases);
	}
	if (!problem)
		problem = db_exec_many(db, db_network(network),
				       "INSERT INTO region (network_id, code, parent_code, name, kind, valid_from, "
				       "valid_to, aliases) "
				       "VALUES (:n, ?, ?, ?, ?, ?, ?, ?)",
				       values, 7, count, NULL);
	region_set_destroy(set);
	return problem ? problem : change_bump(db, CHANGE_REGIONS);
}

static struct problem *put_span(struct db *db, uint32_t network, const struct policy_calendar_day *span)
{
	struct arena *arena = db_arena(db);
	calendar_day from, to;
	struct problem *problem = NULL;

	if (!calendar_day_parse(arena_printf(arena, "%.10s", span->span), &from) ||
	    !calendar_day_parse(strlen(span->span) > 10 ? span->span + 11 : span->span, &to))
		return NULL; /* the plan's check has seen to it */
	for (; !problem && from <= to; from++)
		problem = db_exec(db, db_network(network),
				  "INSERT INTO calendar_day (network_id, day, working, name) VALUES (:n, ?, ?, ?) "
				  "ON DUPLICATE KEY UPDATE working = VALUES(working), name = VALUES(name)",
				  DB_ARGS(db_text(calendar_day_text(arena, from)), db_int(span->working),
				  db_text(span->name)), NULL);
	return problem;
}

/* What was an estimate goes; days that an administrator set stay, unless the file names them. */
static struct problem *put_calendar(struct db *db, uint32_t network, const struct platform_plan *plan)
{
	struct problem *problem = db_exec(db, db_network(network),
		"DELETE FROM calendar_day WHERE network_id = :n AND day > (SELECT value FROM server_meta WHERE name = "
		"?)",
		DB_ARGS(db_text(network_known_until_key(db_arena(db), network))), NULL);

	for (size_t i = 0; !problem && i < plan->day_count; i++)
		problem = put_span(db, network, &plan->days_found[i]);
	if (!problem)
		problem = db_exec(db, db_server(),
			"INSERT INTO server_meta (name, value) VALUES (?, ?) ON DUPLICATE KEY UPDATE value = "
			"VALUES(value)",
			DB_ARGS(db_text(network_known_until_key(db_arena(db), network)), db_text(plan->known_until)),
			NULL);
	return problem ? problem : change_bump(db, CHANGE_CALENDAR);
}

static struct problem *put_network(struct db *db, struct apply *apply)
{
	struct platform_plan *plan = apply->plan;
	const struct policy_draft *draft = &plan->changes[0].draft;
	const char *duplicate;
	struct problem *problem =
		find_number(db, "SELECT id FROM network WHERE slug = ?", draft->network, &apply->network);

	if (!problem && apply->network == 0) {
		problem = db_insert(db, db_server(),
				    "INSERT INTO network (id, slug, name_zh, name_en, created_at) "
				    "SELECT COALESCE(MAX(id), 0) + 1, ?, ?, ?, UTC_TIMESTAMP(3) FROM network",
				    DB_ARGS(db_text(draft->network), db_text(draft->network_name.zh),
				    db_text(draft->network_name.en)), &duplicate);
		if (!problem && duplicate)
			problem = conflict(db);
		if (!problem)
			problem = find_number(
				db, "SELECT id FROM network WHERE slug = ?", draft->network, &apply->network);
		if (!problem && plan->regions)
			problem = put_regions(db, apply->network, plan->regions);
	}
	if (!problem && !draft->parent)
		problem = put_calendar(db, apply->network, plan);
	return problem;
}

static struct problem *put_new(struct db *db, struct apply *apply, struct platform_change *change, uint32_t parent)
{
	const struct policy_draft *draft = &change->draft;
	const char *duplicate;
	struct problem *problem = db_insert(db, db_server(),
		"INSERT INTO tenant (network, parent, slug, level, kind, region_code, number_code, name_zh, name_en, "
		"policy_hash, policy_version, "
		"demonstration, origin, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, UTC_TIMESTAMP(3))",
		DB_ARGS(db_uint(apply->network), parent ? db_uint(parent) : db_null(), db_text(draft->slug),
			db_text(draft->level), db_text(draft->kind), db_text(draft->region),
			db_text(draft->number_code), db_text(draft->name.zh), db_text(draft->name.en),
			db_bytes(draft->hash, POLICY_HASH), db_uint(change->version),
			db_int(apply->plan->demonstration),
			db_text(arena_printf(db_arena(db), "%s/%s", draft->network, draft->slug))),
		&duplicate);

	if (!problem && duplicate)
		return conflict(db);
	if (!problem)
		problem = find_number(db, "SELECT id FROM tenant WHERE slug = ?", draft->slug, &change->id);
	if (!problem)
		problem = db_exec(db, db_platform(change->id, apply->network),
			"INSERT IGNORE INTO head (platform_id, epoch, seq) VALUES (:p, 1, 0)", DB_NO_ARGS, NULL);
	return problem;
}

static struct problem *put_changed(struct db *db, struct platform_change *change, uint32_t parent)
{
	const struct policy_draft *draft = &change->draft;
	uint64_t affected;
	struct problem *problem = db_exec(db, db_server(),
		"UPDATE tenant SET parent = ?, level = ?, kind = ?, region_code = ?, name_zh = ?, name_en = ?, "
		"policy_hash = ?, policy_version = ? "
		"WHERE id = ? AND policy_version = ?",
		DB_ARGS(parent ? db_uint(parent) : db_null(), db_text(draft->level), db_text(draft->kind),
			db_text(draft->region), db_text(draft->name.zh), db_text(draft->name.en),
			db_bytes(draft->hash, POLICY_HASH), db_uint(change->version), db_uint(change->id),
			db_uint(change->version - 1)),
		&affected);

	return problem || affected == 1 ? problem : conflict(db);
}

static struct problem *put_hosts(struct db *db, const struct platform_change *change)
{
	struct problem *problem = db_exec(
		db, db_server(), "DELETE FROM tenant_host WHERE tenant = ?", DB_ARGS(db_uint(change->id)), NULL);

	for (size_t i = 0; !problem && i < change->draft.hosts.count; i++) {
		const char *duplicate;
		problem = db_insert(db, db_server(), "INSERT INTO tenant_host (host, tenant, main) VALUES (?, ?, ?)",
				    DB_ARGS(db_text(change->draft.hosts.items[i]), db_uint(change->id), db_int(i == 0)),
				    &duplicate);
		if (!problem && duplicate)
			problem = conflict(db);
	}
	return problem;
}

static struct problem *put_version(struct db *db, const struct platform_change *change, const char *by)
{
	const struct policy_draft *draft = &change->draft;
	const char *duplicate;
	struct problem *problem = db_exec(db, db_server(),
		"INSERT IGNORE INTO policy_document (hash, document, created_at) VALUES (?, ?, UTC_TIMESTAMP(3))",
		DB_ARGS(db_bytes(draft->hash, POLICY_HASH), db_text(draft->document)), NULL);

	if (!problem)
		problem = db_insert(db, db_server(),
				    "INSERT INTO policy_version (tenant, version, hash, source, created_at, "
				    "created_by) VALUES (?, ?, ?, ?, UTC_TIMESTAMP(3), ?)",
				    DB_ARGS(db_uint(change->id), db_uint(change->version), db_bytes(draft->hash,
				    POLICY_HASH), db_text(draft->source),
					    db_text(by)), &duplicate);
	return !problem && duplicate ? conflict(db) : problem;
}

struct author {
	struct uuid id;
	const char *name, *role, *client;
};

/* In the platform's own log, where its audit administrator finds who changed its rules and to what. */
static struct problem *note(
	struct db *db, struct db_scope scope, const char *kind, const struct author *by, struct json_object *payload)
{
	const struct journal_entry entry = {.kind = kind,
		.record_type = "platform",
		.audience = JOURNAL_PRIVATE,
		.actor_id = by->id,
		.actor_name = by->name,
		.actor_role = by->role ? by->role : "server",
		.client = by->client,
		.payload = json_own(db_arena(db), payload)};
	return journal_add(db, scope, &entry);
}

/* What the others know of it. */
static struct problem *announce(struct db *db, uint32_t platform, const struct author *by)
{
	return platform_profile_announce(db, platform,
		&(struct journal_entry){.actor_id = by->id, .actor_name = by->name,
			.actor_role = by->role ? by->role : "server",
			.client = by->client});
}

static struct problem *note_version(struct db *db, const struct apply *apply, const struct platform_change *change)
{
	struct json_object *payload = json_object_new_object();
	const struct author by = {apply->plan->by_id, apply->plan->by, apply->plan->by_role, apply->plan->by_client};
	char hash[POLICY_HASH * 2 + 1];

	crypto_hex(change->draft.hash, POLICY_HASH, hash);
	json_object_object_add(payload, "version", json_object_new_int64(change->version));
	json_object_object_add(payload, "hash", json_object_new_string(hash));
	if (change == apply->plan->changes && apply->plan->paths)
		json_object_object_add(payload, "fields", json_object_get(apply->plan->paths));
	struct problem *problem = note(db, db_platform(change->id, apply->network),
		change->before ? "platform.policy_changed" : "platform.added", &by, payload);
	return problem ? problem : announce(db, change->id, &by);
}

static struct problem *put_change(struct db *db, struct apply *apply, struct platform_change *change)
{
	uint32_t parent = 0;
	struct problem *problem = NULL;

	if (change->draft.parent)
		problem = find_number(db, "SELECT id FROM tenant WHERE slug = ?", change->draft.parent, &parent);
	if (!problem)
		problem = change->before ? put_changed(db, change, parent) : put_new(db, apply, change, parent);
	if (!problem)
		problem = put_hosts(db, change);
	if (!problem)
		problem = put_version(db, change, apply->plan->by);
	return problem ? problem : note_version(db, apply, change);
}

static struct problem *apply_plan(struct db *db, void *arg)
{
	struct apply *apply = arg;
	struct platform_plan *plan = apply->plan;
	struct problem *problem = put_network(db, apply);

	for (size_t i = 0; !problem && i < plan->count; i++)
		if (plan->changes[i].changed)
			problem = put_change(db, apply, &plan->changes[i]);
	return problem ? problem : change_bump(db, CHANGE_PLATFORMS);
}

struct problem *platform_store_apply(const struct platform_store *store, struct platform_plan *plan)
{
	struct apply apply = {.store = store, .plan = plan};
	return db_transaction(store->db, apply_plan, &apply);
}

/* --- state ------------------------------------------------------------------------------------ */

struct state_change {
	const char *slug, *state, *by;
};

static struct problem *set_state(struct db *db, void *arg)
{
	const struct state_change *change = arg;
	struct json_object *payload;
	struct db_result *rows;
	uint64_t affected;
	struct problem *problem = db_exec(db, db_server(),
		"UPDATE tenant SET state = ? WHERE slug = ? AND (state <> 'closed' OR ? = 'closed')",
		DB_ARGS(db_text(change->state), db_text(change->slug), db_text(change->state)), &affected);

	if (!problem && affected == 0)
		problem = problem_detail(db_arena(db), &PROBLEM_NOT_FOUND, "没有这个平台，或它已关闭",
			"There is no such platform, or it is closed");
	if (!problem)
		problem = db_select(db, db_server(), "SELECT id, network FROM tenant WHERE slug = ?",
			DB_ARGS(db_text(change->slug)), &rows);
	if (problem)
		return problem;
	payload = json_object_new_object();
	json_object_object_add(payload, "state", json_object_new_string(change->state));
	const struct author by = {.name = change->by};
	problem = note(db, db_platform((uint32_t)db_get_uint(rows, 0, 0), (uint32_t)db_get_uint(rows, 0, 1)),
		"platform.state_changed", &by, payload);
	if (!problem)
		problem = announce(db, (uint32_t)db_get_uint(rows, 0, 0), &by);
	return problem ? problem : change_bump(db, CHANGE_PLATFORMS);
}

struct problem *platform_store_set_state(
	const struct platform_store *store, const char *slug, const char *state, const char *by)
{
	struct state_change change = {slug, state, by};
	return db_transaction(store->db, set_state, &change);
}
