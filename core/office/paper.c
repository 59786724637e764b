#include "core/office/paper.h"

#include <cairo-pdf.h>
#include <pango/pangocairo.h>
#include <string.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/crypto/crypto.h"
#include "core/diag.h"
#include "core/out/qr.h"
#include "core/text/moment.h"
#include "core/text/zone.h"

/* Points (1/72 inch). */
enum { LONG_SIDE = 842, SHORT_SIDE = 595, MARGIN = 50, FOOT = 28, PAD = 5, STAMP_HEIGHT = 96 };
enum { CELLS_MAX = 16, SIZE_TITLE = 20, SIZE_HEADING = 13, SIZE_TEXT = 10, SIZE_FOOT = 8, SIZE_LEAST = 6 };
/* The mark stands in the corner above the first row, and a little into the title's. */
enum { MARK = 54, MARK_TOP = 22, MARK_QUIET = 4 };

enum row_kind { ROW_TITLE, ROW_HEADING, ROW_TEXT, ROW_FIELDS, ROW_HEAD, ROW_TABLE, ROW_STAMP };

/* Everything on a page is a row of cells. */
struct line {
	struct line *next;
	enum row_kind kind;
	size_t count;
	const char *cells[CELLS_MAX];
	unsigned weights[CELLS_MAX];
	const struct line *head; /* of a table's row */
};

struct paper {
	struct arena *arena;
	struct paper_spec spec;
	struct line *first, *last;
	const struct line *head;
	const char *mark_url, *mark_code; /* NULL: none */
};

/* ---- What is on it ---- */

static struct line *add(struct paper *paper, enum row_kind kind, size_t count)
{
	struct line *line = ARENA_NEW(paper->arena, struct line);
	*line = (struct line){.kind = kind, .count = count < CELLS_MAX ? count : CELLS_MAX};
	for (size_t i = 0; i < line->count; i++)
		line->weights[i] = 1;
	if (paper->last)
		paper->last->next = line;
	else
		paper->first = line;
	paper->last = line;
	return line;
}

static void add_text(struct paper *paper, enum row_kind kind, const char *text)
{
	add(paper, kind, 1)->cells[0] = text;
}

struct paper *paper_create(struct arena *arena, const struct paper_spec *spec)
{
	struct paper *paper = ARENA_NEW(arena, struct paper);
	*paper = (struct paper){.arena = arena, .spec = *spec};
	add_text(paper, ROW_TITLE, spec->title);
	return paper;
}

void paper_heading(struct paper *paper, const char *text)
{
	add_text(paper, ROW_HEADING, text);
}

void paper_text(struct paper *paper, const char *text)
{
	add_text(paper, ROW_TEXT, text);
}

static void add_pair(struct line *line, size_t at, const struct paper_field *field, unsigned value)
{
	line->cells[at] = field->label;
	line->cells[at + 1] = field->value;
	line->weights[at] = 3;
	line->weights[at + 1] = value;
}

void paper_fields(struct paper *paper, const struct paper_field *fields, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		bool pair = !fields[i].wide && i + 1 < count && !fields[i + 1].wide;
		struct line *line = add(paper, ROW_FIELDS, pair ? 4 : 2);
		add_pair(line, 0, &fields[i], pair ? 5 : 13);
		if (pair)
			add_pair(line, 2, &fields[++i], 5);
	}
}

void paper_table_head(struct paper *paper, const char *const *heads, const unsigned *weights, size_t columns)
{
	struct line *line = add(paper, ROW_HEAD, columns);
	for (size_t i = 0; i < line->count; i++) {
		line->cells[i] = heads[i];
		line->weights[i] = weights[i];
	}
	paper->head = line;
}

void paper_table_row(struct paper *paper, const char *const *cells)
{
	struct line *line = add(paper, ROW_TABLE, paper->head->count);
	memcpy(line->weights, paper->head->weights, sizeof line->weights);
	memcpy(line->cells, cells, line->count * sizeof *cells);
	line->head = paper->head;
}

