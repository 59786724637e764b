#include "tools/sheet_book.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/office/sheet_wire.h"

enum { ATTRIBUTE_MAX = 512, PATH_MAX_LEN = 300, STRINGS_MAX = 2000000, FORMATS_MAX = 70000, CODES_MAX = 5000 };

/* ---- Memory: the process is small on purpose ---- */

static void *grow(void *at, size_t size)
{
	void *out = realloc(at, size);
	if (!out)
		_exit(SHEET_TOO_LARGE);
	return out;
}

void grown_add(struct grown *grown, const char *text, size_t len)
{
	if (grown->len + len + 1 > grown->cap) {
		grown->cap = (grown->len + len + 1) * 2;
		grown->text = grow(grown->text, grown->cap);
	}
	memcpy(grown->text + grown->len, text, len);
	grown->len += len;
	grown->text[grown->len] = '\0';
}

const char *grown_text(const struct grown *grown)
{
	return grown->len ? grown->text : "";
}

static char *copy(const char *text)
{
	size_t size = strlen(text) + 1;
	return memcpy(grow(NULL, size), text, size);
}

/* ---- SAX ---- */

const char *sax_attribute(int count, const xmlChar **attributes, const char *name, char *out, size_t size)
{
	for (int i = 0; i < count; i++, attributes += 5) {
		size_t len = (size_t)(attributes[4] - attributes[3]);
		if (strcmp((const char *)attributes[0], name) != 0 || len >= size)
			continue;
		memcpy(out, attributes[3], len);
		out[len] = '\0';
		return out;
	}
	return NULL;
}

/* Entities are what bombs are made of; these files need none. */
static void refuse_type(void *arg, const xmlChar *name, const xmlChar *public_id, const xmlChar *system_id)
{
	xmlStopParser(*(xmlParserCtxtPtr *)arg);
	*(xmlParserCtxtPtr *)arg = NULL;
}

struct sax {
	xmlParserCtxtPtr context; /* first: refuse_type() */
	startElementNsSAX2Func begin;
	endElementNsSAX2Func end;
	charactersSAXFunc text;
	void *arg;
};

static void on_begin(void *arg, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri, int spaces,
	const xmlChar **namespaces, int count, int defaulted, const xmlChar **attributes)
{
	struct sax *sax = arg;
	sax->begin(sax->arg, name, prefix, uri, spaces, namespaces, count, defaulted, attributes);
}

static void on_end(void *arg, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
	struct sax *sax = arg;
	if (sax->end)
		sax->end(sax->arg, name, prefix, uri);
}

static void on_text(void *arg, const xmlChar *text, int len)
{
	struct sax *sax = arg;
	if (sax->text)
		sax->text(sax->arg, text, len);
}

bool sax_run(const char *bytes, size_t size, startElementNsSAX2Func begin, endElementNsSAX2Func end,
	charactersSAXFunc text, void *arg)
{
	xmlSAXHandler handler = {.initialized = XML_SAX2_MAGIC, .startElementNs = on_begin, .endElementNs = on_end,
		.characters = on_text, .cdataBlock = on_text, .ignorableWhitespace = on_text,
		.internalSubset = refuse_type};
	struct sax sax = {.begin = begin, .end = end, .text = text, .arg = arg};
	xmlParserCtxtPtr context = xmlCreatePushParserCtxt(&handler, &sax, NULL, 0, NULL);
	if (!context)
		return false;
	sax.context = context;
	xmlCtxtUseOptions(context, XML_PARSE_NONET | XML_PARSE_HUGE);
	bool good = true;
	for (size_t at = 0; good && at < size;) {
		size_t piece = size - at < 65536 ? size - at : 65536;
		good = xmlParseChunk(context, bytes + at, (int)piece, 0) == 0;
		at += piece;
	}
	good = good && xmlParseChunk(context, NULL, 0, 1) == 0 && context->wellFormed && sax.context;
	xmlFreeParserCtxt(context);
	return good;
}

/* ---- Relationships ---- */

struct relation {
	const char *ending; /* of the type that is looked for; NULL: the id */
	const char *id;
	char target[PATH_MAX_LEN];
};

