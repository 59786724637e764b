#include "tenants/policy/policy_mark.h"

#include "core/text/json.h"

const struct policy_mark POLICY_MARKS[] = {
	{"sponsor", "主办单位", "who runs it"},
	{"operator", "承办单位", "who operates it"},
	{"icp", "ICP 备案号", "ICP filing number"},
	{"police", "公安备案号", "police filing number"},
	{"site_code", "网站标识码", "code of the government site"},
	{"privacy", "隐私政策", "privacy policy"},
	{"accessibility", "无障碍声明", "accessibility statement"},
	{0},
};

size_t policy_marks_missing(const struct json_object *document, const struct policy_mark **out, size_t room)
{
	const struct json_object *marks = json_get_object(json_get_object(document, "profile"), "marks");
	size_t count = 0;

	for (const struct policy_mark *mark = POLICY_MARKS; mark->key && count < room; mark++)
		if (!json_get(marks, mark->key))
			out[count++] = mark;
	return count;
}
