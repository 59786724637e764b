/* amount: an amount of money in capitals, as contracts and invoices write it (人民币大写).
 *
 * After 支付结算办法, annex 1, and 票据法 use: 壹贰叁…, groups of ten thousand (万, 亿, 万亿), 零 once where digits
 * are passed over, 整 behind yuan or jiao.
 */
#ifndef QILIAN_CORE_TEXT_AMOUNT_H
#define QILIAN_CORE_TEXT_AMOUNT_H

#include <stdint.h>

#include "core/attributes.h"

struct arena;

/* "人民币壹万零伍拾元叁角整" for 1005030 fen; 负 before what is below zero. All of int64_t. */
const char *amount_words(struct arena *arena, int64_t fen) NONNULL RETURNS_NONNULL;
/* "10,050.30" */
const char *amount_digits(struct arena *arena, int64_t fen) NONNULL RETURNS_NONNULL;

#endif
