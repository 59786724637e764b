#include "core/config/yaml_edit.h"

#include <string.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/config/yaml.h"
#include "core/text/json.h"

struct edit {
	struct arena *arena;
	const char *text;
	const struct yaml_node *root;
};

/* --- values as YAML --------------------------------------------------------------------------- */

/* Would a plain scalar be read as this very text, wherever it stands? */
static bool is_plain(struct arena *arena, const char *text)
{
	const struct yaml_node node = {.kind = YAML_KIND_SCALAR, .text = text};
	size_t len = strlen(text);

	if (!len || text[len - 1] == ' ' || strchr("-. /", *text))
		return false;
	for (const unsigned char *c = (const unsigned char *)text; *c; c++)
		if (*c < 0x80 && !(*c >= '0' && *c <= '9') && !(*c >= 'A' && *c <= 'Z') && !(*c >= 'a' && *c <= 'z') &&
			!strchr("-._/ ", *c))
			return false;
	return json_object_is_type(yaml_to_json(arena, &node), json_type_string);
}

static void write_text(struct arena *arena, struct buf *out, const char *text)
{
	if (is_plain(arena, text))
		buf_text(out, text);
	else
		json_quote(out, text, strlen(text));
}

/* On one line. A number with a fraction becomes a text, which the reading at the end then finds to be another value. */
static void write_flow(struct arena *arena, struct buf *out, const struct json_object *value)
{
	if (!value) {
		buf_char(out, '~');
	} else if (json_object_is_type(value, json_type_array)) {
		buf_char(out, '[');
		for (size_t i = 0; i < json_count(value); i++) {
			buf_text(out, i ? ", " : "");
			write_flow(arena, out, json_at(value, i));
		}
		buf_char(out, ']');
	} else if (json_object_is_type(value, json_type_object)) {
		const char *between = "";
		buf_char(out, '{');
		json_object_object_foreach ((struct json_object *)value, key, member) {
			buf_text(out, between);
			write_text(arena, out, key);
			buf_text(out, ": ");
			write_flow(arena, out, member);
			between = ", ";
		}
		buf_char(out, '}');
	} else if (json_object_is_type(value, json_type_boolean)) {
		buf_text(out, json_object_get_boolean(value) ? "true" : "false");
	} else if (json_object_is_type(value, json_type_int)) {
		buf_printf(out, "%lld", (long long)json_object_get_int64(value));
	} else {
		write_text(arena, out, json_object_get_string((struct json_object *)value));
	}
}

/* --- places ----------------------------------------------------------------------------------- */

static size_t line_begin(const char *text, size_t at)
{
	while (at > 0 && text[at - 1] != '\n')
		at--;
	return at;
}

/* Behind the line's end, or at the text's. */
static size_t line_end(const char *text, size_t at)
{
	at += strcspn(text + at, "\n");
	return text[at] ? at + 1 : at;
}

static const struct yaml_pair *pair_of(const struct yaml_node *mapping, const char *key)
{
	for (size_t i = 0; yaml_is_mapping(mapping) && i < mapping->count; i++)
		if (strcmp(mapping->pairs[i].key, key) == 0)
			return &mapping->pairs[i];
	return NULL;
}

static const char *splice(const struct edit *edit, size_t begin, size_t end, const char *with)
{
	struct buf *out = buf_in(edit->arena);
	buf_add(out, edit->text, begin);
	buf_text(out, with);
	buf_text(out, edit->text + end);
	return out->data;
}

/* --- set -------------------------------------------------------------------------------------- */

/* "a: {b: {c: value}}". */
static const char *flow_path(
	const struct edit *edit, const char *const *path, size_t depth, const struct json_object *value)
{
	struct buf *out = buf_in(edit->arena);
	for (size_t i = 0; i < depth; i++) {
		buf_text(out, i ? "{" : "");
		write_text(edit->arena, out, path[i]);
		buf_text(out, ": ");
	}
	write_flow(edit->arena, out, value);
	for (size_t i = 1; i < depth; i++)
		buf_char(out, '}');
	return out->data;
}

/* A line for each name, the last one with the value. */
static const char *block_path(
	const struct edit *edit, const char *const *path, size_t depth, const struct json_object *value, size_t indent)
{
	struct buf *out = buf_in(edit->arena);
	for (size_t i = 0; i < depth; i++) {
		buf_printf(out, "%*s", (int)(indent + 2 * i), "");
		buf_text(out,
			i + 1 < depth ? arena_printf(edit->arena, "%s:\n", path[i])
				      : flow_path(edit, path + i, 1, value));
	}
	buf_char(out, '\n');
	return out->data;
}

