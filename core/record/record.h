/* record: the engine behind every declared record type: typed rows to SQL and JSON, with isolation, versions and the
 * log, so that no author has to remember them.
 *
 * record     a type: fields, table, phases, verbs; const, generated from schema/records/<name>.yaml as record_<name>
 * row        one of them in C: struct <name>, whose first member is `struct row row`
 * home       the platform that alone writes a row; a row with home_id <> platform_id is a copy and refuses every write
 *            here
 * side       a field that ties a row to an institution or an account: confined callers find only rows on whose sides
 *            they stand (core/record/side.h)
 * hook       a C function named in the declaration; a missing one fails at link time
 *
 * For each record with a table the generator also gives typed wrappers:
 *   product_row_load(call, id, &row)   product_row_insert(call, row)   product_row_update(call, row, NULL)
 *   product_row_fire(call, row, "submit", form)   product_row_select(call, "institution_id = ?", "ORDER BY id",
 *   DB_ARGS(…), &rows, &count)
 *
 * To add a record type: see CONTRIBUTING.md.
 */
#ifndef QILIAN_CORE_RECORD_RECORD_H
#define QILIAN_CORE_RECORD_RECORD_H

#include "core/attributes.h"
#include "core/record/call.h"
#include "core/record/field.h"
#include "core/record/rule.h"
#include "core/work/journal.h"

struct endpoint;
struct json_object;
struct json_writer;
struct shape;

/* What is known of a child's parent, so that it is loaded once. */
struct row_family {
	const void *parent; /* its row; NULL if there is none here */
	bool looked;
};

/* First member of every row struct. Members whose column the table lacks stay zero. */
struct row {
	struct uuid id;
	uint32_t version;    /* bumped by every write; the ETag */
	uint32_t home_id;    /* this platform for an original */
	uint64_t home_seq;   /* of a copy: the last entry of home's log applied to it */
	int phase;           /* n-th of record->phases, from 1: enum <name>_phase */
	const char *step;    /* textual, of the policy; only the lifecycle reads it */
	unsigned char policy_hash[32]; /* the policy a running case began with; zeros: the current one */
	const char *due_on;  /* date or NULL */
	const char *clock_stopped_on;
	struct uuid created_by;
	int64_t created_at;
	int64_t updated_at;
	struct row_family *family; /* of a child: core/record/child.h */
	const void *original; /* the row as it was loaded: what record_update() compares with; NULL for a new one */
};

/* Which of the implied columns a table has. */
enum {
	ROW_HAS_VERSION = 1 << 0,
	ROW_HAS_HOME = 1 << 1, /* home_id, home_seq: the table holds copies */
	ROW_HAS_PHASE = 1 << 2, /* phase, step */
	ROW_HAS_POLICY = 1 << 3,
	ROW_HAS_DUE = 1 << 4,
	ROW_HAS_CLOCK = 1 << 5,
	ROW_HAS_CREATOR = 1 << 6,
	ROW_HAS_CREATED = 1 << 7,
	ROW_HAS_UPDATED = 1 << 8,
	ROW_HAS_HOME_SEQ = 1 << 9,
};

/* Whom an entry in the log is for; set by a record's audience hook. */
struct audience {
	enum journal_audience kind; /* preset JOURNAL_PRIVATE */
	const uint32_t *to;         /* in the call's arena */
	size_t to_count;
	struct json_object *content; /* becomes "content" of the payload: what holders of copies need, see
				        record_export() */
};

typedef struct problem *(*record_guard_fn)(struct call *call, const void *row, struct json_object *form);
typedef struct problem *(*record_effect_fn)(struct call *call, void *row, struct json_object *form);

struct record_guard {
	const char *name;
	record_guard_fn run;
};

struct record_effect {
	const char *name;
	record_effect_fn run;
};

/* A unique key's meaning for the person who met it. */
struct record_unique {
	const char *key;   /* as SHOW INDEX names it */
	const char *field; /* pointer of the field at fault: "/number" */
	const char *zh;
	const char *en;
};

