#include "federation/sync/homes.h"

#include <string.h>

#include "core/buf.h"
#include "core/record/record.h"
#include "core/text/json.h"
#include "tenants/institution/reach.h"
#include "tenants/platform/platform.h"
#include "tenants/platform/post.h"

const struct problem_kind PROBLEM_EARLY = {"early", 409, "该机构迁移前的记录尚未读完",
	"The log of the institution's former home is not read to its end yet"};

enum { AT_ONCE = 500 };

/* ---- Homes of institutions ---- */

static bool subject_of(const struct apply_kind *kind, const struct apply_entry *entry, struct uuid *out)
{
	*out = entry->record_id;
	return kind->who == APPLY_HOME_OF_RECORD || uuid_parse(json_get_text(entry->payload, "institution_id"), out);
}

static const char *code_of(const struct apply_entry *entry)
{
	struct json_object *profile = json_get_object(entry->payload, "institution");
	return json_get_text(profile ? profile : entry->payload, "uscc");
}

static struct problem *not_its_home(struct call *call, const struct apply_entry *entry, const char *what)
{
	return problem_detail(call->arena, &PROBLEM_NOT_ITS_HOME,
		arena_printf(call->arena, "平台 %u 不是该机构的所属平台（%s）", entry->source, what),
		arena_printf(call->arena, "platform %u is not the institution's home (%s)", entry->source, what));
}

/* A payload that says of itself whose it is must say what the log says. */
static struct problem *check_claims(
	struct call *call, const struct apply_kind *kind, const struct apply_entry *entry, struct uuid subject)
{
	struct uuid stated;
	uint32_t home = get_platform(call, entry->payload, "institution_home");
	struct json_object *profile = json_get_object(entry->payload, "institution");
	const char *id = profile ? json_get_text(profile, "id") : json_get_text(entry->payload, "institution_id");
	if (id && (!uuid_parse(id, &stated) || !uuid_equal(stated, subject)))
		return not_its_home(call, entry, "/institution_id");
	if (kind->who != APPLY_HOME_STATED && json_has(entry->payload, "institution_home") && home != entry->source)
		return not_its_home(call, entry, "/institution_home");
	return NULL;
}

/* id → (home, code) of those that the register knows. */
static struct problem *load_register(struct call *call, const struct uuid *ids, size_t count, struct db_result **out)
{
	struct buf *sql = buf_in(call->arena);
	struct db_value *args = ARENA_ARRAY(call->arena, struct db_value, count + 1);
	buf_text(sql, "SELECT institution_id, home, uscc FROM identity WHERE network_id = :n AND institution_id IN (");
	for (size_t i = 0; i < count; i++) {
		buf_text(sql, i ? ", ?" : "?");
		args[i] = db_id(&ids[i]);
	}
	buf_char(sql, ')');
	return db_select(call->db, db_network(call->network_id), db_dynamic(call->db, sql->data), args, count, out);
}

static struct problem *load_elsewhere(
	struct call *call, const struct uuid *ids, size_t count, uint32_t home, struct db_result **out)
{
	struct buf *sql = buf_in(call->arena);
	struct db_value *args = ARENA_ARRAY(call->arena, struct db_value, count + 1);
	buf_text(sql, "SELECT id, home_id FROM institution WHERE platform_id = :p AND id IN (");
	for (size_t i = 0; i < count; i++) {
		buf_text(sql, i ? ", ?" : "?");
		args[i] = db_id(&ids[i]);
	}
	buf_text(sql, ") AND home_id <> ?");
	args[count] = db_uint(home);
	return db_select(call->db, call->scope, db_dynamic(call->db, sql->data), args, count + 1, out);
}

static bool find(const struct db_result *rows, struct uuid id, size_t *at)
{
	for (*at = 0; *at < rows->rows; ++*at) {
		struct uuid one;
		if (db_get_id(rows, *at, 0, &one) && uuid_equal(one, id))
			return true;
	}
	return false;
}

/* Whether anything of that log is still to be read here. */
struct problem *homes_is_unread(struct call *call, uint32_t source, bool *unread)
{
	struct db_result *rows;
	struct problem *problem = db_select(call->db, call->scope,
	                                    "SELECT 1 FROM log_address a LEFT JOIN log_cursor c ON c.platform_id = :p "
	                                    "AND c.source = a.platform_id "
	                                    "WHERE a.reader = :p AND a.platform_id = ? AND a.seq > COALESCE(c.seq, 0) "
	                                    "LIMIT 1",
	                                    DB_ARGS(db_uint(source)), &rows);
	*unread = !problem && rows->rows;
	return problem;
}

