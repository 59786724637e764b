/* diag: diagnostics as JSON lines on stderr, for operators and their collectors.
 *
 * Every line carries time, level, the place it comes from, and, where there is one, the platform and
 * the request id. Never secrets, codes, mobiles or ID numbers: callers mask them.
 */
#ifndef QILIAN_CORE_DIAG_H
#define QILIAN_CORE_DIAG_H

#include <stdint.h>

#include "core/attributes.h"

enum diag_level { DIAG_DEBUG, DIAG_INFO, DIAG_WARN, DIAG_ERROR };

/* Whom a line is about; 0 and NULL where unknown. Passed by callers, never kept globally. */
struct diag_context {
	uint32_t platform_id;
	const char *request_id;
};

void diag_set_level(enum diag_level level);

void diag_write(enum diag_level level, const struct diag_context *OR_NULL context, const char *where,
	const char *format, ...) NONNULL_AT(3, 4) __attribute__((format(printf, 4, 5)));

/* context may be NULL. */
#define diag_debug(context, ...) diag_write(DIAG_DEBUG, (context), __FILE__, __VA_ARGS__)
#define diag_info(context, ...) diag_write(DIAG_INFO, (context), __FILE__, __VA_ARGS__)
#define diag_warn(context, ...) diag_write(DIAG_WARN, (context), __FILE__, __VA_ARGS__)
#define diag_error(context, ...) diag_write(DIAG_ERROR, (context), __FILE__, __VA_ARGS__)

#endif
