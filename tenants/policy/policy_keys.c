/* The keys of an authored policy, as the table that policy_walk_map() follows. Their meaning:
 * tenants/policy/policy.h. */
#include <ctype.h>
#include <string.h>

#include "tenants/policy/policy.h"
#include "tenants/policy/policy_spec.h"

#define TEXT(k) {.key = (k), .type = SPEC_TEXT}
#define NEED_TEXT(k) {.key = (k), .type = SPEC_TEXT, .required = true}
#define LONG_TEXT(k, most) {.key = (k), .type = SPEC_TEXT, .max = (most)}
#define CHECKED(k, fn) {.key = (k), .type = SPEC_TEXT, .check = (fn)}
#define NEED_CHECKED(k, fn) {.key = (k), .type = SPEC_TEXT, .required = true, .check = (fn)}
#define BOTH(k) {.key = (k), .type = SPEC_BOTH}
#define NEED_BOTH(k) {.key = (k), .type = SPEC_BOTH, .required = true}
#define BOOL(k) {.key = (k), .type = SPEC_BOOL}
#define INT(k, low, high) {.key = (k), .type = SPEC_INT, .min = (low), .max = (high)}
#define CHOICE(k, w) {.key = (k), .type = SPEC_CHOICE, .words = (w)}
#define NEED_CHOICE(k, w) {.key = (k), .type = SPEC_CHOICE, .required = true, .words = (w)}
#define TEXTS(k) {.key = (k), .type = SPEC_TEXTS}
#define WORDS(k, w) {.key = (k), .type = SPEC_TEXTS, .words = (w)}
#define TERMS(k) {.key = (k), .type = SPEC_TERMS}
#define DICTIONARY(k) {.key = (k), .type = SPEC_TERMS, .sub = TERM}
#define MAP(k, s) {.key = (k), .type = SPEC_MAP, .sub = (s)}
#define NEED_MAP(k, s) {.key = (k), .type = SPEC_MAP, .required = true, .sub = (s)}
#define NAMED(k, s) {.key = (k), .type = SPEC_NAMED, .sub = (s)}
#define ITEMS(k, s, id) {.key = (k), .type = SPEC_ITEMS, .sub = (s), .id_key = (id)}
#define LIST(k, s) {.key = (k), .type = SPEC_LIST, .sub = (s)}
#define END {.key = NULL}

#define LEVELS "province city county cluster park"

/* --- what texts must look like ---------------------------------------------------------------- */

static const char *check_slug(const char *text, const char **en)
{
	*en = "must be 2 to 40 lower-case letters, digits and hyphens, beginning with a letter";
	return strlen(text) >= 2 && strlen(text) <= 40 && islower((unsigned char)*text) &&
	       strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(text) ? NULL :
	       "应为 2—40 个小写字母、数字或连字符，以字母开头";
}

static const char *check_code(const char *text, const char **en)
{
	*en = "must be six digits";
	return strlen(text) == 6 && strspn(text, "0123456789") == 6 ? NULL : "应为 6 位数字";
}

static const char *check_prefix(const char *text, const char **en)
{
	*en = "must be 1 to 6 capital letters or digits";
	return strlen(text) <= 6 && strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == strlen(text) ? NULL :
	       "应为 1—6 个大写字母或数字";
}

static bool label_is_good(const char *label, size_t len)
{
	return len >= 1 && len <= 63 && label[0] != '-' && label[len - 1] != '-' &&
	       strspn(label, "abcdefghijklmnopqrstuvwxyz0123456789-") >= len;
}

static const char *check_host(const char *text, const char **en)
{
	bool good = strlen(text) <= 253;
	for (const char *label = text; good; ) {
		size_t len = strcspn(label, ".");
		good = label_is_good(label, len);
		if (!label[len])
			break;
		label += len + 1;
	}
	*en = "is no host name: lower-case labels of letters, digits and hyphens, without port";
	return good ? NULL : "不是合法的主机名（小写字母、数字、连字符，不含端口）";
}

static const char *check_colour(const char *text, const char **en)
{
	*en = "must be a colour like #0b5cad";
	return strlen(text) == 7 && *text == '#' && strspn(text + 1, "0123456789abcdef") == 6
		? NULL
		: "应为 #0b5cad 形式的颜色";
}

