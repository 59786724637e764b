/* Redeeming an invite code: at the institution's home, and at the platform that gave it. */
#include <string.h>
#include <time.h>

#include "core/crypto/crypto.h"
#include "core/record/endpoint.h"
#include "core/text/code.h"
#include "core/text/json.h"
#include "federation/entry/application.h"
#include "federation/entry/dossier.h"
#include "federation/entry/entry_case.h"
#include "federation/entry/invitation.h"
#include "federation/sync/federation.h"
#include "schema/records.gen.h"
#include "tenants/account/person.h"
#include "tenants/institution/consent.h"
#include "tenants/institution/institution.h"
#include "tenants/institution/membership.h"
#include "tenants/platform/limit.h"
#include "tenants/platform/platform.h"
#include "tenants/platform/post.h"
#include "tenants/platform/services.h"

enum { WRONG_CODES = 10, WRONG_CODES_PLATFORM = 1000, WINDOW_S = 3600, WAIT_MS = 2000 };

static const struct problem_kind PROBLEM_CODE = {
	"invite-code", 422, "邀约码不正确，或不属于贵机构", "The code is not right, or not your institution's"};
static const struct problem_kind PROBLEM_CODE_CHECK = {"invite-code-check", 422, "邀约码有误，请核对（校验位不符）",
	"The code is mistyped: its check character does not fit"};

/* What only the owner of the bound USCC learns. */
enum outcome { OUTCOME_UNKNOWN, OUTCOME_KNOWN, OUTCOME_REDEEMED, OUTCOME_REVIEW, OUTCOME_USED, OUTCOME_EXPIRED,
	OUTCOME_REVOKED, OUTCOME_VOID, OUTCOME_MEMBER,
               OUTCOME_SUSPENDED };

static const struct {
	const char *code;
	const char *zh, *en;
} outcomes[] = {
	[OUTCOME_UNKNOWN] = {"unknown", "邀约码不正确，或不属于贵机构",
		"The code is not right, or not your institution's"},
	[OUTCOME_KNOWN] = {"known", "邀约码正确，资料已送出", "The code is right, and the profile under way"},
	[OUTCOME_REDEEMED] = {"redeemed", "已入驻", "Admitted"},
	[OUTCOME_REVIEW] = {"review", "已受理，等待审核", "Received, to be reviewed"},
	[OUTCOME_USED] = {"used", "邀约码已使用", "The code is used already"},
	[OUTCOME_EXPIRED] = {"expired", "邀约码已过期，可申请补发", "The code has expired; ask for a new one"},
	[OUTCOME_REVOKED] = {"revoked", "邀约已撤销，请与邀约平台联系", "The invitation was revoked; ask the platform"},
	[OUTCOME_VOID] = {"void", "邀约码已作废，请使用补发的新码", "The code was replaced; use the new one"},
	[OUTCOME_MEMBER] = {"member", "贵机构已入驻该平台", "Your institution is on that platform already"},
	[OUTCOME_SUSPENDED] = {"suspended", "贵机构在该平台的入驻已暂停，请与该平台联系恢复",
		"Your institution is suspended on that platform; ask it to resume the membership"},
};
enum { OUTCOMES = sizeof outcomes / sizeof outcomes[0] };

static enum outcome outcome_of(const char *code)
{
	for (int i = 0; code && i < OUTCOMES; i++)
		if (!strcmp(outcomes[i].code, code))
			return i;
	return OUTCOME_UNKNOWN;
}

/* ---- At the platform that gave it ---- */

static void keyed(
	struct call *call, const unsigned char hash[32], struct uuid request, const char *uscc, unsigned char out[32])
{
	const char *text = arena_printf(call->arena, "%s|%s", uuid_text(call->arena, request), uscc);
	crypto_hmac_sha256(hash, 32, text, strlen(text), out);
}

