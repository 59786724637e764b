#include "tenants/shelf/listing.h"

#include <string.h>

#include "core/buf.h"
#include "core/text/json.h"
#include "core/text/moment.h"
#include "schema/records.gen.h"
#include "tenants/institution/membership.h"
#include "tenants/platform/platform.h"
#include "tenants/platform/post.h"
#include "tenants/platform/services.h"
#include "tenants/shelf/product.h"

static struct problem *fire_as_server(struct call *call, struct listing *row, const char *event, const char *reason)
{
	return lifecycle_fire_as_server(call, &record_listing, row, event, form_reason(call, reason));
}

static struct problem *find(struct call *call, struct uuid product_id, struct listing **out)
{
	struct listing **rows;
	size_t count;
	struct problem *problem = listing_row_select(call, "home_id = platform_id AND product_id = ?", "LIMIT 1",
	                                             DB_ARGS(db_id(&product_id)), &rows, &count);
	*out = !problem && count ? rows[0] : NULL;
	return problem;
}

/* ---- Content ---- */

static int pricing_of(struct json_object *content)
{
	const struct field *field = shape_field(record_listing.shape, "pricing");
	int pricing = field_value(field, json_get_text(content, "pricing"));
	return pricing ? pricing : LISTING_PRICING_NEGOTIABLE;
}

/* The columns by which a shelf is listed, of the version that they shall show. */
static void show(struct listing *row, struct json_object *content)
{
	const char *name = json_get_text(content, "name"), *category = json_get_text(content, "category");
	const char *region = json_get_text(content, "region_code");
	int64_t price;
	row->name = name ? name : row->name;
	row->category = category ? category : row->category;
	row->region_code = region ? region : row->region_code;
	row->pricing = pricing_of(content);
	row->has_price = row->pricing != LISTING_PRICING_NEGOTIABLE && json_get_int(content, "price", &price);
	row->price = row->has_price ? price : 0;
}

static bool same(struct json_object *a, struct json_object *b, struct arena *arena)
{
	struct buf *left = buf_in(arena), *right = buf_in(arena);
	json_canonical(left, a);
	json_canonical(right, b);
	return left->len == right->len && !memcmp(left->data, right->data, left->len);
}

/* Do the two differ in anything that the policy does not let through? */
static bool needs_review(
	struct call *call, const struct policy_listing *rules, struct json_object *from, struct json_object *to)
{
	if (!from)
		return true;
	json_object_object_foreach(to, key, value) {
		if (!strcmp(key, "version") || policy_list_has(&rules->fields_without_review, key))
			continue;
		if (!same(value, json_get(from, key), call->arena))
			return true;
	}
	json_object_object_foreach(from, old_key, old_value) {
		(void)old_value;
		if (!json_has(to, old_key) && !policy_list_has(&rules->fields_without_review, old_key))
			return true;
	}
	return false;
}

static bool passes_without_review(struct call *call, const struct policy_listing *rules, const struct listing *row)
{
	return row->live && row->content && row->pending && !needs_review(call, rules, row->content, row->pending);
}

/* While the rest waits: what needs no review goes onto the shelf at once. A price means nothing without its kind of
 * pricing. */
static void show_free_fields(struct call *call, const struct policy_listing *rules, struct listing *row)
{
	if (!row->live || !row->content || !row->pending ||
		!same(json_get(row->content, "pricing"), json_get(row->pending, "pricing"), call->arena))
		return;
	struct json_object *content = json_own(call->arena, json_object_new_object());
	json_object_object_foreach(row->content, key, value)
		json_object_object_add(content, key, json_object_get(value));
	for (size_t i = 0; i < rules->fields_without_review.count; i++) {
		const char *name = rules->fields_without_review.items[i];
		struct json_object *newer = json_get(row->pending, name);
		if (newer)
			json_object_object_add(content, name, json_object_get(newer));
		else
			json_object_object_del(content, name);
	}
	row->content = content;
	show(row, content);
}

/* ---- Where a suspended one stood ---- */

static void freeze(struct call *call, struct listing *row)
{
	struct json_object *frozen = json_own(call->arena, json_object_new_object());
	put_text(frozen, "step", row->row.step);
	json_object_object_add(frozen, "live", json_object_new_boolean(row->live));
	put_text(frozen, "reason", row->reason);
	put_text(frozen, "decided_name", row->decided_name);
	put_time(frozen, "decided_at", row->decided_at);
	row->frozen = frozen;
}

/* A returned one that the institution has worked over meanwhile is handed in. */
static void hand_in_frozen(struct call *call, struct listing *row)
{
	const char *step = json_get_text(row->frozen, "step");
	bool live = false;
	if (!step || strcmp(step, "returned"))
		return;
	json_get_bool(row->frozen, "live", &live);
	row->frozen = json_own(call->arena, json_object_new_object());
	put_text(row->frozen, "step", "review");
	json_object_object_add(row->frozen, "live", json_object_new_boolean(live));
}

