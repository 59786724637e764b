#include "tenants/policy/policy_spec.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/text/json.h"
#include "core/utf8.h"
#include "tenants/policy/condition.h"

static struct json_object *walk_value(
	struct policy_walk *walk, const struct policy_spec *spec, const struct yaml_node *node, const char *pointer);

/* --- places ----------------------------------------------------------------------------------- */

static void add_place(struct policy_walk *walk, struct policy_places *places, struct policy_place place)
{
	if (places->count == places->cap) {
		struct policy_place *old = places->items;
		places->cap = places->cap ? places->cap * 2 : 256;
		places->items = ARENA_ARRAY(walk->arena, struct policy_place, places->cap);
		if (old)
			memcpy(places->items, old, places->count * sizeof *old);
	}
	if (!places->index)
		places->index = json_own(walk->arena, json_object_new_object());
	if (!json_has(places->index, place.pointer))
		json_object_object_add(places->index, place.pointer, json_object_new_int64((int64_t)places->count));
	places->items[places->count++] = place;
}

static const struct policy_place *place_at(const struct policy_places *places, const char *pointer)
{
	int64_t at;

	return places->index && json_get_int(places->index, pointer, &at) ? &places->items[at] : NULL;
}

static void note_place(struct policy_walk *walk, const char *pointer, const char *file, unsigned line, const char *key)
{
	add_place(walk, &walk->places, (struct policy_place){pointer, file, line, key});
}

static void note_fault(struct policy_walk *walk, const char *pointer)
{
	add_place(walk, &walk->faulty, (struct policy_place){.pointer = pointer});
}

bool policy_walk_has_fault(const struct policy_walk *walk, const char *pointer)
{
	return place_at(&walk->faulty, pointer) != NULL;
}

const struct policy_place *policy_place_of(struct arena *arena, const struct policy_places *places, const char *pointer)
{
	char *around = arena_strdup(arena, pointer), *slash;
	const struct policy_place *place;

	while (!(place = place_at(places, around)) && (slash = strrchr(around, '/')))
		*slash = '\0';
	return place;
}

static const char *key_at(const struct policy_places *places, const char *pointer)
{
	const struct policy_place *place = place_at(places, pointer);

	return place ? place->key : NULL;
}

/* "lifecycles.listing.transitions.approve" of "/lifecycles/listing/transitions/4". */
static const char *path_of(struct policy_walk *walk, const char *pointer)
{
	char *copy = arena_strdup(walk->arena, pointer);
	struct buf *path = buf_in(walk->arena);

	for (size_t from = 0; copy[from] == '/';) {
		size_t end = from + 1 + strcspn(copy + from + 1, "/");
		char kept = copy[end];
		const char *key;
		copy[end] = 0;
		key = key_at(&walk->places, copy);
		if (path->len)
			buf_char(path, '.');
		buf_text(path, key ? key : copy + from + 1);
		copy[end] = kept;
		from = end;
	}
	return path->data;
}

/* The fault just reported concerns what lies there. */
static void say_path(struct policy_walk *walk, const char *pointer)
{
	if (*pointer && !yaml_faults_full(walk->faults))
		walk->faults->last->path = path_of(walk, pointer);
}

void policy_walk_fault(struct policy_walk *walk, const char *pointer, const char *zh, const char *en)
{
	if (yaml_faults_full(walk->faults))
		return;
	const struct policy_place *place = policy_place_of(walk->arena, &walk->places, pointer);
	yaml_fault_at(walk->faults, place ? place->file : "", place ? place->line : 0, zh, en);
	say_path(walk, pointer);
}

static void fault(
	struct policy_walk *walk, const struct yaml_node *node, const char *pointer, const char *zh, const char *en)
{
	note_fault(walk, pointer);
	if (yaml_faults_full(walk->faults))
		return;
	const char *path = path_of(walk, pointer);
	if (!*path) {
		yaml_fault(walk->faults, node, zh, en);
		return;
	}
	yaml_fault(walk->faults, node, arena_printf(walk->arena, "%s：%s", path, zh),
		arena_printf(walk->arena, "%s: %s", path, en));
	if (!yaml_faults_full(walk->faults))
		walk->faults->last->path = path;
}

