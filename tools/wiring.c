#include "tools/wiring.h"

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