static bool knows(struct call *call, const struct listing *row, const char *event)
{
	const struct lifecycle *lifecycle = lifecycle_for_row(call, &record_listing, row);
	return lifecycle && lifecycle_transition(lifecycle, row->row.step, event);
}

/* ---- Requests ---- */

static const char *review_event(
	struct call *call, const struct policy_listing *rules, uint32_t shelf, const struct listing *row)
{
	if (row->ended_by == LISTING_ENDED_BY_PLATFORM)
		return "submit"; /* what the desk took down comes back by the desk alone */
	if (passes_without_review(call, rules, row))
		return "accept";
	switch (rules->review) {
	case POLICY_REVIEW_NONE:
		return "accept";
	case POLICY_REVIEW_AFTER:
		return "show";
	case POLICY_REVIEW_ACCEPT_HOME:
		if (row->product_home == shelf)
			return "submit";
		return row->home_approved >= row->pending_version ? "accept" : "await_home";
	case POLICY_REVIEW_BEFORE:
		break;
	}
	return "submit";
}

static struct listing *new_row(struct call *call, const struct listing_wish *wish)
{
	struct listing *row = listing_row_new(call);
	row->row.id = wish->listing_id;
	row->product_id = wish->product_id;
	row->product_number = wish->product_number;
	row->product_home = wish->product_home;
	row->institution_id = wish->institution_id;
	row->name = row->category = "";
	row->region_code = call->platform->region_code;
	return row;
}

static void put_wish(struct listing *row, const struct listing_wish *wish)
{
	row->institution_name = wish->institution_name;
	row->pending = wish->content;
	row->pending_version = wish->version;
	row->overrides = wish->overrides;
	row->request_count = wish->count;
	if (wish->home_approved > row->home_approved)
		row->home_approved = wish->home_approved;
	if (!row->live)
		show(row, wish->content);
}

/* HN-3: whom a platform below has approved is shown here without a case of its own. */
static bool accepts(const struct policy *policy, struct call *call, const struct listing_wish *wish)
{
	const struct platform *home = post_platform(call, wish->institution_home);
	return policy->ways.acceptance && wish->home_approved && home && home->id != call->platform_id &&
		platform_is_below(home, call->platform);
}

static struct problem *check_member(struct call *call, const struct policy *policy, const struct listing_wish *wish,
	const struct listing *row, const char **refusal)
{
	struct membership *member;
	struct problem *problem = membership_find(call, call->platform_id, wish->institution_id, &member);
	if (problem)
		return problem;
	int phase = member ? member->row.phase : 0;
	if (phase == MEMBERSHIP_PHASE_ACTIVE)
		return NULL;
	if (phase == MEMBERSHIP_PHASE_SUSPENDED && row && row->row.phase == LISTING_PHASE_SUSPENDED)
		return NULL; /* shown to nobody, but what is changed meanwhile is here when the institution is
			        resumed */
	if (phase == MEMBERSHIP_PHASE_SUSPENDED || phase == MEMBERSHIP_PHASE_REMOVED) {
		*refusal = "机构在本平台已被暂停或清退 / The institution is suspended or removed here";
		return NULL;
	}
	if (accepts(policy, call, wish)) {
		struct membership_subject subject = {
			wish->institution_id, wish->institution_home, wish->uscc, wish->institution_name};
		return membership_admit(call, &subject, MEMBERSHIP_WAY_ACCEPTANCE);
	}
	if (policy->listing.members_only)
		*refusal = "机构尚未入驻本平台 / The institution is not a member here";
	return NULL;
}

/* Whether a request for a listing that is there leads anywhere, or only leaves what it brings for the next one. */
static bool leads_on(const struct listing *row, const struct listing_wish *wish, bool reviewed)
{
	switch (row->row.phase) {
	case LISTING_PHASE_RETURNED: return wish->asked || reviewed;
	case LISTING_PHASE_REFUSED: return wish->asked;
	case LISTING_PHASE_DELISTED: return wish->asked || !row->ended_by; /* the membership had ended, and has begun
									      again */
	case LISTING_PHASE_SUSPENDED: return false;
	default: return true;
	}
}

static struct problem *take_first(
	struct call *call, const struct policy_listing *rules, const struct listing_wish *wish)
{
	struct listing *row = new_row(call, wish);
	put_wish(row, wish);
	row->submitted_at = call_now();
	struct problem *problem = listing_row_insert(call, row);
	return problem ? problem : fire_as_server(call, row, review_event(call, rules, call->platform_id, row), NULL);
}

