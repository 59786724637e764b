#include "core/db/sql.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/buf.h"

static bool word_char(unsigned char c)
{
	return isalnum(c) || c == '_' || c == '$' || c >= 0x80;
}

static struct sql_token token_of(enum sql_token_kind kind, const char *at, const char *end)
{
	return (struct sql_token){.kind = kind, .at = at, .len = (size_t)(end - at)};
}

/* Blanks and comments; false at an executable or unclosed comment. */
static bool skip_blank(const char **cursor)
{
	const char *s = *cursor;
	for (;;) {
		while (isspace((unsigned char)*s))
			s++;
		if (*s == '#' || (s[0] == '-' && s[1] == '-' && (isspace((unsigned char)s[2]) || !s[2]))) {
			s += strcspn(s, "\n");
		} else if (s[0] == '/' && s[1] == '*') {
			const char *end = strstr(s + 2, "*/");
			*cursor = s;
			if (!end || s[2] == '!' || (s[2] == 'M' && s[3] == '!'))
				return false;
			s = end + 2;
		} else {
			*cursor = s;
			return true;
		}
	}
}

/* Behind the closing quote, or NULL. Quotes double, and a backslash escapes in strings. */
static const char *quoted_end(const char *s)
{
	char quote = *s++;
	for (; *s; s++) {
		if (*s == '\\' && quote != '`' && s[1])
			s++;
		else if (*s == quote && s[1] == quote)
			s++;
		else if (*s == quote)
			return s + 1;
	}
	return NULL;
}

static struct sql_token read_quoted(const char *s)
{
	const char *end = quoted_end(s);
	if (!end)
		return token_of(SQL_BAD, s, s + strlen(s));
	return token_of(*s == '`' ? SQL_WORD : SQL_TEXT, s, end);
}

static struct sql_token read_token(const char *s)
{
	const char *end = s + 1;
	if (*s == '\'' || *s == '"' || *s == '`')
		return read_quoted(s);
	if (*s == '?')
		return token_of(SQL_ARGUMENT, s, end);
	if (*s == ':' && (s[1] == 'p' || s[1] == 'n') && !word_char((unsigned char)s[2]))
		return token_of(s[1] == 'p' ? SQL_PLATFORM : SQL_NETWORK, s, s + 2);
	if (!word_char((unsigned char)*s))
		return token_of(SQL_SIGN, s, end);
	while (word_char((unsigned char)*end))
		end++;
	return token_of(isdigit((unsigned char)*s) ? SQL_NUMBER : SQL_WORD, s, end);
}

struct sql_token sql_next(const char **cursor)
{
	if (!skip_blank(cursor))
		return token_of(SQL_BAD, *cursor, *cursor + 2);
	if (!**cursor)
		return token_of(SQL_END, *cursor, *cursor);
	struct sql_token token = read_token(*cursor);
	*cursor = token.at + token.len;
	if (token.kind == SQL_WORD && *token.at == '`') {
		token.quoted = true;
		token.at++;
		token.len -= 2;
	}
	return token;
}

bool sql_is(const struct sql_token *token, const char *word)
{
	return token->kind == SQL_WORD && !token->quoted && strlen(word) == token->len &&
		strncasecmp(token->at, word, token->len) == 0;
}

const char *sql_split(const char **cursor, size_t *len)
{
	const char *begin = NULL, *end = NULL;
	for (;;) {
		struct sql_token token = sql_next(cursor);
		bool semicolon = token.kind == SQL_SIGN && *token.at == ';';
		if (token.kind == SQL_BAD) { /* taken as it is: the server says what is wrong with it */
			*cursor = token.at + strlen(token.at);
			end = *cursor;
			if (!begin)
				begin = token.at;
		}
		if ((semicolon || token.kind == SQL_END || token.kind == SQL_BAD) && begin) {
			*len = (size_t)(end - begin);
			return begin;
		}
		if (token.kind == SQL_END)
			return NULL;
		if (semicolon)
			continue;
		if (!begin)
			begin = token.quoted ? token.at - 1 : token.at;
		end = *cursor;
	}
}

/* ---- The gate ---- */

enum { REFS_MAX = 32, DEPTH_MAX = 32 };

struct ref {
	struct sql_token name;
	struct sql_token alias; /* the name itself without one */
	enum sql_owner owner;
	bool tied;
};

/* One level of parentheses. */
struct level {
	bool select; /* a query or DELETE began here: FROM means tables, unlike in EXTRACT(x FROM y) */
	bool tables; /* within a list of tables */
};

