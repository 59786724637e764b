/* auth: what the declaration `auth` (schema/records/auth.yaml) answers: sessions, passwords, links, second factors. */
#include <string.h>

#include "core/buf.h"
#include "core/crypto/crypto.h"
#include "core/crypto/totp.h"
#include "core/out/qr.h"
#include "core/text/json.h"
#include "core/text/moment.h"
#include "core/text/text.h"
#include "schema/records.gen.h"
#include "tenants/account/access.h"
#include "tenants/account/account.h"
#include "tenants/account/account_directory.h"
#include "tenants/account/credential.h"
#include "tenants/account/home_entry.h"
#include "tenants/account/one_time.h"
#include "tenants/account/proof.h"
#include "tenants/account/role.h"
#include "tenants/account/session.h"
#include "tenants/account/sign_in.h"
#include "tenants/account/sms_code.h"
#include "tenants/platform/audit.h"
#include "tenants/platform/services.h"
#include "tenants/rules/role_name.h"

/* --- who I am --- */

/* NULL: all that the roles allow. */
static void write_permissions(struct call *call, struct json_writer *w, const char *list)
{
	char *rest = arena_strdup(call->arena, list), *item;

	jw_key(w, "permissions");
	if (!list) {
		jw_null(w);
		return;
	}
	jw_array_begin(w);
	while ((item = strsep(&rest, ",")))
		if (*item)
			jw_text(w, item);
	jw_array_end(w);
}

static void write_account(struct call *call, struct json_writer *w)
{
	const struct session *session = session_of(call);

	jw_key(w, "account");
	if (uuid_is_nil(call->actor.account_id)) {
		jw_null(w);
		return;
	}
	jw_object_begin(w);
	jw_kv_text(w, "id", uuid_text(call->arena, call->actor.account_id));
	jw_kv_text(w, "user_name", session ? session->user_name : NULL);
	jw_kv_text(w, "name", call->actor.name);
	jw_kv_text(w, "kind", session ? session->kind : NULL);
	role_write(w, "roles", call->actor.roles);
	write_permissions(call, w, session ? session->permissions : NULL);
	jw_kv_text(w, "institution_id",
		uuid_is_nil(call->actor.institution_id) ? NULL : uuid_text(call->arena, call->actor.institution_id));
	jw_kv_text(w, "needs", session ? session->needs : NULL);
	jw_object_end(w);
}

static void write_platform(struct json_writer *w, const char *key, const struct platform *platform)
{
	jw_key(w, key);
	jw_object_begin(w);
	jw_kv_text(w, "slug", platform->slug);
	jw_kv_text(w, "name_zh", platform->name_zh);
	jw_kv_text(w, "name_en", platform->name_en);
	jw_object_end(w);
}

static void write_session(struct call *call, const char *ticket)
{
	const struct session *session = session_of(call);
	struct json_writer *w = endpoint_writer(call);

	jw_object_begin(w);
	write_platform(w, "platform", call->platform);
	write_account(call, w);
	jw_kv_text(w, "second_factor", ticket ? "totp" : NULL);
	jw_kv_text(w, "ticket", ticket);
	if (session && session->home)
		write_platform(w, "home", session->home);
	else
		jw_kv_null(w, "home");
	jw_kv_null(w, "go");
	jw_object_end(w);
}

/* Whose home is elsewhere gets no session here, but the way home. */
static struct problem *answer_home(
	struct call *call, const struct credential *credential, const char *how, const char *return_path)
{
	const char *url;
	struct problem *problem = home_entry_issue(call, credential, how, NULL, return_path, &url);

	if (problem)
		return problem;
	struct json_writer *w = endpoint_writer(call);
	jw_object_begin(w);
	write_platform(w, "platform", call->platform);
	jw_kv_null(w, "account");
	jw_kv_null(w, "second_factor");
	jw_kv_null(w, "ticket");
	write_platform(w, "home", credential->at->platform);
	jw_kv_text(w, "go", url);
	jw_object_end(w);
	return NULL;
}