struct record_filter {
	const char *name;          /* of the query parameter */
	const struct field *field; /* NULL for q, phase and home */
	enum { FILTER_EQUAL, FILTER_FROM, FILTER_TO, FILTER_SEARCH, FILTER_PHASE, FILTER_STEP, FILTER_IMPLIED_FROM,
		FILTER_IMPLIED_TO, FILTER_HOME } kind;
	const char *column;
};

struct record_sort {
	const char *name;   /* created_at */
	const char *column;
	enum field_type type;
	bool nullable;
};

/* What a list of roles says: roles named as such, and sides named, bits by their order. */
struct record_who {
	uint32_t roles;
	uint32_t sides;
};

/* Whom nobody may judge (tools/generate/recusal.py): somebody who has to do with what this field names. */
struct record_recusal {
	const char *of;         /* institution, account, or a record: call_services.recused() knows what that means */
	const struct field *by; /* which holds its id; NULL: the row itself */
};

/* What of a record waits for somebody, or was sent by somebody: tools/generate/todo.py says what the words of a
 * declaration mean, core/record/todo.h makes SQL of them. The row is t, the one that it waits along with w. */
struct record_todo {
	const char *type;     /* what it is called in lists and counts */
	const char *zh, *en;  /* what people call it */
	const char *columns;  /* of the SELECT: id, name, applicant, step, created, due_on */
	const char *join;     /* to w; or NULL */
	const char *where;    /* besides platform and phases; or NULL */
	const char *claim;    /* t or w: which row says who has claimed it; NULL: nobody can */
	const char *due;      /* the day, an expression; NULL: none is set */
	const char *index;    /* by which a platform's overdue rows are found; or NULL */
	uint64_t phases;      /* bits from the first phase; 0: all */
	struct record_who who; /* whom it can concern; derived: of those whom the steps name */
	bool everybody;       /* derived: all whom the steps name */
	bool copies;          /* derived: also for those who may ask the row's home from here */
	bool sent;            /* what somebody began and others decide */
	bool derived;         /* waits for whoever may fire an event from the row's step */
	const struct record *judged; /* that of t or w: whose recusals hold */
	const char *judged_as;       /* t or w */
};

/* An event that people of the platform which a field names may fire on their copy; ASK_CREATE: a row that they make
 * (core/record/ask.h). */
struct record_ask {
	const char *event;
	const struct field *from; /* platform; NULL: where the parent's row says that the side is at home */
	const struct record_side *side; /* whose people they are; NULL: whoever may fire it there */
	uint32_t roles;
	bool alone; /* it is that platform's: nobody fires it at the home either, unless that is the home */
};

/* An event that the server fires on children, once something about their parent is so: core/record/by_itself.h. */
struct record_by_itself {
	const char *event;
	const char *due_sql; /* id and time of the rows behind an id that are due now, by their ids */
};

/* Kinds of files that a record takes. */
enum { FILES_IMAGE = 1 << 0, FILES_DOCUMENT = 1 << 1, FILES_PAPER = 1 << 2 /* PDF, OFD */, FILES_ARCHIVE = 1 << 3 };

/* Files for one purpose: core/record/purpose.h. */
struct record_files {
	const char *purpose;
	const char *zh;
	const char *en;
	struct record_who who; /* who adds and removes them */
	uint32_t roles;        /* the same as roles, by whatever they are let in */
	uint64_t phases;       /* in which, bits; 0: all */
	uint32_t kinds;        /* FILES_… */
	unsigned most;         /* on a row; 0: as the record's files together */
	unsigned megabytes;    /* each */
	bool shown;            /* to visitors who see the row */
};

/* Adds to the WHERE of a list: what its hook fills. Texts are literals with one ? per value. */
struct record_where;
void record_where_add(struct record_where *where, const char *condition, const struct db_value *OR_NULL args,
	size_t arg_count) NONNULL_AT(1, 2);

/* What a list lets its readers ask for. */
struct record_offer {
	const struct record_filter *filters;
	size_t filter_count;
	const struct record_sort *sorts;
	size_t sort_count;
	const char *default_sort;
	const char *const *search_columns;
	size_t search_count;
};