static enum outcome state_of(const struct invitation *row)
{
	switch (row->row.phase) {
	case INVITATION_PHASE_REDEEMED:
		return OUTCOME_USED;
	case INVITATION_PHASE_REVOKED:
		return OUTCOME_REVOKED;
	case INVITATION_PHASE_VOID:
		return OUTCOME_VOID;
	case INVITATION_PHASE_EXPIRED:
		return OUTCOME_EXPIRED;
	default:
		return row->expires_at <= call_now() ? OUTCOME_EXPIRED : OUTCOME_REDEEMED;
	}
}

/* Of all at once one wins: the row is written only if its version is still the one read. */
static struct problem *use(struct call *call, struct invitation *row, uint32_t from)
{
	row->redeemed_at = call_now();
	row->redeemed_from = from;
	return lifecycle_fire_as_server(call, &record_invitation, row, "redeem", NULL);
}

static struct problem *admit(struct call *call, const struct case_source *source, enum outcome *outcome)
{
	const struct policy *policy;
	struct problem *problem = services_policy(call, &policy);
	if (problem)
		return problem;
	if (policy->ways.invitation_review) {
		*outcome = OUTCOME_REVIEW;
		return case_receive(call, source);
	}
	struct membership_subject subject = {
		source->institution_id, source->institution_home, source->uscc, source->name};
	*outcome = OUTCOME_REDEEMED;
	return membership_admit(call, &subject, MEMBERSHIP_WAY_INVITATION);
}

/* Whether it may be redeemed by that institution, now. */
static struct problem *examine(
	struct call *call, const struct invitation *row, struct uuid institution_id, enum outcome *outcome)
{
	struct membership *member;
	*outcome = state_of(row);
	if (*outcome == OUTCOME_USED)
		return NULL;
	struct problem *problem = membership_find(call, call->platform_id, institution_id, &member);
	if (!problem && member && member->row.phase == MEMBERSHIP_PHASE_ACTIVE)
		*outcome = OUTCOME_MEMBER;
	else if (!problem && member && member->row.phase == MEMBERSHIP_PHASE_SUSPENDED)
		*outcome = OUTCOME_SUSPENDED;
	return problem;
}

static struct problem *redeem(
	struct call *call, struct invitation *row, const struct case_source *source, enum outcome *outcome)
{
	struct problem *problem = examine(call, row, source->institution_id, outcome);
	if (problem || *outcome != OUTCOME_REDEEMED)
		return problem;
	row->redeemed_for = source->id;
	problem = use(call, row, source->from_platform);
	return problem ? problem : admit(call, source, outcome);
}

/* The invitation that the HMAC was made with, among those of this USCC. */
static struct problem *find_keyed(
	struct call *call, struct uuid request, const char *uscc, const unsigned char mac[32], struct invitation **out)
{
	struct invitation **rows;
	size_t count;
	*out = NULL;
	struct problem *problem = invitation_row_select(
		call, "uscc = ?", "ORDER BY created_at DESC LIMIT 50", DB_ARGS(db_text(uscc)), &rows, &count);
	for (size_t i = 0; !problem && i < count && !*out; i++) {
		unsigned char own[32];
		keyed(call, rows[i]->code_hash, request, uscc, own);
		if (crypto_equal(own, mac, 32))
			*out = rows[i];
	}
	return problem;
}

static struct problem *read_source(struct call *call, const struct apply_entry *entry, struct case_source *source)
{
	const char *hash, *author = json_get_text(entry->payload, "author");
	*source = (struct case_source){.id = entry->record_id, .way = "invitation", .from_platform = entry->source,
	                               .author = author ? author : entry->actor_name, .author_id = entry->actor_id};
	uuid_parse(json_get_text(entry->payload, "author_id"), &source->author_id);
	struct problem *problem = apply_id(call, entry, "institution_id", &source->institution_id);
	if (!problem)
		problem = apply_text(call, entry, "uscc", &source->uscc);
	if (!problem)
		problem = apply_text(call, entry, "name", &source->name);
	if (!problem)
		problem = apply_text(call, entry, "region_code", &source->region_code);
	if (!problem)
		problem = apply_text(call, entry, "dossier_hash", &hash);
	if (problem)
		return problem;
	source->institution_home = get_platform(call, entry->payload, "institution_home");
	source->dossier = json_get_object(entry->payload, "dossier");
	source->author_marks = json_get_text(entry->payload, "author_marks");
	if (!crypto_unhex(hash, source->dossier_hash, 32) || !source->dossier ||
		!source->institution_home)
		return problem_new(call->arena, &PROBLEM_ENTRY);
	return dossier_read(call, source->dossier, source->institution_id);
}

