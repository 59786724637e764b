/* html: text put into pages that the server writes. Whatever comes from people passes here, and is text afterwards. */
#ifndef QILIAN_CORE_TEXT_HTML_H
#define QILIAN_CORE_TEXT_HTML_H

#include <stdbool.h>

#include "core/attributes.h"
#include "core/buf.h"

/* With & < > " ' escaped: right between tags and within a quoted attribute. NULL is nothing. */
void html_text(struct buf *out, const char *OR_NULL text) NONNULL_AT(1);
/* Markup with values: each %s is escaped as above, so that no value can be markup. Nothing but %s and %% is known; NULL
 * is nothing. */
void html_put(struct buf *out, const char *markup, ...) NONNULL_AT(1, 2) __attribute__((format(printf, 2, 3)));
/* JSON within <script type="application/ld+json">: what could end the element is written as \u00xx, which JSON reads
 * back. */
void html_json(struct buf *out, const char *json) NONNULL;
/* Whether a link may lead there: http, https, or a path of this host. */
bool html_leads(const char *OR_NULL address);

#endif
