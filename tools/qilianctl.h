/* qilianctl: the command line of an installation. Each noun has a file of its own with a table of verbs.
 *
 * To add a verb: a struct ctl_verb in the table of its noun (a new noun: a file and a line in qilianctl.c). A verb
 * prints its answer with ctl_out() for people, or one JSON value with ctl_json_begin() … ctl_json_end() under --json; a
 * problem it just returns.
 *
 * Exit codes: 0 done, 1 a problem or faults (told on stderr, under --json as {"problem": …} on stdout), 2 wrong usage.
 */
#ifndef QILIAN_TOOLS_QILIANCTL_H
#define QILIAN_TOOLS_QILIANCTL_H

#include <stdbool.h>
#include <stdint.h>

#include "core/config/yaml.h"
#include "core/db/db.h"
#include "core/problem.h"
#include "core/text/json.h"

struct settings;

struct ctl_option {
	const char *name; /* "--network"; given as "--network x" or "--network=x" */
	bool flag;        /* takes no value */
	const char *value;
	bool given;
};

enum { CTL_OPTIONS_MAX = 16, CTL_ARGUMENTS_MAX = 64 };

struct ctl {
	struct arena *arena;
	const struct settings *settings;
	struct db_settings db_settings;
	bool json;
	struct ctl_option options[CTL_OPTIONS_MAX]; /* of the verb */
	const char *arguments[CTL_ARGUMENTS_MAX];   /* behind the verb */
	int argument_count;
	int exit_code; /* a verb may set it; a returned problem makes it 1 */

	struct db *db;     /* by ctl_db() */
	struct buf *out;   /* printed at the end */
	struct json_writer json_writer;
};

struct ctl_verb {
	const char *words;   /* "platform add" */
	const char *usage;   /* "FILE [--dry-run]" */
	const char *zh, *en; /* what it does, in one line */
	const char *options; /* "--dry-run --by=": names separated by spaces, "=" behind those that take a value */
	int min_arguments, max_arguments;
	struct problem *(*run)(struct ctl *ctl);
	bool bare; /* works without settings, which it then gets only if --settings names a file; else ctl->settings is
		      NULL */
};

/* A connection with the command's arena. It connects with the first statement. */
struct db *ctl_db(struct ctl *ctl) RETURNS_NONNULL;
/* For a person; nothing under --json. */
void ctl_out(struct ctl *ctl, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The writer of the one JSON value of the answer. */
struct json_writer *ctl_json(struct ctl *ctl) RETURNS_NONNULL;
bool ctl_flag(const struct ctl *ctl, const char *option);
const char *OR_NULL ctl_value(const struct ctl *ctl, const char *option); /* NULL if not given */
/* A number of digits alone, from min (at least 0) to max: "3d", "0x1" and "" are none. name: what was given, for the
 * problem. */
struct problem *ctl_number(
	struct ctl *ctl, const char *name, const char *text, int64_t min, int64_t max, int64_t *out) MUST_CHECK;
/* A file's text in the arena ("-": standard input); a problem if it cannot be read. */
struct problem *ctl_read(struct ctl *ctl, const char *path, char **text) MUST_CHECK;
/* Faults with file and line, sorted; sets the exit code to 1. The whole answer of a command that found some. */
void ctl_faults(struct ctl *ctl, const struct yaml_faults *faults);
/* Who runs the command, for records of who did it: "root", "qilianctl (liu)". */
const char *ctl_user(struct ctl *ctl) RETURNS_NONNULL;

/* Tables end with a verb without words. */
extern const struct ctl_verb CTL_ADMIN[];
extern const struct ctl_verb CTL_COUNTS[];
extern const struct ctl_verb CTL_SCORE[];
extern const struct ctl_verb CTL_ERASE[], CTL_FEDERATION[];
extern const struct ctl_verb CTL_KEYS[], CTL_LOG[], CTL_MIGRATE[];
extern const struct ctl_verb CTL_NETWORK[];
extern const struct ctl_verb CTL_OVERDUE[];
extern const struct ctl_verb CTL_PLATFORM[];
extern const struct ctl_verb CTL_TRANSFER[];

/* --- what doctor says --- */

enum ctl_grade { FINE, MIND, BAD };
/* One line of it. BAD makes the exit code 1. */
void ctl_finding(struct ctl *ctl, enum ctl_grade grade, const char *what, const char *zh, const char *en);

/* qilianctl_health.c: files that others can read or change; clocks; background work. */
void health_look_at_permissions(struct ctl *ctl);
void health_look_at_clock(struct ctl *ctl);
struct problem *health_look_at_jobs(struct ctl *ctl) MUST_CHECK;

#endif