static const char *insert(const struct edit *edit, const struct yaml_node *mapping, const char *const *path,
	size_t depth, const struct json_object *value)
{
	size_t at;
	if (!mapping->count)
		return splice(edit, mapping->begin + 1, mapping->begin + 1, flow_path(edit, path, depth, value));
	at = mapping->pairs[mapping->count - 1].value->end;
	if (mapping->flow)
		return splice(edit, at, at, arena_printf(edit->arena, ", %s", flow_path(edit, path, depth, value)));
	size_t first = mapping->pairs[0].begin, indent = first - line_begin(edit->text, first);
	const char *lines = block_path(edit, path, depth, value, indent);
	at = line_end(edit->text, at);
	return splice(
		edit, at, at, at > 0 && edit->text[at - 1] != '\n' ? arena_printf(edit->arena, "\n%s", lines) : lines);
}

static bool is_list_of_scalars(const struct json_object *value)
{
	bool scalars = json_count(value) > 0;
	for (size_t i = 0; i < json_count(value); i++)
		scalars &= !json_object_is_type(json_at(value, i), json_type_object) &&
			!json_object_is_type(json_at(value, i), json_type_array);
	return scalars;
}

/* A list of one line each stays one. */
static const char *replace_items(const struct edit *edit, const struct yaml_node *list, const struct json_object *value)
{
	struct buf *out = buf_in(edit->arena);
	size_t indent = list->begin - line_begin(edit->text, list->begin);
	for (size_t i = 0; i < json_count(value); i++) {
		if (i)
			buf_printf(out, "\n%*s", (int)indent, "");
		buf_text(out, "- ");
		write_flow(edit->arena, out, json_at(value, i));
	}
	return splice(edit, list->begin, list->end, out->data);
}

static const char *replace(const struct edit *edit, const struct yaml_pair *pair, const struct json_object *value)
{
	const struct yaml_node *node = pair->value;
	bool block = node->kind == YAML_KIND_SCALAR ? node->begin < node->end && strchr("|>", edit->text[node->begin])
						    : !node->flow;
	struct buf *out = buf_in(edit->arena);

	if (yaml_is_sequence(node) && block && is_list_of_scalars(value))
		return replace_items(edit, node, value);
	if (block || node->begin == node->end)
		return splice(edit, pair->begin, node->end, flow_path(edit, &pair->key, 1, value));
	write_flow(edit->arena, out, value);
	return splice(edit, node->begin, node->end, out->data);
}

static const char *set(const struct edit *edit, const struct yaml_change *change)
{
	const struct yaml_node *node = edit->root;
	const struct yaml_pair *pair = NULL;

	for (size_t i = 0; i < change->depth; i++) {
		if (yaml_is_sequence(node)) /* it has no names, and what stands in it must not be lost */
			return NULL;
		if (!yaml_is_mapping(node)) { /* a scalar or `~` makes room for a mapping */
			struct json_object *rest = json_own(edit->arena, json_object_new_object()), *at = rest;
			for (; i + 1 < change->depth; i++) {
				struct json_object *inner = json_object_new_object();
				json_object_object_add(at, change->path[i], inner);
				at = inner;
			}
			json_object_object_add(
				at, change->path[i], json_object_get((struct json_object *)change->value));
			return pair ? replace(edit, pair, rest) : NULL;
		}
		pair = pair_of(node, change->path[i]);
		if (!pair)
			return insert(edit, node, change->path + i, change->depth - i, change->value);
		node = pair->value;
	}
	return pair ? replace(edit, pair, change->value) : NULL;
}

/* --- take away -------------------------------------------------------------------------------- */

static const char *cut(const struct edit *edit, const struct yaml_node *mapping, size_t i)
{
	const struct yaml_pair *pairs = mapping->pairs;
	if (!mapping->flow)
		return splice(
			edit, line_begin(edit->text, pairs[i].begin), line_end(edit->text, pairs[i].value->end), "");
	if (i > 0)
		return splice(edit, pairs[i - 1].value->end, pairs[i].value->end, "");
	return splice(edit, pairs[0].begin, pairs[1].begin, "");
}

static const char *take_away(const struct edit *edit, const struct yaml_change *change)
{
	const struct yaml_node *node = edit->root, *from = NULL;
	size_t which = 0;

	for (size_t i = 0; i < change->depth; i++) {
		const struct yaml_pair *pair = pair_of(node, change->path[i]);
		if (!pair)
			return edit->text;
		if (node->count > 1) { /* else the mapping goes as a whole, with its own pair */
			from = node;
			which = (size_t)(pair - node->pairs);
		}
		node = pair->value;
	}
	return from ? cut(edit, from, which) : NULL;
}

/* --- the change, and the look at it ----------------------------------------------------------- */

static bool equal_nodes(const struct yaml_node *a, const struct yaml_node *b);

static bool equal_items(const struct yaml_node *a, const struct yaml_node *b)
{
	bool equal = a->count == b->count;
	for (size_t i = 0; equal && i < a->count; i++)
		equal = equal_nodes(a->items[i], b->items[i]);
	return equal;
}

