/* wiring: from the settings of an installation to what the parts take; shared by the mains. */
#ifndef QILIAN_TOOLS_WIRING_H
#define QILIAN_TOOLS_WIRING_H

#include "core/config/settings.h"
#include "core/db/db.h"
#include "core/work/job.h"

/* All kinds of background work: whoever serves does it, whoever looks knows of it. */
extern const struct job_kind *const wiring_job_kinds[];
extern const size_t wiring_job_kind_count;

/* Points into the settings. */
void wiring_database(const struct settings *settings, struct db_shared *shared, struct db_settings *out);

#endif
