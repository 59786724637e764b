/* notice_sink: whom a lifecycle's notices reach: people's inboxes, and by SMS or e-mail those who do not look there
 * every day. */
#include <string.h>

#include "core/diag.h"
#include "core/record/side.h"
#include "core/text/json.h"
#include "schema/records.gen.h"
#include "tenants/notice/message.h"
#include "tenants/notice/notice.h"
#include "tenants/platform/platform.h"
#include "tenants/platform/post.h"
#include "tenants/platform/services.h"
#include "tenants/policy/policy_recipient.h"
#include "tenants/rules/role_name.h"

struct telling {
	struct call *call;
	const struct record *record;
	const void *row;
	const char *about; /* what the message leads to: a record's name, or "workbench" */
	struct uuid about_id;
	const struct policy_notice *template;
	struct json_object *variables;
};

/* A field of the row as the texts name it: {name}, {number}, {institution_name}. */
static const char *field_text(struct telling *telling, const char *name)
{
	const struct field *field = shape_field(telling->record->shape, name);
	const void *at = field ? (const char *)telling->row + field->offset : NULL;

	if (!field || field->sealed_column)
		return NULL;
	switch (field->type) {
	case FIELD_TEXT:
	case FIELD_LONGTEXT:
	case FIELD_DATE:
	case FIELD_USCC:
	case FIELD_REGION:
		return *(const char *const *)at;
	case FIELD_UINT:
	case FIELD_INT:
		return arena_printf(telling->call->arena, "%lld", (long long)*(const int64_t *)at);
	default:
		return NULL;
	}
}

/* The name of a platform that the row names. */
static bool platform_words(struct telling *telling, const char *name, struct words *out)
{
	const struct field *field = shape_field(telling->record->shape, name);
	const struct platform *platform = NULL;

	if (field && field->type == FIELD_PLATFORM)
		platform =
			post_platform(telling->call, *(const uint32_t *)((const char *)telling->row + field->offset));
	if (platform)
		*out = (struct words){platform->name_zh, platform->name_en};
	return platform != NULL;
}

/* What a row says in both languages has a second field, its name with _en. */
static void add_field(struct telling *telling, struct json_object *out, const char *key, const char *name)
{
	struct words words = {
		field_text(telling, name), field_text(telling, arena_printf(telling->call->arena, "%s_en", name))};

	if (json_has(out, key) || (!words.zh && !platform_words(telling, name, &words)))
		return;
	if (words.en)
		put_both(out, key, words);
	else
		put_text(out, key, words.zh);
}

/* A reason that the server gave is in the row in both languages; one that a person gave is as they wrote it. */
static void add_reason(struct telling *telling, struct json_object *out)
{
	static const char *const english[] = {"reason_en", "decision_reason_en"};
	const char *reason = notice_value(out, "reason", LANG_ZH);

	for (size_t i = 0; reason && *reason && i < sizeof english / sizeof english[0]; i++)
		if (json_get_text(out, "reason") && field_text(telling, english[i]))
			put_both(out, "reason", (struct words){reason, field_text(telling, english[i])});
	const char *other = notice_value(out, "reason", LANG_EN);
	bool given = reason && *reason;
	put_both(out, "because", (struct words){given ? arena_printf(telling->call->arena, "，原因：%s", reason) : "",
	                                        given ? arena_printf(telling->call->arena, ": %s", other) : ""});
}

static void gather_variables(struct telling *telling, const struct policy *policy, const struct json_object *given)
{
	struct call *call = telling->call;
	struct json_object *out = json_own(call->arena, json_object_new_object());

	if (given) {
		json_object_object_foreach((struct json_object *)given, key, value) {
			if (json_object_is_type(value, json_type_string) ||
				json_object_is_type(value, json_type_object))
				json_object_object_add(out, key, json_object_get(value));
		}
	}
	for (size_t i = 0; i < telling->template->variables.count; i++)
		add_field(telling, out, telling->template->variables.items[i], telling->template->variables.items[i]);
	/* Records call it differently; people want the institution's name. */
	add_field(telling, out, "name", "institution_name");
	if (!json_has(out, "platform"))
		put_both(out, "platform", (struct words){call->platform->name_zh, call->platform->name_en});
	if (!json_has(out, "hotline") && policy->profile.hotline)
		put_text(out, "hotline", policy->profile.hotline);
	add_reason(telling, out);
	telling->variables = out;
}

static const char *fill(struct telling *telling, const struct policy_text *text, enum lang lang)
{
	return notice_fill(
		telling->call->arena, lang == LANG_EN ? text->en : text->zh, telling->variables, NULL, true, lang);
}

static struct problem *tell_inbox(
	struct telling *telling, struct uuid account_id, struct uuid institution_id, const char *role)
{
	const struct policy_notice *template = telling->template;
	struct message_order order = {.account_id = account_id, .institution_id = institution_id, .role = role,
		.title = fill(telling, &template->title, LANG_ZH), .title_en = fill(telling, &template->title, LANG_EN),
		.body = fill(telling, &template->body, LANG_ZH), .body_en = fill(telling, &template->body, LANG_EN),
		.record_type = telling->about, .record_id = telling->about_id};

