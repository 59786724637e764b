#include "tenants/shelf/product.h"

#include <string.h>

#include "core/buf.h"
#include "core/text/json.h"
#include "schema/records.gen.h"
#include "tenants/institution/institution.h"
#include "tenants/institution/membership.h"
#include "tenants/platform/platform.h"
#include "tenants/platform/post.h"
#include "tenants/platform/services.h"
#include "tenants/shelf/draft.h"

/* ---- Content ---- */

static const char *const shown[] = {"name", "category", "industries", "region_code", "pricing", "price", "price_high",
	"price_unit", "summary", "description", "pictures", "contact_phone", "extra"};

struct json_object *product_content(struct call *call, const struct product *row, struct json_object *overrides)
{
	struct json_object *all = record_export(call, &record_product, row, false);
	struct json_object *content = json_own(call->arena, json_object_new_object());
	for (size_t i = 0; i < sizeof shown / sizeof shown[0]; i++) {
		struct json_object *value =
			json_has(overrides, shown[i]) ? json_get(overrides, shown[i]) : json_get(all, shown[i]);
		if (value)
			json_object_object_add(content, shown[i], json_object_get(value));
	}
	put_int(content, "version", row->row.version);
	put_text(content, "number", row->number);
	return content;
}

static bool same_content(struct call *call, const struct product *a, const struct product *b)
{
	struct json_object *left = product_content(call, a, NULL), *right = product_content(call, b, NULL);
	struct buf *l = buf_in(call->arena), *r = buf_in(call->arena);
	json_object_object_del(left, "version");
	json_object_object_del(right, "version");
	json_canonical(l, left);
	json_canonical(r, right);
	return l->len == r->len && !memcmp(l->data, r->data, l->len);
}

/* Without what has lost its meaning since: a price where none is fixed, an upper bound without a range, a range upside
 * down. */
static struct json_object *fitting(struct call *call, const struct product *row, struct json_object *overrides)
{
	int64_t low = row->price, high = row->price_high;
	if (!json_has(overrides, "price") && !json_has(overrides, "price_high"))
		return overrides;
	struct json_object *kept = json_own(call->arena, json_object_new_object());
	json_object_object_foreach(overrides, key, value)
		json_object_object_add(kept, key, json_object_get(value));
	json_get_int(kept, "price", &low);
	json_get_int(kept, "price_high", &high);
	if (row->pricing != PRODUCT_PRICING_RANGE || high < low)
		json_object_object_del(kept, "price_high");
	if (row->pricing == PRODUCT_PRICING_NEGOTIABLE || (row->pricing == PRODUCT_PRICING_RANGE && high < low))
		json_object_object_del(kept, "price");
	return json_object_object_length(kept) ? kept : NULL;
}

/* ---- Requests to shelves ---- */

struct request_row {
	struct uuid listing_id;
	uint32_t count;
	bool found;
	bool listed;
	struct json_object *overrides;
};

static struct problem *load_request(
	struct call *call, struct uuid product_id, uint32_t platform, struct request_row *out)
{
	struct db_result *result;
	struct problem *problem = db_select(call->db, call->scope,
	                                    "SELECT listing_id, sent_count, wanted = 'listed', overrides FROM "
	                                    "listing_request "
	                                    "WHERE platform_id = :p AND product_id = ? AND to_platform = ?",
	                                    DB_ARGS(db_id(&product_id), db_uint(platform)), &result);
	*out = (struct request_row){.listing_id = UUID_NIL};
	if (problem || !result->rows)
		return problem;
	const char *overrides = db_get_text(result, 0, 3);
	db_get_id(result, 0, 0, &out->listing_id);
	out->count = (uint32_t)db_get_uint(result, 0, 1);
	out->found = true;
	out->listed = db_get_int(result, 0, 2) != 0;
	return overrides ? json_parse_object(call->arena, overrides, strlen(overrides), &out->overrides) : NULL;
}

static const char *json_line(struct call *call, struct json_object *value)
{
	struct buf *text = buf_in(call->arena);
	if (!value)
		return NULL;
	json_canonical(text, value);
	return text->data;
}

