/* qiliand: the server of an installation. Opens what it needs in order, says what is missing, serves until a signal
 * ends it.
 *
 * usage: qiliand [--settings FILE] [--set KEY=VALUE]… [--check] [--describe]
 *
 * --check     reads settings and keys, looks at the database, and ends
 * --describe  prints every setting with its bounds and default
 *
 * Prints one line {"event":"ready",…} on standard output once it serves; diagnostics are JSON lines on standard error.
 * SIGTERM and SIGINT end it gracefully. Exit codes: 0 ended, 1 it could not serve, 2 wrong usage or settings.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/buf.h"
#include "core/db/migrate.h"
#include "core/http/server.h"
#include "core/http/static.h"
#include "core/http/stream.h"
#include "core/metrics.h"
#include "core/text/json.h"
#include "core/work/job.h"
#include "core/work/journal.h"
#include "federation/sync/federation.h"
#include "federation/sync/reader.h"
#include "schema/records.gen.h"
#include "tenants/desk/event.h"
#include "tenants/portal/portal_page.h"
#include "tools/installation.h"
#include "tools/log_watch.h"
#include "tools/watch.h"
#include "tools/wiring.h"

enum { OVERRIDES_MAX = 64, READER_THREADS = 3 };

struct daemon {
	struct installation installation;
	const char *settings_path;
	const char *overrides[OVERRIDES_MAX + 1];
	bool check, describe;
	struct http_settings http; /* must outlive the server */
	struct router *router;
	struct metrics *metrics;
	struct http_site *site;
	struct http_server *server;
	struct job_runner *jobs;
	struct log_watch *log_watch;
	struct db_watch *watch;
	struct watch *notes;
	struct federation federation;
	struct reader *reader;
};

/* Those with words of their own are routes: tenants/portal/portal_page.h. */
static const char *const page_routes[] = {"/compare", "/join-by-code", "/sign-in", "/register", "/reset", "/welcome",
	"/required", "/hand-off", "/center", "/center/{rest...}", "/desk", "/desk/{rest...}", "/enterprise",
	"/enterprise/{rest...}"};

/* --- the command line --- */

static bool read_arguments(struct daemon *daemon, int argc, char **argv)
{
	int overrides = 0;

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--check") == 0)
			daemon->check = true;
		else if (strcmp(argv[i], "--describe") == 0)
			daemon->describe = true;
		else if (strcmp(argv[i], "--settings") == 0 && i + 1 < argc)
			daemon->settings_path = argv[++i];
		else if (strcmp(argv[i], "--set") == 0 && i + 1 < argc && overrides < OVERRIDES_MAX)
			daemon->overrides[overrides++] = argv[++i];
		else {
			fprintf(stderr, "usage: qiliand [--settings FILE] [--set KEY=VALUE]… [--check] [--describe]\n");
			return false;
		}
	}
	return true;
}

static int describe(void)
{
	struct buf text;

	buf_init(&text);
	settings_describe(&text);
	fputs(text.data, stdout);
	buf_finish(&text);
	return 0;
}

/* --- the database and what lies in it --- */

static bool refuse_demonstration(struct daemon *daemon)
{
	struct installation *installation = &daemon->installation;
	struct db_result *rows;
	struct problem *problem;

	if (installation->settings->mode != SETTINGS_PRODUCTION)
		return false;
	problem = db_select(installation->db, db_server(), "SELECT COUNT(*) FROM tenant WHERE demonstration = 1",
		DB_NO_ARGS, &rows);
	if (!problem && !db_get_int(rows, 0, 0))
		return false;
	if (problem) {
		installation_complain(problem);
		return true;
	}
	fprintf(stderr, "数据库中是演示数据，不能用于正式运行。请换一个数据库，或将 mode 设为 demonstration。\n"
	                "The database holds the demonstration's data: production refuses it. Use another database, or "
	                "set mode: demonstration.\n");
	return true;
}

