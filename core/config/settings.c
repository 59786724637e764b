#include "core/config/settings.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/config/yaml.h"
#include "core/text/email.h"
#include "core/text/json.h"

enum type {
	TEXT,     /* const char * */
	INTEGER,  /* int64_t */
	FLAG,     /* bool */
	CHOICE,   /* int: place among names */
	DURATION, /* int64_t, milliseconds */
	SIZE,     /* int64_t, bytes */
	HOSTS,    /* struct settings_list */
	NETWORKS, /* struct settings_list */
	TREE,     /* struct json_object * */
	SECRET,   /* const char *; the key names a file that holds it */
};

struct row {
	const char *key;
	enum type type;
	size_t offset;
	const char *preset; /* as in the file */
	int64_t min, max;
	const char *const *names;
	const char *variable; /* of a SECRET */
	const char *zh;
	const char *en;
};

static const char *const MODES[] = {"production", "demonstration", NULL};
static const char *const LEVELS[] = {"debug", "info", "warn", "error", NULL};
static const char *const SCHEMES[] = {"https", "http", NULL};
static const char *const SMTP_TLS[] = {"starttls", "tls", "none", NULL};

#define AT(member) offsetof(struct settings, member)
#define K(n) ((int64_t)(n) << 10)
#define M(n) ((int64_t)(n) << 20)
#define G(n) ((int64_t)(n) << 30)
enum { SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE };

