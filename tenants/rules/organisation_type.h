/* organisation_type: what kind of organisation a code of GB 32100 speaks of, in the vocabulary of record
 * `institution`. */
#ifndef QILIAN_TENANTS_RULES_ORGANISATION_TYPE_H
#define QILIAN_TENANTS_RULES_ORGANISATION_TYPE_H

#include "schema/records.gen.h"

/* What positions 1-2 suggest as the organisation type of a form: law firms (31) a partnership, trade unions (81) an
 * association…; "other" where they say nothing, also for what is no code. A hint only: a partnership enterprise is 91
 * as well. */
enum institution_organisation_type organisation_type_of(const char *code);

#endif