static struct problem *answer(struct call *call, const struct apply_entry *entry, enum outcome outcome)
{
	struct json_object *payload = json_own(call->arena, json_object_new_object());
	put_text(payload, "outcome", outcomes[outcome].code);
	return post_send_to(call, "invitation.answer", "application", entry->record_id, entry->source, payload);
}

/* The code alone: used by whoever comes first, for what its request brings next. */
static struct problem *prove(
	struct call *call, const struct apply_entry *entry, struct invitation *row, enum outcome *outcome)
{
	struct uuid institution_id;
	struct problem *problem = apply_id(call, entry, "institution_id", &institution_id);
	if (!problem)
		problem = examine(call, row, institution_id, outcome);
	if (problem || *outcome != OUTCOME_REDEEMED)
		return problem;
	*outcome = OUTCOME_KNOWN;
	row->redeemed_for = entry->record_id;
	return use(call, row, entry->source);
}

struct problem *invitation_apply_redeem(struct call *call, const struct apply_entry *entry)
{
	struct case_source source;
	unsigned char mac[32];
	struct invitation *row;
	const char *uscc, *hex;
	enum outcome outcome = OUTCOME_UNKNOWN;
	struct problem *problem = apply_text(call, entry, "uscc", &uscc);
	if (!problem)
		problem = apply_text(call, entry, "hmac", &hex);
	if (!problem && !crypto_unhex(hex, mac, 32))
		problem = problem_new(call->arena, &PROBLEM_ENTRY);
	if (!problem)
		problem = find_keyed(call, entry->record_id, uscc, mac, &row);
	if (!problem && row && !json_has(entry->payload, "dossier"))
		problem = prove(call, entry, row, &outcome);
	else if (!problem && row && !(problem = read_source(call, entry, &source)))
		problem = redeem(call, row, &source, &outcome); /* of an earlier version, which sent all at once */
	return problem ? problem : answer(call, entry, outcome);
}

struct problem *invitation_apply_dossier(struct call *call, const struct apply_entry *entry)
{
	struct case_source source;
	struct invitation **rows;
	struct membership *member;
	size_t count;
	enum outcome outcome = OUTCOME_REDEEMED;
	struct problem *problem = read_source(call, entry, &source);
	if (!problem)
		problem = invitation_row_select(call, "redeemed_for = ? AND redeemed_from = ? AND uscc = ?", "LIMIT 1",
		                                DB_ARGS(db_id(&entry->record_id), db_uint(entry->source),
		                                db_text(source.uscc)), &rows, &count);
	if (problem || !count)
		return problem; /* no code was proven for it */
	problem = membership_find(call, call->platform_id, source.institution_id, &member);
	if (!problem && member && member->row.phase == MEMBERSHIP_PHASE_SUSPENDED)
		outcome = OUTCOME_SUSPENDED;
	else if (!problem && (!member || member->row.phase != MEMBERSHIP_PHASE_ACTIVE))
		problem = admit(call, &source, &outcome);
	return problem ? problem : answer(call, entry, outcome);
}

/* ---- The answer, at home ---- */

static struct problem *finish(struct call *call, struct application *row, enum outcome outcome)
{
	row->desk = outcomes[outcome].code;
	if (outcome == OUTCOME_REVIEW)
		return application_row_update(call, row, "progress"); /* the case moves it from here on */
	row->reason = outcome == OUTCOME_REDEEMED ? NULL : outcomes[outcome].zh;
	row->reason_en = outcome == OUTCOME_REDEEMED ? NULL : outcomes[outcome].en;
	return lifecycle_fire_as_server(call, &record_application, row,
		outcome == OUTCOME_REDEEMED ? "approved" : "refused", form_reason(call, row->reason));
}

