/* The looking half of yaml.h: getters, units, conversion. */
#include "core/config/yaml.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/text/json.h"

bool yaml_is_null(const struct yaml_node *node)
{
	if (!node)
		return true;
	return node->kind == YAML_KIND_SCALAR && !node->quoted &&
		(!*node->text || strcmp(node->text, "~") == 0 || strcmp(node->text, "null") == 0);
}

struct yaml_node *yaml_get(const struct yaml_node *mapping, const char *key)
{
	if (!yaml_is_mapping(mapping))
		return NULL;
	for (size_t i = 0; i < mapping->count; i++)
		if (strcmp(mapping->pairs[i].key, key) == 0)
			return mapping->pairs[i].value;
	return NULL;
}

const char *yaml_text(const struct yaml_node *node)
{
	return node && node->kind == YAML_KIND_SCALAR && !yaml_is_null(node) ? node->text : NULL;
}

static bool plain(const struct yaml_node *node)
{
	return node && node->kind == YAML_KIND_SCALAR && !node->quoted;
}

bool yaml_node_int(const struct yaml_node *node, int64_t *out)
{
	if (!plain(node))
		return false;
	const char *digits = node->text + (node->text[0] == '-');
	size_t n = strspn(digits, "0123456789");
	if (n == 0 || digits[n] || (digits[0] == '0' && (n > 1 || digits != node->text)))
		return false;
	errno = 0;
	long long value = strtoll(node->text, NULL, 10);
	if (errno)
		return false;
	*out = value;
	return true;
}

bool yaml_node_bool(const struct yaml_node *node, bool *out)
{
	if (!plain(node))
		return false;
	bool yes = strcmp(node->text, "true") == 0;
	if (yes || strcmp(node->text, "false") == 0)
		*out = yes;
	return yes || strcmp(node->text, "false") == 0;
}

/* --- reporting getters --- */

static void wrong(
	struct yaml_faults *faults, const struct yaml_node *node, const char *key, const char *zh, const char *en)
{
	yaml_fault(faults, node, arena_printf(faults->arena, "“%s”应为%s。", key, zh),
		arena_printf(faults->arena, "\"%s\" must be %s.", key, en));
}

/* The member, or NULL where it is absent or null; then a fault if it is needed. */
static struct yaml_node *find(struct yaml_faults *faults, const struct yaml_node *mapping, const char *key, bool needed)
{
	struct yaml_node *node = yaml_get(mapping, key);
	if (!yaml_is_null(node))
		return node;
	if (needed)
		yaml_fault(faults, node ? node : mapping, arena_printf(faults->arena, "缺少“%s”。", key),
			arena_printf(faults->arena, "\"%s\" is missing.", key));
	return NULL;
}

static const char *text_of(
	struct yaml_faults *faults, const struct yaml_node *mapping, const char *key, const char *fallback, bool needed)
{
	struct yaml_node *node = find(faults, mapping, key, needed);
	if (!node)
		return fallback;
	const char *text = yaml_text(node);
	if (!text)
		wrong(faults, node, key, "文本", "a text");
	return text ? text : fallback;
}

const char *yaml_get_text(
	struct yaml_faults *faults, const struct yaml_node *mapping, const char *key, const char *fallback)
{
	return text_of(faults, mapping, key, fallback, false);
}

const char *yaml_need_text(struct yaml_faults *faults, const struct yaml_node *mapping, const char *key)
{
	return text_of(faults, mapping, key, NULL, true);
}

static int64_t int_of(struct yaml_faults *faults, const struct yaml_node *mapping, const char *key, int64_t min,
	int64_t max, int64_t fallback, bool needed)
{
	struct yaml_node *node = find(faults, mapping, key, needed);
	int64_t value;
	if (!node)
		return fallback;
	if (yaml_node_int(node, &value) && value >= min && value <= max)
		return value;
	wrong(faults, node, key, arena_printf(faults->arena, " %lld 至 %lld 之间的整数", (long long)min,
		(long long)max),
		arena_printf(faults->arena, "an integer from %lld to %lld", (long long)min, (long long)max));
	return fallback;
}

