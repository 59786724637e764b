#include "tenants/policy/policy.h"

#include <json-c/json.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/crypto/crypto.h"
#include "core/db/db.h"
#include "core/text/json.h"

/* Policies that nobody holds stay for the next request, up to so many. */
enum { IDLE_MAX = 2048, BUCKETS = 1024 };

/* What platforms with equal rules share. */
struct rules {
	struct rules *next;
	unsigned char hash[POLICY_HASH]; /* of the document without profile and platform */
	struct arena *arena;
	size_t users; /* entries that point here */
	struct policy read; /* the members that come from the rules */
};

struct entry {
	struct policy policy; /* first: policy_release() finds the entry by it */
	struct entry *next;   /* in its bucket */
	struct entry *idle_prev, *idle_next;
	struct policy_store *store; /* NULL: read without one */
	struct arena *arena;        /* of the profile */
	struct rules *rules;
	size_t holds;
};

struct policy_store {
	pthread_mutex_t lock;
	const struct policy_compiler *compiler;
	struct entry *buckets[BUCKETS];
	struct rules *rules;
	struct entry idle; /* ring of entries without holds; next is the one idle for longest */
	size_t idle_count;
};

/* --- reading a document ----------------------------------------------------------------------- */

bool policy_list_has(const struct policy_list *list, const char *item)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->items[i], item) == 0)
			return true;
	return false;
}

const struct policy_term *policy_term(const struct policy_terms *terms, const char *code)
{
	for (size_t i = 0; code && i < terms->count; i++)
		if (strcmp(terms->items[i].code, code) == 0)
			return &terms->items[i];
	return NULL;
}

const struct policy_terms *policy_dictionary(const struct policy *policy, const char *name)
{
	const struct {
		const char *name;
		const struct policy_terms *terms;
	} all[] = {{"categories", &policy->categories}, {"industries", &policy->industries},
		{"qualifications", &policy->qualifications}, {"institution_types", &policy->institution_types},
		{"organisation_types", &policy->organisation_types}};
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (strcmp(all[i].name, name) == 0)
			return all[i].terms;
	return NULL;
}

bool policy_term_allows(const struct policy_terms *terms, const char *code, const char *before)
{
	const struct policy_term *term = policy_term(terms, code);
	return terms->count == 0 || (term && (!term->retired || (before && strcmp(before, code) == 0)));
}

static struct policy_text read_both(const struct json_object *object, const char *key)
{
	const struct json_object *text = json_get_object(object, key);
	return (struct policy_text){json_get_text(text, "zh"), json_get_text(text, "en")};
}

static struct policy_list read_list(struct arena *arena, const struct json_object *object, const char *key)
{
	const struct json_object *array = json_get_array(object, key);
	const char **items = ARENA_ARRAY(arena, const char *, json_count(array) + 1);
	for (size_t i = 0; i < json_count(array); i++)
		items[i] = json_text(json_at(array, i));
	return (struct policy_list){items, json_count(array)};
}

static bool read_bool(const struct json_object *object, const char *key, bool otherwise)
{
	json_get_bool(object, key, &otherwise);
	return otherwise;
}

static int read_int(const struct json_object *object, const char *key, int otherwise)
{
	int64_t value = otherwise;
	json_get_int(object, key, &value);
	return (int)value;
}

/* The place of the text in `words`, which ends with NULL; 0 if it is none of them. */
static int read_word(const struct json_object *object, const char *key, const char *const *words)
{
	const char *text = json_get_text(object, key);
	for (int i = 0; text && words[i]; i++)
		if (strcmp(words[i], text) == 0)
			return i;
	return 0;
}

static struct policy_terms read_terms(struct arena *arena, const struct json_object *object, const char *key)
{
	const struct json_object *array = json_get_array(object, key);
	struct policy_term *items = ARENA_ARRAY(arena, struct policy_term, json_count(array) + 1);
	for (size_t i = 0; i < json_count(array); i++) {
		const struct json_object *term = json_at(array, i);
		items[i] = (struct policy_term){
			json_get_text(term, "code"), {json_get_text(term, "zh"), json_get_text(term, "en")}, false};
		json_get_bool(term, "retired", &items[i].retired);
	}
	return (struct policy_terms){items, json_count(array)};
}

