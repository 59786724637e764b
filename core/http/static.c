#include "core/http/static.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/http/answer.h"
#include "core/http/server_inside.h"
#include "core/http/site_inside.h"
#include "core/text/html.h"

enum { FILE_MAX = 64 << 20, DEPTH_MAX = 8, MARKS = 9, WORDS = 7, KEEP_S = 3600 };

#define PAGE_POLICY \
	"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; " \
	"connect-src 'self'; " \
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'"

/* One file in up to three codings. */
struct file {
	const char *path; /* as asked for: "/assets/app-1f3a.js" */
	struct page *plain, *gzip, *br; /* gzip and br may be NULL */
};

struct http_site {
	struct arena *arena;
	struct http_site_settings settings;
	struct file *files; /* sorted by path */
	size_t count, room;
	const struct file *index;
	/* index.html in pieces around what is filled in at the marks. Absent marks leave empty pieces, and nothing is
	 * filled in there. */
	const char *pieces[MARKS + 1];
	size_t piece_lens[MARKS + 1];
	bool fills[MARKS];
	struct page *missing; /* index.html with status 404 */
};

/* ---- Loading ---- */

static bool fail(char *why, size_t size, const char *path, const char *what)
{
	snprintf(why, size, "%s: %s", path, what);
	return false;
}

static bool ends_with(const char *text, const char *end)
{
	size_t n = strlen(text), m = strlen(end);
	return n >= m && strcmp(text + n - m, end) == 0;
}

static const char *type_of(const char *path)
{
	static const char *const types[][2] = {
		{".html", "text/html; charset=utf-8"},
		{".js", "text/javascript; charset=utf-8"},
		{".mjs", "text/javascript; charset=utf-8"},
		{".css", "text/css; charset=utf-8"},
		{".json", "application/json"},
		{".map", "application/json"},
		{".webmanifest", "application/manifest+json"},
		{".svg", "image/svg+xml"},
		{".png", "image/png"},
		{".jpg", "image/jpeg"},
		{".jpeg", "image/jpeg"},
		{".webp", "image/webp"},
		{".gif", "image/gif"},
		{".ico", "image/x-icon"},
		{".woff2", "font/woff2"},
		{".woff", "font/woff"},
		{".txt", "text/plain; charset=utf-8"},
		{".xml", "application/xml"},
		{".pdf", "application/pdf"},
	};
	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		if (ends_with(path, types[i][0]))
			return types[i][1];
	return "application/octet-stream";
}

/* False if it is not there or cannot be read. */
static bool read_file(struct arena *arena, const char *path, char **bytes, size_t *len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat status;
	if (fd < 0)
		return false;
	bool good = fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_size <= FILE_MAX;
	size_t got = 0;
	*len = good ? (size_t)status.st_size : 0;
	*bytes = arena_alloc(arena, *len + 1);
	while (good && got < *len) {
		ssize_t n = read(fd, *bytes + got, *len - got);
		good = n > 0;
		got += good ? (size_t)n : 0;
	}
	close(fd);
	return good;
}

static struct page *make_page(
	struct http_site *site, const char *path, int status, const char *bytes, size_t len, const char *coding)
{
	const char *type = type_of(path);
	bool html = ends_with(path, ".html");
	char suffix[8];
	char etag[PAGE_ETAG];
	snprintf(suffix, sizeof(suffix), "%s%s", coding ? "-" : "", coding ? coding : "");
	etag_make(bytes, len, suffix, etag);
	struct buf *common = buf_in(site->arena), *head = buf_in(site->arena), *same = buf_in(site->arena);
	buf_printf(common, "ETag: %s\r\nCache-Control: %s\r\nVary: Accept-Encoding\r\n", etag,
		strncmp(path, "/assets/", 8) == 0 ? "public, max-age=31536000, immutable" : "no-cache");
	buf_text(common, "X-Content-Type-Options: nosniff\r\nReferrer-Policy: same-origin\r\n");
	if (html)
		buf_text(common, "Content-Security-Policy: " PAGE_POLICY "\r\n");
	buf_printf(head, "HTTP/1.1 %d %s\r\nContent-Length: %zu\r\nContent-Type: %s\r\n", status,
		http_status_phrase(status), len, type);
	if (coding)
		buf_printf(head, "Content-Encoding: %s\r\n", strcmp(coding, "gz") == 0 ? "gzip" : coding);
	buf_add(head, common->data, common->len);
	buf_text(same, "HTTP/1.1 304 Not Modified\r\n");
	buf_add(same, common->data, common->len);
	struct page *page = page_create(status, head->data, head->len, same->data, same->len, bytes, len, etag);
	page->shared = true;
	arena_defer(site->arena, free, page);
	return page;
}

