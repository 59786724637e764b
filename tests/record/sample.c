#include "tests/record/sample.h"

#include <string.h>

#include "core/text/json.h"

void (*deal_meanwhile)(const struct deal *row);

static const struct problem_kind PROBLEM_PRICE = {"price-missing", 409, "请先填写价格。", "Give it a price first."};

struct problem *sample_before_create(struct call *call, struct sample *row)
{
	if (uuid_is_nil(row->institution_id)) /* a reviewer makes one for the institution that it names in the code */
		row->institution_id = row->row.id = uuid_v7();
	return row->count == 13 ? problem_add_field(call->arena, NULL, "/count", "unlucky", "不吉利", "is unlucky")
		: NULL;
}

struct problem *sample_before_update(struct call *call, const struct sample *before, struct sample *row)
{
	if (before->count > row->count)
		return problem_add_field(call->arena, NULL, "/count", "shrinks", "不能减少", "must not shrink");
	return NULL;
}

struct problem *sample_audience(struct call *call, const struct sample *row, const char *kind, struct audience *out)
{
	static const uint32_t everywhere[] = {9};
	if (row->row.phase != SAMPLE_PHASE_ACTIVE)
		return NULL;
	*out = (struct audience){JOURNAL_ADDRESSED, everywhere, 1, record_export(call, &record_sample, row, false)};
	return NULL;
}

struct problem *sample_present(struct call *call, const struct sample *row, struct json_writer *w)
{
	jw_kv_int(w, "name_length", (int64_t)strlen(row->name));
	return NULL;
}

struct problem *sample_rename(struct call *call, struct sample *row, const struct sample_rename_input *in)
{
	row->name = in->name;
	struct problem *problem = sample_row_update(call, row, "renamed");
	return problem ? problem : record_answer(call, &record_sample, row);
}

struct problem *sample_count(struct call *call, const struct sample_count_query *query)
{
	struct sample **rows;
	struct sample_counted out = {0};
	size_t count;
	struct problem *problem = query->kind
		? sample_row_select(
			  call, "kind = ?", "", DB_ARGS(db_text(query->kind == 1 ? "goods" : "service")), &rows, &count)
		: sample_row_select(call, NULL, "", DB_NO_ARGS, &rows, &count);
	out.count = (int64_t)count;
	return problem ? problem : endpoint_answer(call, &shape_sample_counted, &out);
}

struct problem *deal_before_create(struct call *call, struct deal *row)
{
	if (deal_meanwhile)
		deal_meanwhile(row);
	return NULL;
}

struct problem *sample_ping(struct call *call)
{
	return NULL;
}

struct problem *guard_sample_priced(struct call *call, const struct sample *row, struct json_object *form)
{
	return row->has_price ? NULL : problem_new(call->arena, &PROBLEM_PRICE);
}

struct problem *effect_sample_number(struct call *call, struct sample *row, struct json_object *form)
{
	row->code = "OK-1";
	return NULL;
}