/* Pages show it as a picture, in which nothing runs and nothing is fetched; what only works otherwise is told here. */
static const char *check_logo(const char *text, const char **en)
{
	static const char *const strangers[] = {
		"<script", "<!ENTITY", "<foreignObject", "http://", "https://", "<image"};
	size_t len = strlen(text);
	while (len && (text[len - 1] == '\n' || text[len - 1] == ' '))
		len--;
	*en = "must be one SVG picture: <svg …>…</svg>";
	if (strncmp(text, "<svg", 4) || len < 11 || strncmp(text + len - 6, "</svg>", 6) ||
		!strstr(text, "xmlns=\"http://www.w3.org/2000/svg\""))
		return "应为一幅 SVG 图：<svg xmlns=\"http://www.w3.org/2000/svg\" …>…</svg>";
	const char *body = strstr(text, "/2000/svg") + 1;
	for (size_t i = 0; i < sizeof strangers / sizeof *strangers; i++)
		if (strstr(body, strangers[i])) {
			*en = "must hold no scripts, no links to elsewhere and no pictures within";
			return "SVG 中不得含脚本、外部链接或内嵌图片";
		}
	return NULL;
}

static const char *check_phone(const char *text, const char **en)
{
	*en = "must be a telephone number of digits, + and -";
	return strlen(text) >= 3 && strlen(text) <= 24 && strspn(text, "0123456789-+ ") == strlen(text)
		? NULL
		: "应为电话号码";
}

static const char *check_email(const char *text, const char **en)
{
	const char *at = strchr(text, '@');
	*en = "must be an e-mail address";
	return at && at != text && strchr(at, '.') && !strpbrk(text, " ,;<>") && !strchr(at + 1, '@')
		? NULL
		: "应为电子邮箱地址";
}

/* As issued: 浙ICP备05000001号, with -1 behind it for one of several sites. */
static const char *check_icp(const char *text, const char **en)
{
	const char *mark = strstr(text, "ICP备");
	size_t digits = mark ? strspn(mark + strlen("ICP备"), "0123456789") : 0;
	*en = "must be a filing number like 浙ICP备05000001号-1";
	return mark && mark != text && digits >= 6 && strncmp(mark + strlen("ICP备") + digits, "号", strlen("号")) == 0
		? NULL
		: "应为 浙ICP备05000001号-1 形式的备案号";
}

static const char *check_police(const char *text, const char **en)
{
	const char *mark = strstr(text, "公网安备");
	const char *number = mark ? mark + strlen("公网安备") + strspn(mark + strlen("公网安备"), " ") : "";
	size_t digits = strspn(number, "0123456789");
	*en = "must be a police filing number like 浙公网安备 33010602000001号";
	return digits == 14 && strcmp(number + digits, "号") == 0 ? NULL
		: "应为 浙公网安备 33010602000001号 形式的备案号（14 位数字）";
}

static const char *check_site_code(const char *text, const char **en)
{
	*en = "must be the ten digits of a government site's code, or bm and eight digits";
	bool ministry = strncmp(text, "bm", 2) == 0;
	return strlen(text) == 10 && strspn(text + (ministry ? 2 : 0), "0123456789") == (ministry ? 8u : 10u)
		? NULL
		: "应为 10 位网站标识码";
}

static const char *check_time(const char *text, const char **en)
{
	int minute;
	*en = "must be a time of day like 09:00, or off";
	return policy_time_parse(text, &minute) ? NULL : "应为 09:00 形式的时刻，或 off";
}

/* --- identity and profile --------------------------------------------------------------------- */

static const struct policy_spec PLATFORM[] = {
	NEED_CHECKED("slug", check_slug), NEED_CHECKED("network", check_slug), CHECKED("parent", check_slug),
	NEED_CHOICE("level", LEVELS), NEED_CHOICE("kind", "hub window cluster park"),
	NEED_CHECKED("region", check_code), NEED_CHECKED("number_code", check_code), END,
};

static const struct policy_spec ADMINISTRATOR[] = {
	NEED_TEXT("name"), NEED_CHECKED("phone", check_phone), CHECKED("email", check_email), END,
};

static const struct policy_spec CONTACTS[] = {
	NEED_CHECKED("hotline", check_phone), TEXT("hours"), NEED_MAP("administrator", ADMINISTRATOR), END,
};

static const struct policy_spec BRANDING[] = {
	NEED_CHECKED("primary", check_colour), NEED_CHECKED("accent", check_colour), NEED_BOTH("logo_text"),
	BOTH("slogan"),
	BOTH("welcome"), BOTH("footer"), {.key = "logo", .type = SPEC_TEXT, .check = check_logo, .max = 8000}, END,
};

/* What a government site must show at its foot; policy_mark.h says what is missing. */
static const struct policy_spec MARKS[] = {
	BOTH("sponsor"), BOTH("operator"), CHECKED("icp", check_icp), CHECKED("police", check_police),
	CHECKED("site_code", check_site_code), BOTH("privacy"), BOTH("accessibility"), END,
};

