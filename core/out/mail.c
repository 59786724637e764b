#include "core/out/mail.h"

#include <stdint.h>
#include <string.h>
#include <time.h>

#include <openssl/evp.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/out/outbound.h"
#include "core/text/email.h"
#include "core/utf8.h"

enum { ID_MAX = 64, HEADER_TEXT_MAX = 900, WORD_BYTES = 39,
	LINE_BYTES = 57 };

const struct problem_kind PROBLEM_MAIL_REFUSED = {"mail-refused", 422, "邮件被拒收，不会再发送。",
	"The e-mail was refused for good."};
const struct problem_kind PROBLEM_MAIL_FAILED = {"mail-failed", 503, "邮件暂时无法送出，稍后会重试。",
	"The e-mail cannot be handed over at this moment; it will be tried again."};

/* --- the message --- */

static bool is_alphanumeric(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static struct problem *refused(struct arena *arena, const char *zh, const char *en)
{
	return problem_detail(arena, &PROBLEM_MAIL_REFUSED, arena_printf(arena, "邮件无法发送：%s。", zh),
		arena_printf(arena, "The e-mail cannot be sent: %s.", en));
}

/* Names and subjects: one line of text. */
static bool is_header_text(const char *text)
{
	if (!text)
		return true;
	size_t len = strlen(text);
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
			return false;
	return len <= HEADER_TEXT_MAX && utf8_valid(text, len);
}

static bool is_id(const char *id)
{
	size_t len = id ? strlen(id) : 0;
	for (size_t i = 0; i < len; i++)
		if (!is_alphanumeric(id[i]) && id[i] != '.' && id[i] != '-')
			return false;
	return len > 0 && len <= ID_MAX;
}

static struct problem *check(struct arena *arena, const struct mail_server *server, const struct mail *mail)
{
	if (!email_valid(mail->to))
		return refused(arena, "收件地址不正确", "the recipient's address is not valid");
	if (!email_valid(server->from))
		return refused(arena, "发件地址不正确", "the sender's address is not valid");
	if (!is_id(mail->id))
		return refused(arena, "邮件编号不正确", "the message's id is not valid");
	if (!is_header_text(mail->to_name) || !is_header_text(mail->from_name) || !mail->subject ||
		!is_header_text(mail->subject))
		return refused(arena, "姓名或主题含有换行等控制字符，或过长",
			"a name or the subject holds a control character, or is too long");
	if (!mail->text || !utf8_clean(mail->text, strlen(mail->text)))
		return refused(arena, "正文不是有效的文本", "the text is not valid");
	return NULL;
}

static void add_base64(struct buf *out, const char *bytes, size_t size)
{
	char encoded[4 * ((LINE_BYTES + 2) / 3) + 1];
	int n = EVP_EncodeBlock((unsigned char *)encoded, (const unsigned char *)bytes, (int)size);
	buf_add(out, encoded, (size_t)n);
}

/* RFC 2047, several words of at most 75 characters, none of which cuts a character. Always encoded: plain texts need
 * rules of their own for what may stand in a name. */
static void add_encoded(struct buf *out, const char *text)
{
	size_t left = strlen(text);
	while (left > 0) {
		size_t n = left < WORD_BYTES ? left : WORD_BYTES;
		while (n < left && ((unsigned char)text[n] & 0xc0) == 0x80)
			n--;
		buf_text(out, "=?UTF-8?B?");
		add_base64(out, text, n);
		buf_text(out, "?=");
		text += n;
		left -= n;
		if (left > 0)
			buf_text(out, "\r\n ");
	}
}

static void add_person(struct buf *out, const char *header, const char *name, const char *address)
{
	buf_printf(out, "%s: ", header);
	if (name && *name) {
		add_encoded(out, name);
		buf_text(out, "\r\n ");
	}
	buf_printf(out, "<%s>\r\n", address);
}

static void add_date(struct buf *out)
{
	/* strftime() would take the names from the locale. */
	static const char days[][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
	static const char months[][4] = {
		"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	time_t now = time(NULL);
	struct tm tm;
	gmtime_r(&now, &tm);
	buf_printf(out, "Date: %s, %d %s %d %02d:%02d:%02d +0000\r\n", days[tm.tm_wday], tm.tm_mday, months[tm.tm_mon],
		tm.tm_year + 1900,
		tm.tm_hour, tm.tm_min, tm.tm_sec);
}

static void add_body(struct buf *out, const char *text)
{
	for (size_t left = strlen(text); left > 0;) {
		size_t n = left < LINE_BYTES ? left : LINE_BYTES;
		add_base64(out, text, n);
		buf_text(out, "\r\n");
		text += n;
		left -= n;
	}
}

static void compose(struct buf *out, const struct mail_server *server, const struct mail *mail)
{
	add_date(out);
	add_person(out, "From", mail->from_name, server->from);
	add_person(out, "To", mail->to_name, mail->to);
	buf_text(out, "Subject: ");
	add_encoded(out, mail->subject);
	buf_printf(out, "\r\nMessage-ID: <%s%s>\r\n", mail->id, strchr(server->from, '@'));
	buf_text(out,
		"Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
		"Content-Transfer-Encoding: base64\r\n\r\n");
	add_body(out, mail->text);
}

/* --- handing it over --- */

struct upload {
	const struct buf *message;
	size_t at;
};

static size_t read_message(char *to, size_t size, size_t count, void *arg)
{
	struct upload *upload = arg;
	size_t left = upload->message->len - upload->at, n = size * count < left ? size * count : left;
	memcpy(to, upload->message->data + upload->at, n);
	upload->at += n;
	return n;
}

/* A 5xx answer to recipient, sender or content is for good; to the greeting or the sign-in it is a matter of
 * settings. */
static bool is_final(CURLcode result, long code, bool content_sent)
{
	if (code < 500 || code > 599 || code == 530 || code == 535 || code == 538)
		return false;
	return content_sent || result == CURLE_SEND_ERROR;
}

static struct problem *failed(struct arena *arena, CURL *curl, CURLcode result, const char *words, bool content_sent)
{
	long code = 0;
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &code);
	const char *why = *words ? words : curl_easy_strerror(result);
	const struct problem_kind *kind =
		is_final(result, code, content_sent) ? &PROBLEM_MAIL_REFUSED : &PROBLEM_MAIL_FAILED;
	return problem_detail(arena, kind, arena_printf(arena, "%s（%s，代码 %ld）", kind->zh, why, code),
		arena_printf(arena, "%s (%s, code %ld)", kind->en, why, code));
}

static void set_server(CURL *curl, struct arena *arena, const struct mail_server *server)
{
	const char *scheme = server->tls == MAIL_TLS ? "smtps" : "smtp";
	curl_easy_setopt(curl, CURLOPT_URL, arena_printf(arena, "%s://%s:%u", scheme, server->host, server->port));
	curl_easy_setopt(curl, CURLOPT_USE_SSL, (long)(server->tls == MAIL_PLAIN ? CURLUSESSL_NONE : CURLUSESSL_ALL));
	if (server->user && *server->user) {
		curl_easy_setopt(curl, CURLOPT_USERNAME, server->user);
		curl_easy_setopt(curl, CURLOPT_PASSWORD, server->password ? server->password : "");
	}
}

static struct problem *hand_over(struct arena *arena, const struct mail_server *server, const struct mail *mail,
                                 const struct buf *message)
{
	char words[CURL_ERROR_SIZE] = "";
	struct upload upload = {message, 0};
	CURL *curl = outbound_create("smtp,smtps", server->deadline_ms, server->tls_ca);
	struct curl_slist *recipients = curl_slist_append(NULL, arena_printf(arena, "<%s>", mail->to));
	set_server(curl, arena, server);
	curl_easy_setopt(curl, CURLOPT_MAIL_FROM, arena_printf(arena, "<%s>", server->from));
	curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, recipients);
	curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(curl, CURLOPT_READFUNCTION, read_message);
	curl_easy_setopt(curl, CURLOPT_READDATA, &upload);
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, words);
	CURLcode result = curl_easy_perform(curl);
	struct problem *problem = result == CURLE_OK ? NULL : failed(arena, curl, result, words, upload.at > 0);
	curl_slist_free_all(recipients);
	curl_easy_cleanup(curl);
	return problem;
}

struct problem *mail_send(const struct mail_server *server, struct arena *arena, const struct mail *mail)
{
	struct problem *problem = check(arena, server, mail);
	if (problem)
		return problem;
	struct buf message;
	buf_init(&message);
	compose(&message, server, mail);
	problem = hand_over(arena, server, mail, &message);
	buf_finish(&message);
	return problem;
}
