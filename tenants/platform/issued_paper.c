#include "tenants/platform/issued_paper.h"

#include <string.h>

#include "core/buf.h"
#include "core/crypto/crypto.h"
#include "core/office/paper.h"
#include "core/record/endpoint.h"
#include "core/text/code.h"
#include "core/text/zone.h"
#include "schema/records.gen.h"
#include "tenants/platform/limit.h"
#include "tenants/platform/platform.h"
#include "tenants/platform/services.h"

/* The same content has the same code on the same platform, and no other has it. */
static const char *code_of(struct call *call, const struct paper *paper)
{
	unsigned char key[CRYPTO_KEY], content[CRYPTO_HASH], mac[CRYPTO_HASH];
	char *code = arena_alloc(call->arena, CODE_LENGTH + 1);
	crypto_keys_derive(call->services->keys, arena_printf(call->arena, "issued_paper/%u", call->platform_id), key);
	paper_digest(paper, content);
	crypto_hmac_sha256(key, sizeof key, content, sizeof content, mac);
	code_from(mac, code);
	return code;
}

/* As the settings say, not as this request came: a paper is the same whoever asks for it and how. */
static const char *address_of(struct call *call, const char *code)
{
	const struct platform *here = platform_by_id(services_directory(call), call->platform_id);
	const char *origin = here ? services_origin_for(services_of(call), call->arena, NULL, here) : NULL;
	return origin ? arena_printf(call->arena, "%s/verify/%s", origin, code) : code;
}

struct problem *issued_paper_make(struct call *call, struct paper *paper, const struct paper_issue *issue,
	struct buf *pdf, struct paper_made *out)
{
	char shown[CODE_SHOWN + 1];
	size_t before = pdf->len;
	*out = (struct paper_made){.issue = *issue, .pdf = pdf, .code = code_of(call, paper)};
	code_show(out->code, shown);
	paper_mark(paper, address_of(call, out->code), arena_strdup(call->arena, shown));
	struct problem *problem = paper_write(paper, call->arena, pdf);
	if (!problem)
		crypto_sha256(pdf->data + before, pdf->len - before, out->sha256);
	return problem;
}

static struct problem *find(struct call *call, const char *where, struct db_value value, struct issued_paper **out)
{
	struct issued_paper **rows;
	size_t count;
	struct problem *problem =
		issued_paper_row_select(call, where, "ORDER BY created_at LIMIT 1", &value, 1, &rows, &count);
	*out = !problem && count ? rows[0] : NULL;
	return problem;
}

struct problem *issued_paper_note(struct call *call, const struct paper_made *made)
{
	struct issued_paper *row;
	struct problem *problem = limit_line_up(call, "papers", UUID_NIL);
	if (!problem)
		problem = find(call, "sha256 = ?", db_bytes(made->sha256, sizeof made->sha256), &row);
	if (problem || row)
		return problem;
	row = issued_paper_row_new(call);
	row->kind = made->issue.kind;
	row->number = made->issue.number;
	row->code = made->code;
	row->record_type = made->issue.record;
	row->record_id = made->issue.record_id;
	memcpy(row->sha256, made->sha256, sizeof row->sha256);
	return issued_paper_row_insert(call, row);
}

/* ---- Asked by anybody ---- */

static void tell(struct call *call, const struct issued_paper *row, struct paper_verified *out)
{
	const struct platform *here = platform_by_id(services_directory(call), call->platform_id);
	const struct field *kind = shape_need(&shape_issued_paper, "kind");
	out->issuer = here ? call_text(call, here->name_zh, here->name_en) : NULL;
	for (size_t i = 0; i < kind->value_count; i++)
		if (row->kind == (int)i + 1)
			out->kind = call_text(call, kind->values[i].zh, kind->values[i].en);
	out->number = row->number;
	out->day = zone_day(call->arena, row->row.created_at);
}

/* Whether what has the hash (`held`, NULL: nothing) is the paper that the code names. */
static struct problem *find_by_code(
	struct call *call, const char *code, const struct issued_paper *held, struct paper_verified *out)
{
	struct issued_paper *named;
	struct problem *problem = find(call, "code = ?", db_text(code), &named);
	if (problem || !named)
		return problem;
	tell(call, named, out);
	out->result = held && strcmp(held->code, code) == 0 ? PAPER_VERIFIED_RESULT_SAME
	                                                     : PAPER_VERIFIED_RESULT_DIFFERENT;
	return NULL;
}

struct problem *issued_paper_find(
	struct call *call, const struct paper_verify_query *query, struct paper_verified *out)
{
	struct issued_paper *held = NULL;
	struct problem *problem = NULL;
	unsigned char sha256[CRYPTO_HASH];
	char code[CODE_LENGTH + 1], *hex = query->sha256 ? arena_strdup(call->arena, query->sha256) : NULL;
	*out = (struct paper_verified){.result = PAPER_VERIFIED_RESULT_UNKNOWN};
	for (char *at = hex; at && *at; at++)
		*at = (char)(*at >= 'A' && *at <= 'F' ? *at + ('a' - 'A') : *at);
	if (hex && crypto_unhex(hex, sha256, sizeof sha256))
		problem = find(call, "sha256 = ?", db_bytes(sha256, sizeof sha256), &held);
	if (!problem && query->code && code_read(call->arena, query->code, code)) {
		problem = find_by_code(call, code, held, out);
		if (!problem && !hex && out->result == PAPER_VERIFIED_RESULT_DIFFERENT)
			out->result = PAPER_VERIFIED_RESULT_ISSUED;
	} else if (!problem && held) {
		tell(call, held, out);
		out->result = PAPER_VERIFIED_RESULT_SAME;
	}
	return problem;
}

struct problem *paper_verify(struct call *call, const struct paper_verify_query *query)
{
	struct paper_verified verified;
	struct problem *problem = issued_paper_find(call, query, &verified);
	return problem ? problem : endpoint_answer(call, &shape_paper_verified, &verified);
}