void policy_walk_fault_named(struct policy_walk *walk, const char *pointer, const char *zh, const char *en)
{
	if (yaml_faults_full(walk->faults))
		return;
	const char *path = path_of(walk, pointer);
	policy_walk_fault(walk, pointer, arena_printf(walk->arena, "%s：%s", path, zh),
		arena_printf(walk->arena, "%s: %s", path, en));
}

/* --- scalars ---------------------------------------------------------------------------------- */

static bool has_word(const char *words, const char *word)
{
	size_t len = strlen(word);
	for (const char *at = words; len && (at = strstr(at, word)) != NULL; at += len)
		if ((at == words || at[-1] == ' ') && (at[len] == ' ' || !at[len]))
			return true;
	return false;
}

static struct json_object *text_value(
	struct policy_walk *walk, const struct policy_spec *spec, const struct yaml_node *node, const char *pointer)
{
	const char *text = yaml_text(node), *zh, *en = NULL;
	int64_t max = spec->max ? spec->max : 500;

	if (!text || !*text) {
		fault(walk, node, pointer, "应为文本", "must be a text");
		return NULL;
	}
	if ((int64_t)utf8_length(text) > max) {
		fault(walk, node, pointer, arena_printf(walk->arena, "最多 %d 个字符", (int)max),
		      arena_printf(walk->arena, "has more than %d characters", (int)max));
		return NULL;
	}
	if (spec->words && !has_word(spec->words, text)) {
		fault(walk, node, pointer, arena_printf(walk->arena, "“%s”不在可选值中：%s", text, spec->words),
		      arena_printf(walk->arena, "\"%s\" is none of: %s", text, spec->words));
		return NULL;
	}
	zh = spec->check ? spec->check(text, &en) : NULL;
	if (zh) {
		fault(walk, node, pointer, arena_printf(walk->arena, "“%s”%s", text, zh),
			arena_printf(walk->arena, "\"%s\" %s", text, en));
		return NULL;
	}
	return json_object_new_string(text);
}

static struct json_object *bool_value(struct policy_walk *walk, const struct yaml_node *node, const char *pointer)
{
	bool value;
	if (yaml_node_bool(node, &value))
		return json_object_new_boolean(value);
	fault(walk, node, pointer, "应为 true 或 false", "must be true or false");
	return NULL;
}

static struct json_object *int_value(
	struct policy_walk *walk, const struct policy_spec *spec, const struct yaml_node *node, const char *pointer)
{
	int64_t value;
	if (yaml_node_int(node, &value) && value >= spec->min && value <= spec->max)
		return json_object_new_int64(value);
	fault(walk, node, pointer,
		arena_printf(walk->arena, "应为 %lld 到 %lld 的整数", (long long)spec->min, (long long)spec->max),
		arena_printf(walk->arena, "must be a whole number from %lld to %lld", (long long)spec->min,
			(long long)spec->max));
	return NULL;
}

static struct json_object *texts_value(
	struct policy_walk *walk, const struct policy_spec *spec, const struct yaml_node *node, const char *pointer)
{
	struct policy_spec one = *spec;
	struct json_object *array = json_object_new_array(), *item;

	one.type = SPEC_TEXT;
	if (!yaml_is_sequence(node)) {
		item = text_value(walk, &one, node, pointer);
		if (item)
			json_object_array_add(array, item);
		return array;
	}
	for (size_t i = 0; i < node->count; i++) {
		const char *at = json_pointer_index(walk->arena, pointer, i);
		note_place(walk, at, node->items[i]->file, node->items[i]->line, NULL);
		item = text_value(walk, &one, node->items[i], at);
		if (item)
			json_object_array_add(array, item);
	}
	return array;
}

