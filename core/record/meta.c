/* meta: what the server declares, for pages and programs: records, fields, forms, lifecycles, roles, in both
 * languages. */
#include <string.h>

#include "core/buf.h"
#include "core/http/page.h"
#include "core/http/request.h"
#include "core/record/desk.h"
#include "core/record/endpoint.h"
#include "core/record/form.h"
#include "core/record/lifecycle.h"
#include "core/record/meta.h"
#include "core/record/record_inside.h"
#include "core/record/rule.h"
#include "core/text/json.h"

static const char *const type_names[] = {[FIELD_TEXT] = "text",
	[FIELD_LONGTEXT] = "longtext",
	[FIELD_INT] = "int",
	[FIELD_UINT] = "uint",
	[FIELD_MONEY] = "money",
	[FIELD_BOOL] = "bool",
	[FIELD_DATE] = "date",
	[FIELD_TIME] = "time",
	[FIELD_ID] = "id",
	[FIELD_FILE] = "file",
	[FIELD_ENUM] = "enum",
	[FIELD_REGION] = "region",
	[FIELD_USCC] = "uscc",
	[FIELD_MOBILE] = "mobile",
	[FIELD_EMAIL] = "email",
	[FIELD_PHONE] = "phone",
	[FIELD_URL] = "url",
	[FIELD_PLATFORM] = "platform",
	[FIELD_HASH] = "hash",
	[FIELD_SECRET] = "secret",
	[FIELD_INVITE_CODE] = "invite_code",
	[FIELD_DIGITS] = "digits",
	[FIELD_JSON] = "json",
	[FIELD_BLOCKS] = "blocks",
	[FIELD_OBJECT] = "object",
	[FIELD_LIST] = "list", [FIELD_TERM] = "term"};

static const char *const verb_names[] = {[VERB_LIST] = "list",
	[VERB_GET] = "get",
	[VERB_CREATE] = "create",
	[VERB_UPDATE] = "update",
	[VERB_DELETE] = "delete",
	[VERB_FIRE] = "fire",
	[VERB_HISTORY] = "history",
	[VERB_EXPORT] = "export",
	[VERB_OPERATION] = "operation",
	[VERB_PUBLIC_LIST] = "public_list",
	[VERB_PUBLIC_GET] = "public_get",
	[VERB_COUNT] = "count",
	[VERB_BATCH] = "batch"};

static void write_words(struct json_writer *w, const char *zh, const char *en)
{
	jw_kv_text(w, "zh", zh);
	jw_kv_text(w, "en", en);
}

static void write_choices(struct json_writer *w, const char *key, const struct choice *values, size_t count)
{
	jw_key(w, key);
	jw_array_begin(w);
	for (size_t i = 0; i < count; i++) {
		jw_object_begin(w);
		jw_kv_text(w, "code", values[i].code);
		write_words(w, values[i].zh, values[i].en);
		jw_object_end(w);
	}
	jw_array_end(w);
}

static void write_field(
	struct json_writer *w, const struct field *field, bool required, const char *help_zh, const char *help_en)
{
	jw_kv_text(w, "name", field->name);
	write_words(w, field->zh, field->en);
	jw_kv_text(w, "type", type_names[field->type]);
	if (field->type == FIELD_LIST)
		jw_kv_text(w, "of", type_names[field->item]);
	jw_kv_bool(w, "required", required);
	if (field->has_min)
		jw_kv_int(w, "min", field->min);
	if (field->has_max)
		jw_kv_int(w, "max", field->max);
	if (field->pattern) {
		jw_kv_text(w, "pattern", field->pattern);
		jw_kv_text(w, "pattern_zh", field->pattern_zh);
		jw_kv_text(w, "pattern_en", field->pattern_en);
	}
	if (field->unit)
		jw_kv_text(w, "unit", field->unit);
	if (field->terms)
		jw_kv_text(w, "terms", field->terms);
	if (field->value_count)
		write_choices(w, "values", field->values, field->value_count);
	if (field->masked || field->sealed_column)
		jw_kv_bool(w, "masked", true);
	if (field->show_if_field) {
		jw_key(w, "show_if");
		jw_object_begin(w);
		jw_kv_text(w, "field", field->show_if_field);
		jw_kv_text(w, "eq", field->show_if_value);
		jw_object_end(w);
	}
	if (help_zh || help_en) {
		jw_kv_text(w, "help_zh", help_zh);
		jw_kv_text(w, "help_en", help_en);
	}
}