static struct problem *complete(
	struct call *call, const struct credential *credential, const char *how, const char *return_path)
{
	struct sign_in_result result = {NULL};

	if (credential->at)
		return answer_home(call, credential, how, return_path);
	struct problem *problem = sign_in_complete(call, credential, how, NULL, &result);
	if (!problem)
		write_session(call, result.ticket);
	return problem;
}

static struct problem *complete_with_both(struct call *call, const struct credential *credential)
{
	struct problem *problem =
		strcmp(credential->state, "active") == 0 ? NULL : problem_new(call->arena, &PROBLEM_ACCOUNT_STATE);

	if (!problem)
		problem = sign_in_open(call, credential, "password+totp");
	if (!problem)
		write_session(call, NULL);
	return problem;
}

struct problem *auth_session(struct call *call)
{
	write_session(call, NULL);
	return NULL;
}

/* For operations that everybody may call, since a session that still needs something holds no other right. */
static struct problem *require_account(struct call *call, struct credential **out)
{
	*out = NULL;
	return uuid_is_nil(call->actor.account_id)
		? problem_new(call->arena, &PROBLEM_SIGN_IN)
		: credential_still(call, call->actor.account_id, &PROBLEM_SIGN_IN, out);
}

/* One need was met: the next one stands, if the policy has one. */
static struct problem *renew_needs(struct call *call)
{
	const struct policy *policy;
	struct credential *own;
	struct problem *problem = services_policy(call, &policy);

	if (!problem)
		problem = require_account(call, &own);
	return problem ? problem : session_set_needs(call, credential_needs(policy, own));
}

/* --- signing in and out --- */

struct problem *auth_sign_in_password(struct call *call, const struct auth_sign_in *in)
{
	const struct policy *policy;
	struct credential *credential = NULL;
	bool both = false;
	struct problem *problem = services_policy(call, &policy);

	if (!problem && !policy->sign_in.password)
		problem = problem_new(call->arena, &PROBLEM_SIGN_IN_WAY);
	if (!problem)
		problem = sign_in_prove_in_network(
			call, text_narrow(call->arena, in->login), in->password, in->code, &credential, &both);
	if (!problem && both && !credential->at)
		return complete_with_both(call, credential);
	return problem ? problem : complete(call, credential, "password", in->return_path);
}

static const char *const code_uses[] = {[AUTH_MOBILE_USE_SIGN_IN] = "sign_in", [AUTH_MOBILE_USE_RESET] = "reset",
	[AUTH_MOBILE_USE_REGISTER] = "register", [AUTH_MOBILE_USE_CHANGE] = "change"};

struct problem *auth_send_code(struct call *call, const struct auth_mobile *in)
{
	const char *use = code_uses[in->use ? in->use : AUTH_MOBILE_USE_SIGN_IN];
	struct credential *known;
	size_t count = 0;
	struct problem *problem = proof_check(call, "sms-code", in->mobile, in->proof);

	if (!problem)
		problem = credential_by_mobile(call, in->mobile, NULL, &known, &count);
	if (!problem && !count)
		problem = account_directory_by_mobile(call, in->mobile, NULL, &known, &count);
	/* To register or change one must hold a mobile that no account need have; the others go to known mobiles
	 * only. */
	bool deliver = count > 0 || strcmp(use, "register") == 0 || strcmp(use, "change") == 0;

	if (!problem)
		problem = sms_code_send(call, use, in->mobile, deliver);
	if (problem)
		return problem;
	struct json_writer *w = endpoint_writer(call);
	jw_object_begin(w);
	jw_kv_int(w, "valid_s", 300);
	jw_object_end(w);
	return NULL;
}

static const struct problem_kind several_accounts = {"choose-account", 409, "该手机号对应多个账号，请选择账号类型。",
	"Several accounts have this mobile: say which kind."};

/* The account that the holder of a mobile means; the code has proven that the mobile is theirs. */
static struct problem *account_of_mobile(
	struct call *call, const char *mobile, const char *kind, struct credential **out)
{
	struct credential *found;
	size_t count;
	struct problem *problem = credential_by_mobile(call, mobile, kind, &found, &count);

