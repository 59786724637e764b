#include "tenants/notice/message.h"

#include <string.h>

#include "core/buf.h"
#include "core/text/json.h"
#include "schema/records.gen.h"
#include "tenants/platform/audit_word.h"
#include "tenants/platform/post.h"
#include "tenants/rules/role_name.h"

struct problem *message_put(struct call *call, const struct message_order *order, bool *fresh)
{
	struct uuid id = uuid_v7();
	int64_t now = call_now();
	const char *duplicate = NULL;

	/* No entry in the log: the event that it tells of has one. */
	struct problem *problem = db_insert(call->db, call->scope,
		"INSERT INTO message (platform_id, id, account_id, institution_id, role, title, title_en, body, "
		"body_en, record_type, record_id,"
		" once, created_at, updated_at) VALUES (:p, ?, ?, ?, ?, LEFT(?, 120), LEFT(?, 200), LEFT(?, 2000), "
		"LEFT(?, 2000), ?, ?, ?, ?, ?)",
		DB_ARGS(db_id(&id), db_id(&order->account_id), db_id(&order->institution_id), db_text(order->role),
			db_text(order->title), db_text(order->title_en ? order->title_en : order->title),
			db_text(order->body), db_text(order->body_en ? order->body_en : order->body),
			db_text(order->record_type), db_id(&order->record_id),
			order->once ? db_bytes(order->once, MESSAGE_ONCE) : db_null(), db_time(now), db_time(now)),
		&duplicate);
	if (fresh)
		*fresh = !problem && !duplicate;
	return problem;
}

/* Mine: to me, to my institution, to a role that I hold. A platform's administrator does reviewers' work, and so hears
 * what they hear. FIND_IN_SET keeps the statement one, whatever the roles. */
#define MINE "(account_id = ? OR institution_id = ? OR FIND_IN_SET(role, ?))"

static const char *role_names_of(struct call *call)
{
	struct buf *out = buf_in(call->arena);
	uint32_t roles = call->actor.roles | (call_has_role(call, ROLE_PLATFORM_ADMIN) ? ROLE_REVIEWER : 0);

	for (uint32_t bit = 1; bit && bit <= roles; bit <<= 1)
		if ((roles & bit) && role_name(bit))
			buf_printf(out, "%s%s", out->len ? "," : "", role_name(bit));
	return out->data;
}

/* A person without an institution must not match messages that name none: NULL equals nothing in SQL. */
#define MINE_ARGS(call) db_id(&(call)->actor.account_id), db_id(institution_told(call)), db_text(role_names_of(call))

/* A sub-account without the menu hears what is addressed to itself alone (DX-14). */
static const struct uuid *institution_told(const struct call *call)
{
	static const struct uuid nobody;

	return call_may_read(call, MENU_MESSAGES) ? &call->actor.institution_id : &nobody;
}

struct problem *message_mine(struct call *call, struct record_where *where)
{
	record_where_add(where, MINE, DB_ARGS(MINE_ARGS(call)));
	return NULL;
}

/* --- what an account has read --- */

/* Everything up to an id, and single ones after it. */
struct seen {
	struct uuid up_to;
	int64_t at;
};

/* The greatest id that is older than the time. */
static struct uuid id_before(int64_t ms)
{
	struct uuid id;

	memset(id.b, 0, sizeof id.b);
	for (int i = 5; i >= 0; i--, ms >>= 8)
		id.b[i] = (unsigned char)ms;
	return id;
}

/* From the account's making on, unless it has read further. */
static struct problem *load_seen(struct call *call, struct seen *out)
{
	struct db_result *rows;
	struct problem *problem = db_select(call->db, call->scope,
		"SELECT a.created_at, s.up_to, s.seen_at FROM account a LEFT JOIN message_seen s ON s.platform_id = :p "
		"AND s.account_id = a.id "
		"WHERE a.platform_id = :p AND a.id = ?", DB_ARGS(db_id(&call->actor.account_id)), &rows);
	struct uuid up_to;

	*out = (struct seen){.at = 0};
	if (problem || !rows->rows)
		return problem;
	out->at = db_get_time(rows, 0, 0);
	out->up_to = id_before(out->at);
	if (db_get_id(rows, 0, 1, &up_to) && uuid_compare(up_to, out->up_to) > 0)
		*out = (struct seen){.up_to = up_to, .at = db_get_time(rows, 0, 2)};
	return NULL;
}

/* The range of ids bounds what is looked through. */
#define UNREAD \
	" FROM message m WHERE m.platform_id = :p AND m.id > ? AND m.read_at IS NULL AND " MINE " AND NOT EXISTS " \
	"(SELECT 1 FROM message_read r WHERE r.platform_id = :p AND r.account_id = ? AND r.message_id = m.id)"

