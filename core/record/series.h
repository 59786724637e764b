/* series: numbers of a platform's own, one after another: PX-331100-66821.
 *
 *   series: {number: DD}         the field gets "DD-331100-1", "DD-331100-2" … when a row is inserted without a number
 *   series: {number: product}    the prefix is that of the platform's policy (numbers.product)
 *
 * No two are alike within a network. A transaction that is undone takes its number with it: there may be gaps.
 */
#ifndef QILIAN_CORE_RECORD_SERIES_H
#define QILIAN_CORE_RECORD_SERIES_H

#include "core/attributes.h"
#include "core/record/record.h"

/* Fills in the numbers that a new row lacks. Inside a transaction, as late as can be: others who want one of the
 * same series wait for its end. */
struct problem *series_fill(struct call *call, const struct record *record, void *row) NONNULL MUST_CHECK;

#endif