	return message_put(telling->call, &order, NULL);
}

static struct problem *tell_out(
	struct telling *telling, const char *mobile, const char *email, const char *name, enum lang lang)
{
	struct notice_order order = {.template = telling->template->id, .mobile = mobile, .email = email, .name = name,
		.variables = telling->variables, .record_type = telling->about, .record_id = telling->about_id,
		.lang = lang};

	return notice_queue(telling->call, &order, NULL);
}

static enum lang language(const struct db_result *rows)
{
	return rows->rows && strcmp(db_need_text(rows, 0, 0), "en") == 0 ? LANG_EN : LANG_ZH;
}

static struct problem *language_of_account(struct call *call, struct uuid account_id, enum lang *out)
{
	struct db_result *rows;
	struct problem *problem = db_select(call->db, call->scope,
		"SELECT language FROM account WHERE platform_id = :p AND id = ?", DB_ARGS(db_id(&account_id)), &rows);

	*out = problem ? LANG_ZH : language(rows);
	return problem;
}

/* Of its owner: the contact may be somebody without an account. */
static struct problem *language_of_institution(struct call *call, struct uuid institution_id, enum lang *out)
{
	struct db_result *rows;
	struct problem *problem = db_select(call->db, call->scope,
		"SELECT a.language FROM account a JOIN account_role r ON r.platform_id = :p AND r.account_id = a.id "
		"AND r.role = 'owner'"
		" WHERE a.platform_id = :p AND a.institution_id = ? AND a.state = 'active' ORDER BY a.created_at LIMIT "
		"1",
		DB_ARGS(db_id(&institution_id)), &rows);

	*out = problem ? LANG_ZH : language(rows);
	return problem;
}

/* An organisation that is told, and where it is at home as the row says; 0 where it does not. */
struct told_place {
	struct uuid id;
	uint32_t home;
};

static uint32_t home_named(const struct telling *telling)
{
	const struct field *field = shape_field(telling->record->shape, "institution_home");

	bool is_home = field && field->type == FIELD_PLATFORM;
	return is_home ? *(const uint32_t *)((const char *)telling->row + field->offset) : 0;
}

static struct told_place place_of(const struct telling *telling, const struct record_side *side)
{
	uint32_t home = record_side_home(telling->call, telling->record, telling->row, side);

	return (struct told_place){record_side_id(telling->call, telling->record, telling->row, side),
		home ? home : home_named(telling)};
}

/* The record's first organisation; in some without sides a field is called so. */
static struct told_place institution_of(const struct telling *telling)
{
	const struct record *record = telling->record;
	const struct field *field = shape_field(record->shape, "institution_id");
	struct told_place place = {UUID_NIL, home_named(telling)};

	for (size_t i = 0; i < record->side_count; i++)
		if (!record->sides[i].account)
			return place_of(telling, &record->sides[i]);
	if (field && field->type == FIELD_ID)
		memcpy(&place.id, (const char *)telling->row + field->offset, sizeof place.id);
	return place;
}

static struct problem *tell_contact(struct telling *telling, struct uuid id)
{
	struct call *call = telling->call;
	struct institution *institution = NULL;
	enum lang lang = LANG_ZH;
	struct problem *problem = institution_row_peek(call, id, &institution);

	if (!problem && institution)
		problem = language_of_institution(call, id, &lang);
	if (problem || !institution)
		return problem;
	return tell_out(telling, record_open(call, &record_institution, institution, "contact_mobile"),
		institution->contact_email, institution->contact_name, lang);
}

/* Where its people read: the copy of the profile knows, else the record that tells of it. */
static struct problem *home_of(struct telling *telling, const struct told_place *place, const struct platform **home)
{
	struct call *call = telling->call;
	struct institution *institution;
	struct problem *problem = institution_row_peek(call, place->id, &institution);
	uint32_t platform = !problem && institution ? institution->row.home_id : 0;

	if (!platform)
		platform = place->home;
	*home = platform ? post_platform(call, platform) : NULL;
	return problem;
}

static struct json_object *both(struct telling *telling, const struct policy_text *text)
{
	struct json_object *holder = json_own(telling->call->arena, json_object_new_object());

	put_both(holder, "text", (struct words){fill(telling, text, LANG_ZH), fill(telling, text, LANG_EN)});
	return json_get_object(holder, "text");
}

static struct problem *send_home(struct telling *telling, struct uuid id, uint32_t home, bool contact)
{
	struct json_object *payload = json_own(telling->call->arena, json_object_new_object());

	put_text(payload, "template", telling->template->id);
	put_id(payload, "institution_id", id);
	json_object_object_add(payload, "variables", json_object_get(telling->variables));
	json_object_object_add(payload, "title", json_object_get(both(telling, &telling->template->title)));
	json_object_object_add(payload, "body", json_object_get(both(telling, &telling->template->body)));
	put_text(payload, "about", telling->about);
	put_id(payload, "about_id", telling->about_id);
	json_object_object_add(payload, "contact", json_object_new_boolean(contact));
	return post_send_to(telling->call, "notice.told", "institution", id, home, payload);
}

