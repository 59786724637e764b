#include "federation/exchange/told.h"

#include <string.h>

#include "core/crypto/crypto.h"
#include "core/text/json.h"
#include "schema/records.gen.h"
#include "tenants/notice/notice.h"

/* A log that is read once more tells nobody twice: the entry is known by what it is, not by a number that a restored
 * log gives again. */
static const unsigned char *mark(struct call *call, const struct apply_entry *entry)
{
	unsigned char *hash = arena_alloc(call->arena, 32);
	const char *text = arena_printf(call->arena, "%u|%llu|%lld|%.*s", entry->source, (unsigned long long)entry->seq,
		(long long)entry->at_ms, (int)entry->text_len, entry->text);
	crypto_sha256(text, strlen(text), hash);
	return hash;
}

struct problem *told_apply(struct call *call, const struct apply_entry *entry)
{
	struct notice_told told = {.variables = json_get_object(entry->payload, "variables"),
		.title = json_get_object(entry->payload, "title"),
		.body = json_get_object(entry->payload, "body"),
		.about = json_get_text(entry->payload, "about")};
	struct problem *problem = apply_text(call, entry, "template", &told.template);
	if (!problem)
		problem = apply_id(call, entry, "institution_id", &told.institution_id);
	if (problem)
		return problem;
	if (!told.variables || !json_get_text(told.title, "zh") || !json_get_text(told.body, "zh"))
		return problem_new(call->arena, &PROBLEM_ENTRY);
	struct institution *institution;
	problem = institution_row_peek(call, told.institution_id, &institution);
	if (problem || !institution || institution->row.home_id != call->platform_id)
		return problem; /* it moved on: nobody of it reads here, and nothing may wait here for its coming */
	uuid_parse(json_get_text(entry->payload, "about_id"), &told.about_id);
	json_get_bool(entry->payload, "contact", &told.contact);
	told.once = mark(call, entry);
	return notice_told_apply(call, &told);
}