static const struct row ROWS[] = {
	{"mode", CHOICE, AT(mode), "production", .names = MODES,
		.zh = "运行方式：production 拒绝演示数据和测试验证码；demonstration 的通知只进入发件箱",
		.en = "production refuses demonstration data and test codes; in demonstration notices only go to the "
			"outbox"},
	{"log_level", CHOICE, AT(log_level), "info", .names = LEVELS,
		.zh = "日志级别",
		.en = "least level of the diagnostics"},
	{"config_folder", TEXT, AT(config_folder), "config",
		.zh = "配置目录（平台、流程、表单）",
		.en = "folder of platforms, lifecycles and forms"},
	{"schema_folder", TEXT, AT(schema_folder), "schema",
		.zh = "数据库迁移脚本目录",
		.en = "folder of the migrations"},
	{"web_folder", TEXT, AT(web_folder), "web/dist",
		.zh = "网页文件目录；留空则不提供网页",
		.en = "folder of the built pages; empty for none"},
	{"keys_file", SECRET, AT(keys), "", .variable = "QILIAN_KEYS",
		.zh = "密钥文件（qilianctl keys 生成）",
		.en = "file of the keys (qilianctl keys makes one)"},

	{"http.bind", TEXT, AT(http.bind), "127.0.0.1",
		.zh = "监听地址；* 表示所有地址",
		.en = "address to listen on; * for all"},
	{"http.port", INTEGER, AT(http.port), "8080", 0, 65535,
		.zh = "监听端口；0 为任意空闲端口",
		.en = "port to listen on; 0 for a free one"},
	{"http.loops", INTEGER, AT(http.loops), "0", 0, 64,
		.zh = "事件循环线程数；0 为处理器数的一半",
		.en = "loop threads; 0 for half as many as processors"},
	{"http.workers", INTEGER, AT(http.workers), "0", 0, 256,
		.zh = "工作线程数，各有一个数据库连接；0 为处理器数的四倍",
		.en = "worker threads, each with a database connection; 0 for four times the processors"},
	{"http.queue", INTEGER, AT(http.queue), "1024", 1, 65536,
		.zh = "等待工作线程的请求数上限，超出答复 503",
		.en = "requests that may wait for a worker; more are answered 503"},
	{"http.trusted_proxies", NETWORKS, AT(http.trusted_proxies), "[]",
		.zh = "可信的反向代理地址，只有它们的 X-Forwarded-For 有效",
		.en = "addresses of reverse proxies whose X-Forwarded-For counts"},
	{"http.forwarded_host", FLAG, AT(http.forwarded_host), "false",
		.zh = "是否采信可信代理的 X-Forwarded-Host；仅当代理不能原样转交 Host，且总会自行设置该请求头时开启",
		.en = "whether to believe a trusted proxy's X-Forwarded-Host; only for one that cannot pass Host on "
			"and always sets this header itself"},
	{"http.access_log", FLAG, AT(http.access_log), "true",
		.zh = "每个请求写一行日志",
		.en = "one line of diagnostics per request"},

	{"admin.enabled", FLAG, AT(admin.enabled), "true",
		.zh = "是否提供健康检查与指标端口",
		.en = "whether to serve health and metrics on a port of their own"},
	{"admin.bind", TEXT, AT(admin.bind), "127.0.0.1",
		.zh = "管理端口的监听地址",
		.en = "address of the admin port"},
	{"admin.port", INTEGER, AT(admin.port), "8081", 0, 65535,
		.zh = "管理端口；0 为任意空闲端口",
		.en = "the admin port; 0 for a free one"},

	{"public.scheme", CHOICE, AT(public.scheme), "https", .names = SCHEMES,
		.zh = "用户看到的协议；http 仅供演示，Cookie 不带 Secure",
		.en = "as users see it; http is for demonstrations, its cookies lack Secure"},
	{"public.port", INTEGER, AT(public.port), "443", 0, 65535,
		.zh = "链接中显示的端口；0 同 http.port",
		.en = "port shown in links; 0 for http.port"},

	{"database.hosts", HOSTS, AT(database.hosts), "[\"127.0.0.1:3306\"]",
		.zh = "数据库地址：主机:端口，或套接字路径；可列多个（Galera），依次尝试",
		.en = "host:port, or the path of a socket; several for a Galera cluster, tried in turn"},
	{"database.user", TEXT, AT(database.user), "qilian",
		.zh = "数据库用户",
		.en = "user"},
	{"database.password_file", SECRET, AT(database.password), "", .variable = "QILIAN_DB_PASSWORD",
		.zh = "数据库密码文件",
		.en = "file of the password"},
	{"database.name", TEXT, AT(database.name), "qilian",
		.zh = "数据库名",
		.en = "name of the database"},
	{"database.tls", FLAG, AT(database.tls), "false",
		.zh = "是否使用 TLS，并验证证书",
		.en = "TLS with a verified certificate"},
	{"database.tls_ca", TEXT, AT(database.tls_ca), "",
		.zh = "CA 证书文件；留空用系统的",
		.en = "CA file; empty for the system's"},
	{"database.connect_deadline", DURATION, AT(database.connect_deadline), "3s", 100, 60 * SECOND,
		.zh = "连接期限",
		.en = "deadline of a connect"},
	{"database.query_deadline", DURATION, AT(database.query_deadline), "10s", 100, 10 * MINUTE,
		.zh = "单条语句期限",
		.en = "deadline of one statement"},
	{"database.jobs", INTEGER, AT(database.jobs), "2", 1, 64,
		.zh = "后台任务线程数",
		.en = "threads for background jobs"},

	{"files.folder", TEXT, AT(files_folder), "var/files",
		.zh = "文件目录；多台服务器须挂载同一目录",
		.en = "folder of the files; several servers mount the same"},
	{"files.picture_helper", TEXT, AT(picture_helper), "",
		.zh = "图片处理程序；留空则取 qiliand 所在目录的 qilian-picture",
		.en = "program that decodes pictures; empty for qilian-picture beside qiliand"},
	{"files.sheet_helper", TEXT, AT(sheet_helper), "",
		.zh = "电子表格读取程序；留空则取 qiliand 所在目录的 qilian-sheet",
		.en = "program that reads spreadsheets; empty for qilian-sheet beside qiliand"},

	{"limits.connections", INTEGER, AT(limits.connections), "10000", 10, 1000000,
		.zh = "连接数上限",
		.en = "connections"},
	{"limits.connections_per_address", INTEGER, AT(limits.connections_per_address), "1024", 0, 1000000,
		.zh = "每个地址的连接数上限；0 不限（一个机关常共用一个地址）",
		.en = "connections per address; 0 for no limit (a city hall shares one)"},
	{"limits.streams_per_session", INTEGER, AT(limits.streams_per_session), "8", 1, 100,
		.zh = "每个会话的事件流数",
		.en = "event streams per session"},
	{"limits.uploads", INTEGER, AT(limits.uploads), "32", 1, 10000,
		.zh = "同时上传数",
		.en = "uploads at once"},
	{"limits.body_bytes", SIZE, AT(limits.body_bytes), "1M", K(1), M(64),
		.zh = "JSON 请求体上限",
		.en = "size of a JSON body"},
	{"limits.upload_bytes", SIZE, AT(limits.upload_bytes), "20M", K(1), G(4),
		.zh = "上传文件上限",
		.en = "size of an upload"},
	{"limits.cache_bytes", SIZE, AT(limits.cache_bytes), "32M", 0, G(4),
		.zh = "每个事件循环的公开页面缓存；0 不缓存",
		.en = "cache of public answers per loop thread; 0 for none"},
	{"limits.head_deadline", DURATION, AT(limits.head_deadline), "10s", 100, HOUR,
		.zh = "收完请求头的期限",
		.en = "from the first byte of a request to the end of its head"},
	{"limits.body_deadline", DURATION, AT(limits.body_deadline), "30s", 100, HOUR,
		.zh = "收完请求体的期限",
		.en = "from there to the end of the body"},
	{"limits.upload_deadline", DURATION, AT(limits.upload_deadline), "10m", 100, 24 * HOUR,
		.zh = "收完上传文件的期限",
		.en = "the same for an upload"},
	{"limits.request_deadline", DURATION, AT(limits.request_deadline), "15s", 100, HOUR,
		.zh = "处理请求的期限（含排队）",
		.en = "to work on a request, the wait for a worker included"},
	{"limits.idle_deadline", DURATION, AT(limits.idle_deadline), "75s", 100, HOUR,
		.zh = "空闲连接保留时间",
		.en = "between two requests of a connection"},
	{"limits.write_deadline", DURATION, AT(limits.write_deadline), "30s", 100, HOUR,
		.zh = "发送答复的期限（每 8 KiB 另加一秒）",
		.en = "to send the answer (and a second more for every 8 KiB)"},
	{"limits.heartbeat", DURATION, AT(limits.heartbeat), "20s", SECOND, HOUR,
		.zh = "事件流的心跳间隔",
		.en = "between heartbeats of an event stream"},
	{"limits.drain_time", DURATION, AT(limits.drain_time), "5s", 0, HOUR,
		.zh = "收到停止信号后继续服务的时间（/readyz 已答 503，等负载均衡转走）",
		.en = "that a server which is to stop goes on serving, /readyz saying 503, until balancers have turned "
			"away"},
	{"limits.stop_deadline", DURATION, AT(limits.stop_deadline), "20s", 0, HOUR,
		.zh = "停止时等待未完成请求的时间",
		.en = "for what is under way when the server stops"},
	{"limits.password_hashes", INTEGER, AT(limits.password_hashes), "4", 1, 256,
		.zh = "同时计算的密码散列数（每个占 19 MiB 内存）",
		.en = "password hashes computed at once (19 MiB each)"},
	{"limits.pictures", INTEGER, AT(limits.pictures), "2", 1, 64,
		.zh = "同时处理的图片数",
		.en = "pictures decoded at once"},
	{"limits.policy_checks", INTEGER, AT(limits.policy_checks), "2", 1, 64,
		.zh = "同时检查的配置数",
		.en = "settings of platforms checked at once"},
	{"limits.exports", INTEGER, AT(limits.exports), "2", 1, 64,
		.zh = "同时生成的导出文件数（含批量导入）",
		.en = "exports and imports of lists at once"},
	{"limits.waits", INTEGER, AT(limits.waits), "16", 1, 1000,
		.zh = "同时等待其他平台答复的请求数（如使用邀约码）",
		.en = "requests that wait for another platform's answer at once (redeeming a code)"},
	{"limits.outbound", INTEGER, AT(limits.outbound), "4", 1, 256,
		.zh = "同时访问外部服务的请求数（外部身份登录）",
		.en = "requests that ask other people's servers at once (external identities)"},
	{"limits.lane_queue", INTEGER, AT(limits.lane_queue), "64", 4, 65536,
		.zh = "以上每类可排队的请求数，超出（一个平台至多占一半，一个账号至多四分之一）答复 503",
		.en = "requests that may wait for each of these; beyond (half of it for one platform, a quarter for "
			"one account) 503"},
	{"limits.picture_pixels", INTEGER, AT(limits.picture_pixels), "50000000", 10000, 400000000,
		.zh = "图片像素数上限（宽 × 高）",
		.en = "pixels of a picture (width × height)"},
	{"limits.picture_deadline", DURATION, AT(limits.picture_deadline), "20s", SECOND, 10 * MINUTE,
		.zh = "处理一张图片的期限",
		.en = "to make the sizes of a picture"},
	{"limits.export_rows", INTEGER, AT(limits.export_rows), "100000", 1, 10000000,
		.zh = "一个导出文件的行数上限；还有更多时末行写明",
		.en = "rows of one exported file; its last line says so when there are more"},

	{"smtp.host", TEXT, AT(smtp.host), "",
		.zh = "邮件服务器；留空则不发邮件",
		.en = "mail server; empty for no e-mail"},
	{"smtp.port", INTEGER, AT(smtp.port), "587", 1, 65535,
		.zh = "端口",
		.en = "its port"},
	{"smtp.tls", CHOICE, AT(smtp.tls), "starttls", .names = SMTP_TLS,
		.zh = "加密方式：starttls、tls（465 端口）或 none",
		.en = "starttls, tls (port 465) or none"},
	{"smtp.tls_ca", TEXT, AT(smtp.tls_ca), "",
		.zh = "CA 证书文件；留空用系统的",
		.en = "CA file; empty for the system's"},
	{"smtp.user", TEXT, AT(smtp.user), "",
		.zh = "登录名；留空则不登录",
		.en = "user; empty for no sign-in"},
	{"smtp.password_file", SECRET, AT(smtp.password), "", .variable = "QILIAN_SMTP_PASSWORD",
		.zh = "密码文件",
		.en = "file of the password"},
	{"smtp.from", TEXT, AT(smtp.from), "",
		.zh = "发件地址",
		.en = "address of the sender"},
	{"smtp.deadline", DURATION, AT(smtp.deadline), "30s", SECOND, 10 * MINUTE,
		.zh = "发送一封邮件的期限",
		.en = "to hand over one e-mail"},

	{"sms.url", TEXT, AT(sms.url), "",
		.zh = "短信服务商接口地址；留空则不发短信",
		.en = "address of the vendor's interface; empty for no SMS"},
	{"sms.method", TEXT, AT(sms.method), "POST",
		.zh = "请求方法",
		.en = "method of the request"},
	{"sms.headers", TREE, AT(sms.headers), "{}",
		.zh = "请求头；值中可用占位符",
		.en = "headers; placeholders in the values"},
	{"sms.body", TREE, AT(sms.body), "{}",
		.zh = "请求体模板，可用占位符 {id} {mobile} {signature} {template} {param.名称} {params} {text} "
			"{secret} {time}",
		.en = "template of the body with {id} {mobile} {signature} {template} {param.NAME} {params} {text} "
			"{secret} {time}"},
	{"sms.encoding", TEXT, AT(sms.encoding), "json",
		.zh = "请求体编码：json 或 form",
		.en = "of the body: json or form"},
	{"sms.success_pointer", TEXT, AT(sms.success_pointer), "",
		.zh = "答复中表示成功的位置（JSON 指针）；留空则以 2xx 为成功",
		.en = "JSON pointer to what tells success in the answer; empty: status 2xx is enough"},
	{"sms.success_value", TEXT, AT(sms.success_value), "",
		.zh = "该位置表示成功的值",
		.en = "what stands there on success"},
	{"sms.secret_file", SECRET, AT(sms.secret), "", .variable = "QILIAN_SMS_SECRET",
		.zh = "接口密钥文件，即 {secret}",
		.en = "file of the vendor's secret, {secret}"},
	{"sms.per_address", INTEGER, AT(sms.per_address), "200", 1, 10000000,
		.zh = "一个地址每小时可索取的验证码数（一个政务大厅可能共用一个地址）",
		.en = "codes that one address may ask for in an hour (a city hall may share one)"},
	{"sms.per_platform", INTEGER, AT(sms.per_platform), "2000", 1, 10000000,
		.zh = "一个平台每小时发送的验证码数",
		.en = "codes of one platform in an hour"},
	{"sms.in_all", INTEGER, AT(sms.in_all), "10000", 1, 100000000,
		.zh = "所有平台每小时发送的验证码总数",
		.en = "codes of all platforms in an hour"},
	{"sms.proof_after", INTEGER, AT(sms.proof_after), "0", 0, 10000000,
		.zh = "访客索取验证码前须完成计算验证；一个地址每天前若干次免于验证（0 为每次都要）",
		.en = "visitors' codes of one address and day that need no proof of work; 0: each does"},
	{"sms.deadline", DURATION, AT(sms.deadline), "10s", SECOND, 10 * MINUTE,
		.zh = "一次请求的期限",
		.en = "of one request"},
	{"identity_providers", TREE, AT(identity_providers), "{}",
		.zh = "外部身份提供方：名称 → OAuth 2.0 设置",
		.en = "identity services: name → settings of OAuth 2.0"},
};
enum { ROW_COUNT = sizeof(ROWS) / sizeof(ROWS[0]) };

