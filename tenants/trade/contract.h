/* contract: what both sides of an order sign (HN-8; schema/records/contract.yaml says its course).
 *
 * content  what stands on its paper: the order's terms, lines that sum to the total, instalments, clauses. It is
 *          written in the phase `draft` alone; what the first side agrees on must be what the second agrees on
 * paper    made once, when the second side agrees, in the transaction that moves the contract; kept as a file and among
 *          the issued papers. Before that the same content is a draft, which nobody vouches for
 */
#ifndef QILIAN_TENANTS_TRADE_CONTRACT_H
#define QILIAN_TENANTS_TRADE_CONTRACT_H

#include "core/attributes.h"
#include "core/record/call.h"

struct contract;
struct paper;

/* Days from delivery within which an authority (30) or a large enterprise (60) pays an SME, and to which an authority's
 * contract may stretch them (国令802号, art. 9). */
enum { CONTRACT_AUTHORITY_DAYS = 30, CONTRACT_LARGE_DAYS = 60 };

/* The content as a paper, always in Chinese: the same for each reader. draft: says that it binds nobody. */
struct problem *contract_paper_of(
	struct call *call, const struct contract *row, bool draft, struct paper **out) MUST_CHECK;
/* Inside a transaction: makes the file, keeps it and notes it; sets row->sha256. */
struct problem *contract_paper_make(struct call *call, struct contract *row) MUST_CHECK;
/* The n-th day after a day. */
const char *contract_day_after(struct arena *arena, const char *day, int days) RETURNS_NONNULL;

#endif