/* What visitors see of a record: core/record/public.h. */
struct record_public {
	const char *where;        /* which rows, literal SQL over their columns */
	const char *columns;      /* to SELECT, with NULL for what is not shown */
	const char *list_columns;
	struct record_offer offer;
};

/* A number of rows that the engine keeps: core/record/count.h. */
struct record_counter {
	const char *name;
	const struct field *const *per; /* one number for each of their values */
	size_t per_count;
	const struct field *by;  /* by which it is split further, NULL: */
	bool by_phase;           /* by phase, or not at all */
	const struct field *sum; /* what is added up beside, or NULL */
	bool copies;             /* rows of other homes count as well */
	const char *recount_sql; /* where what is kept differs from what is there: per, bucket, there, its sum, kept,
				    its sum */
};

/* A field that names a row of another record: core/record/refer.h. */
struct record_take {
	const struct field *into;
	const struct field *from; /* of the row named; NULL for what is implied */
	enum { TAKE_FIELD, TAKE_HOME, TAKE_VERSION } what;
};

struct record_refer {
	const struct field *field;
	const struct record *to;
	const char *where; /* which rows may be named, a literal over their columns; NULL: all */
	bool public;       /* visitors see those */
	const struct record_take *takes;
	size_t take_count;
};

/* A field that gets a number of the platform's own: core/record/series.h. */
struct record_series {
	const struct field *field;
	const char *name; /* the prefix, "DD", or whose of the policy, "product" */
};

/* Who stands on one side of a row. */
struct record_side {
	const char *name;
	const char *zh;
	const char *en;
	const struct field *by;   /* holds an institution's or enterprise's id, or an account's; NULL: is_id, of */
	bool is_id;               /* the row is the institution itself */
	bool anybody;             /* whoever has the roles stands there, in its phases; by: NULL */
	unsigned of;              /* n-th side of the parent, from 1: its row says who (by, home: NULL); 0 */
	bool account;             /* by holds an account */
	const struct field *home; /* of type platform: where that organisation is at home; or NULL */
	uint32_t phases;          /* only while the row is in one of these stands anybody there; 0: in all */
	const char *phases_sql;   /* the same for SQL: "'active', 'ended'" */
	uint32_t roles;           /* by which people stand there */
	uint32_t menus;           /* without one of which a sub-account does not: bits of enum menu */
};