struct filler {
	struct arena *arena;
	struct yaml_faults *faults;
	struct settings *settings;
	const struct row *row;
};

/* --- one value --- */

static void fault(struct filler *f, const struct yaml_node *node, const char *zh, const char *en)
{
	yaml_fault(f->faults, node, arena_printf(f->arena, "“%s”应为%s。", f->row->key, zh),
		arena_printf(f->arena, "\"%s\" must be %s.", f->row->key, en));
}

static void fault_range(struct filler *f, const struct yaml_node *node, const char *zh, const char *en)
{
	long long min = f->row->min, max = f->row->max;
	fault(f, node, arena_printf(f->arena, "%s（%lld 至 %lld）", zh, min, max), arena_printf(f->arena,
		"%s (%lld to %lld)", en, min, max));
}

static void set_number(struct filler *f, const struct yaml_node *node, void *at)
{
	int64_t value;
	const char *text = yaml_text(node);
	bool ok = f->row->type == INTEGER ? yaml_node_int(node, &value)
		: f->row->type == DURATION ? yaml_duration(text, &value) : yaml_size(text, &value);
	if (ok && value >= f->row->min && value <= f->row->max)
		*(int64_t *)at = value;
	else if (f->row->type == INTEGER)
		fault_range(f, node, "整数", "an integer");
	else if (f->row->type == DURATION)
		fault_range(f, node, "时长，如 500ms、10s、5m、2h；单位毫秒",
			"a duration such as 500ms, 10s, 5m, 2h; in milliseconds");
	else
		fault_range(f, node, "大小，如 512、64K、20M、1G；单位字节",
			"a size such as 512, 64K, 20M, 1G; in bytes");
}

