#define PROBLEM_ITSELF
#include "core/problem.h"

#include <errno.h>
#include <stdbool.h>

#define KIND(name, code, status, zh, en) const struct problem_kind name = {code, status, zh, en}

KIND(PROBLEM_INVALID, "invalid", 422, "有内容填写不正确，请按各项提示修改后再提交。",
     "Some of the input is not valid; correct the fields named and send it again.");
KIND(PROBLEM_MALFORMED, "malformed", 400, "请求格式不正确，未作任何处理。",
	"The request is malformed; nothing was done.");
KIND(PROBLEM_SIGN_IN, "sign-in-required", 401, "请先登录。", "Sign in first.");
KIND(PROBLEM_FORBIDDEN, "forbidden", 403, "您的角色无权进行此操作，如有需要请联系本平台管理员。",
     "Your role does not allow this; ask this platform's administrator if you need it.");
KIND(PROBLEM_NOT_FOUND, "not-found", 404, "找不到该内容，或您无权查看。",
	"There is no such thing here, or you may not see it.");
KIND(PROBLEM_METHOD, "method-not-allowed", 405, "此地址不支持该请求方法。",
	"This address does not support the method.");
KIND(PROBLEM_CONFLICT, "conflict", 409, "当前状态不允许此操作，请刷新后再看。",
     "The present state does not allow this; reload and look again.");
KIND(PROBLEM_STALE, "stale", 412, "内容已被他人修改，请重新载入后再提交，您的填写不会丢失。",
     "Somebody else has changed this since you read it; reload, compare and send again.");
KIND(PROBLEM_PRECONDITION, "if-match-required", 428, "请带上 If-Match（读取时得到的 ETag）再提交。",
     "Send If-Match with the ETag that you read.");
KIND(PROBLEM_TOO_LARGE, "too-large", 413, "内容超过大小限制。", "The content exceeds the size limit.");
KIND(PROBLEM_MEDIA_TYPE, "media-type", 415, "不支持此内容类型。", "This content type is not supported here.");
KIND(PROBLEM_KEY_REUSED, "idempotency-key-reused", 422, "该 Idempotency-Key 已用于另一请求，请换一个。",
     "This Idempotency-Key was used with another request; choose a new one.");
KIND(PROBLEM_RATE, "too-many-requests", 429, "操作过于频繁，请稍后再试。", "Too many attempts; try again later.");
KIND(PROBLEM_INTERNAL, "internal", 500, "服务器出错，已记录。请凭请求编号联系平台。",
     "The server failed and has recorded it; contact the platform with the request id.");
KIND(PROBLEM_UNAVAILABLE, "unavailable", 503, "服务暂时不可用，请稍后重试。",
	"The service is briefly unavailable; try again.");
KIND(PROBLEM_STORAGE_FULL, "storage-full", 507, "服务器存储空间已满，本次内容没有保存，请稍后再试或联系平台管理员。",
     "The server has no room left and stored nothing; try again later, or tell the platform's administrator.");

struct problem *problem_new(struct arena *arena, const struct problem_kind *kind)
{
	return problem_detail(arena, kind, kind->zh, kind->en);
}

struct problem *problem_of_disk(struct arena *arena, int reason)
{
	bool full = reason == ENOSPC || reason == EDQUOT || reason == EFBIG;
	struct problem *problem = problem_new(arena, full ? &PROBLEM_STORAGE_FULL : &PROBLEM_UNAVAILABLE);
	problem->retry_after = full ? 0 : 1;
	return problem;
}

struct problem *problem_detail(struct arena *arena, const struct problem_kind *kind, const char *zh, const char *en)
{
	struct problem *problem = ARENA_NEW(arena, struct problem);
	problem->kind = kind;
	problem->zh = zh;
	problem->en = en;
	return problem;
}

struct problem *problem_add_field(struct arena *arena, struct problem *problem, const char *pointer, const char *code,
                                  const char *zh, const char *en)
{
	if (!problem)
		problem = problem_new(arena, &PROBLEM_INVALID);
	struct problem_field **at = problem->last ? &problem->last->next : &problem->fields;
	while (*at)
		at = &(*at)->next;
	*at = problem->last = ARENA_NEW(arena, struct problem_field);
	**at = (struct problem_field){.pointer = arena_strdup(arena, pointer), .code = code,
		.zh = arena_strdup(arena, zh), .en = arena_strdup(arena, en)};
	return problem;
}