int64_t yaml_get_int(struct yaml_faults *faults, const struct yaml_node *mapping, const char *key, int64_t min,
	int64_t max, int64_t fallback)
{
	return int_of(faults, mapping, key, min, max, fallback, false);
}

int64_t yaml_need_int(
	struct yaml_faults *faults, const struct yaml_node *mapping, const char *key, int64_t min, int64_t max)
{
	return int_of(faults, mapping, key, min, max, 0, true);
}

bool yaml_get_bool(struct yaml_faults *faults, const struct yaml_node *mapping, const char *key, bool fallback)
{
	struct yaml_node *node = find(faults, mapping, key, false);
	bool value = fallback;
	if (node && !yaml_node_bool(node, &value))
		wrong(faults, node, key, " true 或 false", "true or false");
	return value;
}

static int choice_of(struct yaml_faults *faults, const struct yaml_node *mapping, const char *key,
	const char *const *names, int fallback, bool needed)
{
	struct yaml_node *node = find(faults, mapping, key, needed);
	const char *text = yaml_text(node);
	struct buf *list;
	if (!node)
		return fallback;
	for (int i = 0; text && names[i]; i++)
		if (strcmp(names[i], text) == 0)
			return i;
	list = buf_in(faults->arena);
	for (int i = 0; names[i]; i++)
		buf_printf(list, "%s%s", i > 0 ? ", " : "", names[i]);
	wrong(faults, node, key, arena_printf(faults->arena, "以下之一：%s", list->data),
		arena_printf(faults->arena, "one of: %s", list->data));
	return fallback;
}

int yaml_get_choice(struct yaml_faults *faults, const struct yaml_node *mapping, const char *key,
	const char *const *names, int fallback)
{
	return choice_of(faults, mapping, key, names, fallback, false);
}

int yaml_need_choice(
	struct yaml_faults *faults, const struct yaml_node *mapping, const char *key, const char *const *names)
{
	return choice_of(faults, mapping, key, names, 0, true);
}

static struct yaml_node *mapping_of(
	struct yaml_faults *faults, const struct yaml_node *mapping, const char *key, bool needed)
{
	struct yaml_node *node = find(faults, mapping, key, needed);
	if (!node || yaml_is_mapping(node))
		return node;
	wrong(faults, node, key, "键值对", "a mapping");
	return NULL;
}

struct yaml_node *yaml_get_mapping(struct yaml_faults *faults, const struct yaml_node *mapping, const char *key)
{
	return mapping_of(faults, mapping, key, false);
}

struct yaml_node *yaml_need_mapping(struct yaml_faults *faults, const struct yaml_node *mapping, const char *key)
{
	return mapping_of(faults, mapping, key, true);
}

static struct yaml_node *sequence_of(
	struct yaml_faults *faults, const struct yaml_node *mapping, const char *key, bool needed)
{
	struct yaml_node *node = find(faults, mapping, key, needed);
	if (!node || yaml_is_sequence(node))
		return node;
	wrong(faults, node, key, "列表", "a list");
	return NULL;
}

struct yaml_node *yaml_get_sequence(struct yaml_faults *faults, const struct yaml_node *mapping, const char *key)
{
	return sequence_of(faults, mapping, key, false);
}

struct yaml_node *yaml_need_sequence(struct yaml_faults *faults, const struct yaml_node *mapping, const char *key)
{
	return sequence_of(faults, mapping, key, true);
}

/* --- unknown keys --- */

enum { DISTANCE_MAX_LENGTH = 40 };

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* How many characters to change, add or remove (Levenshtein). */
static unsigned distance(const char *a, const char *b)
{
	unsigned row[DISTANCE_MAX_LENGTH + 1], n = (unsigned)strlen(b);
	if (strlen(a) > DISTANCE_MAX_LENGTH || n > DISTANCE_MAX_LENGTH)
		return DISTANCE_MAX_LENGTH;
	for (unsigned j = 0; j <= n; j++)
		row[j] = j;
	for (unsigned i = 1; *a; a++, i++) {
		unsigned diagonal = row[0];
		row[0] = i;
		for (unsigned j = 1; j <= n; j++) {
			unsigned above = row[j];
			row[j] = least(least(above, row[j - 1]) + 1, diagonal + (*a != b[j - 1]));
			diagonal = above;
		}
	}
	return row[n];
}

