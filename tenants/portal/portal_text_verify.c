/* Whether a paper is what this platform issued, without scripts: by what its holder's own machine says of the file. */
#include "tenants/portal/portal_text.h"

#include "schema/records.gen.h"

#include <string.h>

#include "core/http/request.h"
#include "core/text/html.h"
#include "tenants/platform/issued_paper.h"

static const char *result_words(const struct text_page *page, int result)
{
	switch (result) {
	case PAPER_VERIFIED_RESULT_SAME:
		return text_word(page, "核验一致：与签发时的文件完全相同。",
			"The same: this is the very file that was issued.");
	case PAPER_VERIFIED_RESULT_DIFFERENT:
		return text_word(page, "核验不一致：该文件不是签发时的文件，或已被改动。",
			"Not the same: this is not the file that was issued, or it was changed.");
	case PAPER_VERIFIED_RESULT_ISSUED:
		return text_word(page, "有此文书。请核对纸面内容，或继续核验电子文件。",
			"There is such a paper. Compare what is printed, or go on to verify the file.");
	default:
		return text_word(page, "未查到：不是本平台签发的文书，或文件已被改动。",
			"Not known: this platform issued no such paper, or the file was changed.");
	}
}

static void put_result(const struct text_page *page, const struct paper_verified *verified)
{
	html_put(page->main, "<p role=\"status\"><strong>%s</strong></p>", result_words(page, verified->result));
	if (verified->result == PAPER_VERIFIED_RESULT_UNKNOWN)
		return;
	buf_text(page->main, "<dl>");
	text_fact(page, "签发平台", "Issued by", verified->issuer);
	text_fact(page, "文书", "Paper", verified->kind);
	text_fact(page, "编号", "Number", verified->number);
	text_fact(page, "签发日期", "Day of issue", verified->day);
	buf_text(page->main, "</dl>");
}

static void put_form(const struct text_page *page, const char *OR_NULL code, const char *OR_NULL sha256)
{
	html_put(page->main,
		"<form action=\"/verify\"><p><label for=\"served-code\">%s</label> <input id=\"served-code\" "
		"class=\"input\" name=\"code\" maxlength=\"200\" value=\"%s\"></p>",
		text_word(page, "核验码（印在文书右上角）", "Verification code (top right of the paper)"), code);
	html_put(page->main,
		"<p><label for=\"served-sha\">%s</label> <input id=\"served-sha\" class=\"input\" name=\"sha256\" "
		"maxlength=\"64\" value=\"%s\"></p><p><button class=\"button\">%s</button></p></form>",
		text_word(page, "文件的 SHA-256 值", "SHA-256 of the file"), sha256, text_word(page, "核验", "Verify"));
	html_put(page->main,
		"<p class=\"muted\">%s<br>Windows: <code>certutil -hashfile %s SHA256</code><br>macOS: <code>shasum "
		"-a 256 %s</code><br>Linux: <code>sha256sum %s</code></p>",
		text_word(page, "文件无需上传，可在自己的电脑上算出 SHA-256 值：",
			"The file need not be uploaded; your own machine says its SHA-256:"),
		text_word(page, "文件.pdf", "file.pdf"), text_word(page, "文件.pdf", "file.pdf"),
		text_word(page, "文件.pdf", "file.pdf"));
}

/* What was asked but cannot be meant is asked as nothing: it finds nothing. */
static const char *OR_NULL asked(const struct text_page *page, const char *name, size_t max)
{
	const char *value = request_query(page->call->request, name);
	return value && *value && strlen(value) <= max ? value : NULL;
}

static struct problem *put_page(struct text_page *page, const char *OR_NULL code)
{
	const struct paper_verify_query query = {.sha256 = asked(page, "sha256", 64), .code = code};
	struct paper_verified verified;
	struct problem *problem = NULL;
	page->heading = text_word(page, "文书核验", "Verify a paper");
	html_put(page->main, "<article><h1>%s</h1><p>%s</p>", page->heading,
		text_word(page, "核对手中的 PDF 是否为本平台签发的原件。",
			"Whether a PDF is the one that this platform issued."));
	if (query.code || query.sha256)
		problem = issued_paper_find(page->call, &query, &verified);
	if (!problem && (query.code || query.sha256))
		put_result(page, &verified);
	put_form(page, query.code, query.sha256);
	buf_text(page->main, "</article>");
	return problem;
}

struct problem *portal_text_verify(struct text_page *page)
{
	return put_page(page, asked(page, "code", 200));
}

struct problem *portal_text_verify_one(struct text_page *page)
{
	return put_page(page, call_path_text(page->call, 0));
}