static struct problem *take_again(
	struct call *call, const struct policy_listing *rules, const struct listing_wish *wish, struct listing *row)
{
	bool reviewed = needs_review(call, rules, row->pending ? row->pending : row->content, wish->content);
	put_wish(row, wish);
	show_free_fields(call, rules, row);
	/* An edit that nobody has to look at keeps the place in the queue. */
	if (wish->asked || reviewed || row->row.phase != LISTING_PHASE_WAITING)
		row->submitted_at = call_now();
	if (row->row.phase == LISTING_PHASE_SUSPENDED && (wish->asked || reviewed))
		hand_in_frozen(call, row);
	if (!leads_on(row, wish, reviewed))
		return listing_row_update(call, row, NULL);
	return fire_as_server(call, row, review_event(call, rules, call->platform_id, row), NULL);
}

static bool shows(struct call *call, const struct listing *row, struct json_object *content)
{
	struct json_object *there = json_own(call->arena, json_object_new_object());
	json_object_object_foreach(row->content, key, value)
		json_object_object_add(there, key, json_object_get(value));
	json_object_object_del(there, "version");
	struct json_object *wanted = json_own(call->arena, json_object_new_object());
	json_object_object_foreach(content, name, member)
		if (strcmp(name, "version") != 0)
			json_object_object_add(wanted, name, json_object_get(member));
	return same(there, wanted, call->arena);
}

/* As take_first() and take_again() go about it, on a row of its own. */
enum listing_outcome listing_foresee(struct call *call, const struct policy_listing *rules, uint32_t shelf,
	const struct listing *row, const struct listing_wish *wish)
{
	struct listing next = row ? *row : (struct listing){.product_home = wish->product_home};
	bool shown = row && row->live && row->content;
	if (shown && !row->pending && shows(call, row, wish->content))
		return LISTING_SAME;
	bool reviewed = !row || needs_review(call, rules, row->pending ? row->pending : row->content, wish->content);
	put_wish(&next, wish);
	show_free_fields(call, rules, &next);
	if (row && !leads_on(&next, wish, reviewed))
		return LISTING_KEPT;
	const char *event = review_event(call, rules, shelf, &next);
	if (!strcmp(event, "accept"))
		return LISTING_SHOWN;
	if (!strcmp(event, "show"))
		return LISTING_INSPECTED;
	return shown && !same(row->content, next.content, call->arena) ? LISTING_PARTLY : LISTING_REVIEWED;
}

struct problem *listing_take(struct call *call, const struct listing_wish *wish, const char **refusal)
{
	const struct policy *policy;
	struct listing *row;
	*refusal = NULL;
	struct problem *problem = services_policy(call, &policy);
	if (!problem)
		problem = find(call, wish->product_id, &row);
	if (!problem)
		problem = check_member(call, policy, wish, row, refusal);
	if (problem || *refusal || (row && row->request_count >= wish->count))
		return problem; /* an older request, or this one again */
	return row ? take_again(call, &policy->listing, wish, row) : take_first(call, &policy->listing, wish);
}

struct problem *listing_withdraw(struct call *call, struct uuid product_id, uint32_t count, const char *reason)
{
	struct listing *row;
	struct problem *problem = find(call, product_id, &row);
	if (problem || !row || row->request_count >= count)
		return problem;
	row->request_count = count;
	row->ended_by = row->ended_by ? row->ended_by : LISTING_ENDED_BY_INSTITUTION;
	if (row->row.phase == LISTING_PHASE_DELISTED)
		return listing_row_update(call, row, NULL);
	return fire_as_server(call, row, "withdraw", reason);
}

/* ---- All of an institution ---- */

static struct problem *all_of(
	struct call *call, struct uuid institution_id, const char *where, struct listing ***rows, size_t *count)
{
	return listing_row_select(call, where, "ORDER BY id", DB_ARGS(db_id(&institution_id)), rows, count);
}

struct problem *listing_end_all(struct call *call, struct uuid institution_id, const char *event, const char *reason)
{
	struct listing **rows;
	size_t count;
	struct problem *problem = all_of(call, institution_id,
	                                 "home_id = platform_id AND institution_id = ? AND phase NOT IN ('delisted', "
	                                 "'refused')", &rows, &count);
	for (size_t i = 0; !problem && i < count; i++) {
		if (rows[i]->row.phase == LISTING_PHASE_SUSPENDED && !strcmp(event, "suspend"))
			continue;
		if (!strcmp(event, "suspend"))
			freeze(call, rows[i]);
		problem = fire_as_server(call, rows[i], event, reason);
	}
	return problem;
}

