/* The logs: one entry and what became of it; all of them after a restore. */
#include "tools/qilianctl.h"

#include <stdlib.h>

#include "core/arena.h"
#include "core/record/call.h"
#include "core/text/zone.h"
#include "federation/sync/cursor.h"
#include "federation/sync/federation.h"
#include "tools/ctl_installation.h"

enum { SKIP = 1000, SKIP_MAX = 1000000 };

struct renewal {
	struct ctl *ctl;
	struct ctl_installation *opened;
	uint64_t skip;
	uint64_t *epochs; /* of each platform */
	uint64_t series;
};

/* What was given out after the backup, and is forgotten, must not be given to somebody else. */
static struct problem *move_numbers_on(struct renewal *renewal, struct db *db)
{
	uint64_t moved;
	renewal->series = 0;
	for (size_t i = 0; i < platform_count(renewal->opened->directory); i++) {
		const struct platform *platform = platform_at(renewal->opened->directory, i);
		bool first = true;
		for (size_t j = 0; first && j < i; j++)
			first = platform_at(renewal->opened->directory, j)->network_id != platform->network_id;
		if (!first)
			continue;
		struct problem *problem = db_exec(db, db_network(platform->network_id),
			"UPDATE number_series SET next = next + ? WHERE network_id = :n",
			DB_ARGS(db_uint(renewal->skip)), &moved);
		if (problem)
			return problem;
		renewal->series += moved;
	}
	return NULL;
}

static struct problem *renew(struct db *db, void *arg)
{
	struct renewal *renewal = arg;
	struct problem *problem = move_numbers_on(renewal, db);
	for (size_t i = 0; !problem && i < platform_count(renewal->opened->directory); i++) {
		struct call *call;
		problem = federation_call(
			&renewal->opened->federation, db, platform_at(renewal->opened->directory, i)->id, &call);
		if (problem)
			break;
		call->actor.name = ctl_user(renewal->ctl);
		problem = cursor_raise_epoch(call, &renewal->epochs[i]);
	}
	return problem;
}

static void show(struct ctl *ctl, const struct renewal *renewal)
{
	struct json_writer *w = ctl_json(ctl);
	size_t count = platform_count(renewal->opened->directory);
	if (ctl->json) {
		jw_object_begin(w);
		jw_kv_uint(w, "series", renewal->series);
		jw_kv_uint(w, "skipped", renewal->skip);
		jw_key(w, "epochs");
		jw_object_begin(w);
	}
	for (size_t i = 0; i < count; i++) {
		const struct platform *platform = platform_at(renewal->opened->directory, i);
		ctl_out(ctl, "%s: 日志进入第 %llu 期 / the log begins epoch %llu\n", platform->slug,
			(unsigned long long)renewal->epochs[i], (unsigned long long)renewal->epochs[i]);
		if (ctl->json)
			jw_kv_uint(w, platform->slug, renewal->epochs[i]);
	}
	ctl_out(ctl, "%llu 个编号序列各跳过 %llu 个号 / %llu series of numbers skip %llu each\n",
		(unsigned long long)renewal->series, (unsigned long long)renewal->skip,
		(unsigned long long)renewal->series, (unsigned long long)renewal->skip);
	if (ctl->json) {
		jw_object_end(w);
		jw_object_end(w);
	}
}

static struct problem *new_epoch(struct ctl *ctl, struct ctl_installation *opened)
{
	const char *skip = ctl_value(ctl, "--skip");
	char *end = NULL;
	struct renewal renewal = {.ctl = ctl, .opened = opened, .skip = SKIP};
	if (skip)
		renewal.skip = strtoull(skip, &end, 10);
	if (skip && (*skip < '0' || *skip > '9' || *end || renewal.skip > SKIP_MAX))
		return problem_detail(ctl->arena, &PROBLEM_INVALID, "--skip 须为 0–1000000 的整数",
			"--skip is a whole number from 0 to 1000000");
	renewal.epochs = ARENA_ARRAY(ctl->arena, uint64_t, platform_count(opened->directory) + 1);
	struct problem *problem = db_transaction(opened->installation.db, renew, &renewal);
	if (!problem)
		show(ctl, &renewal);
	return problem;
}

static struct problem *run_new_epoch(struct ctl *ctl)
{
	return ctl_installation_do(ctl, new_epoch);
}

/* --- one entry --- */

struct shown {
	struct ctl *ctl;
	struct ctl_installation *opened;
	const struct platform *platform;
	uint64_t seq;
};

static const char *slug_of(const struct shown *shown, uint32_t id)
{
	const struct platform *platform = id ? platform_by_id(shown->opened->directory, id) : NULL;
	return platform ? platform->slug : id ? "?" : "*";
}

/* What a reader has done with it: its cursor has passed it or not, or it put it aside. */
static void show_reader(const struct shown *shown, const struct db_result *rows, size_t i)
{
	struct ctl *ctl = shown->ctl;
	const char *reader = slug_of(shown, (uint32_t)db_get_uint(rows, i, 0)), *error = db_get_text(rows, i, 2);
	bool read = db_get_uint(rows, i, 1) >= shown->seq;
	const char *state = error ? "parked" : read ? "read" : "waiting";
	ctl_out(ctl, "  → %s: %s%s%s\n", reader, error ? "搁置 / parked" : read ? "已处理 / read" : "等待 / waiting",
		error ? ": " : "", error ? error : "");
	if (!ctl->json)
		return;
	struct json_writer *w = ctl_json(ctl);
	jw_object_begin(w);
	jw_kv_text(w, "reader", reader);
	jw_kv_text(w, "state", state);
	jw_kv_text(w, "error", error);
	jw_object_end(w);
}

