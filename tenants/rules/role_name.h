/* role_name: the words for roles and menus (schema/roles.yaml), as the database, policies and pages spell them. Who
 * holds which: role.h. */
#ifndef QILIAN_TENANTS_RULES_ROLE_NAME_H
#define QILIAN_TENANTS_RULES_ROLE_NAME_H

#include "core/attributes.h"
#include "core/record/call.h"

/* Comma-separated names, as the database keeps them, to bits; unknown names count for nothing. NULL: 0. */
uint32_t role_bits(const char *names);
/* NULL for what is no single role. */
const char *OR_NULL role_name(uint32_t bit);
/* In the reader's language; the name itself for what is none. NULL for NULL. */
const char *OR_NULL role_title(const struct call *call, const char *name);
/* 0 if there is none with that name. */
uint32_t role_by_name(const char *name);
/* The bit of enum menu of that name; 0 if there is none. */
uint32_t role_menu(const char *name);
/* What the comma-separated menu permissions of a sub-account leave out; NULL leaves out nothing. */
uint32_t role_barred(const char *permissions);
/* What staff of a platform may be given: everything but institutions' roles, public and server. */
bool role_is_staff(uint32_t bit);

#endif
