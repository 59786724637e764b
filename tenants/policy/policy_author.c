#include "tenants/policy/policy_author.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/crypto/crypto.h"
#include "core/text/json.h"
#include "tenants/policy/policy_check.h"
#include "tenants/policy/policy_layer.h"
#include "tenants/policy/policy_spec.h"
#include "tenants/rules/calendar.h"

/* A lifecycle of one line may extend a long one: their number bounds what a short file can make of itself. */
enum { ANCESTORS_MAX = 16, EXTENDS_MAX = 8, LIFECYCLES_MAX = 60 };

/* Nodes are never changed once read, so drafts share them. */
struct policy_file {
	struct policy_file *next;
	const char *path;
	const char *source; /* of another platform: the text itself; NULL for a file */
	struct yaml_node *root;
};

struct policy_files {
	struct arena *arena; /* outlives the drafts' own */
	struct policy_file *first;
};

void policy_author_init(struct policy_author *author, struct arena *arena, const char *config)
{
	*author = (struct policy_author){
		.arena = arena, .config = arena_strdup(arena, config), .files = ARENA_NEW(arena, struct policy_files)};
	author->files->arena = arena;
	yaml_faults_init(&author->faults, arena);
}

/* --- other platforms -------------------------------------------------------------------------- */

static const char *text_at(const struct yaml_node *node, const char *key)
{
	return yaml_text(yaml_get(node, key));
}

static struct policy_list list_of(struct arena *arena, const struct yaml_node *node)
{
	struct policy_list list = {0};
	const char **items;

	if (!yaml_is_sequence(node))
		return list;
	items = ARENA_ARRAY(arena, const char *, node->count);
	for (size_t i = 0; i < node->count; i++)
		if (yaml_text(node->items[i]))
			items[list.count++] = yaml_text(node->items[i]);
	list.items = items;
	return list;
}

bool policy_author_identify(struct arena *arena, const char *file, const char *source, struct policy_other *out)
{
	struct yaml_faults ignored;
	struct yaml_node *root, *platform;

	yaml_faults_init(&ignored, arena);
	root = yaml_parse(arena, &ignored, file, source, strlen(source));
	platform = yaml_get(root, "platform");
	*out = (struct policy_other){
		.slug = text_at(platform, "slug"), .network = text_at(platform, "network"), .parent = text_at(platform,
		"parent"),
		.level = text_at(platform, "level"), .region = text_at(platform, "region"),
		.number_code = text_at(platform, "number_code"), .hosts = list_of(arena, yaml_get(yaml_get(root,
		"profile"), "hosts")),
		.source = source, .file = file,
	};
	return out->slug && out->network;
}

void policy_author_add(struct policy_author *author, const struct policy_other *other)
{
	struct policy_others *others = &author->others;

	if (others->count == others->cap) {
		struct policy_other *old = others->items;
		others->cap = others->cap ? others->cap * 2 : 64;
		others->items = ARENA_ARRAY(author->arena, struct policy_other, others->cap);
		if (old)
			memcpy(others->items, old, others->count * sizeof *old);
	}
	others->items[others->count++] = *other;
}

const struct policy_other *policy_author_other(const struct policy_author *author, const char *slug)
{
	for (size_t i = 0; i < author->others.count; i++)
		if (strcmp(author->others.items[i].slug, slug) == 0)
			return &author->others.items[i];
	return NULL;
}

static char *read_text(struct arena *arena, const char *path)
{
	FILE *file = fopen(path, "re");
	struct buf *text = buf_in(arena);
	char bytes[8192];
	size_t n;

	if (!file)
		return NULL;
	while (text->len <= YAML_BYTES_MAX && (n = fread(bytes, 1, sizeof bytes, file)) > 0)
		buf_add(text, bytes, n);
	n = (size_t)ferror(file);
	fclose(file);
	yaml_show_nul(text->data, text->len);
	return n ? NULL : text->data;
}

char *policy_author_file(struct policy_author *author, const char *relative)
{
	return read_text(author->arena, arena_printf(author->arena, "%s/%s", author->config, relative));
}

static int is_yaml(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);
	return entry->d_name[0] != '.' && len > 5 && strcmp(entry->d_name + len - 5, ".yaml") == 0;
}

void policy_author_add_folder(struct policy_author *author)
{
	const char *folder = arena_printf(author->arena, "%s/platforms", author->config);
	struct dirent **entries;
	int n = scandir(folder, &entries, is_yaml, alphasort);

	for (int i = 0; i < n; i++) {
		const char *path = arena_printf(author->arena, "%s/%s", folder, entries[i]->d_name);
		char *text = read_text(author->arena, path);
		struct policy_other other;
		if (text && policy_author_identify(author->arena, path, text, &other))
			policy_author_add(author, &other);
		free(entries[i]);
	}
	if (n >= 0)
		free(entries);
}

