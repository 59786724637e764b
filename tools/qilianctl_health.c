/* What doctor sees beyond counts: who can read the keys, whose clock is off, which background work nobody does. */
#include "tools/qilianctl.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/clock.h"
#include "core/config/settings.h"
#include "core/db/db.h"
#include "tools/wiring.h"

void ctl_finding(struct ctl *ctl, enum ctl_grade grade, const char *what, const char *zh, const char *en)
{
	static const char *const marks[] = {"ok  ", "mind", "BAD "}, *const grades[] = {"ok", "mind", "bad"};
	struct json_writer *w = ctl_json(ctl);

	if (grade == BAD)
		ctl->exit_code = 1;
	ctl_out(ctl, "%s %-14s %s / %s\n", marks[grade], what, zh, en);
	if (!ctl->json)
		return;
	jw_object_begin(w);
	jw_kv_text(w, "check", what);
	jw_kv_text(w, "grade", grades[grade]);
	jw_kv_text(w, "zh", zh);
	jw_kv_text(w, "en", en);
	jw_object_end(w);
}

/* --- files --- */

/* Whoever may write a folder may put another file in the place of any in it, unless it is sticky. */
static bool others_can_replace(struct ctl *ctl, const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *folder = !slash ? "."
		: slash == path	    ? "/"
				    : arena_printf(ctl->arena, "%.*s", (int)(slash - path), path);
	struct stat file;

	if (stat(path, &file) == 0 && file.st_mode & S_IWOTH)
		return true;
	return stat(folder, &file) == 0 && file.st_mode & S_IWOTH && !(file.st_mode & S_ISVTX);
}

static void look_at_secret(struct ctl *ctl, const char *path, unsigned *open)
{
	struct stat file;

	if (stat(path, &file) != 0 || !(file.st_mode & S_IROTH || others_can_replace(ctl, path)))
		return;
	++*open;
	ctl_finding(ctl, BAD, "secrets",
		arena_printf(ctl->arena, "%s 可被本机其他用户读取或替换：请 chmod 600，必要时更换其中的密钥", path),
		arena_printf(ctl->arena,
			"%s can be read or replaced by any user of this machine: chmod 600, and consider what it holds "
			"as known",
			path));
}

static void look_at_writable(struct ctl *ctl, const char *path, unsigned *open)
{
	if (!path || !*path || !others_can_replace(ctl, path))
		return;
	++*open;
	ctl_finding(ctl, BAD, "settings",
		arena_printf(ctl->arena, "%s 可被本机其他用户修改：请 chmod o-w（连同其文件夹）", path),
		arena_printf(
			ctl->arena, "%s can be changed by any user of this machine: chmod o-w, its folder too", path));
}

void health_look_at_permissions(struct ctl *ctl)
{
	const struct settings *settings = ctl->settings;
	unsigned open = 0;

	for (size_t i = 0; settings->secret_files[i]; i++)
		look_at_secret(ctl, settings->secret_files[i], &open);
	look_at_writable(ctl, settings->path, &open);
	look_at_writable(ctl, settings->config_folder, &open);
	look_at_writable(ctl, settings->files_folder, &open);
	look_at_writable(ctl, settings->picture_helper, &open);
	look_at_writable(ctl, settings->sheet_helper, &open);
	if (!open)
		ctl_finding(ctl, FINE, "permissions", "密钥和设置不对其他用户开放",
			"other users can neither read secrets nor change settings");
}

/* --- clocks --- */

void health_look_at_clock(struct ctl *ctl)
{
	long long off = clock_off_ms(), far = llabs(off);
	bool fine = far <= CLOCK_OFF_MS;

	/* It works all the same, by the database's clock; what others sign or certify is judged by time, too, and the
	 * log's lines carry it. */
	ctl_finding(ctl, fine ? FINE : MIND, "clock",
		fine ? "本机时钟与数据库一致"
		     : arena_printf(ctl->arena, "本机时钟比数据库%s %lld 秒（以数据库为准）：请检查时间同步",
			       off > 0 ? "快" : "慢", far / 1000),
		fine ? "this machine's agrees with the database's"
		     : arena_printf(ctl->arena,
			       "this machine's is %lld s %s the database's, which counts: look at its time service",
			       far / 1000, off > 0 ? "ahead of" : "behind"));
}

/* --- background work --- */

static void tell_kind(struct ctl *ctl, const struct job_kind_status *kind)
{
	const char *zh, *en;

	if (kind->failures) {
		zh = arena_printf(ctl->arena, "%s 连续失败 %llu 次", kind->kind, (unsigned long long)kind->failures);
		en = arena_printf(
			ctl->arena, "%s failed %llu times in a row", kind->kind, (unsigned long long)kind->failures);
	} else if (kind->standing) {
		zh = arena_printf(ctl->arena, "%s 上次完成于 %lld 秒前：有 qiliand 在运行吗？", kind->kind,
			(long long)kind->ran_ms / 1000);
		en = arena_printf(ctl->arena, "%s was last done %lld s ago: does any qiliand run?", kind->kind,
			(long long)kind->ran_ms / 1000);
	} else {
		zh = arena_printf(ctl->arena, "%s 有 %llu 项等待，最久 %lld 秒", kind->kind,
			(unsigned long long)kind->waiting, (long long)kind->oldest_ms / 1000);
		en = arena_printf(ctl->arena, "%s: %llu wait, the oldest for %lld s", kind->kind,
			(unsigned long long)kind->waiting, (long long)kind->oldest_ms / 1000);
	}
	ctl_finding(ctl, MIND, "work", zh, en);
}

struct problem *health_look_at_jobs(struct ctl *ctl)
{
	struct job_kind_status *kinds;
	struct problem *problem = job_read_kinds(ctl_db(ctl), wiring_job_kinds, wiring_job_kind_count, &kinds);
	int64_t last = -1, oldest = 0;
	unsigned stuck = 0;

	for (size_t i = 0; !problem && i < wiring_job_kind_count; i++) {
		if (kinds[i].ran_ms >= 0 && (last < 0 || kinds[i].ran_ms < last))
			last = kinds[i].ran_ms;
		if (kinds[i].oldest_ms > oldest)
			oldest = kinds[i].oldest_ms;
		if (!kinds[i].stuck)
			continue;
		stuck++;
		tell_kind(ctl, &kinds[i]);
	}
	if (problem || stuck)
		return problem;
	if (last < 0)
		ctl_finding(ctl, FINE, "work", "后台任务尚未运行过", "no background work was done yet");
	else
		ctl_finding(ctl, FINE, "work",
			arena_printf(ctl->arena, "后台任务正常，最近一次于 %lld 秒前，最久等待 %lld 秒",
				(long long)last / 1000, (long long)oldest / 1000),
			arena_printf(ctl->arena,
				"background work is done, last %lld s ago; the longest due has waited %lld s",
				(long long)last / 1000, (long long)oldest / 1000));
	return NULL;
}
