/* portal_page: what the head of each page says for search engines, link previews and readers without scripts.
 *
 * Lists and forms have fixed words, which loop threads give at once. A product, a shop and an announcement have their
 * own: those pages are routes, whose handler looks the words up on a worker, under the conditions under which the
 * portal's API shows the same. What is not shown there (in review, suspended, of another platform, nothing at all) is
 * 404 with the platform's own words.
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