static bool equal_nodes(const struct yaml_node *a, const struct yaml_node *b)
{
	bool equal = a->kind == b->kind;
	if (equal && a->kind == YAML_KIND_SCALAR)
		return a->quoted == b->quoted && strcmp(a->text, b->text) == 0;
	if (equal && a->kind == YAML_KIND_SEQUENCE)
		return equal_items(a, b);
	equal = equal && a->count == b->count;
	for (size_t i = 0; equal && i < a->count; i++)
		equal = strcmp(a->pairs[i].key, b->pairs[i].key) == 0 &&
			equal_nodes(a->pairs[i].value, b->pairs[i].value);
	return equal;
}

/* Do both say the same apart from what lies at the path? A NULL is a mapping without members. */
static bool equal_but(const struct yaml_node *a, const struct yaml_node *b, const char *const *path, size_t depth)
{
	const struct yaml_pair *x, *y;
	size_t i = 0, j = 0, n = yaml_is_mapping(a) ? a->count : 0, m = yaml_is_mapping(b) ? b->count : 0;

	for (;; i++, j++) {
		i += i < n && strcmp(a->pairs[i].key, *path) == 0;
		j += j < m && strcmp(b->pairs[j].key, *path) == 0;
		if (i >= n || j >= m)
			break;
		if (strcmp(a->pairs[i].key, b->pairs[j].key) != 0 || !equal_nodes(a->pairs[i].value, b->pairs[j].value))
			return false;
	}
	if (i < n || j < m)
		return false;
	x = pair_of(a, *path);
	y = pair_of(b, *path);
	return depth == 1 || (!x && !y) || equal_but(x ? x->value : NULL, y ? y->value : NULL, path + 1, depth - 1);
}

static bool equal_values(struct arena *arena, const struct yaml_node *node, const struct json_object *value)
{
	struct buf *a = buf_in(arena), *b = buf_in(arena);
	json_canonical(a, yaml_to_json(arena, node));
	json_canonical(b, value);
	return strcmp(a->data, b->data) == 0;
}

static bool is_as_asked(const struct edit *before, const struct yaml_node *after, const struct yaml_change *change)
{
	const struct yaml_node *node = after;
	for (size_t i = 0; node && i < change->depth; i++)
		node = yaml_get(node, change->path[i]);
	if (change->inherit ? node != NULL : !node || !equal_values(before->arena, node, change->value))
		return false;
	return equal_but(before->root, after, change->path, change->depth);
}

static const struct yaml_node *read_text(struct arena *arena, const char *text)
{
	struct yaml_faults faults;
	struct yaml_node *root;
	yaml_faults_init(&faults, arena);
	root = yaml_parse(arena, &faults, "", text, strlen(text));
	return yaml_is_mapping(root) ? root : NULL;
}

static const char *edit_one(struct arena *arena, const char *text, const struct yaml_change *change)
{
	struct edit edit = {arena, text, read_text(arena, text)};
	const char *changed = !edit.root ? NULL : change->inherit ? take_away(&edit, change) : set(&edit, change);
	const struct yaml_node *after = changed && changed != text ? read_text(arena, changed) : NULL;

	if (changed == text)
		return text;
	return after && is_as_asked(&edit, after, change) ? changed : NULL;
}

/* What stands at the path, or NULL. */
static const struct yaml_node *standing(struct arena *arena, const char *text, const struct yaml_change *change)
{
	const struct yaml_node *node = read_text(arena, text);
	for (size_t i = 0; node && i < change->depth; i++)
		node = yaml_get(node, change->path[i]);
	return node;
}

/* A mapping member by member: those of the value first, so that it is never left empty. */
static const char *edit_members(
	struct arena *arena, const char *text, const struct yaml_change *change, const struct yaml_node *old)
{
	const char **path = ARENA_ARRAY(arena, const char *, change->depth + 1);
	struct yaml_change one = {path, change->depth + 1, false, NULL};

	memcpy(path, change->path, change->depth * sizeof *path);
	json_object_object_foreach ((struct json_object *)change->value, key, member) {
		path[change->depth] = key;
		one.value = member;
		text = text ? yaml_edit(arena, text, &one) : NULL;
	}
	one.inherit = true;
	for (size_t i = 0; text && i < old->count; i++) {
		path[change->depth] = old->pairs[i].key;
		if (!json_has(change->value, old->pairs[i].key))
			text = yaml_edit(arena, text, &one);
	}
	return text;
}

const char *yaml_edit(struct arena *arena, const char *text, const struct yaml_change *change)
{
	const struct yaml_node *old = standing(arena, text, change);
	bool members =
		json_object_is_type(change->value, json_type_object) && json_object_object_length(change->value) > 0;

	if (old && !change->inherit && equal_values(arena, old, change->value))
		return text;
	if (!change->inherit && members && old && yaml_is_mapping(old) && old->count)
		return edit_members(arena, text, change, old);
	return edit_one(arena, text, change);
}
