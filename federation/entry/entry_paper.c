#include "federation/entry/entry_paper.h"

#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/crypto/crypto.h"
#include "core/http/request.h"
#include "core/office/paper.h"
#include "core/record/export.h"
#include "core/text/json.h"
#include "core/text/zone.h"
#include "schema/records.gen.h"
#include "tenants/platform/issued_paper.h"
#include "tenants/platform/word.h"

enum { FIELDS_MAX = 64 };

/* ---- Values ---- */

static const char *money(struct call *call, const struct field *field, int64_t fen)
{
	bool wan = field->unit && strcmp(field->unit, "wan") == 0;
	int64_t unit = wan ? 1000000 : 100, rest = llabs(fen) % unit;
	const char *word = wan ? call_text(call, "万元", "× 10,000 yuan") : call_text(call, "元", "yuan");
	if (wan && rest % 10000)
		return arena_printf(call->arena, "%lld.%06lld %s", (long long)(fen / unit), (long long)rest, word);
	return arena_printf(call->arena, "%lld.%02lld %s", (long long)(fen / unit),
		(long long)(wan ? rest / 10000 : rest), word);
}

static const char *code_words(struct call *call, const struct field *field, const char *code)
{
	for (size_t i = 0; i < field->value_count; i++)
		if (strcmp(field->values[i].code, code) == 0)
			return call_text(call, field->values[i].zh, field->values[i].en);
	const char *word = word_of(call, field, code, NULL);
	return word ? word : code;
}

static const char *list_words(struct call *call, const struct field *field, const struct json_object *list)
{
	struct buf *out = buf_in(call->arena);
	for (size_t i = 0; i < json_count(list); i++) {
		const char *code = json_text(json_at(list, i));
		if (code)
			buf_printf(out, "%s%s", out->len ? call_text(call, "、", ", ") : "",
				code_words(call, field, code));
	}
	return out->len ? out->data : NULL;
}

const char *entry_paper_value(struct call *call, const struct field *field, const struct json_object *value)
{
	const char *text = json_text(value);
	if (!value)
		return NULL;
	switch (field->type) {
	case FIELD_MONEY: return money(call, field, json_object_get_int64(value));
	case FIELD_INT:
	case FIELD_UINT: return arena_printf(call->arena, "%lld", (long long)json_object_get_int64(value));
	case FIELD_BOOL:
		return json_object_get_boolean(value) ? call_text(call, "是", "Yes") : call_text(call, "否", "No");
	case FIELD_LIST: return list_words(call, field, value);
	default: return text && *text ? code_words(call, field, text) : NULL;
	}
}

/* Amounts say their unit in the value. */
static const char *label_of(struct call *call, const struct field *field)
{
	const char *title = call_text(call, field->zh, field->en), *mark = strstr(title, "（分）");
	if (!mark)
		mark = strstr(title, " (fen)");
	return mark ? arena_printf(call->arena, "%.*s", (int)(mark - title), title) : title;
}

/* ---- Parts ---- */

static bool is_told(const struct field *field)
{
	/* Which of them it is stands above. */
	if (strcmp(field->name, "name") == 0 || strcmp(field->name, "uscc") == 0)
		return false;
	return field->in_list && field->type != FIELD_ID && field->type != FIELD_FILE && field->type != FIELD_HASH &&
		field->type != FIELD_JSON && field->type != FIELD_BLOCKS && !field->sealed_column;
}

void entry_paper_profile(struct call *call, struct paper *paper, const struct json_object *institution,
	const struct json_object *figures)
{
	struct paper_field fields[FIELDS_MAX];
	size_t count = 0;
	for (size_t i = 0; i < shape_institution.count && count < FIELDS_MAX; i++) {
		const struct field *field = &shape_institution.fields[i];
		const struct json_object *stated = json_get(figures, field->name),
					 *value = stated ? stated : json_get(institution, field->name);
		const char *text = is_told(field) ? entry_paper_value(call, field, value) : NULL;
		bool wide = field->type == FIELD_LONGTEXT || (text && strlen(text) > 60);
		if (text)
			fields[count++] = (struct paper_field){label_of(call, field), text, wide};
	}
	paper_fields(paper, fields, count);
}

static const char *state_words(struct call *call, const char *state)
{
	static const struct choice states[] = {{"met", "符合", "Met"}, {"failed", "不符合", "Not met"},
		{"relaxed", "放宽", "Relaxed"}, {"not_stated", "未填报", "Not stated"},
		{"judgement", "待判定", "To be judged"}};
	for (size_t i = 0; state && i < sizeof states / sizeof *states; i++)
		if (strcmp(states[i].code, state) == 0)
			return call_text(call, states[i].zh, states[i].en);
	return NULL;
}

