#include "tools/installation.h"

#include <stdio.h>
#include <string.h>

#include "core/buf.h"
#include "core/config/yaml.h"
#include "core/file/files.h"
#include "core/file/picture.h"
#include "core/out/sms.h"
#include "core/text/json.h"
#include "schema/records.gen.h"
#include "tenants/account/gate.h"
#include "tenants/account/person.h"
#include "tenants/account/recused.h"
#include "tenants/account/person.h"
#include "tenants/account/recused.h"
#include "tenants/account/oauth2.h"
#include "tenants/institution/attachment_use.h"
#include "tenants/platform/audit_word.h"
#include "tenants/platform/word.h"
#include "tenants/policy/policy_recipient.h"
#include "tenants/shelf/shelf_cache.h"
#include "tools/wiring.h"

enum { HASH_WAIT_MS = 10000, SHELF_BYTES = 256 << 20 };

void installation_complain(const struct problem *problem)
{
	fprintf(stderr, "%s\n%s\n", problem->zh, problem->en);
	for (const struct problem_field *field = problem->fields; field; field = field->next)
		fprintf(stderr, "  %s: %s / %s\n", field->pointer, field->zh, field->en);
}

bool installation_read_settings(struct installation *installation, const char *path, const char *const *overrides)
{
	struct yaml_faults faults;
	struct buf text;
	struct problem *problem;

	installation->arena = arena_create();
	yaml_faults_init(&faults, installation->arena);
	installation->settings = settings_load(installation->arena, &faults, path, overrides);
	if (!installation->settings) {
		buf_init(&text);
		yaml_faults_write(&faults, &text);
		fputs(text.data, stderr);
		buf_finish(&text);
		return false;
	}
	diag_set_level((enum diag_level)installation->settings->log_level);
	problem = crypto_keys_parse(installation->arena, installation->settings->keys, &installation->keys);
	if (problem)
		installation_complain(problem);
	return !problem;
}

void installation_connect(struct installation *installation)
{
	installation->shared = db_shared_create();
	wiring_database(installation->settings, installation->shared, &installation->database);
	installation->db = db_create(&installation->database);
	db_use_arena(installation->db, installation->arena);
}

/* --- senders --- */

static struct problem *open_sms(struct installation *installation)
{
	const struct settings *settings = installation->settings;
	struct sms_http http = {.url = settings->sms.url,
		.method = settings->sms.method,
		.headers = settings->sms.headers,
		.body = settings->sms.body,
		.encoding = settings->sms.encoding,
		.success_pointer = settings->sms.success_pointer,
		.success_value = settings->sms.success_value,
		.secret = settings->sms.secret,
		.deadline_ms = (unsigned)settings->sms.deadline};

	return *settings->sms.url ? sms_http_create(installation->arena, &http, &installation->sender.sms) : NULL;
}

static void open_mail(struct installation *installation)
{
	const struct settings *settings = installation->settings;

	if (!*settings->smtp.host)
		return;
	installation->mail = (struct mail_server){.host = settings->smtp.host, .port = (unsigned)settings->smtp.port,
		.tls = (enum mail_tls)settings->smtp.tls, .tls_ca = settings->smtp.tls_ca, .user = settings->smtp.user,
		.password = settings->smtp.password, .from = settings->smtp.from,
		.deadline_ms = (unsigned)settings->smtp.deadline};
	installation->sender.mail = &installation->mail;
}

/* --- services --- */

static void fill_call_services(struct installation *installation)
{
	struct services *services = &installation->services;

	installation->notices =
		(struct notice_sink){.send = notice_sink_send, .knows_recipient = policy_recipient_known};
	services->call = (struct call_services){.records = &record_set,
		.keys = installation->keys,
		.resolve = gate_resolve,
		.due_on = gate_due_on,
		.working_days = gate_working_days,
		.platform_slug = gate_platform_slug,
		.platforms_above = gate_platforms_above,
		.platforms_below = gate_platforms_below,
		.platform_by_slug = gate_platform_by_slug,
		.platform_origin = gate_platform_origin,
		.knows_region = gate_knows_region,
		.regions_within = gate_regions_within,
		.word_of = word_of,
		.event_word = audit_event_service,
		.series = services_series,
		.terms = services_terms,
		.may_hold = attachment_may_hold,
		.recused = recused_is, .user_name = gate_user_name, .same_person = person_is_same,
		.notices = &installation->notices,
		.arg = services,
		.export_rows = (size_t)installation->settings->limits.export_rows};
}

static void fill_services(struct installation *installation)
{
	const struct settings *settings = installation->settings;
	struct services *services = &installation->services;
	unsigned char seed[CRYPTO_KEY];

	fill_call_services(installation);
	crypto_keys_derive(installation->keys, "hand_off", seed);
	services->settings = settings;
	services->hand_off_signer = crypto_signer_create(seed);
	services->hasher =
		crypto_hasher_create(CRYPTO_ARGON2_DEFAULT, (unsigned)settings->limits.password_hashes, HASH_WAIT_MS);
	services->sheet_helper = settings->sheet_helper;
	services->pictures = pictures_create(services->files, settings->picture_helper, settings->limits.picture_pixels,
		(unsigned)settings->limits.picture_deadline, (unsigned)settings->limits.pictures);
	services->shelves = shelf_cache_create(SHELF_BYTES);
	services->sender = &installation->sender;
	services->scheme = settings->public.scheme == SETTINGS_HTTPS ? "https" : "http";
	services->link_port = (uint16_t)(settings->public.port ? settings->public.port : settings->http.port);
	services->production = settings->mode == SETTINGS_PRODUCTION;
	installation->sender.outbox = !services->production;
	explicit_bzero(seed, sizeof seed);
}

struct problem *installation_open(struct installation *installation, bool follow)
{
	struct problem *problem;

	policy_compile_init(&installation->compile, &record_set, false);
	installation->policies = policy_store_create(&installation->compile.compiler);
	if (follow)
		installation->services.follower = installation->follower =
			change_follower_create(&installation->database);
	problem = files_open(installation->arena, installation->settings->files_folder, &installation->services.files);
	if (!problem)
		problem = open_sms(installation);
	if (!problem)
		problem = oauth2_create_all(installation->arena, installation->settings->identity_providers,
			&installation->services.providers, &installation->services.provider_count);
	if (problem)
		return problem;
	open_mail(installation);
	fill_services(installation);
	return platform_registry_create(installation->arena, installation->db, installation->follower,
		installation->policies, &installation->services.registry);
}

void installation_close(struct installation *installation)
{
	struct services *services = &installation->services;

	if (services->registry)
		platform_registry_destroy(services->registry);
	shelf_cache_destroy(services->shelves);
	pictures_destroy(services->pictures);
	crypto_hasher_destroy(services->hasher);
	crypto_signer_destroy(services->hand_off_signer);
	if (services->files)
		files_close(services->files);
	sms_driver_destroy(installation->sender.sms);
	change_follower_destroy(installation->follower);
	if (installation->db)
		db_destroy(installation->db);
	db_shared_destroy(installation->shared);
	policy_store_destroy(installation->policies);
	crypto_keys_destroy(installation->keys);
	arena_destroy(installation->arena);
}
