#include "tools/qilianctl.h"

#include "core/db/migrate.h"

static struct problem *run_migrate(struct ctl *ctl)
{
	int applied = 0;
	struct problem *problem = migrate_run(ctl_db(ctl), schema_migrations, schema_migration_count, &applied);

	if (problem)
		return problem;
	ctl_out(ctl,
		applied ? "已执行 %d 个迁移 / %d migrations applied\n"
			: "数据库已是最新 / the database is up to date\n",
		applied, applied);
	if (ctl->json) {
		struct json_writer *w = ctl_json(ctl);
		jw_object_begin(w);
		jw_kv_int(w, "applied", applied);
		jw_kv_uint(w, "migrations", schema_migration_count);
		jw_object_end(w);
	}
	return NULL;
}

const struct ctl_verb CTL_MIGRATE[] = {
	{"migrate", "", "创建数据库或升级表结构", "create the database, or bring its tables up to date", NULL, 0, 0,
		run_migrate},
	{0},
};
