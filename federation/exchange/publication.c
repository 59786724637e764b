#include "federation/exchange/publication.h"

#include <string.h>

#include "core/buf.h"
#include "core/text/json.h"
#include "federation/exchange/profile.h"
#include "federation/sync/homes.h"
#include "schema/records.gen.h"
#include "tenants/platform/post.h"
#include "tenants/shelf/listing.h"
#include "tenants/shelf/product.h"

/* ---- At the shelf ---- */

static bool read_count(const struct apply_entry *entry, const char *field, uint32_t *out)
{
	int64_t value;
	*out = 0;
	if (!json_get_int(entry->payload, field, &value) || value < 0 || value > UINT32_MAX)
		return false;
	*out = (uint32_t)value;
	return true;
}

static struct problem *read_wish(struct call *call, const struct apply_entry *entry, struct listing_wish *wish)
{
	*wish = (struct listing_wish){.product_id = entry->record_id, .product_home = entry->source};
	struct problem *problem = apply_id(call, entry, "listing_id", &wish->listing_id);
	if (!problem)
		problem = apply_id(call, entry, "institution_id", &wish->institution_id);
	if (!problem)
		problem = apply_text(call, entry, "product_number", &wish->product_number);
	if (!problem)
		problem = apply_text(call, entry, "institution_name", &wish->institution_name);
	if (!problem)
		problem = apply_text(call, entry, "uscc", &wish->uscc);
	if (problem)
		return problem;
	wish->content = json_get_object(entry->payload, "content");
	wish->overrides = json_get_object(entry->payload, "overrides");
	wish->institution_home = get_platform(call, entry->payload, "institution_home");
	bool edit = false;
	json_get_bool(entry->payload, "edit", &edit);
	wish->asked = !edit;
	if (!wish->content || !read_count(entry, "version", &wish->version) ||
		!read_count(entry, "count", &wish->count) ||
		!read_count(entry, "home_approved", &wish->home_approved) || !wish->institution_home)
		return problem_new(call->arena, &PROBLEM_ENTRY);
	/* It goes on the shelf as a product's fields do. */
	return shape_decode(
		call, call->arena, record_product.shape, wish->content, DECODE_ENTRY, 0, product_row_new(call));
}

static struct problem *tell_unavailable(
	struct call *call, const struct apply_entry *entry, const struct listing_wish *wish, const char *refusal)
{
	struct json_object *payload = json_own(call->arena, json_object_new_object());
	put_id(payload, "institution_id", wish->institution_id);
	put_int(payload, "count", wish->count);
	put_text(payload, "reason", refusal);
	return post_send_to(call, "listing.unavailable", "product", wish->product_id, entry->source, payload);
}

struct problem *publication_apply_request(struct call *call, const struct apply_entry *entry)
{
	struct listing_wish wish;
	const char *refusal = NULL;
	struct problem *problem = read_wish(call, entry, &wish);
	if (!problem)
		problem = listing_take(call, &wish, &refusal);
	if (!problem && refusal)
		return tell_unavailable(call, entry, &wish, refusal);
	if (!problem && entry->source != call->platform_id)
		problem = profile_apply_list(call, entry, &record_attachment, "attachments", wish.institution_id);
	return problem;
}

struct problem *publication_apply_withdraw(struct call *call, const struct apply_entry *entry)
{
	uint32_t count;
	if (!read_count(entry, "count", &count))
		return problem_new(call->arena, &PROBLEM_ENTRY);
	return listing_withdraw(call, entry->record_id, count, json_get_text(entry->payload, "reason"));
}

struct problem *publication_apply_file_removed(struct call *call, const struct apply_entry *entry)
{
	if (entry->source == call->platform_id)
		return NULL;
	return db_exec(call->db, call->scope,
		"DELETE FROM attachment WHERE platform_id = :p AND id = ? AND home_id = ? AND home_id <> platform_id",
		DB_ARGS(db_id(&entry->record_id), db_uint(entry->source)), NULL);
}