void paper_stamp(struct paper *paper, const char *label, const char *date)
{
	struct line *line = add(paper, ROW_STAMP, 2);
	line->cells[0] = label;
	line->cells[1] = date;
}

/* Each text with its length, so that no two contents are written alike. */
static void digest_text(struct crypto_digest *digest, const char *text)
{
	uint64_t length = text ? strlen(text) + 1 : 0;
	unsigned char bytes[8];
	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (unsigned char)(length >> (8 * i));
	crypto_digest_add(digest, bytes, sizeof bytes);
	if (text)
		crypto_digest_add(digest, text, strlen(text));
}

void paper_digest(const struct paper *paper, unsigned char out[32])
{
	struct crypto_digest *digest = crypto_digest_create();
	const struct paper_spec *spec = &paper->spec;
	digest_text(digest, spec->title);
	digest_text(digest, spec->issuer);
	digest_text(digest, spec->number);
	digest_text(digest,
		arena_printf(paper->arena, "%lld %d %d", (long long)spec->at, spec->english, spec->landscape));
	for (const struct line *line = paper->first; line; line = line->next) {
		digest_text(digest, arena_printf(paper->arena, "%d %zu", (int)line->kind, line->count));
		for (size_t i = 0; i < line->count; i++)
			digest_text(digest, line->cells[i]);
	}
	crypto_digest_take(digest, out);
	crypto_digest_destroy(digest);
}

void paper_mark(struct paper *paper, const char *url, const char *code)
{
	paper->mark_url = url;
	paper->mark_code = code;
}

/* ---- Laying it out ---- */

struct pen {
	const struct paper *paper;
	cairo_t *cairo;
	PangoContext *context;
	bool draws; /* else it only counts pages */
	double width, height, y;
	unsigned page, pages;
};

struct cell {
	PangoLayout *layout;
	double x, width;
	int next; /* line of it to be drawn */
};

static double left(const struct pen *pen)
{
	return pen->height - MARGIN - FOOT - pen->y;
}

static PangoLayout *layout_of(const struct pen *pen, const char *text, int size, bool bold, double width)
{
	PangoLayout *layout = pango_layout_new(pen->context);
	PangoFontDescription *font = pango_font_description_from_string("Noto Sans CJK SC,sans");
	pango_font_description_set_absolute_size(font, size * PANGO_SCALE);
	pango_font_description_set_weight(font, bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
	pango_layout_set_font_description(layout, font);
	pango_font_description_free(font);
	pango_layout_set_width(layout, width > 0 ? (int)(width * PANGO_SCALE) : -1);
	pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR);
	pango_layout_set_text(layout, text ? text : "", -1);
	return layout;
}

static void draw_foot(struct pen *pen)
{
	const struct paper_spec *spec = &pen->paper->spec;
	const char *page = arena_printf(pen->paper->arena, spec->english ? "Page %u of %u" : "第 %u 页 共 %u 页",
		pen->page,
		pen->pages);
	const char *texts[] = {spec->issuer, spec->number, page};
	const PangoAlignment places[] = {PANGO_ALIGN_LEFT, PANGO_ALIGN_CENTER, PANGO_ALIGN_RIGHT};
	for (size_t i = 0; pen->draws && i < 3; i++) {
		PangoLayout *layout = layout_of(pen, texts[i], SIZE_FOOT, false, pen->width - 2 * MARGIN);
		pango_layout_set_alignment(layout, places[i]);
		cairo_move_to(pen->cairo, MARGIN, pen->height - MARGIN - SIZE_FOOT);
		pango_cairo_show_layout(pen->cairo, layout);
		g_object_unref(layout);
	}
}

static void end_page(struct pen *pen)
{
	draw_foot(pen);
	if (pen->draws)
		cairo_show_page(pen->cairo);
	pen->page++;
	pen->y = MARGIN;
}

