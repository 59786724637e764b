/* by_itself: events that the server fires on children because of their parent (`by_itself` of a declaration,
 * tools/generate/by_itself.py): who saved a call for projects is reminded before it closes, who has a seat hears that
 * the event is called off.
 *
 * Nothing is planned ahead: at each turn the rows that are due are looked for, so that a date that was moved, or a
 * parent that came back, needs no second place to be put right. A row is fired in a transaction of its own, by its
 * version; of servers side by side, or a person who was faster, one wins and the other passes on. What a policy's
 * lifecycle does not know, or a guard refuses, is left.
 */
#ifndef QILIAN_CORE_RECORD_BY_ITSELF_H
#define QILIAN_CORE_RECORD_BY_ITSELF_H

#include "core/attributes.h"
#include "core/record/record.h"

/* All that is due of the record on the call's platform, in transactions of its own; the call is of the server itself. A
 * form of the event that has a text `when` gets the time of the parent that it is ahead of, in China's time. A problem:
 * the database's, again at the next turn. */
struct problem *by_itself_run(struct call *call, const struct record *record) NONNULL MUST_CHECK;

#endif
