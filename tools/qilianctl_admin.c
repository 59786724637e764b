/* The first administrator's link, the verification of logs, and doctor. */
#include "tenants/rules/role_name.h"
#include "tools/qilianctl.h"

#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/config/settings.h"
#include "core/crypto/crypto.h"
#include "core/db/migrate.h"
#include "core/work/journal.h"
#include "federation/sync/pull.h"
#include "tenants/account/link.h"
#include "tenants/account/role.h"
#include "tenants/platform/change.h"
#include "tenants/platform/services.h"

/* What a link needs of the services; policies are not among it. */
struct ctl_installation {
	struct services services;
	struct crypto_keys *keys;
	struct policy_store *policies;
};

static struct problem *open_room(struct ctl *ctl, struct ctl_installation *opened)
{
	struct services *services = &opened->services;
	struct problem *problem = crypto_keys_parse(ctl->arena, ctl->settings->keys, &opened->keys);

	if (problem)
		return problem;
	opened->policies = policy_store_create(NULL);
	services->call = (struct call_services){.keys = opened->keys, .arg = services};
	services->settings = ctl->settings;
	services->scheme = ctl->settings->public.scheme == SETTINGS_HTTPS ? "https" : "http";
	services->link_port =
		(uint16_t)(ctl->settings->public.port ? ctl->settings->public.port : ctl->settings->http.port);
	return platform_registry_create(ctl->arena, ctl_db(ctl), NULL, opened->policies, &services->registry);
}

static void close_room(struct ctl_installation *opened)
{
	if (opened->services.registry)
		platform_registry_destroy(opened->services.registry);
	policy_store_destroy(opened->policies);
	crypto_keys_destroy(opened->keys);
}

static struct problem *find_platform(
	struct ctl *ctl, const struct platform_directory *directory, const struct platform **out)
{
	const char *slug = ctl_value(ctl, "--platform");

	*out = slug ? platform_by_slug(directory, slug) : NULL;
	if (*out)
		return NULL;
	return problem_detail(ctl->arena, &PROBLEM_NOT_FOUND,
		arena_printf(ctl->arena, "没有平台 %s，请用 --platform 指明。", slug ? slug : ""),
		arena_printf(ctl->arena, "There is no platform %s; name one with --platform.", slug ? slug : ""));
}

/* --- admin link --- */

struct link_order {
	struct call call;
	uint32_t role;
	const char *url;
};

static struct problem *make_link(struct db *db, void *arg)
{
	struct link_order *order = arg;

	return link_for_role(&order->call, order->role, &order->url);
}

static void show_link(struct ctl *ctl, const struct platform *platform, const char *role, const char *url)
{
	struct json_writer *w = ctl_json(ctl);

	ctl_out(ctl, "%s\n%s（%s），24 小时内有效，只能使用一次 / valid for 24 hours, once\n", url, platform->name_zh,
		role);
	if (!ctl->json)
		return;
	jw_object_begin(w);
	jw_kv_text(w, "platform", platform->slug);
	jw_kv_text(w, "role", role);
	jw_kv_text(w, "link", url);
	jw_kv_int(w, "valid_s", 24 * 3600);
	jw_object_end(w);
}

static struct problem *link_on(struct ctl *ctl, struct ctl_installation *opened, const char *role)
{
	struct link_order order = {.role = role_by_name(role)};
	const struct platform *platform;
	struct problem *problem =
		find_platform(ctl, platform_directory_use(opened->services.registry, ctl->arena), &platform);

	if (problem)
		return problem;
	if (!role_is_staff(order.role))
		return problem_detail(ctl->arena, &PROBLEM_INVALID,
			arena_printf(ctl->arena,
				"没有角色 %s；可用 "
				"system_admin、security_admin、audit_admin、platform_admin、reviewer。",
				role),
			arena_printf(ctl->arena,
				"There is no role %s; there are system_admin, security_admin, audit_admin, "
				"platform_admin, reviewer.",
				role));
	call_init_server(&order.call, &opened->services.call, ctl_db(ctl), platform->id, platform->network_id);
	order.call.platform = platform;
	order.call.actor.name = ctl_user(ctl);
	problem = db_transaction(ctl_db(ctl), make_link, &order);
	if (!problem)
		show_link(ctl, platform, role, order.url);
	return problem;
}