/* ---- At the product's home ---- */

/* Of these listings, how many it was that asked the source for them, each for the product and institution that it is
 * of. */
static struct problem *count_asked(
	struct call *call, const struct apply_entry *const *entries, size_t count, size_t *asked)
{
	static const char *const names[] = {"id", "product_id", "institution_id"};
	struct buf *sql = buf_in(call->arena);
	struct db_value *args = ARENA_ARRAY(call->arena, struct db_value, 3 * count + 1);
	struct uuid *ids = ARENA_ARRAY(call->arena, struct uuid, 3 * count + 1);
	struct db_result *rows;
	args[0] = db_uint(entries[0]->source);
	buf_text(sql, "SELECT COUNT(*) FROM listing_request WHERE platform_id = :p AND to_platform = ? "
	              "AND (listing_id, product_id, institution_id) IN (");
	for (size_t i = 0; i < 3 * count; i++) {
		struct problem *problem = apply_id(call, entries[i / 3], names[i % 3], &ids[i]);
		if (problem)
			return problem;
		args[i + 1] = db_id(&ids[i]);
		buf_text(sql, i % 3 ? ", ?" : i ? "), (?" : "(?");
	}
	buf_text(sql, "))");
	struct problem *problem =
		db_select(call->db, call->scope, db_dynamic(call->db, sql->data), args, 3 * count + 1, &rows);
	*asked = problem ? 0 : db_get_uint(rows, 0, 0);
	return problem;
}

/* Of an institution that moved away nothing is kept here: the shelf says it all again to the new home. There it waits
 * for what the old home
 * sends. */
static struct problem *not_asked(struct call *call, const struct apply_entry *entry)
{
	struct uuid id;
	struct db_result *known, *here;
	struct problem *problem = apply_id(call, entry, "institution_id", &id);
	if (!problem)
		problem = db_select(call->db, db_network(call->network_id),
			"SELECT home FROM identity WHERE network_id = :n AND institution_id = ?",
			DB_ARGS(db_id(&id)), &known);
	if (problem || (known->rows && db_get_uint(known, 0, 0) != call->platform_id))
		return problem;
	problem = db_select(call->db, call->scope,
		"SELECT 1 FROM institution WHERE platform_id = :p AND id = ? AND home_id = :p",
		DB_ARGS(db_id(&id)), &here);
	if (problem || (known->rows && !here->rows))
		return problem ? problem : problem_new(call->arena, &PROBLEM_EARLY);
	return problem_detail(call->arena, &PROBLEM_NOT_ITS_HOME,
		arena_printf(call->arena, "没有请平台 %u 上架该产品", entry->source),
		arena_printf(call->arena, "platform %u was not asked to show that product", entry->source));
}

/* A shelf speaks of what it was asked to show, and of nothing else. *keep false: of somebody who has left. */
static struct problem *check_asked(
	struct call *call, const struct apply_entry *const *entries, size_t count, bool *keep)
{
	size_t asked;
	struct problem *problem = count_asked(call, entries, count, &asked);
	*keep = !problem && asked == count;
	if (problem || *keep)
		return problem;
	/* Which of several it is turns out one by one. */
	return count > 1 ? problem_new(call->arena, &PROBLEM_NOT_ITS_HOME) : not_asked(call, entries[0]);
}

struct problem *publication_apply_state(struct call *call, const struct apply_entry *entry)
{
	bool applied;
	struct uuid product_id;
	bool keep;
	if (entry->source == call->platform_id)
		return NULL;
	struct problem *problem = apply_id(call, entry, "product_id", &product_id);
	if (!problem)
		problem = check_asked(call, &entry, 1, &keep);
	if (problem || !keep)
		return problem;
	problem = record_apply(call, &record_listing, entry->payload, entry->source, entry->seq, &applied);
	if (problem || !applied)
		return problem;
	return product_listing_changed(call, product_id, UINT32_MAX);
}