/* The code is right: now the profile goes, and what it applies with. */
static struct problem *send_dossier(struct call *call, struct application *row)
{
	struct institution *institution;
	struct account *author;
	const char *marks;
	struct problem *problem = institution_row_peek(call, row->institution_id, &institution);
	if (!problem)
		problem = account_row_peek(call, row->row.created_by, &author);
	if (!problem)
		problem = person_marks(call, row->row.created_by, row->institution_id, row->row.id, &marks);
	if (problem || !institution)
		return problem;
	struct json_object *payload = json_own(call->arena, json_object_new_object());
	put_id(payload, "institution_id", institution->row.id);
	put_platform(call, payload, "institution_home", institution->row.home_id);
	put_text(payload, "uscc", institution->uscc);
	put_text(payload, "name", institution->name);
	put_text(payload, "region_code", institution->region_code);
	json_object_object_add(payload, "dossier", json_object_get(row->dossier));
	put_text(payload, "dossier_hash", federation_hex(call, row->dossier_hash));
	put_text(payload, "author_marks", marks);
	put_text(payload, "author", author ? author->name : NULL);
	put_id(payload, "author_id", row->row.created_by);
	problem = institution_announce(call, institution->row.id, &row->to_platform, 1);
	return problem
		? problem
		: post_send_to(call, "invitation.dossier", "application", row->row.id, row->to_platform, payload);
}

struct problem *invitation_apply_answer(struct call *call, const struct apply_entry *entry)
{
	struct application *row;
	const char *code;
	struct problem *problem = apply_text(call, entry, "outcome", &code);
	if (!problem)
		problem = application_row_peek(call, entry->record_id, &row);
	if (problem || !row || row->to_platform != entry->source || row->way != APPLICATION_WAY_INVITATION ||
		row->decided_at)
		return problem;
	enum outcome outcome = outcome_of(code);
	return outcome == OUTCOME_KNOWN ? send_dossier(call, row) : finish(call, row, outcome);
}

/* ---- Asking, at home ---- */

struct ask {
	struct call *call;
	const struct platform *target;
	unsigned char hash[32];
	struct uuid request;
	enum outcome outcome;
	bool decided;
	struct invitation *found; /* at this very platform */
};

static struct problem *own_institution(struct call *call, struct institution **out)
{
	struct problem *problem = institution_row_peek(call, call->actor.institution_id, out);
	if (!problem && (!*out || (*out)->row.home_id != call->platform_id))
		problem = problem_detail(call->arena, &PROBLEM_CONFLICT, "请到机构所属平台使用邀约码",
			"Use the code on your institution's home platform");
	return problem;
}

static struct case_source source_of(struct call *call, const struct ask *ask, const struct dossier *dossier)
{
	const struct institution *institution = dossier->institution;
	struct case_source source = {.id = ask->request,
		.way = "invitation",
		.from_platform = call->platform_id,
		.institution_id = institution->row.id,
		.institution_home = institution->row.home_id,
		.uscc = institution->uscc,
		.name = institution->name,
		.region_code = institution->region_code,
		.dossier = dossier->json,
		.author = call->actor.name,
		.author_id = call->actor.account_id};
	memcpy(source.dossier_hash, dossier->hash, 32);
	return source;
}

static struct problem *insert_request(struct call *call, struct ask *ask, const struct dossier *dossier)
{
	struct application *row = application_row_new(call);
	row->institution_id = dossier->institution->row.id;
	row->to_platform = ask->target->id;
	row->way = APPLICATION_WAY_INVITATION;
	row->dossier = dossier->json;
	memcpy(row->dossier_hash, dossier->hash, sizeof row->dossier_hash);
	row->sent_at = call_now();
	struct problem *problem = institution_hold(call, row->institution_id);
	if (!problem)
		problem = application_row_insert(call, row);
	ask->request = row->row.id;
	return problem ? problem : consent_give(call, row->institution_id, ask->target->id);
}

