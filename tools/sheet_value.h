/* sheet_value: what a cell's stored value looks like in its format. */
#ifndef QILIAN_TOOLS_SHEET_VALUE_H
#define QILIAN_TOOLS_SHEET_VALUE_H

#include <stdbool.h>
#include <stddef.h>

enum number_look { LOOK_PLAIN, LOOK_DATE, LOOK_TIME, LOOK_BOTH, LOOK_PERCENT, LOOK_ZEROS };

struct number_format {
	enum number_look look;
	unsigned zeros; /* of LOOK_ZEROS: digits at least */
};

enum { VALUE_MAX = 400 };

/* Of a format of the file, and of one that every program knows by its number (ECMA-376, 18.8.30). */
struct number_format value_format(const char *code);
struct number_format value_format_known(unsigned id);
/* text: as <v> has it. True where digits were lost. */
bool value_number(const char *text, struct number_format format, bool since_1904, char out[VALUE_MAX]);

#endif
