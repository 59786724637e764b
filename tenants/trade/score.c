#include "tenants/trade/score.h"

#include <string.h>

#include "core/record/endpoint.h"
#include "core/text/json.h"
#include "schema/records.gen.h"

enum { WHOLE = 10000, PRIOR_BUYERS = 5, PRIOR_MEAN = 350, PRIOR_OF = 5, PRIOR_GOOD = 4, PRIOR_ORDERS = 10 };
enum { WEIGHT_REVIEWS = 50, WEIGHT_COMPLETION = 25, WEIGHT_RESPONSE = 15, WEIGHT_COMPLAINTS = 10, WEIGHTS = 100 };
enum { UPHELD_TIMES = 5, COLUMNS = 14 };

/* --- counting --- */

static const char reviews_sql[] =
	"SELECT CAST(COALESCE(SUM(n), 0) AS UNSIGNED), COUNT(*), CAST(COALESCE(SUM(mean), 0) AS UNSIGNED) FROM "
	"(SELECT COUNT(*) AS n, SUM(score) * 100 DIV COUNT(*) AS mean FROM review WHERE platform_id = :p AND "
	"institution_id = ? AND side = 'buyer' AND phase = 'shown' AND home_id = platform_id AND related = 0 AND "
	"score IS NOT NULL GROUP BY buyer_id) AS each_buyer";
static const char orders_sql[] =
	"SELECT COUNT(approved_at), COUNT(lapsed_at) + COUNT(left_at), COUNT(accepted_at) + COUNT(refused_at) + "
	"COUNT(lapsed_at), COUNT(IF(COALESCE(accepted_at, refused_at) <= applied_at + INTERVAL 3 DAY, 1, NULL)), "
	"COUNT(accepted_at) FROM trade_order WHERE platform_id = :p AND institution_id = ? AND home_id = platform_id";
static const char complaints_sql[] =
	"SELECT COUNT(*) FROM complaint WHERE platform_id = :p AND institution_id = ? AND home_id = platform_id AND "
	"(outcome IN ('upheld', 'partly') OR unanswered_at IS NOT NULL)";

static uint64_t share(uint64_t good, uint64_t all)
{
	return (good + PRIOR_GOOD) * WHOLE / (all + PRIOR_OF);
}

static void put_together(struct score *s)
{
	uint64_t mean = (s->review_sum + PRIOR_BUYERS * PRIOR_MEAN) / (s->reviewers + PRIOR_BUYERS);
	uint64_t lost = UPHELD_TIMES * s->upheld * WHOLE / (s->taken + PRIOR_ORDERS);
	s->review_part = (mean - 100) * 25; /* 1.00 to 5.00 */
	s->completion_part = share(s->done, s->done + s->failed);
	s->response_part = share(s->prompt, s->answered);
	s->complaint_part = lost < WHOLE ? WHOLE - lost : 0;
	s->score = (WEIGHT_REVIEWS * s->review_part + WEIGHT_COMPLETION * s->completion_part +
			   WEIGHT_RESPONSE * s->response_part + WEIGHT_COMPLAINTS * s->complaint_part) /
		WEIGHTS;
}

struct problem *score_count(struct call *call, struct uuid institution_id, struct score *out)
{
	struct db_result *reviews = NULL, *orders = NULL, *complaints = NULL;
	*out = (struct score){0};
	struct problem *problem =
		db_select(call->db, call->scope, reviews_sql, DB_ARGS(db_id(&institution_id)), &reviews);
	if (!problem)
		problem = db_select(call->db, call->scope, orders_sql, DB_ARGS(db_id(&institution_id)), &orders);
	if (!problem)
		problem =
			db_select(call->db, call->scope, complaints_sql, DB_ARGS(db_id(&institution_id)), &complaints);
	if (problem)
		return problem;
	out->reviews = db_get_uint(reviews, 0, 0);
	out->reviewers = db_get_uint(reviews, 0, 1);
	out->review_sum = db_get_uint(reviews, 0, 2);
	out->done = db_get_uint(orders, 0, 0);
	out->failed = db_get_uint(orders, 0, 1);
	out->answered = db_get_uint(orders, 0, 2);
	out->prompt = db_get_uint(orders, 0, 3);
	out->taken = db_get_uint(orders, 0, 4);
	out->upheld = db_get_uint(complaints, 0, 0);
	put_together(out);
	return NULL;
}