/* The register knows that it was moved from there, and the entry was written before that. */
static struct problem *was_home(
	struct call *call, const struct apply_entry *entry, struct uuid subject, uint32_t home, bool *was)
{
	struct db_result *moves, *later;
	*was = false;
	struct problem *problem = db_select(call->db, db_network(call->network_id),
	                                    "SELECT 1 FROM identity_move WHERE network_id = :n AND institution_id = ? "
	                                    "AND from_home = ? LIMIT 1",
	                                    DB_ARGS(db_id(&subject), db_uint(home)), &moves);
	if (problem || !moves->rows)
		return problem;
	if (home != entry->source) { /* somebody else's words about it: of a time when they were true */
		*was = true;
		return NULL;
	}
	problem = db_select(call->db, db_platform(home, call->network_id),
	                    "SELECT 1 FROM log_entry WHERE platform_id = :p AND record_id = ? AND kind = "
	                    "'transfer.moved' AND seq > ? LIMIT 1",
	                    DB_ARGS(db_id(&subject), db_uint(entry->seq)), &later);
	*was = !problem && later->rows;
	return problem;
}

static struct problem *check_one(struct call *call, const struct apply_kind *kind, const struct apply_entry *entry,
	struct uuid subject, const struct db_result *known, const struct db_result *elsewhere)
{
	size_t at;
	bool unread;
	struct problem *problem = check_claims(call, kind, entry, subject);
	uint32_t home = kind->who == APPLY_HOME_STATED ? get_platform(call, entry->payload, "institution_home")
						       : entry->source;
	if (problem)
		return problem;
	if (!find(known, subject, &at))
		return not_its_home(call, entry, "register");
	bool was = db_get_uint(known, at, 1) == home;
	if (!was)
		problem = was_home(call, entry, subject, home, &was);
	if (problem || !was)
		return problem ? problem : not_its_home(call, entry, "register");
	const char *code = code_of(entry);
	if (code && strcmp(code, db_need_text(known, at, 2)))
		return not_its_home(call, entry, "/uscc");
	if (kind->who == APPLY_HOME_STATED || !find(elsewhere, subject, &at))
		return NULL;
	problem = homes_is_unread(call, (uint32_t)db_get_uint(elsewhere, at, 1), &unread);
	if (problem)
		return problem;
	return unread ? problem_new(call->arena, &PROBLEM_EARLY) : not_its_home(call, entry, "copy");
}

static struct problem *check_homes(
	struct call *call, const struct apply_kind *kind, const struct apply_entry *entries, size_t count)
{
	struct db_result *known, *elsewhere;
	struct uuid *ids = ARENA_ARRAY(call->arena, struct uuid, count + 1);
	for (size_t i = 0; i < count; i++)
		if (!subject_of(kind, &entries[i], &ids[i]))
			return not_its_home(call, &entries[i], "/institution_id");
	struct problem *problem = load_register(call, ids, count, &known);
	if (!problem)
		problem = load_elsewhere(call, ids, count, entries[0].source, &elsewhere);
	for (size_t i = 0; !problem && i < count; i++)
		problem = check_one(call, kind, &entries[i], ids[i], known, elsewhere);
	return problem;
}

/* ---- Rows that name who may speak of them ---- */

static struct problem *check_named(struct call *call, const char *sql, const struct apply_entry *entry)
{
	struct db_result *rows;
	struct problem *problem =
		db_select(call->db, call->scope, db_dynamic(call->db, sql), DB_ARGS(db_id(&entry->record_id)), &rows);
	for (size_t i = 0; !problem && i < rows->rows; i++)
		if (db_get_uint(rows, i, 0) != entry->source)
			return problem_detail(call->arena, &PROBLEM_NOT_ITS_HOME,
				arena_printf(call->arena, "平台 %u 无权处理该记录", entry->source),
				arena_printf(call->arena, "platform %u has no say in this record", entry->source));
	return problem;
}

/* ---- Platforms with which an institution has to do ---- */

static struct problem *no_dealings(struct call *call, const struct apply_entry *entry)
{
	return problem_detail(call->arena, &PROBLEM_NOT_ITS_HOME,
		arena_printf(call->arena, "该机构没有向平台 %u 申请过，与其没有往来", entry->source),
		arena_printf(call->arena,
			"the institution has not applied to platform %u and has nothing to do with it", entry->source));
}

/* A home that the payload names is or was the institution's: else a copy here could be taken for an original. */
static struct problem *check_stated(
	struct call *call, const struct apply_entry *entry, struct uuid subject, uint32_t home)
{
	uint32_t stated = get_platform(call, entry->payload, "institution_home");
	struct db_result *rows;
	if (!json_has(entry->payload, "institution_home") || stated == home)
		return NULL;
	struct problem *problem = db_select(call->db, db_network(call->network_id),
	                                    "SELECT 1 FROM identity_move WHERE network_id = :n AND institution_id = ? "
	                                    "AND from_home = ? LIMIT 1",
	                                    DB_ARGS(db_id(&subject), db_uint(stated)), &rows);
	return problem || rows->rows ? problem : not_its_home(call, entry, "/institution_home");
}

