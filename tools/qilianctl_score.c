/* Whether the scores of institutions are what their rows say. */
#include "tenants/trade/score.h"

#include "core/record/endpoint.h"
#include "tenants/platform/services.h"
#include "tools/ctl_installation.h"

struct looked {
	size_t institutions;
	size_t faults;
};

static struct problem *look_at(
	struct ctl *ctl, struct ctl_installation *opened, const struct platform *platform, struct looked *looked)
{
	struct call call;
	const char **faults = NULL;
	size_t count = 0, checked = 0;
	struct problem *problem =
		services_call(&opened->installation.services, opened->installation.db, platform, &call);
	if (!problem)
		problem = score_verify(&call, ctl_flag(ctl, "--repair"), &faults, &count, &checked);
	for (size_t i = 0; i < count; i++) {
		ctl_out(ctl, "%s %s\n", platform->slug, faults[i]);
		if (ctl->json)
			jw_text(ctl_json(ctl), arena_printf(call.arena, "%s %s", platform->slug, faults[i]));
	}
	looked->institutions += checked;
	looked->faults += count;
	return problem;
}

static struct problem *verify(struct ctl *ctl, struct ctl_installation *opened)
{
	const char *slug = ctl->argument_count ? ctl->arguments[0] : NULL;
	struct looked looked = {0};
	struct problem *problem = NULL;
	if (slug && !platform_by_slug(opened->directory, slug))
		return ctl_no_platform(ctl, slug);
	if (ctl->json)
		jw_array_begin(ctl_json(ctl));
	for (size_t i = 0; !problem && i < platform_count(opened->directory); i++) {
		const struct platform *platform = platform_at(opened->directory, i);
		if (!slug || platform_by_slug(opened->directory, slug) == platform)
			problem = look_at(ctl, opened, platform, &looked);
	}
	if (ctl->json)
		jw_array_end(ctl_json(ctl));
	bool repaired = ctl_flag(ctl, "--repair");
	ctl_out(ctl, "核对评分 %zu 家，%zu 处不符%s / %zu scores looked at, %zu differences%s\n", looked.institutions,
		looked.faults, looked.faults && repaired ? "，已更正" : "", looked.institutions, looked.faults,
		looked.faults && repaired ? ", set right" : "");
	if (looked.faults && !repaired)
		ctl->exit_code = 1;
	return problem;
}

static struct problem *run_verify(struct ctl *ctl)
{
	return ctl_installation_do(ctl, verify);
}

const struct ctl_verb CTL_SCORE[] = {
	{"score verify", "[PLATFORM] [--repair]", "按订单、评价和投诉重算机构评分并核对，可更正",
		"whether the scores of institutions are what their rows say, to the digit; sets them right", "--repair",
		0, 1, run_verify},
	{0},
};
