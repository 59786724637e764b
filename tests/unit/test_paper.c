/* Documents: whole, searchable, the same bytes for the same content, whatever is put on them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/office/paper.h"

static char *long_name(struct arena *arena)
{
	struct buf *name = buf_in(arena);
	for (int i = 0; i < 29; i++)
		buf_text(name, "𠮷龘〇机");
	buf_text(name, "有限公司");
	return name->data;
}

static void make(struct arena *arena, int conditions, struct buf *out)
{
	static const unsigned weights[] = {1, 8, 4};
	struct paper *paper = paper_create(arena,
		&(struct paper_spec){.title = "服务机构入驻审核案卷", .issuer = "浙江省企业服务平台",
			.number = "SL-330000-1", .at = 1790000000000});
	const struct paper_field fields[] = {{"机构名称", long_name(arena), true}, {"地址", NULL, false},
		{"收入", "816.00 万元", false}, {"English", "A rather long English sentence that wraps", false}};
	paper_fields(paper, fields, 4);
	paper_heading(paper, "入驻条件");
	paper_table_head(paper, (const char *const[]){"序号", "条件", "结果"}, weights, 3);
	for (int i = 0; i < conditions; i++)
		paper_table_row(paper,
			(const char *const[]){arena_printf(arena, "%d", i + 1),
				arena_printf(arena, "条件%d：%s", i + 1,
					"上年度营业收入不低于五百万元，且专职人员不少于十人"), "符合"});
	paper_stamp(paper, "审核单位（盖章）：", "日期：");
	assert_null(paper_write(paper, arena, out));
}

/* Without spaces: where they stand is how it looks, not what it says. */
static char *packed(char *text)
{
	char *to = text;
	for (const char *from = text; *from; from++)
		if (*from != ' ' && *from != '\n')
			*to++ = *from;
	*to = '\0';
	return text;
}

/* As pdftotext reads it. */
static char *text_of(struct arena *arena, const struct buf *pdf)
{
	char path[] = "/tmp/qilian-paper-XXXXXX", piece[4096];
	struct buf *text = buf_in(arena);
	int fd = mkstemp(path);
	assert_true(fd >= 0 && write(fd, pdf->data, pdf->len) == (ssize_t)pdf->len);
	close(fd);
	FILE *pipe = popen(arena_printf(arena, "pdftotext -layout %s -", path), "r");
	assert_non_null(pipe);
	for (size_t n; (n = fread(piece, 1, sizeof piece, pipe)) > 0;)
		buf_add(text, piece, n);
	assert_int_equal(pclose(pipe), 0);
	const char *keep = getenv("QILIAN_PAPER");
	if (keep)
		assert_int_equal(rename(path, keep), 0);
	else
		unlink(path);
	return packed(text->data);
}

static size_t count(const char *text, const char *what)
{
	size_t n = 0;
	for (; (text = strstr(text, what)); text += strlen(what))
		n++;
	return n;
}

static void says_all_of_it(void **state)
{
	struct arena *arena = arena_create();
	struct buf *out = buf_in(arena);
	make(arena, 60, out);
	assert_memory_equal(out->data, "%PDF-", 5);
	char *text = text_of(arena, out);
	for (int i = 1; i <= 60; i++)
		assert_non_null(strstr(text, arena_printf(arena, "条件%d：", i)));
	assert_int_equal(count(text, "𠮷"), 29);
	assert_int_equal(count(text, "龘"), 29);
	assert_int_equal(count(text, "〇"), 29);
	size_t pages = count(text, "\f");
	assert_true(pages >= 2);
	assert_non_null(strstr(text, arena_printf(arena, "第1页共%zu页", pages)));
	assert_non_null(strstr(text, arena_printf(arena, "第%zu页共%zu页", pages, pages)));
	assert_int_equal(count(text, "序号"), pages); /* the head of the table on each */
	assert_int_equal(count(text, "SL-330000-1"), pages);
	assert_non_null(strstr(text, "审核单位（盖章）"));
	arena_destroy(arena);
}

