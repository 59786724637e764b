/* Children that go where their parent goes, and that are asked for on a copy of it. */
#include <string.h>

#include "core/record/ask.h"
#include "core/text/json.h"
#include "tests/record/house.h"
#include "tests/record/sample.h"

#define CARRIER OWNER
#define AT "If-Match: *\n"

/* A row on platform 7 whose home is `home`. */
static const char *parcel(int home, int carrier_home)
{
	struct uuid id = uuid_v7();
	db_use_arena(db, arena);
	assert_null(db_exec(db, db_platform(7, 3),
		"INSERT INTO parcel (platform_id, id, home_id, home_seq, carrier_id, carrier_home, title, phase, step, "
		"created_at) VALUES (:p, ?, ?, 1, ?, ?, 'parcel', 'waiting', 'offered', UTC_TIMESTAMP(3))",
		DB_ARGS(db_id(&id), db_int(home), db_id(&mine), db_int(carrier_home)), NULL));
	return uuid_text(arena, id);
}

static const char *label(const char *parcel_id, const char *headers)
{
	ASK(201, path("POST /api/v1/parcels/%s/labels", parcel_id), headers, "{\"words\":\"小心轻放\"}");
	return arena_strdup(arena, text_at("/id"));
}

/* Entries of this kind about a row; to: the addressee, 0 for whoever it is. */
static int64_t entries(const char *kind, const char *id, int to)
{
	return count_of(arena_printf(arena,
		"SELECT COUNT(*) FROM log_entry e WHERE e.platform_id = 7 AND e.kind = '%s' AND e.record_id = "
		"UNHEX(REPLACE('%s', '-', '')) AND (%d = 0 OR EXISTS (SELECT 1 FROM log_address a WHERE a.platform_id "
		"= e.platform_id AND a.seq = e.seq AND a.reader = %d))",
		kind, id, to, to));
}

static int64_t rows(const char *table, const char *where)
{
	return count_of(arena_printf(arena, "SELECT COUNT(*) FROM `%s` WHERE %s", table, where));
}

static void children_go_where_their_parent_goes(void **state)
{
	const char *here = parcel(7, 7), *first = label(here, REVIEWER), *second = label(here, CARRIER);
	assert_int_equal(entries("label.created", first, 8), 0);
	ASK(200, path("PATCH /api/v1/parcels/%s", here), REVIEWER AT, "{\"carrier_home\":\"eight\"}");
	assert_int_equal(entries("parcel.changed", here, 8), 1);
	assert_int_equal(entries("label.shared", first, 8), 1);
	assert_int_equal(entries("label.shared", second, 8), 1);
	const char *third_one = label(here, REVIEWER);
	assert_int_equal(entries("label.created", third_one, 8), 1);
	ASK(200, path("PATCH /api/v1/parcels/%s", here), REVIEWER AT, "{\"title\":\"易碎品\"}");
	assert_int_equal(entries("label.shared", first, 0), 1); /* nobody is new */
	ASK(200, path("PATCH /api/v1/parcels/%s", here), REVIEWER AT, "{\"carrier_home\":\"seven\"}");
	assert_int_equal(entries("parcel.gone", here, 8), 1);
	assert_int_equal(entries("label.gone", first, 8), 0); /* they go with it */
}

static void a_child_is_asked_for_on_a_copy(void **state)
{
	const char *copy = parcel(8, 7), *elsewhere = parcel(8, 9);
	const char *made = label(copy, CARRIER);
	assert_string_equal(text_at("/home"), "eight");
	assert_string_equal(text_at("/asked/0/event"), ASK_CREATE);
	assert_int_equal(entries("label.asked", made, 8), 1);
	assert_int_equal(entries("label.created", made, 0), 0);
	ASK(404, path("POST /api/v1/parcels/%s/labels", copy), STRANGER, "{\"words\":\"小心轻放\"}");
	ASK(409, path("POST /api/v1/parcels/%s/labels", copy), REVIEWER, "{\"words\":\"小心轻放\"}");
	ASK(409, path("POST /api/v1/parcels/%s/labels", elsewhere), CARRIER, "{\"words\":\"小心轻放\"}");
	ASK(422, path("POST /api/v1/parcels/%s/labels", copy), CARRIER, "{\"words\":\"\"}");
	ASK(200, path("GET /api/v1/parcels/%s/labels", copy), CARRIER, NULL);
	assert_int_equal(json_count(json_at_pointer(answer(), "/items")), 1);
	ASK(404, path("GET /api/v1/parcels/%s/labels", copy), STRANGER, NULL);
	assert_null(db_exec(db, db_platform(7, 3),
		"UPDATE parcel SET phase = 'active', step = 'carried' WHERE platform_id = :p", DB_NO_ARGS, NULL));
	ASK(409, path("POST /api/v1/parcels/%s/labels", copy), CARRIER,
		"{\"words\":\"小心轻放\"}"); /* not in this phase */
}

/* Events of a child are asked by whom the parent's row puts on its side. */
static void a_childs_events_are_asked_from_the_parents_side(void **state)
{
	const char *copy = parcel(8, 7), *one = label(copy, CARRIER);
	assert_null(db_exec(
		db, db_platform(7, 3), "UPDATE label SET home_seq = 5 WHERE platform_id = :p", DB_NO_ARGS, NULL));
	const char *events = path("POST /api/v1/labels/%s/events", one);
	ASK(200, path("GET /api/v1/labels/%s", one), CARRIER, NULL);
	assert_string_equal(text_at("/actions/0/event"), "stick");
	ASK(404, events, STRANGER AT, "{\"event\":\"stick\"}");
	ASK(403, events, REVIEWER AT, "{\"event\":\"stick\"}");
	ASK(200, events, CARRIER AT, "{\"event\":\"stick\"}");
	assert_int_equal(entries("label.asked", one, 8), 2);
	ASK(409, events, CARRIER AT, "{\"event\":\"stick\"}");
	SAYS("asked");
}

struct dropping {
	struct call call;
	struct uuid id;
};

static struct problem *drop(struct db *one, void *arg)
{
	struct dropping *dropping = arg;
	return record_drop_copy(&dropping->call, &record_parcel, dropping->id, 8, 100);
}

static void copies_of_children_go_with_their_parents(void **state)
{
	const char *copy = parcel(8, 7), *kept = parcel(8, 7);
	label(copy, CARRIER);
	label(copy, CARRIER);
	label(kept, CARRIER);
	int64_t before = rows("label", "1");
	struct dropping dropping = {
		.call = {
			.arena = arena, .db = db, .scope = db_platform(7, 3), .platform_id = 7, .services = &services}};
	uuid_parse(copy, &dropping.id);
	assert_null(db_transaction(db, drop, &dropping));
	assert_int_equal(rows("label", "1"), before - 2);
	ASK(404, path("GET /api/v1/parcels/%s", copy), CARRIER, NULL);
	ASK(200, path("GET /api/v1/parcels/%s", kept), CARRIER, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(children_go_where_their_parent_goes),
		cmocka_unit_test(a_child_is_asked_for_on_a_copy),
		cmocka_unit_test(a_childs_events_are_asked_from_the_parents_side),
		cmocka_unit_test(copies_of_children_go_with_their_parents),
	};
	return cmocka_run_group_tests(tests, house_setup, house_teardown);
}
