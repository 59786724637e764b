#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tenants/shelf/shelf.h"

static struct uuid id_of(unsigned n)
{
	struct uuid id = {{0}};
	memcpy(id.b + 8, &(uint64_t){n * 2654435761u + 1}, 8);
	memcpy(id.b, &n, sizeof(n));
	return id;
}

static void put(struct shelf *shelf, unsigned n, const char *name, const char *body, const char *category,
                const char *region, int64_t price)
{
	shelf_put(shelf,
		&(struct shelf_item){.id = id_of(n),
			.institution_id = id_of(n % 3 + 1000),
			.number = "PX-331100-1",
			.name = name,
			.body = body,
			.institution_name = "丽水某某服务有限公司",
			.category = category,
			.region = region,
			.industries = {"C35"},
			.pricing = price < 0 ? "negotiable" : "fixed",
			.price = price,
			.published_ms = n});
}

static struct shelf_answer ask(struct shelf *shelf, struct arena *arena, struct shelf_query query)
{
	struct shelf_answer answer;
	if (!query.limit)
		query.limit = 20;
	if (!query.price_min && !query.price_max)
		query.price_min = query.price_max = -1;
	assert_true(shelf_search(shelf, arena, &query, &answer));
	return answer;
}

/* lessons.md of peers: a two-character word in mid-sentence is what their parsers miss. */
static void finds_two_characters_in_mid_sentence(void **state)
{
	struct arena *arena = arena_create();
	struct shelf *shelf = shelf_create();
	put(shelf, 1, "中小企业公共服务平台建设", NULL, "it", "331100", 100);
	put(shelf, 2, "数字化诊断", "为企业提供公共检测与ＬＯＧＯ设计", "it", "331123", -1);
	put(shelf, 3, "法律咨询", NULL, "law", "331181", 5000);
	assert_int_equal(ask(shelf, arena, (struct shelf_query){.text = "公共"}).total, 2);
	assert_int_equal(ask(shelf, arena, (struct shelf_query){.text = "共服"}).total, 1);
	assert_int_equal(ask(shelf, arena, (struct shelf_query){.text = "logo"}).total, 1);
	assert_int_equal(ask(shelf, arena, (struct shelf_query){.text = "公共　logo"}).total, 1);
	assert_int_equal(ask(shelf, arena, (struct shelf_query){.text = "平台设建"}).total, 0);
	/* No term matches across two texts of a listing. */
	assert_int_equal(ask(shelf, arena, (struct shelf_query){.text = "断PX"}).total, 0);
	struct shelf_answer ranked = ask(shelf, arena, (struct shelf_query){.text = "公共", .sort = SHELF_RELEVANCE});
	assert_string_equal(ranked.hits[0].name, "中小企业公共服务平台建设");
	shelf_destroy(shelf);
	arena_destroy(arena);
}