/* --- rules: field op literal ------------------------------------------------------------------ */

static const struct {
	const char *sign;
	const char *op;
} OPS[] = {{"=", "eq"}, {"!=", "ne"}, {"<=", "le"}, {"<", "lt"}, {">=", "ge"}, {">", "gt"}, {"in", "in"},
	{"not_in", "not_in"}};

enum { FEN_OF_YUAN = 100 };
static const int64_t NUMBER_MAX = (INT64_C(1) << 53) / FEN_OF_YUAN; /* JSON's readers hold it exactly, in fen as well */

static bool whole_number(const char *text, int64_t *value)
{
	char *end;
	errno = 0;
	*value = strtoll(text, &end, 10);
	return end != text && !*end && !errno && *value <= NUMBER_MAX && *value >= -NUMBER_MAX;
}

/* Numbers (with the unit yuan, since money is counted in fen), true, false, else a text: as a code of a region always
 * is. */
static struct json_object *literal_of(const char *text, const char *unit, enum condition_kind kind)
{
	int64_t number;
	if (kind == CONDITION_WORD || kind == CONDITION_DAY)
		return json_object_new_string(text);
	if (whole_number(text, &number))
		return json_object_new_int64(unit && strcmp(unit, "yuan") == 0 ? number * FEN_OF_YUAN : number);
	if (strcmp(text, "true") == 0 || strcmp(text, "false") == 0)
		return json_object_new_boolean(*text == 't');
	return json_object_new_string(text);
}

static struct json_object *literals_of(char *rest, enum condition_kind kind)
{
	struct json_object *array = json_object_new_array();
	char *word;
	while ((word = strsep(&rest, " ,")) != NULL)
		if (*word)
			json_object_array_add(array, literal_of(word, NULL, kind));
	return array;
}

static struct json_object *rule_value(struct policy_walk *walk, const struct yaml_node *node, const char *pointer)
{
	char *rest = arena_strdup(walk->arena, yaml_text(node) ? yaml_text(node) : "");
	const char *field = strsep(&rest, " "), *sign = rest ? strsep(&rest, " ") : NULL, *op = NULL;
	struct json_object *rule, *value;
	bool many;

	for (size_t i = 0; sign && i < sizeof OPS / sizeof *OPS; i++)
		if (strcmp(OPS[i].sign, sign) == 0)
			op = OPS[i].op;
	if (!op || !rest || !*rest) {
		fault(walk, node, pointer, "应为“字段 运算符 值”（= != < <= > >= in not_in），或 judgement",
		      "must be \"field op literal\" (= != < <= > >= in not_in), or judgement");
		return NULL;
	}
	many = strcmp(op, "in") == 0 || strcmp(op, "not_in") == 0;
	if (many) {
		value = literals_of(rest, condition_kind_of(field));
	} else {
		const char *text = strsep(&rest, " ");
		value = literal_of(text, rest, condition_kind_of(field));
		if (rest && strcmp(rest, "yuan") != 0)
			fault(walk, node, pointer, "单位只能是 yuan", "the only unit is yuan");
	}
	rule = json_object_new_object();
	json_object_object_add(rule, "field", json_object_new_string(field));
	json_object_object_add(rule, "op", json_object_new_string(op));
	json_object_object_add(rule, "value", value);
	return rule;
}

static struct json_object *rules_value(struct policy_walk *walk, const struct yaml_node *node, const char *pointer)
{
	struct json_object *array = json_object_new_array(), *rule;
	const char *text = yaml_text(node);
	size_t count = yaml_is_sequence(node) ? node->count : 1;

	if (text && strcmp(text, "judgement") == 0)
		return array;
	for (size_t i = 0; i < count; i++) {
		const struct yaml_node *one = yaml_is_sequence(node) ? node->items[i] : node;
		const char *at = json_pointer_index(walk->arena, pointer, i);
		note_place(walk, at, one->file, one->line, NULL);
		rule = rule_value(walk, one, at);
		if (rule)
			json_object_array_add(array, rule);
	}
	return array;
}

