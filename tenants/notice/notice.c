#include "tenants/notice/notice.h"

#include <string.h>

#include "core/buf.h"
#include "core/crypto/crypto.h"
#include "core/diag.h"
#include "core/text/json.h"
#include "core/text/mobile.h"
#include "core/utf8.h"
#include "schema/records.gen.h"
#include "tenants/platform/post.h"
#include "tenants/platform/services.h"

/* A name between braces; the length up to and including the closing one, 0 if this is none. */
static size_t placeholder(const char *at, char name[41])
{
	size_t n = strspn(at + 1, "abcdefghijklmnopqrstuvwxyz_0123456789");

	if (*at != '{' || !n || n > 40 || at[n + 1] != '}')
		return 0;
	memcpy(name, at + 1, n);
	name[n] = '\0';
	return n + 2;
}

static void add_masked(struct buf *out, const char *value)
{
	for (size_t n = utf8_length(value); n; n--)
		buf_char(out, '*');
}

const char *notice_value(const struct json_object *variables, const char *name, enum lang lang)
{
	const char *text = json_get_text(variables, name);
	const struct json_object *both = text ? NULL : json_get_object(variables, name);

	if (both)
		text = json_get_text(both, lang == LANG_EN ? "en" : "zh");
	return text;
}

const char *notice_fill(struct arena *arena, const char *text, const struct json_object *variables,
	const struct json_object *secrets, bool mask, enum lang lang)
{
	struct buf *out = buf_in(arena);
	char name[41];

	while (*text) {
		size_t n = placeholder(text, name);
		if (!n) {
			buf_char(out, *text++);
			continue;
		}
		const char *value = notice_value(variables, name, lang), *secret = json_get_text(secrets, name);
		if (value)
			buf_text(out, value);
		else if (secret && mask)
			add_masked(out, secret);
		else if (secret)
			buf_text(out, secret);
		text += n;
	}
	return out->data;
}

static const char *mask_address(struct arena *arena, const char *email)
{
	return field_mask(arena, FIELD_EMAIL, email);
}

/* --- the queue --- */

static struct db_value seal_text(struct call *call, const char *what, struct uuid id, const char *text)
{
	size_t size = 0;
	const char *context = arena_printf(call->arena, "notice.%s/%s", what, uuid_text(call->arena, id));

	if (!text)
		return db_null();
	const void *sealed = crypto_seal(call->services->keys, call->arena, context, text, strlen(text), &size);
	return db_bytes(sealed, size);
}

static const char *open_text(struct call *call, const char *what, struct uuid id, const struct db_value *sealed)
{
	size_t size = 0;
	const char *context = arena_printf(call->arena, "notice.%s/%s", what, uuid_text(call->arena, id));

	return sealed->type == DB_NULL
		? NULL
		: crypto_open(call->services->keys, call->arena, context, sealed->s.data, sealed->s.len, &size);
}

static const char *json_line(struct arena *arena, const struct json_object *object)
{
	struct buf *out = buf_in(arena);

	if (!object)
		return "{}";
	json_canonical(out, object);
	return out->data;
}

/* What every text may name without being given it. */
static struct json_object *with_platform(
	struct call *call, const struct policy *policy, const struct json_object *variables)
{
	struct json_object *out = json_own(call->arena, json_object_new_object());
	const char *hotline = policy->profile.hotline;

	put_both(out, "platform", (struct words){call->platform->name_zh, call->platform->name_en});
	if (hotline)
		json_object_object_add(out, "hotline", json_object_new_string(hotline));
	if (variables) {
		json_object_object_foreach((struct json_object *)variables, key, value) {
			json_object_object_add(out, key, json_object_get(value));
		}
	}
	return out;
}