static void show_head(const struct shown *shown, const struct db_result *rows)
{
	static const char *const audiences[] = {"private", "addressed", "public"};
	struct ctl *ctl = shown->ctl;
	struct uuid id;
	db_get_id(rows, 0, 2, &id);
	const char *record = uuid_text(ctl->arena, id), *at = zone_time(ctl->arena, db_get_time(rows, 0, 6));
	const char *audience = audiences[db_get_uint(rows, 0, 3) % 3];
	ctl_out(ctl, "%s/%llu  %s  %s %s\n  %s  %s (%s)  %s\n", shown->platform->slug, (unsigned long long)shown->seq,
		db_get_text(rows, 0, 0), db_get_text(rows, 0, 1), record, at,
		db_get_text(rows, 0, 4) ? db_get_text(rows, 0, 4) : "-",
		db_get_text(rows, 0, 5) ? db_get_text(rows, 0, 5) : "-", audience);
	if (!ctl->json)
		return;
	struct json_writer *w = ctl_json(ctl);
	jw_kv_text(w, "platform", shown->platform->slug);
	jw_kv_uint(w, "seq", shown->seq);
	jw_kv_text(w, "kind", db_get_text(rows, 0, 0));
	jw_kv_text(w, "record_type", db_get_text(rows, 0, 1));
	jw_kv_text(w, "record", record);
	jw_kv_text(w, "audience", audience);
	jw_kv_text(w, "actor", db_get_text(rows, 0, 4));
	jw_kv_text(w, "role", db_get_text(rows, 0, 5));
	jw_kv_text(w, "at", at);
}

static struct problem *show_entry(const struct shown *shown)
{
	struct db *db = shown->opened->installation.db;
	struct ctl *ctl = shown->ctl;
	struct db_result *entry, *readers;
	struct problem *problem = db_select(db, db_platform(shown->platform->id, 0),
		"SELECT kind, record_type, record_id, audience, actor_name, actor_role, at FROM log_entry "
		"WHERE platform_id = :p AND seq = ?", DB_ARGS(db_uint(shown->seq)), &entry);
	if (!problem && !entry->rows)
		problem = problem_detail(ctl->arena, &PROBLEM_NOT_FOUND, "日志中没有这条记录",
			"The log has no such entry");
	if (!problem)
		problem = db_select(db, db_all_platforms("an operator asks who has read an entry"),
			"SELECT a.reader, COALESCE(c.seq, 0), p.error FROM log_address a "
			"LEFT JOIN log_cursor c ON c.platform_id = a.reader AND c.source = a.platform_id "
			"LEFT JOIN log_parked p ON p.platform_id = a.reader AND p.source = a.platform_id AND p.seq = "
			"a.seq "
			"WHERE a.platform_id = ? AND a.seq = ? ORDER BY a.reader",
			DB_ARGS(db_uint(shown->platform->id), db_uint(shown->seq)), &readers);
	if (problem)
		return problem;
	if (ctl->json)
		jw_object_begin(ctl_json(ctl));
	show_head(shown, entry);
	if (ctl->json) {
		jw_key(ctl_json(ctl), "readers");
		jw_array_begin(ctl_json(ctl));
	}
	for (size_t i = 0; i < readers->rows; i++)
		show_reader(shown, readers, i);
	if (ctl->json) {
		jw_array_end(ctl_json(ctl));
		jw_object_end(ctl_json(ctl));
	}
	return NULL;
}

static struct problem *show_one(struct ctl *ctl, struct ctl_installation *opened)
{
	int64_t seq;
	struct shown shown = {.ctl = ctl, .opened = opened};
	struct problem *problem = ctl_number(ctl, "SEQ", ctl->arguments[1], 1, INT64_MAX, &seq);
	if (problem)
		return problem;
	shown.platform = platform_by_slug(opened->directory, ctl->arguments[0]);
	shown.seq = (uint64_t)seq;
	return shown.platform ? show_entry(&shown) : ctl_no_platform(ctl, ctl->arguments[0]);
}

static struct problem *run_show(struct ctl *ctl)
{
	return ctl_installation_do(ctl, show_one);
}

const struct ctl_verb CTL_LOG[] = {
	{"log show", "PLATFORM SEQ", "日志中的一条记录，及各读取方处理到哪里（编号见访问日志的 entry）",
	 "an entry of a platform's log, and what its readers have done with it (its number: entry in the access log)",
	 NULL, 2, 2, run_show},
	{"log new-epoch", "[--skip N]",
		"恢复备份之后：各平台日志进入新的一期，编号跳过 N 个（默认 1000），以免与备份之后发出的重复",
	 "after a restore: every log begins a new epoch, and numbers skip N (1000), so that none given out after the "
	 "backup is given again", "--skip=", 0, 0,
	 run_new_epoch},
	{0},
};
