#include "tenants/rules/organisation_type.h"

#include "core/text/uscc_categories.h"

enum institution_organisation_type organisation_type_of(const char *code)
{
	static const struct {
		char department, category;
		enum institution_organisation_type type;
	} types[] = {
#define ROW(department, category, type) {department, category, INSTITUTION_ORGANISATION_TYPE_##type},
		USCC_CATEGORIES(ROW)
#undef ROW
	};
	for (size_t i = 0; code[0] && i < sizeof types / sizeof *types; i++)
		if (types[i].department == code[0] && types[i].category == code[1])
			return types[i].type;
	return INSTITUTION_ORGANISATION_TYPE_OTHER;
}