/* --- layers ----------------------------------------------------------------------------------- */

/* Parsed once; NULL if it cannot be read or is no YAML (which is then a fault). */
static struct yaml_node *parse_file(struct policy_author *author, const char *path, bool *missing)
{
	struct policy_files *files = author->files;
	struct policy_file *file;
	char *text;

	*missing = false;
	for (file = files->first; file; file = file->next)
		if (!file->source && strcmp(file->path, path) == 0)
			return file->root;
	text = read_text(files->arena, path);
	*missing = !text;
	if (!text)
		return NULL;
	file = ARENA_NEW(files->arena, struct policy_file);
	file->path = arena_strdup(files->arena, path);
	file->root = yaml_parse(files->arena, &author->faults, file->path, text, strlen(text));
	file->next = files->first;
	files->first = file;
	return file->root;
}

/* A file of the configuration; a missing one is a fault at `where`. */
static struct yaml_node *load(struct policy_author *author, const char *relative, const struct yaml_node *where)
{
	const char *path = arena_printf(author->arena, "%s/%s", author->config, relative);
	bool missing;
	struct yaml_node *root = parse_file(author, path, &missing);

	if (missing)
		yaml_fault(&author->faults, where, arena_printf(author->arena, "找不到配置文件 %s", path),
			   arena_printf(author->arena, "There is no configuration file %s", path));
	return root;
}

static bool plain_name(const char *name)
{
	return name && *name && strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-_") == strlen(name);
}

/* config/<folder>/<name>.yaml, the name being what `node` says; nothing if it is no name (the walk reports that). */
static struct yaml_node *load_named(struct policy_author *author, const char *folder, const struct yaml_node *node)
{
	const char *name = yaml_text(node);
	return plain_name(name) ? load(author, arena_printf(author->arena, "%s/%s.yaml", folder, name), node) : NULL;
}

/* Parsed once for all the platforms below: a province's is laid under each of its cities. */
static struct yaml_node *descendants_of(struct policy_author *author, const struct policy_other *other)
{
	struct policy_files *files = author->files;
	struct policy_file *file;

	for (file = files->first; file; file = file->next)
		if (file->source == other->source)
			return yaml_get(file->root, "descendants");
	file = ARENA_NEW(files->arena, struct policy_file);
	*file = (struct policy_file){.next = files->first, .path = "", .source = other->source,
		.root = yaml_parse(files->arena, &author->faults, other->file, other->source, strlen(other->source))};
	files->first = file;
	return yaml_get(file->root, "descendants");
}

/* From the root down. Unknown and circular parents are reported by policy_check(). */
static struct yaml_node *lay_ancestors(
	struct policy_author *author, struct yaml_node *under, const char *parent, int depth)
{
	const struct policy_other *other = parent && depth < ANCESTORS_MAX ? policy_author_other(author, parent) : NULL;

	if (!other)
		return under;
	under = lay_ancestors(author, under, other->parent, depth + 1);
	return policy_layer(author->arena, under, descendants_of(author, other));
}

/* Transitions may be written as a sequence; laid over one another they are a mapping by event. Two for one event (from
 * different steps) keep apart by a number. */
static struct yaml_node *name_transitions(struct policy_author *author, struct yaml_node *lifecycle)
{
	struct yaml_node *list = yaml_get(lifecycle, "transitions"), *map, *out;

	if (!list || !yaml_is_sequence(list))
		return lifecycle;
	map = ARENA_NEW(author->arena, struct yaml_node);
	*map = (struct yaml_node){.kind = YAML_KIND_MAPPING, .file = list->file, .line = list->line};
	map->pairs = ARENA_ARRAY(author->arena, struct yaml_pair, list->count);
	struct json_object *events = json_own(author->arena, json_object_new_object());
	for (size_t i = 0; i < list->count; i++) {
		const char *event = text_at(list->items[i], "event"),
			   *key = event ? event : arena_printf(author->arena, "%zu", i + 1);
		if (json_has(events, key))
			key = arena_printf(author->arena, "%s-%zu", key, i + 1);
		json_object_object_add(events, key, NULL);
		map->pairs[map->count++] =
			(struct yaml_pair){key, list->items[i]->line, list->items[i], list->items[i]->begin};
	}
	out = policy_layer_without(author->arena, lifecycle, "");
	for (size_t i = 0; i < out->count; i++)
		if (out->pairs[i].value == list)
			out->pairs[i].value = map;
	return out;
}

static struct yaml_node *resolve_extends(struct policy_author *author, struct yaml_node *lifecycle, int depth)
{
	struct yaml_node *name = yaml_get(lifecycle, "extends"), *base;

