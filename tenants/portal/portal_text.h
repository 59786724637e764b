/* portal_text: the words of public pages as the server writes them into the HTML: for search engines, readers without
 * scripts, and until the scripts have come, which then put their own page in its place (web/src/app/served.ts).
 *
 * A page is written from the same readers as the API's answers (portal.h), so it shows what they show: approved
 * versions, active members, published announcements. All text passes html_put(), never as markup.
 *
 * portal_text_<page>() fill a text_page. heading stays NULL for what is not shown; the page is 404 then.
 */
#ifndef QILIAN_TENANTS_PORTAL_PORTAL_TEXT_H
#define QILIAN_TENANTS_PORTAL_PORTAL_TEXT_H

#include "core/attributes.h"
#include "core/buf.h"
#include "core/record/call.h"
#include "core/text/json.h"
#include "tenants/policy/policy.h"

struct portal_listing;
struct region_set;

struct text_page {
	struct call *call;
	const struct policy *policy;
	const struct region_set *regions;
	bool english;
	const char *origin; /* "https://lishui.example.cn"; "" for a platform without a host name */
	const char *name;   /* the platform's */
	struct buf *main;   /* HTML of what the page is about */
	struct buf *head;   /* HTML for its head */
	const char *heading, *about; /* plain text */
	const char *picture;         /* a path, for previews of links; or NULL */
	const char *kind;            /* og:type */
};

struct problem *portal_text_home(struct text_page *page) MUST_CHECK;
struct problem *portal_text_services(struct text_page *page) MUST_CHECK;
struct problem *portal_text_institutions(struct text_page *page) MUST_CHECK;
struct problem *portal_text_notices(struct text_page *page) MUST_CHECK;
struct problem *portal_text_join(struct text_page *page) MUST_CHECK;
struct problem *portal_text_privacy(struct text_page *page) MUST_CHECK;
struct problem *portal_text_accessibility(struct text_page *page) MUST_CHECK;
struct problem *portal_text_verify(struct text_page *page) MUST_CHECK;
struct problem *portal_text_open(struct text_page *page) MUST_CHECK;
/* Of the row that the path names. */
struct problem *portal_text_service(struct text_page *page) MUST_CHECK;
struct problem *portal_text_shop(struct text_page *page) MUST_CHECK;
struct problem *portal_text_notice(struct text_page *page) MUST_CHECK;
struct problem *portal_text_open_one(struct text_page *page) MUST_CHECK;
/* Of the code that the path names. */
struct problem *portal_text_verify_one(struct text_page *page) MUST_CHECK;

/* --- parts --- */

/* Head, `main` and foot of every page, for the element that the scripts take over. */
void portal_text_frame(const struct text_page *page, struct buf *out);

static inline const char *text_word(const struct text_page *page, const char *zh, const char *en)
{
	return page->english ? en : zh;
}

/* In the reader's language; "" where there is none. */
const char *text_both(const struct text_page *page, const struct policy_text *text) RETURNS_NONNULL;
/* What people call a code; the code itself where nothing does. */
const char *OR_NULL text_term(
	const struct text_page *page, const struct policy_terms *terms, const char *OR_NULL code);
const char *text_region(const struct text_page *page, const char *OR_NULL code) RETURNS_NONNULL;
/* "1,234.50" */
const char *text_yuan(struct arena *arena, int64_t fen) RETURNS_NONNULL;

struct text_price {
	const char *pricing, *unit;
	int64_t price, high;
	bool has_high;
};
const char *text_price(const struct text_page *page, const struct text_price *price) RETURNS_NONNULL;
/* "/services/0197…" */
const char *text_path(const struct text_page *page, const char *folder, struct uuid id) RETURNS_NONNULL;

/* A text of several lines, as paragraphs. */
void text_prose(struct buf *out, const char *OR_NULL text);
/* Rich text (core/record/blocks.h); pictures lie below `folder`. */
void text_blocks(const struct text_page *page, const struct json_object *OR_NULL blocks, const char *folder);
/* A service in a list. */
void text_card(const struct text_page *page, const struct portal_listing *item);
/* A line of a list of facts, left out without a value. */
void text_fact(const struct text_page *page, const char *zh, const char *en, const char *OR_NULL value);

/* --- for programs: schema.org as JSON-LD, in page->head --- */

struct text_crumb {
	const char *name, *path;
};
/* The way to the page, as text on top of it and for programs. The last is the page itself. */
void text_crumbs(const struct text_page *page, const struct text_crumb *crumbs, size_t count);
/* One object under {"@context": "https://schema.org"}: begin, write members, end. */
struct json_writer *linked_begin(const struct text_page *page, struct buf *out, const char *type) RETURNS_NONNULL;
void linked_end(const struct text_page *page, struct buf *out, struct json_writer *w);

#endif
