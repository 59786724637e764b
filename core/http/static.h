/* site: the folder of built pages, held in memory and served by the loop threads.
 *
 * asset   a file under /assets/, whose name holds a hash of its content: kept by browsers for a year
 * page    index.html, given on every page route; other files keep their own names and are revalidated
 * sibling name.br and name.gz beside a file, given by Accept-Encoding
 *
 * Page routes are patterns such as "/", "/listings/{id}"; another path without an extension gets index.html with status
 * 404, so that the page can say so in the visitor's language; a missing file gets a plain 404, never HTML.
 * A page whose words must be looked up is a route of the router, whose handler ends with http_site_answer().
 * Paths under /api/ are never the site's. Read once at start; a new build needs a restart.
 */
#ifndef QILIAN_CORE_HTTP_STATIC_H
#define QILIAN_CORE_HTTP_STATIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/attributes.h"
#include "core/http/request.h"

/* What index.html says of itself in its head, for readers without scripts and for search engines. Texts, escaped where
 * they are put. */
struct http_site_words {
	char title[1024];
	char description[1024];
	char address[512]; /* the one address of the page, absolute; "" for a page that no search engine needs to
			      know */
	enum http_language language;
	uint32_t platform_id; /* whose http_server_touch() makes them change */
	/* Markup, put in as it is: what else the head says, and what stands in the page until its scripts have come.
	 * NULL: nothing. */
	const char *OR_NULL head;
	const char *OR_NULL body;
};

struct http_site_settings {
	const char *folder;
	const char *const *page_routes; /* {names} stand for one segment */
	size_t page_route_count;
	/* Fills words for the page at request->path; false for a host that is no platform, which gets a plain 404. On a
	 * loop thread: must not block. NULL leaves index.html as it was built. */
	bool (*words)(const struct request *request, struct http_site_words *words, void *arg);
	void *arg;
};

struct http_site;

/* NULL if the folder holds no index.html or cannot be read; why is a sentence for the operator. */
struct http_site *OR_NULL http_site_create(const struct http_site_settings *settings, char *why, size_t why_size)
	NONNULL;
void http_site_destroy(struct http_site *OR_NULL site);

/* For a handler: answers with index.html in these words. PROBLEM_NOT_FOUND where the server has no pages. */
struct problem *http_site_answer(struct request *request, const struct http_site_words *words, int status) NONNULL
	MUST_CHECK;

#endif