struct record {
	const char *name;
	const char *plural;
	const char *zh;
	const char *en;
	const char *table; /* NULL: only operations */
	const struct shape *shape;      /* of the row struct, declared fields only */
	const struct choice *phases;
	size_t phase_count;
	unsigned has;                   /* ROW_HAS_… */
	const struct record_side *sides; /* whose rows they are: core/record/side.h */
	size_t side_count;              /* 0: nobody is confined to some of them */
	uint32_t sealed_phases;         /* bits: in these a row is there for one side alone (side.h); 0: in none */
	const char *sealed_sql;         /* the same for SQL: "'draft', 'submitted'" */
	const struct record_side *sealed_for; /* whose it is then */
	const struct record_files *files; /* that its rows take */
	size_t files_count;
	const struct record *parent;    /* of a child: core/record/child.h; or NULL */
	const struct field *parent_key; /* holds the parent's id */
	uint32_t parent_phases[8];      /* by enum endpoint_verb: in which of its phases (bits) it is open; 0: in all */
	const struct field *seats;      /* of the parent: how many children may be in seat_phases; NULL: any number */
	uint64_t seat_phases;
	const struct field *parent_state; /* of the parent, an enum: with one of parent_states (bits) children are made
					     and come back into seat_phases; NULL: always */
	uint64_t parent_states;
	const struct record_by_itself *by_itself;
	size_t by_itself_count;
	const struct field *own_when;   /* rows of an institution are there for its people only while this enum says
					   own_value; NULL: all of its rows */
	const char *own_value;
	bool business;                  /* what a platform is for, not its administration */
	const char *readers;            /* who sees it, JSON for pages, from schema/readers.yaml; NULL: nobody but by
					   its endpoints */
	const char *home;               /* who holds the home, in words of the declaration */
	const char *lifecycle;          /* key in the policy's lifecycles, or NULL */
	const char *course;             /* JSON of the declaration's own lifecycle, where a policy has none; or NULL */
	const struct record *follows;   /* whose fields some of its own copy and keep equal to: core/record/follow.h; or
					   NULL */
	const struct field *follow_key; /* which says of which row */
	const char *follow_by;          /* that row's column with the same value: "id", "uscc" */
	const struct record_refer *refers;
	size_t refer_count;
	const struct record_series *series;
	size_t series_count;
	struct rules rules;             /* what its fields say together */
	uint64_t update_phases;         /* in which its verbs change or delete it: bit n - 1 for the n-th; 0: all */
	uint64_t delete_phases;
	const char *holds_files_in;     /* phases in which its files are in use, as SQL literals: "'draft', 'ready'";
					   NULL: always */
	const struct field *extra_field; /* extra fields of the policy's form, one JSON column; or NULL */
	const struct field *const *copy_fields; /* platforms that get copies: core/record/address.h */
	size_t copy_field_count;
	uint64_t copies_above; /* in which phases platforms above have copies, bits; all: always; 0: never */
	uint64_t copies_below; /* likewise, those below */
	bool copies_with_parent; /* a child: wherever there is a copy of its parent */
	const struct record_ask *asks;
	size_t ask_count;
	const struct record_guard *guards;
	size_t guard_count;
	const struct record_effect *effects;
	size_t effect_count;
	const struct record_unique *uniques;
	size_t unique_count;
	const struct record_todo *todo;
	size_t todo_count;
	const struct record_recusal *recusals;
	size_t recusal_count;
	const char *recusal_guard; /* the guard by which transitions ask for it; NULL: every event of a desk does */
	const struct record_filter *filters;
	size_t filter_count;
	const struct record_sort *sorts;
	size_t sort_count;
	const char *default_sort;       /* "-created_at" */
	const char *const *search_columns; /* what q looks in (core/db/search.h), at most four */
	size_t search_count;
	const struct record_counter *counters;
	size_t counter_count;
	const struct record_public *seen; /* what visitors see; NULL: nothing but by endpoints */
	enum { LIST_HOME_ALL, LIST_HOME_OWN, LIST_HOME_COPIES } list_home; /* which rows a list shows at all */
	uint32_t read_roles;            /* of the get verb: who may see it at all, as such or by a side */
	struct record_who read_who;     /* the same by what let them in */
	uint32_t fire_roles;            /* of the fire verb: whom a transition may be open to; 0: only C code fires */
	struct record_who fire_who;
	uint32_t menus;                 /* bits of enum menu that its writes need: see struct actor */
	uint32_t reads;                 /* of which its reads need one; 0: none */
	/* Hooks; NULL where not declared. before: NULL when created. They may change `row`. */
	struct problem *(*before_create)(struct call *call, void *row);
	struct problem *(*before_update)(struct call *call, const void *before, void *row);
	struct problem *(*before_delete)(struct call *call, const void *row);
	struct problem *(*after_write)(struct call *call, const void *before, const void *row);
	struct problem *(*audience)(struct call *call, const void *row, const char *kind, struct audience *out);
	struct problem *(*list_where)(struct call *call, struct record_where *where);
	/* The rows of a page before they are written; it may change what fields say. Exports pass it by. */
	struct problem *(*list_rows)(struct call *call, void *const *rows, size_t count);
	/* Adds members to what `get` answers. */
	struct problem *(*present)(struct call *call, const void *row, struct json_writer *w);
	/* SQL made by the generator: implied columns that the table has, in the order of struct row, then each field's
	 * (sealed, index if there is one, hint), then extra. */
	const char *columns;    /* to SELECT */
	const char *list_columns; /* the same with NULL for what lists leave out */
	const char *insert_sql; /* NULL: the table has columns that no field fills; C code inserts */
	const char *update_sql; /* … WHERE platform_id = :p AND id = ? [AND version = ?] */
	const char *apply_sql;  /* … AND home_seq < ? AND home_id = ? AND home_id <> platform_id; NULL without copies */
	const char *merge_sql;  /* INSERT … ON DUPLICATE KEY UPDATE that takes only what is newer; NULL without
				   copies */
};