struct gate {
	struct sql_token *tokens; /* ends with SQL_END */
	size_t count;
	struct ref refs[REFS_MAX];
	size_t ref_count;
	struct level levels[DEPTH_MAX];
	int depth;
	bool expect; /* a table comes next */
	bool uses_platform;
	bool uses_network;
	sql_owner_fn owner;
	void *arg;
	struct buf *out;
	const char *why;
};

static bool is_sign(const struct sql_token *token, char sign)
{
	return token->kind == SQL_SIGN && *token->at == sign;
}

static bool is_one_of(const struct sql_token *token, const char *const *words)
{
	for (; *words; words++)
		if (sql_is(token, *words))
			return true;
	return false;
}

static bool same_name(const struct sql_token *a, const struct sql_token *b)
{
	return a->len == b->len && memcmp(a->at, b->at, a->len) == 0;
}

static bool refuse(struct gate *gate, const char *why, const struct sql_token *token)
{
	gate->why = why;
	buf_text(gate->out, why);
	if (token && token->len) {
		buf_text(gate->out, ": ");
		buf_add(gate->out, token->at, token->len < 60 ? token->len : 60);
	}
	return false;
}

static bool read_all(struct gate *gate, const char *sql)
{
	size_t cap = strlen(sql) + 2;
	gate->tokens = calloc(cap, sizeof(*gate->tokens));
	if (!gate->tokens)
		abort();
	for (const char *cursor = sql;;) {
		struct sql_token token = sql_next(&cursor);
		gate->tokens[gate->count++] = token;
		if (token.kind == SQL_END)
			return true;
		if (token.kind == SQL_BAD)
			return refuse(gate, "a string or comment that does not end, or an executable comment", &token);
		if (is_sign(&token, ';'))
			return refuse(gate, "more than one statement", NULL);
		gate->uses_platform |= token.kind == SQL_PLATFORM;
		gate->uses_network |= token.kind == SQL_NETWORK;
	}
}

/* Words that may follow a table's name and are no alias of it. */
static const char *const NO_ALIAS[] = {"where", "set", "on", "using", "join", "left", "right", "inner", "outer",
	"cross", "natural", "straight_join", "group", "order", "limit", "having", "union", "except", "intersect",
	"values", "value", "select", "for", "force", "use", "ignore", "partition", "returning", "window", "offset",
	"fetch", "lock", "with", "procedure", "as", "of", NULL};
/* Words that end a list of tables. */
static const char *const ENDS_TABLES[] = {"where", "set", "group", "order", "limit", "having", "union", "except",
	"intersect", "values", "value", "select", "returning", "window", "for", NULL};
static const char *const SYSTEM_SCHEMAS[] = {"information_schema", "mysql", "performance_schema", "sys", NULL};
static const char *const VERBS[] = {"select", "insert", "update", "delete", "replace", "with", "show", NULL};
/* Between INSERT, UPDATE or DELETE and the table. */
static const char *const MODIFIERS[] = {"ignore", "low_priority", "high_priority", "delayed", "quick", "into", NULL};

/* A name where a table stands, at i; answers the index behind it. */
static size_t add_ref(struct gate *gate, size_t i)
{
	struct sql_token name = gate->tokens[i++];
	if (is_sign(&gate->tokens[i], '.')) {
		bool system = is_one_of(&name, SYSTEM_SCHEMAS);
		name = gate->tokens[i + 1];
		i += 2;
		if (system)
			return i;
	}
	struct sql_token alias = name;
	if (sql_is(&gate->tokens[i], "as"))
		i++;
	if (gate->tokens[i].kind == SQL_WORD && !is_one_of(&gate->tokens[i], NO_ALIAS))
		alias = gate->tokens[i++];
	enum sql_owner owner = gate->owner(gate->arg, name.at, name.len);
	if (owner == SQL_OWNER_UNKNOWN || owner == SQL_OWNER_SERVER)
		return i;
	if (gate->ref_count == REFS_MAX) {
		refuse(gate, "too many tables", NULL);
		return gate->count;
	}
	gate->refs[gate->ref_count++] = (struct ref){.name = name, .alias = alias, .owner = owner};
	return i;
}

static size_t skip_modifiers(const struct gate *gate, size_t i)
{
	while (is_one_of(&gate->tokens[i], MODIFIERS))
		i++;
	return i;
}

static bool begins_tables(struct gate *gate, size_t i)
{
	const struct sql_token *token = &gate->tokens[i];
	const struct sql_token *next = &gate->tokens[i + 1];
	struct level *level = &gate->levels[gate->depth];
	bool update = sql_is(token, "update") && (i == 0 || (!sql_is(&token[-1], "key") && !sql_is(&token[-1], "for")));
	bool insert = (sql_is(token, "insert") || sql_is(token, "replace")) && !is_sign(next, '(');
	if (sql_is(token, "delete") || sql_is(token, "select") || sql_is(token, "show"))
		level->select = true;
	return update || insert || (sql_is(token, "from") && level->select) || sql_is(token, "join") ||
		sql_is(token, "straight_join") || (sql_is(token, "using") && level->select && !is_sign(next, '('));
}

