/* What people type and paste, kind by kind: many spellings of each, and what is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/record/field.h"
#include "core/text/email.h"
#include "core/text/fold.h"
#include "core/text/mobile.h"
#include "core/text/moment.h"
#include "core/text/phone.h"
#include "core/text/text.h"
#include "core/text/url.h"
#include "core/text/uscc.h"

static struct arena *arena;

static int setup(void **state)
{
	arena = arena_create();
	return 0;
}

static int teardown(void **state)
{
	arena_destroy(arena);
	return 0;
}

struct pair {
	const char *typed, *read; /* NULL: refused */
};
#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static void check(
	const char *what, const struct pair *pairs, size_t count, const char *(*read)(struct arena *, const char *))
{
	for (size_t i = 0; i < count; i++) {
		const char *got = read(arena, pairs[i].typed), *want = pairs[i].read;
		if (!got != !want || (got && strcmp(got, want) != 0))
			fail_msg("%s “%s”: %s, not %s", what, pairs[i].typed, got ? got : "(none)",
				want ? want : "(none)");
	}
}

/* Spaces, marks of order and direction that surround what is copied from a page, a chat, a list of contacts or a
 * spreadsheet. */
static const char *const AROUND[][2] = {
	{" ", " "},
	{"\t", "\r\n"},
	{"\u00a0", "\u00a0"},
	{"\u3000", "\u3000"},
	{"\u2002", "\u2009"},
	{"\u202f", "\u205f"},
	{"\u200b", "\u200b"},
	{"\u202d", "\u202c"},
	{"\u202a", "\u202c"},
	{"\u2068", "\u2069"},
	{"\u200e", "\u200e"},
	{"\u200f", ""},
	{"\ufeff", ""},
	{"\u2060", "\u2060"},
	{"\u00ad", ""},
	{"\u3164", "\u3164"},
	{"\u115f", "\u1160"},
	{"\uffa0", ""},
	{"\u2800", "\u2800"},
	{"\u180e", ""},
	{"\u061c", ""},
	{"\u2028", "\u2029"},
	{"\xc2\x85", ""},
	{"\U000e0001", ""},
	{"\u00a0\u200b \u3000", "\u200d\u00a0"},
};

static void surrounded(const char *plain, const char *(*read)(struct arena *, const char *))
{
	for (size_t i = 0; i < COUNT(AROUND); i++) {
		const char *typed = arena_printf(arena, "%s%s%s", AROUND[i][0], plain, AROUND[i][1]),
			   *got = read(arena, typed);
		if (!got || strcmp(got, plain) != 0)
			fail_msg("%zu: “%s” is read as %s", i, typed, got ? got : "(none)");
	}
}

static const char *line(struct arena *a, const char *text) { return text_line(a, text); }
static const char *lines(struct arena *a, const char *text) { return text_lines(a, text); }
static const char *uscc(struct arena *a, const char *text) { return uscc_normalise(a, text); }
static const char *fold(struct arena *a, const char *text) { return fold_text(a, text); }

static void what_surrounds_a_value_is_no_part_of_it(void **state)
{
	surrounded("杭州某某服务中心", line);
	surrounded("李四（采购部）", line);
	surrounded("91440300708461136T", uscc);
	surrounded("13800138000", mobile_read);
	surrounded("0571-87654321", phone_read);
	surrounded("qian.yi+tag@example.cn", email_read);
	surrounded("https://example.cn/a?b=c", url_read);
	surrounded("2026-05-06", date_read);
}

static void what_the_eye_does_not_see_is_blank(void **state)
{
	static const char *const blank[] = {"", " ", "\u3000\u3000", "\u00a0\u00a0", "\u200b\u200b", "\ufeff",
		"\u3164\u3164", "\u2800\u2800", "\u2060", "\u115f", "\u1160", "\uffa0", "\u202e\u202c", "\u200f",
		"\u00ad", "\u0301", "\u0301\u0301", "\ufe0f", "\u034f", "\u180b", "\U000e0100", "\U000e0041",
		"\u2028\u2029", "\u2063", "\u206a", "\u17b4", "\ufff9\ufffb", "\u200d", " \u0301 ", "\t\n\r", "\u1680",
		"\u20e0"};
	static const char *const seen[] = {"a", "一", "·", "。", "_", "\u200b一", "❤\ufe0f", "é", "e\u0301",
		"👨\u200d👩\u200d👧", "𠮷", "\ue000", "\U000e0041a"};
	for (size_t i = 0; i < COUNT(blank); i++)
		if (!text_is_blank(blank[i]) || *text_line(arena, blank[i]))
			fail_msg("%zu of the blank ones is seen", i);
	for (size_t i = 0; i < COUNT(seen); i++)
		if (text_is_blank(seen[i]) || !*text_line(arena, seen[i]))
			fail_msg("“%s” is blank", seen[i]);
}

