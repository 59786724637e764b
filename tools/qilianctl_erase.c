/* A person's data that must go, for those who have no administrator at hand. */
#include <string.h>

#include "core/record/record.h"
#include "federation/exchange/erasure.h"
#include "schema/records.gen.h"
#include "tools/ctl_installation.h"

struct erasing {
	struct call *call;
	struct erasure erasure;
};

static struct problem *erase_it(struct db *db, void *arg)
{
	struct erasing *erasing = arg;
	(void)db;
	return erasure_do(erasing->call, &erasing->erasure);
}

static const struct record *record_of(const char *name)
{
	static const struct record *const all[] = {&record_institution, &record_account, &record_invitation};
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (!strcmp(all[i]->name, name))
			return all[i];
	return NULL;
}

static struct problem *erase(struct ctl *ctl, struct ctl_installation *opened)
{
	const char *slug = ctl_value(ctl, "--platform"), *reason = ctl_value(ctl, "--reason");
	struct erasing erasing = {.erasure = {.record = record_of(ctl->arguments[0]), .reason = reason}};
	const struct platform *platform = slug ? platform_by_slug(opened->directory, slug) : NULL;
	if (!platform)
		return ctl_no_platform(ctl, slug ? slug : "");
	if (!erasing.erasure.record || !uuid_parse(ctl->arguments[1], &erasing.erasure.id) || !reason || !*reason)
		return problem_detail(ctl->arena, &PROBLEM_INVALID, "请指明 institution、account 或 "
			"invitation、编号和原因（--reason）",
			"Name institution, account or invitation, its id, and why (--reason)");
	struct problem *problem = federation_call(&opened->federation, opened->installation.db, platform->id,
		&erasing.call);
	if (problem)
		return problem;
	erasing.call->actor.name = ctl_user(ctl);
	problem = db_transaction(opened->installation.db, erase_it, &erasing);
	if (problem)
		return problem;
	ctl_out(ctl,
		"已删除，日志 %llu 条清空，已通知 %llu 个平台 / erased, %llu entries emptied, %llu platforms told\n",
		(unsigned long long)erasing.erasure.entries, (unsigned long long)erasing.erasure.told,
		(unsigned long long)erasing.erasure.entries, (unsigned long long)erasing.erasure.told);
	if (ctl->json) {
		jw_object_begin(ctl_json(ctl));
		jw_kv_uint(ctl_json(ctl), "entries", erasing.erasure.entries);
		jw_kv_uint(ctl_json(ctl), "told", erasing.erasure.told);
		jw_object_end(ctl_json(ctl));
	}
	return NULL;
}

static struct problem *run_erase(struct ctl *ctl)
{
	return ctl_installation_do(ctl, erase);
}

const struct ctl_verb CTL_ERASE[] = {
	{"erase", "--platform SLUG institution|account|invitation ID --reason TEXT",
		"依法删除个人信息（本平台及其送达的所有平台）",
	 "erase a person's data, here and wherever it went", "--platform= --reason=", 2, 2, run_erase},
	{0},
};
