#include "core/http/stream.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/crypto/crypto.h"
#include "core/http/connection.h"
#include "core/http/server_inside.h"
#include "core/http/stream_inside.h"
#include "core/http/tally.h"
#include "core/text/json.h"

enum {
	BUCKETS = 1024,
	STREAM_LIFE_MS = 30 * 60 * 1000, /* then the browser opens a new one, and so signs in anew */
};

struct listener {
	struct listener *next, **prev; /* streams.buckets; prev NULL while in none */
	struct http_connection *connection;
	uint64_t hash;
	char *topic;
	uint64_t seen;      /* the topic's counter at request_subscribe() */
	uint64_t delivered; /* streams.deliveries when it last got something */
};

struct subscription {
	struct http_server *server;
	char *session;
	size_t count; /* topics; behind them stands one listener more: to the session's end (http_stream_cut()) */
	struct listener *listeners;
};

struct streams {
	uint64_t deliveries;
	struct listener *buckets[BUCKETS];
};

struct streams *streams_create(void)
{
	struct streams *streams = calloc(1, sizeof(*streams));
	if (!streams)
		abort();
	return streams;
}

void streams_destroy(struct streams *streams)
{
	free(streams);
}

static uint64_t topic_hash(const char *topic)
{
	return page_hash(0, topic, strlen(topic));
}

/* No topic of a caller's begins so. */
static char *end_of(struct arena *arena, const char *session)
{
	return arena_printf(arena, "\x01%s", session);
}

static void subscription_finish(void *arg)
{
	struct subscription *subscription = arg;
	tally_give(subscription->server->sessions, subscription->session);
}

struct subscription *subscription_create(
	struct request *request, const char *session, const char *const *topics, size_t count)
{
	struct http_server *server = request->server;
	if (!tally_take(server->sessions, session, server->settings.streams_per_session))
		return NULL;
	struct subscription *subscription = ARENA_NEW(request->arena, struct subscription);
	subscription->server = server;
	subscription->session = arena_strdup(request->arena, session);
	subscription->count = count + 1;
	subscription->listeners = ARENA_ARRAY(request->arena, struct listener, count + 1);
	for (size_t i = 0; i <= count; i++) {
		struct listener *listener = &subscription->listeners[i];
		listener->topic = i < count ? arena_strdup(request->arena, topics[i]) : end_of(request->arena, session);
		listener->hash = topic_hash(listener->topic);
		listener->seen = atomic_load(&server->topics[listener->hash % TOPIC_SLOTS]);
	}
	arena_defer(request->arena, subscription_finish, subscription);
	return subscription;
}

enum streams_missed streams_enter(
	struct loop *loop, struct http_connection *connection, struct subscription *subscription)
{
	/* First be heard of, then look: a publication either finds the listener or has moved the counter. */
	enum streams_missed missed = STREAMS_NOTHING;
	atomic_fetch_add(&loop->counts.streams, 1);
	for (size_t i = 0; i < subscription->count; i++) {
		struct listener *listener = &subscription->listeners[i];
		struct listener **bucket = &loop->streams->buckets[listener->hash % BUCKETS];
		listener->connection = connection;
		listener->next = *bucket;
		listener->prev = bucket;
		if (listener->next)
			listener->next->prev = &listener->next;
		*bucket = listener;
		if (atomic_load(&loop->server->topics[listener->hash % TOPIC_SLOTS]) != listener->seen)
			missed = i + 1 < subscription->count ? STREAMS_EVENT : STREAMS_END;
	}
	return missed;
}

void streams_leave(struct loop *loop, struct subscription *subscription)
{
	bool entered = false;
	for (size_t i = 0; i < subscription->count; i++) {
		struct listener *listener = &subscription->listeners[i];
		if (!listener->prev)
			continue;
		entered = true;
		*listener->prev = listener->next;
		if (listener->next)
			listener->next->prev = listener->prev;
		listener->prev = NULL;
	}
	if (entered)
		atomic_fetch_sub(&loop->counts.streams, 1);
}

/* ---- On the connection ---- */

static void answer_wait(struct http_connection *connection, const char *topic, const char *event, const char *data)
{
	struct json_writer w;
	jw_init(&w, connection->exchange->request.out);
	jw_object_begin(&w);
	jw_kv_text(&w, "topic", topic);
	jw_kv_text(&w, "event", event);
	jw_kv_text(&w, "data", data);
	jw_object_end(&w);
	http_connection_wait_end(connection, 200);
}

void http_connection_wait_end(struct http_connection *connection, int status)
{
	struct exchange *exchange = connection->exchange;
	streams_leave(connection->loop, exchange->answer.subscription);
	exchange->answer.kind = ANSWER_WHOLE;
	exchange->request.status = status;
	exchange_answer(exchange, NULL);
	http_connection_send(connection);
}

