#include "core/http/loop.h"

#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "core/crypto/crypto.h"
#include "core/http/cache.h"
#include "core/http/connection.h"
#include "core/http/server_inside.h"
#include "core/http/stream_inside.h"
#include "core/utf8.h"

enum { LOG_FLUSH = 32 * 1024, LOG_MAX = 4 * 1024 * 1024 };

static void *must(void *p)
{
	if (!p) {
		fputs("qilian: out of memory or of file descriptors\n", stderr);
		abort();
	}
	return p;
}

/* ---- Posts ---- */

void loop_post(struct loop *loop, struct loop_post *post)
{
	post->next = NULL;
	pthread_mutex_lock(&loop->lock);
	bool first = loop->posts == NULL;
	*loop->posts_last = post;
	loop->posts_last = &post->next;
	pthread_mutex_unlock(&loop->lock);
	if (!first)
		return;
	uint64_t one = 1;
	ssize_t n = write(loop->wake_fd, &one, sizeof(one));
	(void)n;
}

static void run_posts(struct loop *loop)
{
	pthread_mutex_lock(&loop->lock);
	struct loop_post *post = loop->posts;
	loop->posts = NULL;
	loop->posts_last = &loop->posts;
	pthread_mutex_unlock(&loop->lock);
	for (struct loop_post *next; post; post = next) {
		next = post->next;
		post->run(loop, post);
	}
}

static void on_wake(evutil_socket_t fd, short what, void *arg)
{
	uint64_t n;
	ssize_t got = read(fd, &n, sizeof(n));
	(void)got;
	run_posts(arg);
}

/* ---- The access log ---- */

struct log_job {
	struct worker_job job;
	struct buf text;
};

/* A collector that does not read must not stop the loop, so the lines are written elsewhere. */
static void write_log(struct worker_job *job, void *state)
{
	struct log_job *log = (struct log_job *)job;
	for (size_t at = 0; at < log->text.len;) {
		ssize_t n = write(STDERR_FILENO, log->text.data + at, log->text.len - at);
		if (n < 0 && errno != EINTR)
			break;
		at += n > 0 ? (size_t)n : 0;
	}
	buf_finish(&log->text);
	free(log);
}

static void flush_log(struct loop *loop)
{
	if (!loop->log.len)
		return;
	struct log_job *log = must(calloc(1, sizeof(*log)));
	log->job.run = write_log;
	log->text = loop->log;
	if (loop->server->disk && worker_push(loop->server->disk, &log->job)) {
		buf_init(&loop->log);
		return;
	}
	free(log);
	if (loop->log.len > LOG_MAX)
		buf_reset(&loop->log);
}

static void log_text(struct buf *log, const char *text, size_t len)
{
	uint32_t code;
	for (size_t i = 0, n; i < len && i < 512; i += n ? n : 1) {
		n = utf8_decode(text + i, len - i, &code);
		if (!n)
			buf_char(log, '?');
		else if (code == '"' || code == '\\')
			buf_printf(log, "\\%c", (char)code);
		else if (code >= 0x20)
			buf_add(log, text + i, n);
	}
}

void loop_log(struct loop *loop, const struct loop_line *line)
{
	struct timespec now;
	struct tm tm;
	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &tm);
	struct buf *log = &loop->log;
	buf_printf(log, "{\"time\":\"%04d-%02d-%02dT%02d:%02d:%02d.%03ldZ\",\"level\":\"info\",\"at\":\"access\"",
		tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, now.tv_nsec / 1000000);
	if (line->platform_id)
		buf_printf(log, ",\"platform\":%u", line->platform_id);
	buf_printf(log, ",\"request\":\"%s\",\"method\":\"%s\",\"path\":\"", line->request_id, line->method);
	log_text(log, line->path, line->path_len);
	buf_printf(log, "\",\"status\":%d,\"ms\":%lld.%03lld,\"bytes\":%llu", line->status,
		(long long)(line->us / 1000), (long long)(line->us % 1000), (unsigned long long)line->bytes);
	if (line->entry)
		buf_printf(log, ",\"entry\":%llu", (unsigned long long)line->entry);
	buf_text(log, "}\n");
	if (log->len >= LOG_FLUSH)
		flush_log(loop);
}

/* ---- Time ---- */