static void lines_are_read_as_they_look(void **state)
{
	static const struct pair pairs[] = {
		{"知识产权\u200b代理", "知识产权代理"},
		{"知识\ufeff产权\u2060代\u00ad理", "知识产权代理"},
		{"甲\u00a0乙", "甲 乙"},
		{"甲\u3000乙", "甲\u3000乙"},
		{"电话\u202d138\u202c与\u2068139\u2069", "电话138与139"},
		{"a\u200e\u202ab\u202c", "ab"},
		{"❤\ufe0f", "❤\ufe0f"},
		{"家👨\u200d👩\u200d👧", "家👨\u200d👩\u200d👧"},
		{"葛\U000e0100城", "葛\U000e0100城"},
		{"e\u0301", "e\u0301"},
		{"午机构\u202e心中务服", "午机构\u202e心中务服"},
		{"a\x01z", "a\x01z"},
		{"\x01z\x02", "z"},
		{"阿不都·热合曼", "阿不都·热合曼"},
	};
	static const struct pair paragraphs[] = {
		{"\u3000\u3000一\n\u3000\u3000二\n\n", "\u3000\u3000一\n\u3000\u3000二"},
		{"\r\n\n一", "一"},
		{"\u3000\n\u200b", ""},
		{"一\n\u00a0", "一"},
		{"\ufeff\n \u3000一", "\u3000一"},
		{"\u202d一\n二\u202c", "一\n二"},
		{"请拨\u202d138\u202c\n或\u2066139\u2069。\u200b", "请拨138\n或139。"},
		{"一\u00a0二\u3000三", "一\u00a0二\u3000三"},
		{"👨\u200d👩", "👨\u200d👩"},
	};
	bool direction;
	check("line", pairs, COUNT(pairs), line);
	check("lines", paragraphs, COUNT(paragraphs), lines);
	static const char *const turned[] = {"a\u202ez", "a\u202e\u202cz", "a\u202bz", "a\u2067z\u2069"};
	for (size_t i = 0; i < COUNT(turned); i++) {
		assert_false(text_is_plain(text_line(arena, turned[i]), true, &direction));
		assert_true(direction);
		assert_false(text_is_plain(text_lines(arena, turned[i]), true, NULL));
	}
	assert_false(text_is_plain("a\x7f", false, &direction));
	assert_false(direction);
	assert_false(text_is_plain("a\nb", false, NULL));
	assert_false(text_is_plain("a\u2028b", false, NULL));
	assert_true(text_is_plain("a\nb\tc", true, NULL));
}

static void mobiles(void **state)
{
	static const struct pair pairs[] = {
		{"13800138000", "13800138000"},
		{"+86 138 0013 8000", "13800138000"},
		{"0086-138-0013-8000", "13800138000"},
		{"8613800138000", "13800138000"},
		{"（+86）13800138000", "13800138000"},
		{"１３８００１３８０００", "13800138000"},
		{"138\u00a00013\u00a08000", "13800138000"},
		{"＋８６　１３８００１３８０００", "13800138000"},
		{"138–0013–8000", "13800138000"},
		{"138.0013.8000", "13800138000"},
		{"手机：13800138000", "13800138000"},
		{"tel:13800138000", "13800138000"},
		{"138\u200b0013\u200b8000", "13800138000"},
		{"19912345678", "19912345678"},
		{"", NULL},
		{"12800138000", NULL},
		{"1380013800", NULL},
		{"138001380000", NULL},
		{"1064812345678", NULL},
		{"1440123456789", NULL},
		{"+8513800138000", NULL},
		{"1380013800a", NULL},
		{"0571-96871", NULL},
		{"一三八", NULL},
		{"13800138000 "
		 "13900139000",
			NULL},
		{"١٣٨٠٠١٣٨٠٠٠", NULL},
	};
	check("mobile", pairs, COUNT(pairs), mobile_read);
}