static bool open_database(struct daemon *daemon)
{
	struct installation *installation = &daemon->installation;
	struct problem *problem;

	installation_connect(installation);
	problem = migrate_check(installation->db, schema_migrations, schema_migration_count);
	if (problem)
		installation_complain(problem);
	return !problem && !refuse_demonstration(daemon);
}

/* --- what the HTTP server asks --- */

static struct db *worker_db_create(void *arg)
{
	struct daemon *daemon = arg;

	return db_create(&daemon->installation.database);
}

static void worker_begin(struct request *request, void *arg)
{
	db_use_arena(request->db, request->arena);
	db_set_deadline(request->db, request->deadline_ms);
	/* In a lane the gate has run already, with another worker's. */
	if (request->call)
		((struct call *)request->call)->db = request->db;
}

/* A server that cannot follow what others change must not answer from what it remembers. */
static const char *not_ready(void *arg)
{
	struct daemon *daemon = arg;

	return change_age(daemon->installation.follower) > 5000 || !db_hosts_answering(&daemon->installation.database)
		? "database"
		: NULL;
}

static int64_t hosts_answering(void *arg)
{
	return (int64_t)db_hosts_answering(&((struct daemon *)arg)->installation.database);
}

static void write_notes(struct buf *out, void *arg)
{
	struct daemon *daemon = arg;

	watch_write(daemon->notes, out);
}

/* Something of the platform has changed: open pages read again. Also without an entry of its own, when those of others
 * were applied. */
static void refresh_pages(uint32_t platform_id, void *arg)
{
	struct daemon *daemon = arg;
	char topic[EVENT_TOPIC];

	event_topic(platform_id, topic);
	http_stream_publish(daemon->server, topic, "change", "");
}

/* A log has moved: cached answers are void too. */
static void platform_moved(uint32_t platform_id, void *arg)
{
	struct daemon *daemon = arg;

	http_server_touch(daemon->server, platform_id);
	refresh_pages(platform_id, daemon);
}

static void hinted(enum journal_hint what, uint32_t from_platform, uint32_t to_platform, void *arg)
{
	struct daemon *daemon = arg;

	if (what == JOURNAL_HINT_MOVED)
		platform_moved(from_platform, daemon);
	else
		reader_wake(daemon->reader, from_platform, to_platform);
}

static void platforms_changed(struct db *db, void *arg)
{
	struct daemon *daemon = arg;

	http_server_touch(daemon->server, 0);
}

static void sessions_ended(struct db *db, void *arg)
{
	event_cut_ended(db, ((struct daemon *)arg)->server);
}

/* --- serving --- */

static const char *spool_folder(struct daemon *daemon)
{
	const char *folder =
		arena_printf(daemon->installation.arena, "%s/spool", daemon->installation.settings->files_folder);

	mkdir(folder, 0700);
	return folder;
}

static const char *listen_on(struct arena *arena, const char *bind, int64_t port)
{
	bool all = strcmp(bind, "*") == 0, six = strchr(bind, ':');

	if (all)
		return arena_printf(arena, "[::]:%d", (int)port);
	return arena_printf(arena, six ? "[%s]:%d" : "%s:%d", bind, (int)port);
}

static void fill_lanes(const struct settings *settings, struct http_lane_settings *out)
{
	out->threads[LANE_PASSWORD] = (unsigned)settings->limits.password_hashes;
	out->threads[LANE_PICTURE] = (unsigned)settings->limits.pictures;
	out->threads[LANE_POLICY] = (unsigned)settings->limits.policy_checks;
	out->threads[LANE_EXPORT] = (unsigned)settings->limits.exports;
	out->threads[LANE_WAIT] = (unsigned)settings->limits.waits;
	out->threads[LANE_OUTBOUND] = (unsigned)settings->limits.outbound;
	out->queue = (unsigned)settings->limits.lane_queue;
}

