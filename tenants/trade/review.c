#include "tenants/trade/review.h"

#include "core/record/lifecycle.h"
#include "core/text/json.h"
#include "schema/records.gen.h"
#include "tenants/platform/post.h"
#include "tenants/trade/score.h"

/* A follow-up says how it went afterwards: natural days after it was shown. */
enum { FOLLOW_UP_FROM = 30, FOLLOW_UP_UNTIL = 180 };
static const int64_t DAY_MS = 86400000;

/* --- opening --- */

/* Profiles of both, as far as they are here. */
static struct problem *are_related(struct call *call, const struct order *order, bool *out)
{
	struct db_result *rows;
	struct problem *problem = db_select(call->db, call->scope,
		"SELECT 1 FROM institution a JOIN institution b ON b.platform_id = :p AND b.id = ? AND "
		"b.legal_representative = a.legal_representative WHERE a.platform_id = :p AND a.id = ? AND "
		"a.legal_representative <> ''",
		DB_ARGS(db_id(&order->buyer_id), db_id(&order->institution_id)), &rows);
	*out = !problem && rows->rows;
	return problem;
}

static struct problem *open_one(struct call *call, const struct order *order, enum review_side side, bool related)
{
	struct review *row = review_row_new(call);
	bool buys = side == REVIEW_SIDE_BUYER;
	const char *duplicate = NULL;
	row->order_id = order->row.id;
	row->order_number = order->number;
	row->listing_id = order->listing_id;
	row->listing_name = order->listing_name;
	row->institution_id = order->institution_id;
	row->institution_home = order->institution_home;
	row->institution_name = order->institution_name;
	row->buyer_id = order->buyer_id;
	row->buyer_home = order->buyer_home;
	row->buyer_name = order->buyer_name;
	row->side = side;
	row->related = related;
	row->author_id = buys ? order->buyer_id : order->institution_id;
	row->author_home = buys ? order->buyer_home : order->institution_home;
	row->subject_id = buys ? order->institution_id : order->buyer_id;
	row->subject_home = buys ? order->institution_home : order->buyer_home;
	return record_insert_unless(call, &record_review, row, &duplicate);
}

struct problem *review_open(struct call *call, const struct order *order)
{
	bool related;
	struct problem *problem = are_related(call, order, &related);
	if (!problem)
		problem = open_one(call, order, REVIEW_SIDE_BUYER, related);
	return problem ? problem : open_one(call, order, REVIEW_SIDE_SELLER, related);
}

/* --- unsealing --- */

/* That of the other side, locked: of two that are written at once, one sees the other. */
static struct problem *other_of(struct call *call, const struct review *row, struct review **out)
{
	struct review **rows;
	size_t count;
	struct problem *problem = review_row_select(call, "order_id = ? AND side <> ?", "FOR UPDATE",
		DB_ARGS(db_id(&row->order_id), db_text(row->side == REVIEW_SIDE_BUYER ? "buyer" : "seller")), &rows,
		&count);
	*out = !problem && count ? rows[0] : NULL;
	return problem;
}

struct problem *guard_review_both_written(struct call *call, const struct review *row, struct json_object *form)
{
	struct review *other;
	(void)form;
	struct problem *problem = other_of(call, row, &other);
	/* Of one that will never be written, or is shown already, nothing is to be waited for. */
	if (problem || !other || other->row.phase != REVIEW_PHASE_WAITING)
		return problem;
	return problem_detail(call->arena, &PROBLEM_CONFLICT, "对方尚未评价。", "The other side has not written yet.");
}

struct problem *effect_review_show_other(struct call *call, struct review *row, struct json_object *form)
{
	struct review *other;
	struct problem *problem = other_of(call, row, &other);
	(void)form;
	if (problem || !other || other->row.phase != REVIEW_PHASE_SEALED)
		return problem;
	return lifecycle_fire_as_server(call, &record_review, other, "unseal", NULL);
}

/* --- what is said once --- */

struct problem *guard_review_follow_up_due(struct call *call, const struct review *row, struct json_object *form)
{
	int64_t days = (call_now() - row->shown_at) / DAY_MS;
	(void)form;
	if (!row->follow_up_at && days >= FOLLOW_UP_FROM && days <= FOLLOW_UP_UNTIL)
		return NULL;
	return row->follow_up_at
		? problem_detail(call->arena, &PROBLEM_CONFLICT, "已追加过评价。", "There is a follow-up already.")
		: problem_detail(call->arena, &PROBLEM_CONFLICT, "评价公开 30 天后至 180 天内可追加一次。",
			  "A follow-up is written 30 to 180 days after the review was shown.");
}

struct problem *guard_review_unanswered(struct call *call, const struct review *row, struct json_object *form)
{
	(void)form;
	if (!row->replied_at)
		return NULL;
	return problem_detail(call->arena, &PROBLEM_CONFLICT, "已回复过该评价。", "It was replied to already.");
}

/* --- hiding --- */

static const char *const said[] = {"score", "response_score", "quality_score", "time_score", "price_score", "text",
	"follow_up", "reply"};

struct problem *effect_review_withhold(struct call *call, struct review *row, struct json_object *form)
{
	struct json_object *kept = json_own(call->arena, json_object_new_object()),
			   *all = record_export(call, &record_review, row, true);
	(void)form;
	for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
		const struct field *field = shape_need(record_review.shape, said[i]);
		if (field_is_absent(field, row))
			continue;
		json_object_object_add(kept, said[i], json_object_get(json_get(all, said[i])));
		field_clear(field, row);
	}
	row->withheld = kept;
	row->judged_by = call->actor.account_id;
	return NULL;
}

struct problem *effect_review_give_back(struct call *call, struct review *row, struct json_object *form)
{
	(void)form;
	struct problem *problem = row->withheld
		? shape_decode(call, call->arena, record_review.shape, row->withheld, DECODE_PATCH, 0, row)
		: NULL;
	row->withheld = NULL;
	row->hidden_code = 0;
	row->hidden_at = 0;
	return problem;
}

/* Nobody judges their own judgement. */
struct problem *guard_review_other_judge(struct call *call, const struct review *row, struct json_object *form)
{
	(void)form;
	if (!uuid_equal(row->judged_by, call->actor.account_id))
		return NULL;
	return problem_detail(call->arena, &PROBLEM_FORBIDDEN, "隐藏评价的人不能处理对它的申诉，请由其他人处理。",
		"Whoever hid it does not judge the appeal: somebody else does.");
}

/* --- counting --- */

struct problem *review_after_write(struct call *call, const struct review *before, const struct review *row)
{
	if (!before || before->row.phase == row->row.phase || row->side != REVIEW_SIDE_BUYER)
		return NULL;
	return score_again(call, row->institution_id);
}

struct problem *order_after_write(struct call *call, const struct order *before, const struct order *row)
{
	if (!before || before->row.phase == row->row.phase || before->row.phase == ORDER_PHASE_DRAFT)
		return NULL;
	return score_again(call, row->institution_id);
}

struct problem *complaint_after_write(struct call *call, const struct complaint *before, const struct complaint *row)
{
	if (!before || (before->outcome == row->outcome && before->unanswered_at == row->unanswered_at))
		return NULL;
	return score_again(call, row->institution_id);
}