static struct problem *save_request(struct call *call, const struct product *row, uint32_t platform,
	const struct request_row *request, struct json_object *overrides)
{
	const char *duplicate;
	if (request->found)
		return db_exec(call->db, call->scope,
			"UPDATE listing_request SET wanted = 'listed', sent_version = ?, sent_count = ?, "
			"overrides = ?, refusal = NULL, "
			"sent_at = UTC_TIMESTAMP(3) WHERE platform_id = :p AND product_id = ? AND to_platform = ?",
			DB_ARGS(db_uint(row->row.version), db_uint(request->count), db_text(json_line(call, overrides)),
				db_id(&row->row.id), db_uint(platform)),
			NULL);
	return db_insert(call->db, call->scope,
		"INSERT INTO listing_request (platform_id, product_id, to_platform, listing_id, "
		"institution_id, wanted, sent_version, "
		"sent_count, overrides, sent_at) VALUES (:p, ?, ?, ?, ?, 'listed', ?, ?, ?, UTC_TIMESTAMP(3))",
		DB_ARGS(db_id(&row->row.id), db_uint(platform), db_id(&request->listing_id),
			db_id(&row->institution_id), db_uint(row->row.version), db_uint(request->count),
			db_text(json_line(call, overrides))),
		&duplicate);
}

/* Version that this platform's own shelf shows: what platforms with `accept_home` go by. */
static struct problem *own_live_version(struct call *call, struct uuid product_id, uint32_t *out)
{
	struct db_result *result;
	struct problem *problem = db_select(call->db, call->scope,
	                                    "SELECT live_version FROM listing WHERE platform_id = :p AND home_id = "
	                                    "platform_id AND product_id = ? AND live = 1",
	                                    DB_ARGS(db_id(&product_id)), &result);
	*out = !problem && result->rows ? (uint32_t)db_get_uint(result, 0, 0) : 0;
	return problem;
}

static struct problem *load_institution(struct call *call, struct uuid id, struct institution **out)
{
	struct problem *problem = institution_row_peek(call, id, out);
	if (!problem && !*out)
		problem = problem_new(call->arena, &PROBLEM_NOT_FOUND);
	return problem;
}

static void add_file(struct id_list *list, const char *text)
{
	struct uuid id;
	if (!uuid_parse(text, &id))
		return;
	list->items[list->count++] = id;
}

/* Of the pictures and the description; a copied product shows those of the one that it was copied from. */
static struct id_list files_of(struct call *call, const struct product *row)
{
	size_t pictures = json_count(row->pictures), blocks = json_count(row->description);
	struct id_list list = {0, ARENA_ARRAY(call->arena, struct uuid, pictures + blocks + 1)};
	for (size_t i = 0; i < pictures; i++) {
		struct json_object *picture = json_at(row->pictures, i);
		add_file(&list,
			json_object_is_type(picture, json_type_object) ? json_get_text(picture, "id")
								       : json_text(picture));
	}
	for (size_t i = 0; i < blocks; i++)
		add_file(&list, json_get_text(json_at(row->description, i), "file"));
	return list;
}

/* For the shelf's pictures: what they are, so that it can show them without asking. */
static struct problem *describe_pictures(struct call *call, const struct product *row, struct json_object *payload)
{
	struct id_list files = files_of(call, row);
	struct json_object *list = json_object_new_array();
	struct problem *problem = NULL;
	json_object_object_add(payload, "attachments", list);
	for (size_t i = 0; !problem && i < files.count; i++) {
		struct attachment *file;
		problem = attachment_row_peek(call, files.items[i], &file);
		if (!problem && file)
			json_object_array_add(
				list, json_object_get(record_export(call, &record_attachment, file, false)));
	}
	return problem;
}

/* What is offered nowhere in particular is offered where the institution is. */
static struct json_object *shelf_content(struct call *call, const struct product *row,
	const struct institution *institution, struct json_object *overrides)
{
	struct json_object *content = product_content(call, row, overrides);
	if (!json_has(content, "region_code"))
		put_text(content, "region_code", institution->region_code);
	return content;
}

static struct problem *wish_payload(struct call *call, const struct product *row, const struct request_row *request,
                                    struct json_object *overrides, enum product_why why, struct json_object **out)
{
	struct institution *institution = NULL;
	uint32_t approved = 0;
	struct problem *problem = load_institution(call, row->institution_id, &institution);
	if (!problem)
		problem = own_live_version(call, row->row.id, &approved);
	if (problem)
		return problem;
	struct json_object *payload = *out = json_own(call->arena, json_object_new_object());
	put_id(payload, "listing_id", request->listing_id);
	put_id(payload, "product_id", row->row.id);
	put_text(payload, "product_number", row->number);
	put_id(payload, "institution_id", row->institution_id);
	put_platform(call, payload, "institution_home", institution->row.home_id);
	put_text(payload, "institution_name", institution->name);
	put_text(payload, "uscc", institution->uscc);
	put_int(payload, "version", row->row.version);
	put_int(payload, "count", request->count);
	put_int(payload, "home_approved", approved);
	if (why == PRODUCT_EDITED)
		json_object_object_add(payload, "edit", json_object_new_boolean(true));
	json_object_object_add(payload, "content", json_object_get(shelf_content(call, row, institution, overrides)));
	json_object_object_add(payload, "overrides", json_object_get(overrides));
	return describe_pictures(call, row, payload);
}