	if (!name)
		return name_transitions(author, lifecycle);
	if (depth > EXTENDS_MAX || !plain_name(yaml_text(name))) {
		yaml_fault(&author->faults, name, "extends 应为 config/lifecycles 中的文件名，且不可循环",
			   "extends must name a file of config/lifecycles, and not run in a circle");
		return policy_layer_without(author->arena, lifecycle, "extends");
	}
	base = load_named(author, "lifecycles", name);
	base = base ? resolve_extends(author, base, depth + 1) : NULL;
	return policy_layer(author->arena, base,
			    name_transitions(author, policy_layer_without(author->arena, lifecycle, "extends")));
}

/* The root with every lifecycle laid over the file that it extends. Their nulls count there, so pruning comes last. */
static struct yaml_node *resolve_lifecycles(struct policy_author *author, const struct yaml_node *root)
{
	struct yaml_node *out = policy_layer_without(author->arena, root, "");

	for (size_t i = 0; i < out->count; i++) {
		struct yaml_node *lifecycles;
		if (strcmp(out->pairs[i].key, "lifecycles") != 0 || !yaml_is_mapping(out->pairs[i].value))
			continue;
		lifecycles = out->pairs[i].value = policy_layer_without(author->arena, out->pairs[i].value, "");
		if (lifecycles->count > LIFECYCLES_MAX) {
			yaml_fault(&author->faults, lifecycles, "流程过多",
				"There are more lifecycles than records could use");
			lifecycles->count = LIFECYCLES_MAX;
		}
		for (size_t l = 0; l < lifecycles->count; l++)
			if (yaml_is_mapping(lifecycles->pairs[l].value))
				lifecycles->pairs[l].value = resolve_extends(author, lifecycles->pairs[l].value, 0);
	}
	return out;
}

/* An unknown level is reported by the walk, which also says which there are. */
static struct yaml_node *load_level(struct policy_author *author, const struct yaml_node *level)
{
	static const char *const levels[] = {"province", "city", "county", "cluster", "park"};
	const char *name = yaml_text(level);
	for (size_t i = 0; name && i < sizeof levels / sizeof *levels; i++)
		if (strcmp(levels[i], name) == 0)
			return load_named(author, "levels", level);
	return NULL;
}

/* All layers but the platform's own. */
static struct yaml_node *lay_under(struct policy_author *author, const struct yaml_node *own)
{
	struct yaml_node *platform = yaml_get(own, "platform"), *under = load(author, "base.yaml", NULL);
	struct arena *arena = author->arena;

	under = policy_layer(arena, under, load_level(author, yaml_get(platform, "level")));
	under = policy_layer(arena, under, load_named(author, "networks", yaml_get(platform, "network")));
	return lay_ancestors(author, under, text_at(platform, "parent"), 0);
}

static struct yaml_node *lay_own(struct policy_author *author, struct yaml_node *under, const struct yaml_node *own)
{
	struct yaml_node *all = policy_layer(
		author->arena, under, own ? policy_layer_without(author->arena, own, "descendants") : NULL);
	return policy_layer_prune(author->arena, resolve_lifecycles(author, all));
}

bool policy_author_layers(struct policy_author *author, const char *file, const char *source, struct policy_layers *out)
{
	*out = (struct policy_layers){.own = yaml_parse(author->arena, &author->faults, file, source, strlen(source))};
	if (!yaml_is_mapping(out->own))
		return false;
	out->under = lay_under(author, out->own);
	out->all = lay_own(author, out->under, out->own);
	out->under = lay_own(author, out->under, NULL);
	return author->faults.count == 0;
}

/* --- the draft -------------------------------------------------------------------------------- */

/* What a platform hands down is checked as it stands, so that its author learns of faults and not the children's. */
static void check_descendants(struct policy_author *author, const struct yaml_node *own)
{
	struct policy_walk walk = {.arena = author->arena, .faults = &author->faults, .partial = true};
	struct yaml_node *descendants = yaml_get(own, "descendants");

	if (!descendants)
		return;
	if (yaml_get(descendants, "platform") || yaml_get(descendants, "network"))
		yaml_fault(&author->faults, descendants, "descendants 不可含 platform 或 network",
			   "descendants cannot hold platform or network");
	if (!yaml_is_mapping(descendants)) {
		yaml_fault(&author->faults, descendants, "descendants 应为键值表", "descendants must be a mapping");
		return;
	}
	descendants = policy_layer_prune(author->arena, resolve_lifecycles(author, descendants));
	policy_walk_map(&walk, POLICY_KEYS, descendants, "");
}

static struct policy_list json_list(struct arena *arena, const struct json_object *array)
{
	const char **items = ARENA_ARRAY(arena, const char *, json_count(array) + 1);
	for (size_t i = 0; i < json_count(array); i++)
		items[i] = json_text(json_at(array, i));
	return (struct policy_list){items, json_count(array)};
}

static struct policy_text both(const struct json_object *object, const char *key)
{
	const struct json_object *text = json_get_object(object, key);
	return (struct policy_text){json_get_text(text, "zh"), json_get_text(text, "en")};
}