static void set_choice(struct filler *f, const struct yaml_node *node, int *at)
{
	const char *text = yaml_text(node);
	struct buf *list = buf_in(f->arena);
	for (int i = 0; f->row->names[i]; i++) {
		if (text && strcmp(f->row->names[i], text) == 0) {
			*at = i;
			return;
		}
		buf_printf(list, "%s%s", i > 0 ? ", " : "", f->row->names[i]);
	}
	fault(f, node, arena_printf(f->arena, "以下之一：%s", list->data),
		arena_printf(f->arena, "one of: %s", list->data));
}

static bool is_port(const char *text)
{
	size_t digits = strspn(text, "0123456789");
	return digits > 0 && digits <= 5 && !text[digits] && atoi(text) > 0 && atoi(text) <= 65535;
}

static bool is_host(const char *text)
{
	if (text[0] == '/' || strncmp(text, "./", 2) == 0)
		return true;
	const char *colon = strrchr(text, ':');
	return colon && colon > text && is_port(colon + 1);
}

static bool is_network(const char *text)
{
	char address[64] = "";
	unsigned char bytes[16];
	const char *slash = strchr(text, '/');
	size_t n = slash ? (size_t)(slash - text) : strlen(text);
	if (n >= sizeof(address))
		return false;
	memcpy(address, text, n);
	int bits = inet_pton(AF_INET, address, bytes) == 1 ? 32 : inet_pton(AF_INET6, address, bytes) == 1 ? 128 : -1;
	if (bits < 0 || !slash)
		return bits > 0;
	size_t digits = strspn(slash + 1, "0123456789");
	return digits > 0 && digits <= 3 && !slash[1 + digits] && atoi(slash + 1) <= bits;
}