struct record_set {
	const struct record *const *records;
	size_t count;
	const struct endpoint *endpoints;
	size_t endpoint_count;
	const char *openapi; /* the document, JSON */
	size_t openapi_len;
	const char *page;    /* the same to read, HTML */
	size_t page_len;
};

const struct record *OR_NULL record_find(const struct record_set *set, const char *OR_NULL name) NONNULL_AT(1);

/* PROBLEM_NOT_FOUND also for rows of others when the caller is confined to its institution. *out points to a row struct
 * in the call's arena. */
struct problem *record_load(struct call *call, const struct record *record, struct uuid id, void **out) NONNULL
	MUST_CHECK;
/* No isolation by institution (for effects that follow a relation, jobs); the platform still holds. *out NULL if there
 * is none. */
struct problem *record_peek(struct call *call, const struct record *record, struct uuid id, void **out) NONNULL
	MUST_CHECK;
/* where: a literal with ?, or NULL; tail: "ORDER BY … LIMIT …" or "". No isolation by institution. *out: array of
 * pointers to rows. */
struct problem *record_select(struct call *call, const struct record *record, const char *OR_NULL where,
	const char *OR_NULL tail, const struct db_value *OR_NULL args, size_t arg_count, void ***out, size_t *count)
	NONNULL_AT(1, 2, 7, 8) MUST_CHECK;

/* A zeroed row in the call's arena. */
void *record_new(struct call *call, const struct record *record) NONNULL RETURNS_NONNULL;
/* Inside a transaction. Gives id (if nil), version 1, times, home (if 0), creator, and the lifecycle's initial phase
 * and step (if phase is 0); writes the row and the entry "<record>.created" with its fields. A unique key in the way:
 * PROBLEM_INVALID or PROBLEM_CONFLICT in the words of the declaration; or *duplicate (if not NULL) names it and NULL is
 * returned. */
struct problem *record_insert(struct call *call, const struct record *record, void *row) NONNULL MUST_CHECK;
struct problem *record_insert_unless(
	struct call *call, const struct record *record, void *row, const char **duplicate) NONNULL MUST_CHECK;
/* Inside a transaction. Writes the row if its version is still the stored one (PROBLEM_STALE otherwise), bumps it, and
 * puts the entry "<record>.<event>" (NULL: "changed") with the changed fields. Nothing changed: nothing happens, unless
 * event is given. Never changes phase or step: lifecycle_fire() does. */
struct problem *record_update(struct call *call, const struct record *record, void *row, const char *OR_NULL event)
	NONNULL_AT(1, 2, 3) MUST_CHECK;
/* The same with members added to the entry's payload (borrowed object or NULL). */
struct problem *record_update_with(struct call *call, const struct record *record, void *row, const char *OR_NULL event,
                                   struct json_object *OR_NULL more) NONNULL_AT(1, 2, 3) MUST_CHECK;
/* Inside a transaction; entry "<record>.deleted". Prefer a phase: a tombstone reaches the holders of copies. */
struct problem *record_delete(struct call *call, const struct record *record, const void *row) NONNULL MUST_CHECK;

/* An original's full content as JSON for other platforms. A person's data (personal, masked or sealed fields) is sealed
 * in it for the network, since it stands in a log from then on; only for addressed entries to those who may have it:
 * with_personal false leaves it out. */
struct json_object *OR_NULL record_export(struct call *call, const struct record *record, const void *row,
					  bool with_personal) NONNULL;
/* The same for members of an object that are fields of a record: {"sealed": …} instead of texts, and back (*out is a
 * copy where there was any; plain texts pass). A value opens as the field of the record `id` alone: PROBLEM_INVALID
 * otherwise. */
void record_seal_members(struct call *call, const struct record *record, struct uuid id, struct json_object *object)
	NONNULL;
/* Personal, masked or sealed. */
bool record_is_personal(const struct field *field) NONNULL;
/* Empties such fields of a row, past hooks and the log: of the original (home 0; its version goes up), or of the
 * copy of that
 * home's, which gets its version. *rows: 0 if there is none. Inside a transaction. */
