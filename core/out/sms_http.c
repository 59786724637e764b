/* The generic HTTP driver of sms.h. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/out/outbound.h"
#include "core/out/sms.h"
#include "core/text/json.h"
#include "core/utf8.h"

enum { ANSWER_MAX = 64 * 1024, RECEIPT_MAX = 500, NAME_MAX_BYTES = 64 };

struct http_driver {
	struct sms_driver driver;
	struct sms_http settings;
};

/* What placeholders become. sms is NULL while the settings are checked: then any {param.X} is right. */
struct filling {
	struct arena *arena;
	const struct sms_http *settings;
	const struct sms *sms;
	struct problem *problem;
};

/* --- placeholders --- */

static const char *params_text(struct arena *arena, const struct sms *sms)
{
	struct buf *out = buf_in(arena);
	struct json_writer w;
	jw_init(&w, out);
	jw_object_begin(&w);
	for (size_t i = 0; sms && i < sms->param_count; i++)
		jw_kv_text(&w, sms->params[i].name, sms->params[i].value);
	jw_object_end(&w);
	return out->data;
}

static const char *param(const struct sms *sms, const char *name)
{
	for (size_t i = 0; i < sms->param_count; i++)
		if (strcmp(sms->params[i].name, name) == 0)
			return sms->params[i].value;
	return NULL;
}

/* NULL if there is no such placeholder, or the message lacks its value. */
static const char *value_of(const struct filling *f, const char *name)
{
	static const struct sms empty = {.id = "", .mobile = "", .signature = "", .template = "", .text = ""};
	const struct sms *sms = f->sms ? f->sms : &empty;
	if (strcmp(name, "id") == 0)
		return sms->id;
	if (strcmp(name, "mobile") == 0)
		return sms->mobile;
	if (strcmp(name, "signature") == 0)
		return sms->signature;
	if (strcmp(name, "template") == 0)
		return sms->template;
	if (strcmp(name, "text") == 0)
		return sms->text;
	if (strcmp(name, "secret") == 0)
		return f->settings->secret;
	if (strcmp(name, "time") == 0)
		return arena_printf(f->arena, "%lld", (long long)time(NULL));
	if (strcmp(name, "params") == 0)
		return params_text(f->arena, f->sms);
	if (strncmp(name, "param.", 6) == 0 && name[6])
		return f->sms ? param(f->sms, name + 6) : "";
	return NULL;
}

static void fail(struct filling *f, const char *zh, const char *en, const char *what)
{
	const struct problem_kind *kind = f->sms ? &PROBLEM_SMS_REFUSED : &PROBLEM_SMS_SETTINGS;
	if (!f->problem)
		f->problem = problem_detail(f->arena, kind, arena_printf(f->arena, "%s（%s：%s）", kind->zh, zh, what),
			arena_printf(f->arena, "%s (%s: %s)", kind->en, en, what));
}

static void add_percent(struct buf *out, const char *text)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;
		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
			(c && strchr("-_.~", c)))
			buf_char(out, (char)c);
		else
			buf_printf(out, "%%%02X", c);
	}
}

/* The placeholder at `{`; answers what follows it. */
static const char *add_placeholder(struct filling *f, const char *at, bool percent, struct buf *out)
{
	const char *end = strchr(at, '}');
	if (!end || end - at > NAME_MAX_BYTES) {
		fail(f, "花括号不成对", "a brace without its pair", at);
		return at + strlen(at);
	}
	const char *name = arena_memdup(f->arena, at + 1, (size_t)(end - at - 1));
	const char *value = value_of(f, name);
	if (!value)
		fail(f, "占位符没有值", "a placeholder without a value", name);
	else if (percent)
		add_percent(out, value);
	else
		buf_text(out, value);
	return end + 1;
}

static const char *text_of(const struct json_object *value)
{
	const char *text = json_text(value);
	return text ? text : "";
}

static const char *fill(struct filling *f, const char *template, bool percent)
{
	struct buf *out = buf_in(f->arena);
	while (*template) {
		if ((template[0] == '{' || template[0] == '}') && template[1] == template[0]) {
			buf_char(out, template[0]);
			template += 2;
		} else if (*template == '{') {
			template = add_placeholder(f, template, percent, out);
		} else {
			buf_char(out, *template++);
		}
	}
	return out->data;
}