/* What conditions ask for besides fields of the profile (tenants/policy/condition.h). */
static const char *derived_word(struct call *call, const char *name)
{
	static const struct choice derived[] = {{"operating_months", "运营月数", "Months of operation"},
		{"staff", "专职人员（人）", "Full-time staff"},
		{"qualified_percent", "符合条件人员占比（%）", "Qualified staff (%)"}};
	for (size_t i = 0; name && i < sizeof derived / sizeof *derived; i++)
		if (strcmp(derived[i].code, name) == 0)
			return call_text(call, derived[i].zh, derived[i].en);
	return NULL;
}

/* "上年度营业收入：900.00 万元" of each of its rules. */
static const char *figures_of(struct call *call, const struct json_object *condition)
{
	const struct json_object *facts = json_get(condition, "facts");
	struct buf *out = buf_in(call->arena);
	for (size_t i = 0; i < json_count(facts); i++) {
		const char *name = json_get_text(json_at(facts, i), "field"),
			   *value = json_get_text(json_at(facts, i), "value");
		const struct field *field = name ? shape_field(&shape_institution, name) : NULL;
		if (!value)
			continue;
		if (field && field->type == FIELD_MONEY)
			value = money(call, field, strtoll(value, NULL, 10));
		else if (field && field->type == FIELD_BOOL)
			value = strcmp(value, "true") == 0 ? call_text(call, "是", "Yes") : call_text(call, "否", "No");
		else if (field)
			value = code_words(call, field, value);
		const char *label = field ? label_of(call, field) : derived_word(call, name);
		buf_printf(out, "%s%s%s%s", out->len ? "\n" : "", label ? label : "",
			label ? call_text(call, "：", ": ") : "", value);
	}
	return out->len ? out->data : NULL;
}

void entry_paper_conditions(struct call *call, struct paper *paper, const struct json_object *conditions)
{
	static const unsigned weights[] = {2, 9, 7, 3, 7};
	const char *const heads[] = {call_text(call, "序号", "No."), call_text(call, "入驻条件", "Entry condition"),
		call_text(call, "填报情况", "What is stated"), call_text(call, "结果", "Result"),
		call_text(call, "判定说明", "Judged")};
	paper_table_head(paper, heads, weights, 5);
	for (size_t i = 0; i < json_count(conditions); i++) {
		const struct json_object *one = json_at(conditions, i), *judged = json_get(one, "judged");
		const char *by = json_get_text(judged, "by"), *reason = json_get_text(judged, "reason");
		const char *text = call_text(call, json_get_text(one, "zh") ? json_get_text(one, "zh") : "",
			json_get_text(one, "en"));
		const char *cells[] = {arena_printf(call->arena, "%zu", i + 1), text, figures_of(call, one),
			state_words(call, json_get_text(judged ? judged : one, "state")),
			by ? arena_printf(call->arena, "%s%s%s", by, reason ? call_text(call, "：", ": ") : "",
				reason ? reason : "") : NULL};
		paper_table_row(paper, cells);
	}
}

struct noted {
	struct call *call;
	const struct paper_made *made;
};

static struct problem *note(struct db *db, void *arg)
{
	struct noted *noted = arg;
	struct call *call = noted->call;
	struct json_object *more = json_own(call->arena, json_object_new_object());
	char hex[2 * CRYPTO_HASH + 1];
	crypto_hex(noted->made->sha256, CRYPTO_HASH, hex);
	json_object_object_add(more, "format", json_object_new_string("pdf"));
	json_object_object_add(more, "sha256", json_object_new_string(hex));
	struct problem *problem = issued_paper_note(call, noted->made);
	return problem ? problem : export_log(call, noted->made->issue.record, more);
}

struct problem *entry_paper_answer(struct call *call, struct paper *paper, const struct paper_issue *issue,
	const char *name, const char *ascii)
{
	struct paper_made made;
	struct noted noted = {call, &made};
	struct problem *problem = issued_paper_make(call, paper, issue, call->request->out, &made);
	if (!problem)
		problem = db_in_transaction(call->db) ? note(call->db, &noted) : db_transaction(call->db, note, &noted);
	if (problem)
		return problem;
	call->request->content_type = "application/pdf";
	export_named(call, arena_printf(call->arena, "%s.pdf", name), arena_printf(call->arena, "%s.pdf", ascii));
	return NULL;
}