	if (!problem && !count)
		problem = account_directory_by_mobile(call, mobile, kind, &found, &count);
	/* Of one kind on several platforms: the one that was used last. */
	if (!problem && count > 1 && kind)
		count = 1;
	*out = found;
	if (problem || count == 1)
		return problem;
	if (!count)
		return sms_code_problem(call->arena);
	problem = problem_new(call->arena, &several_accounts);
	struct buf *kinds = buf_in(call->arena);
	for (size_t i = 0; i < count; i++)
		buf_printf(kinds, "%s%s", i ? "," : "", found[i].kind);
	problem->extra_key = "kinds";
	problem->extra_value = arena_strdup(call->arena, kinds->data);
	return problem;
}

/* Nothing is told about a mobile before its code was right. A choice that is still open does not use the code up. */
static struct problem *prove_mobile(struct call *call, const char *use, const char *mobile, const char *code,
	const char *kind, struct credential **out)
{
	struct problem *account_problem = account_of_mobile(call, mobile, kind, out);
	bool right = false, open = account_problem && account_problem->kind == &several_accounts;
	struct problem *problem = sms_code_check(call, use, mobile, code, !open, &right);

	if (problem)
		return problem;
	return right ? account_problem : sms_code_problem(call->arena);
}

static const char *kind_code(int kind)
{
	static const char *const kinds[] = {NULL, "staff", "institution", "enterprise"};

	return kinds[kind];
}

struct problem *auth_sign_in_code(struct call *call, const struct auth_sms_sign_in *in)
{
	const struct policy *policy;
	struct credential *credential = NULL;
	struct problem *problem = services_policy(call, &policy);

	if (!problem && !policy->sign_in.sms_code)
		problem = problem_new(call->arena, &PROBLEM_SIGN_IN_WAY);
	if (!problem)
		problem = prove_mobile(call, "sign_in", in->mobile, in->code, kind_code(in->kind), &credential);
	/* Whoever holds the mobile is not shut out by others who guess at the password: those are counted elsewhere. */
	return problem ? problem : complete(call, credential, "sms", in->return_path);
}

struct problem *auth_sign_in_factor(struct call *call, const struct auth_second_factor *in)
{
	struct problem *problem = sign_in_second_factor(call, in->ticket, in->code);

	if (!problem)
		write_session(call, NULL);
	return problem;
}

struct problem *auth_sign_out(struct call *call)
{
	return session_close(call);
}

struct problem *auth_sessions(struct call *call)
{
	struct json_writer *w = endpoint_writer(call);

	jw_object_begin(w);
	jw_key(w, "items");
	struct problem *problem = session_write_list(call, w);
	if (problem)
		return problem;
	jw_kv_null(w, "next");
	jw_object_end(w);
	return NULL;
}

struct problem *auth_end_session(struct call *call)
{
	struct uuid id;
	bool ended = false;
	struct problem *problem = call_path_id(call, 0, &id);

	if (!problem)
		problem = session_end(call, call->actor.account_id, id, &ended);
	if (!problem && !ended)
		problem = problem_new(call->arena, &PROBLEM_NOT_FOUND);
	return problem ? problem : audit_add(call, "account.session_ended", "account", call->actor.account_id, NULL);
}

struct problem *auth_end_others(struct call *call)
{
	const struct session *own = session_of(call);
	struct problem *problem = access_end(call, call->actor.account_id, ACCESS_SESSIONS, own ? own->hash : NULL);

	return problem ? problem : audit_add(call, "account.session_ended", "account", call->actor.account_id, NULL);
}

/* --- passwords --- */

static const struct problem_kind old_password_wrong = {"old-password", 422, "原密码不正确。",
	"The old password is wrong."};

/* The password of who is signed in, counted like a sign-in. */
static struct problem *confirm_password(
	struct call *call, const struct credential *own, const char *pointer, const char *password)
{
	struct credential *proven;
	struct problem *problem = sign_in_prove(call, own->user_name, password, &proven);

