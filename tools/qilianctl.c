#include "tools/qilianctl.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/config/settings.h"
#include "tools/wiring.h"

static const struct ctl_verb *const TABLES[] = {CTL_KEYS, CTL_MIGRATE, CTL_PLATFORM, CTL_NETWORK, CTL_OVERDUE,
	CTL_TRANSFER, CTL_ADMIN, CTL_LOG, CTL_COUNTS, CTL_SCORE, CTL_FEDERATION, CTL_ERASE};

/* --- what verbs use --------------------------------------------------------------------------- */

struct db *ctl_db(struct ctl *ctl)
{
	if (!ctl->db) {
		ctl->db = db_create(&ctl->db_settings);
		db_use_arena(ctl->db, ctl->arena);
	}
	return ctl->db;
}

void ctl_out(struct ctl *ctl, const char *format, ...)
{
	va_list args;

	if (ctl->json)
		return;
	va_start(args, format);
	buf_text(ctl->out, arena_vprintf(ctl->arena, format, args));
	va_end(args);
}

struct json_writer *ctl_json(struct ctl *ctl)
{
	return &ctl->json_writer;
}

static const struct ctl_option *option_of(const struct ctl *ctl, const char *name)
{
	for (int i = 0; i < CTL_OPTIONS_MAX && ctl->options[i].name; i++)
		if (strcmp(ctl->options[i].name, name) == 0)
			return &ctl->options[i];
	return NULL;
}

bool ctl_flag(const struct ctl *ctl, const char *name)
{
	const struct ctl_option *option = option_of(ctl, name);
	return option && option->given;
}

const char *ctl_value(const struct ctl *ctl, const char *name)
{
	const struct ctl_option *option = option_of(ctl, name);
	return option && option->given ? option->value : NULL;
}

struct problem *ctl_number(struct ctl *ctl, const char *name, const char *text, int64_t min, int64_t max, int64_t *out)
{
	size_t digits = strspn(text, "0123456789");
	errno = 0;
	*out = digits && !text[digits] ? strtoll(text, NULL, 10) : -1;
	if (*out >= min && *out <= max && !errno)
		return NULL;
	return problem_add_field(ctl->arena, NULL, name, "number",
		arena_printf(ctl->arena, "“%s”不是 %lld 至 %lld 的整数", text, (long long)min, (long long)max),
		arena_printf(ctl->arena, "\"%s\" is no whole number from %lld to %lld", text, (long long)min,
			(long long)max));
}

struct problem *ctl_read(struct ctl *ctl, const char *path, char **text)
{
	FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
	struct buf *all = buf_in(ctl->arena);
	char bytes[16384];
	size_t n;
	bool failed = !file;

	while (file && all->len <= 64u << 20 && (n = fread(bytes, 1, sizeof bytes, file)) > 0)
		buf_add(all, bytes, n);
	failed = failed || ferror(file);
	if (failed)
		return problem_detail(ctl->arena, &PROBLEM_NOT_FOUND,
			arena_printf(ctl->arena, "无法读取 %s：%s", path, strerror(errno)),
			arena_printf(ctl->arena, "%s cannot be read: %s", path, strerror(errno)));
	if (file != stdin)
		fclose(file);
	yaml_show_nul(all->data, all->len);
	*text = all->data;
	return NULL;
}

const char *ctl_user(struct ctl *ctl)
{
	const struct passwd *user = getpwuid(getuid());
	return user ? arena_printf(ctl->arena, "qilianctl (%s)", user->pw_name) : "qilianctl";
}

/* --- faults and problems ---------------------------------------------------------------------- */

static int by_place(const void *a, const void *b)
{
	const struct yaml_fault *const *x = a, *const *y = b;
	int order = strcmp((*x)->file, (*y)->file);
	return order ? order : ((*x)->line > (*y)->line) - ((*x)->line < (*y)->line);
}

static const struct yaml_fault **sorted(struct ctl *ctl, const struct yaml_faults *faults)
{
	const struct yaml_fault **list = ARENA_ARRAY(ctl->arena, const struct yaml_fault *, faults->count + 1);
	size_t n = 0;
	for (const struct yaml_fault *fault = faults->first; fault; fault = fault->next)
		list[n++] = fault;
	if (n)
		qsort(list, n, sizeof *list, by_place);
	return list;
}