/* --- mappings --------------------------------------------------------------------------------- */

static const struct policy_spec BOTH[] = {
	{.key = "zh", .type = SPEC_TEXT, .required = true, .max = 4000},
	{.key = "en", .type = SPEC_TEXT, .required = true, .max = 4000},
	{0},
};

static bool is_name(const char *name)
{
	return *name && strlen(name) <= 48 &&
		strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") == strlen(name);
}

static struct json_object *named_value(
	struct policy_walk *walk, const struct policy_spec *spec, const struct yaml_node *node, const char *pointer)
{
	bool ordered = spec->type != SPEC_NAMED;
	struct json_object *out = ordered ? json_object_new_array() : json_object_new_object(), *item;
	const char *id_key = spec->type == SPEC_TERMS ? "code" : spec->id_key;
	const struct policy_spec *sub = spec->sub ? spec->sub : BOTH;

	for (size_t i = 0; i < node->count; i++) {
		const struct yaml_pair *pair = &node->pairs[i];
		const char *at = ordered ? json_pointer_index(walk->arena, pointer, json_object_array_length(out))
		                         : json_pointer_add(walk->arena, pointer, pair->key);
		note_place(walk, at, pair->value->file, pair->line, ordered ? pair->key : NULL);
		if (!is_name(pair->key)) {
			yaml_fault_at(walk->faults, pair->value->file, pair->line,
				arena_printf(walk->arena, "“%s”不是合法的名称", pair->key),
				arena_printf(walk->arena, "\"%s\" is no name: letters, digits, _ and -", pair->key));
			say_path(walk, at);
			continue;
		}
		item = json_object_get(policy_walk_map(walk, sub, pair->value, at));
		if (ordered && !json_has(item, id_key))
			json_object_object_add(item, id_key, json_object_new_string(pair->key));
		if (ordered)
			json_object_array_add(out, item);
		else
			json_object_object_add(out, pair->key, item);
	}
	return out;
}

static struct json_object *list_value(
	struct policy_walk *walk, const struct policy_spec *spec, const struct yaml_node *node, const char *pointer)
{
	struct json_object *out = json_object_new_array();

	for (size_t i = 0; i < node->count; i++) {
		const char *at = json_pointer_index(walk->arena, pointer, i);
		note_place(walk, at, node->items[i]->file, node->items[i]->line, NULL);
		json_object_array_add(out, json_object_get(policy_walk_map(walk, spec->sub, node->items[i], at)));
	}
	return out;
}

static struct json_object *walk_value(
	struct policy_walk *walk, const struct policy_spec *spec, const struct yaml_node *node, const char *pointer)
{
	bool mapping = spec->type == SPEC_MAP || spec->type == SPEC_NAMED || spec->type == SPEC_ITEMS ||
		spec->type == SPEC_TERMS || spec->type == SPEC_BOTH;

	if (mapping && !yaml_is_mapping(node)) {
		fault(walk, node, pointer, "应为键值表", "must be a mapping");
		return NULL;
	}
	if (spec->type == SPEC_LIST && !yaml_is_sequence(node)) {
		fault(walk, node, pointer, "应为列表", "must be a sequence");
		return NULL;
	}
	switch (spec->type) {
	case SPEC_TEXT:
	case SPEC_CHOICE:
		return text_value(walk, spec, node, pointer);
	case SPEC_BOTH:
		return json_object_get(policy_walk_map(walk, BOTH, node, pointer));
	case SPEC_BOOL:
		return bool_value(walk, node, pointer);
	case SPEC_INT:
		return int_value(walk, spec, node, pointer);
	case SPEC_TEXTS:
		return texts_value(walk, spec, node, pointer);
	case SPEC_MAP:
		return json_object_get(policy_walk_map(walk, spec->sub, node, pointer));
	case SPEC_NAMED:
	case SPEC_ITEMS:
	case SPEC_TERMS:
		return named_value(walk, spec, node, pointer);
	case SPEC_LIST:
		return list_value(walk, spec, node, pointer);
	case SPEC_RULES:
		return rules_value(walk, node, pointer);
	}
	return NULL;
}