bool policy_time_parse(const char *text, int *minute)
{
	size_t digits = strspn(text, "0123456789");

	*minute = POLICY_NEVER;
	if (strcmp(text, "off") == 0)
		return true;
	if (digits < 1 || digits > 2 || text[digits] != ':' || strspn(text + digits + 1, "0123456789") != 2 ||
		text[digits + 3])
		return false;
	int hours = atoi(text), minutes = atoi(text + digits + 1);
	if (hours > 23 || minutes > 59)
		return false;
	*minute = hours * 60 + minutes;
	return true;
}

static int read_time(const struct json_object *object, const char *key, int otherwise)
{
	const char *text = json_get_text(object, key);
	int minute;
	return text && policy_time_parse(text, &minute) ? minute : otherwise;
}

static struct policy_profile read_profile(struct arena *arena, const struct json_object *profile)
{
	const struct json_object *contacts = json_get_object(profile, "contacts"),
				 *branding = json_get_object(profile, "branding");
	const struct json_object *administrator = json_get_object(contacts, "administrator"),
				 *marks = json_get_object(profile, "marks");
	return (struct policy_profile){
		.name = read_both(profile, "name"), .short_name = read_both(profile, "short_name"),
		.hotline = json_get_text(contacts, "hotline"), .service_hours = json_get_text(contacts, "hours"),
		.administrator_name = json_get_text(administrator, "name"),
		.administrator_phone = json_get_text(administrator, "phone"),
		.administrator_email = json_get_text(administrator, "email"), .primary_colour = json_get_text(branding,
		"primary"),
		.accent_colour = json_get_text(branding, "accent"), .logo = json_get_text(branding, "logo"),
		.logo_text = read_both(branding, "logo_text"),
		.slogan = read_both(branding, "slogan"), .welcome = read_both(branding, "welcome"),
		.footer = read_both(branding, "footer"),
		.sponsor = read_both(marks, "sponsor"), .operator = read_both(marks, "operator"),
		.icp = json_get_text(marks, "icp"), .police = json_get_text(marks, "police"),
		.site_code = json_get_text(marks, "site_code"),
		.privacy = read_both(marks, "privacy"), .accessibility = read_both(marks, "accessibility"),
		.signature = json_get_text(profile, "signature"), .hosts = read_list(arena, profile, "hosts"),
	};
}

static struct policy_contract read_contract(const struct json_object *contract)
{
	return (struct policy_contract){.acceptance = read_both(contract, "acceptance"),
		.breach = read_both(contract, "breach"), .secrecy = read_both(contract, "secrecy"),
		.disputes = read_both(contract, "disputes")};
}

static struct policy_ways read_ways(struct arena *arena, const struct json_object *ways)
{
	const struct json_object *self = json_get_object(ways, "self"), *up = json_get_object(ways, "recommendation");
	const struct json_object *invitation = json_get_object(ways, "invitation"),
				 *join = json_get_object(ways, "join");
	return (struct policy_ways){
		.self = read_bool(self, "open", false), .self_needs_member_of = json_get_text(self, "needs_member_of"),
		.recommendation = read_bool(up, "open", false), .recommends = read_list(arena, up, "from"),
		.invitation = read_bool(invitation, "open", false), .invitation_review = read_bool(invitation, "review",
		false),
		.invitation_days = read_int(invitation, "valid_days", 30), .join = read_bool(join, "open", false),
		.join_review = read_bool(join, "review", true),
		.acceptance = read_bool(json_get_object(ways, "acceptance"), "open", false), .outside = read_bool(ways,
		"outside", true),
		.guidance = read_both(ways, "guidance"),
	};
}

