/* size_class: how large an enterprise is in the words of the law (工信部联企业〔2011〕300号), computed and never typed.
 *
 * edition    schema/size_classes.yaml holds them with the days from and until which they are in force
 * minima     an enterprise is of the largest class all of whose minima it reaches (staff, income, assets: which of them
 *            count its industry says), else micro. To reach is to have at least so much
 * missing    where a figure is not known the class is told only if it is the same for any figure: a builder with an
 *            income of 200 万元 is micro, whatever its assets
 */
#ifndef QILIAN_TENANTS_RULES_SIZE_CLASS_H
#define QILIAN_TENANTS_RULES_SIZE_CLASS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/attributes.h"

enum size_class { SIZE_CLASS_UNKNOWN, SIZE_CLASS_LARGE, SIZE_CLASS_MEDIUM, SIZE_CLASS_SMALL, SIZE_CLASS_MICRO };
enum size_measure { SIZE_STAFF, SIZE_INCOME, SIZE_ASSETS, SIZE_MEASURES };

struct size_inputs {
	const char *industry; /* as the edition calls it: "construction"; NULL: not known */
	bool has[SIZE_MEASURES];
	int64_t value[SIZE_MEASURES]; /* people; fen */
};

struct size_result {
	enum size_class size;
	const char *edition;          /* static; NULL: none was in force that day */
	bool missing[SIZE_MEASURES];  /* what would have to be known, where the size is unknown */
};

/* On a day, "2026-05-06". Unknown too where the edition has no such industry. */
struct size_result size_class_on(const char *day, const struct size_inputs *inputs);

#endif