static void set_list(struct filler *f, const struct yaml_node *node, struct settings_list *at)
{
	bool hosts = f->row->type == HOSTS;
	if (!yaml_is_sequence(node)) {
		fault(f, node, "列表", "a list");
		return;
	}
	const char **items = ARENA_ARRAY(f->arena, const char *, node->count + 1);
	for (size_t i = 0; i < node->count; i++) {
		items[i] = yaml_text(node->items[i]);
		if (!items[i] || !(hosts ? is_host(items[i]) : is_network(items[i])))
			fault(f, node->items[i], hosts ? "“主机:端口”或套接字路径的列表" : "IP 地址或网段的列表",
				hosts ? "a list of host:port or paths of sockets" : "a list of addresses or networks");
	}
	*at = (struct settings_list){node->count, items};
}

static void set_text(struct filler *f, const struct yaml_node *node, const char **at)
{
	if (node->kind == YAML_KIND_SCALAR)
		*at = yaml_is_null(node) ? "" : node->text;
	else
		fault(f, node, "文本", "a text");
}

static void set_flag(struct filler *f, const struct yaml_node *node, bool *at)
{
	if (!yaml_node_bool(node, at))
		fault(f, node, " true 或 false", "true or false");
}

static void set_tree(struct filler *f, const struct yaml_node *node, struct json_object **at)
{
	if (!yaml_is_mapping(node))
		fault(f, node, "键值对", "a mapping");
	else
		*at = node->count > 0 ? yaml_to_json(f->arena, node) : NULL;
}