static struct problem *run_admin_link(struct ctl *ctl)
{
	struct ctl_installation opened = {0};
	const char *role = ctl_value(ctl, "--role");
	struct problem *problem = open_room(ctl, &opened);

	if (!problem)
		problem = link_on(ctl, &opened, role ? role : "system_admin");
	close_room(&opened);
	return problem;
}

/* --- log verify --- */

struct verdict {
	uint64_t checked, bad;
	const char *why;
};

static struct problem *verify_one(struct ctl *ctl, const struct platform *platform, struct verdict *out)
{
	uint64_t epoch, seq;
	struct problem *problem = journal_head(ctl_db(ctl), platform->id, &epoch, &seq);

	return problem ? problem
		       : journal_verify(ctl_db(ctl), platform->id, 0, seq, &out->checked, &out->bad, &out->why);
}

static void show_verdict(struct ctl *ctl, const struct platform *platform, const struct verdict *verdict)
{
	struct json_writer *w = ctl_json(ctl);

	if (verdict->bad) {
		ctl->exit_code = 1;
		ctl_out(ctl, "%s: 第 %llu 条不成立：%s / entry %llu does not hold: %s\n", platform->slug,
			(unsigned long long)verdict->bad, verdict->why, (unsigned long long)verdict->bad, verdict->why);
	} else {
		ctl_out(ctl, "%s: %llu 条全部成立 / %llu entries hold\n", platform->slug,
			(unsigned long long)verdict->checked, (unsigned long long)verdict->checked);
	}
	if (!ctl->json)
		return;
	jw_object_begin(w);
	jw_kv_text(w, "platform", platform->slug);
	jw_kv_bool(w, "holds", !verdict->bad);
	jw_kv_uint(w, "checked", verdict->checked);
	if (verdict->bad) {
		jw_kv_uint(w, "first_bad", verdict->bad);
		jw_kv_text(w, "why", verdict->why);
	}
	jw_object_end(w);
}

static struct problem *verify_all(struct ctl *ctl, const struct platform_directory *directory)
{
	const char *slug = ctl_value(ctl, "--platform");
	struct problem *problem = NULL;
	const struct platform *only = NULL;

	if (slug && (problem = find_platform(ctl, directory, &only)))
		return problem;
	if (ctl->json)
		jw_array_begin(ctl_json(ctl));
	for (size_t i = 0; !problem && i < platform_count(directory); i++) {
		struct verdict verdict = {0};
		if (only && platform_at(directory, i) != only)
			continue;
		problem = verify_one(ctl, platform_at(directory, i), &verdict);
		if (!problem)
			show_verdict(ctl, platform_at(directory, i), &verdict);
	}
	if (!problem && ctl->json)
		jw_array_end(ctl_json(ctl));
	return problem;
}

static struct problem *run_log_verify(struct ctl *ctl)
{
	struct ctl_installation opened = {0};
	struct problem *problem = open_room(ctl, &opened);

	if (!problem)
		problem = verify_all(ctl, platform_directory_use(opened.services.registry, ctl->arena));
	close_room(&opened);
	return problem;
}

/* --- doctor --- */

static void finding(struct ctl *ctl, enum ctl_grade grade, const char *what, const char *zh, const char *en)
{
	ctl_finding(ctl, grade, what, zh, en);
}

static bool look_at_database(struct ctl *ctl)
{
	struct problem *problem = migrate_check(ctl_db(ctl), schema_migrations, schema_migration_count);

	finding(ctl, problem ? BAD : FINE, "database", problem ? problem->zh : "可以连接，表结构是最新的",
		problem ? problem->en : "answers, its tables are up to date");
	return !problem;
}

static void look_at_keys(struct ctl *ctl)
{
	struct crypto_keys *keys = NULL;
	struct problem *problem = crypto_keys_parse(ctl->arena, ctl->settings->keys, &keys);

	finding(ctl, problem ? BAD : FINE, "keys", problem ? problem->zh : "密钥可用；请与数据库分开备份",
		problem ? problem->en : "can be used; back them up apart from the database");
	crypto_keys_destroy(keys);
}