static struct problem *insert_notice(struct call *call, const struct policy *policy,
	const struct policy_notice *template, const struct notice_order *order, bool sms, struct uuid *id)
{
	const struct services *services = services_of(call);
	struct json_object *variables = with_platform(call, policy, order->variables);
	const char *to = sms ? order->mobile : order->email,
		   *body = order->lang == LANG_EN ? template->body.en : template->body.zh;
	const char *text = notice_fill(call->arena, sms ? template->sms : body, variables, order->secrets,
		services->production, sms ? LANG_ZH : order->lang); /* an SMS is Chinese, as its vendor approved it */
	int64_t now = call_now();

	*id = uuid_v7();
	return db_exec(call->db, call->scope,
		"INSERT INTO notice (platform_id, id, channel, template, variables, recipient_name, recipient_sealed, "
		"recipient_hint,"
		" fallback_sealed, language, record_type, record_id, next_at, secret_sealed, text, created_at, "
		"updated_at)"
		" VALUES (:p, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		DB_ARGS(db_id(id), db_text(sms ? "sms" : "email"), db_text(order->template),
			db_text(json_line(call->arena, variables)), db_text(order->name),
			seal_text(call, "recipient", *id, to),
			db_text(sms ? mobile_mask(call->arena, to) : mask_address(call->arena, to)),
			seal_text(call, "fallback", *id, sms ? order->email : NULL),
			db_text(order->lang == LANG_EN ? "en" : "zh"), db_text(order->record_type),
			db_id(&order->record_id), db_time(now),
			seal_text(call, "secret", *id, order->secrets ? json_line(call->arena, order->secrets) : NULL),
			db_text(text), db_time(now), db_time(now)),
		NULL);
}

struct problem *notice_queue(struct call *call, const struct notice_order *order, struct uuid *id)
{
	const struct policy *policy;
	struct uuid own;
	struct problem *problem = services_policy(call, &policy);

	if (!id)
		id = &own;
	*id = UUID_NIL;
	if (problem)
		return problem;
	const struct policy_notice *template = policy_notice(call->arena, policy, order->template);
	if (!template) {
		diag_warn(NULL, "platform %u has no notice template %s", call->platform_id, order->template);
		return NULL;
	}
	if (template->sms && order->mobile)
		return insert_notice(call, policy, template, order, true, id);
	return order->email ? insert_notice(call, policy, template, order, false, id) : NULL;
}

/* --- the sender --- */

/* When a server dies for good amid a run nobody else sends until its lease ends: so runs are short, however slow the
 * vendor is. */
enum { TURN_MS = 5000, JOB_LEASE_S = 60 };
enum { BATCH = 50, ATTEMPTS_MAX = 8, LEASE_MS = 120000, BACKOFF_MS = 30000, BACKOFF_MAX_MS = 3600000 };

/* No notice is put off, or leased, for longer than this: what says so was written when the database's clock was
 * ahead. */
enum { PUT_OFF_MS = BACKOFF_MAX_MS + 60000 };
#define IS_DUE "(next_at <= ? OR next_at > ?) AND (lease_until IS NULL OR lease_until < ? OR lease_until > ?)"
#define DUE_AT(now) db_time(now), db_time((now) + PUT_OFF_MS), db_time(now), db_time((now) + PUT_OFF_MS)

struct outgoing {
	struct call *call;
	struct uuid id;
	bool sms;
	const char *template;
	struct json_object *variables;
	struct json_object *secrets; /* NULL if none */
	const char *name;
	const char *to;
	const char *fallback;
	bool english;
	int attempts; /* this one included */
	const char *record_type;
	struct uuid record_id;
	const char *receipt;
};

static struct problem *parse_or_null(struct arena *arena, const char *text, struct json_object **out)
{
	*out = NULL;
	return text ? json_parse_object(arena, text, strlen(text), out) : NULL;
}

/* Of all servers that look at once, one gets it. */
static struct problem *lease(struct outgoing *out, bool *got)
{
	uint64_t affected = 0;
	int64_t now = call_now();
	struct problem *problem = db_exec(out->call->db, out->call->scope,
		"UPDATE notice SET lease_until = ?, attempts = attempts + 1, updated_at = ? WHERE platform_id = :p AND "
		"id = ? AND state = 'queued'"
		" AND " IS_DUE, DB_ARGS(db_time(now + LEASE_MS), db_time(now), db_id(&out->id), DUE_AT(now)),
		&affected);

	*got = !problem && affected == 1;
	return problem;
}

static struct problem *load(struct outgoing *out)
{
	struct call *call = out->call;
	struct db_result *rows;
	struct problem *problem = db_select(call->db, call->scope,
		"SELECT channel, template, variables, recipient_name, recipient_sealed, fallback_sealed, language, "
		"attempts, secret_sealed,"
		" record_type, record_id FROM notice WHERE platform_id = :p AND id = ?", DB_ARGS(db_id(&out->id)),
		&rows);