void meta_write_field(
	struct json_writer *w, const struct field *field, bool required, const char *help_zh, const char *help_en)
{
	jw_object_begin(w);
	write_field(w, field, required, help_zh, help_en);
	jw_object_end(w);
}

/* With what this caller may do to it. */
static void write_record_field(
	struct call *call, const struct record *record, const struct field *field, struct json_writer *w)
{
	jw_object_begin(w);
	write_field(w, field, field->required, field->help_zh, field->help_en);
	jw_kv_bool(w, "writable", (field->write & record_mask_anywhere(call, record)) != 0);
	jw_kv_bool(w, "in_list", field->in_list);
	jw_object_end(w);
}

static void write_fields(struct call *call, const struct record *record, bool visitor, struct json_writer *w)
{
	jw_key(w, "fields");
	jw_array_begin(w);
	for (size_t i = 0; i < record->shape->count; i++) {
		const struct field *field = &record->shape->fields[i];
		if (field != record->extra_field && (field->read & record_mask_anywhere(call, record)) &&
			(!visitor || field->visible_public))
			write_record_field(call, record, field, w);
	}
	jw_array_end(w);
}

/* In which phases a verb changes it; nothing: in all. */
static void write_phases(const struct record *record, uint64_t phases, struct json_writer *w)
{
	if (!phases)
		return;
	jw_key(w, "phases");
	jw_array_begin(w);
	for (size_t i = 0; i < record->phase_count; i++)
		if (phases & 1ull << i)
			jw_text(w, record->phases[i].code);
	jw_array_end(w);
}

/* The verbs and operations of the record that this caller may use. */
static void write_endpoints(struct call *call, const struct record *record, struct json_writer *w)
{
	static const char *const methods[] = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};
	const struct record_set *set = call->services->records;
	jw_key(w, "endpoints");
	jw_array_begin(w);
	for (size_t i = 0; i < set->endpoint_count; i++) {
		const struct endpoint *endpoint = &set->endpoints[i];
		if (endpoint->record != record || !(endpoint->roles & call->actor.roles) ||
			(endpoint->menus & call->actor.barred) || !call_may_read(call, endpoint->reads))
			continue;
		jw_object_begin(w);
		jw_kv_text(w, "name", endpoint->name);
		jw_kv_text(w, "verb", verb_names[endpoint->verb]);
		jw_kv_text(w, "method", methods[endpoint->method]);
		jw_kv_text(w, "path", endpoint->path);
		if (endpoint->verb == VERB_UPDATE || endpoint->verb == VERB_DELETE)
			write_phases(record, endpoint->verb == VERB_UPDATE
				? record->update_phases : record->delete_phases, w);
		jw_kv_bool(w, "under", endpoint->under);
		jw_object_end(w);
	}
	jw_array_end(w);
}

static void write_form(const struct form *form, struct json_writer *w)
{
	jw_key(w, "form");
	jw_array_begin(w);
	for (size_t i = 0; i < form->section_count; i++) {
		const struct form_section *section = &form->sections[i];
		jw_object_begin(w);
		write_words(w, section->zh, section->en);
		jw_key(w, "fields");
		jw_array_begin(w);
		for (size_t j = 0; j < section->count; j++) {
			const struct form_field *field = section->fields[j];
			if (field->hidden)
				continue;
			jw_object_begin(w);
			write_field(w, field->field, field->required, field->help_zh, field->help_en);
			jw_kv_bool(w, "extra", field->extra);
			jw_object_end(w);
		}
		jw_array_end(w);
		jw_object_end(w);
	}
	jw_array_end(w);
}

/* What it is called; not who its members are. */
static void write_desk(struct json_writer *w, const struct lifecycle_desk *desk)
{
	if (!desk)
		return;
	jw_key(w, "desk");
	jw_object_begin(w);
	jw_kv_text(w, "name", desk->name);
	write_words(w, desk->zh, desk->en);
	jw_object_end(w);
}

