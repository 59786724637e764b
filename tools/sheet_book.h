/* sheet_book: what a workbook says besides its cells: where its first sheet that is shown lies, its shared texts, its
 * formats. */
#ifndef QILIAN_TOOLS_SHEET_BOOK_H
#define QILIAN_TOOLS_SHEET_BOOK_H

#include <libxml/parser.h>
#include <stdbool.h>
#include <stddef.h>

#include "core/attributes.h"
#include "tools/sheet_package.h"
#include "tools/sheet_value.h"

struct sheet_strings {
	char **items;
	size_t count, cap;
};

struct book {
	char *sheet;              /* path of the sheet's entry */
	bool since_1904;
	struct sheet_strings strings;
	struct number_format *formats; /* by the style of a cell */
	size_t format_count;
};

/* A code of core/office/sheet_wire.h. What it takes is freed with the process. */
int book_read(struct package *package, struct book *out);

/* A text that grows; NUL-terminated once something was added. */
struct grown {
	char *text;
	size_t len, cap;
};
void grown_add(struct grown *grown, const char *text, size_t len);
const char *grown_text(const struct grown *grown) RETURNS_NONNULL;

/* An attribute of an element as SAX2 gives them, in `out`; NULL if it is not there. */
const char *OR_NULL sax_attribute(
	int count, const xmlChar **attributes, const char *name, char *out, size_t size);
/* Runs a parser over one entry: false where it is no XML, has a document type, or a handler said stop. */
bool sax_run(const char *bytes, size_t size, startElementNsSAX2Func begin, endElementNsSAX2Func end,
	charactersSAXFunc text, void *arg);

#endif
