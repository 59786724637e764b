/* crossing: what declared records do between platforms (`copies_to`, `asks`): one protocol for all of them.
 *
 * copy       an entry "<record>.<event>" with the row's content, from its home: the row is written here as it stands
 * there. "deleted" and "gone" drop it asked      people at a copy fired an event (core/record/ask.h). The home fires it
 * as that person, once for each key, and answers. It judges by what stands there now: the version that the person
 * looked at, the step, the roles on the side of the platform that asks, the guards answered   done, refused with its
 * reason in both languages, or withdrawn. The copy's new state comes by its own entry withdrawn  a thing asked is
 * withdrawn by an entry behind it; the home, when it reads the first, looks whether the second is there. So it decides,
 *            and answers once
 * create     a row that people of another platform made of a record whose home is here. The hook of the verb `create`
 * may refuse it; a lifecycle with the event "receive" goes on with that. At the platform that asked, a row that its
 * home refuses is ended by the lifecycle's event "refused" or "withdrawn", and is dropped where there is none
 *
 * An entry that is read twice changes nothing: a copy by home_seq, a thing asked by its key.
 */
#ifndef QILIAN_FEDERATION_EXCHANGE_CROSSING_H
#define QILIAN_FEDERATION_EXCHANGE_CROSSING_H

#include "federation/sync/apply.h"

struct record;

/* Of the kinds "<record>.…" of a record that is declared to cross; NULL for all other names. */
const struct apply_kind *OR_NULL crossing_kind(const char *name);

#endif