/* Names of roles and sides. */
static void write_who(const struct record *record, const char *key, struct record_who who, struct json_writer *w)
{
	static const struct role_name names[] = {ROLE_NAMES};
	jw_key(w, key);
	jw_array_begin(w);
	for (size_t i = 0; i < ROLE_COUNT; i++)
		if (who.roles & 1u << i)
			jw_text(w, names[i].name);
	for (size_t i = 0; i < record->side_count; i++)
		if (who.sides & 1u << i)
			jw_text(w, record->sides[i].name);
	jw_array_end(w);
}

static void write_step(const struct record *record, const struct lifecycle_step *step, struct json_writer *w)
{
	jw_object_begin(w);
	jw_kv_text(w, "name", step->name);
	write_words(w, step->zh, step->en);
	jw_kv_text(w, "phase", record->phases[step->phase - 1].code);
	if (step->deadline >= 0)
		jw_kv_int(w, "deadline", step->deadline);
	else
		jw_kv_null(w, "deadline");
	jw_kv_bool(w, "clock_stopped", step->clock_stopped);
	jw_kv_bool(w, "final", step->final);
	write_who(record, "waits", step->waits, w);
	if (step->claim)
		jw_kv_int(w, "claim", step->claim);
	write_desk(w, step->desk);
	jw_object_end(w);
}

/* Who hears of it: roles ("role:reviewer"), sides, or whom its notices know how to find (tenants/notice/notice.h). */
static void write_told(const struct lifecycle_transition *transition, struct json_writer *w)
{
	jw_key(w, "told");
	jw_array_begin(w);
	for (size_t i = 0; i < transition->notice_count; i++)
		jw_text(w, transition->notices[i].to);
	jw_array_end(w);
}

static void write_transition(struct call *call, const struct lifecycle_transition *transition, struct json_writer *w)
{
	jw_object_begin(w);
	lifecycle_write_transition(w, transition);
	jw_kv_bool(w, "open_to_me", (transition->roles & call->actor.roles) != 0);
	jw_kv_text(w, "to", transition->to ? transition->to->name : NULL);
	if (transition->after)
		jw_kv_int(w, "after", transition->after);
	if (transition->at)
		jw_kv_text(w, "at", transition->at->name);
	if (transition->need) {
		jw_key(w, "by");
		jw_object_begin(w);
		jw_kv_int(w, "need", transition->need);
		if (transition->of)
			jw_kv_int(w, "of", transition->of);
		jw_kv_bool(w, "once_a_person", transition->once_a_person);
		write_desk(w, transition->group);
		jw_object_end(w);
	}
	if (transition->tell_before)
		jw_kv_int(w, "tell_before", transition->tell_before);
	write_told(transition, w);
	jw_key(w, "from");
	jw_array_begin(w);
	for (size_t i = 0; i < transition->from_count; i++)
		jw_text(w, transition->from[i]->name);
	jw_array_end(w);
	jw_object_end(w);
}

static void write_lifecycle(struct call *call, const struct lifecycle *lifecycle, struct json_writer *w)
{
	jw_key(w, "lifecycle");
	jw_object_begin(w);
	jw_kv_text(w, "initial", lifecycle->initial->name);
	jw_key(w, "steps");
	jw_array_begin(w);
	for (size_t i = 0; i < lifecycle->step_count; i++)
		write_step(lifecycle->record, &lifecycle->steps[i], w);
	jw_array_end(w);
	jw_key(w, "transitions");
	jw_array_begin(w);
	for (size_t i = 0; i < lifecycle->transition_count; i++)
		write_transition(call, &lifecycle->transitions[i], w);
	jw_array_end(w);
	jw_object_end(w);
}

/* What of it stands in to-do lists, and what it is called there. */
static void write_todo(const struct record *record, struct json_writer *w)
{
	jw_key(w, "todo");
	jw_array_begin(w);
	for (size_t i = 0; i < record->todo_count; i++) {
		jw_object_begin(w);
		jw_kv_text(w, "type", record->todo[i].type);
		write_words(w, record->todo[i].zh, record->todo[i].en);
		jw_kv_text(w, "box", record->todo[i].sent ? "sent" : "waiting");
		jw_object_end(w);
	}
	jw_array_end(w);
}