static bool ends_with(const char *text, const char *end)
{
	size_t len = strlen(text), size = strlen(end);
	return len >= size && strcmp(text + len - size, end) == 0;
}

static void relation_begin(void *arg, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri, int spaces,
	const xmlChar **namespaces, int count, int defaulted, const xmlChar **attributes)
{
	struct relation *relation = arg;
	char type[ATTRIBUTE_MAX], id[ATTRIBUTE_MAX], mode[32], target[PATH_MAX_LEN];
	if (relation->target[0] || sax_attribute(count, attributes, "TargetMode", mode, sizeof mode))
		return; /* what lies outside the file is not asked for */
	bool found = relation->ending
		? sax_attribute(count, attributes, "Type", type, sizeof type) && ends_with(type, relation->ending)
		: sax_attribute(count, attributes, "Id", id, sizeof id) && strcmp(id, relation->id) == 0;
	if (found && sax_attribute(count, attributes, "Target", target, sizeof target))
		memcpy(relation->target, target, strlen(target) + 1);
}

/* The entry that `base` names so: relative to its folder, or from the root. *out NULL where it names none. */
static int follow(struct package *package, const char *base, struct relation *relation, char **out)
{
	char path[2 * PATH_MAX_LEN], *bytes;
	size_t size;
	const char *slash = strrchr(base, '/'), *last = slash ? slash + 1 : base;
	int folder = (int)(last - base);
	*out = NULL;
	snprintf(path, sizeof path, "%.*s_rels/%s.rels", folder, base, last);
	int code = package_read(package, path, &bytes, &size);
	if (code || !bytes)
		return code;
	bool good = sax_run(bytes, size, relation_begin, NULL, NULL, relation);
	free(bytes);
	if (!good)
		return SHEET_BROKEN;
	if (!relation->target[0])
		return SHEET_DONE;
	snprintf(path, sizeof path, "%.*s%s", folder, base, relation->target);
	*out = copy(relation->target[0] == '/' ? relation->target + 1 : path);
	return SHEET_DONE;
}

static int read_part(struct package *package, const char *base, const char *ending, char **bytes, size_t *size)
{
	struct relation relation = {.ending = ending};
	char *path;
	*bytes = NULL;
	int code = follow(package, base, &relation, &path);
	if (!code && path)
		code = package_read(package, path, bytes, size);
	free(path);
	return code;
}

/* ---- The workbook: its first sheet that is shown ---- */

struct workbook {
	struct book *book;
	char id[64];
};

static void workbook_begin(void *arg, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri, int spaces,
	const xmlChar **namespaces, int count, int defaulted, const xmlChar **attributes)
{
	struct workbook *workbook = arg;
	char state[32], value[32];
	if (strcmp((const char *)name, "workbookPr") == 0 &&
		sax_attribute(count, attributes, "date1904", value, sizeof value))
		workbook->book->since_1904 = strcmp(value, "1") == 0 || strcmp(value, "true") == 0;
	if (strcmp((const char *)name, "sheet") != 0 || workbook->id[0])
		return;
	if (!sax_attribute(count, attributes, "state", state, sizeof state) || strcmp(state, "visible") == 0)
		sax_attribute(count, attributes, "id", workbook->id, sizeof workbook->id);
}

/* ---- Shared texts ---- */

struct texts {
	struct sheet_strings *out;
	struct grown text;
	bool inside, phonetic; /* how it is said is no part of a text */
};

static void texts_begin(void *arg, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri, int spaces,
	const xmlChar **namespaces, int count, int defaulted, const xmlChar **attributes)
{
	struct texts *texts = arg;
	if (strcmp((const char *)name, "si") == 0)
		texts->text.len = 0;
	texts->phonetic |= strcmp((const char *)name, "rPh") == 0;
	texts->inside = strcmp((const char *)name, "t") == 0 && !texts->phonetic;
}

static void texts_text(void *arg, const xmlChar *text, int len)
{
	struct texts *texts = arg;
	if (texts->inside)
		grown_add(&texts->text, (const char *)text, (size_t)len);
}