	if (problem && problem->kind == &PROBLEM_SIGN_IN_REFUSED)
		return problem_add_field(call->arena, problem_new(call->arena, &old_password_wrong), pointer,
			old_password_wrong.code, old_password_wrong.zh, old_password_wrong.en);
	return problem;
}

struct problem *auth_change_password(struct call *call, const struct auth_password *in)
{
	struct credential *own;
	struct session *session = session_of(call);
	struct problem *problem = require_account(call, &own);

	if (!problem)
		problem = confirm_password(call, own, "/old_password", in->old_password);
	if (!problem)
		problem = credential_set_password(call, own, "/new_password", in->new_password, CREDENTIAL_BY_OLD,
			session ? session->hash : NULL);
	return problem ? problem : renew_needs(call);
}

struct problem *auth_reset_password(struct call *call, const struct auth_reset *in)
{
	struct credential *credential = NULL;
	struct problem *problem = prove_mobile(call, "reset", in->mobile, in->code, kind_code(in->kind), &credential);

	if (!problem && strcmp(credential->state, "active") != 0)
		problem = problem_new(call->arena, &PROBLEM_ACCOUNT_STATE);
	/* At home, wherever in the network that is. */
	return problem ? problem
		       : credential_set_password(credential->at ? credential->at : call, credential, "/password",
				 in->password, CREDENTIAL_BY_PROOF, NULL);
}

/* --- one-time links --- */

static struct problem *look_up_link(struct call *call, const char *token, struct one_time **out, bool *invites)
{
	struct problem *problem = one_time_look(call, "admin_link", token, out);

	*invites = !problem && *out;
	if (!problem && !*out)
		problem = one_time_look(call, "password_link", token, out);
	return problem || *out ? problem : problem_new(call->arena, &PROBLEM_LINK);
}

struct problem *auth_look_link(struct call *call, const struct auth_token *in)
{
	struct one_time *link;
	struct credential *credential = NULL;
	struct uuid id;
	bool invites;
	struct problem *problem = look_up_link(call, in->token, &link, &invites);

	if (!problem && !invites && uuid_parse(link->subject, &id))
		problem = credential_by_id(call, id, &credential);
	if (problem)
		return problem;
	struct json_writer *w = endpoint_writer(call);
	char expires[25];
	time_format(link->expires_at, expires);
	jw_object_begin(w);
	jw_kv_text(w, "purpose", invites ? "account" : "password");
	jw_kv_text(w, "role", json_get_text(link->payload, "role"));
	jw_kv_text(w, "user_name", credential ? credential->user_name : NULL);
	jw_kv_text(w, "name", credential ? credential->name : NULL);
	jw_kv_text(w, "expires_at", expires);
	jw_object_end(w);
	return NULL;
}

struct link_work {
	struct call *call;
	const struct one_time *link;
	const struct auth_link *in;
	struct credential credential;
	const char *encoded;
};

static struct problem *take_link(struct link_work *work)
{
	bool taken = false;
	struct problem *problem = one_time_take(work->call, work->link, &taken);

	return problem || taken ? problem : problem_new(work->call->arena, &PROBLEM_LINK);
}

/* Whoever holds the link acts for the account: the log names it. */
static void act_as(struct call *call, const struct credential *credential)
{
	call->actor.account_id = credential->account_id;
	call->actor.name = credential->name;
}

static struct problem *make_first_account(struct db *db, void *arg)
{
	struct link_work *work = arg;
	struct call *call = work->call;
	const char *role = json_get_text(work->link->payload, "role");
	struct account *row = account_row_new(call);
	struct problem *problem = take_link(work);

	if (problem)
		return problem;
	row->user_name = work->in->user_name;
	row->name = work->in->name;
	row->kind = ACCOUNT_KIND_STAFF;
	row->state = ACCOUNT_STATE_ACTIVE;
	row->mobile.plain = work->in->mobile;
	problem = account_add(call, row);
	work->credential.account_id = row->row.id;
	act_as(call, &work->credential);
	if (!problem)
		problem = credential_store_password(call, &work->credential, work->encoded, false);
	if (!problem)
		problem = role_set(call, row->row.id, role_by_name(role ? role : ""), NULL, "one-time link");
	return problem;
}