struct problem *message_unread(struct call *call)
{
	struct db_result *rows;
	struct message_count out;
	struct seen seen;
	struct problem *problem = load_seen(call, &seen);

	if (!problem)
		problem = db_select(call->db, call->scope, "SELECT COUNT(*)" UNREAD,
			DB_ARGS(db_id(&seen.up_to), MINE_ARGS(call), db_id(&call->actor.account_id)), &rows);
	if (problem)
		return problem;
	out.unread = db_get_int(rows, 0, 0);
	return endpoint_answer(call, &shape_message_count, &out);
}

static void mark(struct message *const *page, size_t count, const struct db_result *read)
{
	struct uuid id;

	for (size_t i = 0; i < read->rows; i++)
		for (size_t k = 0; k < count; k++)
			if (db_get_id(read, i, 0, &id) && uuid_equal(id, page[k]->row.id) && !page[k]->read_at)
				page[k]->read_at = db_get_time(read, i, 1);
}

struct problem *message_marks(struct call *call, void *const *rows, size_t count)
{
	struct message **page = ARENA_ARRAY(call->arena, struct message *, count + 1);
	struct uuid first = UUID_NIL, last = UUID_NIL;
	struct db_result *read;
	struct seen seen;
	struct problem *problem = load_seen(call, &seen);

	for (size_t i = 0; !problem && i < count; i++) {
		page[i] = rows[i];
		struct uuid id = page[i]->row.id;
		if (!page[i]->read_at && uuid_compare(id, seen.up_to) <= 0)
			page[i]->read_at = seen.at;
		first = !i || uuid_compare(id, first) < 0 ? id : first;
		last = !i || uuid_compare(id, last) > 0 ? id : last;
	}
	if (!problem && count)
		problem = db_select(call->db, call->scope,
			"SELECT message_id, read_at FROM message_read WHERE platform_id = :p AND account_id = ? AND "
			"message_id BETWEEN ? AND ?",
			DB_ARGS(db_id(&call->actor.account_id), db_id(&first), db_id(&last)), &read);
	if (!problem && count)
		mark(page, count, read);
	return problem;
}

struct problem *message_read(struct call *call)
{
	struct uuid id;
	struct db_result *rows;
	const char *duplicate;
	int64_t now = call_now();
	struct problem *problem = call_path_id(call, 0, &id);

	if (!problem)
		problem = db_select(call->db, call->scope,
			"SELECT 1 FROM message m WHERE platform_id = :p AND id = ? AND " MINE,
			DB_ARGS(db_id(&id), MINE_ARGS(call)), &rows);
	if (!problem && !rows->rows)
		problem = problem_new(call->arena, &PROBLEM_NOT_FOUND);
	return problem ? problem : db_insert(call->db, call->scope,
		"INSERT INTO message_read (platform_id, account_id, message_id, read_at) VALUES (:p, ?, ?, ?)",
		DB_ARGS(db_id(&call->actor.account_id), db_id(&id), db_time(now)), &duplicate);
}

/* One mark for all that is older than any transaction under way; single ones for what came since. */
struct problem *message_read_all(struct call *call)
{
	enum { SETTLED_MS = 10 * 60 * 1000 };
	int64_t now = call_now();
	struct uuid up_to = id_before(now - SETTLED_MS);
	struct problem *problem = db_exec(call->db, call->scope,
		"INSERT INTO message_seen (platform_id, account_id, up_to, seen_at) VALUES (:p, ?, ?, ?) "
		"ON DUPLICATE KEY UPDATE seen_at = VALUES(seen_at), up_to = GREATEST(up_to, VALUES(up_to))",
		DB_ARGS(db_id(&call->actor.account_id), db_id(&up_to), db_time(now)), NULL);

	if (!problem)
		problem = db_exec(call->db, call->scope,
			"DELETE FROM message_read WHERE platform_id = :p AND account_id = ? AND message_id <= ?",
			DB_ARGS(db_id(&call->actor.account_id), db_id(&up_to)), NULL);
	return problem ? problem : db_exec(call->db, call->scope,
		"INSERT INTO message_read (platform_id, account_id, message_id, read_at) SELECT :p, ?, m.id, ?" UNREAD
		" ON DUPLICATE KEY UPDATE read_at = message_read.read_at",
		DB_ARGS(db_id(&call->actor.account_id), db_time(now), db_id(&up_to), MINE_ARGS(call),
		db_id(&call->actor.account_id)), NULL);
}

/* --- the inbox: by kind, read or not --- */

/* A literal with the kind, what is unread, and the cursor. */
#define INBOX_WHERE                                                                                                    \
	" FROM message m WHERE m.platform_id = :p AND " MINE                                                           \
	" AND (? IS NULL OR m.record_type = ?) AND (? IS NULL OR "                                                     \
	"m.id < ?)"
