/* phone: a telephone number of China, fixed line or mobile, or one abroad. */
#ifndef QILIAN_CORE_TEXT_PHONE_H
#define QILIAN_CORE_TEXT_PHONE_H

#include "core/arena.h"
#include "core/attributes.h"

/* As it is dialled: "0571-87654321-801" with an extension (转801, ext. 801), a mobile as mobile_read() has it,
 * "400-820-8820", "+1 415 5550100". Full width, dashes and labels as text_narrow() reads them. NULL if it is none.
 * ASCII, in the arena. */
const char *OR_NULL phone_read(struct arena *arena, const char *text) NONNULL;

#endif
