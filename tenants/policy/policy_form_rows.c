/* The form over policies: which keys, in which order, in which words. */
#include "tenants/policy/policy_form.h"

#define ROW(p, zh, en) {p, zh, en, NULL, NULL, LOOK_PLAIN, NULL}
#define HELPED(p, zh, en, help_zh, help_en) {p, zh, en, help_zh, help_en, LOOK_PLAIN, NULL}
#define LONG(p, zh, en, help_zh, help_en) {p, zh, en, help_zh, help_en, LOOK_LONG, NULL}
#define COLOUR(p, zh, en, help_zh, help_en) {p, zh, en, help_zh, help_en, LOOK_COLOUR, NULL}
#define CHOSEN(p, zh, en, help_zh, help_en, from) {p, zh, en, help_zh, help_en, LOOK_PLAIN, from}
#define END {0}

static const struct policy_form_row PROFILE[] = {
	ROW("profile.name", "平台名称", "Name"),
	ROW("profile.short_name", "简称", "Short name"),
	HELPED("profile.contacts.hotline", "服务热线", "Hotline", "显示在门户页脚和通知中",
	"Shown on the portal and in notices"),
	ROW("profile.contacts.hours", "服务时间", "Service hours"),
	ROW("profile.contacts.administrator.name", "平台管理员", "Administrator"),
	ROW("profile.contacts.administrator.phone", "管理员电话", "Administrator's telephone"),
	ROW("profile.contacts.administrator.email", "管理员邮箱", "Administrator's e-mail"),
	HELPED("profile.signature", "短信签名", "SMS signature", "不含【】，须与短信服务商备案一致",
	"Without brackets, as registered with the SMS vendor"),
	END,
};

static const struct policy_form_row BRANDING[] = {
	COLOUR("profile.branding.primary", "主色", "Primary colour", "标题栏、按钮和链接", "Header, buttons and links"),
	COLOUR("profile.branding.accent", "强调色", "Accent colour", "提醒和角标", "Reminders and badges"),
	LONG("profile.branding.logo", "标志（SVG）", "Logo (SVG)", "正方形 SVG 代码，最多 8000 字符；不填则用主色图形",
	"The code of a square SVG, 8,000 characters at most; without one a mark in the primary colour"),
	ROW("profile.branding.logo_text", "标志文字", "Logo text"),
	ROW("profile.branding.slogan", "标语", "Slogan"),
	LONG("profile.branding.footer", "页脚", "Footer", NULL, NULL),
	END,
};

static const struct policy_form_row MARKS[] = {
	ROW("profile.marks.sponsor", "主办单位", "Run by"),
	ROW("profile.marks.operator", "承办单位", "Operated by"),
	HELPED("profile.marks.icp", "ICP 备案号", "ICP filing number", "如：浙ICP备05000001号-1",
	"Like 浙ICP备05000001号-1"),
	HELPED("profile.marks.police", "公安备案号", "Police filing number", "如：浙公网安备 33010602000001号",
	"Like 浙公网安备 33010602000001号"),
	HELPED("profile.marks.site_code", "网站标识码", "Code of the government site", "10 位", "Ten characters"),
	LONG("profile.marks.privacy", "隐私政策", "Privacy policy", "空行分段", "An empty line begins a paragraph"),
	LONG("profile.marks.accessibility", "无障碍声明", "Accessibility statement", "空行分段",
	"An empty line begins a paragraph"),
	END,
};

static const struct policy_form_row CONTRACT[] = {
	LONG("contract.acceptance", "验收条款", "Acceptance", "新起草的合同使用；已有合同不变",
	"For contracts drafted from now on; others stay as they are"),
	LONG("contract.breach", "违约条款", "Breach", NULL, NULL),
	LONG("contract.secrecy", "保密条款", "Secrecy", NULL, NULL),
	LONG("contract.disputes", "争议解决条款", "Disputes", NULL, NULL),
	END,
};