static void look_at_files(struct ctl *ctl)
{
	bool folder = access(ctl->settings->files_folder, W_OK) == 0,
	     helper = access(ctl->settings->picture_helper, X_OK) == 0;

	struct statvfs space;
	bool known = folder && statvfs(ctl->settings->files_folder, &space) == 0;
	unsigned long long free_mb = known ? (unsigned long long)space.f_bavail * space.f_frsize >> 20 : 0;
	bool full = known && free_mb < 64, scarce = known && space.f_bavail < space.f_blocks / 20;

	finding(ctl, folder ? FINE : MIND, "files",
		folder ? "上传文件夹可写" : "上传文件夹不存在或不可写（首次启动时会建立）",
		folder ? "the folder can be written"
		       : "the folder is missing or cannot be written (the first start makes it)");
	if (known)
		finding(ctl, full ? BAD : scarce ? MIND : FINE, "room",
			arena_printf(ctl->arena, "上传文件夹还剩 %llu MB%s", free_mb, full ? "，即将无法上传" : ""),
			arena_printf(ctl->arena, "%llu MB are left for uploaded files%s", free_mb,
				full ? ": uploads will soon be refused" : ""));
	finding(ctl, helper ? FINE : BAD, "pictures", helper ? "图片处理程序可用" : "找不到图片处理程序 qilian-picture",
	        helper ? "the program that decodes them is there" : "the program qilian-picture is missing");
	bool sheets = access(ctl->settings->sheet_helper, X_OK) == 0;
	finding(ctl, sheets ? FINE : BAD, "spreadsheets",
		sheets ? "电子表格读取程序可用" : "找不到电子表格读取程序 qilian-sheet",
		sheets ? "the program that reads them is there" : "the program qilian-sheet is missing");
}

static void look_at_delivery(struct ctl *ctl)
{
	bool production = ctl->settings->mode == SETTINGS_PRODUCTION, sms = *ctl->settings->sms.url,
	     mail = *ctl->settings->smtp.host;

	if (!production)
		finding(ctl, MIND, "mode", "演示模式：未配置的渠道只进入发件箱",
			"demonstration: channels that are not set up end in the outbox");
	finding(ctl, sms || !production ? FINE : MIND, "sms", sms ? "已配置" : "未配置，不发短信",
		sms ? "set up" : "not set up: none is sent");
	finding(ctl, mail || !production ? FINE : MIND, "e-mail", mail ? "已配置" : "未配置，不发邮件",
		mail ? "set up" : "not set up: none is sent");
}

/* Threads of one qiliand that have a connection each, besides workers and jobs: readers of logs and what reads ahead
 * for them, polls, the watch. */
enum { OTHER_CONNECTIONS = 13 };

static long connections_of_a_server(const struct settings *settings)
{
	long workers = settings->http.workers ? (long)settings->http.workers : 4 * sysconf(_SC_NPROCESSORS_ONLN);

	return workers + (long)settings->database.jobs + OTHER_CONNECTIONS;
}

static const char *value_of(const struct db_result *rows, const char *name)
{
	for (size_t i = 0; i < rows->rows; i++)
		if (strcmp(db_need_text(rows, i, 0), name) == 0)
			return db_need_text(rows, i, 1);
	return "?";
}

/* What docs/operations.md asks of it. */
static struct problem *look_at_server(struct ctl *ctl)
{
	struct db_result *rows;
	struct problem *problem = db_select(ctl_db(ctl), db_server(),
		"SHOW GLOBAL VARIABLES WHERE Variable_name IN ('innodb_flush_log_at_trx_commit', "
		"'innodb_snapshot_isolation', 'max_connections', 'collation_server', "
		"'character_set_server')",
		DB_NO_ARGS, &rows);

