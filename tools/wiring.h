/* wiring: from the settings of an installation to what the parts take; shared by the mains. */
#ifndef QILIAN_TOOLS_WIRING_H
#define QILIAN_TOOLS_WIRING_H

#include "core/db.h"
#include "core/settings.h"

/* Points into the settings. */
void wiring_database(const struct settings *settings, struct db_shared *shared, struct db_settings *out);

#endif
