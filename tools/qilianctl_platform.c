/* Platforms: check an authored policy, add, update, list, show, and their state. */
#include "federation/exchange/directory.h"
#include "tools/ctl_installation.h"
#include "tools/qilianctl.h"

#include <string.h>

#include "core/arena.h"
#include "core/config/settings.h"
#include "core/crypto/crypto.h"
#include "schema/records.gen.h"
#include "tenants/platform/platform_store.h"
#include "tenants/policy/policy_compile.h"
#include "tenants/policy/policy_mark.h"
#include "tenants/rules/region.h"

static struct policy_compile *compile_of(struct ctl *ctl)
{
	struct policy_compile *compile = ARENA_NEW(ctl->arena, struct policy_compile);
	policy_compile_init(compile, &record_set, true);
	return compile;
}

static struct platform_store store_of(struct ctl *ctl, struct db *db)
{
	return (struct platform_store){.db = db, .config = ctl->settings->config_folder, .records = &record_set,
				       .compiler = &compile_of(ctl)->compiler};
}

/* --- check: without a database ---------------------------------------------------------------- */

static struct problem *seed_regions(struct policy_author *author, struct region_set *set)
{
	char *text = policy_author_file(author, "regions.tsv");
	struct problem *problem = text ? region_set_read(set, author->arena, text) : NULL;

	if (!text || problem)
		return problem;
	problem = region_set_seal(set, author->arena);
	if (!problem)
		author->regions = set;
	return problem;
}

static void write_identity(struct json_writer *w, const struct policy_draft *draft)
{
	char hash[POLICY_HASH * 2 + 1];

	crypto_hex(draft->hash, POLICY_HASH, hash);
	jw_kv_text(w, "slug", draft->slug);
	jw_kv_text(w, "network", draft->network);
	jw_kv_text(w, "parent", draft->parent);
	jw_kv_text(w, "level", draft->level);
	jw_kv_text(w, "region", draft->region);
	jw_kv_text(w, "number_code", draft->number_code);
	jw_kv_text(w, "hash", hash);
}

enum { MARKS_MAX = 16 };

/* What a government site must show and this one does not: no fault, since a platform may begin without. */
static void show_missing_marks(struct ctl *ctl, const struct policy_draft *draft)
{
	const struct policy_mark *missing[MARKS_MAX];
	size_t count = policy_marks_missing(draft->json, missing, MARKS_MAX);

	for (size_t i = 0; i < count; i++)
		ctl_out(ctl, "  提示：未设置%s（profile.marks.%s） / warning: no %s\n", missing[i]->zh, missing[i]->key,
			missing[i]->en);
	if (!ctl->json)
		return;
	struct json_writer *w = ctl_json(ctl);
	jw_key(w, "warnings");
	jw_array_begin(w);
	for (size_t i = 0; i < count; i++) {
		jw_object_begin(w);
		jw_kv_text(w, "pointer", arena_printf(ctl->arena, "/profile/marks/%s", missing[i]->key));
		jw_kv_text(w, "zh", arena_printf(ctl->arena, "未设置%s", missing[i]->zh));
		jw_kv_text(w, "en", arena_printf(ctl->arena, "no %s", missing[i]->en));
		jw_object_end(w);
	}
	jw_array_end(w);
}

static void show_checked(struct ctl *ctl, const struct policy_draft *draft)
{
	struct json_writer *w = ctl_json(ctl);

	ctl_out(ctl, "%s（%s）没有错误 / %s is in order\n", draft->slug, draft->name.zh, draft->slug);
	if (!ctl->json) {
		show_missing_marks(ctl, draft);
		return;
	}
	jw_object_begin(w);
	jw_kv_bool(w, "ok", true);
	write_identity(w, draft);
	show_missing_marks(ctl, draft);
	if (ctl_flag(ctl, "--document")) {
		jw_key(w, "document");
		jw_json(w, draft->json);
	}
	jw_object_end(w);
}