static void set_date(struct loop *loop)
{
	static const char days[7][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
	static const char months[12][4] = {
		"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	time_t now = time(NULL);
	struct tm tm;
	gmtime_r(&now, &tm);
	snprintf(loop->date, sizeof(loop->date), "Date: %s, %02u %s %04u %02u:%02u:%02u GMT\r\n", days[tm.tm_wday],
		(unsigned)tm.tm_mday % 100, months[tm.tm_mon], (unsigned)(tm.tm_year + 1900) % 10000,
		(unsigned)tm.tm_hour % 100, (unsigned)tm.tm_min % 100, (unsigned)tm.tm_sec % 100);
}

static void free_dead(struct loop *loop)
{
	for (struct http_connection *dead = loop->dead, *next; dead; dead = next) {
		next = dead->next;
		free(dead);
	}
	loop->dead = NULL;
}

static void tick_stopping(struct loop *loop)
{
	bool cut = loop->now_ms >= loop->cut_ms, closed = atomic_load(&loop->server->closed);
	if (!closed && loop->index == 0 && loop->now_ms >= loop->settled_ms) {
		server_close(loop->server);
		closed = true;
	}
	if (closed)
		run_posts(loop); /* the last arrivals */
	for (struct http_connection *c = loop->connections, *next; c; c = next) {
		next = c->next;
		if (c->state == CONNECTION_WAIT && !cut) {
			http_connection_wait_end(c, 204);
			http_connection_advance(c);
		} else if (http_connection_idle(c)) {
			http_connection_close(c);
		} else if (cut) {
			loop->cut = true;
			http_connection_close(c);
		}
	}
	if (!loop->connections && closed)
		event_base_loopbreak(loop->base);
}

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct loop *loop = arg;
	loop->now_ms = clock_ms();
	set_date(loop);
	bool beat = loop->now_ms >= loop->beat_ms;
	if (beat)
		loop->beat_ms = loop->now_ms + loop->server->settings.heartbeat_ms;
	free_dead(loop);
	for (struct http_connection *c = loop->connections, *next; c; c = next) {
		next = c->next;
		http_connection_tick(c);
		if (beat && c->state == CONNECTION_STREAM)
			http_connection_stream_heartbeat(c);
	}
	flush_log(loop);
	if (loop->index == 0)
		server_tick(loop->server);
	if (loop->stopping)
		tick_stopping(loop);
}

/* splitmix64: a counter through a bijection, so that no two ids of a loop are equal and none tells how many there
 * were. */
void loop_request_id(struct loop *loop, char out[17])
{
	static const char digits[] = "0123456789abcdef";
	uint64_t z = loop->ids += 0x9e3779b97f4a7c15u;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	z ^= z >> 31;
	for (int i = 0; i < 16; i++, z >>= 4)
		out[i] = digits[z & 15];
	out[16] = '\0';
}

/* ---- Life ---- */

struct loop *loop_create(struct http_server *server, unsigned index)
{
	struct loop *loop = must(calloc(1, sizeof(*loop)));
	uint64_t seed;
	loop->server = server;
	loop->index = index;
	loop->posts_last = &loop->posts;
	pthread_mutex_init(&loop->lock, NULL);
	buf_init(&loop->log);
	crypto_random(&loop->ids, sizeof(loop->ids));
	crypto_random(&seed, sizeof(seed));
	if (server->settings.cache_bytes)
		loop->cache = cache_create(server->settings.cache_bytes, seed);
	loop->streams = streams_create();
	loop->now_ms = clock_ms();
	loop->beat_ms = loop->now_ms + server->settings.heartbeat_ms;
	set_date(loop);
	loop->base = must(event_base_new());
	loop->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	must(loop->wake_fd >= 0 ? loop : NULL);
	loop->wake = must(event_new(loop->base, loop->wake_fd, EV_READ | EV_PERSIST, on_wake, loop));
	loop->tick = must(event_new(loop->base, -1, EV_PERSIST, on_tick, loop));
	event_add(loop->wake, NULL);
	event_add(loop->tick, &(struct timeval){0, LOOP_TICK_MS * 1000});
	return loop;
}

static void *run(void *arg)
{
	struct loop *loop = arg;
	event_base_dispatch(loop->base);
	return NULL;
}

void loop_start(struct loop *loop)
{
	if (pthread_create(&loop->thread, NULL, run, loop) != 0)
		must(NULL);
	char name[16];
	snprintf(name, sizeof(name), "loop-%u", loop->index % 1000);
	pthread_setname_np(loop->thread, name);
}

void loop_destroy(struct loop *loop)
{
	if (!loop)
		return;
	for (struct http_connection *c = loop->connections, *next; c; c = next) {
		next = c->next;
		http_connection_close(c);
	}
	run_posts(loop);
	free_dead(loop);
	cache_destroy(loop->cache);
	streams_destroy(loop->streams);
	event_free(loop->wake);
	event_free(loop->tick);
	event_base_free(loop->base);
	close(loop->wake_fd);
	if (loop->log.len) {
		ssize_t n = write(STDERR_FILENO, loop->log.data, loop->log.len);
		(void)n;
	}
	buf_finish(&loop->log);
	pthread_mutex_destroy(&loop->lock);
	free(loop);
}