/* Nothing of the profile: whoever has not given this code learns nothing by it. */
static struct problem *post_request(struct call *call, struct ask *ask, const struct dossier *dossier)
{
	unsigned char mac[32];
	const struct institution *institution = dossier->institution;
	struct json_object *payload = json_own(call->arena, json_object_new_object());
	keyed(call, ask->hash, ask->request, institution->uscc, mac);
	put_id(payload, "institution_id", institution->row.id);
	put_platform(call, payload, "institution_home", institution->row.home_id);
	put_text(payload, "uscc", institution->uscc);
	put_text(payload, "hmac", federation_hex(call, mac));
	return post_send_to(call, "invitation.redeem", "application", ask->request, ask->target->id, payload);
}

static struct problem *ask_elsewhere(struct db *db, void *arg)
{
	(void)db;
	struct ask *ask = arg;
	struct dossier dossier;
	struct problem *problem = dossier_make(ask->call, ask->call->actor.institution_id, NULL, NULL, &dossier);
	if (!problem)
		problem = insert_request(ask->call, ask, &dossier);
	return problem ? problem : post_request(ask->call, ask, &dossier);
}

/* The code is of this platform, which is the institution's home: no log between. */
static struct problem *ask_here(struct db *db, void *arg)
{
	(void)db;
	struct ask *ask = arg;
	struct call *call = ask->call;
	struct dossier dossier;
	struct invitation **rows;
	size_t count;
	ask->outcome = OUTCOME_UNKNOWN;
	ask->decided = true;
	struct problem *problem = dossier_make(call, call->actor.institution_id, NULL, NULL, &dossier);
	if (!problem)
		problem = invitation_row_select(call, "code_hash = ? AND uscc = ?", "LIMIT 1",
		                                DB_ARGS(db_bytes(ask->hash, 32), db_text(dossier.institution->uscc)),
		                                &rows, &count);
	if (problem || !count)
		return problem;
	const struct policy *policy;
	problem = services_policy(call, &policy);
	if (!problem && policy->ways.invitation_review)
		problem = insert_request(call, ask, &dossier);
	else if (!problem)
		problem = consent_give(call, call->actor.institution_id, call->platform_id);
	struct case_source source = source_of(call, ask, &dossier);
	return problem ? problem : redeem(call, rows[0], &source, &ask->outcome);
}

static struct problem *look(struct call *call, struct ask *ask)
{
	struct db_result *result;
	struct problem *problem = db_select(call->db, call->scope,
		"SELECT phase, desk FROM application WHERE platform_id = :p AND id = ?", DB_ARGS(db_id(&ask->request)),
		&result);
	if (problem || !result->rows)
		return problem;
	const char *desk = db_get_text(result, 0, 1);
	ask->decided = desk != NULL;
	ask->outcome = outcome_of(desk);
	return NULL;
}

static struct problem *wait_for_answer(struct call *call, struct ask *ask)
{
	struct problem *problem = NULL;
	for (int waited = 0, pause = 5; !problem && !ask->decided && waited < WAIT_MS; waited += pause) {
		nanosleep(&(struct timespec){0, pause * 1000000L}, NULL);
		problem = look(call, ask);
		pause = pause < 40 ? pause * 2 : pause;
	}
	return problem;
}

static struct problem *count_wrong(struct call *call)
{
	unsigned used;
	struct problem *problem = limit_count(
		call, limit_subject(call, "invite", uuid_text(call->arena, call->actor.account_id)), WINDOW_S, &used);
	if (!problem)
		problem = limit_count(call, "invite:platform", WINDOW_S, &used);
	return problem;
}

static struct problem *check_limits(struct call *call)
{
	unsigned used, all;
	int left, all_left;
	struct problem *problem = limit_peek(call,
		limit_subject(call, "invite", uuid_text(call->arena, call->actor.account_id)), WINDOW_S, &used, &left);
	if (!problem)
		problem = limit_peek(call, "invite:platform", WINDOW_S, &all, &all_left);
	if (problem || (used < WRONG_CODES && all < WRONG_CODES_PLATFORM))
		return problem;
	problem = problem_detail(call->arena, &PROBLEM_RATE, "错误次数过多，请稍后再试",
		"Too many wrong codes; try again later");
	problem->retry_after = used >= WRONG_CODES ? left : all_left;
	return problem;
}

