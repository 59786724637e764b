/* portal_page: pages that anybody may read, with their words: for search engines, link previews and readers without
 * scripts.
 *
 * Each is a route, whose handler writes the text on a worker, under the conditions under which the portal's API shows
 * the same (portal_text.h); the answer is kept as theirs are. What is not shown there (in review, suspended, of another
 * platform, nothing at all) is 404 with the platform's own words; a suspended platform's pages are 503. Pages for those
 * who signed in have the platform's words alone, which loop threads give at once.
 *
 * ?lang=zh and ?lang=en say the language; else Accept-Language does.
 */
#ifndef QILIAN_TENANTS_PORTAL_PORTAL_PAGE_H
#define QILIAN_TENANTS_PORTAL_PORTAL_PAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/http/router.h"

struct http_site_words;

/* For struct http_site_settings; arg is a const struct services. Never blocks. */
bool portal_page_words(const struct request *request, struct http_site_words *words, void *arg);
/* For router_set_gate(), arg as endpoint_gate() wants it, to which all but the routes below are handed on. */
struct problem *portal_page_gate(struct request *request, void *arg) MUST_CHECK;

extern const struct route portal_page_routes[];
extern const size_t portal_page_route_count;

#endif