/* --- keeping --- */

#define KEPT \
	"score, review_part, completion_part, response_part, complaint_part, reviews, reviewers, review_sum, done, " \
	"failed, answered, prompt, taken, upheld"

static void values_of(const struct score *s, uint64_t out[COLUMNS])
{
	const uint64_t values[COLUMNS] = {s->score, s->review_part, s->completion_part, s->response_part,
		s->complaint_part, s->reviews, s->reviewers, s->review_sum, s->done, s->failed, s->answered, s->prompt,
		s->taken, s->upheld};
	memcpy(out, values, sizeof values);
}

/* Nobody else counts this one until the transaction ends. */
static struct problem *hold(struct call *call, struct uuid institution_id)
{
	return db_exec(call->db, call->scope,
		"INSERT INTO institution_score (platform_id, institution_id, updated_at) VALUES (:p, ?, "
		"UTC_TIMESTAMP(3)) ON DUPLICATE KEY UPDATE updated_at = UTC_TIMESTAMP(3)",
		DB_ARGS(db_id(&institution_id)), NULL);
}

static struct problem *keep(struct call *call, struct uuid institution_id, const struct score *s)
{
	return db_exec(call->db, call->scope,
		"UPDATE institution_score SET score = ?, review_part = ?, completion_part = ?, response_part = ?, "
		"complaint_part = ?, reviews = ?, reviewers = ?, review_sum = ?, done = ?, failed = ?, answered = ?, "
		"prompt = ?, taken = ?, upheld = ? WHERE platform_id = :p AND institution_id = ?",
		DB_ARGS(db_uint(s->score), db_uint(s->review_part), db_uint(s->completion_part),
			db_uint(s->response_part), db_uint(s->complaint_part), db_uint(s->reviews),
			db_uint(s->reviewers), db_uint(s->review_sum), db_uint(s->done), db_uint(s->failed),
			db_uint(s->answered), db_uint(s->prompt), db_uint(s->taken), db_uint(s->upheld),
			db_id(&institution_id)),
		NULL);
}

struct problem *score_again(struct call *call, struct uuid institution_id)
{
	struct score score;
	struct problem *problem = hold(call, institution_id);
	if (!problem)
		problem = score_count(call, institution_id, &score);
	return problem ? problem : keep(call, institution_id, &score);
}

static void read_row(const struct db_result *rows, size_t row, size_t first, struct score *out)
{
	uint64_t *const into[COLUMNS] = {&out->score, &out->review_part, &out->completion_part, &out->response_part,
		&out->complaint_part, &out->reviews, &out->reviewers, &out->review_sum, &out->done, &out->failed,
		&out->answered, &out->prompt, &out->taken, &out->upheld};
	for (size_t i = 0; i < COLUMNS; i++)
		*into[i] = db_get_uint(rows, row, first + i);
}

struct problem *score_read(struct call *call, struct uuid institution_id, struct score *out, bool *found)
{
	struct db_result *rows;
	*out = (struct score){0};
	struct problem *problem = db_select(call->db, call->scope,
		"SELECT " KEPT " FROM institution_score WHERE platform_id = :p AND institution_id = ?",
		DB_ARGS(db_id(&institution_id)), &rows);
	*found = !problem && rows->rows;
	if (*found)
		read_row(rows, 0, 0, out);
	return problem;
}

/* --- showing --- */

const char *score_text(struct call *call, uint64_t hundredths)
{
	return arena_printf(call->arena, "%d.%02d", (int)(hundredths / 100), (int)(hundredths % 100));
}

