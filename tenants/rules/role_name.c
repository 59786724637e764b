#include "tenants/rules/role_name.h"

#include <string.h>

static const struct role_name names[] = {ROLE_NAMES};
static const struct menu_name menus[] = {MENU_NAMES};

uint32_t role_by_name(const char *name)
{
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (!names[i].group && strcmp(names[i].name, name) == 0)
			return names[i].bits;
	return 0;
}

const char *role_name(uint32_t bit)
{
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (!names[i].group && names[i].bits == bit)
			return names[i].name;
	return NULL;
}

const char *role_title(const struct call *call, const char *name)
{
	for (size_t i = 0; name && i < sizeof names / sizeof *names; i++)
		if (!names[i].group && strcmp(names[i].name, name) == 0)
			return call_text(call, names[i].zh, names[i].en);
	return name;
}

uint32_t role_bits(const char *list)
{
	uint32_t bits = 0;

	while (list && *list) {
		size_t len = strcspn(list, ",");
		for (size_t i = 0; i < sizeof names / sizeof *names; i++)
			if (!names[i].group && strlen(names[i].name) == len && strncmp(names[i].name, list, len) == 0)
				bits |= names[i].bits;
		list += len + (list[len] == ',');
	}
	return bits;
}

uint32_t role_menu(const char *name)
{
	for (size_t i = 0; i < sizeof menus / sizeof *menus; i++)
		if (strcmp(menus[i].name, name) == 0)
			return menus[i].bit;
	return 0;
}

uint32_t role_barred(const char *permissions)
{
	uint32_t barred = 0;

	for (size_t i = 0; permissions && i < sizeof menus / sizeof *menus; i++) {
		size_t len = strlen(menus[i].name);
		const char *at = permissions;
		while (at && !(strncmp(at, menus[i].name, len) == 0 && (at[len] == ',' || !at[len])))
			at = (at = strchr(at, ',')) ? at + 1 : NULL;
		barred |= at ? 0 : menus[i].bit;
	}
	return barred;
}

bool role_is_staff(uint32_t bit)
{
	return (bit & (ROLES_ADMINISTRATION | ROLES_DESK)) != 0;
}