const struct policy_spec *policy_spec_find(const char *path)
{
	const struct policy_spec *specs = POLICY_KEYS, *spec = NULL;

	while (path && specs) {
		const char *dot = strchr(path, '.');
		size_t len = dot ? (size_t)(dot - path) : strlen(path);
		for (spec = specs; spec->key && (strlen(spec->key) != len || strncmp(spec->key, path, len) != 0);)
			spec++;
		if (!spec->key)
			return NULL;
		path = dot ? dot + 1 : NULL;
		specs = spec->type == SPEC_BOTH ? BOTH : spec->type == SPEC_TERMS && !spec->sub ? BOTH : spec->sub;
		if (spec->type != SPEC_NAMED && spec->type != SPEC_ITEMS && spec->type != SPEC_TERMS)
			continue;
		if (!path || !(path = strchr(path, '.'))) /* the map itself, or one of its things as a whole */
			return spec;
		path++;
	}
	return path ? NULL : spec;
}

static const struct policy_spec *spec_of(const struct policy_spec *specs, const char *key)
{
	for (; specs->key; specs++)
		if (strcmp(specs->key, key) == 0)
			return specs;
	return NULL;
}

/* Faults for keys that no table knows; yaml_allow() names the nearest one. */
static void report_unknown(
	struct policy_walk *walk, const struct policy_spec *specs, const struct yaml_node *node, const char *pointer)
{
	const char **keys;
	size_t n = 0;

	while (specs[n].key)
		n++;
	keys = ARENA_ARRAY(walk->arena, const char *, n + 1);
	for (size_t i = 0; i < n; i++)
		keys[i] = specs[i].key;
	for (size_t i = 0; i < node->count && !yaml_faults_full(walk->faults); i++) {
		struct yaml_node one = *node; /* layers mix files within one mapping: show each key with its own */
		one.file = node->pairs[i].value->file;
		one.pairs = &node->pairs[i];
		one.count = 1;
		unsigned before = walk->faults->count;
		yaml_allow(walk->faults, &one, keys);
		if (walk->faults->count > before)
			say_path(walk, json_pointer_add(walk->arena, pointer, node->pairs[i].key));
	}
}

struct json_object *policy_walk_map(
	struct policy_walk *walk, const struct policy_spec *specs, const struct yaml_node *node, const char *pointer)
{
	struct json_object *object = json_own(walk->arena, json_object_new_object()), *value;

	if (!yaml_is_mapping(node)) {
		fault(walk, node, pointer, "应为键值表", "must be a mapping");
		return object;
	}
	report_unknown(walk, specs, node, pointer);
	for (size_t i = 0; i < node->count; i++) {
		const struct yaml_pair *pair = &node->pairs[i];
		const struct policy_spec *spec = spec_of(specs, pair->key);
		const char *at = json_pointer_add(walk->arena, pointer, pair->key);
		if (!spec)
			continue;
		note_place(walk, at, pair->value->file, pair->line, NULL);
		value = walk_value(walk, spec, pair->value, at);
		if (value)
			json_object_object_add(object, pair->key, value);
	}
	for (; specs->key && !walk->partial; specs++) {
		if (!specs->required || yaml_get(node, specs->key))
			continue;
		note_fault(walk, json_pointer_add(walk->arena, pointer, specs->key));
		fault(walk, node, pointer, arena_printf(walk->arena, "缺少 %s", specs->key),
			arena_printf(walk->arena, "%s is missing", specs->key));
		say_path(walk, json_pointer_add(walk->arena, pointer, specs->key));
	}
	return object;
}