static void telephones(void **state)
{
	static const struct pair pairs[] = {
		{"0571-87654321", "0571-87654321"},
		{"（0571）87654321", "(0571)87654321"},
		{"０５７１－８７６５４３２１", "0571-87654321"},
		{"0571—87654321转801", "0571-87654321-801"},
		{"0571-87654321 转 801", "0571-87654321-801"},
		{"0571-87654321 ext. 801", "0571-87654321-801"},
		{"0571-87654321#801", "0571-87654321-801"},
		{"96871", "96871"},
		{"400-820-8820", "400-820-8820"},
		{"+1 415 5550100", "+1 415 5550100"},
		{"138 0013 8000", "13800138000"},
		{"电话：0571-87654321", "0571-87654321"},
		{"1234", NULL},
		{"", NULL},
		{"0571-87654321、87654322", NULL},
		{"call me", NULL},
		{"123456789012345678901", NULL},
		{"0571-8765432一", NULL},
	};
	check("phone", pairs, COUNT(pairs), phone_read);
}

static void mailboxes(void **state)
{
	static const struct pair pairs[] = {
		{"wang.wu@example.cn", "wang.wu@example.cn"},
		{"WANG@EXAMPLE.CN", "WANG@EXAMPLE.CN"},
		{"wang＠example．cn", "wang@example.cn"},
		{"mailto:wang@example.cn", "wang@example.cn"},
		{"王五 <wang@example.cn>", "wang@example.cn"},
		{"<wang@example.cn>", "wang@example.cn"},
		{"wang@example.cn。", "wang@example.cn"},
		{"wang@example.cn；", "wang@example.cn"},
		{"邮箱：wang@example.cn", "wang@example.cn"},
		{"o'neil@example.cn", "o'neil@example.cn"},
		{"wang=1#!@example.cn", "wang=1#!@example.cn"},
		{"wang\u200b@example.cn", "wang@example.cn"},
		{"wang..wu@example.cn", NULL},
		{".wang@example.cn", NULL},
		{"wang.@example.cn", NULL},
		{"wang@my_host.example.cn", NULL},
		{"wang@-host.cn", NULL},
		{"wang@host-.cn", NULL},
		{"wang@a..cn", NULL},
		{"wang@localhost", NULL},
		{"wang@中文.cn", NULL},
		{"王@example.cn", NULL},
		{"wang@", NULL},
		{"@example.cn", NULL},
		{"a@b@c.cn", NULL},
		{"wang wu@example.cn", NULL},
		{"a@b.cn, c@d.cn", NULL},
		{"a@b.cn\nBcc: c@d.cn", NULL},
		{"", NULL},
		{"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@example.cn", NULL},
		{"wang@aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.cn", NULL},
	};
	check("e-mail", pairs, COUNT(pairs), email_read);
	for (size_t i = 0; i < COUNT(pairs); i++)
		assert_true(!pairs[i].read || email_valid(pairs[i].read)); /* what forms take is written to */
}

static void organisation_codes(void **state)
{
	static const struct pair pairs[] = {
		{"91440300708461136t", "91440300708461136T"},
		{"９１４４０３００７０８４６１１３６ｔ", "91440300708461136T"},
		{"9144 0300 7084 6113 6T", "91440300708461136T"},
		{"9144-0300-7084-6113-6T", "91440300708461136T"},
		{"9144\u00a00300\u200b70846\u20111136T", "91440300708461136T"},
		{"统一社会信用代码：91440300708461136T", "91440300708461136T"},
		{"杭州", "杭州"},
		{"\u3000 \u200b", ""},
	};
	check("code", pairs, COUNT(pairs), uscc);
}

static void addresses_of_pages(void **state)
{
	static const struct pair pairs[] = {
		{"https://example.cn", "https://example.cn"},
		{"HTTP://example.cn/a", "http://example.cn/a"},
		{"https://例.cn/路径?q=中", "https://例.cn/路径?q=中"},
		{"https://a.cn/x?a[]={1|2}^`", "https://a.cn/x?a[]=%7B1%7C2%7D%5E%60"},
		{"http://a.cn:8080/", "http://a.cn:8080/"},
		{"a.cn", NULL},
		{"ftp://a.cn", NULL},
		{"javascript:alert(1)", NULL},
		{"https://", NULL},
		{"https:///a", NULL},
		{"https://a b.cn", NULL},
		{"https://a.cn/ b", NULL},
		{"https://user:pw@a.cn/", NULL},
		{"https://a{b}.cn/", NULL},
		{"", NULL},
	};
	check("url", pairs, COUNT(pairs), url_read);
}