static const struct policy_form_row WAYS[] = {
	ROW("ways.self.open", "自主申请", "Own application"),
	HELPED("ways.self.needs_member_of", "自主申请前须先入驻", "Before applying, a member of",
	"申请机构须已入驻此层级的平台",
	"Who applies must be on a platform of that level"),
	ROW("ways.recommendation.open", "下级平台推荐", "Recommendation by platforms below"),
	ROW("ways.recommendation.from", "可推荐的层级", "Levels that may recommend"),
	ROW("ways.invitation.open", "邀约入驻", "Invitation"),
	HELPED("ways.invitation.review", "使用邀约码后仍须审核", "Redeemed codes are reviewed", "否：使用后直接入驻",
	"No: a code admits at once"),
	ROW("ways.invitation.valid_days", "邀约码有效期（天）", "Validity of a code (days)"),
	HELPED("ways.join.open", "上级平台机构勾选入驻", "Members above join by a tick",
	"已入驻上级平台的机构可勾选入驻本平台",
	"Members of the parent platform may join here"),
	ROW("ways.join.review", "勾选入驻须审核", "Joining is reviewed"),
	HELPED("ways.acceptance.open", "展示下级平台已入驻机构", "Show members of the platforms below",
	"下级平台审核通过即在本平台展示，不再审核",
	"What a platform below approved is shown here without a case of its own"),
	ROW("ways.outside", "接受外省机构", "Institutions of other provinces"),
	LONG("ways.guidance", "不能申请时的指引", "Guidance for those who may not apply", NULL, NULL),
	HELPED("numbers.case", "受理编号前缀", "Prefix of case numbers", "1—6 个大写字母或数字，只影响新编号",
	"1 to 6 capital letters or digits; new numbers only"),
	END,
};

static const struct policy_form_row LISTING[] = {
	ROW("listing.review", "上架审核方式", "Review of listings"),
	CHOSEN("listing.fields_without_review", "修改后无需重新审核的内容", "Fields that change without a review", NULL,
	NULL,
	"product"),
	CHOSEN("listing.overrides", "可按平台单独设置的内容", "Fields that may differ on this platform", NULL, NULL,
	"publish_override"),
	HELPED("listing.to_parent", "审核通过后同步上架到上级平台", "An approval publishes to the parent platform too",
	NULL, NULL),
	ROW("listing.members_only", "仅入驻机构可上架", "Members only"),
	HELPED("numbers.product", "产品编号前缀", "Prefix of product numbers", "1—6 个大写字母或数字，只影响新编号",
	"1 to 6 capital letters or digits; new numbers only"),
	END,
};

static const struct policy_form_row ACCOUNTS[] = {
	ROW("sign_in.password", "允许密码登录", "Sign-in by password"),
	ROW("sign_in.sms_code", "允许短信验证码登录", "Sign-in by SMS code"),
	ROW("sign_in.staff_second_factor", "工作人员必须使用动态口令", "Staff need an authenticator"),
	ROW("sign_in.providers", "第三方登录", "Other identities"),
	ROW("password.min_length", "密码最短长度", "Shortest password"),
	ROW("password.max_length", "密码最大长度", "Longest password"),
	HELPED("password.min_classes", "至少几类字符", "Classes of characters", "数字、大写、小写、符号；0 为不限",
	"Of digits, upper case, lower case, signs; 0: any"),
	ROW("password.staff_min_length", "工作人员密码最短长度", "Shortest password of staff"),
	HELPED("password.staff_max_age_days", "工作人员密码有效期（天）", "Password of staff lasts (days)",
	"0 为长期有效",
	"0: for ever"),
	HELPED("password.history", "不得重复最近几次密码", "Earlier passwords refused", "-1 为全部", "-1: all"),
	ROW("password.refuse_known", "拒绝常见密码", "Refuse well-known passwords"),
	ROW("password.not_user_name", "密码不得含用户名", "Not the user name"),
	ROW("password.not_mobile", "密码不得含手机号", "Not the mobile"),
	ROW("sign_in.failures", "连续失败几次后锁定", "Failures until locked"),
	ROW("sign_in.window_minutes", "失败计数时段（分钟）", "Failures count for (minutes)"),
	ROW("sign_in.lock_minutes", "锁定时长（分钟）", "Locked for (minutes)"),
	ROW("sign_in.idle_minutes", "机构用户无操作退出（分钟）", "Idle until signed out (minutes)"),
	ROW("sign_in.staff_idle_minutes", "工作人员无操作退出（分钟）", "Staff idle until signed out (minutes)"),
	ROW("sign_in.longest_hours", "单次登录最长（小时）", "Longest session (hours)"),
	HELPED("sign_in.sub_accounts", "每个机构的子账号数", "Sub-accounts of an institution", "0 为不开放", "0: none"),
	HELPED("sign_in.api_key_days", "接口密钥有效期（天）", "API keys last (days)", "0 为长期有效", "0: for ever"),
	END,
};