static struct problem *report(struct call *call, const struct ask *ask)
{
	struct redeem_result result = {.id = ask->request, .platform = ask->target->id};
	if (!ask->decided) {
		result.state = "sent";
		call->request->status = 202;
		return endpoint_answer(call, &shape_redeem_result, &result);
	}
	if (ask->outcome == OUTCOME_REDEEMED || ask->outcome == OUTCOME_REVIEW) {
		result.state = outcomes[ask->outcome].code;
		return endpoint_answer(call, &shape_redeem_result, &result);
	}
	if (ask->outcome == OUTCOME_UNKNOWN) {
		struct problem *problem = count_wrong(call);
		return problem ? problem : problem_new(call->arena, &PROBLEM_CODE);
	}
	struct problem *problem =
		problem_detail(call->arena, &PROBLEM_CONFLICT, outcomes[ask->outcome].zh, outcomes[ask->outcome].en);
	problem->extra_key = "outcome";
	problem->extra_value = outcomes[ask->outcome].code;
	return problem;
}

static struct problem *target_of(struct call *call, uint32_t id, const struct platform **out)
{
	*out = id ? post_platform(call, id) : call->platform->root;
	if (*out && (*out)->network_id == call->network_id && (*out)->state != PLATFORM_STATE_CLOSED)
		return NULL;
	return problem_add_field(call->arena, NULL, "/platform", "unknown", "没有这个平台",
		"There is no such platform");
}

/* Of 200 at once, the losers' transactions find the row moved and run again; then they find it used. */
static struct problem *run(struct call *call, struct ask *ask)
{
	struct problem *problem;
	bool here = ask->target->id == call->platform_id;
	for (int i = 0; i < 5; i++) {
		problem = db_transaction(call->db, here ? ask_here : ask_elsewhere, ask);
		if (!problem || problem->kind != &PROBLEM_STALE)
			break;
	}
	return problem || here ? problem : wait_for_answer(call, ask);
}

struct problem *invitation_redeem(struct call *call, const struct redeem_input *in)
{
	struct ask ask = {.call = call};
	struct institution *institution;
	char code[CODE_LENGTH + 1];
	if (!in->consent)
		return problem_add_field(call->arena, NULL, "/consent", "required", "须同意向该平台共享机构资料",
			"Consent to the sharing of the profile is needed");
	if (!code_read(call->arena, in->code, code) || !code_check(code))
		return problem_add_field(call->arena, problem_new(call->arena, &PROBLEM_CODE_CHECK), "/code", "check",
			PROBLEM_CODE_CHECK.zh, PROBLEM_CODE_CHECK.en);
	struct problem *problem = check_limits(call);
	if (!problem)
		problem = target_of(call, in->platform, &ask.target);
	if (!problem)
		problem = own_institution(call, &institution);
	crypto_sha256(code, CODE_LENGTH, ask.hash);
	if (!problem)
		problem = run(call, &ask);
	return problem ? problem : report(call, &ask);
}

struct problem *invitation_request_again(struct call *call, const struct request_again_input *in)
{
	const struct platform *target;
	struct institution *institution;
	struct problem *problem = target_of(call, in->platform, &target);
	if (!problem)
		problem = own_institution(call, &institution);
	if (problem)
		return problem;
	struct json_object *payload = json_own(call->arena, json_object_new_object());
	put_text(payload, "uscc", institution->uscc);
	put_text(payload, "name", institution->name); /* whoever was never invited has to say who asks */
	put_id(payload, "institution_id", institution->row.id);
	problem =
		post_send_to(call, "invitation.request_again", "institution", institution->row.id, target->id, payload);
	struct redeem_result result = {.state = "sent", .platform = target->id};
	return problem ? problem : endpoint_answer(call, &shape_redeem_result, &result);
}
