#include "tools/wiring.h"

#include "federation/entry/grounds.h"
#include "federation/entry/invitation.h"
#include "federation/entry/supplement.h"
#include "federation/exchange/directory.h"
#include "federation/exchange/views.h"
#include "federation/sync/log_seal.h"
#include "tenants/desk/by_itself.h"
#include "tenants/desk/chase.h"
#include "tenants/desk/silence.h"
#include "tenants/desk/sweep.h"
#include "tenants/institution/qualification.h"
#include "tenants/notice/notice.h"

const struct job_kind *const wiring_job_kinds[] = {&notice_job, &qualification_job, &chase_job, &sweep_rows_job,
	&sweep_files_job, &silence_job, &invitation_job, &grounds_job, &supplement_job, &views_job, &log_seal_job,
	&directory_job, &by_itself_job};
const size_t wiring_job_kind_count = sizeof wiring_job_kinds / sizeof *wiring_job_kinds;

void wiring_database(const struct settings *settings, struct db_shared *shared, struct db_settings *out)
{
	*out = (struct db_settings){
		.hosts = settings->database.hosts.items, .host_count = settings->database.hosts.count,
		.user = settings->database.user,
		.password = settings->database.password, .name = settings->database.name, .tls = settings->database.tls,
		.tls_ca = *settings->database.tls_ca ? settings->database.tls_ca : NULL,
		.connect_timeout_ms = (int)settings->database.connect_deadline,
		.query_timeout_ms = (int)settings->database.query_deadline,
		.shared = shared,
	};
}