struct problem *record_erase_personal(struct call *call, const struct record *record, struct uuid id, uint32_t home,
	uint32_t version, uint64_t *OR_NULL rows) NONNULL_AT(1, 2) MUST_CHECK;
struct problem *record_open_members(struct call *call, const struct record *record, struct uuid id,
	struct json_object *object, struct json_object **out) NONNULL MUST_CHECK;
struct json_object *record_seal_text(struct call *call, const struct record *record, const struct field *field,
	struct uuid id, const char *text) NONNULL RETURNS_NONNULL;
/* Reads such content as strictly as a form (types, bounds, vocabularies, what must be there); members that this server
 * does not know are passed over: a newer one may send them. PROBLEM_INVALID names every fault. */
struct problem *record_read(struct call *call, const struct record *record, struct json_object *content,
	uint32_t home_id, uint64_t seq, void **out) NONNULL MUST_CHECK;
/* Writes a copy from such content (insert or overwrite), if `seq` is newer than what is here; *applied tells. A row of
 * another home is not touched: PROBLEM_NOT_ITS_HOME. No log entry. */
struct problem *record_apply(struct call *call, const struct record *record, struct json_object *content,
	uint32_t home_id, uint64_t seq, bool *applied) NONNULL MUST_CHECK;
/* The same with a row that record_read() made. */
struct problem *record_apply_row(struct call *call, const struct record *record, void *row, bool *applied) NONNULL
	MUST_CHECK;
/* An original's content once more, for one of those who get it: "<record>.shared". In a transaction of its home. */
struct problem *record_share(struct call *call, const struct record *record, void *row, uint32_t reader) NONNULL
	MUST_CHECK;

/* Drops a copy of that home, if what it says is older than `seq`. No log entry. */
struct problem *record_drop_copy(struct call *call, const struct record *record, struct uuid id, uint32_t home_id,
	uint64_t seq) NONNULL MUST_CHECK;
extern const struct problem_kind PROBLEM_NOT_ITS_HOME;

/* Inside a transaction. Makes an original of this platform from the content of another that gives it away (its home was
 * moved): id, version, number and times stay; a copy of it goes. Entry "<record>.taken_over". What is here already
 * stays. */
struct problem *record_take(struct call *call, const struct record *record, struct json_object *content) NONNULL
	MUST_CHECK;

struct record_copy {
	struct json_object *content;
	uint64_t seq;
};
/* Copies as the database takes them: rows of one home, sealed with this installation's keys. */
struct record_rows {
	struct db_value *values;
	size_t columns;
	size_t count;
	uint32_t home_id;
};
/* Of one home, each record once, read by record_read(). Sends no statement. */
struct problem *record_rows_of(struct call *call, const struct record *record, const struct record_copy *copies,
	size_t count, uint32_t home_id, struct record_rows *out) NONNULL MUST_CHECK;
/* record_apply() of many at once, in a few statements. *fresh (may be NULL): none of them was here before.
 * PROBLEM_CONFLICT when one of them meets another row, or one of another home: then they are to be applied one by one,
 * to find it. */
struct problem *record_apply_rows(struct call *call, const struct record *record, const struct record_rows *rows,
	bool *OR_NULL fresh) NONNULL_AT(1, 2, 3) MUST_CHECK;

/* Opens a sealed value of a row; NULL if absent. field: its name. Sealed values have the context
 * "<record>.<field>/<id>" (core/crypto/crypto.h), their blind index the purpose "<record>.<field>". */
const char *OR_NULL record_open(struct call *call, const struct record *record, const void *row, const char *field)
	NONNULL;
/* An object with what this caller may see of the row; in_list leaves long fields out and reveals nothing. */
void record_write_json(
	struct call *call, const struct record *record, const void *row, bool in_list, struct json_writer *w) NONNULL;
/* What a body as the verb `update` takes it makes of the row: types, bounds, write masks, the policy's form. Hooks and
 * the write are the caller's. */
struct problem *record_patch(
	struct call *call, const struct record *record, struct json_object *body, void *row) NONNULL MUST_CHECK;
/* Answers a request with one row: ETag, body with "actions". */
struct problem *record_answer(struct call *call, const struct record *record, const void *row) NONNULL MUST_CHECK;

#endif