static void texts_end(void *arg, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
	struct texts *texts = arg;
	struct sheet_strings *out = texts->out;
	texts->inside = false;
	if (strcmp((const char *)name, "rPh") == 0)
		texts->phonetic = false;
	if (strcmp((const char *)name, "si") != 0)
		return;
	if (out->count == STRINGS_MAX)
		_exit(SHEET_TOO_LARGE);
	if (out->count == out->cap) {
		out->cap = out->cap ? out->cap * 2 : 256;
		out->items = grow(out->items, out->cap * sizeof *out->items);
	}
	out->items[out->count++] = copy(grown_text(&texts->text));
}

/* ---- Formats ---- */

struct styles {
	struct book *book;
	struct {
		unsigned id;
		struct number_format format;
	} codes[CODES_MAX];
	size_t code_count;
	bool cells;
};

static struct number_format format_of(const struct styles *styles, unsigned id)
{
	for (size_t i = 0; i < styles->code_count; i++)
		if (styles->codes[i].id == id)
			return styles->codes[i].format;
	return value_format_known(id);
}

static void styles_begin(void *arg, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri, int spaces,
	const xmlChar **namespaces, int count, int defaulted, const xmlChar **attributes)
{
	struct styles *styles = arg;
	struct book *book = styles->book;
	char id[32], code[ATTRIBUTE_MAX];
	const char *text = (const char *)name;
	if (strcmp(text, "cellXfs") == 0)
		styles->cells = true;
	bool known = sax_attribute(count, attributes, "numFmtId", id, sizeof id) != NULL;
	unsigned number = known ? (unsigned)strtoul(id, NULL, 10) : 0;
	if (strcmp(text, "numFmt") == 0 && styles->code_count < CODES_MAX &&
		sax_attribute(count, attributes, "formatCode", code, sizeof code)) {
		styles->codes[styles->code_count].id = number;
		styles->codes[styles->code_count++].format = value_format(code);
	}
	if (strcmp(text, "xf") == 0 && styles->cells && book->format_count < FORMATS_MAX) {
		book->formats = grow(book->formats, (book->format_count + 1) * sizeof *book->formats);
		book->formats[book->format_count++] = format_of(styles, number);
	}
}

static void styles_end(void *arg, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
	struct styles *styles = arg;
	if (strcmp((const char *)name, "cellXfs") == 0)
		styles->cells = false;
}

/* ---- All of it ---- */

/* One part of the workbook, if it has it. */
static int read_with(struct package *package, const char *base, const char *ending, startElementNsSAX2Func begin,
	endElementNsSAX2Func end, charactersSAXFunc text, void *arg)
{
	char *bytes;
	size_t size;
	int code = read_part(package, base, ending, &bytes, &size);
	if (!code && bytes && !sax_run(bytes, size, begin, end, text, arg))
		code = SHEET_BROKEN;
	free(bytes);
	return code;
}

static int read_extras(struct package *package, const char *base, struct book *out)
{
	struct texts texts = {.out = &out->strings};
	struct styles *styles = grow(NULL, sizeof *styles);
	memset(styles, 0, sizeof *styles);
	styles->book = out;
	int code = read_with(package, base, "/sharedStrings", texts_begin, texts_end, texts_text, &texts);
	if (!code)
		code = read_with(package, base, "/styles", styles_begin, styles_end, NULL, styles);
	free(texts.text.text);
	free(styles);
	return code;
}

static int read_workbook(struct package *package, const char *base, struct book *out)
{
	struct workbook workbook = {.book = out};
	struct relation to_sheet = {.id = workbook.id};
	char *bytes;
	size_t size;
	int code = package_read(package, base, &bytes, &size);
	if (code || !bytes)
		return code ? code : SHEET_BROKEN;
	bool good = sax_run(bytes, size, workbook_begin, NULL, NULL, &workbook) && workbook.id[0];
	free(bytes);
	code = good ? follow(package, base, &to_sheet, &out->sheet) : SHEET_BROKEN;
	if (code || !out->sheet)
		return code ? code : SHEET_BROKEN;
	return read_extras(package, base, out);
}

int book_read(struct package *package, struct book *out)
{
	struct relation to_book = {.ending = "/officeDocument"};
	char *base;
	*out = (struct book){0};
	int code = follow(package, "", &to_book, &base);
	if (!code)
		code = base ? read_workbook(package, base, out) : SHEET_BROKEN;
	free(base);
	return code;
}
