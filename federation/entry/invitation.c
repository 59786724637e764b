#include "federation/entry/invitation.h"

#include <string.h>

#include "core/buf.h"
#include "core/crypto/crypto.h"
#include "core/out/qr.h"
#include "core/record/endpoint.h"
#include "core/text/code.h"
#include "core/text/json.h"
#include "core/text/uscc.h"
#include "core/text/zone.h"
#include "federation/sync/federation.h"
#include "schema/records.gen.h"
#include "tenants/institution/institution.h"
#include "tenants/institution/membership.h"
#include "tenants/notice/notice.h"
#include "tenants/platform/limit.h"
#include "tenants/platform/platform.h"
#include "tenants/platform/post.h"
#include "tenants/platform/services.h"

enum { DEFAULT_DAYS = 30 };

static struct problem *fire_as_server(struct call *call, struct invitation *row, const char *event)
{
	return lifecycle_fire_as_server(call, &record_invitation, row, event, NULL);
}

static bool is_open(const struct invitation *row)
{
	return row->row.phase == INVITATION_PHASE_ISSUED || row->row.phase == INVITATION_PHASE_DELIVERED ||
		row->row.phase == INVITATION_PHASE_OPENED;
}

/* ---- Issuing ---- */

static struct problem *member_by_uscc(struct call *call, const char *uscc, bool *member)
{
	struct db_result *result;
	struct problem *problem = db_select(call->db, call->scope,
	                                    "SELECT 1 FROM membership WHERE platform_id = :p AND home_id = platform_id "
	                                    "AND uscc = ? "
	                                    "AND phase IN ('active', 'suspended') LIMIT 1",
	                                    DB_ARGS(db_text(uscc)), &result);
	*member = !problem && result->rows;
	return problem;
}

static struct problem *open_by_uscc(struct call *call, const char *uscc, struct invitation **out)
{
	struct invitation **rows;
	size_t count;
	struct problem *problem = invitation_row_select(call,
		"uscc = ? AND phase IN ('issued', 'delivered', 'opened') AND expires_at > UTC_TIMESTAMP(3)",
		"ORDER BY created_at DESC LIMIT 1", DB_ARGS(db_text(uscc)), &rows, &count);
	*out = !problem && count ? rows[0] : NULL;
	return problem;
}

struct problem *invitation_check(struct call *call, const struct invite_input *in)
{
	const char *uscc, *override;
	bool member;
	struct invitation *open;
	struct problem *problem = institution_read_code(call, in->uscc, &uscc, &override);
	if (!problem && !in->contact_mobile && !in->contact_email)
		problem = problem_add_field(call->arena, NULL, "/contact_mobile", "required", "请填写联系人手机或邮箱",
			"Give the contact's mobile or e-mail");
	if (!problem)
		problem = member_by_uscc(call, uscc, &member);
	if (!problem && member)
		problem = problem_add_field(call->arena, NULL, "/uscc", "member", "该机构已入驻本平台",
			"This institution is on the platform already");
	if (!problem)
		problem = open_by_uscc(call, uscc, &open);
	if (!problem && open)
		problem = problem_add_field(call->arena, NULL, "/uscc", "invited", "该机构已有有效邀约，可补发",
			"It holds a valid invitation; reissue that one");
	return problem;
}

static struct problem *notify(
	struct call *call, const struct invitation *row, const char *mobile, const char *shown, const char *link)
{
	struct json_object *variables = json_own(call->arena, json_object_new_object());
	struct json_object *secrets = json_own(call->arena, json_object_new_object());
	struct uuid id;
	put_both(variables, "platform", (struct words){call->platform->name_zh, call->platform->name_en});
	put_text(variables, "name", row->name);
	put_text(variables, "expires", zone_day(call->arena, row->expires_at));
	put_both(variables, "note",
		(struct words){row->message ? arena_printf(call->arena, "附言：%s ", row->message) : "",
			row->message ? arena_printf(call->arena, "Note: %s ", row->message) : ""});
	put_text(secrets, "code", shown);
	put_text(secrets, "link", link);
	struct notice_order order = {.template = "invitation",
		.mobile = mobile,
		.email = row->contact_email,
		.name = row->contact_name,
		.variables = variables,
		.secrets = secrets,
		.record_type = "invitation",
		.record_id = row->row.id,
		.lang = LANG_ZH};
	return notice_queue(call, &order, &id);
}

