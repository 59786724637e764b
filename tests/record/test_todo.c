/* What waits for whom, by the steps of a lifecycle and by the sides of a row. */
#include "core/record/todo.h"

#include "core/buf.h"
#include "tests/record/house.h"
#include "tests/record/sample.h"

/* Whether the row waits for these roles, by the one to-do of its record. */
static bool row_waits(const struct record *record, const char *id, struct actor actor)
{
	const struct record_todo *todo = &record->todo[0];
	const struct todo_view view = {.roles = actor.roles};
	struct call call;
	struct todo_sql asked;
	struct db_result *rows;
	struct uuid row;
	db_use_arena(db, arena);
	call_init_server(&call, &services, db, 7, 3);
	call.lifecycles = lifecycles;
	call.actor = actor;
	assert_true(uuid_parse(id, &row));
	if (!todo_concerns(&call, record, todo, actor.roles))
		return false;
	todo_begin(&call, record, todo, &view, "id, name, applicant, step, created, due_on, mine", &asked);
	todo_and(&asked, "id = ?", db_id(&row));
	const char *sql = db_dynamic(db, asked.sql->data);
	assert_null(db_select(db, call.scope, sql, asked.args, asked.count, &rows));
	return rows->rows != 0;
}

static bool waits_for(const char *id, uint32_t roles, struct uuid institution)
{
	return row_waits(&record_sample, id,
		(struct actor){.roles = roles, .institution_id = institution, .account_id = account});
}

/* Whether platform 7 has any that is beyond its day. */
static bool is_late(uint32_t roles)
{
	struct buf *sql = buf_in(arena);
	struct db_result *rows;
	db_use_arena(db, arena);
	buf_text(sql, "SELECT 1 FROM (SELECT 7 AS id) p WHERE ");
	if (!todo_add_late(&record_sample, &record_sample.todo[0], roles, "", sql))
		return false;
	const char *statement = db_dynamic(db, sql->data);
	assert_null(db_select(db, db_all_platforms("a test"), statement, DB_NO_ARGS, &rows));
	return rows->rows != 0;
}

static void change(const char *assignment)
{
	const char *sql = arena_printf(arena, "UPDATE sample SET %s WHERE name = 'waiter'", assignment);
	db_use_arena(db, arena);
	assert_null(db_exec(db, db_all_platforms("a test"), db_dynamic(db, sql), DB_NO_ARGS, NULL));
}

static void waits_for_whoever_may_move_it(void **state)
{
	const char *id = make("{\"name\":\"waiter\",\"price\":100,\"opens_on\":\"2026-05-06\",\"extra\":{\"colour\":"
			      "\"red\"}}"),
		   *events = path("POST /api/v1/samples/%s/events", id);
	assert_true(waits_for(id, ROLE_OWNER, mine));
	assert_false(waits_for(id, ROLE_OWNER, other));
	assert_false(waits_for(id, ROLE_STAFF, mine));
	assert_false(waits_for(id, ROLE_REVIEWER, UUID_NIL));
	ASK(200, events, OWNER "If-Match: \"1\"", "{\"event\":\"submit\"}");
	assert_true(waits_for(id, ROLE_REVIEWER, UUID_NIL));
	assert_true(waits_for(id, ROLE_REVIEWER | ROLE_OWNER, other));
	assert_false(waits_for(id, ROLE_PLATFORM_ADMIN, UUID_NIL));
	assert_false(waits_for(id, ROLE_OWNER, mine));
	assert_false(is_late(ROLE_REVIEWER));
	change("due_on = '2026-01-05'");
	assert_true(is_late(ROLE_REVIEWER | ROLE_PLATFORM_ADMIN));
	assert_false(is_late(ROLE_SERVER));
	ASK(200, events, REVIEWER "If-Match: \"2\"", "{\"event\":\"ask\",\"days\":3,\"reason\":\"缺\"}");
	assert_true(waits_for(id, ROLE_OWNER, mine));
	assert_false(waits_for(id, ROLE_REVIEWER, UUID_NIL));
	ASK(200, events, OWNER "If-Match: \"3\"", "{\"event\":\"answer\"}");
	ASK(200, events, REVIEWER "If-Match: \"4\"", "{\"event\":\"pass\"}");
	/* A step of an earlier policy: as the others of its phase. */
	change("step = 'older'");
	assert_true(waits_for(id, ROLE_REVIEWER, UUID_NIL));
	change("step = 'done', phase = 'active'");
	assert_false(waits_for(id, ROLE_REVIEWER, UUID_NIL));
	assert_false(waits_for(id, ROLE_OWNER, mine));
}