static const struct policy_rule *read_rules(struct arena *arena, const struct json_object *array)
{
	static const char *const ops[] = {"eq", "ne", "lt", "le", "gt", "ge", "in", "not_in", NULL};
	struct policy_rule *rules = ARENA_ARRAY(arena, struct policy_rule, json_count(array) + 1);
	for (size_t i = 0; i < json_count(array); i++) {
		const struct json_object *rule = json_at(array, i);
		rules[i] = (struct policy_rule){json_get_text(rule, "field"),
			(enum policy_op)read_word(rule, "op", ops), json_get(rule, "value")};
	}
	return rules;
}

static void read_conditions(struct arena *arena, const struct json_object *array, struct policy *out)
{
	static const char *const modes[] = {"off", "informs", "bars", NULL};
	struct policy_condition *conditions = ARENA_ARRAY(arena, struct policy_condition, json_count(array) + 1);

	for (size_t i = 0; i < json_count(array); i++) {
		const struct json_object *condition = json_at(array, i), *rules = json_get_array(condition, "rule");
		conditions[i] = (struct policy_condition){
			.id = json_get_text(condition, "id"), .group = read_int(condition, "group", 0),
			.text = {json_get_text(condition, "zh"), json_get_text(condition, "en")},
			.mode = (enum policy_mode)read_word(condition, "mode", modes), .rules = read_rules(arena,
			rules),
			.rule_count = json_count(rules), .relaxed_for = read_list(arena, condition, "relaxed_for"),
			.exempt = read_list(arena, condition, "exempt"),
		};
	}
	out->conditions = conditions;
	out->condition_count = json_count(array);
}

static struct policy_listing read_listing(struct arena *arena, const struct json_object *listing)
{
	static const char *const reviews[] = {"none", "after", "before", "accept_home", NULL};
	return (struct policy_listing){
		.review = (enum policy_review)read_word(listing, "review", reviews),
		.fields_without_review = read_list(arena, listing, "fields_without_review"),
		.to_parent = read_bool(listing, "to_parent", false), .members_only = read_bool(listing, "members_only",
		true),
		.overrides = read_list(arena, listing, "overrides"),
	};
}

/* What is left out follows NIST SP 800-63B. */
static struct policy_password read_password(const struct json_object *password)
{
	return (struct policy_password){
		.min_length = read_int(password, "min_length", 8), .max_length = read_int(password, "max_length", 128),
		.min_classes = read_int(password, "min_classes", 0), .refuse_known = read_bool(password, "refuse_known",
		true),
		.not_user_name = read_bool(password, "not_user_name", true), .not_mobile = read_bool(password,
		"not_mobile", true),
		.history = read_int(password, "history", 5), .staff_min_length = read_int(password, "staff_min_length",
		12),
		.staff_max_age_days = read_int(password, "staff_max_age_days", 0),
	};
}

static struct policy_sign_in read_sign_in(struct arena *arena, const struct json_object *sign_in)
{
	return (struct policy_sign_in){
		.password = read_bool(sign_in, "password", true), .sms_code = read_bool(sign_in, "sms_code", true),
		.staff_second_factor = read_bool(sign_in, "staff_second_factor", false), .failures = read_int(sign_in,
		"failures", 5),
		.window_minutes = read_int(sign_in, "window_minutes", 15), .lock_minutes = read_int(sign_in,
		"lock_minutes", 15),
		.idle_minutes = read_int(sign_in, "idle_minutes", 30), .staff_idle_minutes = read_int(sign_in,
		"staff_idle_minutes", 15),
		.longest_hours = read_int(sign_in, "longest_hours", 12), .sub_accounts = read_int(sign_in,
		"sub_accounts", 20),
		.api_key_days = read_int(sign_in, "api_key_days", 365), .providers = read_list(arena, sign_in,
		"providers"),
	};
}

