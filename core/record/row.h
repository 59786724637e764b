/* row: typed rows to and from SQL values, in the order of the generated statements. Inside of the engine only. */
#ifndef QILIAN_CORE_RECORD_ROW_H
#define QILIAN_CORE_RECORD_ROW_H

#include "core/attributes.h"
#include "core/record/record.h"

/* Values collected for one statement. */
struct row_values {
	struct db_value *items;
	size_t count;
};

/* Which columns a statement leaves out. */
enum row_bind {
	ROW_BIND_INSERT, /* none */
	ROW_BIND_UPDATE, /* id, home_id, created_by, created_at */
	ROW_BIND_APPLY,  /* id */
};

/* Values of the row for the generated statement, with room for three more behind. Seals what is new in sealed
 * fields. */
struct row_values row_bind(struct call *call, const struct record *record, void *row, enum row_bind what) NONNULL;
void row_values_add(struct row_values *values, struct db_value value) NONNULL;

/* Row r of a result whose columns begin, at column `from`, with record->columns. Has no `original`. */
void *row_read(struct call *call, const struct record *record, const struct db_result *result, size_t r,
	       size_t from) NONNULL RETURNS_NONNULL;
/* Keeps a copy of the row as its `original`. */
void row_remember(struct call *call, const struct record *record, void *row) NONNULL;

/* Whose value a sealed field is: "<record>.<field>/<id>"; its blind index has the purpose "<record>.<field>". */
const char *row_seal_context(struct arena *arena, const struct record *record, const struct field *field,
			     struct uuid id) NONNULL RETURNS_NONNULL;

static inline struct row *row_of(void *row)
{
	return row;
}

static inline const struct row *row_of_const(const void *row)
{
	return row;
}

/* Decodes one value of a field from trusted JSON (a column, a copy): what does not fit is left absent. */
void field_decode_loose(struct call *OR_NULL call, struct arena *arena, const struct field *field,
	struct json_object *OR_NULL value, void *out) NONNULL_AT(2, 3, 5);

#endif