static void note_secret_file(struct settings *settings, const char *path)
{
	enum { MOST = sizeof settings->secret_files / sizeof *settings->secret_files - 1 };
	size_t i = 0;
	while (i < MOST && settings->secret_files[i])
		i++;
	if (i < MOST)
		settings->secret_files[i] = path;
}

static const char *read_secret(struct filler *f, const struct yaml_node *node, const char *path)
{
	char bytes[8192];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, bytes, sizeof(bytes));
	int reason = errno;
	if (fd >= 0)
		close(fd);
	if (n < 0 || n == sizeof(bytes) || memchr(bytes, '\0', (size_t)n)) {
		const char *why = n < 0 ? strerror(reason) : "not a text of less than 8 KB";
		fault(f, node, arena_printf(f->arena, "可读的文件（%s：%s）", path, why),
			arena_printf(f->arena, "a file that can be read (%s: %s)", path, why));
		return "";
	}
	note_secret_file(f->settings, path);
	if (n > 0 && bytes[n - 1] == '\n')
		n--;
	if (n > 0 && bytes[n - 1] == '\r')
		n--;
	return arena_memdup(f->arena, bytes, (size_t)n);
}

/* The key names a file; the environment comes later and wins. */
static void set_secret(struct filler *f, const struct yaml_node *node, const char **at)
{
	const char *path = "";
	set_text(f, node, &path);
	if (*path)
		*at = read_secret(f, node, path);
}

static void set_value(struct filler *f, const struct yaml_node *node)
{
	void *at = (char *)f->settings + f->row->offset;
	switch (f->row->type) {
	case TEXT:
		set_text(f, node, at);
		break;
	case INTEGER:
	case DURATION:
	case SIZE:
		set_number(f, node, at);
		break;
	case FLAG:
		set_flag(f, node, at);
		break;
	case CHOICE:
		set_choice(f, node, at);
		break;
	case HOSTS:
	case NETWORKS:
		set_list(f, node, at);
		break;
	case TREE:
		set_tree(f, node, at);
		break;
	case SECRET:
		set_secret(f, node, at);
		break;
	}
}

/* --- the whole --- */

static const struct row *find(const char *key)
{
	for (size_t i = 0; i < ROW_COUNT; i++)
		if (strcmp(ROWS[i].key, key) == 0)
			return &ROWS[i];
	return NULL;
}

/* A value written in one line, as defaults and overrides have it. */
static void set_line(struct filler *f, const char *source, const char *text)
{
	/* A text keeps its look: it is not read as YAML, which would refuse "*" and cut at "#". */
	struct yaml_node plain = {.kind = YAML_KIND_SCALAR, .file = source, .text = text, .quoted = true};
	const struct yaml_node *node = &plain;
	if (f->row->type != TEXT && f->row->type != SECRET)
		node = yaml_parse(f->arena, f->faults, source, text, strlen(text));
	if (node)
		set_value(f, node);
}

