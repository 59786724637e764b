#include "core/config/yaml.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <yaml.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/utf8.h"

struct loader {
	struct arena *arena;
	struct yaml_faults *faults;
	const char *file;
	yaml_parser_t parser;
	unsigned depth;
	unsigned nodes;
	bool broken; /* a fault behind which reading cannot go on */
	const char *text;
	size_t len;
	size_t first;        /* behind a byte order mark */
	size_t bytes, chars; /* a place in the text: libyaml counts characters */
};

/* Children before their number is known. */
struct growing {
	void *items;
	size_t count;
	size_t cap;
};

static struct yaml_node *load_node(struct loader *l, const yaml_event_t *event);

static unsigned line_of(yaml_mark_t mark)
{
	return (unsigned)mark.line + 1;
}

/* In bytes. Marks mostly go forward, so counting goes on from the last one. */
static size_t place_of(struct loader *l, yaml_mark_t mark)
{
	if (mark.index < l->chars) {
		l->bytes = l->first;
		l->chars = 0;
	}
	for (; l->chars < mark.index && l->bytes < l->len; l->chars++)
		for (l->bytes++; l->bytes < l->len && ((unsigned char)l->text[l->bytes] & 0xc0) == 0x80;)
			l->bytes++;
	return l->bytes;
}

static void stop(struct loader *l, unsigned line, const char *zh, const char *en)
{
	if (!l->broken)
		yaml_fault_at(l->faults, l->file, line, zh, en);
	l->broken = true;
}

/* False at the end of reading; the event needs yaml_event_delete() otherwise. */
static bool next_event(struct loader *l, yaml_event_t *event)
{
	if (l->broken)
		return false;
	if (yaml_parser_parse(&l->parser, event))
		return true;
	const char *why = l->parser.problem ? l->parser.problem : "cannot be read";
	stop(l, line_of(l->parser.problem_mark), arena_printf(l->arena, "YAML 语法错误（%s）。", why),
		arena_printf(l->arena, "Not valid YAML: %s.", why));
	return false;
}

static void *grow(struct loader *l, struct growing *g, size_t size)
{
	if (g->count == g->cap) {
		size_t cap = g->cap ? 2 * g->cap : 8;
		char *items = arena_array(l->arena, cap, size);
		if (g->count)
			memcpy(items, g->items, g->count * size);
		g->items = items;
		g->cap = cap;
	}
	return (char *)g->items + size * g->count++;
}

static void refuse_decoration(struct loader *l, const yaml_char_t *anchor, const yaml_char_t *tag, unsigned line)
{
	if (anchor)
		stop(l, line, "不支持锚点（&）。", "Anchors (&) are not supported.");
	if (tag)
		stop(l, line, "不支持标签（!）。", "Tags (!) are not supported.");
}

static void load_scalar(struct loader *l, const yaml_event_t *event, struct yaml_node *node)
{
	const char *text = (const char *)event->data.scalar.value;
	refuse_decoration(l, event->data.scalar.anchor, event->data.scalar.tag, node->line);
	if (!utf8_clean(text, event->data.scalar.length))
		stop(l, node->line, "文本含有空字符或无效字符。", "The text holds a NUL or an invalid character.");
	node->text = arena_memdup(l->arena, text, event->data.scalar.length);
	node->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
	node->end = place_of(l, event->end_mark);
	if (event->data.scalar.style == YAML_LITERAL_SCALAR_STYLE ||
		event->data.scalar.style == YAML_FOLDED_SCALAR_STYLE)
		while (node->end > node->begin && strchr(" \r\n", l->text[node->end - 1]))
			node->end--;
}

static void load_sequence(struct loader *l, const yaml_event_t *event, struct yaml_node *node)
{
	struct growing items = {0};
	yaml_event_t next;
	refuse_decoration(l, event->data.sequence_start.anchor, event->data.sequence_start.tag, node->line);
	while (next_event(l, &next)) {
		bool end = next.type == YAML_SEQUENCE_END_EVENT;
		if (end)
			node->end = place_of(l, next.end_mark);
		else
			*(struct yaml_node **)grow(l, &items, sizeof(struct yaml_node *)) = load_node(l, &next);
		yaml_event_delete(&next);
		if (end)
			break;
	}
	node->items = items.items;
	node->count = items.count;
	node->flow = event->data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE;
	if (!node->flow && node->count)
		node->end = node->items[node->count - 1]->end;
}

static int compare_pairs(const void *a, const void *b)
{
	const struct yaml_pair *const *left = a, *const *right = b;
	int order = strcmp((*left)->key, (*right)->key);
	return order ? order : (*left > *right) - (*left < *right);
}