static void days(void **state)
{
	static const struct pair pairs[] = {
		{"2026-05-06", "2026-05-06"},
		{"2026/5/6", "2026-05-06"},
		{"2026.5.6", "2026-05-06"},
		{"2026年5月6日", "2026-05-06"},
		{"2026 年 5 月 6 日", NULL},
		{"２０２６－０５－０６", "2026-05-06"},
		{"20260506", "2026-05-06"},
		{"2026年5月6号", "2026-05-06"},
		{"2024-2-29", "2024-02-29"},
		{"2026-2-29", NULL},
		{"2026-13-1", NULL},
		{"2026-0-1", NULL},
		{"2026-5", NULL},
		{"26-5-6", NULL},
		{"2026-05-06T00:00:00Z", NULL},
		{"2026-005-06", NULL},
		{"五月六日", NULL},
		{"", NULL},
		{"20260231", NULL},
	};
	check("day", pairs, COUNT(pairs), date_read);
}

static void searches_see_what_the_eye_sees(void **state)
{
	static const struct pair pairs[] = {
		{"ＩＳＯ９００１", "iso9001"},
		{"Café RÉSUMÉ", "cafe resume"},
		{"e\u0301tude", "etude"},
		{"étude", "etude"},
		{"（诊断）", "(诊断)"},
		{"第⼀批⽂件⽅案", "第一批文件方案"},
		{"知识产权\u200b代理", "知识产权代理"},
		{"长三角·一体化", "长三角一体化"},
		{"數字化轉型", "数字化转型"},
		{"臺灣", "台湾"},
		{"𠮷祥", "𠮷祥"},
		{"𠮸祥", "𠮸祥"},
		{"🚀", "🚀"},
		{" \u3000\u00a0 ", ""},
		{"甲\u3000 乙", "甲 乙"},
		{"㎏", "kg"},
		{"ﬁ", "fi"},
		{"Straße", "strasse"},
		{"Ⅻ", "xii"},
		{"①", "1"},
		{"“引”", "\"引\""},
		{"a—b", "a-b"},
		{"100%_", "100%_"},
		{"a\nb", "a b"},
		{"か\u3099", "か\u3099"},
		{"が", "が"},
		{"\u202eab\u202c", "ab"},
	};
	static const struct {
		const char *term, *ways;
	} syllables[] = {
		{"shuzihua", "ShuZiHua"},
		{"zhuanxing", "ZhuanXing"},
		{"xian", ""},
		{"hangzhou", "HangZhou"},
		{"lvse", "LuSe"},
		{"hua", ""},
		{"iso", ""},
		{"数字", ""},
		{"shuzih", ""},
		{"a", ""},
		{"c++", ""},
	};
	check("fold", pairs, COUNT(pairs), fold);
	for (size_t i = 0; i < COUNT(syllables); i++) {
		const char *out[8];
		size_t count = fold_syllables(arena, syllables[i].term, out, 8), found = !*syllables[i].ways && !count;
		for (size_t n = 0; n < count; n++)
			found |= strcmp(out[n], syllables[i].ways) == 0;
		if (!found)
			fail_msg("%s: %zu readings, first %s", syllables[i].term, count, count ? out[0] : "");
	}
	static const struct {
		const char *text, *needle;
		bool sounds;
	} sounds[] = {{"a 数字化(重庆)", "ShuZiHua", true}, {"a 数字化(重庆)", "ZiHua", true},
		{"重庆", "ChongQing", true}, {"重庆", "ZhongQing", true}, {"数字化", "ShuZi", true},
		{"数字化", "Shu", true}, {"数字化", "ShuZiHuaA", false}, {"数 字化", "ShuZiHua", false},
		{"数字", "ShuZiHua", false}, {"数字化", "HuZiHua", false}, {"西安", "XiAn", true},
		{"先", "XiAn", false}, {"", "XiAn", false}, {"shuzi", "ShuZi", false}};
	for (size_t i = 0; i < COUNT(sounds); i++)
		if (fold_sounds_as(sounds[i].text, strlen(sounds[i].text), fold_sound_make(arena, sounds[i].needle)) !=
			sounds[i].sounds)
			fail_msg("%s as %s", sounds[i].text, sounds[i].needle);
	/* A term that can be read in very many ways, or in none at the very end, takes no time. */
	char term[61] = "";
	for (int i = 0; i < 19; i++)
		strcat(term, "ang");
	strcat(term, "q");
	const char *out[8];
	assert_int_equal(fold_syllables(arena, term, out, 8), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_surrounds_a_value_is_no_part_of_it),
		cmocka_unit_test(what_the_eye_does_not_see_is_blank),
		cmocka_unit_test(lines_are_read_as_they_look),
		cmocka_unit_test(mobiles),
		cmocka_unit_test(telephones),
		cmocka_unit_test(mailboxes),
		cmocka_unit_test(organisation_codes),
		cmocka_unit_test(addresses_of_pages),
		cmocka_unit_test(days),
		cmocka_unit_test(searches_see_what_the_eye_sees),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