/* --- the request --- */

/* Texts are filled inside the JSON value, so that the writer escapes them. */
static void write_filled(struct filling *f, struct json_writer *w, struct json_object *value)
{
	if (json_object_is_type(value, json_type_object)) {
		jw_object_begin(w);
		json_object_object_foreach (value, key, item) {
			jw_key(w, key);
			write_filled(f, w, item);
		}
		jw_object_end(w);
	} else if (json_object_is_type(value, json_type_array)) {
		jw_array_begin(w);
		for (size_t i = 0; i < json_count(value); i++)
			write_filled(f, w, json_at(value, i));
		jw_array_end(w);
	} else if (json_text(value)) {
		jw_text(w, fill(f, text_of(value), false));
	} else {
		jw_json(w, value);
	}
}

static void write_form(struct filling *f, struct buf *out, const struct json_object *body)
{
	json_object_object_foreach ((struct json_object *)body, key, value) {
		if (!json_text(value)) {
			fail(f, "form 编码的值须为文本", "with form every value must be a text", key);
			continue;
		}
		if (out->len > 0)
			buf_char(out, '&');
		add_percent(out, key);
		buf_char(out, '=');
		add_percent(out, fill(f, text_of(value), false));
	}
}

static bool is_form(const struct sms_http *settings)
{
	return strcmp(settings->encoding, "form") == 0;
}

static void write_body(struct filling *f, struct buf *out)
{
	struct json_writer w;
	const struct json_object *body = f->settings->body;
	if (!body)
		return;
	if (is_form(f->settings)) {
		if (json_object_is_type(body, json_type_object))
			write_form(f, out, body);
		else
			fail(f, "form 编码的请求体须为键值对", "with form the body must be a mapping", "body");
		return;
	}
	jw_init(&w, out);
	write_filled(f, &w, (struct json_object *)body);
}

static bool is_header(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			return false;
	return true;
}

static struct curl_slist *make_headers(struct filling *f)
{
	/* Without Expect, or libcurl waits for "100 Continue" before a larger body. */
	struct curl_slist *list = curl_slist_append(NULL, "Expect:");
	if (f->settings->body)
		list = curl_slist_append(list, is_form(f->settings)
			? "Content-Type: application/x-www-form-urlencoded" : "Content-Type: application/json");
	if (!json_object_is_type(f->settings->headers, json_type_object))
		return list;
	json_object_object_foreach ((struct json_object *)f->settings->headers, name, value) {
		const char *filled = json_text(value) ? fill(f, text_of(value), false) : NULL;
		if (!filled || !is_header(filled) || !is_header(name) || !*name || strpbrk(name, ": "))
			fail(f, "请求头不正确", "a header that is not valid", name);
		else
			list = curl_slist_append(list, arena_printf(f->arena, "%s: %s", name, filled));
	}
	return list;
}

/* --- the answer --- */

static size_t keep_answer(char *bytes, size_t size, size_t count, void *arg)
{
	struct buf *answer = arg;
	if (answer->len + size * count > ANSWER_MAX)
		return 0;
	buf_add(answer, bytes, size * count);
	return size * count;
}

/* What an operator may read: one line, not long. */
static const char *receipt_of(struct arena *arena, const struct buf *answer)
{
	size_t n = answer->len < RECEIPT_MAX ? answer->len : RECEIPT_MAX;
	while (n > 0 && n < answer->len && ((unsigned char)answer->data[n] & 0xc0) == 0x80)
		n--;
	if (!utf8_clean(answer->data, n))
		return NULL;
	char *text = arena_memdup(arena, answer->data, n);
	for (char *p = text; *p; p++)
		if ((unsigned char)*p < 0x20)
			*p = ' ';
	return text;
}

static bool reads_like(struct json_object *value, const char *expected)
{
	char number[32];
	const char *text = json_text(value);
	if (text)
		return strcmp(text, expected) == 0;
	if (json_object_is_type(value, json_type_boolean))
		return strcmp(json_object_get_boolean(value) ? "true" : "false", expected) == 0;
	if (!json_object_is_type(value, json_type_int))
		return false;
	snprintf(number, sizeof(number), "%lld", (long long)json_object_get_int64(value));
	return strcmp(number, expected) == 0;
}