	if (problem || !rows->rows)
		return problem;
	out->sms = strcmp(db_need_text(rows, 0, 0), "sms") == 0;
	out->template = db_get_text(rows, 0, 1);
	out->name = db_get_text(rows, 0, 3);
	out->to = open_text(call, "recipient", out->id, db_get(rows, 0, 4));
	out->fallback = open_text(call, "fallback", out->id, db_get(rows, 0, 5));
	out->english = strcmp(db_need_text(rows, 0, 6), "en") == 0;
	out->attempts = (int)db_get_int(rows, 0, 7);
	out->record_type = db_get_text(rows, 0, 9);
	db_get_id(rows, 0, 10, &out->record_id);
	problem = parse_or_null(call->arena, db_get_text(rows, 0, 2), &out->variables);
	return problem
		? problem
		: parse_or_null(call->arena, open_text(call, "secret", out->id, db_get(rows, 0, 8)), &out->secrets);
}

static const char *value_of(const struct outgoing *out, const char *name)
{
	const char *value = notice_value(out->variables, name, LANG_ZH);

	if (!value)
		value = json_get_text(out->secrets, name);
	return value ? value : "";
}

static struct problem *send_sms(struct outgoing *out, const struct policy *policy, const struct policy_notice *template,
                                struct sms_driver *driver)
{
	struct arena *arena = out->call->arena;
	struct sms_param *params = ARENA_ARRAY(arena, struct sms_param, template->variables.count + 1);

	for (size_t i = 0; i < template->variables.count; i++)
		params[i] =
			(struct sms_param){template->variables.items[i], value_of(out, template->variables.items[i])};
	struct sms sms = {.id = uuid_text(arena, out->id), .mobile = out->to,
		.signature = policy->profile.signature ? policy->profile.signature : "",
		.template = template->sms_template ? template->sms_template : "", .params = params,
		.param_count = template->variables.count,
		.text = notice_fill(arena, template->sms, out->variables, out->secrets, false, LANG_ZH)};
	return sms_send(driver, arena, &sms, &out->receipt);
}

static struct problem *send_mail(struct outgoing *out, const struct policy *policy,
	const struct policy_notice *template, const struct mail_server *server)
{
	struct arena *arena = out->call->arena;
	const struct platform *platform = out->call->platform;
	enum lang lang = out->english ? LANG_EN : LANG_ZH;
	const char *body = notice_fill(
		arena, out->english ? template->body.en : template->body.zh, out->variables, out->secrets, false, lang);
	const char *from = out->english ? platform->name_en : platform->name_zh;
	const char *hotline = policy->profile.hotline;
	struct mail mail = {.id = uuid_text(arena, out->id), .to = out->to, .to_name = out->name, .from_name = from,
		.subject = notice_fill(arena, out->english ? template->title.en : template->title.zh, out->variables,
		NULL, false, lang),
		.text = arena_printf(arena, "%s\n\n-- \n%s\n%s\n", body, from, hotline ? hotline : "")};

	return mail_send(server, arena, &mail);
}

static const struct problem_kind no_way_out = {"notice-channel", 422, "该渠道尚未配置。",
	"This channel is not set up."};

static struct problem *deliver(struct outgoing *out)
{
	const struct notice_sender *sender = services_of(out->call)->sender;
	const struct policy *policy;
	struct problem *problem = services_policy(out->call, &policy);
	const struct policy_notice *template = problem ? NULL : policy_notice(out->call->arena, policy, out->template);

	if (problem)
		return problem;
	if (!template || !out->to || (out->sms && !template->sms))
		return problem_new(out->call->arena, &no_way_out);
	if (out->sms && sender->sms)
		return send_sms(out, policy, template, sender->sms);
	if (!out->sms && sender->mail)
		return send_mail(out, policy, template, sender->mail);
	/* The demonstration: the outbox is the delivery. */
	return sender->outbox ? NULL : problem_new(out->call->arena, &no_way_out);
}

static struct problem *fall_back(struct outgoing *out)
{
	struct notice_order order = {.template = out->template,
		.email = out->fallback,
		.name = out->name,
		.variables = out->variables,
		.secrets = out->secrets,
		.record_type = out->record_type,
		.record_id = out->record_id,
		.lang = out->english ? LANG_EN : LANG_ZH};

