/* field: one value of a record, of an operation's input or of its output, as its declaration says; and reading
 * structs of such values from JSON and writing them.
 *
 * field     name, type, bounds, who may see and set it, and where it lies in its C struct
 * shape     the fields of one C struct: a record's row, an input, an output, a query
 * absent    a value not given. In C: NULL, nil, 0 of an enum or time; numbers have a `has_<name>` beside them
 *           unless they are required or have a default
 *
 * Tables are generated from schema/records (tools/generate) and const; forms of a policy make some at run time.
 * Bounds count characters for texts, the value for numbers, entries for lists.
 */
#ifndef QILIAN_CORE_RECORD_FIELD_H
#define QILIAN_CORE_RECORD_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/attributes.h"
#include "core/crypto/uuid.h"
#include "core/problem.h"

struct call;
struct json_object;
struct json_writer;
struct record;
struct shape;

/*                     JSON                                    C */
enum field_type {
	FIELD_TEXT,     /* one line as text_line() reads it         const char * */
	FIELD_LONGTEXT, /* with line breaks                         const char * */
	FIELD_INT,      /*                                          int64_t (+ has_) */
	FIELD_UINT,     /* 0 … 2⁶³−1                                int64_t (+ has_) */
	FIELD_MONEY,    /* fen                                      int64_t (+ has_) */
	FIELD_BOOL,     /*                                          bool (+ has_) */
	FIELD_DATE,     /* "2026-05-06"                             const char * */
	FIELD_TIME,     /* "2026-05-06T08:00:00.000Z" (RFC 3339)    int64_t ms since 1970, 0 absent */
	FIELD_ID,       /* UUID                                     struct uuid */
	FIELD_FILE,     /* UUID of an attachment                    struct uuid */
	FIELD_ENUM,     /* code                                     int, 0 absent, n-th value is n */
	FIELD_REGION,   /* six digits                               const char * */
	FIELD_USCC,     /* uscc.h; soft faults pass                 const char * */
	FIELD_MOBILE,   /* mobile.h                                 const char *, or struct sealed */
	FIELD_EMAIL,    /* email.h                                  const char *, or struct sealed */
	FIELD_PHONE,    /* phone.h                                  const char *, or struct sealed */
	FIELD_URL,      /* url.h                                    const char * */
	FIELD_PLATFORM, /* slug of a platform                       uint32_t, 0 absent */
	FIELD_TERM,     /* code of a dictionary of the policy       const char *; term.h */
	FIELD_HASH,     /* 64 hex digits                            unsigned char[32], zeros absent */
	FIELD_SECRET,   /* text of an input only (password, token): never logged, never written back; const char * */
	FIELD_INVITE_CODE, /* likewise a secret: what code_read() finds, else the text; const char * */
	FIELD_DIGITS,   /* likewise a secret: a one-time code of 6 digits; const char * */
	FIELD_JSON,     /* any object or array                      struct json_object * */
	FIELD_BLOCKS,   /* rich text as blocks                      struct json_object * */
	FIELD_OBJECT,   /* another shape                            struct <shape> * */
	FIELD_LIST,     /* of text, id, file, enum, platform, term, objects        struct *_list below */
};

struct text_list { size_t count; const char **items; };
struct id_list { size_t count; struct uuid *items; };
struct enum_list { size_t count; int *items; };
struct platform_list { size_t count; uint32_t *items; };
/* Of objects: generated as struct <shape>_list, laid out like this; items are structs side by side. */
struct object_list { size_t count; void *items; };

/* A value encrypted at rest. Set `plain` to write a new one; reading a row fills hint and sealed, field_open()
 * opens. */
struct sealed {
	const char *plain;
	const char *hint; /* "138****5678": what lists show */
	const void *bytes;
	size_t size;
	const void *index; /* blind index, 32 bytes, or NULL */
};

struct choice {
	const char *code;
	const char *zh;
	const char *en;
};

enum { FIELD_NO_OFFSET = 0xffff };

/* Masks of fields hold roles, and above them the sides of a record by their order, from 0 (core/record/side.h). */
#define SIDE_BIT(n) (1u << (24 + (n)))
#define SIDE_BITS (~0u << 24)