/* What has run out holds the place of a new one only until the standing job comes by. */
static struct problem *end_stale(struct call *call, const char *uscc)
{
	struct invitation **rows;
	size_t count;
	struct problem *problem = invitation_row_select(call,
		"uscc = ? AND phase IN ('issued', 'delivered', 'opened') AND expires_at <= UTC_TIMESTAMP(3)",
		"LIMIT 10", DB_ARGS(db_text(uscc)), &rows, &count);
	for (size_t i = 0; !problem && i < count; i++)
		problem = fire_as_server(call, rows[i], "expire");
	return problem;
}

static struct problem *valid_until(struct call *call, const struct invite_input *in, int64_t *out)
{
	const struct policy *policy;
	struct problem *problem = services_policy(call, &policy);
	if (problem)
		return problem;
	if (!policy->ways.invitation)
		return problem_detail(call->arena, &PROBLEM_CONFLICT, "本平台未开放邀约入驻",
			"This platform does not invite");
	int64_t days = in->has_days		   ? in->days
		: policy->ways.invitation_days > 0 ? policy->ways.invitation_days
						   : DEFAULT_DAYS;
	*out = zone_day_end(call_now(), days);
	return NULL;
}

struct problem *invitation_create(struct call *call, const struct invite_input *in, struct uuid replaces,
	struct uuid batch, struct invitation_issued *out)
{
	const char *uscc, *override;
	char code[CODE_LENGTH + 1];
	struct invitation *row = out->row = invitation_row_new(call);
	row->row.id = out->id;
	struct problem *problem = institution_read_code(call, in->uscc, &uscc, &override);
	if (!problem)
		problem = end_stale(call, uscc);
	if (!problem)
		problem = valid_until(call, in, &row->expires_at);
	if (problem)
		return problem;
	code_make(code);
	code_show(code, out->shown);
	crypto_sha256(code, CODE_LENGTH, row->code_hash);
	row->code_hint = arena_strdup(call->arena, code + CODE_LENGTH - 4);
	row->uscc = uscc;
	row->name = in->name;
	row->contact_name = in->contact_name;
	row->contact_mobile.plain = in->contact_mobile;
	row->contact_email = in->contact_email;
	row->message = in->message;
	row->delivery = in->contact_mobile || in->contact_email ? INVITATION_DELIVERY_QUEUED : INVITATION_DELIVERY_NONE;
	row->replaces_id = replaces;
	row->batch_id = batch;
	row->issued_by = call->actor.account_id;
	const char *origin = services_origin(call, call->platform);
	out->link = origin ? arena_printf(call->arena, "%s/join-by-code#%s", origin, out->shown) : NULL;
	problem = invitation_row_insert(call, row);
	return problem ? problem : notify(call, row, in->contact_mobile, out->shown, out->link);
}

static struct problem *answer_issued(struct call *call, const struct invitation_issued *issued)
{
	struct buf *svg = buf_in(call->arena);
	struct invite_result result = {.id = issued->row->row.id,
		.uscc = issued->row->uscc,
		.code = issued->shown,
		.link = issued->link,
		.qr = issued->link && qr_svg(svg, issued->link) ? svg->data : NULL,
		.expires_at = issued->row->expires_at,
		.delivery = issued->row->delivery == INVITATION_DELIVERY_NONE ? "none" : "queued"};
	return endpoint_answer(call, &shape_invite_result, &result);
}

/* The contact of the profile that is held here, so that nobody need type a number that pages show in part. What is
 * given is used instead. */