static struct file *file_new(struct http_site *site)
{
	if (site->count == site->room) {
		size_t room = site->room ? site->room * 2 : 64;
		struct file *files = ARENA_ARRAY(site->arena, struct file, room);
		if (site->count)
			memcpy(files, site->files, site->count * sizeof(*files));
		site->files = files;
		site->room = room;
	}
	return &site->files[site->count++];
}

static struct page *sibling(
	struct http_site *site, struct arena *scratch, const char *full, const char *path, const char *coding)
{
	char *bytes;
	size_t len;
	if (!read_file(scratch, arena_printf(scratch, "%s.%s", full, coding), &bytes, &len))
		return NULL;
	return make_page(site, path, 200, bytes, len, coding);
}

static bool load_file(struct http_site *site, const char *full, const char *path, char *why, size_t size)
{
	char *bytes;
	size_t len;
	struct arena *scratch = arena_create();
	bool good = read_file(scratch, full, &bytes, &len);
	if (good) {
		struct file *file = file_new(site);
		file->path = arena_strdup(site->arena, path);
		file->plain = make_page(site, path, 200, bytes, len, NULL);
		file->gzip = sibling(site, scratch, full, path, "gz");
		file->br = sibling(site, scratch, full, path, "br");
	} else {
		fail(why, size, full, errno ? strerror(errno) : "is no ordinary file or too large");
	}
	arena_destroy(scratch);
	return good;
}

static bool load_folder(struct http_site *site, const char *full, const char *path, int depth, char *why, size_t size)
{
	DIR *folder = opendir(full);
	bool good = folder && depth < DEPTH_MAX;
	if (!good)
		fail(why, size, full, folder ? "folders lie too deep" : strerror(errno));
	struct dirent *entry;
	while (good && (entry = readdir(folder))) {
		const char *name = entry->d_name;
		if (name[0] == '.' || ends_with(name, ".gz") || ends_with(name, ".br"))
			continue;
		struct stat status;
		const char *inner = arena_printf(site->arena, "%s/%s", full, name),
			   *inner_path = arena_printf(site->arena, "%s/%s", path, name);
		if (stat(inner, &status) == 0 && S_ISDIR(status.st_mode))
			good = load_folder(site, inner, inner_path, depth + 1, why, size);
		else
			good = load_file(site, inner, inner_path, why, size);
	}
	if (folder)
		closedir(folder);
	return good;
}

static int compare_files(const void *a, const void *b)
{
	return strcmp(((const struct file *)a)->path, ((const struct file *)b)->path);
}

static const struct file *find_file(const struct http_site *site, const char *path)
{
	struct file wanted = {.path = path};
	return bsearch(&wanted, site->files, site->count, sizeof(wanted), compare_files);
}

/* ---- index.html ---- */

struct hole {
	const char *from, *to; /* what is replaced */
};

static struct hole find_hole(const char *text, const char *before, char end)
{
	const char *at = strstr(text, before);
	if (at && !end)
		return (struct hole){at, at};
	const char *stop = at ? strchr(at + strlen(before), end) : NULL;
	return stop ? (struct hole){at + strlen(before), stop} : (struct hole){NULL, NULL};
}

/* In the order of index.html; write_index() has the values: WORDS of text, then markup. Without an end it is put in
 * before the mark. Marks that are missing or stand in another order are left as they are. */
static const struct mark {
	const char *before;
	char end;
} marks[MARKS] = {
	{"<html lang=\"", '"'},
	{"<title>", '<'},
	{"<meta name=\"description\" content=\"", '"'},
	{"<meta name=\"robots\" content=\"", '"'},
	{"<link rel=\"canonical\" href=\"", '"'},
	{"<meta property=\"og:title\" content=\"", '"'},
	{"<meta property=\"og:description\" content=\"", '"'},
	{"</head>", '\0'},
	{"<div id=\"app\">", '<'},
};

static void cut_index(struct http_site *site)
{
	const struct page *page = site->index->plain;
	char *text = arena_alloc(site->arena, page->body_len + 1);
	memcpy(text, page->body, page->body_len);
	text[page->body_len] = '\0';
	const char *at = text;
	for (int i = 0; i < MARKS; i++) {
		struct hole hole = find_hole(at, marks[i].before, marks[i].end);
		site->pieces[i] = at;
		site->fills[i] = hole.from;
		if (hole.from) {
			site->piece_lens[i] = (size_t)(hole.from - at);
			at = hole.to;
		}
	}
	site->pieces[MARKS] = at;
	site->piece_lens[MARKS] = (size_t)(text + page->body_len - at);
}

static void write_index(const struct http_site *site, const struct http_site_words *words, int status, struct buf *out)
{
	bool found = status == 200 && *words->address;
	const char *fills[MARKS] = {words->language == HTTP_EN ? "en" : "zh-CN", words->title, words->description,
		found ? "index" : "noindex", found ? words->address : "", words->title, words->description, words->head,
		words->body};
	for (int i = 0; i <= MARKS; i++) {
		buf_add(out, site->pieces[i], site->piece_lens[i]);
		if (i >= MARKS || !site->fills[i] || !fills[i])
			continue;
		if (i < WORDS)
			html_text(out, fills[i]);
		else
			buf_text(out, fills[i]);
	}
}

