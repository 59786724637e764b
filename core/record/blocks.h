/* blocks: rich text as a list of blocks, which our own code renders; never HTML from users or peers.
 *
 * A block is an object with a type and the members of that type:
 *   heading   text, level 2–4            paragraph  text            quote  text
 *   list      items: [text], ordered     image      file, caption   divider
 *   table     rows: [[text]], header
 *   link      text, url
 */
#ifndef QILIAN_CORE_RECORD_BLOCKS_H
#define QILIAN_CORE_RECORD_BLOCKS_H

#include "core/attributes.h"
#include "core/problem.h"

struct json_object;

enum { BLOCKS_MAX = 300, BLOCK_TEXT_MAX = 5000, BLOCK_ITEMS_MAX = 200 };

/* Adds each fault to *problem (which may be NULL) and answers it. */
struct problem *blocks_check(struct arena *arena, struct problem *OR_NULL problem, const char *pointer,
                             struct json_object *value) NONNULL_AT(1, 3, 4) MUST_CHECK;

#endif