/* Back to its place; and what came meanwhile takes the way that it would have taken. */
static struct problem *thaw(struct call *call, const struct policy_listing *rules, struct listing *row)
{
	struct json_object *frozen = row->frozen;
	const char *step = json_get_text(frozen, "step"), *at = json_get_text(frozen, "decided_at");
	bool live = row->content && row->live_version;
	json_get_bool(frozen, "live", &live);
	bool returned = step && !strcmp(step, "returned") && knows(call, row, "return_again");
	bool waited = step && (!strcmp(step, "review") || !strcmp(step, "awaiting_home"));
	const char *event = returned ? "return_again" : live && !waited ? "restore" : "review_again";
	row->frozen = NULL;
	row->live = live;
	row->reason = json_get_text(frozen, "reason");
	row->decided_name = json_get_text(frozen, "decided_name");
	row->decided_at = 0;
	if (at)
		time_parse(at, &row->decided_at);
	show_free_fields(call, rules, row);
	struct problem *problem = fire_as_server(call, row, event, NULL);
	if (problem || returned)
		return problem;
	if (step && !strcmp(step, "inspection") && !row->pending)
		return knows(call, row, "show") ? fire_as_server(call, row, "show", NULL) : NULL;
	if (!row->pending)
		return NULL;
	event = review_event(call, rules, call->platform_id, row);
	return waited && !strcmp(event, "submit") ? NULL : fire_as_server(call, row, event, NULL);
}

struct problem *listing_thaw_all(struct call *call, struct uuid institution_id)
{
	struct listing **rows;
	size_t count;
	const struct policy *policy;
	struct problem *problem = services_policy(call, &policy);
	if (!problem)
		problem = all_of(call, institution_id,
			"home_id = platform_id AND institution_id = ? AND phase = 'suspended'", &rows, &count);
	for (size_t i = 0; !problem && i < count; i++)
		problem = thaw(call, &policy->listing, rows[i]);
	return problem;
}

/* ---- Hooks of the declaration ---- */

/* Nobody judges what belongs to the institution that he works for. */
static void note_decision(struct call *call, struct listing *row, struct json_object *form)
{
	row->reason = json_get_text(form, "reason");
	row->decided_at = call_now();
	row->decided_name = call->actor.name;
}

static struct problem *note_first_live(struct call *call, const struct listing *row)
{
	struct membership *member;
	struct problem *problem = membership_find(call, call->platform_id, row->institution_id, &member);
	if (problem || !member || member->first_live_at)
		return problem;
	member->first_live_at = call_now();
	return membership_row_update(call, member, "first_live");
}

struct problem *effect_listing_publish(struct call *call, struct listing *row, struct json_object *form)
{
	note_decision(call, row, form);
	if (row->pending) {
		row->content = row->pending;
		row->live_version = row->pending_version;
		show(row, row->content);
	}
	row->pending = NULL;
	row->pending_version = 0;
	if (!row->live)
		row->published_at = call_now();
	row->live = true;
	row->ended_by = 0;
	return note_first_live(call, row);
}

/* Confirmed, or returned: what is on the shelf stays there. */
struct problem *effect_listing_keep(struct call *call, struct listing *row, struct json_object *form)
{
	note_decision(call, row, form);
	return NULL;
}

struct problem *effect_listing_take_down(struct call *call, struct listing *row, struct json_object *form)
{
	note_decision(call, row, form);
	row->live = false;
	if (row->row.phase != LISTING_PHASE_SUSPENDED)
		row->frozen = NULL;
	if (call->actor.roles & (ROLE_REVIEWER | ROLE_PLATFORM_ADMIN) && !(call->actor.roles & ROLE_SERVER))
		row->ended_by = LISTING_ENDED_BY_PLATFORM;
	return NULL;
}

struct problem *effect_listing_restore(struct call *call, struct listing *row, struct json_object *form)
{
	(void)form;
	(void)call;
	row->live = true;
	return NULL;
}

struct problem *listing_after_write(struct call *call, const struct listing *before, const struct listing *row)
{
	if (row->product_home == call->platform_id)
		return product_listing_changed(call, row->product_id, before ? (uint32_t)before->live_version : 0);
	return post_send_to(call, "listing.state", "listing", row->row.id, row->product_home,
	                    record_export(call, &record_listing, row, false));
}

/* ---- What becomes of an institution's listings when its membership ends, rests, and goes on
 * (schema/records/membership.yaml) ---- */

static const char *reason_of(struct json_object *form)
{
	return json_get_text(form, "reason");
}

struct problem *effect_membership_end(struct call *call, struct membership *row, struct json_object *form)
{
	row->reason = reason_of(form);
	row->reason_en = NULL;
	row->sources = NULL;
	return listing_end_all(call, row->institution_id, "withdraw", row->reason);
}

struct problem *effect_membership_freeze(struct call *call, struct membership *row, struct json_object *form)
{
	row->reason = reason_of(form);
	row->reason_en = NULL;
	return listing_end_all(call, row->institution_id, "suspend", row->reason);
}

struct problem *effect_membership_thaw(struct call *call, struct membership *row, struct json_object *form)
{
	(void)form;
	row->reason = row->reason_en = NULL;
	return listing_thaw_all(call, row->institution_id);
}