/* Each product counted once, however many of its listings came. */
static struct problem *follow_products(struct call *call, const struct apply_entry *entries, size_t count)
{
	struct problem *problem = NULL;
	for (size_t i = 0; !problem && i < count; i++) {
		const char *product = json_get_text(entries[i].payload, "product_id");
		struct uuid id;
		bool again = false;
		for (size_t j = i + 1; product && !again && j < count; j++) {
			const char *other = json_get_text(entries[j].payload, "product_id");
			again = other && !strcmp(product, other);
		}
		if (uuid_parse(product, &id) && !again)
			problem = product_listing_changed(call, id, UINT32_MAX);
	}
	return problem;
}

struct problem *publication_apply_state_many(struct call *call, const struct apply_entry *entries, size_t count)
{
	size_t n;
	if (entries[0].source == call->platform_id)
		return NULL;
	const struct apply_entry **newest = apply_newest(call->arena, entries, count, &n);
	bool keep;
	struct problem *problem = check_asked(call, newest, n, &keep);
	if (problem)
		return problem;
	struct record_copy *copies = ARENA_ARRAY(call->arena, struct record_copy, n);
	for (size_t i = 0; i < n; i++)
		copies[i] = (struct record_copy){newest[i]->payload, newest[i]->seq};
	struct record_rows rows;
	problem = record_rows_of(call, &record_listing, copies, n, entries[0].source, &rows);
	if (!problem)
		problem = record_apply_rows(call, &record_listing, &rows, NULL);
	return problem ? problem : follow_products(call, entries, count);
}

struct problem *publication_apply_unavailable(struct call *call, const struct apply_entry *entry)
{
	uint32_t count = 0;
	const char *reason;
	struct problem *problem = apply_text(call, entry, "reason", &reason);
	if (!problem && !read_count(entry, "count", &count))
		problem = problem_new(call->arena, &PROBLEM_ENTRY);
	return problem ? problem : db_exec(call->db, call->scope,
	                                   "UPDATE listing_request SET refused_count = ?, refusal = ? WHERE "
	                                   "platform_id = :p AND product_id = ? "
	                                   "AND to_platform = ? AND sent_count = ?",
	                                   DB_ARGS(db_uint(count), db_text(reason), db_id(&entry->record_id),
	                                   db_uint(entry->source), db_uint(count)), NULL);
}

/* ---- Counts ---- */

struct problem *publication_apply_count(struct call *call, const struct apply_entry *entry)
{
	uint32_t created, listed;
	if (entry->source == call->platform_id)
		return NULL;
	if (!read_count(entry, "created", &created) || !read_count(entry, "listed", &listed))
		return problem_new(call->arena, &PROBLEM_ENTRY);
	return db_exec(call->db, call->scope,
	               "INSERT INTO product_count (platform_id, institution_id, home_id, home_seq, created, listed) "
	               "VALUES (:p, ?, ?, ?, ?, ?) "
	               "ON DUPLICATE KEY UPDATE created = IF(home_id = VALUES(home_id) AND VALUES(home_seq) > "
	               "home_seq, VALUES(created), created), "
	               "listed = IF(home_id = VALUES(home_id) AND VALUES(home_seq) > home_seq, VALUES(listed), "
	               "listed), "
	               "home_seq = IF(home_id = VALUES(home_id), GREATEST(home_seq, VALUES(home_seq)), home_seq)",
	               DB_ARGS(db_id(&entry->record_id), db_uint(entry->source), db_uint(entry->seq), db_uint(created),
	               db_uint(listed)), NULL);
}

/* Of several for one institution the last counts. */
struct problem *publication_apply_count_many(struct call *call, const struct apply_entry *entries, size_t count)
{
	struct problem *problem = NULL;
	for (size_t i = 0; !problem && i < count; i++) {
		bool last = true;
		for (size_t j = i + 1; last && j < count && j < i + 32; j++)
			last = !uuid_equal(entries[i].record_id, entries[j].record_id);
		if (last)
			problem = publication_apply_count(call, &entries[i]);
	}
	return problem;
}
