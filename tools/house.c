#include "tools/house.h"

#include <stdio.h>
#include <string.h>

#include "core/buf.h"
#include "core/files.h"
#include "core/json.h"
#include "core/picture.h"
#include "core/sms.h"
#include "core/yaml.h"
#include "schema/records.gen.h"
#include "tenants/attachment_use.h"
#include "tenants/gate.h"
#include "tenants/oauth2.h"
#include "tenants/policy_recipient.h"
#include "tenants/shelf_cache.h"
#include "tenants/word.h"
#include "tools/wiring.h"

enum { HASH_WAIT_MS = 10000, SHELF_BYTES = 256 << 20 };

void house_complain(const struct problem *problem)
{
	fprintf(stderr, "%s\n%s\n", problem->zh, problem->en);
	for (const struct problem_field *field = problem->fields; field; field = field->next)
		fprintf(stderr, "  %s: %s / %s\n", field->pointer, field->zh, field->en);
}

bool house_read_settings(struct house *house, const char *path, const char *const *overrides)
{
	struct yaml_faults faults;
	struct buf text;
	struct problem *problem;

	house->arena = arena_create();
	yaml_faults_init(&faults, house->arena);
	house->settings = settings_load(house->arena, &faults, path, overrides);
	if (!house->settings) {
		buf_init(&text);
		yaml_faults_write(&faults, &text);
		fputs(text.data, stderr);
		buf_finish(&text);
		return false;
	}
	diag_set_level((enum diag_level)house->settings->log_level);
	problem = crypto_keys_parse(house->arena, house->settings->keys, &house->keys);
	if (problem)
		house_complain(problem);
	return !problem;
}

void house_connect(struct house *house)
{
	house->shared = db_shared_create();
	wiring_database(house->settings, house->shared, &house->database);
	house->db = db_create(&house->database);
	db_use_arena(house->db, house->arena);
}

/* --- senders --- */

static struct problem *open_sms(struct house *house)
{
	const struct settings *settings = house->settings;
	struct sms_http http = {.url = settings->sms.url, .method = settings->sms.method, .headers = settings->sms.headers,
		.body = settings->sms.body, .encoding = settings->sms.encoding, .success_pointer = settings->sms.success_pointer,
		.success_value = settings->sms.success_value, .secret = settings->sms.secret, .deadline_ms = (unsigned)settings->sms.deadline};

	return *settings->sms.url ? sms_http_create(house->arena, &http, &house->sender.sms) : NULL;
}

static void open_mail(struct house *house)
{
	const struct settings *settings = house->settings;

	if (!*settings->smtp.host)
		return;
	house->mail = (struct mail_server){.host = settings->smtp.host, .port = (unsigned)settings->smtp.port,
		.tls = (enum mail_tls)settings->smtp.tls, .tls_ca = settings->smtp.tls_ca, .user = settings->smtp.user,
		.password = settings->smtp.password, .from = settings->smtp.from, .deadline_ms = (unsigned)settings->smtp.deadline};
	house->sender.mail = &house->mail;
}

/* --- services --- */

static void fill_call_services(struct house *house)
{
	struct services *services = &house->services;

	house->notices = (struct notice_sink){.send = notice_sink_send, .knows_recipient = policy_recipient_known};
	services->call = (struct call_services){.records = &record_set, .keys = house->keys, .resolve = gate_resolve, .due_on = gate_due_on,
		.working_days = gate_working_days, .platform_slug = gate_platform_slug, .platform_by_slug = gate_platform_by_slug,
		.knows_region = gate_knows_region, .regions_within = gate_regions_within, .word_of = word_of, .may_hold = attachment_may_hold, .notices = &house->notices, .arg = services,
		.export_rows = (size_t)house->settings->limits.export_rows};
}

static void fill_services(struct house *house)
{
	const struct settings *settings = house->settings;
	struct services *services = &house->services;
	unsigned char seed[CRYPTO_KEY];

	fill_call_services(house);
	crypto_keys_derive(house->keys, "hand_off", seed);
	services->settings = settings;
	services->hand_off_signer = crypto_signer_create(seed);
	services->hasher = crypto_hasher_create(CRYPTO_ARGON2_DEFAULT, (unsigned)settings->limits.password_hashes, HASH_WAIT_MS);
	services->pictures = pictures_create(services->files, settings->picture_helper, settings->limits.picture_pixels,
	                                     (unsigned)settings->limits.picture_deadline, (unsigned)settings->limits.pictures);
	services->shelves = shelf_cache_create(SHELF_BYTES);
	services->sender = &house->sender;
	services->scheme = settings->public.scheme == SETTINGS_HTTPS ? "https" : "http";
	services->link_port = (uint16_t)(settings->public.port ? settings->public.port : settings->http.port);
	services->production = settings->mode == SETTINGS_PRODUCTION;
	house->sender.outbox = !services->production;
	explicit_bzero(seed, sizeof seed);
}

struct problem *house_open(struct house *house, bool follow)
{
	struct problem *problem;

	policy_compile_init(&house->compile, &record_set, false);
	house->policies = policy_store_create(&house->compile.compiler);
	if (follow)
		house->follower = change_follower_create(&house->database);
	problem = files_open(house->arena, house->settings->files_folder, &house->services.files);
	if (!problem)
		problem = open_sms(house);
	if (!problem)
		problem = oauth2_create_all(house->arena, house->settings->identity_providers, &house->services.providers,
		                            &house->services.provider_count);
	if (problem)
		return problem;
	open_mail(house);
	fill_services(house);
	return platform_registry_create(house->arena, house->db, house->follower, house->policies, &house->services.registry);
}

void house_close(struct house *house)
{
	struct services *services = &house->services;

	if (services->registry)
		platform_registry_destroy(services->registry);
	shelf_cache_destroy(services->shelves);
	pictures_destroy(services->pictures);
	crypto_hasher_destroy(services->hasher);
	crypto_signer_destroy(services->hand_off_signer);
	if (services->files)
		files_close(services->files);
	sms_driver_destroy(house->sender.sms);
	change_follower_destroy(house->follower);
	if (house->db)
		db_destroy(house->db);
	db_shared_destroy(house->shared);
	policy_store_destroy(house->policies);
	crypto_keys_destroy(house->keys);
	arena_destroy(house->arena);
}