	return notice_queue(out->call, &order, NULL);
}

struct outcome {
	struct outgoing *out;
	struct problem *fault; /* NULL: sent */
};

static struct problem *write_outcome(struct db *db, void *arg)
{
	struct outcome *outcome = arg;
	struct outgoing *out = outcome->out;
	bool for_good = outcome->fault && (outcome->fault->kind->status < 500 || out->attempts >= ATTEMPTS_MAX);
	bool replaced = for_good && out->sms && out->fallback;
	const char *state = !outcome->fault ? "sent" : replaced ? "replaced" : for_good ? "failed" : "queued";
	int64_t now = call_now(), wait = (int64_t)BACKOFF_MS << (out->attempts > 8 ? 8 : out->attempts - 1);
	bool ended = strcmp(state, "queued") != 0;
	struct problem *problem = db_exec(db, out->call->scope,
		"UPDATE notice SET state = ?, error = LEFT(?, 255), next_at = ?, sent_at = ?, vendor_id = LEFT(?, 80), "
		"lease_until = NULL,"
		" secret_sealed = IF(?, NULL, secret_sealed), updated_at = ?, version = version + 1 WHERE platform_id "
		"= :p AND id = ?",
		DB_ARGS(db_text(state), db_text(outcome->fault ? outcome->fault->en : NULL),
			db_time(now + (wait > BACKOFF_MAX_MS ? BACKOFF_MAX_MS : wait)),
			db_time(outcome->fault ? 0 : now), db_text(out->receipt), db_int(ended), db_time(now),
			db_id(&out->id)),
		NULL);

	return problem || !replaced ? problem : fall_back(out);
}

static struct problem *send_one(
	const struct services *services, struct db *db, const struct platform *platform, struct uuid id)
{
	struct call call;
	struct outgoing out = {.call = &call, .id = id};
	struct outcome outcome = {.out = &out};
	bool got = false;
	struct problem *problem = services_call(services, db, platform, &call);

	if (!problem)
		problem = lease(&out, &got);
	if (problem || !got)
		return problem;
	problem = load(&out);
	if (problem || !out.template) /* it went in between */
		return problem;
	outcome.fault = deliver(&out);
	return db_transaction(db, write_outcome, &outcome);
}

static struct problem *send_due(struct db *db, struct db_scope scope, struct json_object *payload, void *arg)
{
	const struct services *services = arg;
	const struct platform_directory *directory = platform_directory_use(services->registry, db_arena(db));
	struct db_result *rows;
	struct uuid id;
	int64_t now = call_now();
	struct problem *problem = db_select(db, db_all_platforms("one sender serves all"),
		"SELECT platform_id, id FROM notice WHERE state = 'queued' AND " IS_DUE " ORDER BY next_at LIMIT ?",
		DB_ARGS(DUE_AT(now), db_int(BATCH)), &rows);

	for (size_t i = 0; !problem && i < rows->rows && call_now() < now + TURN_MS; i++) {
		const struct platform *platform = platform_by_id(directory, (uint32_t)db_get_uint(rows, i, 0));
		if (platform && db_get_id(rows, i, 1, &id))
			problem = send_one(services, db, platform, id);
	}
	return problem;
}

const struct job_kind notice_job = {
	.name = "notice_send", .run = send_due, .max_attempts = 1000000, .lease_s = JOB_LEASE_S, .every_ms = 500};

/* An administrator sends one again whose cause was repaired. */
struct problem *notice_again(struct call *call, struct notice *row)
{
	uint64_t affected = 0;
	int64_t now = call_now();
	struct problem *problem = db_exec(call->db, call->scope,
		"UPDATE notice SET state = 'queued', attempts = 0, next_at = ?, lease_until = NULL, error = NULL, "
		"updated_at = ?, version = version + 1"
		" WHERE platform_id = :p AND id = ? AND state = 'failed' AND secret_sealed IS NULL",
		DB_ARGS(db_time(now), db_time(now), db_id(&row->row.id)), &affected);

	if (problem || affected)
		return problem;
	return problem_detail(call->arena, &PROBLEM_CONFLICT, "只有发送失败的通知可以重新发送。",
		"Only a notice that failed can be sent again.");
}
