#include "tenants/account/person.h"

#include <string.h>

#include "core/buf.h"
#include "core/crypto/crypto.h"
#include "schema/records.gen.h"

enum { MARK = 16 /* bytes */ };

static void add_mark(struct call *call, struct buf *marks, struct uuid about, const char *text)
{
	unsigned char hash[CRYPTO_HASH];
	char hex[2 * MARK + 1];

	crypto_blind_index(call->services->keys, arena_printf(call->arena, "person/%s", uuid_text(call->arena, about)),
		text, hash);
	crypto_hex(hash, MARK, hex);
	buf_printf(marks, "%s%s", marks->len ? "," : "", hex);
}

static struct problem *add_mobiles(
	struct call *call, struct uuid account_id, struct uuid institution_id, struct person *out)
{
	struct account **rows;
	size_t count;
	struct problem *problem = account_row_select(call,
		"state <> 'closed' AND mobile_index IS NOT NULL AND (id = ? OR institution_id = ?)", "LIMIT 50",
		DB_ARGS(db_id(&account_id), db_id(&institution_id)), &rows, &count);

	for (size_t i = 0; !problem && i < count; i++) {
		const char *mobile = record_open(call, &record_account, rows[i], "mobile");
		if (mobile)
			out->texts[out->count++] = arena_printf(call->arena, "mobile:%s", mobile);
	}
	return problem;
}

static struct problem *add_identities(
	struct call *call, struct uuid account_id, struct uuid institution_id, struct person *out)
{
	struct db_result *rows;
	struct problem *problem = db_select(call->db, call->scope,
		"SELECT e.provider, e.subject FROM external_identity e JOIN account a ON a.platform_id = :p AND a.id = "
		"e.account_id "
		"WHERE e.platform_id = :p AND a.state <> 'closed' AND (a.id = ? OR a.institution_id = ?) LIMIT 50",
		DB_ARGS(db_id(&account_id), db_id(&institution_id)), &rows);

	for (size_t i = 0; !problem && i < rows->rows; i++)
		out->texts[out->count++] =
			arena_printf(call->arena, "%s:%s", db_need_text(rows, i, 0), db_need_text(rows, i, 1));
	return problem;
}

struct problem *person_read(struct call *call, struct uuid account_id, struct uuid institution_id, struct person *out)
{
	*out = (struct person){0};
	struct problem *problem = add_mobiles(call, account_id, institution_id, out);
	return problem ? problem : add_identities(call, account_id, institution_id, out);
}

static const char *marks_of(struct call *call, const struct person *person, struct uuid about)
{
	struct buf *out = buf_in(call->arena);

	for (size_t i = 0; i < person->count; i++)
		add_mark(call, out, about, person->texts[i]);
	return out->len ? out->data : "";
}

struct problem *person_marks(
	struct call *call, struct uuid account_id, struct uuid institution_id, struct uuid about, const char **marks)
{
	struct person person;
	struct problem *problem = person_read(call, account_id, institution_id, &person);

	*marks = problem ? "" : marks_of(call, &person, about);
	return problem;
}

bool person_is_marked(struct call *call, const struct person *person, struct uuid about, const char *marks)
{
	return marks && *marks && person_marks_meet(marks_of(call, person, about), marks);
}

bool person_marks_meet(const char *marks, const char *others)
{
	for (const char *at = marks ? marks : ""; *at; at += strcspn(at, ","), at += *at == ',')
		for (const char *other = others ? others : ""; *other;
			other += strcspn(other, ","), other += *other == ',')
			if (strcspn(at, ",") == 2 * MARK && strncmp(at, other, 2 * MARK) == 0)
				return true;
	return false;
}

struct problem *person_works_for(struct call *call, struct uuid account_id, struct uuid institution_id, bool *works)
{
	struct db_result *rows;
	struct problem *problem = db_select(call->db, call->scope,
		"SELECT 1 FROM account own JOIN account other ON other.platform_id = :p AND other.institution_id = ? "
		"AND other.state <> 'closed' "
		"AND (other.id = own.id OR other.mobile_index = own.mobile_index) WHERE own.platform_id = :p AND "
		"own.id = ? LIMIT 1",
		DB_ARGS(db_id(&institution_id), db_id(&account_id)), &rows);

	*works = !problem && rows->rows;
	return problem;
}

struct problem *person_is_same(struct call *call, struct uuid account_id, bool *same, void *arg)
{
	struct person here, there;
	struct problem *problem = person_read(call, call->actor.account_id, UUID_NIL, &here);

	*same = false;
	if (!problem)
		problem = person_read(call, account_id, UUID_NIL, &there);
	for (size_t i = 0; !problem && i < here.count; i++)
		for (size_t j = 0; j < there.count; j++)
			*same |= strcmp(here.texts[i], there.texts[j]) == 0;
	return problem;
}
