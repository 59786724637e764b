/* Whether the numbers that the engine keeps are what a recount says. */
#include "core/record/count.h"

#include "core/record/endpoint.h"
#include "tenants/platform/services.h"
#include "tools/ctl_installation.h"

struct verified {
	size_t counters;
	size_t faults;
};

static void show(struct ctl *ctl, const struct platform *platform, const char *name, const struct count_fault *fault)
{
	struct json_writer *w = ctl_json(ctl);
	ctl_out(ctl, "%s %s [%s] %s: 记录 %lld/%lld，实有 %lld/%lld / kept %lld, sum %lld; there are %lld, sum %lld\n",
		platform->slug, name, fault->per, fault->bucket, (long long)fault->kept_number,
		(long long)fault->kept_total, (long long)fault->number, (long long)fault->total,
		(long long)fault->kept_number, (long long)fault->kept_total, (long long)fault->number,
		(long long)fault->total);
	if (!ctl->json)
		return;
	jw_object_begin(w);
	jw_kv_text(w, "platform", platform->slug);
	jw_kv_text(w, "count", name);
	jw_kv_text(w, "per", fault->per);
	jw_kv_text(w, "bucket", fault->bucket);
	jw_kv_int(w, "kept", fault->kept_number);
	jw_kv_int(w, "kept_sum", fault->kept_total);
	jw_kv_int(w, "number", fault->number);
	jw_kv_int(w, "sum", fault->total);
	jw_object_end(w);
}

static struct problem *look_at_counter(
	struct ctl *ctl, struct call *call, const struct record_counter *counter, struct verified *verified)
{
	struct count_fault *faults;
	size_t count;
	struct problem *problem = count_verify(call, counter, &faults, &count);
	if (problem)
		return problem;
	for (size_t i = 0; i < count; i++)
		show(ctl, call->platform, counter->name, &faults[i]);
	verified->counters++;
	verified->faults += count;
	return count && ctl_flag(ctl, "--repair") ? count_repair(call, counter) : NULL;
}

static struct problem *look_at_platform(
	struct ctl *ctl, struct ctl_installation *opened, const struct platform *platform, struct verified *verified)
{
	struct call call;
	struct problem *problem =
		services_call(&opened->installation.services, opened->installation.db, platform, &call);
	const struct record_set *set = problem ? NULL : call.services->records;
	for (size_t i = 0; !problem && i < set->count; i++)
		for (size_t k = 0; !problem && k < set->records[i]->counter_count; k++)
			problem = look_at_counter(ctl, &call, &set->records[i]->counters[k], verified);
	return problem;
}

static struct problem *verify(struct ctl *ctl, struct ctl_installation *opened)
{
	const char *slug = ctl->argument_count ? ctl->arguments[0] : NULL;
	struct verified verified = {0};
	struct problem *problem = NULL;
	if (slug && !platform_by_slug(opened->directory, slug))
		return ctl_no_platform(ctl, slug);
	if (ctl->json)
		jw_array_begin(ctl_json(ctl));
	for (size_t i = 0; !problem && i < platform_count(opened->directory); i++) {
		const struct platform *platform = platform_at(opened->directory, i);
		if (!slug || platform_by_slug(opened->directory, slug) == platform)
			problem = look_at_platform(ctl, opened, platform, &verified);
	}
	if (ctl->json)
		jw_array_end(ctl_json(ctl));
	bool repaired = ctl_flag(ctl, "--repair");
	ctl_out(ctl, "核对计数 %zu 项，%zu 处不符%s / %zu counts looked at, %zu differences%s\n", verified.counters,
		verified.faults, verified.faults && repaired ? "，已更正" : "", verified.counters, verified.faults,
		verified.faults && repaired ? ", set right" : "");
	if (verified.faults && !repaired)
		ctl->exit_code = 1;
	return problem;
}

static struct problem *run_verify(struct ctl *ctl)
{
	return ctl_installation_do(ctl, verify);
}

const struct ctl_verb CTL_COUNTS[] = {
	{"counts verify", "[PLATFORM] [--repair]", "核对系统维护的计数与实有行数，可更正",
		"whether the numbers that the server keeps are what a recount says; sets them right", "--repair", 0, 1,
		run_verify},
	{0},
};