static void fill(struct policy_draft *draft, struct arena *arena, struct json_object *json)
{
	const struct json_object *platform = json_get_object(json, "platform"),
				 *profile = json_get_object(json, "profile");
	struct buf *document = buf_in(arena);

	draft->slug = json_get_text(platform, "slug");
	draft->network = json_get_text(platform, "network");
	draft->parent = json_get_text(platform, "parent");
	draft->level = json_get_text(platform, "level");
	draft->kind = json_get_text(platform, "kind");
	draft->region = json_get_text(platform, "region");
	draft->number_code = json_get_text(platform, "number_code");
	draft->name = both(profile, "name");
	draft->network_name = both(json_get_object(json, "network"), "name");
	draft->hosts = json_list(arena, json_get_array(profile, "hosts"));
	draft->calendar = json_get_text(json_get_object(json, "calendar"), "name");
	draft->json = json;
	json_canonical(document, json);
	draft->document = document->data;
	draft->document_len = document->len;
	crypto_sha256(document->data, document->len, draft->hash);
}

bool policy_author_draft(struct policy_author *author, const char *file, const char *source, struct policy_draft *draft)
{
	struct policy_walk walk = {.arena = author->arena, .faults = &author->faults};
	struct yaml_node *own = yaml_parse(author->arena, &author->faults, file, source, strlen(source));
	struct json_object *json;

	*draft = (struct policy_draft){.file = file, .source = source};
	if (!own)
		return false;
	if (!yaml_is_mapping(own)) {
		yaml_fault(&author->faults, own, "应为键值表", "A mapping is expected");
		return false;
	}
	check_descendants(author, own);
	json = policy_walk_map(&walk, POLICY_KEYS, lay_own(author, lay_under(author, own), own), "");
	fill(draft, author->arena, json);
	policy_check(author, &walk, draft);
	return author->faults.count == 0;
}

/* --- calendars -------------------------------------------------------------------------------- */

static const struct policy_spec DAY[] = {
	{.key = "zh", .type = SPEC_TEXT, .required = true},
	{.key = "off", .type = SPEC_TEXTS},
	{.key = "on", .type = SPEC_TEXTS},
	{0},
};

static const struct policy_spec CALENDAR[] = {
	{.key = "known_until", .type = SPEC_TEXT, .required = true},
	{.key = "days", .type = SPEC_LIST, .required = true, .sub = DAY}, {0},
};

struct days {
	struct policy_calendar_day *items;
	size_t count;
};

static void add_spans(struct policy_walk *walk, struct calendar *scratch, struct days *days,
	const struct json_object *day, const char *key, const char *pointer)
{
	struct json_object *spans = json_get_array(day, key);

	for (size_t i = 0; i < json_count(spans); i++) {
		const char *span = json_text(json_at(spans, i));
		bool working = strcmp(key, "on") == 0;
		if (!calendar_set_span(scratch, span, working))
			policy_walk_fault(walk,
				json_pointer_index(walk->arena, json_pointer_add(walk->arena, pointer, key), i),
				"应为 YYYY-MM-DD 或 YYYY-MM-DD/YYYY-MM-DD",
				"must be YYYY-MM-DD or "
				"YYYY-MM-DD/YYYY-MM-DD");
		else
			days->items[days->count++] =
				(struct policy_calendar_day){span, working, json_get_text(day, "zh")};
	}
}

bool policy_author_calendar(struct policy_author *author, const char *name, struct policy_calendar_day **days,
	size_t *count, const char **known_until)
{
	struct policy_walk walk = {.arena = author->arena, .faults = &author->faults};
	unsigned before = author->faults.count;
	struct yaml_node *root = load(author, arena_printf(author->arena, "calendars/%s.yaml", name), NULL);
	struct calendar *scratch = calendar_create();
	struct json_object *json, *list;
	struct days found = {0};
	size_t spans = 0;

	json = root ? policy_walk_map(&walk, CALENDAR, root, "") : NULL;
	list = json_get_array(json, "days");
	for (size_t i = 0; i < json_count(list); i++)
		spans += json_count(json_get_array(json_at(list, i), "off")) +
			json_count(json_get_array(json_at(list, i), "on"));
	found.items = ARENA_ARRAY(author->arena, struct policy_calendar_day, spans + 1);
	for (size_t i = 0; i < json_count(list); i++) {
		const char *pointer = json_pointer_index(author->arena, "/days", i);
		add_spans(&walk, scratch, &found, json_at(list, i), "off", pointer);
		add_spans(&walk, scratch, &found, json_at(list, i), "on", pointer);
	}
	calendar_destroy(scratch);
	*days = found.items;
	*count = found.count;
	*known_until = json_get_text(json, "known_until");
	return author->faults.count == before;
}