/* json: the document without profile and platform, tied to the arena. */
static void read_all_rules(struct arena *arena, struct json_object *json, struct policy *out)
{
	const struct json_object *deadlines = json_get_object(json, "deadlines"),
				 *numbers = json_get_object(json, "numbers");

	out->rules_json = json;
	out->ways = read_ways(arena, json_get_object(json, "ways"));
	out->contract = read_contract(json_get_object(json, "contract"));
	read_conditions(arena, json_get_array(json, "conditions"), out);
	out->listing = read_listing(arena, json_get_object(json, "listing"));
	out->password = read_password(json_get_object(json, "password"));
	out->sign_in = read_sign_in(arena, json_get_object(json, "sign_in"));
	out->number_prefix = json_get_text(numbers, "product");
	out->case_prefix = json_get_text(numbers, "case");
	out->institution_types = read_terms(arena, json, "institution_types");
	out->organisation_types = read_terms(arena, json, "organisation_types");
	out->categories = read_terms(arena, json, "categories");
	out->industries = read_terms(arena, json, "industries");
	out->qualifications = read_terms(arena, json, "qualifications");
	out->claim_minutes = read_int(deadlines, "claim_minutes", 120);
	out->supplement_days = read_int(deadlines, "supplement_days", 10);
	out->remind_days = read_int(deadlines, "remind_days", 30);
	out->objection_days = read_int(deadlines, "objection_days", 5);
	out->chase_at = read_time(deadlines, "chase_at", 9 * 60);
	out->forms = json_get_object(json, "forms");
	out->lifecycles = json_get_object(json, "lifecycles");
}

const struct policy_notice *policy_notice(struct arena *arena, const struct policy *policy, const char *id)
{
	const struct json_object *found = json_get_object(json_get_object(policy->rules_json, "notices"), id);
	struct policy_notice *notice;

	if (!found)
		return NULL;
	notice = ARENA_NEW(arena, struct policy_notice);
	*notice = (struct policy_notice){
		.id = id, .title = read_both(found, "title"), .body = read_both(found, "body"),
		.sms = json_get_text(found, "sms"),
		.sms_template = json_get_text(found, "sms_template"), .variables = read_list(arena, found, "variables"),
	};
	return notice;
}

/* --- rules shared by hash --------------------------------------------------------------------- */

static struct problem *broken(struct arena *arena, const char *what)
{
	return problem_detail(arena, &PROBLEM_INTERNAL, "平台配置无法读取，请联系管理员",
			      arena_printf(arena, "The policy of the platform cannot be read: %s", what));
}

static void rules_destroy(struct rules *rules)
{
	if (rules)
		arena_destroy(rules->arena);
}

static struct problem *rules_create(struct arena *arena, const struct policy_compiler *compiler, const struct buf *text,
                                    const unsigned char hash[POLICY_HASH], struct rules **out)
{
	struct arena *own = arena_create();
	struct rules *rules = ARENA_NEW(own, struct rules);
	struct json_object *json = NULL;
	struct problem *problem = json_parse_object(own, text->data, text->len, &json);

	*out = NULL;
	rules->arena = own;
	memcpy(rules->hash, hash, POLICY_HASH);
	if (!problem) {
		read_all_rules(own, json, &rules->read);
		if (compiler)
			problem = compiler->compile(
				own, json, &rules->read.lifecycle_set, &rules->read.form_set, compiler->arg);
	}
	if (problem) {
		problem = broken(arena,
			problem->fields ? arena_strdup(arena, problem->fields->en) : arena_strdup(arena, problem->en));
		rules_destroy(rules);
		return problem;
	}
	*out = rules;
	return NULL;
}

static struct rules *rules_find(struct policy_store *store, const unsigned char hash[POLICY_HASH])
{
	for (struct rules *at = store ? store->rules : NULL; at; at = at->next)
		if (memcmp(at->hash, hash, POLICY_HASH) == 0)
			return at;
	return NULL;
}

/* Takes a user. Two threads may make the same rules at once; the second drops its own. */
static struct problem *rules_use(
	struct arena *arena, struct policy_store *store, const struct buf *text, struct rules **out)
{
	unsigned char hash[POLICY_HASH];
	struct problem *problem;
	struct rules *made, *there;

