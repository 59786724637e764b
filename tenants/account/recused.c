#include "tenants/account/recused.h"

#include <string.h>

#include "core/buf.h"
#include "core/crypto/crypto.h"
#include "tenants/account/person.h"

static void add(struct buf *list, const struct db_result *rows, size_t row, size_t column)
{
	struct uuid id;
	char hex[2 * sizeof id.b + 1];

	if (!db_get_id(rows, row, column, &id))
		return;
	crypto_hex(id.b, sizeof id.b, hex);
	buf_printf(list, "%sx'%s'", list->len ? "," : "", hex);
}

/* Undecided ones whose sources are the account's own, or the one's from which its guest came by hand-off, or bear a
 * mark of the person: marks are made for each source anew. only: of this case alone; NULL: of all. */
static struct problem *read_cases(
	struct call *call, const struct person *person, const struct uuid *only, struct buf *list)
{
	struct db_result *rows;
	struct problem *problem = db_select(call->db, call->scope,
		"SELECT s.case_id, s.id, s.author_marks, COALESCE(s.author_id = ? OR (s.author_id = a.home_account_id "
		"AND s.from_platform = a.home), 0) "
		"FROM entry_case c JOIN case_source s ON s.platform_id = c.platform_id AND s.case_id = c.id AND "
		"s.state = 'active' "
		"LEFT JOIN account a ON a.platform_id = :p AND a.id = ? WHERE c.platform_id = :p AND c.phase IN "
		"('waiting', 'supplement') AND c.id = COALESCE(?, c.id)",
		DB_ARGS(db_id(&call->actor.account_id), db_id(&call->actor.account_id), only ? db_id(only) : db_null()),
		&rows);

	for (size_t i = 0; !problem && i < rows->rows; i++) {
		struct uuid source = UUID_NIL;
		db_get_id(rows, i, 1, &source);
		if (db_get_int(rows, i, 3) || person_is_marked(call, person, source, db_get_text(rows, i, 2)))
			add(list, rows, i, 0);
	}
	return problem;
}

/* Two statements in one, so that each has an index. */
static struct problem *read_institutions(struct call *call, struct buf *list)
{
	struct db_result *rows;
	struct problem *problem = db_select(call->db, call->scope,
		"SELECT institution_id FROM account WHERE platform_id = :p AND id = ? AND institution_id IS NOT NULL "
		"UNION "
		"SELECT other.institution_id FROM account own JOIN account other ON other.platform_id = :p AND "
		"other.mobile_index = own.mobile_index "
		"WHERE own.platform_id = :p AND own.id = ? AND other.state <> 'closed' AND other.institution_id IS NOT "
		"NULL",
		DB_ARGS(db_id(&call->actor.account_id), db_id(&call->actor.account_id)), &rows);

	for (size_t i = 0; !problem && i < rows->rows; i++)
		add(list, rows, i, 0);
	return problem;
}

static struct problem *asked_for_case(struct call *call, struct uuid id, bool *recused)
{
	struct buf *cases = buf_in(call->arena);
	struct person person;
	struct problem *problem = person_read(call, call->actor.account_id, UUID_NIL, &person);

	if (!problem)
		problem = read_cases(call, &person, &id, cases);
	*recused = !problem && cases->len;
	return problem;
}

struct problem *recused_is(struct call *call, const char *of, struct uuid id, bool *recused, void *arg)
{
	*recused = strcmp(of, "account") == 0 && uuid_equal(id, call->actor.account_id);
	if (strcmp(of, "institution") == 0)
		return person_works_for(call, call->actor.account_id, id, recused);
	return strcmp(of, "entry_case") == 0 ? asked_for_case(call, id, recused) : NULL;
}

const char *recused_from(const struct recused *recused, const char *of)
{
	if (strcmp(of, "entry_case") == 0)
		return recused->cases;
	return strcmp(of, "institution") == 0 ? recused->institutions : NULL;
}

struct problem *recused_read(struct call *call, struct recused *out)
{
	struct buf *cases = buf_in(call->arena), *institutions = buf_in(call->arena);
	struct person person;
	struct problem *problem = person_read(call, call->actor.account_id, UUID_NIL, &person);

	if (!problem)
		problem = read_cases(call, &person, NULL, cases);
	if (!problem)
		problem = read_institutions(call, institutions);
	*out = (struct recused){cases->len ? cases->data : NULL, institutions->len ? institutions->data : NULL};
	return problem;
}