static void write_offer(struct json_writer *w, const struct record_filter *filters, size_t filter_count,
	const struct record_sort *sorts, size_t sort_count, const char *default_sort)
{
	jw_key(w, "filters");
	jw_array_begin(w);
	for (size_t i = 0; i < filter_count; i++)
		jw_text(w, filters[i].name);
	jw_array_end(w);
	jw_key(w, "sorts");
	jw_array_begin(w);
	for (size_t i = 0; i < sort_count; i++)
		jw_text(w, sorts[i].name);
	jw_array_end(w);
	jw_kv_text(w, "default_sort", default_sort);
}

static void write_counter(const struct record_counter *counter, const char *path, struct json_writer *w)
{
	jw_object_begin(w);
	jw_kv_text(w, "name", counter->name);
	jw_kv_text(w, "path", path);
	jw_key(w, "per");
	jw_array_begin(w);
	for (size_t i = 0; i < counter->per_count; i++)
		jw_text(w, counter->per[i]->name);
	jw_array_end(w);
	jw_kv_text(w, "by", counter->by_phase ? "phase" : counter->by ? counter->by->name : NULL);
	jw_kv_text(w, "sum", counter->sum ? counter->sum->name : NULL);
	jw_object_end(w);
}

/* The numbers that this caller may read. */
static void write_counters(struct call *call, const struct record *record, struct json_writer *w)
{
	const struct record_set *set = call->services->records;
	size_t n = 0; /* their endpoints stand in the order of the counters */
	jw_key(w, "counts");
	jw_array_begin(w);
	for (size_t i = 0; i < set->endpoint_count; i++) {
		const struct endpoint *endpoint = &set->endpoints[i];
		if (endpoint->record != record || endpoint->verb != VERB_COUNT)
			continue;
		if ((endpoint->roles & call->actor.roles) && call_may_read(call, endpoint->reads))
			write_counter(&record->counters[n], endpoint->path, w);
		n++;
	}
	jw_array_end(w);
}

/* What the lists may be asked for: that of the desk, for those who have one, and that of visitors. */
static void write_list_options(const struct record *record, bool visitor, struct json_writer *w)
{
	const struct record_offer *offer = record->seen ? &record->seen->offer : NULL;
	if (!visitor || !offer)
		write_offer(w, record->filters, record->filter_count, record->sorts, record->sort_count,
			record->default_sort);
	else
		write_offer(w, offer->filters, offer->filter_count, offer->sorts, offer->sort_count,
			offer->default_sort);
	if (visitor || !offer)
		return;
	jw_key(w, "public");
	jw_object_begin(w);
	write_offer(w, offer->filters, offer->filter_count, offer->sorts, offer->sort_count, offer->default_sort);
	jw_object_end(w);
}

/* With what a page needs to say who is who: the fields that hold them (by: null where the parent's row does), and
 * whether this caller can stand there. */
static void write_sides(struct call *call, const struct record *record, struct json_writer *w)
{
	jw_key(w, "sides");
	jw_array_begin(w);
	for (size_t i = 0; i < record->side_count; i++) {
		const struct record_side *side = &record->sides[i];
		jw_object_begin(w);
		jw_kv_text(w, "name", side->name);
		write_words(w, side->zh, side->en);
		jw_kv_text(w, "by", side->of || side->anybody ? NULL : side->by ? side->by->name : "id");
		jw_kv_text(w, "kind", side->account ? "account" : "organisation");
		jw_kv_bool(w, "anybody", side->anybody);
		write_who(record, "roles", (struct record_who){side->roles, 0}, w);
		jw_kv_text(w, "home", side->home ? side->home->name : NULL);
		jw_kv_bool(w, "mine", (side->roles & call->actor.roles) && !(side->menus & call->actor.barred));
		jw_object_end(w);
	}
	jw_array_end(w);
}

