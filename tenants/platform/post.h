/* post: an entry in this platform's log for other platforms to read.
 *
 * addressees  platform ids, each once. A platform may address itself: what it asks of itself then takes the same way as
 *             what it asks of others
 */
#ifndef QILIAN_TENANTS_PLATFORM_POST_H
#define QILIAN_TENANTS_PLATFORM_POST_H

#include "core/attributes.h"
#include "core/record/call.h"

struct json_object;
struct platform;

/* One thing said in both languages; en NULL where a person said it in their own words. */
struct words {
	const char *zh;
	const char *en;
};

struct addressees {
	uint32_t *ids; /* in the call's arena */
	size_t count;
	size_t cap;
};

/* 0 and what is already there are passed over. */
void addressees_add(struct call *call, struct addressees *to, uint32_t platform_id);
/* All platforms above; not `platform` itself. NULL is none. */
void addressees_add_above(struct call *call, struct addressees *to, const struct platform *platform);
void addressees_remove(struct addressees *to, uint32_t platform_id);

/* Inside a transaction, by the call's actor. Without addressees nothing is written. payload is borrowed. */
struct problem *post_send(struct call *call, const char *kind, const char *record_type, struct uuid record_id,
                          const struct addressees *to, struct json_object *payload) MUST_CHECK;
/* To one platform. */
struct problem *post_send_to(struct call *call, const char *kind, const char *record_type, struct uuid record_id,
	uint32_t to, struct json_object *payload) MUST_CHECK;

/* A platform of this server by its id, as long as the call; NULL if there is none. */
const struct platform *OR_NULL post_platform(struct call *call, uint32_t platform_id);

/* By the origin of its log, which has a slash in it, or by slug. */
const struct platform *OR_NULL post_named(struct call *call, const char *OR_NULL name);

/* Members for payloads and answers: a text (NULL: null), an id (nil: null), a number, a time (0: null). */
void put_text(struct json_object *object, const char *key, const char *text);
void put_id(struct json_object *object, const char *key, struct uuid id);
void put_int(struct json_object *object, const char *key, int64_t value);
/* In what crosses: the origin of its log (0: null). */
void put_platform(struct call *call, struct json_object *object, const char *key, uint32_t platform_id);
/* Its number here, 0 if there is none. Entries from before have numbers of this database, where they lie. */
uint32_t get_platform(struct call *call, const struct json_object *object, const char *key);
void put_time(struct json_object *object, const char *key, int64_t ms);
/* Words as the members key and key_en; and back. */
void put_words(struct json_object *object, const char *key, struct words words);
struct words get_words(const struct json_object *object, const char *key);
/* Words as one member {zh, en}: what notices are filled with (tenants/notice/notice.h). */
void put_both(struct json_object *object, const char *key, struct words words);
/* {"key": text} of the arena, for forms of a lifecycle; text NULL: an empty object. */
struct json_object *form_reason(struct call *call, const char *reason) RETURNS_NONNULL;

#endif