/* Names come with the query, so what a policy calls a category today is what finds it. */
/* One listing each, and one that is none of them: what is typed finds it alone. */
static void finds_what_people_type(void **state)
{
	static const char *const names[] = {"ISO9001质量管理体系认证", "企业数字化转型（诊断）服务", "𠮷祥如意咨询",
		"𠮸祥如意策划", "100%通过_率保证", "人工智能🚀加速营", "Café résumé 翻译", "长三角·一体化服务",
		"第⼀批⽂件⽅案", "知识产权\u200b代理", "A/B测试&C++培训", "e\u0301tude 研究", "重庆银行贷款"};
	static const struct {
		const char *text, *name; /* NULL: nothing */
	} asks[] = {
		{"ＩＳＯ９００１", "ISO9001"},
		{"iso9001", "ISO9001"},
		{"(诊断)", "诊断"},
		{"（诊断）", "诊断"},
		{"断", "诊断"},
		{"𠮷", "𠮷"},
		{"𠮸", "𠮸"},
		{"𠮸咨询", NULL},
		{"100%", "100%"},
		{"1%0", NULL},
		{"通过__保证", NULL},
		{"🚀", "🚀"},
		{"🎉", NULL},
		{"CAFÉ", "Café"},
		{"Cafe Resume", "Café"},
		{"长三角一体化", "长三角"},
		{"第一批文件方案", "⼀"},
		{"第⼀批", "⼀"},
		{"知识产权代理", "知识产权"},
		{"\u202d知识产权\u202c\ufeff", "知识产权"},
		{"étude", "tude"},
		{"e\u0301tude", "tude"},
		{"c++", "C++"},
		{"人工智能\u3000加速营", "🚀"},
		{"加速营\u00a0人工智能", "🚀"},
		{"數字化轉型", "数字化"},
		{"shuzihua", "数字化"},
		{"ShuZiHua zhuanxing", "数字化"},
		{"zhishichanquan", "知识产权"},
		{"chongqing", "重庆"},
		{"zhongqing", "重庆"},
		{"yinhang", "银行"},
		{"hua", NULL},
		{"uzihua", NULL},
		{"shuzih", NULL},
		{"a b c d e f g h i zzzz", NULL},
		{"人工智能 加 速 营 🚀 能 智 工 人 zzzz", NULL},
		{"人工智能 加 速 营 "
		 "🚀 能 智 工 人 丽水",
			"🚀"},
	};
	struct arena *arena = arena_create();
	struct shelf *shelf = shelf_create();
	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		put(shelf, i + 1, names[i], NULL, "it", "331100", 100);
	for (size_t i = 0; i < sizeof(asks) / sizeof(asks[0]); i++) {
		struct shelf_answer answer = ask(shelf, arena, (struct shelf_query){.text = asks[i].text});
		if (answer.total != (asks[i].name ? 1u : 0u) ||
			(asks[i].name && !strstr(answer.hits[0].name, asks[i].name)))
			fail_msg("“%s” finds %zu, first %s", asks[i].text, answer.total,
				answer.total ? answer.hits[0].name : "");
	}
	/* What cannot be seen asks for nothing in particular. */
	static const char *const blank[] = {"", " ", "\u3000\u00a0", "\u200b", "·"};
	for (size_t i = 0; i < sizeof(blank) / sizeof(blank[0]); i++)
		assert_int_equal(ask(shelf, arena, (struct shelf_query){.text = blank[i]}).total,
			sizeof(names) / sizeof(names[0]));
	shelf_destroy(shelf);
	arena_destroy(arena);
}

static void finds_by_the_names_of_categories(void **state)
{
	static const struct shelf_name names[] = {{"testing", "检验检测认证", "Testing and certification"},
		{"legal", "法律服务", "Ｌegal services"}, {"nobodys", "检测站", NULL}};
	struct arena *arena = arena_create();
	struct shelf *shelf = shelf_create();
	put(shelf, 1, "高低温试验", "模具与阀门", "testing", "331100", 100);
	put(shelf, 2, "气体检测仪", "仪器租赁", "other", "331123", -1);
	put(shelf, 3, "合同审查", "为阀门企业提供", "legal", "331181", 5000);
	put(shelf, 4, "水质检测", NULL, "testing", "331181", 7000);
	struct shelf_query q = {.names = names, .name_count = 3};
#define TOTAL(t) (q.text = (t), ask(shelf, arena, q).total)
	assert_int_equal(TOTAL("检测"), 3);
	assert_int_equal(TOTAL("法律服务"), 1);
	assert_int_equal(TOTAL("律服"), 1);
	assert_int_equal(TOTAL("LEGAL"), 1);
	assert_int_equal(TOTAL("检测站"), 0);
	/* A term by the name, another by the text; neither across the two. */
	assert_int_equal(TOTAL("检测　阀门"), 1);
	assert_int_equal(TOTAL("阀门 services"), 1);
	assert_int_equal(TOTAL("检测 法律"), 0);
	assert_int_equal(TOTAL("认证Testing"), 0);
	assert_int_equal(TOTAL("检测 没有的词"), 0);
	/* What bears the word in its own name comes first, then the newest. */
	q.text = "检测";
	q.sort = SHELF_RELEVANCE;
	q.facets = true;
	struct shelf_answer a = ask(shelf, arena, q);
	assert_string_equal(a.hits[0].name, "水质检测");
	assert_string_equal(a.hits[1].name, "气体检测仪");
	assert_string_equal(a.hits[2].name, "高低温试验");
	assert_int_equal(a.categories.counts[0].count, 2);
	q.category = "other";
	assert_int_equal(TOTAL("检测"), 1);
	q.category = NULL;
	q.name_count = 0;
	assert_int_equal(TOTAL("检测"), 2);
	assert_int_equal(TOTAL("法律服务"), 0);
#undef TOTAL
	shelf_destroy(shelf);
	arena_destroy(arena);
}