static const char *config_folder(struct ctl *ctl)
{
	const char *given = ctl_value(ctl, "--config");
	return given ? given : ctl->settings ? ctl->settings->config_folder : "config";
}

/* The file takes the place of the version that the folder holds of the same platform. */
static const char *put_in_place(struct policy_author *author, const char *file, const char *source)
{
	struct policy_other self;

	if (!policy_author_identify(author->arena, file, source, &self))
		return NULL;
	for (size_t i = 0; i < author->others.count; i++)
		if (strcmp(author->others.items[i].slug, self.slug) == 0)
			author->others.items[i] = self;
	return self.slug;
}

/* What the file hands down must fit those below it as well. */
static void check_below(struct policy_author *author, const char *slug)
{
	for (size_t i = 0; i < author->others.count; i++) {
		const struct policy_other *other = &author->others.items[i];
		struct policy_draft draft;
		if (!other->parent || strcmp(other->parent, slug) != 0 || strcmp(other->slug, slug) == 0)
			continue;
		if (policy_author_draft(author, other->file, other->source, &draft))
			check_below(author, other->slug);
	}
}

static struct problem *run_check(struct ctl *ctl)
{
	struct policy_author author;
	struct policy_draft draft;
	struct region_set *regions = region_set_create();
	struct problem *problem;
	char *source;

	policy_author_init(&author, ctl->arena, config_folder(ctl));
	policy_author_add_folder(&author);
	author.compiler = &compile_of(ctl)->compiler;
	problem = seed_regions(&author, regions);
	if (!problem)
		problem = ctl_read(ctl, ctl->arguments[0], &source);
	if (!problem && policy_author_draft(&author, ctl->arguments[0], source, &draft)) {
		const char *slug = put_in_place(&author, ctl->arguments[0], source);
		if (slug)
			check_below(&author, slug);
	}
	if (!problem && author.faults.count)
		ctl_faults(ctl, &author.faults);
	else if (!problem)
		show_checked(ctl, &draft);
	region_set_destroy(regions);
	return problem;
}

/* --- add and update --------------------------------------------------------------------------- */

static const char *const FATES[] = {"kept", "moved", "stranded"};
static const char *const FATE_TEXTS[] = {"按原版本办完 / go on under their version",
	"改按新版本 / follow the new version",
					 "所在环节将被删除 / their step is removed"};

static void show_change(struct ctl *ctl, const struct platform_change *change)
{
	if (!change->changed) {
		ctl_out(ctl, "  %s 不变 / unchanged\n", change->draft.slug);
		return;
	}
	ctl_out(ctl, "  %s → v%u%s\n", change->draft.slug, change->version, change->before ? "" : "（新 / new）");
	for (size_t i = 0; i < change->case_count; i++) {
		const struct platform_case_count *cases = &change->cases[i];
		ctl_out(ctl, "    %s/%s: %llu %s\n", cases->record, cases->step, (unsigned long long)cases->count,
			FATE_TEXTS[cases->fate]);
	}
	for (size_t i = 0; i < change->term_count; i++)
		ctl_out(ctl, "    %s.%s: %llu 条记录使用，将被删除 / records carry it, and it would be gone\n",
			change->terms[i].dictionary, change->terms[i].code, (unsigned long long)change->terms[i].count);
}

static void write_change(struct json_writer *w, const struct platform_change *change)
{
	jw_object_begin(w);
	write_identity(w, &change->draft);
	jw_kv_bool(w, "new", !change->before);
	jw_kv_bool(w, "changed", change->changed);
	jw_kv_int(w, "version", change->changed || !change->before ? change->version : change->before->version);
	jw_key(w, "cases");
	jw_array_begin(w);
	for (size_t i = 0; i < change->case_count; i++) {
		jw_object_begin(w);
		jw_kv_text(w, "record", change->cases[i].record);
		jw_kv_text(w, "step", change->cases[i].step);
		jw_kv_uint(w, "count", change->cases[i].count);
		jw_kv_text(w, "fate", FATES[change->cases[i].fate]);
		jw_object_end(w);
	}
	jw_array_end(w);
	jw_key(w, "terms");
	jw_array_begin(w);
	for (size_t i = 0; i < change->term_count; i++) {
		jw_object_begin(w);
		jw_kv_text(w, "dictionary", change->terms[i].dictionary);
		jw_kv_text(w, "code", change->terms[i].code);
		jw_kv_uint(w, "count", change->terms[i].count);
		jw_object_end(w);
	}
	jw_array_end(w);
	jw_object_end(w);
}