static const struct policy_form_row DEADLINES[] = {
	HELPED("deadlines.claim_minutes", "领取保留时长（分钟）", "A claim lasts (minutes)",
	"审核员领取受理件后超时未办，他人可领取",
	"Then others may claim the case"),
	ROW("deadlines.supplement_days", "补正答复期限（工作日）", "Time to answer a supplement (working days)"),
	ROW("deadlines.remind_days", "资质到期提前提醒（天）", "Reminded before a qualification expires (days)"),
	HELPED("deadlines.objection_days", "认领异议期（工作日）", "A claim waits for an objection (working days)",
	"现任机构管理员收到通知后可提出异议的时间，0 为不等待",
	       "How long the present owner, who is told, may object; 0: no wait"),
	HELPED("deadlines.chase_at", "每日催办时刻", "Overdue work is chased at",
	"工作日此时起提醒有逾期事项的人员，如 09:00；off 为不催办",
	"On working days from then on, like 09:00; off: never"),
	END,
};

const struct policy_form_section POLICY_FORM[] = {
	{"profile", "名称与联系方式", "Name and contacts", PROFILE},
	{"branding", "形象", "Branding", BRANDING},
	{"marks", "网站标识与声明", "Marks and statements", MARKS},
	{"contract", "标准合同", "Standard contract", CONTRACT},
	{"ways", "入驻方式", "Entry routes", WAYS},
	{"listing", "产品上架", "Listings", LISTING},
	{"accounts", "密码与登录", "Passwords and sign-in", ACCOUNTS},
	{"deadlines", "办理时限", "Deadlines", DEADLINES},
	{0},
};

const struct policy_form_row POLICY_FORM_CONDITION[] = {
	ROW("mode", "作用", "Effect"),
	ROW("rule", "判断规则", "Rule"),
	ROW("zh", "条件（中文）", "In Chinese"),
	ROW("en", "条件（英文）", "In English"),
	HELPED("group", "序号", "Number", "同一序号的条件归为一组", "Conditions of one number stand together"),
	CHOSEN("relaxed_for", "可放宽的组织类型", "Relaxed for", "不符合时由审核员酌情",
	"A failure does not count against them",
	"organisation_types"),
	CHOSEN("exempt", "不适用的组织类型", "Exempt", NULL, NULL, "organisation_types"),
	END,
};

const struct policy_form_row POLICY_FORM_DICTIONARIES[] = {
	ROW("categories", "服务类别", "Categories"),
	ROW("industries", "行业", "Industries"),
	ROW("qualifications", "资质类别", "Kinds of qualification"),
	HELPED("institution_types", "机构类型", "Types of institution", "类型由系统固定，可改名、停用或恢复",
	"The types are fixed; they can be renamed, retired and taken back"),
	HELPED("organisation_types", "组织类型", "Organisation types", "类型由系统固定，可改名、停用或恢复",
	"The types are fixed; they can be renamed, retired and taken back"),
	END,
};

const struct policy_form_row POLICY_FORM_STEP[] = {
	ROW("zh", "名称（中文）", "Name in Chinese"),
	ROW("en", "名称（英文）", "Name in English"),
	CHOSEN("phase", "对应状态", "State", "其他平台和列表按此显示；同一状态可有多个环节",
	"What other platforms and lists show", "phases"),
	HELPED("deadline", "办理时限（工作日）", "Deadline (working days)", "0 为当日办结，不填为不限",
	"0: the same day; empty: none"),
	HELPED("clock", "时限计时", "Clock", "等待对方答复的环节应停止计时",
	"Stopped while somebody else is to answer"),
	ROW("desk_zh", "等待时告知对方的岗位（中文）", "Desk as told to who waits, in Chinese"),
	ROW("desk_en", "等待时告知对方的岗位（英文）", "Desk as told to who waits, in English"),
	ROW("final", "是最后一个环节", "Nothing leads out of it"),
	END,
};

