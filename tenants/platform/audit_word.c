#include "tenants/platform/audit_word.h"

#include <string.h>

#include "core/buf.h"
#include "core/record/lifecycle.h"
#include "core/record/record.h"
#include "core/text/json.h"
#include "schema/records.gen.h"
#include "tenants/platform/post.h"
#include "tenants/rules/role_name.h"

/* ---- Types ---- */

static const struct choice TYPES[] = {{"case", "入驻受理", "Case"}, {"log", "日志", "Log"},
	{"network", "网络", "Network"},
	{"platform", "平台设置", "Platform settings"}, {"record", "个人信息", "Personal data"},
	{"region", "地区", "Region"}, {"session", "登录会话", "Session"}, {"workbench", "待办", "To-do list"}};

static const char *find_word(struct call *call, const struct choice *words, size_t count, const char *code)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(words[i].code, code))
			return call_text(call, words[i].zh, words[i].en);
	return NULL;
}

#define FIND(words, code) find_word(call, words, sizeof(words) / sizeof *(words), code)

static const struct record *record_of(struct call *call, const char *type)
{
	return type ? record_find(call->services->records, type) : NULL;
}

const char *audit_type_word(struct call *call, const char *type)
{
	const char *word = type ? FIND(TYPES, type) : NULL;
	const struct record *record = word ? NULL : record_of(call, type);
	if (word)
		return word;
	return record ? call_text(call, record->zh, record->en) : call_text(call, "其他", "Other");
}

/* ---- Events ---- */

/* Of one type alone. */
static const struct choice KINDS[] = {{"account.access_ended", "结束全部登录", "Ended all sign-ins"},
	{"account.first_link_made", "生成首个管理员链接", "Made the first administrator's link"},
	{"account.handed_off", "前往其他平台", "Went to another platform"},
	{"account.identity_bound", "绑定外部身份", "Bound an external identity"},
	{"account.identity_unbound", "解除外部身份", "Unbound an external identity"},
	{"account.link_made", "生成登录链接", "Made a sign-in link"}, {"account.locked", "账号锁定", "Locked"},
	{"account.mobile", "更换手机号", "Changed the mobile"}, {"account.password_set", "设置密码", "Set a password"},
	{"account.roles_set", "授权变更", "Changed roles"},
	{"account.session_ended", "结束登录会话", "Ended a session"},
	{"account.sign_in_failed", "登录失败", "Failed to sign in"}, {"account.signed_in", "登录", "Signed in"},
	{"account.signed_out", "退出登录", "Signed out"},
	{"account.totp_removed", "解除动态口令", "Removed the second factor"},
	{"account.totp_set", "绑定动态口令", "Set up a second factor"}, {"account.unlocked", "解除锁定", "Unlocked"},
	{"api_key.revoked", "吊销接口密钥", "Revoked a key"}, {"audit.exported", "导出审计日志", "Exported the log"},
	{"case.decided", "告知来源审核结果", "Told the sources the outcome"},
	{"case.progress", "告知来源审核进度", "Told the sources the progress"},
	{"institution.uscc_accepted", "采信统一社会信用代码", "Accepted a code"},
	{"listing.state", "告知机构上架状态", "Told the institution of the listing"},
	{"listing.views", "同步浏览数", "Sent the numbers of views"},
	{"log.restored", "日志恢复", "Restored"}, {"log.sealed", "封存个人信息", "Sealed personal data"},
	{"membership.state", "告知机构入驻状态", "Told the institution of its standing"},
	{"network.calendar", "修改工作日历", "Changed the calendar"},
	{"network.region", "修改地区", "Changed a region"},
	{"notice.told", "通知机构", "Told the institution"},
	{"overdue.chased", "催办逾期事项", "Chased what is overdue"},
	{"platform.added", "新增平台", "Added"}, {"platform.policy_changed", "平台设置生效", "Put settings in force"},
	{"platform.profile", "公布平台信息", "Announced itself"},
	{"platform.state_changed", "平台状态变更", "Changed state"},
	{"product.count", "同步产品数", "Sent the number of services"},
	{"record.erased", "删除个人信息", "Erased personal data"},
	{"record.erasure", "删除个人信息", "Erased personal data"},
	{"supplement.state", "告知补正状态", "Told the state of the request"}};