/* Sorted first: comparing each with each would let a long file take long. */
static void refuse_duplicates(struct loader *l, const struct yaml_node *mapping)
{
	const struct yaml_pair **sorted = ARENA_ARRAY(l->arena, const struct yaml_pair *, mapping->count + 1);
	for (size_t i = 0; i < mapping->count; i++)
		sorted[i] = &mapping->pairs[i];
	qsort(sorted, mapping->count, sizeof(*sorted), compare_pairs);
	for (size_t i = 1; i < mapping->count; i++)
		if (strcmp(sorted[i - 1]->key, sorted[i]->key) == 0)
			yaml_fault_at(l->faults, l->file, sorted[i]->line,
				arena_printf(l->arena, "键“%s”重复。", sorted[i]->key),
				arena_printf(l->arena, "The key \"%s\" is there twice.", sorted[i]->key));
}

/* The key's event is in hand. */
static void load_pair(struct loader *l, const yaml_event_t *key, struct growing *pairs)
{
	unsigned line = line_of(key->start_mark);
	yaml_event_t value;
	if (key->type != YAML_SCALAR_EVENT) {
		stop(l, line, "键须为普通文本。", "A key must be a plain text.");
		return;
	}
	struct yaml_node *name = load_node(l, key);
	if (!name->quoted && strcmp(name->text, "<<") == 0)
		stop(l, line, "不支持合并键（<<）。", "Merge keys (<<) are not supported.");
	if (!next_event(l, &value))
		return;
	struct yaml_node *node = load_node(l, &value);
	yaml_event_delete(&value);
	*(struct yaml_pair *)grow(l, pairs, sizeof(struct yaml_pair)) =
		(struct yaml_pair){name->text, line, node, name->begin};
}

static void load_mapping(struct loader *l, const yaml_event_t *event, struct yaml_node *node)
{
	struct growing pairs = {0};
	yaml_event_t next;
	refuse_decoration(l, event->data.mapping_start.anchor, event->data.mapping_start.tag, node->line);
	while (next_event(l, &next)) {
		bool end = next.type == YAML_MAPPING_END_EVENT;
		if (end)
			node->end = place_of(l, next.end_mark);
		else
			load_pair(l, &next, &pairs);
		yaml_event_delete(&next);
		if (end)
			break;
	}
	node->pairs = pairs.items;
	node->count = pairs.count;
	node->flow = event->data.mapping_start.style == YAML_FLOW_MAPPING_STYLE;
	if (!node->flow && node->count)
		node->end = node->pairs[node->count - 1].value->end;
	refuse_duplicates(l, node);
}

/* Never NULL; after a stop what it answers is incomplete and thrown away. */
static struct yaml_node *load_node(struct loader *l, const yaml_event_t *event)
{
	struct yaml_node *node = ARENA_NEW(l->arena, struct yaml_node);
	*node = (struct yaml_node){
		.kind = YAML_KIND_SCALAR, .file = l->file, .line = line_of(event->start_mark), .text = ""};
	node->begin = node->end = place_of(l, event->start_mark);
	if (++l->nodes > YAML_NODES_MAX)
		stop(l, node->line, "内容过多。", "There are too many values.");
	if (++l->depth > YAML_DEPTH_MAX)
		stop(l, node->line, "嵌套超过 32 层。", "There are more than 32 levels of nesting.");
	switch (event->type) {
	case YAML_SCALAR_EVENT:
		load_scalar(l, event, node);
		break;
	case YAML_SEQUENCE_START_EVENT:
		node->kind = YAML_KIND_SEQUENCE;
		load_sequence(l, event, node);
		break;
	case YAML_MAPPING_START_EVENT:
		node->kind = YAML_KIND_MAPPING;
		load_mapping(l, event, node);
		break;
	default:
		stop(l, node->line, "不支持别名（*）。", "Aliases (*) are not supported.");
	}
	l->depth--;
	return node;
}

/* One document, nothing behind it. */
static struct yaml_node *load_stream(struct loader *l)
{
	struct yaml_node *root = NULL;
	yaml_event_t event;
	for (bool end = false; !end && next_event(l, &event);) {
		unsigned line = line_of(event.start_mark);
		if (event.type == YAML_STREAM_END_EVENT) {
			end = true;
		} else if (event.type == YAML_DOCUMENT_START_EVENT) {
			if (root)
				stop(l, line, "一个文件只能包含一份文档。", "A file holds one document.");
			if (event.data.document_start.tag_directives.start !=
				event.data.document_start.tag_directives.end)
				stop(l, line, "不支持 %TAG 指令。", "%TAG directives are not supported.");
		} else if (event.type != YAML_STREAM_START_EVENT && event.type != YAML_DOCUMENT_END_EVENT) {
			root = load_node(l, &event);
		}
		yaml_event_delete(&event);
	}
	if (!root)
		stop(l, 0, "文件是空的。", "The file is empty.");
	return root;
}

static unsigned line_at(const char *bytes, size_t len)
{
	unsigned line = 1;
	for (size_t i = 0; i < len; i++)
		line += bytes[i] == '\n';
	return line;
}

/* The line of the first byte that is no UTF-8, or 0. */
static unsigned invalid_line(const char *bytes, size_t len)
{
	uint32_t code;
	for (size_t i = 0, n; i < len; i += n) {
		n = utf8_decode(bytes + i, len - i, &code);
		if (n == 0)
			return line_at(bytes, i);
	}
	return 0;
}

