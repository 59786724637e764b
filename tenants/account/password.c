#include "tenants/account/password.h"

#include <ctype.h>
#include <string.h>

#include "core/buf.h"
#include "core/crypto/crypto.h"
#include "core/utf8.h"
#include "tenants/account/password_known.h"
#include "tenants/policy/policy.h"

static unsigned within(int value, int low, int high)
{
	return (unsigned)(value < low ? low : value > high ? high : value);
}

struct password_rules password_rules_of(const struct policy_password *policy, bool staff)
{
	int min =
		staff && policy->staff_min_length > policy->min_length ? policy->staff_min_length : policy->min_length;
	struct password_rules rules = {.min = within(min, 8, 64), .classes = within(policy->min_classes, 0, 4),
		.not_name = policy->not_user_name, .not_mobile = policy->not_mobile, .known_bad = policy->refuse_known};

	rules.max = within(policy->max_length ? policy->max_length : 128, (int)rules.min, 128);
	/* -1: none ever again; that many are kept. */
	rules.history = policy->history < 0 ? PASSWORD_HISTORY_MAX : within(policy->history, 0, PASSWORD_HISTORY_MAX);
	return rules;
}

/* One short piece over and over: aaaaaaaa, abcabcabc, 12121212. */
static bool repeats(const char *text, size_t len)
{
	for (size_t piece = 1; piece <= 4 && piece * 2 <= len; piece++) {
		size_t i = piece;
		while (i < len && text[i] == text[i - piece])
			i++;
		if (i == len)
			return true;
	}
	return false;
}

/* Each character the next (or the one before) of its neighbour: 12345678, hgfedcba. */
static bool runs(const char *text, size_t len)
{
	int step = len > 1 ? text[1] - text[0] : 0;

	if (step != 1 && step != -1)
		return false;
	for (size_t i = 1; i < len; i++)
		if (text[i] - text[i - 1] != step && !(step == 1 && text[i - 1] == '9' && text[i] == '0'))
			return false;
	return true;
}

bool password_is_known_bad(const char *password)
{
	char lower[PASSWORD_BYTES_MAX + 1];
	size_t len = strlen(password);

	if (!len || len > PASSWORD_BYTES_MAX)
		return len > PASSWORD_BYTES_MAX;
	for (size_t i = 0; i <= len; i++)
		lower[i] = (char)tolower((unsigned char)password[i]);
	if (password_known_has(lower) || repeats(lower, len) || runs(lower, len))
		return true;
	/* admin@2024, Password!!, woaini888: the word is what counts, when no more than the usual ornament follows
	 * it. */
	size_t end = len;
	while (end && len - end < 6 && (unsigned char)lower[end - 1] < 128 && !isalpha((unsigned char)lower[end - 1]))
		end--;
	if (end == len || !end)
		return false;
	lower[end] = '\0';
	return password_known_has(lower);
}

static unsigned count_classes(const char *password)
{
	bool digit = false, upper = false, lower = false, other = false;

	for (const unsigned char *at = (const unsigned char *)password; *at; at++) {
		digit |= isdigit(*at) != 0;
		upper |= *at < 128 && isupper(*at);
		lower |= *at < 128 && islower(*at);
		other |= !isalnum(*at) || *at >= 128;
	}
	return (unsigned)digit + upper + lower + other;
}

static bool contains(const char *password, const char *part)
{
	return part && strlen(part) >= 3 && strcasestr(password, part);
}

static struct problem *check_length(struct arena *arena, struct problem *problem, const struct password_rules *rules,
                                    const char *pointer, const char *password)
{
	size_t length = utf8_length(password);

	if (length < rules->min)
		problem = problem_add_field(arena, problem, pointer, "password-short",
			arena_printf(arena, "密码至少需要 %u 个字符。", rules->min),
			arena_printf(arena, "A password needs at least %u characters.", rules->min));
	if (length > rules->max || strlen(password) > PASSWORD_BYTES_MAX)
		problem = problem_add_field(arena, problem, pointer, "password-long",
			arena_printf(arena, "密码最多 %u 个字符。", rules->max),
			arena_printf(arena, "A password has at most %u characters.", rules->max));
	return problem;
}

struct problem *password_check(struct arena *arena, const struct password_rules *rules, const char *pointer,
	const char *password, const char *user_name, const char *mobile)
{
	struct problem *problem = check_length(arena, NULL, rules, pointer, password);

	if (count_classes(password) < rules->classes)
		problem = problem_add_field(arena, problem, pointer, "password-classes",
			arena_printf(
				arena, "密码须包含数字、大写字母、小写字母、特殊字符中的至少 %u 种。", rules->classes),
			arena_printf(arena,
				"A password needs at least %u of digit, upper case, lower case and special character.",
				rules->classes));
	if ((rules->not_name && contains(password, user_name)) || (rules->not_mobile && contains(password, mobile)))
		problem = problem_add_field(arena, problem, pointer, "password-contains-name",
			"密码不能包含用户名或手机号。",
		                            "A password must not contain the user name or the mobile number.");
	if (rules->known_bad && (password_is_known_bad(password) || (user_name && !strcasecmp(password, user_name)) ||
	                         (mobile && !strcmp(password, mobile))))
		problem = problem_add_field(arena, problem, pointer, "password-known",
			"该密码太常见，容易被猜到，请换一个。",
		                            "This password is among the first that an attacker tries; choose another.");
	return problem;
}

struct problem *password_check_history(struct crypto_hasher *hasher, struct arena *arena,
	const struct password_rules *rules, const char *pointer, const char *history, const char *password)
{
	char *rest = arena_strdup(arena, history), *line;

	for (unsigned i = 0; i < rules->history && (line = strsep(&rest, "\n")); i++) {
		bool matches = false;
		if (!*line)
			continue;
		struct problem *problem = crypto_password_verify(hasher, arena, line, password, &matches, NULL);
		if (problem)
			return problem;
		if (matches)
			return problem_add_field(arena, NULL, pointer, "password-used", "不能使用以前用过的密码。",
			                         "This password was used before; choose a new one.");
	}
	return NULL;
}

const char *password_history_add(struct arena *arena, const struct password_rules *rules, const char *history,
                                 const char *encoded)
{
	struct buf *out = buf_in(arena);
	char *rest = arena_strdup(arena, history), *line;

	if (!rules->history)
		return NULL;
	buf_text(out, encoded);
	for (unsigned i = 1; i < rules->history && (line = strsep(&rest, "\n")); i++)
		if (*line)
			buf_printf(out, "\n%s", line);
	return arena_strdup(arena, out->data);
}