static bool says_success(struct arena *arena, const struct sms_http *settings, const struct buf *answer)
{
	struct json_object *root;
	if (!settings->success_pointer || !*settings->success_pointer)
		return true;
	if (json_parse(arena, answer->data, answer->len, &root))
		return false;
	return reads_like(json_at_pointer(root, settings->success_pointer),
		settings->success_value ? settings->success_value : "");
}

/* The message is at fault, not the settings, the load or the vendor. */
static bool is_final(long status)
{
	return status >= 400 && status < 500 && status != 401 && status != 403 && status != 404 && status != 408 &&
		status != 429;
}

static struct problem *judge(struct arena *arena, const struct sms_http *settings, CURLcode result, long status,
                             const struct buf *answer)
{
	if (result != CURLE_OK)
		return problem_detail(arena, &PROBLEM_SMS_FAILED, arena_printf(arena, "%s（%s）", PROBLEM_SMS_FAILED.zh,
			curl_easy_strerror(result)),
			arena_printf(arena, "%s (%s)", PROBLEM_SMS_FAILED.en, curl_easy_strerror(result)));
	if (status >= 200 && status < 300 && says_success(arena, settings, answer))
		return NULL;
	const struct problem_kind *kind = is_final(status) ? &PROBLEM_SMS_REFUSED : &PROBLEM_SMS_FAILED;
	return problem_detail(arena, kind, arena_printf(arena, "%s（服务商答复 %ld）", kind->zh, status),
		arena_printf(arena, "%s (the vendor answered %ld)", kind->en, status));
}

static struct problem *perform(const struct sms_http *settings, struct arena *arena, const char *url,
                               struct curl_slist *headers, const struct buf *body, const char **receipt)
{
	struct buf answer;
	long status = 0;
	CURL *curl = outbound_create("http,https", settings->deadline_ms, NULL);
	buf_init(&answer);
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	if (settings->body) {
		curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body->data);
		curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)body->len);
	}
	curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, settings->method);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, keep_answer);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer);
	CURLcode result = curl_easy_perform(curl);
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	*receipt = receipt_of(arena, &answer);
	struct problem *problem = judge(arena, settings, result, status, &answer);
	buf_finish(&answer);
	curl_easy_cleanup(curl);
	return problem;
}

static struct problem *http_send(struct sms_driver *driver, struct arena *arena, const struct sms *sms,
                                 const char **receipt)
{
	const struct http_driver *http = (const struct http_driver *)driver;
	struct filling f = {arena, &http->settings, sms, NULL};
	struct buf *body = buf_in(arena);
	const char *url = fill(&f, http->settings.url, true);
	struct curl_slist *headers = make_headers(&f);
	write_body(&f, body);
	struct problem *problem = f.problem ? f.problem : perform(&http->settings, arena, url, headers, body, receipt);
	curl_slist_free_all(headers);
	return problem;
}

static void http_destroy(struct sms_driver *driver)
{
	free(driver);
}

/* --- making one --- */

static struct problem *check(struct arena *arena, const struct sms_http *settings)
{
	struct filling f = {arena, settings, NULL, NULL};
	const char *url = settings->url;
	if (strncmp(url, "https://", 8) != 0 && strncmp(url, "http://", 7) != 0)
		fail(&f, "地址须以 https:// 或 http:// 开头", "the address must begin with https:// or http://", url);
	if (strcmp(settings->method, "POST") != 0 && strcmp(settings->method, "PUT") != 0 &&
		strcmp(settings->method, "GET") != 0)
		fail(&f, "请求方法须为 POST、PUT 或 GET", "the method must be POST, PUT or GET", settings->method);
	fill(&f, url, true);
	curl_slist_free_all(make_headers(&f));
	write_body(&f, buf_in(arena));
	return f.problem;
}

struct problem *sms_http_create(struct arena *arena, const struct sms_http *settings, struct sms_driver **out)
{
	static const struct sms_driver_ops ops = {"http", http_send, http_destroy};
	*out = NULL;
	struct problem *problem = check(arena, settings);
	if (problem)
		return problem;
	struct http_driver *http = calloc(1, sizeof(*http));
	if (!http)
		abort();
	http->driver.ops = &ops;
	http->settings = *settings;
	*out = &http->driver;
	return NULL;
}
