/* code: the codes that people read out, type and paste: invite codes, and one-time digits in the sentence that brings
 * them. */
#ifndef QILIAN_CORE_TEXT_CODE_H
#define QILIAN_CORE_TEXT_CODE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/arena.h"
#include "core/attributes.h"

/* Invite codes: 15 random characters (75 bits) of an alphabet without I L O U, and a check character that finds every
 * single wrong character and every two characters exchanged. To be read out on the telephone and typed (ZJ-6). */
enum { CODE_LENGTH = 16, CODE_SHOWN = 19 };
void code_make(char out[CODE_LENGTH + 1]) NONNULL;
/* One that follows from these bytes, which are as good as random (a MAC): the same for the same. */
void code_from(const unsigned char bytes[CODE_LENGTH], char out[CODE_LENGTH + 1]) NONNULL;
/* Four groups of four with hyphens. code: as code_make() writes it. */
void code_show(const char *code, char out[CODE_SHOWN + 1]) NONNULL;
/* The code in what was typed or pasted: lower case, full width, spaces, hyphens and dashes of any kind, O for 0, I and
 * L for 1; also out of the sentence of a message, brackets or a whole link, where the check character tells it from
 * other words. False when there is none, or more than one. Of a text that is nothing but a code the check character is
 * not looked at. */
bool code_read(struct arena *arena, const char *typed, char out[CODE_LENGTH + 1]) NONNULL;
/* A one-time code of `length` digits, also out of the sentence that brings it; NULL if there is none, or more than one.
 * In the arena. */
const char *OR_NULL digits_read(struct arena *arena, const char *text, size_t length) NONNULL;
/* Whether the check character of such a code is right. */
bool code_check(const char *code) NONNULL;

#endif
