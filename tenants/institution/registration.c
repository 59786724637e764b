/* registration: how an organisation and its first person come onto a platform (HN-1, NX-2), and what happens when its
 * code is registered already. */
#include <string.h>

#include "core/text/json.h"
#include "core/text/uscc.h"
#include "schema/records.gen.h"
#include "tenants/account/account.h"
#include "tenants/account/account_directory.h"
#include "tenants/account/credential.h"
#include "tenants/account/home_entry.h"
#include "tenants/account/identity_request.h"
#include "tenants/account/role.h"
#include "tenants/account/session.h"
#include "tenants/account/sms_code.h"
#include "tenants/institution/institution.h"
#include "tenants/platform/audit.h"
#include "tenants/platform/limit.h"
#include "tenants/platform/services.h"
#include "tenants/rules/organisation_type.h"

struct registration {
	struct call *call;  /* on the platform that it belongs to */
	struct call *here;  /* where it is asked for: the same, but for who chooses another (HN-1) */
	struct credential person;
	const char *email;
	const char *encoded; /* password */
	const char *uscc;
	const char *override; /* why a code with a wrong check digit is taken */
	struct institution *institution; /* to be created */
	const char *consent;
	bool enterprise;
	/* of those who ask for one that is there */
	struct identity_holder holder;
	int ask; /* enum identity_ask_kind */
	const char *statement;
	struct uuid request_id;
};

/* "该代码已登记为“…”，所属平台…": the organisation and its home, no person. */
static struct problem *registered_problem(struct call *call, const struct identity_holder *holder)
{
	const struct platform *home = platform_by_id(services_directory(call), holder->home);
	struct problem *problem = problem_detail(call->arena, &PROBLEM_USCC_REGISTERED,
		arena_printf(call->arena,
			"该统一社会信用代码已登记为“%s”，所属平台为%"
			"s。如果您应管理该机构，请在该平台认领；如果您在该机构工作，请申请加入。",
			holder->name, home ? home->name_zh : "其他平台"),
		arena_printf(call->arena,
			"This code is registered for “%s”, at home on %s. Claim it there if it is yours, or ask to "
			"join it if you work there.",
			holder->name, home ? home->name_en : "another platform"));

	problem->extra_key = "home";
	problem->extra_value = home ? home->slug : "";
	return problem_add_field(call->arena, problem, "/uscc", PROBLEM_USCC_REGISTERED.code, problem->zh, problem->en);
}

/* A code that only fails its check digit passes when a reviewer accepted it before. */
static struct problem *read_code(struct registration *work, const char *text)
{
	return institution_read_code(work->call, text, &work->uscc, &work->override);
}

static struct problem *read_choice(struct call *call, const char *field, const char *text, int *out)
{
	const struct field *declared = shape_field(&shape_institution, field);

	if (!text)
		return NULL;
	*out = field_value(declared, text);
	if (*out)
		return NULL;
	return problem_add_field(call->arena, NULL, arena_printf(call->arena, "/%s", field), "unknown-code",
		"没有此选项。", "There is no such choice.");
}

static struct problem *check_type(struct registration *work, const char *type)
{
	struct call *call = work->call;
	const struct policy *policy;
	struct problem *problem = services_policy(call, &policy);

	if (problem || work->enterprise)
		return problem;
	if (type && !policy_term_allows(&policy->institution_types, type, NULL))
		return problem_add_field(call->arena, NULL, "/type", "unknown-code", "本平台不接受此机构类型。",
			"This platform does not take this type.");
	return read_choice(call, "type", type, &work->institution->type);
}

static struct problem *read_institution(struct registration *work, const struct institution_register *in)
{
	struct institution *row = institution_row_new(work->call);

	work->institution = row;
	row->uscc = work->uscc;
	row->uscc_override = work->override;
	row->name = in->name;
	row->type = work->enterprise ? INSTITUTION_TYPE_ENTERPRISE : INSTITUTION_TYPE_SOCIAL_SERVICE;
	row->organisation_type = organisation_type_of(work->uscc); /* the form may say otherwise: a partnership is 91
								      like any enterprise */
	row->region_code = in->region_code ? in->region_code : work->call->platform->region_code;
	row->contact_name = in->person_name;
	row->contact_mobile.plain = in->mobile;
	row->contact_email = in->email;
	struct problem *problem = check_type(work, in->type);
	return problem ? problem
		       : read_choice(work->call, "organisation_type", in->organisation_type, &row->organisation_type);
}

/* Everything that can be refused before the SMS code is used up and the password is hashed. */
static struct problem *check_person(struct registration *work, const char *code, const char *password)
{
	struct call *call = work->call;
	struct credential *taken;
	bool right = false;
	struct problem *problem = credential_check_user_name(call->arena, "/user_name", work->person.user_name, 3);