static void show_plan(struct ctl *ctl, const struct platform_plan *plan, bool stored)
{
	struct json_writer *w = ctl_json(ctl);
	size_t changed = 0;

	for (size_t i = 0; i < plan->count; i++)
		changed += plan->changes[i].changed;
	ctl_out(ctl, "%s：%zu 个平台 / %s: %zu platforms\n", stored ? "已生效" : "预览，未保存", changed,
		stored ? "in force" : "preview, nothing stored", changed);
	for (size_t i = 0; !ctl->json && i < plan->count; i++)
		show_change(ctl, &plan->changes[i]);
	if (!ctl->json)
		return;
	jw_object_begin(w);
	jw_kv_bool(w, "ok", true);
	jw_kv_bool(w, "stored", stored);
	jw_key(w, "platforms");
	jw_array_begin(w);
	for (size_t i = 0; i < plan->count; i++)
		write_change(w, &plan->changes[i]);
	jw_array_end(w);
	jw_object_end(w);
}

/* Cases that would be left in a step, records with a term, that no longer exists. */
static struct problem *refuse_losses(struct ctl *ctl, const struct platform_plan *plan)
{
	unsigned long long stranded = platform_plan_stranded(plan), unnamed = platform_plan_unnamed(plan);

	if (stranded)
		return problem_detail(ctl->arena, &PROBLEM_CONFLICT,
			arena_printf(ctl->arena,
				"有 %llu 件办理中的事项停留在将被删除的环节。请保留这些环节，或加 --force",
				stranded),
			arena_printf(ctl->arena,
				"%llu running cases are in steps that would be gone. Keep those steps, or say --force",
				stranded));
	if (unnamed)
		return problem_detail(ctl->arena, &PROBLEM_CONFLICT,
			arena_printf(ctl->arena,
				"有 %llu 条记录使用了将被删除的字典项。请改为停用（retired: true），或加 --force",
				unnamed),
			arena_printf(ctl->arena,
				"%llu records carry terms that would be gone. Retire these instead (retired: true), or "
				"say --force",
				unnamed));
	return NULL;
}

static struct problem *hear_all(struct ctl *ctl, struct ctl_installation *opened)
{
	(void)ctl;
	return directory_hear(&opened->federation, opened->installation.db);
}

/* The others know it when the command ends; where it cannot be done here, the servers do it at their next look. */
static void hear(struct ctl *ctl)
{
	struct problem *problem = ctl_installation_do(ctl, hear_all);
	(void)problem;
}

static struct problem *store_plan(struct ctl *ctl, const struct platform_store *store, struct platform_plan *plan)
{
	bool dry_run = ctl_flag(ctl, "--dry-run");
	struct problem *problem = dry_run || ctl_flag(ctl, "--force") ? NULL : refuse_losses(ctl, plan);

	if (problem) {
		show_plan(ctl, plan, false);
		return problem;
	}
	if (!dry_run)
		problem = platform_store_apply(store, plan);
	if (!problem && !dry_run)
		hear(ctl);
	if (!problem)
		show_plan(ctl, plan, !dry_run);
	return problem;
}

static struct problem *put_file(struct ctl *ctl, const char *file, bool create)
{
	struct platform_store store = store_of(ctl, ctl_db(ctl));
	struct platform_plan *plan = NULL;
	struct policy_author author;
	struct policy_other identity;
	struct region_set *regions = NULL;
	struct problem *problem;
	char *source;
	bool known;

