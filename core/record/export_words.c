/* What people read of a declared field: the words of core/record/export.h. */
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/record/export.h"
#include "core/text/json.h"

enum { FEN_DECIMALS = 2, WAN_DECIMALS = 6 };

static bool in_wan(const struct field *field)
{
	return field->unit && strcmp(field->unit, "wan") == 0;
}

static const char *code_word(struct call *call, const struct field *field, const char *code)
{
	for (size_t i = 0; i < field->value_count; i++)
		if (strcmp(field->values[i].code, code) == 0)
			return call_text(call, field->values[i].zh, field->values[i].en);
	const struct call_services *services = call->services;
	const char *word = services->word_of ? services->word_of(call, field, code, services->arg) : NULL;
	return word ? word : code;
}

static const char *platform_word(struct call *call, const char *slug)
{
	static const struct field field = {.name = "platform", .type = FIELD_PLATFORM};
	return code_word(call, &field, slug);
}

static void add_word(struct call *call, struct buf *out, const char *word)
{
	buf_printf(out, "%s%s", out->len ? call_text(call, "、", ", ") : "", word);
}

/* A text of codes, "self,recommendation:zhejiang/lishui": what follows a colon names the platform that it came from. */
static const char *coded_words(struct call *call, const struct field *field, const char *codes)
{
	struct buf *out = buf_in(call->arena);
	char *rest = arena_strdup(call->arena, codes), *one;
	while ((one = strsep(&rest, ",")) != NULL) {
		char *colon = strchr(one, ':');
		if (colon)
			*colon = '\0';
		if (*one)
			add_word(call, out, code_word(call, field, one));
		if (colon && colon[1])
			buf_printf(out, call_text(call, "（%s）", " (%s)"), platform_word(call, colon + 1));
	}
	return out->data;
}

/* The words of a value as JSON writes it: masked and sealed ones as hints. */
static const char *json_words(struct call *call, const struct field *field, const void *in)
{
	struct buf *out = buf_in(call->arena);
	struct json_writer w;
	struct json_object *value = NULL;
	jw_init(&w, out);
	field_write_json(call, &w, field, in, false);
	if (json_parse(call->arena, out->data, out->len, &value))
		return out->data;
	if (field->type == FIELD_LIST) {
		struct buf *words = buf_in(call->arena);
		for (size_t i = 0; i < json_count(value); i++) {
			const char *one = json_text(json_at(value, i));
			if (one)
				add_word(call, words, code_word(call, field, one));
		}
		return words->data;
	}
	const char *said = json_text(value);
	return !said ? out->data : field->value_count ? coded_words(call, field, said) : code_word(call, field, said);
}

struct sheet_cell export_cell(struct call *call, const struct field *field, const void *in)
{
	const char *at = (const char *)in + field->offset;
	if (field_is_absent(field, in))
		return cell_text(NULL);
	switch (field->type) {
	case FIELD_ENUM: {
		const struct choice *choice = &field->values[*(const int *)(const void *)at - 1];
		return cell_text(call_text(call, choice->zh, choice->en));
	}
	case FIELD_BOOL:
		return cell_text(*(const bool *)at ? call_text(call, "是", "yes") : call_text(call, "否", "no"));
	case FIELD_INT:
	case FIELD_UINT: return cell_number(*(const int64_t *)(const void *)at, 0);
	case FIELD_MONEY:
		return cell_number(*(const int64_t *)(const void *)at, in_wan(field) ? WAN_DECIMALS : FEN_DECIMALS);
	case FIELD_TIME: return cell_time(*(const int64_t *)(const void *)at);
	case FIELD_DATE: return cell_date(*(const char *const *)(const void *)at);
	default: return cell_text(json_words(call, field, in));
	}
}

/* Declarations name money by what travels; people read yuan, or 万元 where that is how they say it. */
const char *export_title(struct call *call, const struct field *field)
{
	static const char *const fen[] = {"（分）", " (fen)"};
	const char *title = call_text(call, field->zh, field->en);
	if (field->type != FIELD_MONEY)
		return title;
	size_t len = strlen(title);
	for (size_t i = 0; i < 2; i++) {
		const char *at = strstr(title, fen[i]);
		if (at)
			len = (size_t)(at - title);
	}
	return arena_printf(call->arena, "%.*s%s", (int)len, title,
		in_wan(field) ? call_text(call, "（万元）", " (10,000 yuan)") : call_text(call, "（元）", " (yuan)"));
}

struct export_column export_column_of(struct call *call, const struct field *field)
{
	const char *title = export_title(call, field);
	struct export_column column = {field->name, title, title, CELL_TEXT, 0, 0};
	if (field->type == FIELD_INT || field->type == FIELD_UINT || field->type == FIELD_MONEY)
		column.kind = CELL_NUMBER;
	if (field->type == FIELD_MONEY)
		column.decimals = in_wan(field) ? WAN_DECIMALS : FEN_DECIMALS;
	if (field->type == FIELD_DATE)
		column.kind = CELL_DATE;
	if (field->type == FIELD_TIME)
		column.kind = CELL_TIME;
	if (field->type == FIELD_ENUM || field->type == FIELD_BOOL)
		column.width = 12;
	if (field->type == FIELD_LONGTEXT || (field->type == FIELD_TEXT && field->max > 200))
		column.width = 40;
	return column;
}