void ctl_faults(struct ctl *ctl, const struct yaml_faults *faults)
{
	const struct yaml_fault **list = sorted(ctl, faults);
	struct json_writer *w = ctl_json(ctl);

	ctl->exit_code = 1;
	if (!ctl->json) {
		for (unsigned i = 0; i < faults->count; i++)
			fprintf(stderr, "%s:%u: %s / %s\n", list[i]->file, list[i]->line, list[i]->zh, list[i]->en);
		fprintf(stderr, "%u 处错误 / %u faults\n", faults->count, faults->count);
		return;
	}
	jw_object_begin(w);
	jw_kv_bool(w, "ok", false);
	jw_key(w, "faults");
	jw_array_begin(w);
	for (unsigned i = 0; i < faults->count; i++) {
		jw_object_begin(w);
		jw_kv_text(w, "file", list[i]->file);
		jw_kv_int(w, "line", list[i]->line);
		jw_kv_text(w, "zh", list[i]->zh);
		jw_kv_text(w, "en", list[i]->en);
		jw_object_end(w);
	}
	jw_array_end(w);
	jw_object_end(w);
}

static void write_problem(struct json_writer *w, const struct problem *problem)
{
	jw_object_begin(w);
	jw_key(w, "problem");
	jw_object_begin(w);
	jw_kv_text(w, "code", problem->kind->code);
	jw_kv_text(w, "zh", problem->zh);
	jw_kv_text(w, "en", problem->en);
	jw_key(w, "fields");
	jw_array_begin(w);
	for (const struct problem_field *field = problem->fields; field; field = field->next) {
		jw_object_begin(w);
		jw_kv_text(w, "pointer", field->pointer);
		jw_kv_text(w, "code", field->code);
		jw_kv_text(w, "zh", field->zh);
		jw_kv_text(w, "en", field->en);
		jw_object_end(w);
	}
	jw_array_end(w);
	jw_object_end(w);
	jw_object_end(w);
}

static void show_problem(struct ctl *ctl, const struct problem *problem)
{
	ctl->exit_code = 1;
	buf_reset(ctl->out);
	if (ctl->json) {
		jw_init(&ctl->json_writer, ctl->out);
		write_problem(&ctl->json_writer, problem);
		return;
	}
	fprintf(stderr, "%s / %s\n", problem->zh, problem->en);
	for (const struct problem_field *field = problem->fields; field; field = field->next)
		fprintf(stderr, "  %s: %s / %s\n", field->pointer, field->zh, field->en);
}

/* --- the command line ------------------------------------------------------------------------- */

static void print_usage(FILE *out)
{
	fputs("qilianctl [--settings FILE] [--json] VERB …\n\n", out);
	for (size_t t = 0; t < sizeof TABLES / sizeof *TABLES; t++)
		for (const struct ctl_verb *verb = TABLES[t]; verb->words; verb++)
			fprintf(out, "  %s %s\n      %s / %s\n", verb->words, verb->usage, verb->zh, verb->en);
	fputs("\nSettings: --settings, or the variable QILIAN_SETTINGS, or config/qilian.yaml.\n", out);
}

/* How many of the arguments are the verb's words; 0 if they are not. */
static int words_match(const char *words, char *const *args, int count)
{
	int n = 0;
	while (*words) {
		size_t len = strcspn(words, " ");
		if (n >= count || strlen(args[n]) != len || strncmp(args[n], words, len) != 0)
			return 0;
		n++;
		words += len + (words[len] == ' ');
	}
	return n;
}

static const struct ctl_verb *find_verb(char *const *args, int count, int *words)
{
	const struct ctl_verb *best = NULL;
	*words = 0;
	for (size_t t = 0; t < sizeof TABLES / sizeof *TABLES; t++) {
		for (const struct ctl_verb *verb = TABLES[t]; verb->words; verb++) {
			int n = words_match(verb->words, args, count);
			if (n > *words) {
				best = verb;
				*words = n;
			}
		}
	}
	return best;
}

static void declare_options(struct ctl *ctl, const char *declared)
{
	char *rest = arena_strdup(ctl->arena, declared ? declared : ""), *name;
	int n = 0;
	while ((name = strsep(&rest, " ")) != NULL && n < CTL_OPTIONS_MAX - 1) {
		size_t len = strlen(name);
		if (len == 0)
			continue;
		ctl->options[n].flag = name[len - 1] != '=';
		if (!ctl->options[n].flag)
			name[len - 1] = 0;
		ctl->options[n++].name = name;
	}
}