/* Over two lines it is read wrongly, and found by no search. */
static void a_code_stays_on_its_line(void **state)
{
	static const unsigned weights[] = {2, 9, 13, 32};
	static const char *const codes[] = {"91331102G8CMT6FQ0U", "WWWWWWWWWWWWWWWWWW", "51331102MMWWQQ00NN"};
	struct arena *arena = arena_create();
	struct buf *out = buf_in(arena);
	struct paper *paper = paper_create(arena, &(struct paper_spec){.title = "汇总", .issuer = "平台", .at = 1});
	paper_table_head(paper, (const char *const[]){"序号", "机构名称", "统一社会信用代码", "理由"}, weights, 4);
	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
		paper_table_row(paper, (const char *const[]){"1", long_name(arena), codes[i], "推荐"});
	assert_null(paper_write(paper, arena, out));
	char *text = text_of(arena, out);
	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
		assert_non_null(strstr(text, codes[i]));
	arena_destroy(arena);
}

static void same_content_same_bytes(void **state)
{
	struct arena *arena = arena_create();
	struct buf *one = buf_in(arena), *two = buf_in(arena), *other = buf_in(arena);
	make(arena, 5, one);
	make(arena, 5, two);
	make(arena, 6, other);
	assert_int_equal(one->len, two->len);
	assert_memory_equal(one->data, two->data, one->len);
	assert_true(other->len != one->len || memcmp(other->data, one->data, one->len) != 0);
	arena_destroy(arena);
}

/* The mark is no content: a code that is derived from the content can stand in it. */
static void a_mark_leads_to_its_address(void **state)
{
	struct arena *arena = arena_create();
	unsigned char before[32], after[32], other[32];
	struct buf *plain = buf_in(arena), *marked = buf_in(arena), *again = buf_in(arena);
	const struct paper_spec spec = {.title = "推荐表", .issuer = "平台", .at = 1790000000000};
	struct paper *paper = paper_create(arena, &spec), *more = paper_create(arena, &spec);
	paper_text(paper, "甲乙");
	paper_text(more, "甲");
	paper_text(more, "乙");
	paper_digest(paper, before);
	paper_digest(more, other);
	assert_memory_not_equal(before, other, 32);
	assert_null(paper_write(paper, arena, plain));
	paper_mark(paper, "https://lishui.example.cn/verify/0123456789ABCDEF", "0123-4567-89AB-CDEF");
	paper_digest(paper, after);
	assert_memory_equal(before, after, 32);
	assert_null(paper_write(paper, arena, marked));
	assert_null(paper_write(paper, arena, again));
	assert_int_equal(marked->len, again->len);
	assert_memory_equal(marked->data, again->data, marked->len);
	assert_null(memmem(plain->data, plain->len, "/verify/", 8));
	assert_non_null(memmem(marked->data, marked->len, "(https://lishui.example.cn/verify/0123456789ABCDEF)", 51));
	assert_non_null(strstr(text_of(arena, marked), "核验码0123-4567-89AB-CDEF"));
	arena_destroy(arena);
}

static void a_row_longer_than_a_page_goes_on(void **state)
{
	struct arena *arena = arena_create();
	struct buf *out = buf_in(arena), *text = buf_in(arena);
	for (int i = 0; i < 4000; i++)
		buf_printf(text, i % 10 ? "文" : "段%d", i / 10);
	struct paper *paper =
		paper_create(arena, &(struct paper_spec){.title = "长文", .issuer = "平台", .at = 1, .english = true});
	const struct paper_field field = {"理由", text->data, true};
	paper_fields(paper, &field, 1);
	paper_text(paper, "");
	paper_fields(paper, &field, 0);
	assert_null(paper_write(paper, arena, out));
	char *seen = text_of(arena, out);
	assert_non_null(strstr(seen, "段0"));
	assert_non_null(strstr(seen, "段399"));
	assert_non_null(strstr(seen, "Page2of"));
	arena_destroy(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_all_of_it),
		cmocka_unit_test(a_code_stays_on_its_line),
		cmocka_unit_test(same_content_same_bytes),
		cmocka_unit_test(a_mark_leads_to_its_address),
		cmocka_unit_test(a_row_longer_than_a_page_goes_on),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