static struct problem *take_contact_on_file(struct call *call, struct invite_input *in)
{
	const char *uscc, *override;
	struct institution **rows;
	size_t count = 0;
	struct problem *problem = institution_read_code(call, in->uscc, &uscc, &override);
	if (!problem)
		problem = institution_row_select(call, "uscc = ?", "LIMIT 1", DB_ARGS(db_text(uscc)), &rows, &count);
	if (problem)
		return problem;
	if (count && !in->contact_mobile)
		in->contact_mobile = record_open(call, &record_institution, rows[0], "contact_mobile");
	if (count && !in->contact_mobile && !in->contact_email)
		in->contact_email = rows[0]->contact_email;
	if (count && !in->contact_name)
		in->contact_name = rows[0]->contact_name;
	return in->contact_mobile || in->contact_email
		? NULL
		: problem_add_field(call->arena, NULL, "/contact_mobile", "required",
			  "该机构没有登记联系方式，请填写联系人手机或邮箱",
			  "The institution has no contact on file; give a mobile or an e-mail");
}

struct problem *invitation_issue(struct call *call, const struct invite_input *in)
{
	struct invitation_issued issued = {.id = uuid_v7()};
	struct invite_input given = *in;
	struct problem *problem =
		in->has_contact_on_file && in->contact_on_file ? take_contact_on_file(call, &given) : NULL;
	if (!problem)
		problem = invitation_check(call, &given);
	if (!problem)
		problem = invitation_create(call, &given, UUID_NIL, UUID_NIL, &issued);
	return problem ? problem : answer_issued(call, &issued);
}

struct problem *invitation_reissue(struct call *call, struct invitation *row)
{
	struct invitation_issued issued = {.id = uuid_v7()};
	bool member;
	if (row->row.phase == INVITATION_PHASE_REDEEMED || row->row.phase == INVITATION_PHASE_VOID)
		return problem_detail(
			call->arena, &PROBLEM_CONFLICT, "该邀约已使用或已补发", "It is redeemed, or replaced already");
	struct problem *problem = member_by_uscc(call, row->uscc, &member);
	if (!problem && member)
		problem = problem_detail(call->arena, &PROBLEM_CONFLICT, "该机构已入驻本平台",
			"This institution is on the platform already");
	struct invite_input in = {.uscc = row->uscc, .name = row->name, .contact_name = row->contact_name,
	                          .contact_mobile = record_open(call, &record_invitation, row, "contact_mobile"),
	                          .contact_email = row->contact_email, .message = row->message};
	row->replaced_by = issued.id;
	/* First, since there is one valid code at a time. A revoked one stays revoked; what could still be redeemed is
	 * void from now on. */
	if (!problem)
		problem = row->row.phase == INVITATION_PHASE_REVOKED ? invitation_row_update(call, row, "replaced")
								     : fire_as_server(call, row, "replace");
	if (!problem)
		problem = invitation_create(call, &in, row->row.id, row->batch_id, &issued);
	return problem ? problem : answer_issued(call, &issued);
}

struct problem *invitation_settle(struct call *call, const char *uscc)
{
	struct invitation **rows;
	size_t count;
	struct problem *problem = invitation_row_select(call, "uscc = ? AND phase IN ('issued', 'delivered', 'opened')",
		"LIMIT 50", DB_ARGS(db_text(uscc)), &rows, &count);
	for (size_t i = 0; !problem && i < count; i++)
		problem = lifecycle_fire_as_server(
			call, &record_invitation, rows[i], "revoke", form_reason(call, "该机构已入驻"));
	return problem;
}

struct problem *effect_invitation_revoked(struct call *call, struct invitation *row, struct json_object *form)
{
	(void)call;
	(void)form;
	row->requested_again_at = 0;
	return NULL;
}

/* ---- Its link was opened ---- */

static struct problem *mark_opened(struct db *db, void *arg)
{
	(void)db;
	void **args = arg;
	struct call *call = args[0];
	struct invitation **rows;
	size_t count;
	struct problem *problem = invitation_row_select(call,
		"code_hash = ? AND phase IN ('issued', 'delivered') AND expires_at > UTC_TIMESTAMP(3)", "LIMIT 1",
		DB_ARGS(db_bytes(args[1], 32)), &rows, &count);
	if (problem || !count)
		return problem;
	rows[0]->opened_at = call_now();
	return fire_as_server(call, rows[0], "open");
}