static double layout_height(PangoLayout *layout)
{
	int height;
	pango_layout_get_size(layout, NULL, &height);
	return (double)height / PANGO_SCALE;
}

static bool is_framed(enum row_kind kind)
{
	return kind == ROW_FIELDS || kind == ROW_HEAD || kind == ROW_TABLE || kind == ROW_STAMP;
}

static bool is_shaded(const struct line *line, size_t i)
{
	return line->kind == ROW_HEAD || (line->kind == ROW_FIELDS && i % 2 == 0);
}

static bool is_code(const char *text)
{
	for (; text && *text; text++)
		if (*text <= ' ' || *text > '~')
			return false;
	return true;
}

/* A number or code that is wider than its cell is written smaller: over two lines it is read wrongly and found by no
 * search. */
static PangoLayout *fitting(const struct pen *pen, const char *text, int size, bool bold, double width)
{
	PangoLayout *layout = layout_of(pen, text, size, bold, width);
	while (size > SIZE_LEAST && pango_layout_is_wrapped(layout) && is_code(text)) {
		g_object_unref(layout);
		layout = layout_of(pen, text, --size, bold, width);
	}
	return layout;
}

static double make_cells(const struct pen *pen, const struct line *line, struct cell *cells)
{
	double whole = pen->width - 2 * MARGIN, x = MARGIN, highest = 0, pad = is_framed(line->kind) ? PAD : 0;
	unsigned sum = 0;
	int size = line->kind == ROW_TITLE ? SIZE_TITLE : line->kind == ROW_HEADING ? SIZE_HEADING : SIZE_TEXT;
	for (size_t i = 0; i < line->count; i++)
		sum += line->weights[i];
	for (size_t i = 0; i < line->count; i++) {
		double width = whole * line->weights[i] / sum;
		bool bold = line->kind == ROW_TITLE || line->kind == ROW_HEADING || line->kind == ROW_HEAD;
		cells[i] = (struct cell){fitting(pen, line->cells[i], size, bold, width - 2 * pad), x, width, 0};
		if (line->kind == ROW_TITLE)
			pango_layout_set_alignment(cells[i].layout, PANGO_ALIGN_CENTER);
		double height = layout_height(cells[i].layout);
		highest = height > highest ? height : highest;
		x += width;
	}
	return highest;
}

static double line_height(PangoLayout *layout, int i)
{
	PangoRectangle logical;
	pango_layout_line_get_extents(pango_layout_get_line_readonly(layout, i), NULL, &logical);
	return (double)logical.height / PANGO_SCALE;
}

/* Lines of a cell from its next one on, as far as they fit; what they took. */
static double show_lines(struct pen *pen, struct cell *cell, double pad, double room)
{
	double taken = 0;
	int count = pango_layout_get_line_count(cell->layout);
	for (; cell->next < count; cell->next++) {
		double height = line_height(cell->layout, cell->next);
		PangoLayoutLine *line = pango_layout_get_line_readonly(cell->layout, cell->next);
		PangoRectangle logical;
		if (taken + height > room)
			break;
		pango_layout_line_get_extents(line, NULL, &logical);
		double x = cell->x + pad, free = cell->width - 2 * pad - (double)logical.width / PANGO_SCALE;
		if (pango_layout_get_alignment(cell->layout) == PANGO_ALIGN_CENTER)
			x += free / 2;
		if (pen->draws) {
			cairo_move_to(pen->cairo, x, pen->y + pad + taken - (double)logical.y / PANGO_SCALE);
			pango_cairo_show_layout_line(pen->cairo, line);
		}
		taken += height;
	}
	return taken;
}