static void write_bits(
	const char *key, const char *const *names, size_t count, uint64_t bits, struct json_writer *w)
{
	jw_key(w, key);
	jw_array_begin(w);
	for (size_t i = 0; i < count; i++)
		if (bits >> i & 1)
			jw_text(w, names[i]);
	jw_array_end(w);
}

/* What files its rows take, when, and whether from this caller. */
static void write_files(struct call *call, const struct record *record, struct json_writer *w)
{
	static const char *const kinds[] = {"image", "document", "paper", "archive"};
	const char **phases = ARENA_ARRAY(call->arena, const char *, record->phase_count + 1);
	for (size_t i = 0; i < record->phase_count; i++)
		phases[i] = record->phases[i].code;
	jw_key(w, "files");
	jw_array_begin(w);
	for (size_t i = 0; i < record->files_count; i++) {
		const struct record_files *files = &record->files[i];
		jw_object_begin(w);
		jw_kv_text(w, "purpose", files->purpose);
		write_words(w, files->zh, files->en);
		write_bits("kinds", kinds, sizeof kinds / sizeof *kinds, files->kinds, w);
		write_bits("phases", phases, record->phase_count, files->phases ? files->phases : ~0ull, w);
		jw_kv_uint(w, "most", files->most);
		jw_kv_uint(w, "megabytes", files->megabytes);
		jw_kv_bool(w, "open_to_me",
			(files->roles & call->actor.roles) && !(record->menus & call->actor.barred));
		jw_object_end(w);
	}
	jw_array_end(w);
}

/* Of a child: its parent, and the phases of it in which a verb is open, where they are said. */
static void write_parent(const struct record *record, struct json_writer *w)
{
	jw_key(w, "parent");
	jw_object_begin(w);
	jw_kv_text(w, "record", record->parent->name);
	jw_kv_text(w, "plural", record->parent->plural);
	jw_kv_text(w, "by", record->parent_key->name);
	jw_key(w, "phases");
	jw_object_begin(w);
	for (size_t verb = 0; verb < VERB_OPERATION; verb++) {
		if (!record->parent_phases[verb])
			continue;
		jw_key(w, verb_names[verb]);
		jw_array_begin(w);
		for (size_t i = 0; i < record->parent->phase_count; i++)
			if (record->parent_phases[verb] >> i & 1)
				jw_text(w, record->parent->phases[i].code);
		jw_array_end(w);
	}
	jw_object_end(w);
	jw_object_end(w);
}

/* Of the declaration, and of the platform's form, where what lacks may come until it is handed in. */
static void write_rules(struct call *call, const struct record *record, const struct form *form, struct json_writer *w)
{
	size_t more = form ? form->rules.count : 0, count = record->rules.count;
	struct rule *all = ARENA_ARRAY(call->arena, struct rule, count + more + 1);
	for (size_t i = 0; i < count; i++)
		all[i] = record->rules.items[i];
	for (size_t i = 0; i < more; i++) {
		all[count + i] = form->rules.items[i];
		all[count + i].least = 0;
	}
	rule_write(w, &(const struct rules){all, count + more});
}

/* Of which record a field names a row, and which fields say what that row said: pages show a name, no id. */
static void write_refers(struct call *call, const struct record *record, struct json_writer *w)
{
	jw_key(w, "refers");
	jw_array_begin(w);
	for (size_t i = 0; i < record->refer_count; i++) {
		const struct record_refer *refer = &record->refers[i];
		if (!(refer->field->read & record_mask_anywhere(call, record)))
			continue;
		jw_object_begin(w);
		jw_kv_text(w, "field", refer->field->name);
		jw_kv_text(w, "to", refer->to->name);
		jw_key(w, "takes");
		jw_object_begin(w);
		for (size_t j = 0; j < refer->take_count; j++)
			if (refer->takes[j].from)
				jw_kv_text(w, refer->takes[j].into->name, refer->takes[j].from->name);
		jw_object_end(w);
		jw_object_end(w);
	}
	jw_array_end(w);
}

