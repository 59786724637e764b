#include "core/out/outbound.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

/* libcurl must be initialised once before threads use it; whoever comes first does it. */
static pthread_once_t initialised = PTHREAD_ONCE_INIT;

static void initialise(void)
{
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
		fputs("qilian: libcurl cannot be initialised\n", stderr);
		abort();
	}
}

CURL *outbound_create(const char *protocols, unsigned deadline_ms, const char *tls_ca)
{
	pthread_once(&initialised, initialise);
	CURL *curl = curl_easy_init();
	if (!curl) {
		fputs("qilian: out of memory\n", stderr);
		abort();
	}
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)deadline_ms);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)deadline_ms);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, protocols);
	curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(curl, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	/* What https_proxy says is for people's tools, not for a server with settings of its own. */
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	if (tls_ca && *tls_ca)
		curl_easy_setopt(curl, CURLOPT_CAINFO, tls_ca);
	return curl;
}