/* Of any. */
static const struct choice EVENTS[] = {{"accepted", "采纳", "Accepted"}, {"admitted", "准予入驻", "Admitted"},
	{"answer", "答复", "Answered"}, {"answered", "答复", "Answered"}, {"arrived", "迁入", "Arrived"},
	{"asked", "提交所属平台", "Sent to its home"}, {"ask_withdrawn", "撤回已提交的事项", "Withdrew what was sent"},
	{"changed", "修改", "Changed"}, {"claimed", "领取", "Claimed"}, {"closed", "注销", "Closed"},
	{"confirmed", "核验", "Confirmed"}, {"consent_ended", "撤回同意", "Withdrew consent"},
	{"content", "发送迁移资料", "Sent what moves"}, {"create", "提出", "Asked for"}, {"created", "新建", "Created"},
	{"deleted", "删除", "Deleted"}, {"delivery", "更新送达情况", "Delivery updated"},
	{"disabled", "停用", "Disabled"}, {"dossier", "发送资料", "Sent the dossier"}, {"exported", "导出", "Exported"},
	{"first_live", "首个产品上架", "First service listed"},
	{"followed", "随机构资料更新", "Followed a change elsewhere"}, {"forget", "清除资料副本", "Dropped the copy"},
	{"gone", "不再向其他平台同步", "No longer copied"}, {"judged", "判定入驻条件", "Judged a condition"},
	{"leave", "退出", "Left"}, {"moved", "迁移完成", "Moved"}, {"profile", "同步资料", "Sent the profile"},
	{"progress", "更新进度", "Progress"}, {"reassigned", "改派", "Reassigned"},
	{"redeem", "使用邀约码", "Redeemed"}, {"released", "放回待办", "Put back"},
	{"reminded", "到期提醒", "Reminded"}, {"removed", "移除", "Removed"}, {"replaced", "改用新邀约码", "Replaced"},
	{"request_again", "申请补发", "Asked for a new code"}, {"requested", "提出", "Asked for"},
	{"requested_again", "申请补发", "Asked for a new code"}, {"restored", "恢复", "Restored"},
	{"sent", "提交", "Sent"}, {"source_joined", "新增来源", "Another source joined"},
	{"source_withdrawn", "来源撤回", "A source withdrew"}, {"state", "告知状态", "Told the state"},
	{"supplemented", "补正更新材料", "The dossier was supplemented"},
	{"unavailable", "下架（产品不可用）", "Taken off"}, {"unmasked", "查看完整联系方式", "Revealed contact data"},
	{"void", "作废", "Void"}, {"voted", "评审表决", "Voted"}, {"withdraw", "撤回", "Withdrew"}};

static const struct lifecycle *course_of(struct call *call, const struct record *record)
{
	return record && call->lifecycles ? lifecycle_of(call->lifecycles, record) : NULL;
}

static const char *transition_word(struct call *call, const struct record *record, const char *event)
{
	const struct lifecycle *course = course_of(call, record);
	for (size_t i = 0; course && i < course->transition_count; i++)
		if (!strcmp(course->transitions[i].event, event))
			return call_text(call, course->transitions[i].zh, course->transitions[i].en);
	return NULL;
}

const char *audit_event_word(struct call *call, const char *kind)
{
	const char *dot = strchr(kind, '.'), *event = dot ? dot + 1 : kind;
	const char *word = FIND(KINDS, kind);
	if (!word)
		word = transition_word(call,
			record_of(call, arena_printf(call->arena, "%.*s", (int)(event - kind - (dot != NULL)), kind)),
			event);
	if (!word)
		word = FIND(EVENTS, event);
	return word ? word : call_text(call, "更新", "Updated");
}

const char *audit_event_service(struct call *call, const char *kind, void *arg)
{
	(void)arg;
	return audit_event_word(call, kind);
}

const char *audit_word(struct call *call, const char *kind)
{
	const char *type = arena_printf(call->arena, "%.*s", (int)strcspn(kind, "."), kind);
	return arena_printf(call->arena, "%s · %s", audit_type_word(call, type), audit_event_word(call, kind));
}

/* ---- What an entry says ---- */

static const struct choice LABELS[] = {{"account", "账号", "Account"}, {"after", "变更后", "After"},
	{"before", "变更前", "Before"}, {"code", "代码", "Code"}, {"day", "日期", "Day"}, {"field", "字段", "Field"},
	{"format", "格式", "Format"}, {"how", "方式", "How"}, {"kind", "类型", "Kind"}, {"n", "数量", "Number"},
	{"name", "名称", "Name"}, {"permissions", "菜单权限", "Menus"}, {"reason", "理由", "Reason"},
	{"role", "角色", "Role"}, {"state", "状态", "State"}, {"to", "至", "To"}, {"uscc", "统一社会信用代码", "Code"},
	{"user_name", "用户名", "User name"}};

/* Values of those labels that are codes. */
static const struct choice VALUES[] = {{"password", "密码", "Password"}, {"link", "一次性链接", "One-time link"},
	{"one-time link", "一次性链接", "One-time link"}, {"sms", "短信验证码", "SMS code"},
	{"totp", "动态口令", "Second factor"},
	{"external", "外部身份", "External identity"}, {"hand_off", "由其他平台前来", "From another platform"},
	{"active", "启用", "Active"}, {"suspended", "暂停", "Suspended"}, {"disabled", "停用", "Disabled"},
	{"closed", "关闭", "Closed"}, {"workday", "工作日", "Working day"}, {"holiday", "休息日", "Day off"}};

static void say(struct json_object *list, const char *label, const char *text)
{
	if (!label || !text || !*text)
		return;
	struct json_object *one = json_object_new_object();
	put_text(one, "label", label);
	put_text(one, "text", text);
	json_object_array_add(list, one);
}

