/* notice_sink: whom a lifecycle's notices reach: people's inboxes, and by SMS or e-mail those who do not look there every day. */
#include <string.h>

#include "core/diag.h"
#include "core/json.h"
#include "schema/records.gen.h"
#include "tenants/message.h"
#include "tenants/notice.h"
#include "tenants/role.h"
#include "tenants/services.h"

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

static void add_text(struct json_object *object, const char *key, const char *value)
{
	if (value && !json_has(object, key))
		json_object_object_add(object, key, json_object_new_string(value));
}

static void gather_variables(struct telling *telling, const struct policy *policy, const struct json_object *given)
{
	struct call *call = telling->call;
	struct json_object *out = json_own(call->arena, json_object_new_object());

	if (given) {
		json_object_object_foreach((struct json_object *)given, key, value) {
			if (json_object_is_type(value, json_type_string))
				json_object_object_add(out, key, json_object_get(value));
		}
	}
	for (size_t i = 0; i < telling->template->variables.count; i++)
		add_text(out, telling->template->variables.items[i], field_text(telling, telling->template->variables.items[i]));
	/* Records call it differently; people want the institution's name. */
	add_text(out, "name", field_text(telling, "institution_name"));
	add_text(out, "platform", call_text(call, call->platform->name_zh, call->platform->name_en));
	add_text(out, "hotline", policy->profile.hotline);
	telling->variables = out;
}

static struct problem *tell_inbox(struct telling *telling, struct uuid account_id, struct uuid institution_id, const char *role)
{
	struct arena *arena = telling->call->arena;
	const struct policy_notice *template = telling->template;
	struct message_order order = {.account_id = account_id, .institution_id = institution_id, .role = role,
		.title = notice_fill(arena, template->title.zh, telling->variables, NULL, true),
		.title_en = notice_fill(arena, template->title.en, telling->variables, NULL, true),
		.body = notice_fill(arena, template->body.zh, telling->variables, NULL, true),
		.body_en = notice_fill(arena, template->body.en, telling->variables, NULL, true),
		.record_type = telling->about, .record_id = telling->about_id};

	return message_put(telling->call, &order);
}

static struct problem *tell_out(struct telling *telling, const char *mobile, const char *email, const char *name)
{
	struct notice_order order = {.template = telling->template->id, .mobile = mobile, .email = email, .name = name,
		.variables = telling->variables, .record_type = telling->about, .record_id = telling->about_id};

	return notice_queue(telling->call, &order, NULL);
}

static struct uuid institution_of(const struct telling *telling)
{
	struct uuid id = UUID_NIL;
	const struct field *owner = telling->record->owner ? telling->record->owner : shape_field(telling->record->shape, "institution_id");

	if (telling->record == &record_institution)
		return ((const struct row *)telling->row)->id;
	if (owner && owner->type == FIELD_ID)
		memcpy(&id, (const char *)telling->row + owner->offset, sizeof id);
	return id;
}

static struct problem *tell_institution(struct telling *telling, bool contact)
{
	struct call *call = telling->call;
	struct institution *institution = NULL;
	struct uuid id = institution_of(telling);
	struct problem *problem = tell_inbox(telling, UUID_NIL, id, NULL);

	if (!problem && contact)
		problem = institution_row_peek(call, id, &institution);
	if (problem || !institution)
		return problem;
	return tell_out(telling, record_open(call, &record_institution, institution, "contact_mobile"), institution->contact_email,
	                institution->contact_name);
}

static struct problem *tell_account(struct telling *telling, struct uuid id)
{
	struct account *account = NULL;
	struct problem *problem = account_row_peek(telling->call, id, &account);

	if (problem || !account)
		return problem;
	problem = tell_inbox(telling, id, UUID_NIL, NULL);
	return problem ? problem : tell_out(telling, record_open(telling->call, &record_account, account, "mobile"), account->email, account->name);
}

static struct problem *tell(struct telling *telling, const char *to)
{
	const struct row *head = telling->row;
	const struct field *account = shape_field(telling->record->shape, "account_id");

	if (strncmp(to, "role:", 5) == 0)
		return tell_inbox(telling, UUID_NIL, UUID_NIL, to + 5);
	if (strcmp(to, "institution") == 0 || strcmp(to, "institution_contact") == 0)
		return tell_institution(telling, to[11] != '\0');
	if (strcmp(to, "submitter") == 0)
		return tell_account(telling, head->created_by);
	if (strcmp(to, "account") == 0 && account && account->type == FIELD_ID)
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

struct problem *notice_sink_send(struct call *call, const struct record *record, const void *row, const char *template, const char *to,
                                 struct json_object *variables, void *arg)
{
	struct telling telling = {.call = call, .record = record, .row = row, .about = record->name, .about_id = ((const struct row *)row)->id};
	struct problem *problem = prepare(&telling, template, variables);

	return problem || !telling.template ? problem : tell(&telling, to);
}

struct problem *notice_tell_account(struct call *call, struct uuid account_id, const char *template, const struct json_object *variables,
                                    const char *about)
{
	struct telling telling = {.call = call, .record = &record_account, .about = about};
	struct account *account = NULL;
	struct problem *problem = account_row_peek(call, account_id, &account);

	if (problem || !account)
		return problem;
	telling.row = account;
	problem = prepare(&telling, template, variables);
	return problem || !telling.template ? problem : tell_account(&telling, account_id);
}

bool notice_sink_knows_recipient(const struct record *record, const char *to, void *arg)
{
	if (strncmp(to, "role:", 5) == 0)
		return role_by_name(to + 5) != 0;
	return strcmp(to, "institution") == 0 || strcmp(to, "institution_contact") == 0 || strcmp(to, "submitter") == 0 ||
	       strcmp(to, "account") == 0;
}