static void facets_leave_their_own_filter_out(void **state)
{
	struct arena *arena = arena_create();
	struct shelf *shelf = shelf_create();
	put(shelf, 1, "甲", NULL, "it", "331100", 100);
	put(shelf, 2, "乙", NULL, "it", "331123", -1);
	put(shelf, 3, "丙", NULL, "law", "331123", 5000000);
	const char *regions[] = {"331123"};
	struct shelf_answer a = ask(shelf, arena,
		(struct shelf_query){.category = "it", .regions = regions, .region_count = 1, .facets = true});
	assert_int_equal(a.total, 1);
	assert_int_equal(a.categories.size, 2); /* law would leave one as well */
	assert_int_equal(a.regions.size, 2);
	assert_int_equal(a.price_bands[0], 1);
	a = ask(shelf, arena, (struct shelf_query){.category = "none", .facets = true});
	assert_int_equal(a.total, 0);
	assert_int_equal(a.categories.size, 2);
	shelf_destroy(shelf);
	arena_destroy(arena);
}

static void pages_are_complete_and_without_repetition(void **state)
{
	struct arena *arena = arena_create();
	struct shelf *shelf = shelf_create();
	enum { N = 1000 };
	char *seen = calloc(N + 1, 1);
	for (unsigned n = 1; n <= N; n++)
		put(shelf, n, "服务", NULL, "it", "331100", (int64_t)(n % 7) * 100);
	for (int sort = SHELF_NEWEST; sort <= SHELF_RELEVANCE; sort++) {
		memset(seen, 0, N + 1);
		const char *after = NULL;
		size_t total = 0;
		int64_t last = -1;
		do {
			struct shelf_answer a = ask(shelf, arena,
				(struct shelf_query){.sort = (enum shelf_sort)sort, .after = after, .limit = 33});
			for (size_t i = 0; i < a.hit_count; i++) {
				assert_false(seen[a.hits[i].published_ms]++);
				if (sort == SHELF_PRICE_UP)
					assert_true(a.hits[i].price >= last);
				last = a.hits[i].price;
			}
			total += a.hit_count;
			after = a.next;
		} while (after);
		assert_int_equal(total, N);
	}
	struct shelf_answer answer;
	assert_false(shelf_search(shelf, arena, &(struct shelf_query){.after = "nonsense", .limit = 1}, &answer));
	free(seen);
	shelf_destroy(shelf);
	arena_destroy(arena);
}

static void a_newer_version_takes_the_place(void **state)
{
	struct arena *arena = arena_create();
	struct shelf *shelf = shelf_create();
	for (unsigned round = 0; round < 5; round++)
		for (unsigned n = 0; n < 300; n++)
			put(shelf, n, round == 4 ? "新版" : "旧版", NULL, "it", "331100", 1);
	for (unsigned n = 0; n < 100; n++)
		shelf_remove(shelf, &(struct uuid){0}), shelf_remove(shelf, (struct uuid[]){id_of(n)});
	assert_int_equal(shelf_size(shelf), 200);
	assert_int_equal(ask(shelf, arena, (struct shelf_query){.text = "旧版"}).total, 0);
	assert_int_equal(ask(shelf, arena, (struct shelf_query){.text = "新版"}).total, 200);
	shelf_destroy(shelf);
	arena_destroy(arena);
}

static void find_agrees_with_memmem(void **state)
{
	char text[200], needle[8];
	srand(7);
	for (int round = 0; round < 200000; round++) {
		size_t n = (size_t)rand() % sizeof(text), m = (size_t)rand() % 6 + 1;
		for (size_t i = 0; i < n; i++)
			text[i] = (char)('a' + rand() % 3);
		for (size_t i = 0; i < m; i++)
			needle[i] = (char)('a' + rand() % 3);
		char *exact = malloc(n ? n : 1); /* so that a read past the end is seen */
		memcpy(exact, text, n);
		assert_ptr_equal(shelf_find(exact, n, needle, m), memmem(exact, n, needle, m));
		free(exact);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_two_characters_in_mid_sentence),
		cmocka_unit_test(finds_what_people_type),
		cmocka_unit_test(finds_by_the_names_of_categories),
		cmocka_unit_test(facets_leave_their_own_filter_out),
		cmocka_unit_test(pages_are_complete_and_without_repetition),
		cmocka_unit_test(a_newer_version_takes_the_place),
		cmocka_unit_test(find_agrees_with_memmem),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