static const char *nearest(const char *key, const char *const *keys)
{
	const char *best = NULL;
	unsigned best_distance = 3;
	for (; *keys; keys++) {
		unsigned d = distance(key, *keys);
		if (d < best_distance && d < strlen(*keys)) {
			best = *keys;
			best_distance = d;
		}
	}
	return best;
}

static bool among(const char *key, const char *const *keys)
{
	for (; *keys; keys++)
		if (strcmp(key, *keys) == 0)
			return true;
	return false;
}

static void unknown(struct yaml_faults *faults, const struct yaml_node *mapping, const struct yaml_pair *pair,
                    const char *const *keys)
{
	struct arena *arena = faults->arena;
	const char *better = nearest(pair->key, keys);
	yaml_fault_at(faults, mapping->file, pair->line,
		better ? arena_printf(arena, "不认识的键“%s”，是否应为“%s”？", pair->key, better)
		       : arena_printf(arena, "不认识的键“%s”。", pair->key),
		better ? arena_printf(arena, "Unknown key \"%s\"; is \"%s\" meant?", pair->key, better)
		       : arena_printf(arena, "Unknown key \"%s\".", pair->key));
}

void yaml_allow(struct yaml_faults *faults, const struct yaml_node *mapping, const char *const *keys)
{
	if (!mapping)
		return;
	if (!yaml_is_mapping(mapping)) {
		yaml_fault(faults, mapping, "此处应为键值对。", "A mapping is expected here.");
		return;
	}
	for (size_t i = 0; i < mapping->count; i++)
		if (!among(mapping->pairs[i].key, keys))
			unknown(faults, mapping, &mapping->pairs[i], keys);
}

/* --- units --- */

struct unit {
	const char *name;
	int64_t factor;
};

static bool with_unit(const char *text, const struct unit *units, int64_t *out)
{
	size_t digits = strspn(text, "0123456789");
	int64_t number;
	if (digits == 0 || digits > 15 || (text[0] == '0' && digits > 1))
		return false;
	number = strtoll(text, NULL, 10);
	for (; units->name; units++)
		if (strcmp(text + digits, units->name) == 0)
			return !__builtin_mul_overflow(number, units->factor, out);
	return false;
}

bool yaml_duration(const char *text, int64_t *ms)
{
	static const struct unit units[] = {
		{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {"d", 86400000}, {NULL, 0}};
	if (text && strcmp(text, "0") == 0) {
		*ms = 0;
		return true;
	}
	return text && with_unit(text, units, ms);
}

bool yaml_size(const char *text, int64_t *bytes)
{
	static const struct unit units[] = {{"", 1}, {"K", 1 << 10}, {"M", 1 << 20}, {"G", 1 << 30}, {NULL, 0}};
	return text && with_unit(text, units, bytes);
}

/* --- conversion --- */

static struct json_object *convert(const struct yaml_node *node)
{
	struct json_object *out;
	int64_t number;
	bool truth = false;
	if (yaml_is_null(node))
		return NULL;
	if (node->kind == YAML_KIND_MAPPING) {
		out = json_object_new_object();
		for (size_t i = 0; i < node->count; i++)
			json_object_object_add(out, node->pairs[i].key, convert(node->pairs[i].value));
		return out;
	}
	if (node->kind == YAML_KIND_SEQUENCE) {
		out = json_object_new_array();
		for (size_t i = 0; i < node->count; i++)
			json_object_array_add(out, convert(node->items[i]));
		return out;
	}
	if (yaml_node_int(node, &number))
		return json_object_new_int64(number);
	if (yaml_node_bool(node, &truth))
		return json_object_new_boolean(truth);
	return json_object_new_string(node->text);
}

struct json_object *yaml_to_json(struct arena *arena, const struct yaml_node *node)
{
	return json_own(arena, convert(node));
}
