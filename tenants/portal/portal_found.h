/* portal_found: what search engines and browsers ask of every site by a fixed name, answered for the platform of the
 * host name alone.
 *
 * robots.txt     what may be indexed, and where the sitemap lies; nothing of a suspended platform
 * sitemap.xml    the public pages with the day of their last change; beyond 50,000 an index of /sitemaps/<n>.xml
 * favicon.ico    the mark in the platform's colour, as a picture that everything reads; favicon.svg: its own logo
 *
 * Kept as the portal's other public answers are: what was delisted is gone from the sitemap with its page.
 */
#ifndef QILIAN_TENANTS_PORTAL_PORTAL_FOUND_H
#define QILIAN_TENANTS_PORTAL_PORTAL_FOUND_H

#include "core/attributes.h"
#include "core/http/request.h"

struct problem *portal_robots(struct request *request) MUST_CHECK;
struct problem *portal_sitemap(struct request *request) MUST_CHECK;
struct problem *portal_sitemap_part(struct request *request) MUST_CHECK;
struct problem *portal_icon(struct request *request) MUST_CHECK;
struct problem *portal_icon_svg(struct request *request) MUST_CHECK;

#endif
