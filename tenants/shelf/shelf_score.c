#include "tenants/shelf/shelf_score.h"

struct problem *shelf_score_all(struct call *call, const struct shelf_score **out, size_t *count)
{
	struct db_result *rows;
	*out = NULL;
	*count = 0;
	struct problem *problem = db_select(call->db, call->scope,
		"SELECT institution_id, score FROM institution_score WHERE platform_id = :p ORDER BY institution_id",
		NULL, 0, &rows);
	if (problem)
		return problem;
	struct shelf_score *scores = ARENA_ARRAY(call->arena, struct shelf_score, rows->rows + 1);
	for (size_t i = 0; i < rows->rows; i++) {
		db_get_id(rows, i, 0, &scores[i].institution_id);
		scores[i].score = db_get_int(rows, i, 1);
	}
	*out = scores;
	*count = rows->rows;
	return NULL;
}