static void begin_events(struct http_connection *connection, bool missed)
{
	struct exchange *exchange = connection->exchange;
	char tail[TAIL_MAX];
	connection->close_after = true;
	connection->until_ms = connection->loop->now_ms + STREAM_LIFE_MS;
	buf_add(exchange->answer.head, tail, http_connection_tail(connection, exchange->request.diag.request_id, tail));
	if (!exchange->head_only)
		buf_text(exchange->answer.head, missed ? "event: resync\ndata: {}\n\n" : "event: open\ndata: {}\n\n");
	connection->out.head_at = 0;
	http_connection_write_more(connection, exchange->answer.head->data, exchange->answer.head->len);
	if (exchange->head_only && connection->state != CONNECTION_CLOSED)
		http_connection_close(connection);
}

void http_connection_stream_begin(struct http_connection *connection)
{
	struct exchange *exchange = connection->exchange;
	bool stream = exchange->answer.kind == ANSWER_STREAM;
	count(&connection->loop->counts.answers[2], stream);
	http_connection_enter(connection, stream ? CONNECTION_STREAM : CONNECTION_WAIT);
	enum streams_missed missed = streams_enter(connection->loop, connection, exchange->answer.subscription);
	if (missed == STREAMS_END) {
		http_connection_close(connection);
		return;
	}
	if (stream)
		begin_events(connection, missed == STREAMS_EVENT);
	else if (missed)
		answer_wait(connection, NULL, "resync", "{}");
	/* Who has hung up already is not waited for. */
	if (connection->eof && (connection->state == CONNECTION_STREAM || connection->state == CONNECTION_WAIT))
		http_connection_close(connection);
}

void http_connection_stream_heartbeat(struct http_connection *connection)
{
	if (connection->loop->now_ms >= connection->until_ms)
		http_connection_close(connection);
	else
		http_connection_write_more(connection, ": \n\n", 4);
}

/* ---- Publishing ---- */

struct publication {
	struct loop_post post;
	uint64_t hash;
	const char *topic, *event, *data; /* event NULL: whoever listens is cut */
	struct buf text; /* as server-sent event */
};

static void deliver(struct loop *loop, struct publication *publication)
{
	struct listener **bucket = &loop->streams->buckets[publication->hash % BUCKETS];
	uint64_t delivery = ++loop->streams->deliveries;
	for (struct listener *at = *bucket, *next; at; at = next) {
		next = at->next;
		if (at->hash != publication->hash || at->delivered == delivery ||
			strcmp(at->topic, publication->topic) != 0)
			continue;
		at->delivered = delivery;
		struct http_connection *connection = at->connection;
		bool stream = connection->state == CONNECTION_STREAM;
		if (!publication->event)
			http_connection_close(connection);
		else if (stream)
			http_connection_write_more(connection, publication->text.data, publication->text.len);
		else
			answer_wait(connection, publication->topic, publication->event, publication->data);
		if (stream && connection->state != CONNECTION_CLOSED)
			continue;
		http_connection_advance(connection);
		/* This one has left all its topics, perhaps also the next listener: begin anew, it is out of the list
		 * now. */
		next = *bucket;
	}
}

static void arrive(struct loop *loop, struct loop_post *post)
{
	struct publication *publication = (struct publication *)post;
	loop->now_ms = clock_ms();
	deliver(loop, publication);
	buf_finish(&publication->text);
	free(publication);
}

static void write_event(struct buf *out, const char *event, const char *data)
{
	buf_printf(out, "event: %s\n", event);
	for (const char *at = data;;) {
		size_t len = strcspn(at, "\r\n");
		buf_text(out, "data: ");
		buf_add(out, at, len);
		buf_char(out, '\n');
		if (!at[len])
			break;
		at += len + (at[len] == '\r' && at[len + 1] == '\n' ? 2 : 1);
	}
	buf_char(out, '\n');
}

static struct publication *publication_create(uint64_t hash, const char *topic, const char *event, const char *data)
{
	size_t topic_size = strlen(topic) + 1, event_size = event ? strlen(event) + 1 : 0, data_size = strlen(data) + 1;
	struct publication *publication = malloc(sizeof(*publication) + topic_size + event_size + data_size);
	if (!publication)
		abort();
	char *at = (char *)(publication + 1);
	publication->post.run = arrive;
	publication->hash = hash;
	publication->topic = memcpy(at, topic, topic_size);
	publication->event = event ? memcpy(at + topic_size, event, event_size) : NULL;
	publication->data = memcpy(at + topic_size + event_size, data, data_size);
	buf_init(&publication->text);
	if (event)
		write_event(&publication->text, event, data);
	return publication;
}

void http_stream_publish(struct http_server *server, const char *topic, const char *event, const char *data)
{
	uint64_t hash = topic_hash(topic);
	atomic_fetch_add(&server->topics[hash % TOPIC_SLOTS], 1);
	for (unsigned i = 0; i < server->settings.loops; i++)
		if (atomic_load(&server->loops[i]->counts.streams))
			loop_post(server->loops[i], &publication_create(hash, topic, event, data)->post);
}

const char **http_stream_sessions(struct http_server *server, struct arena *arena, size_t *count)
{
	return tally_keys(server->sessions, arena, count);
}

void http_stream_cut(struct http_server *server, const char *session)
{
	struct arena *arena = arena_create();
	http_stream_publish(server, end_of(arena, session), NULL, "");
	arena_destroy(arena);
}