#define IS_UNREAD \
	"(m.id > ? AND m.read_at IS NULL AND NOT EXISTS (SELECT 1 FROM message_read r WHERE r.platform_id = :p AND " \
	"r.account_id = ? AND r.message_id = m.id))"

static struct problem *inbox_rows(struct call *call, const struct message_inbox_query *query, const struct seen *seen,
	size_t limit, struct db_result **out)
{
	return db_select(call->db, call->scope,
		"SELECT m.id, m.title, m.title_en, m.body, m.body_en, m.record_type, m.record_id, "
		"m.created_at, " IS_UNREAD INBOX_WHERE " AND (? = 0 OR " IS_UNREAD ") ORDER BY m.id DESC LIMIT ?",
		DB_ARGS(db_id(&seen->up_to), db_id(&call->actor.account_id), MINE_ARGS(call), db_text(query->kind),
			db_text(query->kind), db_id(&query->cursor), db_id(&query->cursor),
			db_int(query->has_unread && query->unread), db_id(&seen->up_to), db_id(&call->actor.account_id),
			db_int((int64_t)limit)),
		out);
}

static struct problem *inbox_kinds(struct call *call, const struct seen *seen, struct message_inbox *out)
{
	struct db_result *rows;
	struct problem *problem = db_select(call->db, call->scope,
		"SELECT k.record_type, COUNT(*), SUM(k.unread) FROM (SELECT m.record_type, " IS_UNREAD " AS unread "
		"FROM message m WHERE m.platform_id = :p AND " MINE " ORDER BY m.id DESC LIMIT 1000) AS k "
		"WHERE k.record_type IS NOT NULL GROUP BY k.record_type ORDER BY COUNT(*) DESC, k.record_type LIMIT "
		"200",
		DB_ARGS(db_id(&seen->up_to), db_id(&call->actor.account_id), MINE_ARGS(call)), &rows);
	if (problem)
		return problem;
	out->kinds.items = ARENA_ARRAY(call->arena, struct message_kind, rows->rows + 1);
	out->kinds.count = rows->rows;
	for (size_t i = 0; i < rows->rows; i++) {
		const char *type = db_need_text(rows, i, 0);
		out->kinds.items[i] = (struct message_kind){.code = type, .text = audit_type_word(call, type),
			.total = db_get_int(rows, i, 1), .has_total = true, .unread = db_get_int(rows, i, 2),
			.has_unread = true};
	}
	return NULL;
}

static struct json_object *inbox_item(struct call *call, const struct db_result *rows, size_t i)
{
	struct json_object *item = json_object_new_object();
	struct uuid id = UUID_NIL, record = UUID_NIL;
	const char *type = db_get_text(rows, i, 5);

	db_get_id(rows, i, 0, &id);
	db_get_id(rows, i, 6, &record);
	put_id(item, "id", id);
	put_text(item, "title", call_text(call, db_need_text(rows, i, 1), db_need_text(rows, i, 2)));
	put_text(item, "body", call_text(call, db_need_text(rows, i, 3), db_need_text(rows, i, 4)));
	put_text(item, "record_type", type);
	put_text(item, "kind", type ? audit_type_word(call, type) : NULL);
	put_id(item, "record_id", record);
	put_time(item, "created_at", db_get_time(rows, i, 7));
	json_object_object_add(item, "unread", json_object_new_boolean(db_get_int(rows, i, 8) != 0));
	return item;
}

struct problem *message_inbox(struct call *call, const struct message_inbox_query *query)
{
	struct message_inbox out = {0};
	struct db_result *rows, *unread;
	struct seen seen;
	size_t limit = query->has_limit ? (size_t)query->limit : 30;
	struct problem *problem = load_seen(call, &seen);

	if (!problem)
		problem = inbox_rows(call, query, &seen, limit + 1, &rows);
	if (!problem)
		problem = inbox_kinds(call, &seen, &out);
	if (!problem)
		problem = db_select(call->db, call->scope, "SELECT COUNT(*)" UNREAD,
			DB_ARGS(db_id(&seen.up_to), MINE_ARGS(call), db_id(&call->actor.account_id)), &unread);
	if (problem)
		return problem;
	out.items = json_own(call->arena, json_object_new_array());
	for (size_t i = 0; i < rows->rows && i < limit; i++)
		json_object_array_add(out.items, inbox_item(call, rows, i));
	if (rows->rows > limit)
		db_get_id(rows, limit - 1, 0, &out.next);
	out.unread = db_get_int(unread, 0, 0);
	out.has_unread = true;
	return endpoint_answer(call, &shape_message_inbox, &out);
}
