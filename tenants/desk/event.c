#include "tenants/desk/event.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/crypto/crypto.h"
#include "core/db/db.h"
#include "core/diag.h"
#include "core/http/stream.h"
#include "schema/records.gen.h"
#include "tenants/account/session.h"

enum { AT_ONCE = 500 };

void event_topic(uint32_t platform_id, char out[EVENT_TOPIC])
{
	snprintf(out, EVENT_TOPIC, "platform/%u", platform_id);
}

/* ---- What lets it in ---- */

/* What it is opened with: "12/s/<hash of the session's token>", or "12/k/<account>" for a key of the account. */
static const struct {
	char kind;
	size_t size;
	const char *sql;
} ways[] = {
	{'s', CRYPTO_HASH,
		DB_ACROSS("SELECT platform_id, token_hash FROM session WHERE expires_at > UTC_TIMESTAMP(3) "
			"AND (platform_id, token_hash) IN (")},
	{'k', sizeof(struct uuid),
		DB_ACROSS("SELECT platform_id, account_id FROM api_key "
			"WHERE (expires_at IS NULL OR expires_at > UTC_TIMESTAMP(3)) AND (platform_id, account_id) "
			"IN (")},
};

static const char *way_of(struct arena *arena, uint32_t platform_id, char kind, const void *id, size_t size)
{
	char hex[2 * CRYPTO_HASH + 1];
	crypto_hex(id, size, hex);
	return arena_printf(arena, "%u/%c/%s", platform_id, kind, hex);
}

static const char *way_of_call(const struct call *call)
{
	const struct session *session = session_of(call);
	if (session)
		return way_of(call->arena, call->platform_id, 's', session->hash, sizeof session->hash);
	return way_of(call->arena, call->platform_id, 'k', &call->actor.account_id, sizeof call->actor.account_id);
}

static bool parse_way(struct arena *arena, const char *way, char kind, size_t size, struct db_value out[2])
{
	char *end;
	unsigned long platform = strtoul(way, &end, 10);
	unsigned char *id = arena_alloc(arena, size);
	if (end[0] != '/' || end[1] != kind || end[2] != '/' || !crypto_unhex(end + 3, id, size))
		return false;
	out[0] = db_uint(platform);
	out[1] = db_bytes(id, size);
	return true;
}

/* Of these, those that let somebody in; each as way_of() writes it. */
static struct problem *load_living(
	struct db *db, size_t n, const struct db_value *args, size_t count, const char ***out)
{
	struct arena *arena = db_arena(db);
	struct buf *sql = buf_in(arena);
	struct db_result *rows;
	buf_text(sql, ways[n].sql);
	for (size_t i = 0; i < count; i++)
		buf_text(sql, i ? ", (?, ?)" : "(?, ?)");
	buf_char(sql, ')');
	struct problem *problem = db_select(db, db_all_platforms("whose live connections may stay"),
		db_dynamic(db, sql->data), args, 2 * count, &rows);
	if (problem)
		return problem;
	*out = ARENA_ARRAY(arena, const char *, rows->rows + 1);
	for (size_t i = 0; i < rows->rows; i++)
		(*out)[i] = way_of(arena, (uint32_t)db_get_uint(rows, i, 0), ways[n].kind,
			db_need_bytes(rows, i, 1, ways[n].size), ways[n].size);
	(*out)[rows->rows] = NULL;
	return NULL;
}

static bool is_among(const char *const *list, const char *way)
{
	while (*list && strcmp(*list, way) != 0)
		list++;
	return *list != NULL;
}

static struct problem *cut_some(
	struct db *db, struct http_server *server, size_t n, const char *const *open, size_t count)
{
	struct db_value *args = ARENA_ARRAY(db_arena(db), struct db_value, 2 * count + 1);
	const char **mine = ARENA_ARRAY(db_arena(db), const char *, count + 1), **living;
	size_t found = 0;
	for (size_t i = 0; i < count; i++) {
		mine[found] = open[i];
		found += parse_way(db_arena(db), open[i], ways[n].kind, ways[n].size, args + 2 * found);
	}
	struct problem *problem = found ? load_living(db, n, args, found, &living) : NULL;
	for (size_t i = 0; !problem && i < found; i++)
		if (!is_among(living, mine[i]))
			http_stream_cut(server, mine[i]);
	return problem;
}

void event_cut_ended(struct db *db, struct http_server *server)
{
	size_t count;
	const char **open = http_stream_sessions(server, db_arena(db), &count);
	struct problem *problem = NULL;
	for (size_t n = 0; n < sizeof ways / sizeof *ways; n++)
		for (size_t i = 0; !problem && i < count; i += AT_ONCE)
			problem = cut_some(db, server, n, open + i, count - i < AT_ONCE ? count - i : AT_ONCE);
	if (problem)
		diag_warn(NULL, "which live connections to cut could not be told: %s", problem->en);
}

/* ---- GET /events ---- */

/* It may have ended since the gate looked, before anybody could cut this. */
static struct problem *check_lives(struct call *call, const char *way)
{
	struct db_value args[2];
	const char **living;
	for (size_t n = 0; n < sizeof ways / sizeof *ways; n++) {
		if (!parse_way(call->arena, way, ways[n].kind, ways[n].size, args))
			continue;
		struct problem *problem = load_living(call->db, n, args, 1, &living);
		if (problem || is_among(living, way))
			return problem;
	}
	return problem_new(call->arena, &PROBLEM_SIGN_IN);
}

struct problem *event_stream(struct call *call)
{
	char topic[EVENT_TOPIC];
	const char *way = way_of_call(call);
	event_topic(call->platform_id, topic);
	const char *topics[] = {topic};
	struct problem *problem = request_subscribe(call->request, way, topics, 1);
	if (!problem)
		problem = check_lives(call, way);
	if (!problem)
		request_stream(call->request);
	return problem;
}