	/* Nobody learns who has an account, and no hash is computed, for whom no mobile was proven. */
	if (!problem)
		problem = sms_code_check(work->here, "register", work->person.mobile, code, false, &right);
	if (!problem && !right)
		return sms_code_problem(call->arena);
	if (!problem)
		problem = credential_by_user_name(call, work->person.user_name, &taken);
	if (!problem && taken)
		problem = problem_add_field(call->arena, NULL, "/user_name", "taken", "该用户名已被使用，请换一个。",
			"This user name is taken; choose another.");
	if (!problem)
		problem = credential_prepare_password(call, &work->person, "/password", password, &work->encoded);
	if (!problem)
		problem = sms_code_check(work->here, "register", work->person.mobile, code, true, &right);
	return problem || right ? problem : sms_code_problem(call->arena);
}

static struct problem *write_person(struct registration *work, struct uuid institution_id, uint32_t role)
{
	struct call *call = work->call;
	struct account *row = account_row_new(call);

	row->user_name = work->person.user_name;
	row->name = work->person.name;
	row->kind = work->enterprise ? ACCOUNT_KIND_ENTERPRISE : ACCOUNT_KIND_INSTITUTION;
	row->institution_id = institution_id;
	row->mobile.plain = work->person.mobile;
	row->email = work->email;
	struct problem *problem = account_add(call, row);
	work->person.account_id = row->row.id;
	/* Who registers acts for itself from here on: the log names it. */
	call->actor.account_id = row->row.id;
	call->actor.name = row->name;
	if (!problem)
		problem = credential_store_password(call, &work->person, work->encoded, false);
	return problem || !role ? problem : role_set(call, row->row.id, role, NULL, "registration");
}

static struct problem *write_consent(struct registration *work, struct uuid institution_id)
{
	struct call *call = work->call;
	struct uuid id = uuid_v7();

	return db_exec(call->db, call->scope,
		"INSERT INTO consent (platform_id, id, institution_id, account_id, purpose, to_platform, text_version, "
		"given_at)"
		" VALUES (:p, ?, ?, ?, 'registration', ?, ?, ?)",
		DB_ARGS(db_id(&id), db_id(&institution_id), db_id(&work->person.account_id), db_uint(call->platform_id),
		db_text(work->consent),
		        db_time(call_now())), NULL);
}

static struct problem *write_registration(struct db *db, void *arg)
{
	struct registration *work = arg;
	struct call *call = work->call;
	struct institution *row = work->institution;
	bool claimed = false;
	struct problem *problem;

	row->row = (struct row){.id = uuid_v7()};
	call->actor.account_id = UUID_NIL;
	problem = institution_claim_code(call, work->uscc, row->row.id, row->name, work->enterprise, &claimed);
	if (!problem && !claimed) {
		bool found;
		problem = institution_find_holder(call, work->uscc, &work->holder, &found);
		return problem ? problem : registered_problem(call, &work->holder);
	}
	if (!problem)
		problem = write_person(work, row->row.id, work->enterprise ? ROLE_ENTERPRISE : ROLE_OWNER);
	if (!problem)
		problem = institution_row_insert(call, row);
	if (!problem)
		problem = write_consent(work, row->row.id);
	return problem || work->here != call
		? problem
		: session_open(call, work->person.account_id, SESSION_ANY, NULL, "registration");
}

/* Who registered for another platform is let in there. */
static struct problem *entry_at_home(struct registration *work, const char **url)
{
	struct credential *credential = NULL;
	*url = NULL;
	if (work->here == work->call)
		return NULL;
	struct problem *problem = credential_by_id(work->call, work->person.account_id, &credential);
	if (problem || !credential)
		return problem;
	credential->at = work->call;
	return home_entry_issue(work->here, credential, "registration", NULL, NULL, url);
}

static struct problem *answer_registration(struct registration *work)
{
	struct call *call = work->here;
	const char *url;
	struct problem *problem = entry_at_home(work, &url);
	struct json_writer *w = problem ? NULL : endpoint_writer(call);

	if (problem)
		return problem;
	jw_object_begin(w);
	jw_kv_text(w, "account_id", uuid_text(call->arena, work->person.account_id));
	jw_kv_text(w, "institution_id", work->institution ? uuid_text(call->arena, work->institution->row.id) : NULL);
	jw_kv_text(w, "request_id", work->institution ? NULL : uuid_text(call->arena, work->request_id));
	jw_kv_text(w, "uscc", work->uscc);
	if (url) {
		jw_kv_text(w, "home", work->call->platform->slug);
		jw_kv_text(w, "go", url);
	}
	jw_object_end(w);
	return NULL;
}

static struct problem *registered_by_other(struct registration *work)
{
	bool found = false;
	struct problem *problem = institution_find_holder(work->call, work->uscc, &work->holder, &found);