static const char *field_word(struct call *call, const struct record *record, const char *name)
{
	const struct field *field = record ? shape_field(record->shape, name) : NULL;
	if (!field || !field->read) /* what nobody reads has a name for programmers alone */
		return NULL;
	const char *word = call_text(call, field->zh, field->en),
		   *unit = strstr(word, call_text(call, "（分）", " (fen)"));
	return unit ? arena_printf(call->arena, "%.*s", (int)(unit - word), word) : word;
}

static void append(struct call *call, struct buf *out, const char *word)
{
	if (word)
		buf_printf(out, "%s%s", out->len ? call_text(call, "、", ", ") : "", word);
}

/* "audit_admin,reviewer" as people say it; a text that names no role stays. */
static const char *role_words(struct call *call, const char *names)
{
	struct buf *out = buf_in(call->arena);
	char *rest = arena_strdup(call->arena, names), *one;
	while ((one = strsep(&rest, ",")))
		if (*one)
			append(call, out, role_title(call, one) ? role_title(call, one) : one);
	return out->len ? out->data : call_text(call, "无", "none");
}

/* "31 changed fields" by name, those without words left out. */
static const char *changed_words(struct call *call, const struct record *record, struct json_object *names)
{
	struct buf *out = buf_in(call->arena);
	for (size_t i = 0; i < json_count(names); i++)
		append(call, out, field_word(call, record, json_text(json_at(names, i))));
	return out->len ? out->data : NULL;
}

static const char *step_word(struct call *call, const struct record *record, const char *step)
{
	const struct lifecycle *course = course_of(call, record);
	const struct lifecycle_step *found = course && step ? lifecycle_step(course, step) : NULL;
	return found ? call_text(call, found->zh, found->en) : NULL;
}

static const char *value_word(struct call *call, const char *key, const char *value)
{
	if (!strcmp(key, "before") || !strcmp(key, "after") || !strcmp(key, "role") || !strcmp(key, "roles"))
		return role_words(call, value);
	const char *word = FIND(VALUES, value);
	return word ? word : value;
}

/* A value of an administrative record as its field says it. */
static const char *shown(struct call *call, const struct field *field, struct json_object *value)
{
	const char *text = json_text(value);
	switch (value ? json_object_get_type(value) : json_type_null) {
	case json_type_boolean:
		return json_object_get_boolean(value) ? call_text(call, "是", "yes") : call_text(call, "否", "no");
	case json_type_int:
		return arena_printf(call->arena, "%lld", (long long)json_object_get_int64(value));
	case json_type_string:
		break;
	default:
		return NULL;
	}
	if (!text)
		return NULL;
	for (size_t i = 0; field && field->type == FIELD_ENUM && i < field->value_count; i++)
		if (!strcmp(field->values[i].code, text))
			return call_text(call, field->values[i].zh, field->values[i].en);
	if (field && (field->type == FIELD_ID || field->type == FIELD_HASH || field->type == FIELD_FILE))
		return NULL;
	const char *word = field && call->services->word_of
		? call->services->word_of(call, field, text, call->services->arg) : NULL;
	return word ? word : text;
}

static void say_changes(
	struct call *call, struct json_object *list, const struct record *record, struct json_object *changes)
{
	if (!record || !changes)
		return;
	json_object_object_foreach(changes, key, value)
		say(list, field_word(call, record, key), shown(call, shape_field(record->shape, key), value));
}

static void say_course(
	struct call *call, struct json_object *list, const struct record *record, struct json_object *details)
{
	const char *from = step_word(call, record, json_get_text(details, "from")),
		   *to = step_word(call, record, json_get_text(details, "to"));
	if (from && to && strcmp(from, to))
		say(list, call_text(call, "状态", "State"), arena_printf(call->arena, "%s → %s", from, to));
}

static void say_labelled(struct call *call, struct json_object *list, struct json_object *details)
{
	json_object_object_foreach(details, key, value)
	{
		const char *text = json_object_is_type(value, json_type_string) ? json_text(value) : NULL;
		const char *label = text ? FIND(LABELS, key) : NULL;
		if (label && strcmp(key, "reason"))
			say(list, label, value_word(call, key, text));
	}
}

struct json_object *audit_says(struct call *call, const char *type, struct json_object *details)
{
	struct json_object *list = json_own(call->arena, json_object_new_array());
	const struct record *record = record_of(call, type);
	if (!details)
		return list;
	const char *reason = json_get_text(details, "reason");
	say(list, call_text(call, "理由", "Reason"), reason ? value_word(call, "reason", reason) : NULL);
	say_course(call, list, record, details);
	say(list, call_text(call, "涉及", "Changed"), changed_words(call, record, json_get(details, "changed")));
	if (!record || !record->business) {
		say_changes(call, list, record, json_get_object(details, "changes"));
		if (!record || !record->phase_count)
			say_labelled(call, list, details);
	}
	return list;
}