static struct problem *tell_organisation(struct telling *telling, struct told_place place, bool contact)
{
	const struct platform *home;
	struct problem *problem = home_of(telling, &place, &home);

	if (problem)
		return problem;
	if (home && home->id != telling->call->platform_id && home->state != PLATFORM_STATE_CLOSED)
		return send_home(telling, place.id, home->id, contact);
	problem = tell_inbox(telling, UUID_NIL, place.id, NULL);
	return problem || !contact ? problem : tell_contact(telling, place.id);
}

struct problem *notice_told_apply(struct call *call, const struct notice_told *told)
{
	const struct policy *policy;
	struct telling telling = {.call = call,
		.about = told->about,
		.about_id = told->about_id,
		.variables = (struct json_object *)told->variables};
	struct message_order order = {.institution_id = told->institution_id,
		.title = json_get_text(told->title, "zh"),
		.title_en = json_get_text(told->title, "en"),
		.body = json_get_text(told->body, "zh"),
		.body_en = json_get_text(told->body, "en"),
		.record_type = told->about,
		.record_id = told->about_id,
		.once = told->once};
	bool fresh;
	struct problem *problem = services_policy(call, &policy);

	if (!problem)
		problem = message_put(call, &order, &fresh);
	if (problem || !fresh || !told->contact)
		return problem;
	telling.template = policy_notice(call->arena, policy, told->template);
	/* The other platform's policy may have one that this one lacks: the inbox has it. */
	return telling.template ? tell_contact(&telling, told->institution_id) : NULL;
}

static struct problem *tell_account(struct telling *telling, struct uuid id)
{
	struct account *account = NULL;
	enum lang lang = LANG_ZH;
	struct problem *problem = account_row_peek(telling->call, id, &account);

	if (!problem && account)
		problem = language_of_account(telling->call, id, &lang);
	if (problem || !account)
		return problem;
	problem = tell_inbox(telling, id, UUID_NIL, NULL);
	return problem ? problem
		       : tell_out(telling, record_open(telling->call, &record_account, account, "mobile"),
				 account->email, account->name, lang);
}

/* Nobody, while nobody stands there. */
static struct problem *tell_side(struct telling *telling, const struct record_side *side)
{
	struct told_place place = place_of(telling, side);

	if (uuid_is_nil(place.id))
		return NULL;
	return side->account ? tell_account(telling, place.id) : tell_organisation(telling, place, true);
}

static struct problem *tell(struct telling *telling, const char *to)
{
	const struct row *head = telling->row;
	const struct field *account = policy_recipient_account(telling->record, to);
	const struct record_side *side = strncmp(to, "side:", 5) == 0 ? record_side(telling->record, to + 5) : NULL;

	if (strncmp(to, "role:", 5) == 0)
		return tell_inbox(telling, UUID_NIL, UUID_NIL, to + 5);
	if (strcmp(to, "institution") == 0 || strcmp(to, "institution_contact") == 0)
		return tell_organisation(telling, institution_of(telling), to[11] != '\0');
	if (side)
		return tell_side(telling, side);
	if (strcmp(to, "submitter") == 0)
		return tell_account(telling, head->created_by);
	if (account)
		return tell_account(telling, *(const struct uuid *)((const char *)telling->row + account->offset));
	diag_warn(NULL, "notice %s of %s: unknown recipient %s", telling->template->id, telling->record->name, to);
	return NULL;
}

/* Without a template of that name nothing is told; the diagnostics say so. */
static struct problem *prepare(struct telling *telling, const char *template, const struct json_object *variables)
{
	struct call *call = telling->call;
	const struct policy *policy;
	struct problem *problem = services_policy(call, &policy);

	if (problem)
		return problem;
	telling->template = policy_notice(call->arena, policy, template);
	if (telling->template)
		gather_variables(telling, policy, variables);
	else
		diag_warn(NULL, "platform %u has no notice template %s", call->platform_id, template);
	return NULL;
}

struct problem *notice_sink_send(struct call *call, const struct record *record, const void *row, const char *template,
	const char *to, struct json_object *variables, void *arg)
{
	struct telling telling = {.call = call,
		.record = record,
		.row = row,
		.about = record->name,
		.about_id = ((const struct row *)row)->id};
	struct problem *problem = prepare(&telling, template, variables);

	return problem || !telling.template ? problem : tell(&telling, to);
}

struct problem *notice_tell_account(struct call *call, struct uuid account_id, const char *template,
	const struct json_object *variables, const char *about, struct uuid about_id)
{
	struct telling telling = {.call = call, .record = &record_account, .about = about, .about_id = about_id};
	struct account *account = NULL;
	struct problem *problem = account_row_peek(call, account_id, &account);

	if (problem || !account)
		return problem;
	telling.row = account;
	problem = prepare(&telling, template, variables);
	return problem || !telling.template ? problem : tell_account(&telling, account_id);
}