static const struct policy_spec PROFILE[] = {
	NEED_BOTH("name"), NEED_BOTH("short_name"),
	{.key = "hosts", .type = SPEC_TEXTS, .required = true, .check = check_host, .max = 253},
	NEED_MAP("contacts", CONTACTS), NEED_MAP("branding", BRANDING), MAP("marks", MARKS),
	{.key = "signature", .type = SPEC_TEXT, .required = true, .max = 20}, END,
};

static const struct policy_spec CONTRACT[] = {
	BOTH("acceptance"), BOTH("breach"), BOTH("secrecy"), BOTH("disputes"), END,
};

static const struct policy_spec NETWORK[] = {NEED_CHECKED("slug", check_slug), NEED_BOTH("name"), END};

static const struct policy_spec CALENDAR[] = {NEED_CHECKED("name", check_slug), END};

/* --- ways in, conditions, listing ------------------------------------------------------------- */

static const struct policy_spec SELF[] = {BOOL("open"), CHOICE("needs_member_of", LEVELS), END};
static const struct policy_spec RECOMMENDATION[] = {BOOL("open"), WORDS("from", LEVELS), END};
static const struct policy_spec INVITATION[] = {BOOL("open"), BOOL("review"), INT("valid_days", 1, 366), END};
static const struct policy_spec JOIN[] = {BOOL("open"), BOOL("review"), END};
static const struct policy_spec ACCEPTANCE[] = {BOOL("open"), END};
static const struct policy_spec WAYS[] = {
	MAP("self", SELF), MAP("recommendation", RECOMMENDATION), MAP("invitation", INVITATION), MAP("join", JOIN),
	MAP("acceptance", ACCEPTANCE), BOOL("outside"), NEED_BOTH("guidance"), END,
};

static const struct policy_spec CONDITION[] = {
	INT("group", 1, 99), {.key = "zh", .type = SPEC_TEXT, .required = true}, {.key = "en", .type = SPEC_TEXT,
	.required = true},
	NEED_CHOICE("mode", "off informs bars"), {.key = "rule", .type = SPEC_RULES, .required = true},
	TEXTS("relaxed_for"),
	TEXTS("exempt"), END,
};

static const struct policy_spec LISTING[] = {
	NEED_CHOICE("review", "none after before accept_home"), TEXTS("fields_without_review"), BOOL("to_parent"),
	BOOL("members_only"), TEXTS("overrides"), END,
};

static const struct policy_spec NUMBERS[] = {
	NEED_CHECKED("product", check_prefix), NEED_CHECKED("case", check_prefix), END};

/* --- accounts --------------------------------------------------------------------------------- */

static const struct policy_spec PASSWORD[] = {
	INT("min_length", 6, 64), INT("max_length", 16, 256), INT("min_classes", 0, 4), BOOL("refuse_known"),
	BOOL("not_user_name"),
	BOOL("not_mobile"), INT("history", -1, 50), INT("staff_min_length", 6, 64), INT("staff_max_age_days", 0, 3650),
	END,
};

static const struct policy_spec SIGN_IN[] = {
	BOOL("password"), BOOL("sms_code"), BOOL("staff_second_factor"), INT("failures", 3, 100), INT("window_minutes",
	1, 1440),
	INT("lock_minutes", 1, 1440), INT("idle_minutes", 5, 1440), INT("staff_idle_minutes", 5, 1440),
	INT("longest_hours", 1, 720),
	INT("sub_accounts", 0, 1000), INT("api_key_days", 0, 3650), WORDS("providers",
	"enterprise_code gov_service zj96871 sister"), END,
};

/* --- lifecycles (core/record/lifecycle.h) and forms (core/record/form.h) ---------------------- */

static const struct policy_spec FORM_FIELD[] = {
	NEED_CHOICE("type",
		"text longtext int uint money bool date time enum region uscc mobile email phone url file list term"),
	{.key = "item", .type = SPEC_CHOICE, .words = "text enum file term"},
	BOOL("required"),
	INT("min", INT64_MIN, INT64_MAX),
	INT("max", INT64_MIN, INT64_MAX),
	INT("exactly", 1, 100),
	CHOICE("terms", "categories industries qualifications institution_types organisation_types"),
	TERMS("values"),
	LONG_TEXT("pattern", 200),
	NEED_TEXT("zh"),
	NEED_TEXT("en"),
	TEXT("help_zh"),
	TEXT("help_en"),
	TEXT("name"),
	END,
};

static const struct policy_spec STEP[] = {
	NEED_TEXT("phase"), NEED_TEXT("zh"), NEED_TEXT("en"), INT("deadline", 0, 250), CHOICE("clock",
	"running stopped"), BOOL("final"),
	TEXT("desk_zh"), TEXT("desk_en"), TEXTS("waits"), TEXT("desk"), INT("claim", 1, 10080), END,
};

static const struct policy_spec NOTICE_TO[] = {NEED_TEXT("template"), NEED_TEXT("to"), END};