/* What people who are signed in make under a row that visitors see: a page says it to who is not. */
static void write_deeds(struct call *call, const struct record *record, struct json_writer *w)
{
	const struct record_set *set = call->services->records;
	jw_key(w, "deeds");
	jw_array_begin(w);
	for (size_t i = 0; i < set->endpoint_count; i++) {
		const struct endpoint *endpoint = &set->endpoints[i];
		if (endpoint->verb != VERB_CREATE || endpoint->record->parent != record)
			continue;
		jw_object_begin(w);
		write_words(w, endpoint->record->zh, endpoint->record->en);
		jw_object_end(w);
	}
	jw_array_end(w);
}

/* visitor: what this caller sees of it is what visitors do. */
static void write_record(struct call *call, const struct record *record, bool visitor, struct json_writer *w)
{
	const struct form *form = form_of(call->forms, record);
	const struct lifecycle *lifecycle = lifecycle_of(call->lifecycles, record);
	jw_object_begin(w);
	jw_kv_text(w, "name", record->name);
	jw_kv_text(w, "plural", record->plural);
	write_words(w, record->zh, record->en);
	write_choices(w, "phases", record->phases, record->phase_count);
	if (record->shape)
		write_fields(call, record, visitor, w);
	write_list_options(record, visitor, w);
	if (record->counter_count)
		write_counters(call, record, w);
	write_sides(call, record, w);
	if (record->files_count)
		write_files(call, record, w);
	if (record->parent)
		write_parent(record, w);
	if (record->seen)
		write_deeds(call, record, w);
	write_todo(record, w);
	write_refers(call, record, w);
	jw_kv_raw(w, "readers", record->readers, record->readers ? strlen(record->readers) : 0);
	write_endpoints(call, record, w);
	if (form)
		write_form(form, w);
	write_rules(call, record, form, w);
	if (lifecycle && !visitor)
		write_lifecycle(call, lifecycle, w);
	jw_object_end(w);
}

static void write_roles(struct json_writer *w)
{
	static const struct role_name names[] = {ROLE_NAMES};
	jw_key(w, "roles");
	jw_array_begin(w);
	for (size_t i = 0; i < ROLE_COUNT; i++) {
		jw_object_begin(w);
		jw_kv_text(w, "name", names[i].name);
		write_words(w, names[i].zh, names[i].en);
		jw_object_end(w);
	}
	jw_array_end(w);
}

/* Whether the caller can use anything of the record. *visitor: no more than a visitor can. */
static bool concerns(struct call *call, const struct record *record, bool *visitor)
{
	const struct record_set *set = call->services->records;
	bool any = false;
	*visitor = true;
	for (size_t i = 0; i < set->endpoint_count; i++) {
		const struct endpoint *endpoint = &set->endpoints[i];
		if (endpoint->record != record || !(endpoint->roles & call->actor.roles))
			continue;
		any = true;
		if (call->actor.roles != ROLE_PUBLIC && endpoint->verb != VERB_PUBLIC_LIST &&
			endpoint->verb != VERB_PUBLIC_GET)
			*visitor = false;
	}
	return any;
}

struct problem *meta_read(struct call *call)
{
	const struct record_set *set = call->services->records;
	struct json_writer *w = endpoint_writer(call);
	jw_object_begin(w);
	write_roles(w);
	jw_key(w, "records");
	jw_array_begin(w);
	for (size_t i = 0; i < set->count; i++) {
		bool visitor;
		if (concerns(call, set->records[i], &visitor))
			write_record(call, set->records[i], visitor, w);
	}
	jw_array_end(w);
	jw_object_end(w);
	/* Browsers keep it and ask whether it still holds: it is long, and changes with caller and policy alone. */
	call->etag = page_hash(0, call->request->out->data, call->request->out->len);
	request_add_header(call->request, "Cache-Control", "private, no-cache");
	return NULL;
}

struct problem *meta_openapi(struct call *call)
{
	const struct record_set *set = call->services->records;
	request_cache(call->request, call->platform_id, 3600);
	buf_add(call->request->out, set->openapi, set->openapi_len);
	return NULL;
}

struct problem *meta_page(struct call *call)
{
	const struct record_set *set = call->services->records;
	request_cache(call->request, call->platform_id, 3600);
	call->request->content_type = "text/html; charset=utf-8";
	buf_add(call->request->out, set->page, set->page_len);
	return NULL;
}