	if (problem)
		return problem;
	const char *flush = value_of(rows, "innodb_flush_log_at_trx_commit"),
		   *isolation = value_of(rows, "innodb_snapshot_isolation");
	const char *collation = value_of(rows, "collation_server"), *charset = value_of(rows, "character_set_server");
	long most = strtol(value_of(rows, "max_connections"), NULL, 10), need = connections_of_a_server(ctl->settings);
	bool safe = strcmp(flush, "1") == 0, isolated = strcmp(isolation, "ON") == 0, opened = most > need;
	bool words = strcmp(charset, "utf8mb4") == 0 && strcmp(collation, DB_COLLATION) == 0;

	finding(ctl, safe ? FINE : BAD, "durability",
		arena_printf(ctl->arena, "innodb_flush_log_at_trx_commit = %s%s", flush,
			safe ? "" : "，断电会丢失已确认的写入，应为 1"),
		arena_printf(ctl->arena, "innodb_flush_log_at_trx_commit = %s%s", flush,
			safe ? "" : ": a crash loses acknowledged writes; set it to 1"));
	finding(ctl, isolated ? FINE : MIND, "isolation",
		arena_printf(ctl->arena, "innodb_snapshot_isolation = %s%s", isolation, isolated ? "" : "，应为 ON"),
		arena_printf(
			ctl->arena, "innodb_snapshot_isolation = %s%s", isolation, isolated ? "" : ": set it to ON"));
	finding(ctl, words ? FINE : MIND, "characters",
		arena_printf(
			ctl->arena, "%s / %s%s", charset, collation, words ? "" : "，应为 utf8mb4 / " DB_COLLATION),
		arena_printf(
			ctl->arena, "%s / %s%s", charset, collation, words ? "" : ": set utf8mb4 / " DB_COLLATION));
	finding(ctl, opened ? FINE : BAD, "connections",
		arena_printf(ctl->arena, "max_connections = %ld，每个 qiliand 至多用 %ld 个%s", most, need,
			opened ? "" : "，不够"),
		arena_printf(ctl->arena, "max_connections = %ld, each qiliand uses up to %ld%s", most, need,
			opened ? "" : ": too few"));
	return NULL;
}

/* A count that should be none. */
static struct problem *count(
	struct ctl *ctl, const struct db_result *rows, const char *what, const char *zh, const char *en)
{
	long long n = rows->rows ? (long long)db_get_int(rows, 0, 0) : 0;

	finding(ctl, n ? MIND : FINE, what, arena_printf(ctl->arena, "%lld %s", n, zh),
		arena_printf(ctl->arena, "%lld %s", n, en));
	return NULL;
}

/* Nothing is read there, for ever, until somebody decides. */
static struct problem *look_at_resets(struct ctl *ctl)
{
	struct db_result *rows;
	struct problem *problem = db_select(ctl_db(ctl), db_all_platforms("doctor looks at all"),
	                                    "SELECT COUNT(*) FROM log_cursor WHERE reset_at IS NOT NULL", DB_NO_ARGS,
	                                    &rows);
	if (problem)
		return problem;
	long long n = db_get_int(rows, 0, 0);
	finding(ctl, n ? BAD : FINE, "readers",
		n ? arena_printf(ctl->arena,
			    "%lld 对平台因来源被恢复而停止读取，见 federation status，用 federation follow 处理", n)
		  : "没有因来源被恢复而停止读取的平台",
		n ? arena_printf(ctl->arena,
			    "%lld pairs read nothing since their source was restored: see federation status, decide "
			    "with federation follow",
			    n)
		  : "none has stopped because its source was restored");
	return NULL;
}

/* A pair of reader and log that may park no more stands still. */
static struct problem *look_at_parked(struct ctl *ctl, struct db *db)
{
	struct db_result *rows;
	struct problem *problem = db_select(db, db_all_platforms("doctor looks at all"),
		"SELECT r.slug, s.slug, COUNT(*) AS n FROM log_parked p JOIN tenant r ON r.id = p.platform_id JOIN "
		"tenant s ON s.id = p.source "
		"GROUP BY p.platform_id, p.source HAVING n >= ? ORDER BY n DESC", DB_ARGS(db_uint(PULL_PARKED)), &rows);

