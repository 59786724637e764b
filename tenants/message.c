#include "tenants/message.h"

#include <string.h>

#include "core/buf.h"
#include "core/json.h"
#include "schema/records.gen.h"
#include "tenants/role.h"

struct problem *message_put(struct call *call, const struct message_order *order)
{
	struct uuid id = uuid_v7();
	int64_t now = call_now();

	/* No entry in the log: the event that it tells of has one. */
	return db_exec(call->db, call->scope,
		"INSERT INTO message (platform_id, id, account_id, institution_id, role, title, title_en, body, body_en, record_type, record_id,"
		" created_at, updated_at) VALUES (:p, ?, ?, ?, ?, LEFT(?, 120), LEFT(?, 200), LEFT(?, 2000), LEFT(?, 2000), ?, ?, ?, ?)",
		DB_ARGS(db_id(&id), db_id(&order->account_id), db_id(&order->institution_id), db_text(order->role), db_text(order->title),
		        db_text(order->title_en ? order->title_en : order->title), db_text(order->body),
		        db_text(order->body_en ? order->body_en : order->body), db_text(order->record_type), db_id(&order->record_id),
		        db_time(now), db_time(now)), NULL);
}

/* Mine: to me, to my institution, to a role that I hold. A platform's administrator does reviewers' work, and so hears what they hear. FIND_IN_SET keeps the statement one, whatever the roles. */
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
#define MINE_ARGS(call) db_id(&(call)->actor.account_id), db_id(&(call)->actor.institution_id), db_text(role_names_of(call))

struct problem *message_mine(struct call *call, struct record_where *where)
{
	record_where_add(where, MINE, DB_ARGS(MINE_ARGS(call)));
	return NULL;
}

struct problem *message_unread(struct call *call)
{
	struct db_result *rows;
	struct message_count out;
	struct problem *problem = db_select(call->db, call->scope,
		"SELECT COUNT(*) FROM message WHERE platform_id = :p AND read_at IS NULL AND " MINE, DB_ARGS(MINE_ARGS(call)), &rows);

	if (problem)
		return problem;
	out.unread = db_get_int(rows, 0, 0);
	return endpoint_answer(call, &shape_message_count, &out);
}

struct problem *message_read(struct call *call)
{
	struct uuid id;
	uint64_t affected = 0;
	int64_t now = call_now();
	struct problem *problem = call_path_id(call, 0, &id);

	if (!problem)
		problem = db_exec(call->db, call->scope,
			"UPDATE message SET read_at = COALESCE(read_at, ?), updated_at = ?, version = version + 1 WHERE platform_id = :p AND id = ? AND " MINE,
			DB_ARGS(db_time(now), db_time(now), db_id(&id), MINE_ARGS(call)), &affected);
	return problem || affected ? problem : problem_new(call->arena, &PROBLEM_NOT_FOUND);
}

struct problem *message_read_all(struct call *call)
{
	int64_t now = call_now();

	return db_exec(call->db, call->scope,
		"UPDATE message SET read_at = ?, updated_at = ?, version = version + 1 WHERE platform_id = :p AND read_at IS NULL AND " MINE,
		DB_ARGS(db_time(now), db_time(now), MINE_ARGS(call)), NULL);
}