static void fill_http_settings(struct daemon *daemon, struct http_settings *out)
{
	const struct settings *settings = daemon->installation.settings;
	struct arena *arena = daemon->installation.arena;

	http_settings_init(out);
	out->listen = listen_on(arena, settings->http.bind, settings->http.port);
	out->admin_listen =
		settings->admin.enabled ? listen_on(arena, settings->admin.bind, settings->admin.port) : NULL;
	out->loops = (unsigned)settings->http.loops;
	out->workers = (unsigned)settings->http.workers;
	out->queue_max = (unsigned)settings->http.queue;
	fill_lanes(settings, &out->lanes);
	out->trusted_proxies = (const char *const *)settings->http.trusted_proxies.items;
	out->trusted_proxy_count = settings->http.trusted_proxies.count;
	out->forwarded_host = settings->http.forwarded_host;
	out->https = settings->public.scheme == SETTINGS_HTTPS;
	out->connections_max = (unsigned)settings->limits.connections;
	out->connections_per_address = (unsigned)settings->limits.connections_per_address;
	out->streams_per_session = (unsigned)settings->limits.streams_per_session;
	out->uploads_max = (unsigned)settings->limits.uploads;
	out->body_max = (size_t)settings->limits.body_bytes;
	out->upload_max = (size_t)settings->limits.upload_bytes;
	out->spool = spool_folder(daemon);
	out->cache_bytes = (size_t)settings->limits.cache_bytes;
	out->head_timeout_ms = (int)settings->limits.head_deadline;
	out->body_timeout_ms = (int)settings->limits.body_deadline;
	out->upload_timeout_ms = (int)settings->limits.upload_deadline;
	out->request_timeout_ms = (int)settings->limits.request_deadline;
	out->idle_timeout_ms = (int)settings->limits.idle_deadline;
	out->write_timeout_ms = (int)settings->limits.write_deadline;
	out->heartbeat_ms = (int)settings->limits.heartbeat;
	out->access_log = settings->http.access_log;
}

static void open_site(struct daemon *daemon)
{
	struct http_site_settings site = {.folder = daemon->installation.settings->web_folder,
		.page_routes = page_routes,
		.page_route_count = sizeof page_routes / sizeof *page_routes,
		.words = portal_page_words,
		.arg = &daemon->installation.services};
	char why[256];

	if (!*site.folder)
		return;
	daemon->site = http_site_create(&site, why, sizeof why);
	if (!daemon->site)
		diag_warn(NULL, "no pages: %s", why);
}

/* Once the port is ours: nobody else is at this place, so a predecessor that still holds jobs here is dead. */
static void start_jobs(struct daemon *daemon)
{
	struct installation *installation = &daemon->installation;
	char host[256] = "";

	gethostname(host, sizeof host - 1);
	daemon->jobs = job_runner_create(&installation->database, wiring_job_kinds, wiring_job_kind_count,
		(int)installation->settings->database.jobs,
		arena_printf(installation->arena, "%s %s:%u", host, installation->settings->http.bind,
			http_server_port(daemon->server)),
		&installation->services);
}

static void stop_listening(struct daemon *daemon)
{
	change_off(daemon->installation.follower, CHANGE_PLATFORMS, platforms_changed, daemon);
	change_off(daemon->installation.follower, CHANGE_SESSIONS, sessions_ended, daemon);
}