const struct policy_form_row POLICY_FORM_TRANSITION[] = {
	ROW("zh", "名称（中文）", "Name in Chinese"),
	ROW("en", "名称（英文）", "Name in English"),
	CHOSEN("from", "从哪些环节", "From", NULL, NULL, "steps"),
	CHOSEN("to", "到哪个环节", "To", "不选为停留在原环节", "Empty: it stays where it is", "steps"),
	ROW("reason", "意见", "Reason"),
	ROW("tone", "按钮样式", "Button"),
	ROW("confirm_zh", "操作前的提示（中文）", "Asked before, in Chinese"),
	ROW("confirm_en", "操作前的提示（英文）", "Asked before, in English"),
	END,
};

const struct policy_form_row POLICY_FORM_FIELD[] = {
	ROW("required", "必填", "Required"),
	ROW("hidden", "不显示", "Hidden"),
	ROW("zh", "名称（中文）", "Name in Chinese"),
	ROW("en", "名称（英文）", "Name in English"),
	ROW("help_zh", "填写说明（中文）", "Help in Chinese"),
	ROW("help_en", "填写说明（英文）", "Help in English"),
	END,
};

const struct policy_form_row POLICY_FORM_EXTRA[] = {
	ROW("zh", "名称（中文）", "Name in Chinese"),
	ROW("en", "名称（英文）", "Name in English"),
	ROW("required", "必填", "Required"),
	HELPED("min", "最少", "At least", "数字的下限；文字的最少字数", "The lowest number; of a text, its characters"),
	HELPED("max", "最多", "At most", "数字的上限；文字的最多字数", "The highest number; of a text, its characters"),
	ROW("help_zh", "填写说明（中文）", "Help in Chinese"),
	ROW("help_en", "填写说明（英文）", "Help in English"),
	END,
};

const struct policy_form_row POLICY_FORM_NOTICE[] = {
	ROW("title", "标题", "Title"),
	LONG("body", "正文", "Text", NULL, NULL),
	LONG("sms", "短信", "SMS", "不填则不发短信", "Empty: no SMS is sent"),
	HELPED("sms_template", "短信模板编号", "SMS template", "短信服务商为该内容登记的编号",
	"The vendor's id of that text"),
	END,
};

/* What concerns the work of the desk: whom visitors reach, how entry and listing go, what is asked and told. */
const char *const POLICY_FORM_DESK[] = {
	"profile.contacts",
	"profile.branding.slogan",
	"profile.branding.footer",
	"ways.guidance",
	"conditions",
	"deadlines",
	"categories",
	"qualifications",
	"lifecycles",
	"forms",
	"notices",
	NULL,
};

const struct policy_form_word POLICY_FORM_WORDS[] = {
	{"clock", "running", "计时", "runs"},
	{"clock", "stopped", "停止计时", "stopped"},
	{"reason", "none", "不填写", "none"},
	{"reason", "optional", "选填", "optional"},
	{"reason", "required", "必填", "required"},
	{"tone", "primary", "主要操作", "primary"},
	{"tone", "danger", "慎重操作", "with care"},
	{NULL, "province", "省级平台", "province"},
	{NULL, "city", "市级平台", "city"},
	{NULL, "county", "县级平台", "county"},
	{NULL, "cluster", "产业集群平台", "industry cluster"},
	{NULL, "park", "园区平台", "park"},
	{"listing.review", "none", "不审核，直接上架", "none: live at once"},
	{"listing.review", "after", "先上架，后复核", "after: live at once, inspected later"},
	{"listing.review", "before", "审核通过后上架", "before: live once approved"},
	{"listing.review", "accept_home", "采信所属平台的审核", "accept the approval of the product's home platform"},
	{"mode", "off", "停用", "off"},
	{"mode", "informs", "只提示审核员", "informs the reviewer"},
	{"mode", "bars", "不符合即不能申请", "bars the application"},
	{"sign_in.providers", "enterprise_code", "电子营业执照（企业码）", "enterprise code"},
	{"sign_in.providers", "gov_service", "政务服务网", "government service network"},
	{"sign_in.providers", "zj96871", "浙里企服 96871", "Zhejiang 96871"},
	{"sign_in.providers", "sister", "兄弟平台账号", "account of a sister platform"},
	{0},
};
