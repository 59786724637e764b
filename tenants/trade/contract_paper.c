/* A contract as people sign it. */
#include <string.h>

#include "core/buf.h"
#include "core/crypto/crypto.h"
#include "core/file/files.h"
#include "core/http/request.h"
#include "core/office/paper.h"
#include "core/record/export.h"
#include "core/text/amount.h"
#include "core/text/json.h"
#include "schema/records.gen.h"
#include "tenants/platform/issued_paper.h"
#include "tenants/platform/platform.h"
#include "tenants/platform/services.h"
#include "tenants/trade/contract.h"

enum { FILE_MAX = 20 * 1024 * 1024, PERCENT = 100 };

/* ---- What stands on it ---- */

static void put_parties(struct paper *paper, const struct contract *row)
{
	const struct paper_field fields[] = {{"合同编号", row->number, false}, {"订单号", row->order_number, false},
		{"甲方（企业）", row->buyer_name, true}, {"统一社会信用代码", row->buyer_uscc, false},
		{"签约代表", row->buyer_agent, false}, {"地址", row->buyer_address, true},
		{"乙方（服务机构）", row->institution_name, true}, {"统一社会信用代码", row->seller_uscc, false},
		{"签约代表", row->seller_agent, false}, {"地址", row->seller_address, true}};
	paper_text(paper, "甲乙双方依据《中华人民共和国民法典》，就下列服务协商一致，订立本合同。");
	paper_fields(paper, fields, sizeof fields / sizeof *fields);
}

static struct problem *put_lines(struct call *call, struct paper *paper, const struct contract *row)
{
	static const unsigned weights[] = {2, 12, 3, 3, 5, 6};
	static const char *const heads[] = {"序号", "名称与规格", "数量", "单位", "金额（元）", "备注"};
	struct contract_line **lines;
	size_t count;
	struct problem *problem = contract_line_row_select(
		call, "contract_id = ?", "ORDER BY id", DB_ARGS(db_id(&row->row.id)), &lines, &count);
	if (problem)
		return problem;
	paper_heading(paper, "一、服务标的与价款");
	paper_table_head(paper, heads, weights, 6);
	for (size_t i = 0; i < count; i++) {
		const char *cells[] = {arena_printf(call->arena, "%zu", i + 1), lines[i]->name,
			arena_printf(call->arena, "%lld", (long long)lines[i]->quantity), lines[i]->unit,
			amount_digits(call->arena, lines[i]->amount), lines[i]->note};
		paper_table_row(paper, cells);
	}
	return NULL;
}

/* Tax is a part of the total: total × rate / (100 + rate), to the nearest fen. */
static void put_total(struct call *call, struct paper *paper, const struct contract *row)
{
	int64_t whole = PERCENT + row->tax_rate, tax = (row->total * row->tax_rate + whole / 2) / whole;
	const struct paper_field fields[] = {
		{"合同总价（含税）", arena_printf(call->arena, "%s 元", amount_digits(call->arena, row->total)), true},
		{"大写", amount_words(call->arena, row->total), true},
		{"税率", arena_printf(call->arena, "%lld%%", (long long)row->tax_rate), false},
		{"其中税额", arena_printf(call->arena, "%s 元", amount_digits(call->arena, tax)), false}};
	paper_fields(paper, fields, sizeof fields / sizeof *fields);
}

static void put_clause(struct paper *paper, const char *heading, const char *text)
{
	if (!text || !*text)
		return;
	paper_heading(paper, heading);
	paper_text(paper, text);
}

static void put_delivery(struct call *call, struct paper *paper, const struct contract *row)
{
	const struct paper_field fields[] = {{"开始日期", row->starts_on, false}, {"完成日期", row->ends_on, false},
		{"交付地点", row->delivery_address, true}};
	paper_heading(paper, "三、履行期限与交付");
	paper_fields(paper, fields, sizeof fields / sizeof *fields);
}

static struct problem *put_payments(struct call *call, struct paper *paper, const struct contract *row)
{
	static const unsigned weights[] = {2, 10, 6, 6};
	static const char *const heads[] = {"序号", "付款节点", "金额（元）", "应付日期"};
	struct contract_payment **payments;
	size_t count;
	struct problem *problem = contract_payment_row_select(
		call, "contract_id = ?", "ORDER BY pay_on, id", DB_ARGS(db_id(&row->row.id)), &payments, &count);
	if (problem)
		return problem;
	paper_heading(paper, "五、付款");
	paper_table_head(paper, heads, weights, 4);
	for (size_t i = 0; i < count; i++) {
		const char *cells[] = {arena_printf(call->arena, "%zu", i + 1), payments[i]->name,
			amount_digits(call->arena, payments[i]->amount), payments[i]->pay_on};
		paper_table_row(paper, cells);
	}
	if (row->pay_by)
		paper_text(paper,
			arena_printf(call->arena,
				"依《保障中小企业款项支付条例》，甲方为%s，自交付之日起%"
				"d日内支付款项；按完成日期计，不晚于%s。",
				row->buyer_kind == CONTRACT_BUYER_KIND_AUTHORITY ? "机关、事业单位" : "大型企业",
				row->buyer_kind == CONTRACT_BUYER_KIND_AUTHORITY ? CONTRACT_AUTHORITY_DAYS
										 : CONTRACT_LARGE_DAYS,
				row->pay_by));
	return NULL;
}

