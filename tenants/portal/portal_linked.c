#include "tenants/portal/portal_text.h"

#include "core/text/html.h"

struct json_writer *linked_begin(const struct text_page *page, struct buf *out, const char *type)
{
	struct json_writer *w = ARENA_NEW(page->call->arena, struct json_writer);

	jw_init(w, out);
	jw_object_begin(w);
	jw_kv_text(w, "@context", "https://schema.org");
	jw_kv_text(w, "@type", type);
	return w;
}

void linked_end(const struct text_page *page, struct buf *out, struct json_writer *w)
{
	jw_object_end(w);
	buf_text(page->head, "<script type=\"application/ld+json\">");
	html_json(page->head, out->data);
	buf_text(page->head, "</script>");
}

static void link_crumbs(const struct text_page *page, const struct text_crumb *crumbs, size_t count)
{
	struct arena *arena = page->call->arena;
	struct buf *out = buf_in(arena);
	struct json_writer *w = linked_begin(page, out, "BreadcrumbList");

	jw_key(w, "itemListElement");
	jw_array_begin(w);
	for (size_t i = 0; i < count; i++) {
		jw_object_begin(w);
		jw_kv_text(w, "@type", "ListItem");
		jw_kv_uint(w, "position", i + 1);
		jw_kv_text(w, "name", crumbs[i].name);
		jw_kv_text(w, "item", arena_printf(arena, "%s%s", page->origin, crumbs[i].path));
		jw_object_end(w);
	}
	jw_array_end(w);
	linked_end(page, out, w);
}

void text_crumbs(const struct text_page *page, const struct text_crumb *crumbs, size_t count)
{
	html_put(page->main, "<nav class=\"crumbs\" aria-label=\"%s\"><ol>", text_word(page, "位置", "Where you are"));
	for (size_t i = 0; i + 1 < count; i++)
		html_put(page->main, "<li><a href=\"%s\">%s</a></li>", crumbs[i].path, crumbs[i].name);
	html_put(page->main, "<li aria-current=\"page\">%s</li></ol></nav>", crumbs[count - 1].name);
	link_crumbs(page, crumbs, count);
}