static struct problem *set_first_password(struct db *db, void *arg)
{
	struct link_work *work = arg;
	struct problem *problem = take_link(work);

	act_as(work->call, &work->credential);
	if (!problem)
		problem = credential_store_password(work->call, &work->credential, work->encoded, false);
	return problem ? problem : access_end(work->call, work->credential.account_id, ACCESS_IDENTITIES, NULL);
}

static struct problem *check_new_person(struct call *call, const struct auth_link *in)
{
	struct problem *problem = NULL;

	if (!in->user_name)
		problem = problem_add_field(
			call->arena, problem, "/user_name", "required", "请填写用户名。", "Choose a user name.");
	if (!in->name)
		problem = problem_add_field(call->arena, problem, "/name", "required", "请填写姓名。",
			"Give your name.");
	return problem ? problem : credential_check_user_name(call->arena, "/user_name", in->user_name, 3);
}

static struct problem *open_invitation(struct link_work *work)
{
	struct problem *problem = check_new_person(work->call, work->in);

	work->credential = (struct credential){
		.user_name = work->in->user_name, .name = work->in->name, .kind = "staff", .mobile = work->in->mobile};
	if (!problem)
		problem = credential_prepare_password(
			work->call, &work->credential, "/password", work->in->password, &work->encoded);
	return problem ? problem : db_transaction(work->call->db, make_first_account, work);
}

static struct problem *open_password_link(struct link_work *work)
{
	struct credential *credential = NULL;
	struct uuid id;
	struct problem *problem =
		uuid_parse(work->link->subject, &id) ? NULL : problem_new(work->call->arena, &PROBLEM_LINK);

	if (!problem)
		problem = credential_still(work->call, id, &PROBLEM_LINK, &credential);
	if (problem)
		return problem;
	work->credential = *credential;
	problem = credential_prepare_password(work->call, credential, "/password", work->in->password, &work->encoded);
	return problem ? problem : db_transaction(work->call->db, set_first_password, work);
}

struct problem *auth_open_link(struct call *call, const struct auth_link *in)
{
	struct link_work work = {.call = call, .in = in};
	struct one_time *link;
	struct credential *credential = NULL;
	struct sign_in_result result = {NULL};
	bool invites;
	struct problem *problem = look_up_link(call, in->token, &link, &invites);

	work.link = link;
	if (!problem)
		problem = invites ? open_invitation(&work) : open_password_link(&work);
	if (!problem)
		problem = credential_still(call, work.credential.account_id, &PROBLEM_SIGN_IN, &credential);
	if (!problem)
		problem = sign_in_complete(call, credential, "link", NULL, &result);
	if (!problem)
		write_session(call, result.ticket);
	return problem;
}

/* --- the second factor --- */

struct problem *auth_totp_enrol(struct call *call, const struct auth_confirm *in)
{
	unsigned char secret[TOTP_SECRET];
	char hex[2 * TOTP_SECRET + 1];
	const char *ticket;
	struct credential *own;
	size_t size;
	struct problem *problem = require_account(call, &own);

	if (!problem && own->totp)
		problem = problem_detail(call->arena, &PROBLEM_CONFLICT, "已绑定动态口令，如需更换请先解除。",
		                         "An authenticator is set up already; take it away first.");
	if (!problem)
		problem = confirm_password(call, own, "/password", in->password);
	if (problem)
		return problem;
	totp_secret_make(secret);
	crypto_hex(secret, sizeof secret, hex);
	const char *id = uuid_text(call->arena, own->account_id);
	const unsigned char *sealed =
		crypto_seal(call->services->keys, call->arena, "totp_enrol", hex, strlen(hex), &size);
	problem = one_time_issue(call, "totp_enrol", id,
		audit_details(call->arena, "secret", crypto_base64url(call->arena, sealed, size), NULL), 10 * 60 * 1000,
		&ticket);
	if (problem)
		return problem;
	const char *uri = totp_uri(call->arena, call->platform->name_zh, own->user_name, secret, sizeof secret);
	struct buf *svg = buf_in(call->arena);
	struct json_writer *w = endpoint_writer(call);
	jw_object_begin(w);
	jw_kv_text(w, "secret", totp_base32(call->arena, secret, sizeof secret));
	jw_kv_text(w, "uri", uri);
	jw_kv_text(w, "qr", qr_svg(svg, uri) ? svg->data : NULL);
	jw_kv_text(w, "ticket", ticket);
	jw_object_end(w);
	return NULL;
}

