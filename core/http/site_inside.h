/* The loop's side of the built pages. */
#ifndef QILIAN_CORE_HTTP_SITE_INSIDE_H
#define QILIAN_CORE_HTTP_SITE_INSIDE_H

#include "core/attributes.h"
#include "core/http/page.h"
#include "core/http/request.h"
#include "core/http/static.h"

/* For a path that no route answers. False if the site does not either (below /api/). Else the answer is *page, or, if
 * that stays NULL, what the request's out holds, or *problem. */
bool site_answers(const struct http_site *site, struct request *request, bool gzip, struct page **page,
	struct problem **problem) NONNULL;

#endif