struct problem *contract_paper_of(struct call *call, const struct contract *row, bool draft, struct paper **out)
{
	const struct platform *home = platform_by_id(services_directory(call), row->row.home_id);
	struct paper *paper = paper_create(call->arena,
		&(struct paper_spec){.title = draft ? "服务合同（草稿）" : "服务合同",
			.issuer = home ? home->name_zh : NULL,
			.number = row->number,
			.at = row->row.created_at});
	*out = paper;
	if (draft)
		paper_text(paper, "本件为草稿，未经双方确认，不具效力，也不能核验。");
	put_parties(paper, row);
	struct problem *problem = put_lines(call, paper, row);
	if (problem)
		return problem;
	put_total(call, paper, row);
	put_clause(paper, "二、服务内容与交付物", row->scope);
	put_delivery(call, paper, row);
	put_clause(paper, "四、验收", row->acceptance);
	problem = put_payments(call, paper, row);
	put_clause(paper, "六、违约责任", row->breach);
	put_clause(paper, "七、保密", row->secrecy);
	put_clause(paper, "八、争议解决", row->disputes);
	paper_heading(paper, "九、签署");
	paper_text(paper, "本合同自双方签字盖章之日起生效，一式两份，双方各执一份，具有同等效力。");
	paper_stamp(paper, "甲方（盖章）及代表（签字）：", "日期：　　　　年　　月　　日");
	paper_stamp(paper, "乙方（盖章）及代表（签字）：", "日期：　　　　年　　月　　日");
	return problem;
}

/* ---- The file ---- */

static struct problem *keep(struct call *call, const struct contract *row, const struct buf *pdf)
{
	struct file_sink *sink;
	struct stored_file file;
	struct attachment *attachment = attachment_row_new(call);
	struct problem *problem = files_sink_open(
		services_of(call)->files, call->arena, "application/pdf", FILE_BIT(FILE_PDF), FILE_MAX, &sink);
	if (problem)
		return problem;
	problem = files_append(sink, call->arena, pdf->data, pdf->len);
	if (problem) {
		files_abort(sink);
		return problem;
	}
	problem = files_commit(sink, call->arena, &file);
	if (problem)
		return problem;
	attachment->record_type = "contract";
	attachment->record_id = row->row.id;
	attachment->institution_id = row->institution_id;
	/* Not among the purposes of the declaration: nobody adds one, or takes it away. */
	attachment->purpose = "contract";
	attachment->file_name = arena_printf(call->arena, "%s.pdf", row->number);
	attachment->media_type = "application/pdf";
	attachment->size = file.size;
	crypto_unhex(file.name, attachment->sha256, sizeof attachment->sha256);
	return attachment_row_insert(call, attachment);
}

struct problem *contract_paper_make(struct call *call, struct contract *row)
{
	const struct paper_issue issue = {ISSUED_PAPER_KIND_CONTRACT, row->number, "contract", row->row.id};
	struct buf *pdf = buf_in(call->arena);
	struct paper_made made;
	struct paper *paper;
	struct problem *problem = contract_paper_of(call, row, false, &paper);
	if (!problem)
		problem = issued_paper_make(call, paper, &issue, pdf, &made);
	if (!problem)
		problem = keep(call, row, pdf);
	if (!problem)
		problem = issued_paper_note(call, &made);
	if (!problem)
		memcpy(row->sha256, made.sha256, sizeof row->sha256);
	return problem;
}

static struct problem *send_file(struct call *call, const struct contract *row)
{
	char name[FILE_NAME + 1];
	int64_t size;
	crypto_hex(row->sha256, sizeof row->sha256, name);
	int fd = files_read(services_of(call)->files, name, &size);
	if (fd < 0)
		return problem_detail(call->arena, &PROBLEM_NOT_FOUND, "合同文件保存在订单所在平台，请到该平台下载。",
			"The file is kept by the platform of the order; download it there.");
	request_send_file(call->request, fd, (uint64_t)size, "application/pdf");
	return NULL;
}

static struct problem *send_draft(struct call *call, const struct contract *row)
{
	struct paper *paper;
	struct problem *problem = contract_paper_of(call, row, true, &paper);
	if (!problem)
		problem = paper_write(paper, call->arena, call->request->out);
	call->request->content_type = "application/pdf";
	return problem;
}

struct problem *contract_paper(struct call *call, struct contract *row)
{
	struct json_object *more = json_own(call->arena, json_object_new_object());
	bool made = row->agreed_at != 0;
	json_object_object_add(more, "format", json_object_new_string("pdf"));
	json_object_object_add(more, "number", json_object_new_string(row->number));
	struct problem *problem = made ? NULL : send_draft(call, row);
	if (!problem)
		problem = export_log(call, "contract", more);
	if (!problem && made)
		problem = send_file(call, row);
	if (problem)
		return problem;
	export_named(call, arena_printf(call->arena, "%s-%s.pdf", made ? "合同" : "合同草稿", row->number),
		arena_printf(call->arena, "%s-%s.pdf", made ? "contract" : "draft", row->number));
	return NULL;
}
