/* Institutions that a closing platform leaves behind, and asking another platform to receive them. */
#include "core/text/json.h"
#include "federation/transfer/transfer.h"
#include "tenants/platform/platform.h"
#include "tenants/platform/services.h"
#include "tools/ctl_installation.h"

enum { AT_ONCE = 200 };

/* --- transfer stranded --- */

static struct problem *count_at(struct ctl_installation *opened, const struct platform *platform, uint64_t *all)
{
	struct call call;
	struct uuid *ids;
	size_t count;
	struct problem *problem =
		services_call(&opened->installation.services, opened->installation.db, platform, &call);
	return problem ? problem : transfer_stranded(&call, 0, &ids, &count, all);
}

static struct problem *stranded(struct ctl *ctl, struct ctl_installation *opened)
{
	struct problem *problem = NULL;
	struct json_writer *w = ctl_json(ctl);
	if (ctl->json)
		jw_array_begin(w);
	for (size_t i = 0; !problem && i < platform_count(opened->directory); i++) {
		const struct platform *platform = platform_at(opened->directory, i);
		uint64_t all = 0;
		if (platform->state == PLATFORM_STATE_CLOSED)
			problem = count_at(opened, platform, &all);
		if (problem || !all)
			continue;
		ctl_out(ctl,
			"%-20s %6llu 家机构仍属于已关闭的平台，且未申请迁移 / institutions at home on a closed "
			"platform, no transfer asked for\n",
			platform->slug, (unsigned long long)all);
		if (!ctl->json)
			continue;
		jw_object_begin(w);
		jw_kv_text(w, "platform", platform->slug);
		jw_kv_uint(w, "stranded", all);
		jw_object_end(w);
	}
	if (ctl->json)
		jw_array_end(w);
	return problem;
}

static struct problem *run_stranded(struct ctl *ctl)
{
	return ctl_installation_do(ctl, stranded);
}

/* --- transfer ask --- */

struct asking {
	struct call *call;
	uint32_t to;
	const char *reason;
	size_t asked;
	uint64_t left;
};

static struct problem *ask_some(struct db *db, void *arg)
{
	struct asking *asking = arg;
	struct uuid *ids;
	size_t count;
	uint64_t all;
	(void)db;
	asking->asked = 0;
	struct problem *problem = transfer_stranded(asking->call, AT_ONCE, &ids, &count, &all);
	for (size_t i = 0; !problem && i < count; i++) {
		struct transfer *row;
		problem = transfer_ask(asking->call, ids[i], asking->to, asking->reason, false, &row);
		asking->asked += !problem && row;
	}
	asking->left = all > count ? all - count : 0;
	return problem;
}

static struct problem *ask(struct ctl *ctl, struct ctl_installation *opened)
{
	struct call call;
	const struct platform *from = platform_by_slug(opened->directory, ctl->arguments[0]),
			      *to = platform_by_slug(opened->directory, ctl->arguments[1]);
	const char *reason = ctl_value(ctl, "--reason");
	size_t total = 0;
	if (!from || !to)
		return ctl_no_platform(ctl, ctl->arguments[from ? 1 : 0]);
	struct problem *problem = services_call(&opened->installation.services, opened->installation.db, from, &call);
	call.actor.name = ctl_user(ctl);
	struct asking asking = {.call = &call, .to = to->id, .reason = reason ? reason : "所属平台关闭", .left = 1};
	while (!problem && asking.left) {
		problem = db_transaction(opened->installation.db, ask_some, &asking);
		total += asking.asked;
	}
	if (problem)
		return problem;
	ctl_out(ctl, "已向 %s 提出 %zu 家机构的迁移申请 / %zu transfers asked of %s\n", to->slug, total, total,
		to->slug);
	if (ctl->json) {
		jw_object_begin(ctl_json(ctl));
		jw_kv_uint(ctl_json(ctl), "asked", total);
		jw_object_end(ctl_json(ctl));
	}
	return NULL;
}

static struct problem *run_ask(struct ctl *ctl)
{
	return ctl_installation_do(ctl, ask);
}

const struct ctl_verb CTL_TRANSFER[] = {
	{"transfer stranded", "", "已关闭平台上尚未申请迁移的机构数", "institutions left behind on closed platforms",
		NULL, 0, 0, run_stranded},
	{"transfer ask", "FROM TO [--reason TEXT]", "为一个平台的全部机构向另一平台申请迁移（由其决定）",
		"ask a platform to receive all institutions of another; it decides", "--reason=", 2, 2, run_ask},
	{0},
};
