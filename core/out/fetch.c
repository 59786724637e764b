#include "core/out/fetch.h"

#include <string.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/diag.h"
#include "core/out/outbound.h"
#include "core/text/json.h"

enum { ANSWER_MAX = 256 * 1024 };

const struct problem_kind PROBLEM_FETCH = {"fetch", 502, "对方服务器没有给出可用的答复。",
	"The other server gave no usable answer."};

const char *fetch_escape(struct arena *arena, const char *text)
{
	struct buf *out = buf_in(arena);

	for (; *text; text++) {
		if (strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~", *text))
			buf_char(out, *text);
		else
			buf_printf(out, "%%%02X", (unsigned char)*text);
	}
	return out->data;
}

static const char *form_text(struct arena *arena, const struct fetch *fetch)
{
	struct buf *out = buf_in(arena);

	for (size_t i = 0; i < fetch->form_count; i++)
		if (fetch->form[i].value)
			buf_printf(out, "%s%s=%s", out->len ? "&" : "", fetch->form[i].name,
				fetch_escape(arena, fetch->form[i].value));
	return out->data;
}

static size_t take(char *bytes, size_t size, size_t count, void *arg)
{
	struct buf *answer = arg;

	if (answer->len + size * count > ANSWER_MAX)
		return 0;
	buf_add(answer, bytes, size * count);
	return size * count;
}

static struct curl_slist *headers_of(struct arena *arena, const struct fetch *fetch)
{
	struct curl_slist *headers = curl_slist_append(NULL, "Accept: application/json");

	if (fetch->bearer)
		headers = curl_slist_append(headers, arena_printf(arena, "Authorization: Bearer %s", fetch->bearer));
	return headers;
}

static bool perform(struct arena *arena, const struct fetch *fetch, struct buf *answer, long *status)
{
	CURL *curl = outbound_create("http,https", fetch->deadline_ms, NULL);
	struct curl_slist *headers = headers_of(arena, fetch);

	curl_easy_setopt(curl, CURLOPT_URL, fetch->url);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	if (fetch->form)
		curl_easy_setopt(curl, CURLOPT_COPYPOSTFIELDS, form_text(arena, fetch));
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, answer);
	CURLcode code = curl_easy_perform(curl);
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, status);
	if (code != CURLE_OK)
		diag_warn(NULL, "fetch %s: %s", fetch->url, curl_easy_strerror(code));
	else if (*status / 100 != 2)
		diag_warn(NULL, "fetch %s: status %ld", fetch->url, *status);
	curl_slist_free_all(headers);
	curl_easy_cleanup(curl);
	return code == CURLE_OK && *status / 100 == 2;
}

struct problem *fetch_json(struct arena *arena, const struct fetch *fetch, struct json_object **out)
{
	struct buf *answer = buf_in(arena);
	long status = 0;

	/* What the other server sent is for the diagnostics of its own operators, not for our users. */
	if (!perform(arena, fetch, answer, &status) || json_parse_object(arena, answer->data, answer->len, out))
		return problem_new(arena, &PROBLEM_FETCH);
	return NULL;
}
