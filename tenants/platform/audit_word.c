#include "tenants/platform/audit_word.h"

#include <string.h>

#include "core/buf.h"
#include "core/record/record.h"
#include "core/record/lifecycle.h"
#include "core/text/json.h"
#include "tenants/platform/word.h"
#include "tenants/rules/role_name.h"

/* What the server itself calls what it did; a lifecycle's own events are called as the platform calls them. */
static const struct choice events[] = {
	{"accept", "采信", "Accepted"},
	{"accepted", "已采纳", "Accepted"},
	{"added", "新建", "Added"},
	{"admit", "入驻", "Admitted"},
	{"answer", "补正答复", "Supplement answered"},
	{"answered", "已答复", "Answered"},
	{"apply", "申请", "Applied"},
	{"approve", "通过", "Approved"},
	{"approved", "通过", "Approved"},
	{"arrived", "已迁入", "Moved in"},
	{"ask", "要求补正", "Asked for more"},
	{"asked", "要求补正", "Information requested"},
	{"await_home", "等待所属平台", "Waits for its home"},
	{"calendar", "日历变更", "Calendar changed"},
	{"changed", "更新", "Changed"},
	{"chased", "已催办", "Desk told"},
	{"claim", "领取", "Claimed"},
	{"claimed", "领取", "Claimed"},
	{"confirm", "确认", "Confirmed"},
	{"count", "计数", "Count"},
	{"created", "建立", "Created"},
	{"decided", "作出决定", "Decided"},
	{"delete", "删除", "Deleted"},
	{"deleted", "删除", "Deleted"},
	{"delist", "下架", "Taken down"},
	{"deliver", "送达", "Delivered"},
	{"endorse", "新增推荐", "Recommendation added"},
	{"expire", "到期", "Expired"},
	{"exported", "导出", "Exported"},
	{"finish", "办结", "Finished"},
	{"first_link_made", "生成首个管理员链接", "First administrator's link made"},
	{"first_live", "首个产品上架", "First product live"},
	{"followed", "随机构资料更新", "Followed a change elsewhere"},
	{"handed_off", "跨平台登录", "Signed in on another platform"},
	{"identity_bound", "绑定第三方身份", "Identity bound"},
	{"identity_unbound", "解绑第三方身份", "Identity unbound"},
	{"issued", "发出", "Issued"},
	{"judged", "条件判定", "Condition judged"},
	{"leave", "退出", "Left"},
	{"left", "已迁出", "Moved away"},
	{"link_made", "生成登录链接", "Link made"},
	{"locked", "锁定", "Locked"},
	{"mobile", "更换手机号", "Mobile changed"},
	{"object", "提出异议", "Objected"},
	{"open", "打开", "Opened"},
	{"password_set", "设置密码", "Password set"},
	{"policy_changed", "规则生效", "Rules put in force"},
	{"profile", "资料更新", "Profile changed"},
	{"progress", "进度更新", "Progress"},
	{"publish", "发布", "Published"},
	{"reassign", "改派", "Reassigned"},
	{"reassigned", "改派", "Reassigned"},
	{"receive", "接收", "Received"},
	{"received", "上级平台已受理", "Received by the parent platform"},
	{"redeem", "使用", "Redeemed"},
	{"refuse", "不通过", "Refused"},
	{"refused", "不通过", "Refused"},
	{"region", "地区变更", "Region changed"},
	{"release", "放回", "Released"},
	{"released", "放回", "Released"},
	{"remove", "清退", "Removed"},
	{"replace", "改用其他渠道", "Replaced"},
	{"request_again", "申请补发", "New code asked for"},
	{"requested", "提出", "Requested"},
	{"restore", "恢复", "Restored"},
	{"resume", "恢复", "Resumed"},
	{"return", "退回", "Returned"},
	{"return_again", "恢复为已退回", "Returned as before"},
	{"review_again", "重新审核", "Reviewed again"},
	{"revoke", "撤销", "Revoked"},
	{"revoked", "吊销", "Revoked"},
	{"roles", "授权变更", "Roles changed"},
	{"roles_set", "授权变更", "Roles changed"},
	{"sent", "已发出", "Sent"},
	{"session_ended", "结束会话", "Session ended"},
	{"settled", "自动办结", "Settled"},
	{"show", "展示", "Shown"},
	{"sign_in_failed", "登录失败", "Sign-in failed"},
	{"signed_in", "登录", "Signed in"},
	{"signed_out", "退出", "Signed out"},
	{"source_added", "新增来源", "Source added"},
	{"source_joined", "新增来源", "Source added"},
	{"source_withdrawn", "来源撤回", "Source withdrawn"},
	{"state", "状态变更", "State changed"},
	{"state_changed", "状态变更", "State changed"},
	{"submit", "提交", "Submitted"},
	{"supplement", "要求补正", "Asked for more"},
	{"supplemented", "补正答复", "Supplement answered"},
	{"suspend", "暂停", "Suspended"},
	{"totp_removed", "解除动态口令", "Authenticator taken away"},
	{"totp_set", "启用动态口令", "Authenticator set up"},
	{"unavailable", "不可用", "Unavailable"},
	{"unlocked", "解除锁定", "Unlocked"},
	{"unmasked", "查看完整联系方式", "Contact data looked at"},
	{"uscc_accepted", "采信代码", "Code accepted"},
	{"withdraw", "申请撤回", "Withdrawal asked"},
	{"withdraw_refused", "撤回未成功", "Withdrawal too late"},
	{"withdrawn", "已撤回", "Withdrawn"},
};