	crypto_sha256(text->data, text->len, hash);
	if (store) {
		pthread_mutex_lock(&store->lock);
		there = rules_find(store, hash);
		if (there)
			there->users++;
		pthread_mutex_unlock(&store->lock);
		if (there) {
			*out = there;
			return NULL;
		}
	}
	problem = rules_create(arena, store ? store->compiler : NULL, text, hash, &made);
	if (problem)
		return problem;
	made->users = 1;
	if (!store) {
		*out = made;
		return NULL;
	}
	pthread_mutex_lock(&store->lock);
	there = rules_find(store, hash);
	if (there) {
		there->users++;
	} else {
		made->next = store->rules;
		store->rules = made;
	}
	pthread_mutex_unlock(&store->lock);
	*out = there ? there : made;
	if (there)
		rules_destroy(made);
	return NULL;
}

/* With the lock held. */
static void rules_leave(struct policy_store *store, struct rules *rules)
{
	if (--rules->users > 0)
		return;
	for (struct rules **at = &store->rules; *at; at = &(*at)->next) {
		if (*at == rules) {
			*at = rules->next;
			break;
		}
	}
	rules_destroy(rules);
}

/* --- entries ---------------------------------------------------------------------------------- */

static struct entry *entry_of(const struct policy *policy)
{
	return (struct entry *)(uintptr_t)policy;
}

static struct problem *entry_create(struct arena *arena, struct policy_store *store, const char *document, size_t len,
                                    struct entry **out)
{
	struct arena *own = arena_create(), *scratch = arena_create();
	struct entry *entry = ARENA_NEW(own, struct entry);
	struct json_object *json = NULL;
	struct buf *text = buf_in(scratch);
	struct problem *problem = json_parse_object(scratch, document, len, &json);

	entry->arena = own;
	entry->store = store;
	if (problem) {
		problem = broken(arena, arena_strdup(arena, problem->en));
	} else {
		struct json_object *profile = json_own(own, json_object_get(json_get_object(json, "profile")));
		json_object_object_del(json, "profile");
		json_object_object_del(json, "platform");
		json_canonical(text, json);
		problem = rules_use(arena, store, text, &entry->rules);
		if (!problem) {
			entry->policy = entry->rules->read;
			entry->policy.profile_json = profile;
			entry->policy.profile = read_profile(own, profile);
			crypto_sha256(document, len, entry->policy.hash);
		}
	}
	arena_destroy(scratch);
	if (problem)
		arena_destroy(own);
	else
		*out = entry;
	return problem;
}

struct problem *policy_read(struct arena *arena, const char *document, size_t len, const struct policy **out)
{
	struct entry *entry;
	struct problem *problem = entry_create(arena, NULL, document, len, &entry);

	if (problem)
		return problem;
	entry->holds = 1;
	*out = &entry->policy;
	return NULL;
}

static size_t bucket_of(const unsigned char hash[POLICY_HASH])
{
	return (hash[0] | (size_t)hash[1] << 8) % BUCKETS;
}

static void idle_remove(struct policy_store *store, struct entry *entry)
{
	entry->idle_prev->idle_next = entry->idle_next;
	entry->idle_next->idle_prev = entry->idle_prev;
	store->idle_count--;
}

static void idle_add(struct policy_store *store, struct entry *entry)
{
	entry->idle_prev = store->idle.idle_prev;
	entry->idle_next = &store->idle;
	entry->idle_prev->idle_next = entry;
	store->idle.idle_prev = entry;
	store->idle_count++;
}

/* With the lock held; nobody holds it, and it is not idle. */
static void entry_drop(struct policy_store *store, struct entry *entry)
{
	for (struct entry **at = &store->buckets[bucket_of(entry->policy.hash)]; *at; at = &(*at)->next) {
		if (*at == entry) {
			*at = entry->next;
			break;
		}
	}
	rules_leave(store, entry->rules);
	arena_destroy(entry->arena);
}

