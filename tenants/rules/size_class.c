#include "tenants/rules/size_class.h"

#include <stddef.h>
#include <string.h>

enum { CLASSES = 3 }; /* with minima: large, medium, small */
#define WAN_FEN INT64_C(1000000)

struct size_industry {
	const char *name;
	int64_t least[CLASSES][SIZE_MEASURES]; /* people, 万元; -1: not asked for */
};

struct size_edition {
	const char *code;
	const char *from, *until; /* days, both counted; until NULL: to this day */
	const struct size_industry *industries;
	size_t count;
};

#include "schema/size_classes.gen.h"

static const struct size_edition *edition_on(const char *day)
{
	const struct size_edition *found = NULL;
	for (size_t i = 0; i < sizeof editions / sizeof *editions; i++)
		if (strcmp(editions[i].from, day) <= 0 && (!editions[i].until || strcmp(day, editions[i].until) <= 0))
			found = &editions[i];
	return found;
}

static const struct size_industry *industry_of(const struct size_edition *edition, const char *name)
{
	for (size_t i = 0; edition && name && i < edition->count; i++)
		if (strcmp(edition->industries[i].name, name) == 0)
			return &edition->industries[i];
	return NULL;
}

static int64_t least_of(const struct size_industry *industry, int n, int measure)
{
	int64_t least = industry->least[n][measure];
	return measure == SIZE_STAFF || least < 0 ? least : least * WAN_FEN;
}

/* unknown: whether what is not known is taken to be enough. */
static bool reaches(const struct size_industry *industry, int n, const struct size_inputs *inputs, bool unknown)
{
	for (int m = 0; m < SIZE_MEASURES; m++) {
		int64_t least = least_of(industry, n, m);
		if (least >= 0 && (inputs->has[m] ? inputs->value[m] < least : !unknown))
			return false;
	}
	return true;
}

static enum size_class class_of(const struct size_industry *industry, const struct size_inputs *inputs, bool unknown)
{
	for (int n = 0; n < CLASSES; n++)
		if (reaches(industry, n, inputs, unknown))
			return (enum size_class)(SIZE_CLASS_LARGE + n);
	return SIZE_CLASS_MICRO;
}

struct size_result size_class_on(const char *day, const struct size_inputs *inputs)
{
	const struct size_edition *edition = edition_on(day);
	const struct size_industry *industry = industry_of(edition, inputs->industry);
	struct size_result result = {.edition = edition ? edition->code : NULL};
	if (!industry)
		return result;
	enum size_class most = class_of(industry, inputs, true), least = class_of(industry, inputs, false);
	if (most == least)
		result.size = most;
	for (int m = 0; m < SIZE_MEASURES; m++)
		result.missing[m] = most != least && !inputs->has[m] && industry->least[0][m] >= 0;
	return result;
}
