#include "tools/wiring.h"

#include "federation/grounds.h"
#include "federation/invitation.h"
#include "federation/log_seal.h"
#include "federation/supplement.h"
#include "federation/views.h"
#include "tenants/chase.h"
#include "tenants/notice.h"
#include "tenants/qualification.h"
#include "tenants/sweep.h"

const struct job_kind *const wiring_job_kinds[] = {&notice_job, &qualification_job, &chase_job, &sweep_rows_job, &sweep_files_job, &invitation_job, &grounds_job, &supplement_job,
	&views_job, &log_seal_job};
const size_t wiring_job_kind_count = sizeof wiring_job_kinds / sizeof *wiring_job_kinds;

void wiring_database(const struct settings *settings, struct db_shared *shared, struct db_settings *out)
{
	*out = (struct db_settings){
		.hosts = settings->database.hosts.items, .host_count = settings->database.hosts.count, .user = settings->database.user,
		.password = settings->database.password, .name = settings->database.name, .tls = settings->database.tls,
		.tls_ca = *settings->database.tls_ca ? settings->database.tls_ca : NULL,
		.connect_timeout_ms = (int)settings->database.connect_deadline, .query_timeout_ms = (int)settings->database.query_deadline,
		.shared = shared,
	};
}