	problem = ctl_read(ctl, file, &source);
	if (problem)
		return problem;
	policy_author_init(&author, ctl->arena, ctl->settings->config_folder);
	known = policy_author_identify(ctl->arena, file, source, &identity);
	problem = platform_store_look(&store, &author, known ? identity.network : NULL, &regions);
	if (!problem)
		problem = platform_store_plan(&store, &author, file, source, create, &plan);
	if (!problem && author.faults.count)
		ctl_faults(ctl, &author.faults);
	if (plan) {
		plan->by = ctl_user(ctl);
		plan->demonstration = ctl_flag(ctl, "--demonstration");
		problem = store_plan(ctl, &store, plan);
	}
	region_set_destroy(regions);
	return problem;
}

static struct problem *run_add(struct ctl *ctl)
{
	return put_file(ctl, ctl->arguments[0], true);
}

static struct problem *run_update(struct ctl *ctl)
{
	return put_file(ctl, ctl->arguments[0], false);
}

/* --- list, show, state ------------------------------------------------------------------------ */

static const char LIST[] =
	"SELECT t.id, t.slug, n.slug, p.slug, t.level, t.kind, t.region_code, t.number_code, t.name_zh, t.name_en, "
	"t.state, t.policy_version, "
	"t.demonstration, (SELECT GROUP_CONCAT(h.host ORDER BY h.main DESC, h.host) FROM tenant_host h WHERE h.tenant "
	"= t.id) "
	"FROM tenant t JOIN network n ON n.id = t.network LEFT JOIN tenant p ON p.id = t.parent ORDER BY t.network, "
	"t.id";

static void write_row(struct json_writer *w, const struct db_result *rows, size_t row)
{
	static const char *const names[] = {NULL, "slug", "network", "parent", "level", "kind", "region", "number_code",
		"name_zh", "name_en", "state"};

	jw_object_begin(w);
	jw_kv_uint(w, "id", db_get_uint(rows, row, 0));
	for (size_t i = 1; i < sizeof names / sizeof *names; i++)
		jw_kv_text(w, names[i], db_get_text(rows, row, i));
	jw_kv_uint(w, "version", db_get_uint(rows, row, 11));
	jw_kv_bool(w, "demonstration", db_get_int(rows, row, 12) != 0);
	jw_kv_text(w, "hosts", db_get_text(rows, row, 13));
	jw_object_end(w);
}

static struct problem *run_list(struct ctl *ctl)
{
	struct db_result *rows;
	struct problem *problem = db_select(ctl_db(ctl), db_server(), LIST, DB_NO_ARGS, &rows);
	struct json_writer *w = ctl_json(ctl);

	if (problem)
		return problem;
	if (ctl->json)
		jw_array_begin(w);
	for (size_t i = 0; i < rows->rows; i++) {
		if (ctl->json)
			write_row(w, rows, i);
		else
			ctl_out(ctl, "%4llu  %-18s %-10s %-18s v%-4llu %-9s %s  %s\n",
				(unsigned long long)db_get_uint(rows, i, 0), db_get_text(rows, i, 1),
				db_get_text(rows, i, 4), db_get_text(rows, i, 3) ? db_get_text(rows, i, 3) : "-",
				(unsigned long long)db_get_uint(rows, i, 11), db_get_text(rows, i, 10),
				db_get_text(rows, i, 8), db_get_text(rows, i, 13) ? db_get_text(rows, i, 13) : "");
	}
	if (ctl->json)
		jw_array_end(w);
	return NULL;
}

static struct problem *run_show(struct ctl *ctl)
{
	bool source = ctl_flag(ctl, "--source");
	struct db_result *rows;
	struct problem *problem = db_select(ctl_db(ctl), db_server(),
		"SELECT d.document, v.source FROM tenant t JOIN policy_version v ON v.tenant = t.id AND v.version = "
		"t.policy_version "
		"JOIN policy_document d ON d.hash = v.hash WHERE t.slug = ?", DB_ARGS(db_text(ctl->arguments[0])),
		&rows);