struct problem *product_request(struct call *call, const struct product *row, uint32_t platform,
	struct json_object *overrides, enum product_why why)
{
	struct request_row request;
	struct json_object *payload;
	struct problem *problem = load_request(call, row->row.id, platform, &request);
	if (problem)
		return problem;
	if (!request.found)
		request.listing_id = uuid_v7();
	request.count++;
	overrides = fitting(call, row, overrides);
	problem = save_request(call, row, platform, &request, overrides);
	if (!problem)
		problem = wish_payload(call, row, &request, overrides, why, &payload);
	return problem ? problem : post_send_to(call, "listing.requested", "product", row->row.id, platform, payload);
}

static struct problem *listing_there(
	struct call *call, struct uuid product_id, uint32_t platform, struct listing **out)
{
	struct listing **rows;
	size_t count;
	struct problem *problem = listing_row_select(call, "home_id = ? AND product_id = ?", "LIMIT 1",
		DB_ARGS(db_uint(platform), db_id(&product_id)), &rows, &count);
	*out = !problem && count ? rows[0] : NULL;
	return problem;
}

struct problem *product_foresee(struct call *call, const struct product *row, uint32_t platform,
	const struct policy_listing *rules, enum product_why why, enum listing_outcome *out)
{
	struct request_row request;
	struct institution *institution;
	struct listing *there;
	struct listing_wish wish = {.product_home = call->platform_id,
		.version = row->row.version,
		.asked = why == PRODUCT_ASKED};
	struct problem *problem = load_request(call, row->row.id, platform, &request);
	if (!problem)
		problem = load_institution(call, row->institution_id, &institution);
	if (!problem)
		problem = own_live_version(call, row->row.id, &wish.home_approved);
	if (!problem)
		problem = listing_there(call, row->row.id, platform, &there);
	if (problem)
		return problem;
	wish.overrides = fitting(call, row, request.overrides);
	wish.content = shelf_content(call, row, institution, wish.overrides);
	*out = listing_foresee(call, rules, platform, there, &wish);
	return NULL;
}

struct problem *product_overrides(
	struct call *call, struct uuid product_id, uint32_t platform, struct json_object **out)
{
	struct request_row request;
	struct problem *problem = load_request(call, product_id, platform, &request);
	*out = problem ? NULL : request.overrides;
	return problem;
}

struct problem *product_withdraw(struct call *call, struct uuid product_id, uint32_t platform, const char *reason)
{
	struct request_row request;
	struct problem *problem = load_request(call, product_id, platform, &request);
	if (problem || !request.found || !request.listed)
		return problem;
	problem = db_exec(call->db, call->scope,
	                  "UPDATE listing_request SET wanted = 'delisted', sent_count = sent_count + 1, refusal = "
	                  "NULL, sent_at = UTC_TIMESTAMP(3) "
	                  "WHERE platform_id = :p AND product_id = ? AND to_platform = ?",
	                  DB_ARGS(db_id(&product_id), db_uint(platform)), NULL);
	if (problem)
		return problem;
	struct json_object *payload = json_own(call->arena, json_object_new_object());
	put_id(payload, "product_id", product_id);
	put_id(payload, "listing_id", request.listing_id);
	put_int(payload, "count", request.count + 1);
	put_text(payload, "reason", reason);
	return post_send_to(call, "listing.withdraw", "product", product_id, platform, payload);
}

/* Every shelf that was asked to show the product. */
static struct problem *asked_platforms(struct call *call, struct uuid product_id, struct db_result **out)
{
	return db_select(call->db, call->scope,
	                 "SELECT to_platform, overrides FROM listing_request WHERE platform_id = :p AND product_id = ? "
	                 "AND wanted = 'listed' "
	                 "ORDER BY to_platform",
	                 DB_ARGS(db_id(&product_id)), out);
}

static struct problem *request_again(
	struct call *call, const struct product *row, const struct db_result *asked, size_t i)
{
	struct json_object *overrides = NULL;
	const char *text = db_get_text(asked, i, 1);
	struct problem *problem = text ? json_parse_object(call->arena, text, strlen(text), &overrides) : NULL;
	return problem ? problem
		       : product_request(call, row, (uint32_t)db_get_uint(asked, i, 0), overrides, PRODUCT_EDITED);
}