static bool open_level(struct gate *gate)
{
	if (gate->depth + 1 == DEPTH_MAX)
		return refuse(gate, "too many parentheses", NULL);
	/* FROM (a, b) and FROM (SELECT …): still a list of tables until SELECT ends it. */
	gate->levels[++gate->depth] = (struct level){.tables = gate->expect, .select = gate->expect};
	return true;
}

static bool find_refs(struct gate *gate)
{
	for (size_t i = 0; i + 1 < gate->count && !gate->why;) {
		const struct sql_token *token = &gate->tokens[i];
		struct level *level = &gate->levels[gate->depth];
		if (is_sign(token, '(')) {
			if (!open_level(gate))
				return false;
			i++;
		} else if (is_sign(token, ')')) {
			if (gate->depth == 0)
				return refuse(gate, "a parenthesis too many", NULL);
			gate->depth--;
			gate->expect = false;
			i++;
		} else if (begins_tables(gate, i)) {
			level->tables = gate->expect = true;
			i = skip_modifiers(gate, i + 1);
		} else if (is_sign(token, ',') && level->tables) {
			gate->expect = true;
			i++;
		} else if (is_one_of(token, ENDS_TABLES)) {
			level->tables = gate->expect = false;
			i++;
		} else if (gate->expect && token->kind == SQL_WORD && !is_one_of(token, NO_ALIAS)) {
			gate->expect = false;
			i = add_ref(gate, i);
		} else {
			i++;
		}
	}
	return !gate->why;
}

/* Marks what `alias.column` ties; answers how often the column stands bare. */
static size_t tie(struct gate *gate, const char *column, enum sql_owner owner)
{
	size_t bare = 0;
	for (size_t i = 0; i + 1 < gate->count; i++) {
		const struct sql_token *token = &gate->tokens[i];
		if (token->kind != SQL_WORD || token->len != strlen(column) ||
			strncasecmp(token->at, column, token->len) != 0)
			continue;
		if (i < 2 || !is_sign(&token[-1], '.')) {
			bare++;
			continue;
		}
		for (size_t r = 0; r < gate->ref_count; r++)
			if (gate->refs[r].owner == owner && same_name(&gate->refs[r].alias, &token[-2]))
				gate->refs[r].tied = true;
	}
	return bare;
}

static bool check_owner(struct gate *gate, enum sql_owner owner, const char *column, bool may, bool bound,
	const char *not_here, const char *unbound, const char *untied)
{
	size_t bare = tie(gate, column, owner);
	for (size_t r = 0; r < gate->ref_count; r++) {
		const struct ref *ref = &gate->refs[r];
		if (ref->owner != owner)
			continue;
		if (!may)
			return refuse(gate, not_here, &ref->name);
		if (!bound)
			return refuse(gate, unbound, &ref->name);
		if (!ref->tied && bare-- == 0)
			return refuse(gate, untied, &ref->alias);
	}
	return true;
}

static bool check_scope(struct gate *gate, struct sql_scope scope)
{
	if (gate->uses_platform && !scope.platform)
		return refuse(gate, ":p in a scope without a platform", NULL);
	if (gate->uses_network && !scope.network)
		return refuse(gate, ":n in a scope without a network", NULL);
	if (scope.all)
		return true;
	return check_owner(gate, SQL_OWNER_PLATFORM, "platform_id", scope.platform, gate->uses_platform,
	                   "a platform's table in a scope without a platform", "a platform's table without :p",
	                   "a platform's table that no platform_id ties") &&
	       check_owner(gate, SQL_OWNER_NETWORK, "network_id", scope.network, gate->uses_network,
	                   "a network's table in a scope without a network", "a network's table without :n",
	                   "a network's table that no network_id ties");
}

static bool check_verb(struct gate *gate)
{
	size_t i = 0;
	while (is_sign(&gate->tokens[i], '('))
		i++;
	return is_one_of(&gate->tokens[i], VERBS) ||
		refuse(gate, "only SELECT, INSERT, UPDATE, DELETE, REPLACE, WITH and SHOW pass here", &gate->tokens[i]);
}

const char *sql_gate(const char *sql, struct sql_scope scope, sql_owner_fn owner, void *arg, struct buf *out)
{
	struct gate gate = {.owner = owner, .arg = arg, .out = out};
	if (read_all(&gate, sql) && check_verb(&gate) && find_refs(&gate))
		check_scope(&gate, scope);
	free(gate.tokens);
	return gate.why;
}