/* What fields of a form say together (core/record/rule.h). */
static const struct policy_spec GROUP[] = {
	{.key = "fields", .type = SPEC_TEXTS, .required = true}, INT("at_least", 1, 60), INT("at_most", 1, 60),
	INT("exactly", 1, 60), END,
};

static const struct policy_spec COMPARISON[] = {
	NEED_TEXT("left"), NEED_CHOICE("op", "< <= > >= = !="), NEED_TEXT("right"), END,
};

/* Groups of people (core/record/desk.h), and how many of one must say the same. */
static const struct policy_spec DESK[] = {NEED_TEXT("zh"), NEED_TEXT("en"), TEXTS("members"), END};

static const struct policy_spec VOTE[] = {
	TEXT("group"), INT("need", 1, 100), INT("of", 1, 100), BOOL("once_a_person"), END,
};

static const struct policy_spec TRANSITION[] = {
	TEXT("event"), {.key = "from", .type = SPEC_TEXTS, .required = true}, TEXT("to"), {.key = "roles",
	.type = SPEC_TEXTS},
	TEXTS("guards"), TEXTS("effects"), CHOICE("reason", "none optional required"), ITEMS("form", FORM_FIELD,
	"name"),
	BOOL("complete"), TEXT("confirm_zh"), TEXT("confirm_en"), CHOICE("tone", "primary danger"), LIST("notices",
	NOTICE_TO),
	TEXTS("sets"), TEXT("stamps"), LIST("groups", GROUP), LIST("compare", COMPARISON),
	TEXTS("recuse"), INT("after", 1, 400), TEXT("at"), INT("grace", 0, 1440),
	INT("tell_before", 1, 399), LIST("tells", NOTICE_TO), TEXT("unless"),
	{.key = "by", .type = SPEC_MAP, .sub = VOTE},
	NEED_TEXT("zh"), NEED_TEXT("en"), END,
};

static const struct policy_spec LIFECYCLE[] = {
	NEED_TEXT("initial"), {.key = "steps", .type = SPEC_NAMED, .required = true, .sub = STEP},
	{.key = "transitions", .type = SPEC_ITEMS, .required = true, .sub = TRANSITION, .id_key = "event"}, END,
};

static const struct policy_spec SECTION[] = {NEED_TEXT("zh"), NEED_TEXT("en"), TEXTS("fields"), END};

static const struct policy_spec FIELD[] = {
	BOOL("required"), TEXT("zh"), TEXT("en"), TEXT("help_zh"), TEXT("help_en"), BOOL("hidden"), END,
};

static const struct policy_spec FORM[] = {
	LIST("sections", SECTION), NAMED("fields", FIELD), ITEMS("extra", FORM_FIELD, "name"),
	LIST("groups", GROUP), LIST("compare", COMPARISON), END,
};

/* --- notices ---------------------------------------------------------------------------------- */

static const struct policy_spec NOTICE[] = {
	NEED_BOTH("title"), NEED_BOTH("body"), LONG_TEXT("sms", 500), TEXT("sms_template"), TEXTS("variables"), END,
};

static const struct policy_spec DEADLINES[] = {
	INT("claim_minutes", 5, 1440), INT("supplement_days", 1, 250), INT("remind_days", 1, 366), INT("objection_days",
	0, 60), CHECKED("chase_at", check_time), END,
};

/* A retired term still names what carries it, and cannot be chosen any more. */
static const struct policy_spec TERM[] = {
	{.key = "zh", .type = SPEC_TEXT, .required = true, .max = 200},
	{.key = "en", .type = SPEC_TEXT, .required = true, .max = 200},
	BOOL("retired"),
	END,
};

#define RULE_KEYS                                                                                                      \
	NAMED("desks", DESK), NAMED("lifecycles", LIFECYCLE), NAMED("forms", FORM), NAMED("notices", NOTICE),          \
		NEED_MAP("ways", WAYS), ITEMS("conditions", CONDITION, "id"), NEED_MAP("listing", LISTING),            \
		MAP("contract", CONTRACT), NEED_MAP("password", PASSWORD), NEED_MAP("sign_in", SIGN_IN),               \
		NEED_MAP("numbers", NUMBERS),                                                                          \
		DICTIONARY("institution_types"), DICTIONARY("organisation_types"), DICTIONARY("categories"),           \
		DICTIONARY("industries"), DICTIONARY("qualifications"), NEED_MAP("deadlines", DEADLINES),              \
		NEED_MAP("calendar", CALENDAR)

const struct policy_spec POLICY_KEYS[] = {
	NEED_MAP("platform", PLATFORM), NEED_MAP("profile", PROFILE), NEED_MAP("network", NETWORK), RULE_KEYS, END,
};