struct problem *product_member_again(struct call *call, struct uuid institution_id, uint32_t platform)
{
	struct db_result *asked;
	struct problem *problem = db_select(call->db, call->scope,
	                                    "SELECT r.to_platform, r.overrides, r.product_id FROM listing_request r "
	                                    "LEFT JOIN listing l "
	                                    "ON l.platform_id = :p AND l.home_id = r.to_platform AND l.product_id = "
	                                    "r.product_id "
	                                    "WHERE r.platform_id = :p AND r.institution_id = ? AND r.to_platform = ? "
	                                    "AND r.wanted = 'listed' "
	                                    "AND (r.refused_count = r.sent_count OR (l.phase = 'delisted' AND "
	                                    "l.ended_by IS NULL)) ORDER BY r.product_id",
	                                    DB_ARGS(db_id(&institution_id), db_uint(platform)), &asked);
	for (size_t i = 0; !problem && i < asked->rows; i++) {
		struct uuid id;
		struct product *row;
		db_get_id(asked, i, 2, &id);
		problem = product_row_peek(call, id, &row);
		if (!problem && row && row->row.phase != PRODUCT_PHASE_DELETED)
			problem = request_again(call, row, asked, i);
	}
	return problem;
}

/* ---- Counts ---- */

static struct problem *count_listed(struct call *call, struct uuid product_id)
{
	/* Not a field of the person's making: the version stays. */
	return db_exec(call->db, call->scope,
	               "UPDATE product SET listed = (SELECT COUNT(*) FROM listing l WHERE l.platform_id = :p AND "
	               "l.product_id = ? AND l.live = 1) "
	               "WHERE product.platform_id = :p AND product.id = ?",
	               DB_ARGS(db_id(&product_id), db_id(&product_id)), NULL);
}

static struct problem *send_counts(struct call *call, struct uuid institution_id, uint64_t created, uint64_t listed)
{
	struct addressees to = {0};
	struct problem *problem = membership_holders(call, institution_id, call->platform_id, &to);
	struct json_object *payload = json_own(call->arena, json_object_new_object());
	put_id(payload, "institution_id", institution_id);
	put_int(payload, "created", (int64_t)created);
	put_int(payload, "listed", (int64_t)listed);
	return problem ? problem : post_send(call, "product.count", "institution", institution_id, &to, payload);
}

static struct problem *count_institution(struct call *call, struct uuid institution_id)
{
	struct db_result *now, *before;
	struct problem *problem = db_select(call->db, call->scope,
	                                    "SELECT COUNT(*), COALESCE(SUM(listed > 0), 0) FROM product WHERE "
	                                    "platform_id = :p AND institution_id = ? "
	                                    "AND phase <> 'deleted'",
	                                    DB_ARGS(db_id(&institution_id)), &now);
	if (!problem)
		problem = db_select(call->db, call->scope,
			"SELECT created, listed FROM product_count WHERE platform_id = :p AND institution_id = ?",
			DB_ARGS(db_id(&institution_id)), &before);
	if (problem)
		return problem;
	uint64_t created = db_get_uint(now, 0, 0), listed = db_get_uint(now, 0, 1);
	if (before->rows && db_get_uint(before, 0, 0) == created && db_get_uint(before, 0, 1) == listed)
		return NULL;
	problem = db_exec(call->db, call->scope,
	                  "INSERT INTO product_count (platform_id, institution_id, home_id, created, listed) VALUES "
	                  "(:p, ?, ?, ?, ?) "
	                  "ON DUPLICATE KEY UPDATE created = VALUES(created), listed = VALUES(listed)",
	                  DB_ARGS(db_id(&institution_id), db_uint(call->platform_id), db_uint(created),
	                  db_uint(listed)), NULL);
	return problem ? problem : send_counts(call, institution_id, created, listed);
}

/* ---- When a listing has changed ---- */

/* The own shelf approved a version: HN-3 shows it above, and those who accept home's approval learn of it. */
static struct problem *spread_approval(struct call *call, const struct product *row)
{
	const struct policy *policy;
	struct db_result *asked;
	struct problem *problem = services_policy(call, &policy);
	if (!problem)
		problem = asked_platforms(call, row->row.id, &asked);
	bool parent_asked = false;
	const struct platform *parent = call->platform->parent;
	for (size_t i = 0; !problem && i < asked->rows; i++) {
		uint32_t platform = (uint32_t)db_get_uint(asked, i, 0);
		parent_asked |= parent && platform == parent->id;
		if (platform != call->platform_id)
			problem = request_again(call, row, asked, i);
	}
	if (!problem && policy->listing.to_parent && parent && !parent_asked)
		problem = product_request(call, row, parent->id, NULL, PRODUCT_EDITED);
	return problem;
}