/* With the lock held: takes a hold. */
static struct entry *entry_take(struct policy_store *store, const unsigned char hash[POLICY_HASH])
{
	for (struct entry *at = store->buckets[bucket_of(hash)]; at; at = at->next) {
		if (memcmp(at->policy.hash, hash, POLICY_HASH) != 0)
			continue;
		if (at->holds++ == 0)
			idle_remove(store, at);
		return at;
	}
	return NULL;
}

void policy_release(const struct policy *policy)
{
	struct entry *entry = entry_of(policy);
	struct policy_store *store = entry->store;

	if (!store) {
		rules_destroy(entry->rules);
		arena_destroy(entry->arena);
		return;
	}
	pthread_mutex_lock(&store->lock);
	if (--entry->holds == 0) {
		idle_add(store, entry);
		while (store->idle_count > IDLE_MAX) {
			struct entry *oldest = store->idle.idle_next;
			idle_remove(store, oldest);
			entry_drop(store, oldest);
		}
	}
	pthread_mutex_unlock(&store->lock);
}

/* --- the store -------------------------------------------------------------------------------- */

struct policy_store *policy_store_create(const struct policy_compiler *compiler)
{
	struct policy_store *store = calloc(1, sizeof *store);
	if (!store)
		abort();
	pthread_mutex_init(&store->lock, NULL);
	store->compiler = compiler;
	store->idle.idle_next = store->idle.idle_prev = &store->idle;
	return store;
}

void policy_store_destroy(struct policy_store *store)
{
	if (!store)
		return;
	while (store->idle_count > 0) {
		struct entry *entry = store->idle.idle_next;
		idle_remove(store, entry);
		entry_drop(store, entry);
	}
	pthread_mutex_destroy(&store->lock);
	free(store);
}

static struct problem *load_document(
	struct db *db, const unsigned char hash[POLICY_HASH], const struct db_value **document)
{
	struct db_result *result;
	unsigned char found[POLICY_HASH];

	*document = NULL;
	struct problem *problem = db_select(db, db_server(), "SELECT document FROM policy_document WHERE hash = ?",
					    DB_ARGS(db_bytes(hash, POLICY_HASH)), &result);
	if (problem)
		return problem;
	if (result->rows == 0)
		return broken(db_arena(db), "there is no document with its hash");
	*document = db_get(result, 0, 0);
	crypto_sha256((*document)->s.data, (*document)->s.len, found);
	return memcmp(found, hash, POLICY_HASH) == 0 ? NULL
						     : broken(db_arena(db), "the document does not fit its hash");
}

struct problem *policy_hold(struct policy_store *store, struct db *db, const unsigned char hash[POLICY_HASH],
                            const struct policy **out)
{
	const struct db_value *document;
	struct entry *entry, *made;
	struct problem *problem;

	pthread_mutex_lock(&store->lock);
	entry = entry_take(store, hash);
	pthread_mutex_unlock(&store->lock);
	if (entry) {
		*out = &entry->policy;
		return NULL;
	}
	problem = load_document(db, hash, &document);
	if (!problem)
		problem = entry_create(db_arena(db), store, document->s.data, document->s.len, &made);
	if (problem)
		return problem;
	pthread_mutex_lock(&store->lock);
	entry = entry_take(store, hash); /* somebody may have been faster */
	if (entry) {
		rules_leave(store, made->rules);
		arena_destroy(made->arena);
	} else {
		entry = made;
		entry->holds = 1;
		entry->next = store->buckets[bucket_of(hash)];
		store->buckets[bucket_of(hash)] = entry;
	}
	pthread_mutex_unlock(&store->lock);
	*out = &entry->policy;
	return NULL;
}

static void release(void *policy)
{
	policy_release(policy);
}

struct problem *policy_use(struct policy_store *store, struct db *db, const unsigned char hash[POLICY_HASH],
                           const struct policy **out)
{
	struct problem *problem = policy_hold(store, db, hash, out);
	if (!problem)
		arena_defer(db_arena(db), release, (void *)(uintptr_t)*out);
	return problem;
}