/* ---- Life ---- */

struct http_site *http_site_create(const struct http_site_settings *settings, char *why, size_t why_size)
{
	struct arena *arena = arena_create();
	struct http_site *site = ARENA_NEW(arena, struct http_site);
	site->arena = arena;
	site->settings = *settings;
	errno = 0;
	bool good = load_folder(site, settings->folder, "", 0, why, why_size);
	if (good) {
		qsort(site->files, site->count, sizeof(*site->files), compare_files);
		site->index = find_file(site, "/index.html");
		if (!site->index)
			good = fail(why, why_size, settings->folder, "holds no index.html; build the pages first");
	}
	if (!good) {
		http_site_destroy(site);
		return NULL;
	}
	cut_index(site);
	site->missing =
		make_page(site, "/index.html", 404, site->index->plain->body, site->index->plain->body_len, NULL);
	return site;
}

void http_site_destroy(struct http_site *site)
{
	if (site)
		arena_destroy(site->arena);
}

/* ---- Answering ---- */

static bool route_matches(const char *pattern, const char *path)
{
	for (;;) {
		size_t want = strcspn(pattern, "/"), have = strcspn(path, "/");
		bool any = pattern[0] == '{' && have > 0;
		if (any && want > 5 && memcmp(pattern + want - 4, "...}", 4) == 0)
			return true; /* {rest...}: all that follows */
		if (!any && (want != have || memcmp(pattern, path, want) != 0))
			return false;
		pattern += want;
		path += have;
		if (!*pattern || !*path)
			return *pattern == *path;
		pattern++;
		path++;
	}
}

static bool is_page(const struct http_site *site, const char *path)
{
	for (size_t i = 0; i < site->settings.page_route_count; i++)
		if (route_matches(site->settings.page_routes[i], path))
			return true;
	return false;
}

static struct page *choose(
	const struct http_site *site, const struct file *file, const struct request *request, bool gzip)
{
	const char *coding = request_header(request, "Accept-Encoding");
	if (file->br && coding && http_accepts(coding, strlen(coding), "br"))
		return file->br;
	return file->gzip && gzip ? file->gzip : file->plain;
}

static void answer_words(
	const struct http_site *site, struct request *request, const struct http_site_words *words, int status)
{
	request->status = status;
	request->content_type = "text/html; charset=utf-8";
	request_add_header(request, "Content-Security-Policy", PAGE_POLICY);
	request_add_header(request, "Cache-Control", "no-cache");
	write_index(site, words, status, request->out);
}

struct problem *http_site_answer(struct request *request, const struct http_site_words *words, int status)
{
	const struct http_site *site = request->server ? request->server->site : NULL;
	if (!site)
		return problem_new(request->arena, &PROBLEM_NOT_FOUND);
	answer_words(site, request, words, status);
	return NULL;
}

static struct page *answer_index(
	const struct http_site *site, struct request *request, bool gzip, int status, struct problem **problem)
{
	struct http_site_words words = {.language = request_page_language(request)};
	if (!site->settings.words)
		return status == 200 ? choose(site, site->index, request, gzip) : site->missing;
	if (!site->settings.words(request, &words, site->settings.arg)) {
		*problem = problem_new(request->arena, &PROBLEM_NOT_FOUND);
		return NULL;
	}
	*problem = NULL;
	request->no_gzip = status != 200; /* made anew each time, on the loop thread */
	request_cache(request, words.platform_id, KEEP_S);
	answer_words(site, request, &words, status);
	return NULL;
}

static bool wrong_method(struct request *request, bool known, struct problem **problem)
{
	if (request->method == HTTP_GET || request->method == HTTP_HEAD)
		return false;
	if (!known)
		return true;
	request_add_header(request, "Allow", "GET, HEAD, OPTIONS");
	*problem = request->method == HTTP_OPTIONS ? NULL : problem_new(request->arena, &PROBLEM_METHOD);
	request->status = 204;
	return true;
}

bool site_answers(
	const struct http_site *site, struct request *request, bool gzip, struct page **page, struct problem **problem)
{
	const char *path = request->path;
	if (strncmp(path, "/api/", 5) == 0 || path[0] != '/')
		return false;
	const struct file *file = find_file(site, path);
	bool shown = file || is_page(site, path);
	if (wrong_method(request, shown, problem))
		return true;
	if (file && file != site->index)
		*page = choose(site, file, request, gzip);
	else if (shown)
		*page = answer_index(site, request, gzip, 200, problem);
	else if (!strchr(strrchr(path, '/'), '.') && strncmp(path, "/assets/", 8) != 0)
		*page = answer_index(site, request, gzip, 404, problem);
	return true;
}