struct problem *invitation_opened(struct call *call, const struct invite_open_input *in)
{
	char code[CODE_LENGTH + 1];
	unsigned char hash[32];
	call->request->status = 204;
	if (!code_read(call->arena, in->code, code) || !code_check(code))
		return NULL;
	crypto_sha256(code, CODE_LENGTH, hash);
	void *args[] = {call, hash};
	struct problem *problem = db_transaction(call->db, mark_opened, args);
	return problem && problem->kind->status >= 500 ? problem : NULL; /* one answer for all */
}

/* ---- Asking for a new one ---- */

/* One that nobody has invited: the desk decides whether to. It hears of each once a day, however often that asks. */
static struct problem *tell_of_stranger(struct call *call, const struct apply_entry *entry, const char *uscc)
{
	enum { DAY_S = 86400 };
	const struct notice_sink *sink = call->services->notices;
	unsigned used;
	struct problem *problem = limit_count(
		call, limit_subject(call, "invite:asked", uuid_text(call->arena, entry->record_id)), DAY_S, &used);
	if (problem || used > 1 || !sink)
		return problem;
	struct invitation *row = invitation_row_new(call); /* there is none to show */
	struct json_object *variables = json_own(call->arena, json_object_new_object());
	const char *name = json_get_text(entry->payload, "name");
	put_text(variables, "name", name ? name : uscc);
	put_text(variables, "uscc", uscc);
	return sink->send(call, &record_invitation, row, "invitation_wanted", "role:reviewer", variables, sink->arg);
}

struct problem *invitation_apply_request_again(struct call *call, const struct apply_entry *entry)
{
	const struct notice_sink *sink = call->services->notices;
	const char *uscc;
	struct invitation **rows;
	size_t count;
	struct problem *problem = apply_text(call, entry, "uscc", &uscc);
	if (!problem)
		problem = invitation_row_select(call, "uscc = ? AND phase <> 'redeemed' AND phase <> 'void'",
			"ORDER BY created_at DESC LIMIT 1", DB_ARGS(db_text(uscc)), &rows, &count);
	if (problem || !count)
		return problem ? problem : tell_of_stranger(call, entry, uscc);
	rows[0]->requested_again_at = entry->at_ms;
	problem = invitation_row_update(call, rows[0], "requested_again");
	if (problem || !sink)
		return problem;
	struct json_object *variables = json_own(call->arena, json_object_new_object());
	put_text(variables, "name", rows[0]->name);
	put_text(variables, "uscc", uscc);
	return sink->send(
		call, &record_invitation, rows[0], "invitation_requested", "role:reviewer", variables, sink->arg);
}

/* ---- The standing job ---- */

static struct problem *expire_one(struct db *db, void *arg)
{
	(void)db;
	void **args = arg;
	struct invitation *row;
	struct problem *problem = invitation_row_peek(args[0], *(struct uuid *)args[1], &row);
	if (problem || !row || !is_open(row) || row->expires_at > call_now())
		return problem;
	return fire_as_server(args[0], row, "expire");
}

static int delivery_of(const char *state)
{
	if (!strcmp(state, "sent"))
		return INVITATION_DELIVERY_SENT;
	if (!strcmp(state, "delivered"))
		return INVITATION_DELIVERY_DELIVERED;
	return strcmp(state, "failed") ? INVITATION_DELIVERY_QUEUED : INVITATION_DELIVERY_FAILED;
}

