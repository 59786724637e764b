/* What is overdue at the desks, and telling them of it. */
#include "tenants/desk/chase.h"
#include "tenants/desk/workbench.h"
#include "tenants/platform/services.h"
#include "tools/ctl_installation.h"

/* --- overdue list --- */

struct line {
	const char *platform;
	struct workbench_late late;
	int days;
	bool chased;
};

static void show(struct ctl *ctl, const struct line *line)
{
	struct json_writer *w = ctl_json(ctl);
	ctl_out(ctl, "%-20s %6lld 件，最早的已等待 %d 个工作日 / items, the oldest has waited %d working days%s\n",
		line->platform,
	        (long long)line->late.count, line->days, line->days, line->chased ? "；今日已催办 / chased today" : "");
	if (!ctl->json)
		return;
	jw_object_begin(w);
	jw_kv_text(w, "platform", line->platform);
	jw_kv_int(w, "count", line->late.count);
	jw_kv_int(w, "days", line->days);
	jw_kv_bool(w, "chased", line->chased);
	jw_object_end(w);
}

static struct problem *look_at(struct ctl_installation *opened, const struct platform *platform, struct line *line)
{
	struct call call;
	struct problem *problem =
		services_call(&opened->installation.services, opened->installation.db, platform, &call);
	if (!problem)
		problem = workbench_late(&call, &line->late);
	return problem ? problem : federation_days_since(&call, line->late.oldest_at, &line->days);
}

static struct problem *list(struct ctl *ctl, struct ctl_installation *opened)
{
	struct db_result *rows;
	struct problem *problem = workbench_late_platforms(
		opened->installation.db, opened->installation.services.call.records, &rows);
	if (problem)
		return problem;
	if (ctl->json)
		jw_array_begin(ctl_json(ctl));
	for (size_t i = 0; !problem && i < rows->rows; i++) {
		const struct platform *platform = platform_by_id(opened->directory, (uint32_t)db_get_uint(rows, i, 0));
		struct line line = {.chased = db_get_int(rows, i, 1) != 0};
		if (!platform)
			continue;
		line.platform = platform->slug;
		problem = look_at(opened, platform, &line);
		if (!problem)
			show(ctl, &line);
	}
	if (ctl->json)
		jw_array_end(ctl_json(ctl));
	ctl_out(ctl, "%zu 个平台有逾期事项 / %zu platforms have overdue work\n", rows->rows, rows->rows);
	return problem;
}

static struct problem *run_list(struct ctl *ctl)
{
	return ctl_installation_do(ctl, list);
}

/* --- overdue chase --- */

static void show_chase(struct ctl *ctl, const struct chase_result *result)
{
	struct json_writer *w = ctl_json(ctl);
	if (!result->count)
		ctl_out(ctl, "没有逾期事项 / nothing is overdue\n");
	else if (!result->told)
		ctl_out(ctl,
			"逾期 %lld 件；今日已经催办，或没有可通知的审核员 / %lld overdue; chased today already, or "
			"there is nobody to tell\n",
			(long long)result->count, (long long)result->count);
	else
		ctl_out(ctl, "逾期 %lld 件，已通知 %d 人 / %lld overdue, %d people told\n", (long long)result->count,
			result->told, (long long)result->count, result->told);
	if (!ctl->json)
		return;
	jw_object_begin(w);
	jw_kv_int(w, "count", result->count);
	jw_kv_int(w, "days", result->days);
	jw_kv_int(w, "told", result->told);
	jw_object_end(w);
}

static struct problem *chase(struct ctl *ctl, struct ctl_installation *opened)
{
	struct call call;
	struct chase_result result;
	const struct platform *platform = platform_by_slug(opened->directory, ctl->arguments[0]);
	if (!platform)
		return ctl_no_platform(ctl, ctl->arguments[0]);
	struct problem *problem =
		services_call(&opened->installation.services, opened->installation.db, platform, &call);
	call.actor.name = ctl_user(ctl);
	if (!problem)
		problem = chase_now(&call, &result);
	if (!problem)
		show_chase(ctl, &result);
	return problem;
}

static struct problem *run_chase(struct ctl *ctl)
{
	return ctl_installation_do(ctl, chase);
}

const struct ctl_verb CTL_OVERDUE[] = {
	{"overdue list", "", "各平台的逾期事项，今日是否已催办",
		"what is overdue at the desks, and whether they were told today", NULL, 0, 0, run_list},
	{"overdue chase", "PLATFORM", "立即催办一个平台的逾期事项（每日一次）",
		"tell a platform's desk now what is overdue there (once a "
		"day)",
		NULL, 1, 1, run_chase},
	{0},
};