static bool bargain_waits(const char *id, uint32_t roles, struct uuid institution, uint32_t barred)
{
	return row_waits(&record_bargain, id,
		(struct actor){.roles = roles, .institution_id = institution, .account_id = account, .barred = barred});
}

static void waits_for_a_side(void **state)
{
	const char *body = arena_printf(
		arena, "{\"title\":\"检测服务\",\"seller_id\":\"%s\"}", uuid_text(arena, other));
	ASK(201, "POST /api/v1/bargains", "X-Roles: 256\nX-Institution: mine\n", body);
	const char *id = arena_strdup(arena, text_at("/id")), *events = path("POST /api/v1/bargains/%s/events", id);
	assert_true(bargain_waits(id, ROLE_ENTERPRISE, mine, 0));
	assert_false(bargain_waits(id, ROLE_ENTERPRISE, other, 0));
	assert_false(bargain_waits(id, ROLE_OWNER, other, 0));
	assert_false(bargain_waits(id, ROLE_PLATFORM_ADMIN, UUID_NIL, 0));
	ASK(200, events, "X-Roles: 256\nX-Institution: mine\nIf-Match: *\n", "{\"event\":\"offer\"}");
	assert_true(bargain_waits(id, ROLE_STAFF, other, 0));
	assert_false(bargain_waits(id, ROLE_STAFF, other, MENU_ORDERS));
	assert_false(bargain_waits(id, ROLE_STAFF, mine, 0));
	assert_false(bargain_waits(id, ROLE_OWNER, mine, 0)); /* who buys is no seller */
	assert_false(bargain_waits(id, ROLE_REVIEWER, UUID_NIL, 0)); /* an advisor, but of another */
	ASK(200, path("PATCH /api/v1/bargains/%s", id), ADMIN "If-Match: *\n",
		arena_printf(arena, "{\"advisor_account\":\"%s\"}", uuid_text(arena, account)));
	assert_true(bargain_waits(id, ROLE_REVIEWER, UUID_NIL, 0));
	ASK(200, events, "X-Roles: 128\nX-Institution: other\nIf-Match: *\n", "{\"event\":\"accept\"}");
	assert_true(bargain_waits(id, ROLE_PLATFORM_ADMIN, UUID_NIL, 0));
	assert_true(bargain_waits(id, ROLE_ENTERPRISE, mine, 0));
	assert_false(bargain_waits(id, ROLE_STAFF, other, 0));
}

/* A row on platform 7 whose home is `home`. */
static const char *parcel(int home, int carrier_home, const char *step, const char *phase)
{
	struct uuid id = uuid_v7();
	db_use_arena(db, arena);
	assert_null(db_exec(db, db_platform(7, 3),
		"INSERT INTO parcel (platform_id, id, home_id, home_seq, carrier_id, carrier_home, title, phase, step, "
		"created_at) "
		"VALUES (:p, ?, ?, 1, ?, ?, 'parcel', ?, ?, UTC_TIMESTAMP(3))",
		DB_ARGS(db_id(&id), db_int(home), db_id(&mine), db_int(carrier_home), db_text(phase), db_text(step)),
		NULL));
	return uuid_text(arena, id);
}

static bool parcel_waits(const char *id, uint32_t roles)
{
	return row_waits(&record_parcel, id, (struct actor){.roles = roles, .institution_id = mine});
}

/* On a copy, for those who may ask its home. */
static void waits_for_who_may_ask_its_home(void **state)
{
	const char *original = parcel(7, 8, "offered", "waiting"), *copy = parcel(8, 7, "offered", "waiting"),
		   *elsewhere = parcel(8, 9, "offered", "waiting"), *carried = parcel(8, 7, "carried", "active");
	assert_true(parcel_waits(original, ROLE_OWNER) && parcel_waits(original, ROLE_REVIEWER));
	assert_true(parcel_waits(copy, ROLE_OWNER));
	assert_false(parcel_waits(copy, ROLE_REVIEWER)); /* who drops it is at its home */
	assert_false(parcel_waits(elsewhere, ROLE_OWNER));
	assert_false(parcel_waits(carried, ROLE_OWNER)); /* that it arrived can be said at home alone */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(waits_for_whoever_may_move_it),
		cmocka_unit_test(waits_for_a_side),
		cmocka_unit_test(waits_for_who_may_ask_its_home),
	};
	return cmocka_run_group_tests(tests, house_setup, house_teardown);
}
