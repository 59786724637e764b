/* outbound: libcurl set up once and the same way for all that we send to other servers. Inside core/ only. */
#ifndef QILIAN_CORE_OUT_OUTBOUND_H
#define QILIAN_CORE_OUT_OUTBOUND_H

#include <curl/curl.h>

#include "core/attributes.h"

/* A handle without signals and with an absolute deadline; only the protocols named ("http,https"); no redirects, no
 * netrc. Certificates are verified; tls_ca NULL or "" for the system's authorities. curl_easy_cleanup() ends it. */
CURL *outbound_create(const char *protocols, unsigned deadline_ms, const char *OR_NULL tls_ca) NONNULL_AT(1)
	RETURNS_NONNULL;

#endif