struct yaml_node *yaml_parse(
	struct arena *arena, struct yaml_faults *faults, const char *file, const char *bytes, size_t len)
{
	struct loader l = {
		.arena = arena, .faults = faults, .file = arena_strdup(arena, file), .text = bytes, .len = len};
	unsigned invalid = invalid_line(bytes, len), before = faults->count;
	const char *nul = memchr(bytes, '\0', len);
	if (len > YAML_BYTES_MAX) {
		yaml_fault_at(faults, l.file, 0, "文件超过 1 MB。", "The file is larger than 1 MB.");
		return NULL;
	}
	if (invalid) {
		yaml_fault_at(faults, l.file, invalid, "不是有效的 UTF-8 编码。", "Not valid UTF-8.");
		return NULL;
	}
	if (nul) { /* libyaml takes it for the end */
		yaml_fault_at(faults, l.file, line_at(bytes, (size_t)(nul - bytes)), "含有空字符（NUL）。",
			"Holds a NUL character.");
		return NULL;
	}
	/* What editors on Windows begin a file with is no part of its first line, or that line would be indented by
	 * one. */
	l.bytes = l.first = len >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
	if (!yaml_parser_initialize(&l.parser))
		abort();
	yaml_parser_set_encoding(&l.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&l.parser, (const unsigned char *)bytes + l.first, len - l.first);
	struct yaml_node *root = load_stream(&l);
	yaml_parser_delete(&l.parser);
	return faults->count > before ? NULL : root;
}

void yaml_show_nul(char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!text[i])
			text[i] = '\x01';
}

static bool read_file(const char *path, struct buf *out)
{
	char piece[16384];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : 1;
	while (n > 0 && out->len <= YAML_BYTES_MAX) {
		n = read(fd, piece, sizeof(piece));
		if (n > 0)
			buf_add(out, piece, (size_t)n);
		else if (n < 0 && errno == EINTR)
			n = 1;
	}
	int reason = errno;
	if (fd >= 0)
		close(fd);
	errno = reason;
	return n >= 0;
}

struct yaml_node *yaml_load(struct arena *arena, struct yaml_faults *faults, const char *path)
{
	struct yaml_node *root = NULL;
	struct buf bytes;
	buf_init(&bytes);
	if (read_file(path, &bytes)) {
		root = yaml_parse(arena, faults, path, bytes.data, bytes.len);
	} else {
		const char *why = strerror(errno);
		yaml_fault_at(faults, arena_strdup(arena, path), 0, arena_printf(arena, "无法读取文件（%s）。", why),
			arena_printf(arena, "The file cannot be read: %s.", why));
	}
	buf_finish(&bytes);
	return root;
}

/* --- faults --- */

void yaml_faults_init(struct yaml_faults *faults, struct arena *arena)
{
	*faults = (struct yaml_faults){.arena = arena};
}

bool yaml_faults_full(const struct yaml_faults *faults)
{
	return faults->count > YAML_FAULTS_MAX;
}

static bool is_known(const struct yaml_faults *faults, const char *file, unsigned line, const char *en)
{
	for (const struct yaml_fault *fault = faults->first; fault; fault = fault->next)
		if (fault->line == line && strcmp(fault->en, en) == 0 && strcmp(fault->file, file) == 0)
			return true;
	return false;
}

void yaml_fault_at(struct yaml_faults *faults, const char *file, unsigned line, const char *zh, const char *en)
{
	if (yaml_faults_full(faults) || is_known(faults, file, line, en))
		return;
	if (faults->count == YAML_FAULTS_MAX) {
		zh = "问题过多，以上只列出前 200 项；改正后再检查。";
		en = "There are more faults; the first 200 are listed. Correct them and check again.";
		line = 0;
	}
	struct yaml_fault *fault = ARENA_NEW(faults->arena, struct yaml_fault);
	*fault = (struct yaml_fault){NULL, file, line, zh, en, NULL};
	if (faults->last)
		faults->last->next = fault;
	else
		faults->first = fault;
	faults->last = fault;
	faults->count++;
}

void yaml_fault(struct yaml_faults *faults, const struct yaml_node *node, const char *zh, const char *en)
{
	yaml_fault_at(faults, node ? node->file : "", node ? node->line : 0, zh, en);
}

void yaml_faults_write(const struct yaml_faults *faults, struct buf *out)
{
	for (const struct yaml_fault *f = faults->first; f; f = f->next) {
		if (f->line)
			buf_printf(out, "%s:%u: %s / %s\n", f->file, f->line, f->zh, f->en);
		else
			buf_printf(out, "%s: %s / %s\n", f->file, f->zh, f->en);
	}
}

struct problem *yaml_faults_problem(const struct yaml_faults *faults)
{
	struct problem *problem = NULL;
	for (const struct yaml_fault *f = faults->first; f; f = f->next)
		problem = problem_add_field(faults->arena, problem,
			arena_printf(faults->arena, "%s:%u", f->file, f->line), "configuration", f->zh, f->en);
	return problem;
}