static void set_defaults(struct filler *f)
{
	for (size_t i = 0; i < ROW_COUNT; i++) {
		f->row = &ROWS[i];
		set_line(f, f->row->key, f->row->preset);
		if (f->row->type == SECRET)
			*(const char **)((char *)f->settings + f->row->offset) = "";
	}
}

static bool is_section(const char *name)
{
	size_t n = strlen(name);
	for (size_t i = 0; i < ROW_COUNT; i++)
		if (strncmp(ROWS[i].key, name, n) == 0 && ROWS[i].key[n] == '.')
			return true;
	return false;
}

/* The names that may stand in a section, or at the top ("" with the sections' own names). */
static const char *const *names_in(struct arena *arena, const char *section)
{
	const char **names = ARENA_ARRAY(arena, const char *, ROW_COUNT + 1);
	size_t count = 0, n = strlen(section);
	for (size_t i = 0; i < ROW_COUNT; i++) {
		const char *key = ROWS[i].key, *dot = strchr(key, '.');
		if (n > 0 && strncmp(key, section, n) == 0 && key[n] == '.')
			names[count++] = key + n + 1;
		else if (n == 0)
			names[count++] = dot ? arena_memdup(arena, key, (size_t)(dot - key)) : key;
	}
	return names;
}

/* A key that would put a secret into the file is answered with where it belongs. */
static void hint_secret(struct filler *f, const struct yaml_pair *pair, const char *key)
{
	const struct row *row = find(arena_printf(f->arena, "%s_file", key));
	if (row && row->type == SECRET)
		yaml_fault_at(f->faults, pair->value->file, pair->line,
			arena_printf(f->arena, "机密不写在此文件中：请用环境变量 %s，或用“%s”指定文件。", row->variable,
				row->key),
			arena_printf(f->arena,
				"Secrets do not belong in this file: use the variable %s, or name a file with \"%s\".",
				row->variable,
				row->key));
}

static void set_section(struct filler *f, const char *section, const struct yaml_node *mapping)
{
	yaml_allow(f->faults, mapping, names_in(f->arena, section));
	for (size_t i = 0; yaml_is_mapping(mapping) && i < mapping->count; i++) {
		const struct yaml_pair *pair = &mapping->pairs[i];
		const char *key = *section ? arena_printf(f->arena, "%s.%s", section, pair->key) : pair->key;
		f->row = find(key);
		if (f->row)
			set_value(f, pair->value);
		else if (!*section && is_section(pair->key) && !yaml_is_null(pair->value))
			set_section(f, pair->key, pair->value);
		else
			hint_secret(f, pair, key);
	}
}

static void set_override(struct filler *f, const char *assignment)
{
	const char *equals = strchr(assignment, '=');
	char *key = equals ? arena_memdup(f->arena, assignment, (size_t)(equals - assignment)) : NULL;
	f->row = key ? find(key) : NULL;
	if (f->row)
		set_line(f, "--set", equals + 1);
	else
		yaml_fault_at(f->faults, "--set", 0,
			arena_printf(f->arena, "不认识的设置“%s”，应为“键=值”。", assignment),
			arena_printf(f->arena, "Unknown setting \"%s\"; expected key=value.", assignment));
}

static void set_environment(struct filler *f)
{
	for (size_t i = 0; i < ROW_COUNT; i++) {
		f->row = &ROWS[i];
		if (f->row->type != SECRET)
			continue;
		const char **at = (const char **)((char *)f->settings + f->row->offset);
		const char *value = getenv(f->row->variable);
		const char *path = getenv(arena_printf(f->arena, "%s_FILE", f->row->variable));
		struct yaml_node from = {.file = f->row->variable};
		if (value && *value)
			*at = arena_strdup(f->arena, value);
		else if (path && *path)
			*at = read_secret(f, &from, path);
	}
}