static struct problem *deliver_one(struct db *db, void *arg)
{
	(void)db;
	void **args = arg;
	struct call *call = args[0];
	struct invitation *row;
	int delivery = delivery_of(args[2]);
	struct problem *problem = invitation_row_peek(call, *(struct uuid *)args[1], &row);
	if (problem || !row || row->delivery == delivery)
		return problem;
	row->delivery = delivery;
	bool arrived = delivery == INVITATION_DELIVERY_SENT || delivery == INVITATION_DELIVERY_DELIVERED;
	if (arrived && row->row.phase == INVITATION_PHASE_ISSUED)
		return fire_as_server(call, row, "deliver");
	return invitation_row_update(call, row, "delivery");
}

static struct problem *end_membership(struct db *db, void *arg)
{
	(void)db;
	void **args = arg;
	struct membership *row;
	struct problem *problem = membership_row_peek(args[0], *(struct uuid *)args[1], &row);
	if (problem || !row || row->row.phase != MEMBERSHIP_PHASE_ACTIVE)
		return problem;
	return membership_row_fire(args[0], row, "expire", NULL);
}

static struct problem *select_delivered(struct db *db, struct db_result **out)
{
	return db_select(db, db_all_platforms("what became of the notices of invitations"),
	                 "SELECT i.platform_id, i.id, (SELECT n.state FROM notice n WHERE n.platform_id = "
	                 "i.platform_id AND n.record_id = i.id "
	                 "AND n.state <> 'replaced' ORDER BY n.created_at DESC LIMIT 1) AS state, i.delivery AS "
	                 "delivery FROM invitation i "
	                 "WHERE i.delivery IN ('queued', 'sent') AND (i.phase IN ('issued', 'delivered', 'opened') OR "
	                 "i.updated_at > UTC_TIMESTAMP() - INTERVAL 1 HOUR) "
	                 "HAVING state IS NOT NULL AND state <> delivery LIMIT 500",
	                 DB_NO_ARGS, out);
}

static struct problem *select_expired(struct db *db, struct db_result **out)
{
	return db_select(db, db_all_platforms("invitations that expired"),
	                 "SELECT i.platform_id, i.id FROM invitation i WHERE i.phase IN ('issued', 'delivered', "
	                 "'opened') "
	                 "AND i.expires_at <= UTC_TIMESTAMP(3) LIMIT 500",
	                 DB_NO_ARGS, out);
}

static struct problem *select_ended(struct db *db, struct db_result **out)
{
	return db_select(db, db_all_platforms("memberships that ended"),
	                 "SELECT m.platform_id, m.id FROM membership m WHERE m.home_id = m.platform_id AND m.phase = "
	                 "'active' "
	                 "AND m.until < " ZONE_TODAY_SQL " LIMIT 500",
	                 DB_NO_ARGS, out);
}

/* Each row of (platform, id[, text]) in a transaction of its own, as the server on that platform. */
static struct problem *each(const struct services *services, struct db *db,
	struct problem *(*select)(struct db *, struct db_result **), db_transaction_fn fn)
{
	struct db_result *result;
	const struct federation federation = {services};
	struct problem *problem = select(db, &result);
	for (size_t i = 0; !problem && i < result->rows; i++) {
		struct call *call;
		struct uuid id;
		db_get_id(result, i, 1, &id);
		problem = federation_call(&federation, db, (uint32_t)db_get_uint(result, i, 0), &call);
		void *args[] = {call, &id, result->columns > 2 ? (void *)(size_t)db_get_text(result, i, 2) : NULL};
		if (!problem && call->platform_state == PLATFORM_STATE_ACTIVE)
			problem = db_transaction(db, fn, args);
		if (problem && problem->kind->status < 500)
			problem = NULL; /* somebody was faster */
	}
	return problem;
}

static struct problem *run(struct db *db, struct db_scope scope, struct json_object *payload, void *arg)
{
	(void)scope;
	(void)payload;
	struct problem *problem = each(arg, db, select_delivered, deliver_one);
	if (!problem)
		problem = each(arg, db, select_expired, expire_one);
	return problem ? problem : each(arg, db, select_ended, end_membership);
}

const struct job_kind invitation_job = {
	.name = "invitation", .run = run, .max_attempts = 1000000, .lease_s = 120, .every_ms = 5000};
