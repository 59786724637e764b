/* sheet_wire: how qilian-sheet is started and what it answers; shared by core/office/sheet_read.c and tools/.
 *
 * Started as `qilian-sheet ROWS COLUMNS` with an .xlsx as standard input. It writes SHEET_MAGIC, then for each row that
 * is not empty its number in the sheet, how many cells it has, and of each cell flags (8 bits), length and text in
 * UTF-8; after the last row SHEET_END. Numbers are 32 bits, big-endian.
 */
#ifndef QILIAN_CORE_OFFICE_SHEET_WIRE_H
#define QILIAN_CORE_OFFICE_SHEET_WIRE_H

#define SHEET_MAGIC "QSHT"
#define SHEET_END 0xffffffffu

/* A cell was stored as a number with more digits than one holds: the last ones are gone. */
enum { SHEET_CELL_LOSSY = 1 };

/* Exit codes. */
enum {
	SHEET_DONE = 0,
	SHEET_TOO_LARGE = 10, /* unpacked, or in entries or cells */
	SHEET_BROKEN = 11,
	SHEET_ENCRYPTED = 12,
	SHEET_MACROS = 13,
	SHEET_TOO_LONG = 14, /* rows */
	SHEET_TOO_WIDE = 15, /* columns */
};

#endif
