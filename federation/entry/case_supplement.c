/* What an answered supplement, or another source, changes of a case: its dossier, its conditions, and what its
 * reviewers are shown of it. */
#include <string.h>

#include "core/text/json.h"
#include "federation/entry/case_inside.h"
#include "federation/entry/dossier.h"
#include "schema/records.gen.h"

static const char *const FIGURES[] = {"annual_income", "insured_staff", "qualified_staff", "enterprises_served"};
enum { FIGURE_COUNT = sizeof FIGURES / sizeof FIGURES[0] };

static struct json_object *copy_of(struct call *call, struct json_object *value)
{
	struct json_object *copy = NULL;
	json_object_deep_copy(value, &copy, NULL);
	return json_own(call->arena, copy);
}

static struct json_object *member(struct json_object *object, const char *key)
{
	struct json_object *found = json_get_object(object, key);
	if (!found) {
		found = json_object_new_object();
		json_object_object_add(object, key, found);
	}
	return found;
}

/* The profile as it has come here by now: it left its home before the answer did. */
static struct problem *renew_profile(struct call *call, const struct entry_case *row, struct json_object *dossier)
{
	struct dossier fresh;
	struct institution *institution;
	struct problem *problem = institution_row_peek(call, row->institution_id, &institution);
	if (problem || !institution)
		return problem;
	problem = dossier_make(call, row->institution_id, NULL, NULL, &fresh);
	if (problem)
		return problem;
	struct json_object *old = json_get_object(dossier, "institution"),
			   *now = json_get_object(fresh.json, "institution");
	struct json_object *stated = json_get_object(dossier, "recommendation");
	/* What the institution states anew counts from here on, whatever was recommended before. */
	for (size_t i = 0; stated && i < FIGURE_COUNT; i++)
		if (!json_object_equal(json_get(old, FIGURES[i]), json_get(now, FIGURES[i])))
			json_object_object_del(stated, FIGURES[i]);
	json_object_object_add(dossier, "institution", json_object_get(now));
	json_object_object_add(
		dossier, "qualifications", json_object_get(json_get_array(fresh.json, "qualifications")));
	return NULL;
}

static void take_figures(struct json_object *dossier, struct json_object *figures)
{
	int64_t value;
	for (size_t i = 0; i < FIGURE_COUNT; i++)
		if (json_get_int(figures, FIGURES[i], &value))
			json_object_object_add(
				member(dossier, "recommendation"), FIGURES[i], json_object_new_int64(value));
}

static struct json_object *answer_json(const struct supplement *supplement, struct json_object *files)
{
	struct json_object *one = json_object_new_object(), *list = json_object_new_array();
	put_id(one, "id", supplement->row.id);
	put_text(one, "item", supplement->item);
	put_text(one, "question", supplement->question);
	put_text(one, "answer", supplement->answer);
	put_text(one, "answered_by", supplement->answered_by);
	put_time(one, "answered_at", supplement->answered_at);
	for (size_t i = 0; i < json_count(files); i++)
		json_object_array_add(list,
			json_object_new_string(json_get_text(json_at(files, i), "file_name")
					? json_get_text(json_at(files, i), "file_name")
					: ""));
	json_object_object_add(one, "files", list);
	return one;
}

static void add_answer(struct json_object *dossier, struct json_object *answer)
{
	struct json_object *list = json_get_array(dossier, "supplements");
	if (!list) {
		list = json_object_new_array();
		json_object_object_add(dossier, "supplements", list);
	}
	json_object_array_add(list, json_object_get(answer));
}

/* ---- What changed, in words ---- */

static struct json_object *change(const char *id, struct words name, struct json_object *from, struct json_object *to)
{
	struct json_object *one = json_object_new_object();
	put_text(one, "id", id);
	put_text(one, "zh", name.zh);
	put_text(one, "en", name.en);
	json_object_object_add(one, "from", json_object_get(from));
	json_object_object_add(one, "to", json_object_get(to));
	return one;
}

static struct json_object *changed_facts(struct call *call, struct json_object *before, struct json_object *after)
{
	struct json_object *list = json_object_new_array();
	struct json_object *was =
		dossier_facts(call, json_get_object(before, "institution"), json_get_object(before, "recommendation"));
	struct json_object *is =
		dossier_facts(call, json_get_object(after, "institution"), json_get_object(after, "recommendation"));
	for (size_t i = 0; i < record_institution.shape->count; i++) {
		const struct field *field = &record_institution.shape->fields[i];
		struct json_object *from = json_get(was, field->name), *to = json_get(is, field->name);
		bool shown = !field->personal && !field->sealed_column && field->type != FIELD_JSON;
		if (shown && !json_object_equal(from, to))
			json_object_array_add(
				list, change(field->name, (struct words){field->zh, field->en}, from, to));
	}
	size_t had = json_count(json_get_array(before, "qualifications")),
	       has = json_count(json_get_array(after, "qualifications"));
	if (!json_object_equal(json_get(before, "qualifications"), json_get(after, "qualifications"))) {
		struct json_object *from = json_object_new_int64((int64_t)had),
				   *to = json_object_new_int64((int64_t)has);
		json_object_array_add(list,
			change("qualifications", (struct words){"资质（项）", "Qualifications (number)"}, from, to));
		json_object_put(from);
		json_object_put(to);
	}
	return list;
}

static struct json_object *state_of(struct json_object *conditions, const char *id)
{
	for (size_t i = 0; id && i < json_count(conditions); i++) {
		const char *other = json_get_text(json_at(conditions, i), "id");
		if (other && !strcmp(other, id))
			return json_get(json_at(conditions, i), "state");
	}
	return NULL;
}

static struct json_object *changed_conditions(struct json_object *before, struct json_object *after)
{
	struct json_object *list = json_object_new_array();
	for (size_t i = 0; i < json_count(after); i++) {
		struct json_object *one = json_at(after, i), *to = json_get(one, "state");
		const char *id = json_get_text(one, "id");
		struct json_object *from = state_of(before, id);
		if (!json_object_equal(from, to))
			json_object_array_add(list,
				change(id, (struct words){json_get_text(one, "zh"), json_get_text(one, "en")}, from,
					to));
	}
	return list;
}

struct json_object *case_changes(struct call *call, struct json_object *dossier_before,
	struct json_object *conditions_before, const struct entry_case *now)
{
	struct json_object *what = json_own(call->arena, json_object_new_object());
	json_object_object_add(what, "facts", changed_facts(call, dossier_before, now->dossier));
	json_object_object_add(what, "conditions", changed_conditions(conditions_before, now->conditions));
	return what;
}

struct problem *case_supplemented(
	struct call *call, const struct supplement *supplement, struct json_object *figures, struct json_object *files)
{
	struct entry_case *row;
	struct problem *problem = entry_case_row_peek(call, supplement->case_id, &row);
	if (problem || !row || case_is_decided(row))
		return problem;
	struct json_object *before = row->dossier, *judged = row->conditions, *dossier = copy_of(call, before);
	struct json_object *answer = json_own(call->arena, answer_json(supplement, files));
	problem = renew_profile(call, row, dossier);
	if (problem)
		return problem;
	take_figures(dossier, figures);
	add_answer(dossier, answer);
	row->dossier = dossier;
	problem = case_evaluate(call, row);
	if (problem)
		return problem;
	struct json_object *more = json_own(call->arena, json_object_new_object());
	struct json_object *what = case_changes(call, before, judged, row);
	json_object_object_add(what, "supplement", json_object_get(answer));
	json_object_object_add(more, "what", json_object_get(what));
	return record_update_with(call, &record_entry_case, row, "supplemented", more);
}