static void draw_box(struct pen *pen, double x, double width, double height, bool shaded)
{
	if (!pen->draws)
		return;
	cairo_rectangle(pen->cairo, x, pen->y, width, height);
	if (shaded) {
		cairo_set_source_rgb(pen->cairo, 0.95, 0.96, 0.98);
		cairo_fill_preserve(pen->cairo);
	}
	cairo_set_source_rgb(pen->cairo, 0.35, 0.35, 0.35);
	cairo_set_line_width(pen->cairo, 0.5);
	cairo_stroke(pen->cairo);
	cairo_set_source_rgb(pen->cairo, 0, 0, 0);
}

static double space_behind(enum row_kind kind)
{
	return kind == ROW_TITLE ? 14 : kind == ROW_HEADING ? 5 : kind == ROW_TEXT ? 4 : 0;
}

static void put_stamp(struct pen *pen, const struct line *line)
{
	double width = pen->width - 2 * MARGIN;
	if (left(pen) < STAMP_HEIGHT)
		end_page(pen);
	draw_box(pen, MARGIN, width, STAMP_HEIGHT, false);
	for (size_t i = 0; pen->draws && i < 2; i++) {
		PangoLayout *layout = layout_of(pen, line->cells[i], SIZE_TEXT, false, width / 2 - 2 * PAD);
		double down = i ? STAMP_HEIGHT - 3 * PAD - SIZE_TEXT : 2 * PAD;
		cairo_move_to(pen->cairo, MARGIN + width / 2, pen->y + down);
		pango_cairo_show_layout(pen->cairo, layout);
		g_object_unref(layout);
	}
	pen->y += STAMP_HEIGHT;
}

static void put_line(struct pen *pen, const struct line *line);

/* What of a row fits here; the next piece of it on the next page. */
static void put_pieces(struct pen *pen, const struct line *line, struct cell *cells)
{
	double pad = is_framed(line->kind) ? PAD : 0;
	for (bool more = true; more;) {
		double room = left(pen) - 2 * pad, highest = 0;
		struct cell before[CELLS_MAX];
		bool draws = pen->draws;
		memcpy(before, cells, sizeof before);
		pen->draws = false;
		for (size_t i = 0; i < line->count; i++) {
			double taken = show_lines(pen, &cells[i], pad, room);
			highest = taken > highest ? taken : highest;
		}
		pen->draws = draws;
		for (size_t i = 0; i < line->count && pad > 0; i++)
			draw_box(pen, cells[i].x, cells[i].width, highest + 2 * pad, is_shaded(line, i));
		more = false;
		for (size_t i = 0; i < line->count; i++) {
			show_lines(pen, &before[i], pad, room);
			more |= cells[i].next < pango_layout_get_line_count(cells[i].layout);
		}
		pen->y += highest + 2 * pad;
		if (more)
			end_page(pen);
	}
}

static void put_line(struct pen *pen, const struct line *line)
{
	struct cell cells[CELLS_MAX] = {{0}};
	if (line->kind == ROW_STAMP) {
		put_stamp(pen, line);
		return;
	}
	pen->y += line->kind == ROW_HEADING ? 12 : 0;
	double pad = is_framed(line->kind) ? 2 * PAD : 0, height = make_cells(pen, line, cells) + pad;
	double whole = pen->height - 2 * MARGIN - FOOT;
	/* A heading is not left alone at the end of a page, nor is the head of a table. */
	double wanted = height + (line->kind == ROW_HEADING ? 90 : line->kind == ROW_HEAD ? 30 : 0);
	if ((wanted > left(pen) && wanted <= whole) || left(pen) < 40) {
		end_page(pen);
		if (line->head)
			put_line(pen, line->head);
	}
	put_pieces(pen, line, cells);
	pen->y += space_behind(line->kind);
	for (size_t i = 0; i < line->count; i++)
		g_object_unref(cells[i].layout);
}

