/* Amounts in capitals: each rule of 支付结算办法, annex 1, with what people write. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/arena.h"
#include "core/text/amount.h"

static void as_contracts_write_it(void **state)
{
	static const struct {
		int64_t fen;
		const char *words, *digits;
	} rows[] = {
		{0, "人民币零元整", "0.00"},
		{1, "人民币壹分", "0.01"},
		{10, "人民币壹角整", "0.10"},
		{32, "人民币叁角贰分", "0.32"},
		{100, "人民币壹元整", "1.00"},
		{101, "人民币壹元零壹分", "1.01"},
		{110, "人民币壹元壹角整", "1.10"},
		{1000, "人民币壹拾元整", "10.00"},
		{1500, "人民币壹拾伍元整", "15.00"},
		{10100, "人民币壹佰零壹元整", "101.00"},
		{14095000, "人民币壹拾肆万零玖佰伍拾元整", "140,950.00"},
		{140950, "人民币壹仟肆佰零玖元伍角整", "1,409.50"},
		{600714, "人民币陆仟零柒元壹角肆分", "6,007.14"},
		{168032, "人民币壹仟陆佰捌拾元叁角贰分", "1,680.32"},
		{1640902, "人民币壹万陆仟肆佰零玖元零贰分", "16,409.02"},
		{10700053, "人民币壹拾万柒仟元伍角叁分", "107,000.53"},
		{1000000, "人民币壹万元整", "10,000.00"},
		{1000100, "人民币壹万零壹元整", "10,001.00"},
		{1005030, "人民币壹万零伍拾元叁角整", "10,050.30"},
		{1100000, "人民币壹万壹仟元整", "11,000.00"},
		{10000000, "人民币壹拾万元整", "100,000.00"},
		{10001000, "人民币壹拾万零壹拾元整", "100,010.00"},
		{100000000, "人民币壹佰万元整", "1,000,000.00"},
		{1000000000, "人民币壹仟万元整", "10,000,000.00"},
		{10000000000, "人民币壹亿元整", "100,000,000.00"},
		{10000000100, "人民币壹亿零壹元整", "100,000,001.00"},
		{10000100000, "人民币壹亿零壹仟元整", "100,001,000.00"},
		{10010000000, "人民币壹亿零壹拾万元整", "100,100,000.00"},
		{11000000000, "人民币壹亿壹仟万元整", "110,000,000.00"},
		{1000000000000, "人民币壹佰亿元整", "10,000,000,000.00"},
		{100000000000000, "人民币壹万亿元整", "1,000,000,000,000.00"},
		{100000000000100, "人民币壹万亿零壹元整", "1,000,000,000,001.00"},
		{123456789012345, "人民币壹万贰仟叁佰肆拾伍亿陆仟柒佰捌拾玖万零壹佰贰拾叁元肆角伍分",
			"1,234,567,890,123.45"},
		{-1050, "人民币负壹拾元伍角整", "-10.50"},
	};
	struct arena *arena = arena_create();
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		assert_string_equal(amount_words(arena, rows[i].fen), rows[i].words);
		assert_string_equal(amount_digits(arena, rows[i].fen), rows[i].digits);
	}
	arena_destroy(arena);
}

static void no_two_amounts_are_written_alike(void **state)
{
	struct arena *arena = arena_create();
	const char *before = "";
	for (int64_t fen = 1; fen < 1000000000000000000; fen = fen * 7 + 3) {
		const char *words = amount_words(arena, fen);
		assert_string_not_equal(words, before);
		assert_null(strstr(words, "零零"));
		before = words;
	}
	assert_non_null(amount_words(arena, INT64_MIN));
	assert_non_null(amount_words(arena, INT64_MAX));
	arena_destroy(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_contracts_write_it),
		cmocka_unit_test(no_two_amounts_are_written_alike),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