	if (!problem && rows->rows == 0)
		problem = problem_detail(ctl->arena, &PROBLEM_NOT_FOUND, "没有这个平台", "There is no such platform");
	if (problem)
		return problem;
	if (ctl->json && source)
		jw_text(ctl_json(ctl), db_get_text(rows, 0, 1));
	else if (ctl->json)
		jw_raw(ctl_json(ctl), db_get_text(rows, 0, 0), db_get(rows, 0, 0)->s.len);
	else
		ctl_out(ctl, "%s\n", db_get_text(rows, 0, source ? 1 : 0));
	return NULL;
}

/* Institutions at home there: a closed platform does nothing for them any more but let them go. */
static struct problem *count_left(struct ctl *ctl, long long *left)
{
	struct db_result *rows;
	struct problem *problem = db_select(ctl_db(ctl), db_all_platforms("whom a closed platform leaves behind"),
		"SELECT COUNT(*) FROM institution i JOIN tenant t ON t.id = i.platform_id WHERE t.slug = ? AND "
		"i.home_id = i.platform_id",
		DB_ARGS(db_text(ctl->arguments[0])), &rows);
	*left = problem ? 0 : db_get_int(rows, 0, 0);
	return problem;
}

static struct problem *set_state(struct ctl *ctl, const char *state, const char *zh)
{
	struct platform_store store = store_of(ctl, ctl_db(ctl));
	struct problem *problem = platform_store_set_state(&store, ctl->arguments[0], state, ctl_user(ctl));
	struct json_writer *w = ctl_json(ctl);

	long long left = 0;
	if (!problem && !strcmp(state, "closed"))
		problem = count_left(ctl, &left);
	if (problem)
		return problem;
	hear(ctl);
	ctl_out(ctl, "%s %s / %s is %s\n", ctl->arguments[0], zh, ctl->arguments[0], state);
	if (left)
		ctl_out(ctl,
			"仍有 %lld 家机构属于该平台，请用 transfer ask 为其申请迁移 / %lld institutions are still at "
			"home there: ask another platform with transfer ask\n",
			left, left);
	if (ctl->json) {
		jw_object_begin(w);
		jw_kv_text(w, "slug", ctl->arguments[0]);
		jw_kv_text(w, "state", state);
		if (!strcmp(state, "closed"))
			jw_kv_int(w, "stranded", left);
		jw_object_end(w);
	}
	return NULL;
}

static struct problem *run_suspend(struct ctl *ctl)
{
	return set_state(ctl, "suspended", "已暂停");
}

static struct problem *run_resume(struct ctl *ctl)
{
	return set_state(ctl, "active", "已恢复");
}

static struct problem *run_close(struct ctl *ctl)
{
	return set_state(ctl, "closed", "已关闭");
}

const struct ctl_verb CTL_PLATFORM[] = {
	{"platform check", "FILE [--config FOLDER] [--document]",
		"检查平台配置，报告全部错误（文件与行号）；不需要数据库",
		"check a platform's policy, every fault with file and line; needs no database", "--config= --document",
		1, 1, run_check, true},
	{"platform add", "FILE [--dry-run] [--demonstration]", "新增平台，立即生效", "put a new platform in force",
		"--dry-run "
		"--demonstration",
		1, 1, run_add},
	{"platform update", "FILE [--dry-run] [--force]", "更新平台配置，下级平台一并更新",
		"put a changed policy in force, also for "
		"the platforms below it",
		"--dry-run --force", 1, 1, run_update},
	{"platform list", "", "列出平台", "list the platforms", NULL, 0, 0, run_list},
	{"platform show", "SLUG [--source]", "显示现行配置", "show the policy in force", "--source", 1, 1, run_show},
	{"platform suspend", "SLUG", "暂停平台（隐藏并停办，不删除）", "hide and freeze a platform; destroys nothing",
		NULL, 1, 1, run_suspend},
	{"platform resume", "SLUG", "恢复平台", "resume it", NULL, 1, 1, run_resume},
	{"platform close", "SLUG", "永久关闭平台", "close it for good", NULL, 1, 1, run_close},
	{0},
};