/* What went with it from its former home may tell with whom it has to do. */
static struct problem *check_arrived(struct call *call, const struct apply_entry *entry, struct uuid subject)
{
	struct db_result *elsewhere;
	bool unread = false;
	struct problem *problem = load_elsewhere(call, &subject, 1, call->platform_id, &elsewhere);
	if (!problem && elsewhere->rows)
		problem = homes_is_unread(call, (uint32_t)db_get_uint(elsewhere, 0, 1), &unread);
	if (problem)
		return problem;
	return unread ? problem_new(call->arena, &PROBLEM_EARLY) : no_dealings(call, entry);
}

/* As the home knows it: the platform itself, or another of the network. */
static struct problem *has_dealt(struct call *call, const struct apply_kind *kind, const struct apply_entry *entry,
	struct uuid subject, const struct platform *home, bool *dealt)
{
	struct db_scope scope = db_platform(home->id, home->network_id);
	struct problem *problem = reach_is_above_home(call, subject, home, entry->source, dealt);
	for (size_t i = 0; !problem && !*dealt && kind->dealt[i]; i++) {
		struct db_result *rows;
		problem = db_select(
			call->db, scope, db_dynamic(call->db, kind->dealt[i]), DB_ARGS(db_id(&subject)), &rows);
		for (size_t k = 0; !problem && k < rows->rows; k++)
			*dealt = *dealt || db_get_uint(rows, k, 0) == entry->source;
	}
	return problem;
}

/* Where the institution is not at home, a row of the source's own is a copy from which nothing follows; it comes of
 * those alone of which the home
 * could have one too. On its way from home to home nobody can say. */
static struct problem *check_copy(struct call *call, const struct apply_kind *kind, const struct apply_entry *entry,
	struct uuid subject, uint32_t home)
{
	const struct platform *at = post_platform(call, home);
	struct db_result *rows;
	bool dealt = true;
	if (kind->shape || !at || home == entry->source)
		return NULL;
	struct problem *problem = db_select(call->db, db_platform(home, at->network_id),
		"SELECT 1 FROM institution WHERE platform_id = :p AND id = ? AND home_id = :p",
		DB_ARGS(db_id(&subject)), &rows);
	if (!problem && rows->rows)
		problem = has_dealt(call, kind, entry, subject, at, &dealt);
	return problem || dealt ? problem : no_dealings(call, entry);
}

static struct problem *check_dealt(struct call *call, const struct apply_kind *kind, const struct apply_entry *entry)
{
	struct uuid subject;
	struct db_result *known;
	bool dealt;
	const struct platform *source = post_platform(call, entry->source);
	if (entry->source == call->platform_id)
		return NULL;
	if (!source || source->network_id != call->network_id ||
		!uuid_parse(json_get_text(entry->payload, "institution_id"), &subject))
		return no_dealings(call, entry);
	struct problem *problem = load_register(call, &subject, 1, &known);
	if (!problem && !known->rows)
		return no_dealings(call, entry);
	uint32_t home = problem ? 0 : (uint32_t)db_get_uint(known, 0, 1);
	if (!problem)
		problem = check_stated(call, entry, subject, home);
	if (problem || home != call->platform_id)
		return problem ? problem : check_copy(call, kind, entry, subject, home);
	problem = has_dealt(call, kind, entry, subject, call->platform, &dealt);
	return problem || dealt ? problem : check_arrived(call, entry, subject);
}

struct problem *homes_check(
	struct call *call, const struct apply_kind *kind, const struct apply_entry *entries, size_t count)
{
	struct problem *problem = NULL;
	for (size_t i = 0; i < 2 * count && !problem; i++)
		if (kind->named[i % 2])
			problem = check_named(call, kind->named[i % 2], &entries[i / 2]);
	for (size_t i = 0; kind->dealt && !problem && i < count; i++)
		problem = check_dealt(call, kind, &entries[i]);
	for (size_t i = 0; kind->who && !problem && i < count; i += AT_ONCE)
		problem = check_homes(call, kind, entries + i, count - i < AT_ONCE ? count - i : AT_ONCE);
	return problem;
}

struct problem *homes_are_moving(struct call *call, bool *moving)
{
	struct db_result *rows;
	struct problem *problem = db_select(call->db, call->scope,
		"SELECT 1 FROM transfer WHERE platform_id = :p AND open_key IS NOT NULL LIMIT 1", DB_NO_ARGS, &rows);
	*moving = !problem && rows->rows;
	return problem;
}