static void draw_modules(struct pen *pen, const struct qr *qr, double x, double y)
{
	double module = (double)MARK / (qr->side + 2 * MARK_QUIET);
	for (int row = 0; row < qr->side; row++)
		for (int column = 0; column < qr->side; column++)
			if (qr->cells[row * qr->side + column])
				cairo_rectangle(pen->cairo, x + (column + MARK_QUIET) * module,
					y + (row + MARK_QUIET) * module, module, module);
	/* Modules that touch show no seam between them. */
	cairo_set_antialias(pen->cairo, CAIRO_ANTIALIAS_NONE);
	cairo_fill(pen->cairo);
	cairo_set_antialias(pen->cairo, CAIRO_ANTIALIAS_DEFAULT);
}

static void draw_mark(struct pen *pen)
{
	const struct paper *paper = pen->paper;
	double x = pen->width - MARGIN - MARK + 6;
	struct qr qr;
	if (!pen->draws || !paper->mark_url || !qr_make(paper->arena, paper->mark_url, &qr))
		return;
	draw_modules(pen, &qr, x, MARK_TOP);
	cairo_tag_begin(pen->cairo, CAIRO_TAG_LINK,
		arena_printf(paper->arena, "rect=[%g %d %d %d] uri='%s'", x, MARK_TOP, MARK, MARK,
			paper->mark_url));
	cairo_tag_end(pen->cairo, CAIRO_TAG_LINK);
	const char *text = arena_printf(
		paper->arena, paper->spec.english ? "To verify: %s" : "核验码 %s", paper->mark_code);
	PangoLayout *layout = layout_of(pen, text, SIZE_LEAST, false, 0);
	int width;
	pango_layout_get_size(layout, &width, NULL);
	cairo_move_to(pen->cairo, pen->width - MARGIN - (double)width / PANGO_SCALE, MARK_TOP + MARK - 2);
	pango_cairo_show_layout(pen->cairo, layout);
	g_object_unref(layout);
}

static void put_all(struct pen *pen)
{
	pen->page = 1;
	pen->y = MARGIN;
	draw_mark(pen);
	for (const struct line *line = pen->paper->first; line; line = line->next)
		put_line(pen, line);
	draw_foot(pen);
	if (pen->draws)
		cairo_show_page(pen->cairo);
}

/* ---- The file ---- */

static cairo_status_t append(void *out, const unsigned char *bytes, unsigned size)
{
	buf_add(out, bytes, size);
	return CAIRO_STATUS_SUCCESS;
}

static void describe(const struct paper *paper, cairo_surface_t *surface)
{
	char at[25];
	time_format(paper->spec.at, at);
	cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_TITLE, paper->spec.title);
	cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_AUTHOR, paper->spec.issuer);
	cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATE_DATE, at);
}

struct problem *paper_write(struct paper *paper, struct arena *arena, struct buf *out)
{
	bool wide = paper->spec.landscape;
	struct pen pen = {.paper = paper, .width = wide ? LONG_SIDE : SHORT_SIDE,
		.height = wide ? SHORT_SIDE : LONG_SIDE};
	cairo_surface_t *surface = cairo_pdf_surface_create_for_stream(append, out, pen.width, pen.height);
	/* Its own: the default one is the thread's, and lives as long. */
	PangoFontMap *fonts = pango_cairo_font_map_new_for_font_type(CAIRO_FONT_TYPE_FT);
	describe(paper, surface);
	pen.cairo = cairo_create(surface);
	pen.context = pango_font_map_create_context(fonts);
	pango_context_set_language(pen.context, pango_language_from_string(paper->spec.english ? "en" : "zh-cn"));
	put_all(&pen);
	pen.pages = pen.page;
	pen.draws = true;
	put_all(&pen);
	cairo_destroy(pen.cairo);
	cairo_surface_finish(surface);
	cairo_status_t status = cairo_surface_status(surface);
	cairo_surface_destroy(surface);
	g_object_unref(pen.context);
	g_object_unref(fonts);
	if (status == CAIRO_STATUS_SUCCESS)
		return NULL;
	diag_error(NULL, "a PDF could not be made: %s", cairo_status_to_string(status));
	return problem_new(arena, &PROBLEM_INTERNAL);
}
