#include "tenants/trade/contract.h"

#include <string.h>

#include "core/crypto/crypto.h"
#include "core/office/paper.h"
#include "core/record/side.h"
#include "core/text/amount.h"
#include "core/text/zone.h"
#include "schema/records.gen.h"
#include "tenants/platform/limit.h"
#include "tenants/platform/services.h"

const char *contract_day_after(struct arena *arena, const char *day, int days)
{
	return zone_day(arena, zone_day_begin(day) + (int64_t)days * 24 * 3600 * 1000);
}

/* ---- Drafting ---- */

static struct problem *check_first(struct call *call, const struct contract *row)
{
	struct db_result *rows;
	struct problem *problem = limit_line_up(call, "contract", row->order_id);
	if (!problem)
		problem = db_select(call->db, call->scope,
			"SELECT number FROM contract WHERE platform_id = :p AND order_id = ? AND phase <> 'ended' "
			"LIMIT 1",
			DB_ARGS(db_id(&row->order_id)), &rows);
	if (problem || !rows->rows)
		return problem;
	const char *number = db_need_text(rows, 0, 0);
	return problem_detail(call->arena, &PROBLEM_CONFLICT,
		arena_printf(call->arena, "该订单已有合同 %s；须先作废或解除，才能另订。", number),
		arena_printf(call->arena,
			"The order has contract %s; that is voided or ended before another is drafted.", number));
}

static struct problem *take_party(struct call *call, struct uuid id, const char **uscc, const char **address)
{
	struct institution *institution;
	struct problem *problem = institution_row_peek(call, id, &institution);
	if (problem || !institution)
		return problem;
	*uscc = institution->uscc;
	*address = institution->address;
	return NULL;
}

/* What the platform's settings say now; what they say later is not looked at again. */
static struct problem *take_clauses(struct call *call, struct contract *row)
{
	const struct policy *policy;
	struct problem *problem = services_policy(call, &policy);
	if (problem)
		return problem;
	row->acceptance = row->acceptance ? row->acceptance : policy->contract.acceptance.zh;
	row->breach = row->breach ? row->breach : policy->contract.breach.zh;
	row->secrecy = row->secrecy ? row->secrecy : policy->contract.secrecy.zh;
	row->disputes = row->disputes ? row->disputes : policy->contract.disputes.zh;
	return NULL;
}

struct problem *contract_before_create(struct call *call, struct contract *row)
{
	struct order *order;
	struct problem *problem = check_first(call, row);
	if (!problem)
		problem = order_row_peek(call, row->order_id, &order);
	if (!problem && order && !row->scope)
		row->scope = order->requirements;
	if (!problem)
		problem = take_party(call, row->institution_id, &row->seller_uscc, &row->seller_address);
	if (!problem)
		problem = take_party(call, row->buyer_id, &row->buyer_uscc, &row->buyer_address);
	return problem ? problem : take_clauses(call, row);
}

/* What an order comes to as one line and one instalment, to be split by whoever drafts. */
struct problem *contract_after_write(struct call *call, const struct contract *before, const struct contract *row)
{
	if (before || row->row.home_id != call->platform_id || !row->has_total)
		return NULL;
	struct order *order;
	struct contract_line *line = contract_line_row_new(call);
	struct contract_payment *payment = contract_payment_row_new(call);
	struct problem *problem = order_row_peek(call, row->order_id, &order);
	if (problem)
		return problem;
	line->contract_id = payment->contract_id = row->row.id;
	line->name = row->subject;
	line->quantity = order ? order->quantity : 1;
	line->amount = payment->amount = row->total;
	payment->name = "验收合格后付款";
	payment->pay_on = contract_day_after(
		call->arena, row->ends_on ? row->ends_on : zone_day(call->arena, call_now()), CONTRACT_AUTHORITY_DAYS);
	problem = contract_line_row_insert(call, line);
	if (problem || !row->total)
		return problem;
	return contract_payment_row_insert(call, payment);
}

/* ---- What must hold before anybody agrees ---- */

/* What makes, changes or takes away a line or instalment holds the contract first (core/record/child.h): so does who
 * counts them, and none comes between the count and the COMMIT. */
static struct problem *hold(struct call *call, const struct contract *row)
{
	struct db_result *rows;
	return db_select(call->db, call->scope, "SELECT 1 FROM contract WHERE platform_id = :p AND id = ? FOR UPDATE",
		DB_ARGS(db_id(&row->row.id)), &rows);
}

/* As they are now, not as they were when the transaction began. */
static struct problem *sum_of(struct call *call, const struct contract *row, const char *sql, int64_t *sum)
{
	struct db_result *rows;
	struct problem *problem = db_select(call->db, call->scope, sql, DB_ARGS(db_id(&row->row.id)), &rows);
	*sum = problem ? 0 : db_get_int(rows, 0, 0);
	return problem;
}

static struct problem *check_sum(struct call *call, int64_t sum, int64_t total, const char *zh, const char *en)
{
	if (sum == total)
		return NULL;
	const char *is = amount_digits(call->arena, sum), *wanted = amount_digits(call->arena, total);
	return problem_detail(call->arena, &PROBLEM_CONFLICT,
		arena_printf(call->arena, "%s合计 %s 元，与合同总价 %s 元不符，请改正后再继续。", zh, is, wanted),
		arena_printf(call->arena, "%s sum to %s yuan, the contract's total is %s yuan; mend that first.", en,
			is, wanted));
}

