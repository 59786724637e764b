/* What hangs on a contract and has rules of its own: instalments that are overdue, invoices that are filed once. */
#include "core/record/export.h"
#include "core/text/zone.h"
#include "schema/records.gen.h"
#include "tenants/trade/contract.h"

enum { DAY_MS = 24 * 3600 * 1000 };

/* As of today, so it is kept nowhere. */
struct problem *contract_payment_overdue(struct call *call, void *const *rows, size_t count)
{
	int64_t today = zone_day_begin(export_today(call));
	for (size_t i = 0; i < count; i++) {
		struct contract_payment *row = rows[i];
		int64_t due = zone_day_begin(row->pay_on);
		row->has_overdue_days = row->row.phase == CONTRACT_PAYMENT_PHASE_PLANNED && due < today;
		row->overdue_days = row->has_overdue_days ? (today - due) / DAY_MS : 0;
	}
	return NULL;
}

/* 20 digits stand alone; 8 digits with the code of their kind. One is filed once among all platforms of the network
 * that share this database: the register's primary key holds it, whoever comes first. */
static struct problem *check_kind(struct call *call, const struct contract_invoice *row)
{
	bool alone = row->number[8] != '\0';
	if (alone == !row->code)
		return NULL;
	return problem_add_field(call->arena, NULL, "/code", "code",
		alone ? "20 位号码的数电票没有发票代码" : "8 位号码的发票须填发票代码",
		alone ? "an invoice with 20 digits has no code" : "an invoice with 8 digits has a code as well");
}

struct problem *contract_invoice_before_create(struct call *call, struct contract_invoice *row)
{
	struct problem *problem = check_kind(call, row);
	if (problem)
		return problem;
	const char *invoice = arena_printf(call->arena, "%s%s", row->code ? row->code : "", row->number);
	uint64_t made = 0;
	problem = db_exec(call->db, call->scope,
		"INSERT IGNORE INTO invoice_number (network_id, invoice, platform_id, contract_id) VALUES (:n, ?, :p, "
		"?)",
		DB_ARGS(db_text(invoice), db_id(&row->contract_id)), &made);
	if (problem || made)
		return problem;
	return problem_add_field(call->arena, NULL, "/number", "taken", "该发票已登记在本网络的一份合同上",
		"this invoice is filed with a contract of this network already");
}