static struct problem *check_member(struct call *call, struct uuid institution_id)
{
	struct db_result *rows;
	struct problem *problem = db_select(call->db, call->scope,
		"SELECT 1 FROM membership WHERE platform_id = :p AND home_id = platform_id AND institution_id = ? AND "
		"phase = 'active'",
		DB_ARGS(db_id(&institution_id)), &rows);
	return problem || rows->rows ? problem : problem_new(call->arena, &PROBLEM_NOT_FOUND);
}

struct problem *score_show(struct call *call)
{
	struct uuid id;
	struct score s;
	bool found;
	struct problem *problem = call_path_id(call, 0, &id);
	if (!problem)
		problem = check_member(call, id);
	if (!problem)
		problem = score_read(call, id, &s, &found);
	if (problem)
		return problem;
	struct score_shown shown = {0};
	if (found)
		shown = (struct score_shown){.score = score_text(call, s.score),
			.review_part = score_text(call, s.review_part), .reviews = (int64_t)s.reviews,
			.has_reviews = true, .buyers = (int64_t)s.reviewers, .has_buyers = true,
			.completion_part = score_text(call, s.completion_part), .done = (int64_t)s.done,
			.has_done = true, .failed = (int64_t)s.failed, .has_failed = true,
			.response_part = score_text(call, s.response_part), .answered = (int64_t)s.answered,
			.has_answered = true, .prompt = (int64_t)s.prompt, .has_prompt = true,
			.complaint_part = score_text(call, s.complaint_part), .taken = (int64_t)s.taken,
			.has_taken = true, .upheld = (int64_t)s.upheld, .has_upheld = true};
	return endpoint_answer(call, &shape_score_shown, &shown);
}

/* --- proving --- */

struct proof {
	struct call *call;
	struct uuid institution_id;
	bool repair;
	const char *fault; /* or NULL */
};

static const char *difference(struct call *call, struct uuid id, const struct score *kept, const struct score *now)
{
	static const char *const names[COLUMNS] = {"score", "review_part", "completion_part", "response_part",
		"complaint_part", "reviews", "reviewers", "review_sum", "done", "failed", "answered", "prompt", "taken",
		"upheld"};
	uint64_t a[COLUMNS], b[COLUMNS];
	values_of(kept, a);
	values_of(now, b);
	for (size_t i = 0; i < COLUMNS; i++)
		if (a[i] != b[i])
			return arena_printf(call->arena, "%s %s: kept %d, counted %d", uuid_text(call->arena, id),
				names[i], (int)a[i], (int)b[i]);
	return NULL;
}

/* Under its lock, so that what is counted and what is kept are of one moment. */
static struct problem *prove_one(struct db *db, void *arg)
{
	struct proof *proof = arg;
	struct score kept, now;
	bool found;
	(void)db;
	proof->fault = NULL;
	struct problem *problem = hold(proof->call, proof->institution_id);
	if (!problem)
		problem = score_read(proof->call, proof->institution_id, &kept, &found);
	if (!problem)
		problem = score_count(proof->call, proof->institution_id, &now);
	if (problem)
		return problem;
	proof->fault = difference(proof->call, proof->institution_id, &kept, &now);
	return proof->fault && proof->repair ? keep(proof->call, proof->institution_id, &now) : NULL;
}

struct problem *score_verify(struct call *call, bool repair, const char ***faults, size_t *count, size_t *checked)
{
	struct db_result *rows;
	*faults = NULL;
	*count = *checked = 0;
	struct problem *problem = db_select(call->db, call->scope,
		"SELECT institution_id FROM trade_order WHERE platform_id = :p AND home_id = platform_id AND "
		"applied_at IS NOT NULL UNION SELECT institution_id FROM institution_score WHERE platform_id = :p",
		NULL, 0, &rows);
	if (problem)
		return problem;
	*faults = ARENA_ARRAY(call->arena, const char *, rows->rows + 1);
	for (size_t i = 0; !problem && i < rows->rows; i++) {
		struct proof proof = {.call = call, .repair = repair};
		db_get_id(rows, i, 0, &proof.institution_id);
		problem = db_transaction(call->db, prove_one, &proof);
		if (proof.fault)
			(*faults)[(*count)++] = proof.fault;
	}
	*checked = rows->rows;
	return problem;
}