/* No contract lets an authority pay an SME later than sixty days from delivery. */
static struct problem *check_terms(struct call *call, const struct contract *row)
{
	struct db_result *rows;
	if (row->buyer_kind != CONTRACT_BUYER_KIND_AUTHORITY || !row->ends_on)
		return NULL;
	const char *last = contract_day_after(call->arena, row->ends_on, CONTRACT_LARGE_DAYS);
	struct problem *problem = db_select(call->db, call->scope,
		"SELECT 1 FROM contract_payment WHERE platform_id = :p AND contract_id = ? AND pay_on > ? LIMIT 1 "
		"LOCK IN SHARE MODE",
		DB_ARGS(db_id(&row->row.id), db_text(last)), &rows);
	if (problem || !rows->rows)
		return problem;
	return problem_detail(call->arena, &PROBLEM_CONFLICT,
		arena_printf(call->arena,
			"甲方为机关、事业单位，付款不得晚于交付后60日（%"
			"s），请由乙方修改付款计划（《保障中小企业款项支付条例》）。",
			last),
		arena_printf(call->arena,
			"An authority pays within 60 days of delivery (%s) at the latest; the provider changes the "
			"instalments.",
			last));
}

struct problem *guard_contract_complete(struct call *call, const struct contract *row, struct json_object *form)
{
	int64_t lines, payments;
	struct problem *problem = hold(call, row);
	if (!problem)
		problem = sum_of(call, row,
			"SELECT COALESCE(SUM(amount), 0) FROM contract_line WHERE platform_id = :p AND contract_id = ? "
			"LOCK IN SHARE MODE",
			&lines);
	if (!problem)
		problem = sum_of(call, row,
			"SELECT COALESCE(SUM(amount), 0) FROM contract_payment WHERE platform_id = :p AND contract_id "
			"= ? LOCK IN SHARE MODE",
			&payments);
	if (!problem)
		problem = check_sum(call, lines, row->total, "明细", "The lines");
	if (!problem)
		problem = check_sum(call, payments, row->total, "付款计划", "The instalments");
	if (!problem && !row->scope)
		problem = problem_detail(call->arena, &PROBLEM_CONFLICT, "请先填写服务内容与交付物。",
			"What is done and delivered is to be said first.");
	return problem;
}

struct problem *guard_contract_buyer(struct call *call, const struct contract *row, struct json_object *form)
{
	if (!row->buyer_kind || !row->buyer_agent)
		return problem_detail(call->arena, &PROBLEM_CONFLICT, "请先编辑并填写甲方类型和签约代表。",
			"The kind of client and who signs for it are to be filled in first.");
	return check_terms(call, row);
}

struct problem *guard_contract_signed(struct call *call, const struct contract *row, struct json_object *form)
{
	struct db_result *rows;
	struct problem *problem = db_select(call->db, call->scope,
		"SELECT 1 FROM attachment WHERE platform_id = :p AND record_type = 'contract' AND record_id = ? AND "
		"purpose = 'scan' LIMIT 1",
		DB_ARGS(db_id(&row->row.id)), &rows);
	if (problem || rows->rows)
		return problem;
	return problem_detail(call->arena, &PROBLEM_CONFLICT, "请先上传双方签署盖章的扫描件（PDF 或图片）。",
		"Upload the copy that both signed and sealed first (PDF or picture).");
}

/* ---- Agreeing ---- */

struct problem *effect_contract_due(struct call *call, struct contract *row, struct json_object *form)
{
	int days = row->buyer_kind == CONTRACT_BUYER_KIND_AUTHORITY ? CONTRACT_AUTHORITY_DAYS
		: row->buyer_kind == CONTRACT_BUYER_KIND_LARGE	    ? CONTRACT_LARGE_DAYS
								    : 0;
	row->pay_by = days && row->ends_on ? contract_day_after(call->arena, row->ends_on, days) : NULL;
	return NULL;
}

static struct problem *digest_of(struct call *call, const struct contract *row, unsigned char out[CRYPTO_HASH])
{
	struct paper *paper;
	struct problem *problem = contract_paper_of(call, row, false, &paper);
	if (!problem)
		paper_digest(paper, out);
	return problem;
}

struct problem *effect_contract_consent(struct call *call, struct contract *row, struct json_object *form)
{
	return digest_of(call, row, row->content_hash);
}

struct problem *effect_contract_conclude(struct call *call, struct contract *row, struct json_object *form)
{
	unsigned char now[CRYPTO_HASH];
	struct problem *problem = digest_of(call, row, now);
	if (problem)
		return problem;
	if (!crypto_equal(now, row->content_hash, sizeof now))
		return problem_detail(call->arena, &PROBLEM_CONFLICT,
			"合同内容与对方确认时不同，请选择“修改（双方重新确认）”。",
			"The content is not what the other side agreed on; open it again and agree anew.");
	row->agreed_at = call_now();
	return contract_paper_make(call, row);
}

struct problem *effect_contract_forget(struct call *call, struct contract *row, struct json_object *form)
{
	memset(row->content_hash, 0, sizeof row->content_hash);
	row->buyer_consented_at = row->seller_consented_at = 0;
	row->pay_by = NULL;
	return NULL;
}