	for (size_t i = 0; !problem && i < rows->rows; i++)
		finding(ctl, BAD, "parked",
			arena_printf(ctl->arena, "%s 搁置了 %s 的 %lld 条记录，已到上限，不再读取其日志",
				db_get_text(rows, i, 0), db_get_text(rows, i, 1), (long long)db_get_int(rows, i, 2)),
			arena_printf(ctl->arena,
				"%s has parked %lld entries of %s, as many as may be: its log is read no further",
				db_get_text(rows, i, 0), (long long)db_get_int(rows, i, 2), db_get_text(rows, i, 1)));
	return problem;
}

static struct problem *look_at_work(struct ctl *ctl)
{
	struct db *db = ctl_db(ctl);
	struct db_result *rows;
	struct problem *problem =
		db_select(db, db_server(), "SELECT COUNT(*) FROM job WHERE parked = 1", DB_NO_ARGS, &rows);

	if (!problem)
		problem = count(ctl, rows, "jobs", "个后台任务已搁置", "background jobs are parked");
	if (!problem)
		problem = db_select(db, db_all_platforms("doctor looks at all"), "SELECT COUNT(*) FROM log_parked",
			DB_NO_ARGS, &rows);
	if (!problem)
		problem = count(ctl, rows, "federation", "条跨平台记录无法应用",
			"entries of other platforms could not be applied");
	if (!problem)
		problem = look_at_resets(ctl);
	if (!problem)
		problem = look_at_parked(ctl, db);
	if (!problem)
		problem = db_select(db, db_all_platforms("doctor looks at all"),
			"SELECT COUNT(*) FROM notice WHERE state = 'failed'", DB_NO_ARGS, &rows);
	if (!problem)
		problem = count(ctl, rows, "notices", "条通知发送失败", "notices could not be delivered");
	return problem;
}

static struct problem *look_at_platforms(struct ctl *ctl)
{
	struct db *db = ctl_db(ctl);
	struct db_result *rows;
	struct problem *problem = db_select(db, db_server(),
		"SELECT COUNT(*), COALESCE(SUM(demonstration), 0), COALESCE(SUM(policy_hash IS NULL), 0) FROM tenant",
		DB_NO_ARGS, &rows);

	if (problem)
		return problem;
	long long all = db_get_int(rows, 0, 0), shown = db_get_int(rows, 0, 1), bare = db_get_int(rows, 0, 2);
	finding(ctl, all && !bare ? FINE : BAD, "platforms",
		arena_printf(ctl->arena, "%lld 个平台，其中 %lld 个没有政策", all, bare),
		arena_printf(ctl->arena, "%lld platforms, %lld of them without a policy", all, bare));
	if (shown && ctl->settings->mode == SETTINGS_PRODUCTION)
		finding(ctl, BAD, "demonstration", "数据库中是演示数据，正式运行会被拒绝",
			"the database holds the demonstration's data: production refuses it");
	return NULL;
}

static struct problem *run_doctor(struct ctl *ctl)
{
	struct problem *problem = NULL;

	if (ctl->json)
		jw_array_begin(ctl_json(ctl));
	look_at_keys(ctl);
	health_look_at_permissions(ctl);
	look_at_files(ctl);
	look_at_delivery(ctl);
	if (look_at_database(ctl)) {
		health_look_at_clock(ctl);
		problem = look_at_server(ctl);
		if (!problem)
			problem = look_at_platforms(ctl);
		if (!problem)
			problem = health_look_at_jobs(ctl);
		if (!problem)
			problem = look_at_work(ctl);
	}
	if (!problem && ctl->json)
		jw_array_end(ctl_json(ctl));
	return problem;
}

const struct ctl_verb CTL_ADMIN[] = {
	{"admin link", "--platform SLUG [--role ROLE]", "为第一位管理员生成一次性链接（24 小时有效）",
		"a one-time link for the first administrator (24 hours)", "--platform= --role=", 0, 0, run_admin_link},
	{"log verify", "[--platform SLUG]", "校验日志：无缺号、无改动", "verify the logs: no gap, nothing changed",
		"--platform=", 0, 0, run_log_verify},
	{"doctor", "", "检查这一安装：密钥、数据库、文件、渠道、搁置的工作",
		"look over the installation: keys, database, files, channels, work "
		"that is stuck",
		NULL, 0, 0, run_doctor},
	{0},
};