static bool open_enrolment(struct call *call, const struct one_time *one_time, unsigned char secret[TOTP_SECRET])
{
	const char *text = json_get_text(one_time->payload, "secret");
	size_t size = 0;
	unsigned char *sealed = text ? crypto_unbase64url(call->arena, text, &size) : NULL;
	const char *hex =
		sealed ? crypto_open(call->services->keys, call->arena, "totp_enrol", sealed, size, &size) : NULL;

	return hex && crypto_unhex(hex, secret, TOTP_SECRET);
}

struct enrolment {
	struct call *call;
	const struct one_time *one_time;
	const unsigned char *secret;
	uint64_t step;
};

static struct problem *store_enrolment(struct db *db, void *arg)
{
	struct enrolment *enrolment = arg;
	struct call *call = enrolment->call;
	struct session *session = session_of(call);
	bool taken = false;
	struct problem *problem = one_time_take(call, enrolment->one_time, &taken);

	if (!problem && !taken)
		problem = problem_new(call->arena, &PROBLEM_LINK);
	if (!problem)
		problem = credential_set_totp(call, call->actor.account_id, enrolment->secret, enrolment->step);
	if (!problem)
		problem = access_end(call, call->actor.account_id, ACCESS_SESSIONS, session ? session->hash : NULL);
	if (!problem)
		problem = renew_needs(call);
	return problem ? problem : audit_add(call, "account.totp_set", "account", call->actor.account_id, NULL);
}

struct problem *auth_totp_confirm(struct call *call, const struct auth_second_factor *in)
{
	unsigned char secret[TOTP_SECRET];
	struct credential *own;
	struct one_time *one_time = NULL;
	struct enrolment enrolment = {.call = call, .secret = secret};
	struct problem *problem = require_account(call, &own);

	if (!problem)
		problem = one_time_look(call, "totp_enrol", in->ticket, &one_time);
	if (problem)
		return problem;
	if (!one_time || strcmp(one_time->subject, uuid_text(call->arena, own->account_id)) != 0 ||
		!open_enrolment(call, one_time, secret))
		return problem_new(call->arena, &PROBLEM_LINK);
	enrolment.one_time = one_time;
	if (!totp_check(secret, sizeof secret, call_now() / 1000, 0, in->code, &enrolment.step)) {
		problem = one_time_fail(call, one_time, 5);
		return problem ? problem : problem_add_field(call->arena, NULL, "/code", "second-factor-refused",
			"动态口令不正确，请核对手机时间后再试。",
			"The code is wrong; check the clock of your telephone and try again.");
	}
	return db_transaction(call->db, store_enrolment, &enrolment);
}

struct problem *auth_totp_remove(struct call *call, const struct auth_confirm *in)
{
	const struct policy *policy;
	struct credential *own;
	struct problem *problem = services_policy(call, &policy);

	if (!problem)
		problem = require_account(call, &own);
	if (!problem && policy->sign_in.staff_second_factor && credential_is_staff(own))
		problem = problem_detail(call->arena, &PROBLEM_CONFLICT,
			"本平台要求双因素登录，不能解除；如需更换请联系安全管理员。",
		                         "This platform asks for two factors; ask its security administrator to "
		                         "replace the authenticator.");
	if (!problem)
		problem = confirm_password(call, own, "/password", in->password);
	if (!problem)
		problem = credential_set_totp(call, own->account_id, NULL, 0);
	return problem ? problem : audit_add(call, "account.totp_removed", "account", own->account_id, NULL);
}