static bool start_serving(struct daemon *daemon)
{
	daemon->installation.services.call.wait_applied = reader_wait_applied;
	struct http_hooks hooks = {.arg = daemon,
		.db_create = worker_db_create,
		.db_destroy = db_destroy,
		.begin = worker_begin,
		.not_ready = not_ready,
		.write_notes = write_notes};
	struct installation *installation = &daemon->installation;
	char why[256];

	fill_http_settings(daemon, &daemon->http);
	daemon->metrics = metrics_create();
	daemon->watch = db_watch_create(&installation->database);
	metrics_gauge_fn(daemon->metrics, "qilian_database_hosts_answering",
		"Hosts of the database that give a sign of life", NULL, hosts_answering, daemon);
	daemon->router = router_create();
	router_add(daemon->router, record_routes, record_route_count);
	router_set_gate(daemon->router, portal_page_gate, &installation->services.call);
	open_site(daemon);
	if (daemon->site)
		router_add(daemon->router, portal_page_routes, portal_page_route_count);
	daemon->server = http_server_create(&daemon->http, &hooks, daemon->router, daemon->site, daemon->metrics);
	daemon->federation.services = &installation->services;
	daemon->reader = reader_create(
		&installation->database, &daemon->federation, daemon->metrics, READER_THREADS, refresh_pages, daemon);
	journal_set_hint(hinted, daemon);
	change_on(installation->follower, CHANGE_PLATFORMS, platforms_changed, daemon);
	change_on(installation->follower, CHANGE_SESSIONS, sessions_ended, daemon);
	daemon->notes = watch_create(&installation->database, wiring_job_kinds, wiring_job_kind_count, daemon->metrics);
	daemon->log_watch = log_watch_create(&installation->database, platform_moved, daemon);
	if (http_server_start(daemon->server, why, sizeof why)) {
		start_jobs(daemon);
		return true;
	}
	fprintf(stderr, "%s\n", why);
	return false;
}

static void say_ready(struct daemon *daemon)
{
	printf("{\"event\":\"ready\",\"port\":%u,\"admin_port\":%u}\n", http_server_port(daemon->server),
		http_server_admin_port(daemon->server));
	fflush(stdout);
}

static void end(struct daemon *daemon)
{
	if (daemon->server &&
		!http_server_stop(daemon->server, (int)daemon->installation.settings->limits.stop_deadline))
		diag_warn(NULL, "some requests were cut at the end of stop_deadline");
	job_runner_destroy(daemon->jobs);
	log_watch_destroy(daemon->log_watch);
	watch_destroy(daemon->notes);
	journal_set_hint(NULL, NULL);
	reader_destroy(daemon->reader);
	db_watch_destroy(daemon->watch);
	if (daemon->server && daemon->installation.follower)
		stop_listening(daemon);
	http_server_destroy(daemon->server);
	http_site_destroy(daemon->site);
	if (daemon->router)
		router_destroy(daemon->router);
	if (daemon->metrics)
		metrics_destroy(daemon->metrics);
	installation_close(&daemon->installation);
}

/* --- main --- */

static void block_signals(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGINT);
	pthread_sigmask(SIG_BLOCK, set, NULL);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN); /* a limit on the size of files is met as a full disk is */
}

static bool serve(struct daemon *daemon)
{
	struct problem *problem = installation_open(&daemon->installation, true);

	if (problem) {
		installation_complain(problem);
		return false;
	}
	return start_serving(daemon);
}

/* Balancers look every second or so: until they have turned to other servers, all is served as before. Another signal
 * ends it at once. */
static void drain(struct daemon *daemon, const sigset_t *signals)
{
	int64_t ms = daemon->installation.settings->limits.drain_time;
	struct timespec left = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

	http_server_leave(daemon->server);
	while (ms && sigtimedwait(signals, NULL, &left) < 0 && errno == EINTR)
		;
}

int main(int argc, char **argv)
{
	struct daemon daemon = {0};
	sigset_t signals;
	int got;

	if (!read_arguments(&daemon, argc, argv))
		return 2;
	if (daemon.describe)
		return describe();
	/* Before any thread is started, so that all of them leave signals to this one. */
	block_signals(&signals);
	if (!installation_read_settings(&daemon.installation, daemon.settings_path, daemon.overrides)) {
		installation_close(&daemon.installation);
		return 2;
	}
	bool good = open_database(&daemon);
	if (good && !daemon.check && (good = serve(&daemon))) {
		say_ready(&daemon);
		sigwait(&signals, &got);
		diag_info(NULL, "ending on signal %d", got);
		drain(&daemon, &signals);
	}
	end(&daemon);
	return good ? 0 : 1;
}
