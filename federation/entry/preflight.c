#include "federation/entry/preflight.h"

#include "core/buf.h"
#include "core/text/json.h"
#include "federation/sync/federation.h"
#include "tenants/platform/platform.h"
#include "tenants/platform/post.h"

struct problem *preflight_begin(struct call *call, const struct platform *target, struct preflight *out)
{
	*out = (struct preflight){0};
	struct problem *problem = federation_today(call, &out->today);
	if (!problem && target)
		problem = federation_policy(call, target, &out->policy);
	return problem;
}

const char *preflight_columns(struct call *call)
{
	struct buf *out = buf_in(call->arena);
	for (size_t i = 0; i < CONDITION_COLUMNS; i++)
		buf_printf(out, ", i.%s", condition_column(i));
	return out->data;
}

static struct condition_fact fact_of(const struct db_result *rows, size_t row, size_t column, enum condition_kind kind)
{
	struct condition_fact fact = {CONDITION_FACT_NONE, 0, NULL};
	if (db_get(rows, row, column)->type == DB_NULL)
		return fact;
	if (kind == CONDITION_WORD || kind == CONDITION_DAY) {
		fact.kind = CONDITION_FACT_TEXT;
		fact.text = db_get_text(rows, row, column);
		return fact;
	}
	fact.kind = kind == CONDITION_FLAG ? CONDITION_FACT_FLAG : CONDITION_FACT_NUMBER;
	fact.number = db_get_int(rows, row, column);
	return fact;
}

struct condition_facts preflight_facts(
	const struct preflight *preflight, const struct db_result *rows, size_t row, size_t first)
{
	struct condition_facts facts;
	for (size_t i = 0; i < CONDITION_COLUMNS; i++)
		facts.at[i] = fact_of(rows, row, first + i, condition_column_kind(i));
	condition_derive(&facts, preflight->today);
	return facts;
}

struct condition_tally preflight_tally(const struct preflight *preflight, const struct condition_facts *facts)
{
	return preflight->policy ? condition_tally(preflight->policy, facts) : (struct condition_tally){0};
}

enum preflight_verdict preflight_verdict(const struct preflight *preflight, const struct condition_tally *tally)
{
	if (!preflight->policy)
		return PREFLIGHT_NONE;
	if (tally->blocks)
		return PREFLIGHT_BARRED;
	if (tally->of[CONDITION_FAILED])
		return PREFLIGHT_FAILED;
	return tally->of[CONDITION_NOT_STATED] ? PREFLIGHT_MISSING : PREFLIGHT_READY;
}

uint64_t preflight_rank(const struct condition_tally *tally)
{
	return (uint64_t)tally->blocks << 48 | (uint64_t)tally->of[CONDITION_FAILED] << 32 |
		(uint64_t)tally->of[CONDITION_NOT_STATED] << 16 | tally->of[CONDITION_JUDGEMENT];
}

const char *preflight_code(enum preflight_verdict verdict)
{
	static const char *const codes[PREFLIGHT_VERDICTS] = {NULL, "ready", "missing", "failed", "barred"};
	return codes[verdict];
}

static void add_short(struct json_object *list, const struct condition_result *result)
{
	if (result->state != CONDITION_FAILED && result->state != CONDITION_NOT_STATED)
		return;
	struct json_object *one = json_object_new_object();
	put_text(one, "id", result->condition->id);
	put_text(one, "zh", result->condition->text.zh);
	put_text(one, "en", result->condition->text.en);
	put_text(one, "state", condition_state_name(result->state));
	put_text(one, "field", result->field);
	json_object_object_add(one, "blocks", json_object_new_boolean(result->blocks));
	json_object_array_add(list, one);
}

struct json_object *preflight_json(
	struct call *call, const struct preflight *preflight, const struct condition_facts *facts)
{
	size_t count;
	if (!preflight->policy)
		return NULL;
	struct condition_tally tally = condition_tally(preflight->policy, facts);
	struct json_object *object = json_own(call->arena, json_object_new_object()), *list = json_object_new_array();
	put_text(object, "verdict", preflight_code(preflight_verdict(preflight, &tally)));
	put_int(object, "met", tally.of[CONDITION_MET] + tally.of[CONDITION_RELAXED]);
	put_int(object, "judgement", tally.of[CONDITION_JUDGEMENT]);
	put_int(object, "not_stated", tally.of[CONDITION_NOT_STATED]);
	put_int(object, "failed", tally.of[CONDITION_FAILED]);
	json_object_object_add(object, "short", list);
	struct condition_result *results = condition_results(call->arena, preflight->policy, facts, &count);
	for (size_t i = 0; i < count; i++)
		add_short(list, &results[i]);
	return object;
}