static void check(struct filler *f, const char *path)
{
	const struct settings *s = f->settings;
	const char *file = path ? path : "";
	if (s->database.hosts.count == 0)
		yaml_fault_at(f->faults, file, 0, "“database.hosts”不能为空。",
			"\"database.hosts\" must not be empty.");
	if (*s->smtp.host && !email_valid(s->smtp.from))
		yaml_fault_at(f->faults, file, 0, "设置了 smtp.host 时，“smtp.from”须为邮件地址。",
			"With smtp.host set, \"smtp.from\" must be an e-mail address.");
	if (strcmp(s->sms.encoding, "json") != 0 && strcmp(s->sms.encoding, "form") != 0)
		yaml_fault_at(f->faults, file, 0, "“sms.encoding”应为 json 或 form。",
			"\"sms.encoding\" must be json or form.");
	if (s->mode == SETTINGS_PRODUCTION && !*s->keys)
		yaml_fault_at(f->faults, file, 0,
			"正式运行需要密钥：请用环境变量 QILIAN_KEYS，或用“keys_file”指定文件。",
			"Production needs keys: use the variable QILIAN_KEYS, or name a file with \"keys_file\".");
}

/* Beside the program that runs. */
static const char *neighbour(struct arena *arena, const char *name)
{
	char path[4096];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);
	while (n > 0 && path[n - 1] != '/')
		n--;
	return arena_printf(arena, "%.*s%s", n > 0 ? (int)n : 0, path, name);
}

static void resolve(struct arena *arena, struct settings *s)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	if (processors < 1)
		processors = 1;
	if (s->http.loops == 0)
		s->http.loops = (processors + 1) / 2;
	if (s->http.workers == 0)
		s->http.workers = 4 * processors;
	if (s->public.port == 0)
		s->public.port = s->http.port;
	if (!*s->picture_helper)
		s->picture_helper = neighbour(arena, "qilian-picture");
	if (!*s->sheet_helper)
		s->sheet_helper = neighbour(arena, "qilian-sheet");
}

struct settings *settings_load(struct arena *arena, struct yaml_faults *faults, const char *path,
	const char *const *overrides)
{
	struct filler f = {arena, faults, ARENA_NEW(arena, struct settings), NULL};
	unsigned before = faults->count;
	set_defaults(&f);
	assert(faults->count == before);
	struct yaml_node *root = path ? yaml_load(arena, faults, path) : NULL;
	if (root)
		set_section(&f, "", root);
	for (size_t i = 0; overrides && overrides[i]; i++)
		set_override(&f, overrides[i]);
	set_environment(&f);
	f.settings->path = path;
	if (faults->count == before)
		check(&f, path);
	resolve(arena, f.settings);
	return faults->count > before ? NULL : f.settings;
}

/* --- the reference --- */

static const char *type_name(enum type type)
{
	static const char *const names[] = {"text", "integer", "true or false", "one of", "duration", "size",
		"list of host:port or sockets",
		"list of addresses or networks", "mapping", "file of a secret"};
	return names[type];
}

static void describe_bounds(struct buf *out, const struct row *row)
{
	long long min = row->min, max = row->max;
	if (row->type == INTEGER)
		buf_printf(out, " %lld to %lld", min, max);
	else if (row->type == DURATION)
		buf_printf(out, " %lldms to %llds", min, max / SECOND);
	else if (row->type == SIZE)
		buf_printf(out, " %lld to %lldM", min, max >> 20);
	for (size_t i = 0; row->names && row->names[i]; i++)
		buf_printf(out, "%s %s", i > 0 ? "," : "", row->names[i]);
	if (row->variable)
		buf_printf(out, ", or variable %s or %s_FILE", row->variable, row->variable);
}

void settings_describe(struct buf *out)
{
	for (size_t i = 0; i < ROW_COUNT; i++) {
		const struct row *row = &ROWS[i];
		buf_printf(out, "%s: %s", row->key, type_name(row->type));
		describe_bounds(out, row);
		if (*row->preset)
			buf_printf(out, "; default %s", row->preset);
		buf_printf(out, "\n    %s\n    %s\n", row->zh, row->en);
	}
}

void settings_each(void (*fn)(void *arg, const char *key, const char *default_text), void *arg)
{
	for (size_t i = 0; i < ROW_COUNT; i++)
		fn(arg, ROWS[i].key, ROWS[i].preset);
}