struct problem *product_listing_changed(struct call *call, struct uuid product_id, uint32_t own_live_before)
{
	struct product *row;
	uint32_t live = 0;
	struct problem *problem = product_row_peek(call, product_id, &row);
	if (problem || !row)
		return problem;
	problem = count_listed(call, product_id);
	if (!problem)
		problem = count_institution(call, row->institution_id);
	if (!problem && row->row.phase != PRODUCT_PHASE_DELETED)
		problem = own_live_version(call, product_id, &live);
	if (problem || !live || live <= own_live_before || live != row->row.version)
		return problem;
	return spread_approval(call, row);
}

/* ---- Hooks of the declaration ---- */

static struct problem *fault(struct call *call, struct problem *problem, const char *pointer, const char *code,
	const char *zh, const char *en)
{
	return problem_add_field(call->arena, problem, pointer, code, zh, en);
}

static struct problem *check_price(struct call *call, const struct product *row, struct problem *problem)
{
	if (row->pricing != PRODUCT_PRICING_NEGOTIABLE && !row->has_price)
		problem = fault(call, problem, "/price", "required", "请填写价格，或选择面议",
			"Give a price, or choose negotiable");
	if (row->pricing == PRODUCT_PRICING_RANGE && (!row->has_price_high || row->price_high < row->price))
		problem = fault(call, problem, "/price_high", "range", "最高价应不低于最低价",
			"The upper bound must not lie below the lower one");
	return problem;
}

/* Which files they may be, the engine looks at (core/record/held.h). */
static struct problem *check_pictures(struct call *call, const struct product *row, struct problem *problem)
{
	if (json_count(row->pictures) > 9)
		problem = fault(call, problem, "/pictures", "max", "最多 9 张图片", "Nine pictures at most");
	return problem;
}

struct problem *product_sound(struct call *call, const struct product *row)
{
	return check_pictures(call, row, check_price(call, row, NULL));
}

struct problem *product_before_create(struct call *call, struct product *row)
{
	row->institution_id = call->actor.institution_id;
	struct problem *problem = product_sound(call, row);
	if (problem)
		return problem;
	struct institution *institution;
	problem = load_institution(call, row->institution_id, &institution);
	if (!problem && institution->row.home_id != call->platform_id)
		problem = problem_detail(call->arena, &PROBLEM_CONFLICT, "请到机构所属平台管理产品",
			"Products are kept on the institution's home platform");
	if (!problem)
		problem = institution_hold(call, row->institution_id);
	return problem;
}

struct problem *product_before_update(struct call *call, const struct product *before, struct product *row)
{
	if (before->row.phase == PRODUCT_PHASE_DELETED)
		return problem_detail(call->arena, &PROBLEM_CONFLICT, "产品已删除", "The product is deleted");
	return product_sound(call, row);
}

struct problem *product_after_write(struct call *call, const struct product *before, const struct product *row)
{
	struct db_result *asked;
	struct problem *problem = before ? count_listed(call, row->row.id) : NULL;
	if (!problem)
		problem = count_institution(call, row->institution_id);
	if (!problem && row->row.phase == PRODUCT_PHASE_DELETED)
		problem = draft_drop(call, row->row.id);
	if (problem || !before || row->row.phase == PRODUCT_PHASE_DELETED || same_content(call, before, row))
		return problem;
	problem = asked_platforms(call, row->row.id, &asked);
	for (size_t i = 0; !problem && i < asked->rows; i++)
		problem = request_again(call, row, asked, i);
	return problem;
}

struct problem *guard_product_complete(struct call *call, const struct product *row, struct json_object *form)
{
	(void)form;
	struct problem *problem = product_sound(call, row);
	if (!row->summary && !row->description)
		problem = fault(call, problem, "/summary", "required", "请填写简介或详细介绍",
			"Give a summary or a description");
	return problem;
}

struct problem *effect_product_ended(struct call *call, struct product *row, struct json_object *form)
{
	(void)form;
	struct db_result *asked;
	struct problem *problem = asked_platforms(call, row->row.id, &asked);
	for (size_t i = 0; !problem && i < asked->rows; i++)
		problem = product_withdraw(call, row->row.id, (uint32_t)db_get_uint(asked, i, 0), NULL);
	return problem;
}