struct field {
	const char *name;
	const char *zh;
	const char *en;
	enum field_type type;
	enum field_type item;       /* of a list */
	uint16_t offset;            /* in the struct */
	uint16_t has_offset;        /* of its has_ flag, or FIELD_NO_OFFSET */
	bool required;
	bool has_min, has_max;
	int64_t min, max;
	int64_t item_max;           /* characters of each text in a list; 0: 200 */
	const char *pattern;        /* POSIX extended, whole value; NULL */
	const char *pattern_zh;     /* what the pattern asks for, in words */
	const char *pattern_en;
	const char *help_zh, *help_en; /* beside the field of a form; NULL */
	const char *unit;           /* in which people say it, for pages: "wan" is 10,000 yuan; NULL: as it is. It
				       travels in fen */
	const struct choice *values; /* of an enum; of a text: words of the codes that it holds
					(tools/generate/exports.py) */
	size_t value_count;
	const struct shape *shape;  /* of an object, or of a list's entries */
	uint32_t read;              /* roles that see it, and SIDE_BIT(n) of the record's sides that do */
	uint32_t write;             /* those that may set it through generic verbs; 0: only C code */
	bool masked;                /* shown as a hint to all but `reveal` */
	uint32_t reveal;            /* those that get the plain value of a masked or sealed field of one record (never
				       in lists) */
	bool personal;              /* a person's data: erasable, never in diagnostics, not in log payloads in clear
				       when sealed */
	bool visible_public;        /* may appear in public answers */
	bool in_list;               /* part of a list's entries */
	const char *column;         /* NULL: not stored */
	const char *sealed_column;  /* all three or none; index may be NULL */
	const char *index_column;
	const char *hint_column;
	bool nullable;              /* the column is */
	bool ascii;                 /* the column holds ASCII only: other text is refused, and never matches */
	const char *follows;        /* column of the record that this one follows, which it always equals:
				       core/record/follow.h; NULL */
	bool counts;                /* of children, or a window's state, as it is read: no column, never written */
	const char *terms;          /* dictionary of its codes, of a term or a list of them; NULL */
	const struct record *names; /* of an id: whose rows it names, where files say their names; NULL */
	const char *files;          /* purpose of the attachments whose ids it holds: core/record/held.h; NULL */
	const char *show_if_field;  /* shown and required only if that field has that value; NULL */
	const char *show_if_value;
	bool has_default;
	int64_t default_number;
	const char *default_text;
};

struct shape {
	const char *name;
	const struct field *fields;
	size_t count;
	size_t size; /* sizeof the struct */
};

/* What a decode looks at besides types and bounds. */
enum decode_mode {
	DECODE_FULL,  /* required fields must be there */
	DECODE_PATCH, /* only what is given is touched; null takes a value away (unless it is required) */
	DECODE_ENTRY, /* as FULL, but unknown members are passed over: a newer server wrote them into its log */
};

/* Reads `object` into `out` (zeroed by the caller, or a row to be patched). Refused, all faults at once with their JSON
 * pointers: unknown members, wrong types, bounds, patterns, unknown codes, missing required fields. roles: of a caller
 * bound by `write` masks (0: no masks, for inputs of operations). call may be NULL (then platforms and regions are not
 * looked up). Values point into the arena and into the object. */
struct problem *shape_decode(struct call *OR_NULL call, struct arena *arena, const struct shape *shape,
	struct json_object *object, enum decode_mode mode, uint32_t roles, void *out) NONNULL_AT(2, 3, 4, 7) MUST_CHECK;
/* The same from a query string: every value a text; lists are comma-separated. */
struct problem *shape_decode_query(struct call *OR_NULL call, struct arena *arena, const struct shape *shape,
	const char *const *names, const char *const *values, size_t count, void *out) NONNULL_AT(2, 3, 4, 5, 7)
	MUST_CHECK;
/* For an object that is kept as it is sent: its texts in the spelling that the decode gave them; blank ones become
 * null. in: what shape_decode() filled. */
void shape_put_back(const struct shape *shape, struct json_object *object, const void *in) NONNULL;

/* One value that is in C form, as JSON; absent ones as null. reveal: give masked and sealed ones in clear. */
void field_write_json(struct call *OR_NULL call, struct json_writer *w, const struct field *field, const void *in,
	bool reveal) NONNULL_AT(2, 3, 4);
/* An object with all fields of a shape (no read masks: outputs of operations). */
void shape_write_json(struct call *OR_NULL call, struct json_writer *w, const struct shape *shape, const void *in)
	NONNULL_AT(2, 3, 4);

/* NULL if there is none */
const struct field *OR_NULL shape_field(const struct shape *shape, const char *OR_NULL name) NONNULL_AT(1);
/* One that the declaration has; whoever asks for another ends the process. */
const struct field *shape_need(const struct shape *shape, const char *name) NONNULL RETURNS_NONNULL;
bool field_is_absent(const struct field *field, const void *in) NONNULL;
bool field_is_secret(const struct field *field) NONNULL; /* never written back */
bool field_equal(const struct field *field, const void *a, const void *b) NONNULL;
/* Makes a value absent; takes that of a field of the same type in another struct (of an enum by its code; texts,
 * lists and JSON are not copied themselves); gives one to a field of type int or uint, or a time. */
void field_clear(const struct field *field, void *out) NONNULL;
void field_copy(const struct field *to, void *out, const struct field *from, const void *in) NONNULL;
void field_set_number(const struct field *field, void *out, int64_t value) NONNULL;
/* "138****5678", "a***@example.cn", "张*": by type. */
const char *field_mask(struct arena *arena, enum field_type type, const char *OR_NULL plain) NONNULL_AT(1)
	RETURNS_NONNULL;
/* A choice's code for a value in C form, NULL for 0; and back, 0 if unknown. */
const char *OR_NULL field_code(const struct field *field, int value) NONNULL;
int field_value(const struct field *field, const char *OR_NULL code) NONNULL_AT(1);

#endif
