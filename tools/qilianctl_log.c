/* The logs after a restore. */
#include "tools/qilianctl.h"

#include <stdlib.h>

#include "core/arena.h"
#include "core/record/call.h"
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

const struct ctl_verb CTL_LOG[] = {
	{"log new-epoch", "[--skip N]", "恢复备份之后：各平台日志进入新的一期，编号跳过 N 个（默认 1000），以免与备份之后发出的重复",
	 "after a restore: every log begins a new epoch, and numbers skip N (1000), so that none given out after the "
	 "backup is given again", "--skip=", 0, 0,
	 run_new_epoch},
	{0},
};