/* Takes one option; answers how many arguments it used, 0 if it is none that the verb knows. */
static int take_option(struct ctl *ctl, char *const *args, int count)
{
	for (int i = 0; i < CTL_OPTIONS_MAX && ctl->options[i].name; i++) {
		struct ctl_option *option = &ctl->options[i];
		size_t len = strlen(option->name);
		if (strncmp(args[0], option->name, len) != 0 || (args[0][len] && args[0][len] != '='))
			continue;
		if (option->flag && args[0][len])
			return 0;
		option->given = true;
		if (option->flag)
			return 1;
		if (args[0][len] == '=') {
			option->value = args[0] + len + 1;
			return 1;
		}
		option->value = count > 1 ? args[1] : NULL;
		return option->value ? 2 : 0;
	}
	return 0;
}

static bool take_arguments(struct ctl *ctl, const struct ctl_verb *verb, char *const *args, int count)
{
	declare_options(ctl, verb->options);
	for (int i = 0; i < count;) {
		int used = 1;
		if (strncmp(args[i], "--", 2) == 0) {
			used = strcmp(args[i], "--json") == 0 ? 1 : take_option(ctl, args + i, count - i);
			if (used == 0) {
				fprintf(stderr,
					"不认识的选项或缺少值 %s / unknown option, or its value is missing: %s\n",
					args[i], args[i]);
				return false;
			}
			ctl->json |= strcmp(args[i], "--json") == 0;
		} else if (ctl->argument_count < CTL_ARGUMENTS_MAX) {
			ctl->arguments[ctl->argument_count++] = args[i];
		}
		i += used;
	}
	if (ctl->argument_count >= verb->min_arguments && ctl->argument_count <= verb->max_arguments)
		return true;
	fprintf(stderr, "用法 / usage: qilianctl %s %s\n", verb->words, verb->usage);
	return false;
}

static bool load_settings(struct ctl *ctl, const char *path)
{
	struct yaml_faults faults;
	struct buf *text = buf_in(ctl->arena);

	yaml_faults_init(&faults, ctl->arena);
	ctl->settings = settings_load(ctl->arena, &faults, path, NULL);
	if (!ctl->settings) {
		yaml_faults_write(&faults, text);
		fputs(text->data, stderr);
		return false;
	}
	wiring_database(ctl->settings, NULL, &ctl->db_settings);
	return true;
}

static int run(struct ctl *ctl, const struct ctl_verb *verb)
{
	struct problem *problem;

	ctl->out = buf_in(ctl->arena);
	jw_init(&ctl->json_writer, ctl->out);
	problem = verb->run(ctl);
	if (problem)
		show_problem(ctl, problem);
	if (ctl->json && ctl->out->len)
		buf_char(ctl->out, '\n');
	fwrite(ctl->out->data, 1, ctl->out->len, stdout);
	db_destroy(ctl->db);
	return fflush(stdout) == 0 ? ctl->exit_code : 1;
}

static const char *settings_path(const char *given)
{
	if (given)
		return given;
	given = getenv("QILIAN_SETTINGS");
	return given ? given : "config/qilian.yaml";
}

int main(int argc, char **argv)
{
	struct ctl ctl = {.arena = arena_create()};
	const struct ctl_verb *verb;
	const char *path = NULL;
	int at = 1, words, code = 2;

	while (at < argc && strncmp(argv[at], "--", 2) == 0) {
		if (strcmp(argv[at], "--json") == 0)
			ctl.json = true;
		else if (strcmp(argv[at], "--settings") == 0 && at + 1 < argc)
			path = argv[++at];
		else
			break;
		at++;
	}
	if (at < argc && (strcmp(argv[at], "--help") == 0 || strcmp(argv[at], "help") == 0)) {
		print_usage(stdout);
		return 0;
	}
	verb = find_verb(argv + at, argc - at, &words);
	if (!verb)
		print_usage(stderr);
	else if (take_arguments(&ctl, verb, argv + at + words, argc - at - words))
		code = (verb->bare && !path) || load_settings(&ctl, settings_path(path)) ? run(&ctl, verb) : 1;
	arena_destroy(ctl.arena);
	return code;
}