	return problem || !found ? problem : registered_problem(work->call, &work->holder);
}

/* A platform that takes no applications of its own but shows what others approved (HN-3) is nobody's to belong to. */
static struct problem *choose_home(struct registration *work, uint32_t chosen)
{
	struct call *call = work->call;
	const struct policy *policy;
	const struct platform *platform = platform_by_id(services_directory(call), chosen ? chosen : call->platform_id);
	struct problem *problem = services_policy(call, &policy);

	if (problem)
		return problem;
	if (!platform || platform->network_id != call->network_id || platform->state != PLATFORM_STATE_ACTIVE)
		return problem_add_field(call->arena, NULL, "/platform", "unknown", "没有这个平台，或它未在运行",
			"There is no such platform, or it does not run");
	if (platform->id != call->platform_id)
		return account_directory_call(call, platform, &work->call);
	if (work->enterprise || policy->ways.self || !policy->ways.acceptance)
		return NULL;
	return problem_add_field(call->arena, NULL, "/platform", "required", "请选择所属的窗口平台，由其审核",
		"Choose the platform that you belong to: it reviews you");
}

/* ZJ-1: a platform may be for institutions of its own part of the country alone. */
static struct problem *check_outside(struct registration *work)
{
	struct call *call = work->call;
	const struct policy *policy;
	bool outside = false;
	struct problem *problem = services_policy(call, &policy);

	if (!problem && !work->enterprise && !policy->ways.outside)
		problem = institution_is_outside(call, work->institution->region_code, &outside);
	if (problem || !outside)
		return problem;
	return problem_add_field(call->arena, NULL, "/region_code", "outside", "本平台只接受本省（区、市）的机构",
		"This platform takes institutions of its own province only");
}

static struct problem *register_organisation(struct call *call, const struct institution_register *in, bool enterprise)
{
	struct registration work = {.call = call,
		.here = call,
		.enterprise = enterprise,
		.email = in->email,
		.consent = in->consent,
		.person = {.user_name = in->user_name,
			.name = in->person_name,
			.mobile = in->mobile,
			.kind = enterprise ? "enterprise" : "institution"}};
	struct problem *problem = choose_home(&work, in->platform);

	if (!problem)
		problem = read_code(&work, in->uscc);
	if (!problem)
		problem = registered_by_other(&work);
	if (!problem)
		problem = read_institution(&work, in);
	if (!problem)
		problem = check_outside(&work);
	if (!problem)
		problem = check_person(&work, in->code, in->password);
	if (!problem)
		problem = db_transaction(call->db, write_registration, &work);
	return problem ? problem : answer_registration(&work);
}

struct problem *institution_register_service(struct call *call, const struct institution_register *in)
{
	return register_organisation(call, in, false);
}

struct problem *institution_register_enterprise(struct call *call, const struct institution_register *in)
{
	return register_organisation(call, in, true);
}

/* --- claim and join --- */

static struct problem *write_request(struct db *db, void *arg)
{
	struct registration *work = arg;
	struct call *call = work->call;
	struct identity_request *request = identity_request_row_new(call);
	struct problem *problem;

	call->actor.account_id = UUID_NIL;
	problem = write_person(work, UUID_NIL, 0);
	if (problem)
		return problem;
	request->institution_id = work->holder.institution_id;
	request->account_id = work->person.account_id;
	request->account_name = work->person.name;
	request->kind = work->ask;
	request->statement = work->statement;
	request->open_key = work->person.account_id;
	problem = identity_request_file(call, request);
	work->request_id = request->row.id;
	/* The account is open at once, so that evidence can be uploaded; it belongs to no institution yet. */
	return problem ? problem : session_open(call, work->person.account_id, SESSION_ANY, NULL, "registration");
}

struct problem *institution_ask(struct call *call, const struct identity_ask *in)
{
	struct registration work = {.call = call, .here = call, .ask = in->kind, .statement = in->statement,
		.person = {.user_name = in->user_name, .name = in->person_name, .mobile = in->mobile,
		.kind = "institution"}};
	bool found = false;
	struct problem *problem = read_code(&work, in->uscc);

	if (!problem)
		problem = institution_find_holder(call, work.uscc, &work.holder, &found);
	if (!problem && !found)
		problem = problem_add_field(call->arena, NULL, "/uscc", "uscc-free", "该代码尚未登记，请直接注册。",
		                            "This code is not registered: just register.");
	if (!problem && work.holder.home != call->platform_id)
		problem = registered_problem(call, &work.holder);
	if (!problem)
		problem = check_person(&work, in->code, in->password);
	if (!problem)
		problem = db_transaction(call->db, write_request, &work);
	return problem ? problem : answer_registration(&work);
}