static const char *choice_word(struct call *call, const struct choice *choices, size_t count, const char *code)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(choices[i].code, code) == 0)
			return call_text(call, choices[i].zh, choices[i].en);
	return NULL;
}

static const char *transition_word(struct call *call, const struct record *record, const char *event)
{
	const struct lifecycle *lifecycle =
		record && record->lifecycle && call->lifecycles ? lifecycle_of(call->lifecycles, record) : NULL;
	for (size_t i = 0; lifecycle && i < lifecycle->transition_count; i++)
		if (strcmp(lifecycle->transitions[i].event, event) == 0)
			return call_text(call, lifecycle->transitions[i].zh, lifecycle->transitions[i].en);
	return NULL;
}

static const char *type_word(struct call *call, const char *type)
{
	static const struct choice types[] = {{"platform", "平台", "Platform"}, {"network", "网络", "Network"},
		{"region", "地区", "Region"}, {"api_key", "接口密钥", "API key"}, {"operation", "操作", "Operation"},
		{"federation", "平台间同步", "Between platforms"}, {"system", "系统", "System"}};
	const struct record *record = record_find(call->services->records, type);
	const char *word = record ? call_text(call, record->zh, record->en) : NULL;
	if (!word)
		word = choice_word(call, types, sizeof types / sizeof *types, type);
	return word ? word : call_text(call, "其他", "Other");
}

const char *audit_word(struct call *call, const char *kind)
{
	const char *dot = strchr(kind, '.'), *event = dot ? dot + 1 : kind;
	const char *type = arena_printf(call->arena, "%.*s", (int)(dot ? dot - kind : 0), kind);
	const char *word = transition_word(call, record_find(call->services->records, type), event);
	if (!word)
		word = choice_word(call, events, sizeof events / sizeof *events, event);
	return arena_printf(
		call->arena, "%s · %s", type_word(call, type), word ? word : call_text(call, "其他事项", "other"));
}

/* ---- Details ---- */

static const char *key_word(struct call *call, const struct record *record, const char *key)
{
	static const struct choice keys[] = {{"reason", "理由", "Reason"}, {"changed", "变更", "Changed"},
		{"rows", "行数", "Rows"}, {"what", "事项", "What"}, {"name", "名称", "Name"}, {"role", "角色", "Role"},
		{"roles", "角色", "Roles"}, {"why", "原因", "Why"}, {"uscc", "统一社会信用代码", "Unified social credit code"},
		{"opinion", "意见", "Opinion"}, {"user_name", "用户名", "User name"}};
	const struct field *field = record && record->shape ? shape_field(record->shape, key) : NULL;
	if (field)
		return call_text(call, field->zh, field->en);
	return choice_word(call, keys, sizeof keys / sizeof *keys, key);
}

static void add(struct call *call, struct buf *out, const char *word)
{
	buf_printf(out, "%s%s", out->len ? call_text(call, "、", ", ") : "", word);
}

/* Names of fields, of roles, or texts. */
static const char *list_words(struct call *call, const struct record *record, const char *key,
	const struct json_object *list)
{
	struct buf *out = buf_in(call->arena);
	for (size_t i = 0; i < json_count(list); i++) {
		const char *text = json_text(json_at(list, i)), *word = NULL;
		if (text && strcmp(key, "changed") == 0)
			word = key_word(call, record, text);
		else if (text && strcmp(key, "roles") == 0)
			word = role_title(call, text);
		if (word)
			add(call, out, word);
	}
	return out->len ? out->data : NULL;
}

static const char *value_words(struct call *call, const struct record *record, const char *key,
	struct json_object *value)
{
	const struct field *field = record && record->shape ? shape_field(record->shape, key) : NULL;
	const char *text = json_text(value), *word = NULL;
	if (json_object_is_type(value, json_type_array))
		return list_words(call, record, key, value);
	if (json_object_is_type(value, json_type_int))
		return strcmp(key, "rows") == 0 ? json_object_get_string(value) : NULL;
	if (!text || !*text)
		return NULL;
	if (field && field->type == FIELD_ENUM)
		return choice_word(call, field->values, field->value_count, text);
	if (field && (field->type == FIELD_ID || field->type == FIELD_HASH || field->type == FIELD_FILE))
		return NULL;
	if (strcmp(key, "role") == 0)
		return role_title(call, text);
	word = field ? word_of(call, field, text, NULL) : NULL;
	return word ? word : text;
}

const char *audit_details_word(struct call *call, const char *record_type, const char *payload)
{
	const struct record *record = record_type ? record_find(call->services->records, record_type) : NULL;
	struct json_object *object = NULL;
	struct buf *out = buf_in(call->arena);
	if (!payload || json_parse_object(call->arena, payload, strlen(payload), &object))
		return NULL;
	json_object_object_foreach(object, key, value)
	{
		const char *name = key_word(call, record, key);
		const char *words = name ? value_words(call, record, key, value) : NULL;
		if (words)
			buf_printf(out, "%s%s%s%s", out->len ? call_text(call, "；", "; ") : "", name,
				call_text(call, "：", ": "), words);
	}
	return out->len ? out->data : NULL;
}
