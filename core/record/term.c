#include "core/record/term.h"

#include <string.h>

#include "core/record/field.h"

bool term_allows(struct call *call, const char *dictionary, const char *code, const char *before)
{
	const struct call_services *services = call ? call->services : NULL;
	size_t count = 0;
	const struct term *terms =
		services && services->terms ? services->terms(call, dictionary, &count, services->arg) : NULL;
	for (size_t i = 0; terms && i < count; i++)
		if (strcmp(terms[i].code, code) == 0)
			return !terms[i].retired || (before && strcmp(before, code) == 0);
	return count == 0;
}

bool term_allows_in(struct call *call, const char *dictionary, const char *code, const struct text_list *before)
{
	for (size_t i = 0; before && i < before->count; i++)
		if (before->items[i] && strcmp(before->items[i], code) == 0)
			return term_allows(call, dictionary, code, code);
	return term_allows(call, dictionary, code, NULL);
}
