/* How far readers are, whether copies equal their homes, and an invitation from the command line. */
#include <string.h>

#include "core/text/moment.h"
#include "tools/qilianctl.h"

#include "core/arena.h"
#include "core/record/field.h"
#include "core/work/journal.h"
#include "federation/entry/invitation.h"
#include "federation/sync/cursor.h"
#include "federation/sync/federation.h"
#include "federation/sync/pull.h"
#include "federation/sync/report.h"
#include "schema/records.gen.h"
#include "tools/ctl_installation.h"

static const char *slug_of(const struct ctl_installation *opened, uint32_t id)
{
	const struct platform *platform = platform_by_id(opened->directory, id);
	return platform ? platform->slug : id == JOURNAL_EVERYBODY ? "*" : "?";
}

/* --- federation status --- */

static void show_pair(struct ctl *ctl, const struct ctl_installation *opened, const struct report_pair *pair)
{
	struct json_writer *w = ctl_json(ctl);
	const char *reader = slug_of(opened, pair->reader), *source = slug_of(opened, pair->source);
	ctl_out(ctl, "%-20s ← %-20s %-8s %8llu/%-8llu lag %-6llu parked %llu %s\n", reader, source, pair->state,
		(unsigned long long)pair->applied, (unsigned long long)pair->head, (unsigned long long)pair->lag,
		(unsigned long long)pair->parked, pair->error ? pair->error : "");
	if (!ctl->json)
		return;
	jw_object_begin(w);
	jw_kv_text(w, "reader", reader);
	jw_kv_text(w, "source", source);
	jw_kv_text(w, "state", pair->state);
	jw_kv_uint(w, "applied", pair->applied);
	jw_kv_uint(w, "head", pair->head);
	jw_kv_uint(w, "lag", pair->lag);
	jw_kv_int(w, "lag_ms", pair->oldest_at ? call_now() - pair->oldest_at : 0);
	jw_kv_uint(w, "parked", pair->parked);
	jw_kv_text(w, "error", pair->error);
	jw_object_end(w);
}

static struct problem *status(struct ctl *ctl, struct ctl_installation *opened)
{
	struct report_pair *pairs;
	size_t count;
	struct problem *problem = report_pairs(opened->installation.db, 0, 0, &pairs, &count);
	if (problem)
		return problem;
	if (ctl->json)
		jw_array_begin(ctl_json(ctl));
	for (size_t i = 0; i < count; i++)
		show_pair(ctl, opened, &pairs[i]);
	if (ctl->json)
		jw_array_end(ctl_json(ctl));
	ctl_out(ctl, "共 %zu 对 / %zu pairs\n", count, count);
	return NULL;
}

static struct problem *run_status(struct ctl *ctl)
{
	return ctl_installation_do(ctl, status);
}

/* --- federation verify --- */

static void show_line(struct ctl *ctl, const struct ctl_installation *opened, const struct report_fault *line)
{
	struct json_writer *w = ctl_json(ctl);
	bool good = !line->differing && !line->missing;
	ctl_out(ctl, "%-14s %-20s ← %-20s %6llu %s%s", line->table, slug_of(opened, line->reader),
		slug_of(opened, line->home), (unsigned long long)line->copies, line->copy_digest, good ? "\n" : "");
	if (!good)
		ctl_out(ctl, " ≠ %s  不一致 %llu，缺少 %llu / differing %llu, missing %llu\n", line->home_digest,
			(unsigned long long)line->differing, (unsigned long long)line->missing,
			(unsigned long long)line->differing, (unsigned long long)line->missing);
	if (!ctl->json)
		return;
	jw_object_begin(w);
	jw_kv_text(w, "table", line->table);
	jw_kv_text(w, "reader", slug_of(opened, line->reader));
	jw_kv_text(w, "home", slug_of(opened, line->home));
	jw_kv_uint(w, "copies", line->copies);
	jw_kv_uint(w, "differing", line->differing);
	jw_kv_uint(w, "missing", line->missing);
	jw_kv_text(w, "copy_digest", line->copy_digest);
	jw_kv_text(w, "home_digest", line->home_digest);
	jw_object_end(w);
}

/* No copy can be right of what is not read, or never came: such a pair is a fault, and repair alone does not mend
 * it. */
static struct problem *show_resets(struct ctl *ctl, struct ctl_installation *opened, size_t *resets)
{
	struct report_pair *pairs;
	size_t count;
	struct json_writer *w = ctl_json(ctl);
	struct problem *problem = report_pairs(opened->installation.db, 0, 0, &pairs, &count);
	*resets = 0;
	if (!problem && ctl->json) {
		jw_key(w, "resets");
		jw_array_begin(w);
	}
	for (size_t i = 0; !problem && i < count; i++) {
		if (!pairs[i].reset && !pairs[i].gap)
			continue;
		const char *reader = slug_of(opened, pairs[i].reader), *source = slug_of(opened, pairs[i].source);
		++*resets;
		if (pairs[i].reset)
			ctl_out(ctl,
				"%s ← %s  来源曾被恢复或重置，停止读取；请用 federation follow %s %s 决定 / "
				"was restored or reset and is not read; decide with federation follow %s %s\n",
				reader, source, reader, source, reader, source);
		else
			ctl_out(ctl,
				"%s ← %s  第 %llu 条没有读到；请用 federation follow %s %s 决定 / "
				"entry %llu never came; decide with federation follow %s %s\n",
				reader, source, (unsigned long long)pairs[i].gap, reader, source,
				(unsigned long long)pairs[i].gap, reader, source);
		if (!ctl->json)
			continue;
		jw_object_begin(w);
		jw_kv_text(w, "reader", reader);
		jw_kv_text(w, "source", source);
		jw_kv_text(w, "error", pairs[i].error);
		if (pairs[i].gap)
			jw_kv_uint(w, "missing", pairs[i].gap);
		jw_object_end(w);
	}
	if (!problem && ctl->json)
		jw_array_end(w);
	return problem;
}

static struct problem *verify(struct ctl *ctl, struct ctl_installation *opened)
{
	struct report_fault *lines;
	size_t count, faults, sent, resets;
	struct json_writer *w = ctl_json(ctl);
	struct problem *problem = report_verify(&opened->federation, opened->installation.db, ctl_flag(ctl, "--repair"),
		&lines, &count, &faults, &sent);
	if (problem)
		return problem;
	if (ctl->json)
		jw_object_begin(w);
	problem = show_resets(ctl, opened, &resets);
	if (problem)
		return problem;
	if (ctl->json) {
		jw_kv_uint(w, "faults", faults + resets);
		jw_kv_uint(w, "sent", sent);
		jw_key(w, "lines");
		jw_array_begin(w);
	}
	for (size_t i = 0; i < count; i++)
		show_line(ctl, opened, &lines[i]);
	if (ctl->json) {
		jw_array_end(w);
		jw_object_end(w);
	}
	ctl_out(ctl, "%zu 组，%zu 组不一致，重新发送 %zu 项 / %zu groups, %zu differ, %zu sent again\n", count, faults,
		sent, count, faults, sent);
	if (resets || (faults && !ctl_flag(ctl, "--repair")))
		ctl->exit_code = 1;
	return NULL;
}

static struct problem *run_verify(struct ctl *ctl)
{
	return ctl_installation_do(ctl, verify);
}

/* --- invite --- */

struct order_asked {
	struct call *call;
	struct invite_input in;
	struct invitation_issued issued;
};

static struct problem *issue(struct db *db, void *arg)
{
	struct order_asked *order = arg;
	(void)db;
	struct problem *problem = invitation_check(order->call, &order->in);
	return problem ? problem : invitation_create(order->call, &order->in, UUID_NIL, UUID_NIL, &order->issued);
}

static void show_invitation(struct ctl *ctl, const struct order_asked *order)
{
	struct json_writer *w = ctl_json(ctl);
	char expires[25];
	time_format(order->issued.row->expires_at, expires);
	ctl_out(ctl, "%s\n%s\n有效期至 / valid until %s\n", order->issued.shown,
		order->issued.link ? order->issued.link : "", expires);
	if (!ctl->json)
		return;
	jw_object_begin(w);
	jw_kv_text(w, "id", uuid_text(ctl->arena, order->issued.row->row.id));
	jw_kv_text(w, "uscc", order->issued.row->uscc);
	jw_kv_text(w, "code", order->issued.shown);
	jw_kv_text(w, "link", order->issued.link);
	jw_kv_text(w, "expires_at", expires);
	jw_object_end(w);
}

/* By the shape that the desk's form is read with: one rule for each, whoever sends it. */
static struct problem *read_order(struct ctl *ctl, struct order_asked *order)
{
	static const char *const options[][2] = {{"--uscc", "uscc"}, {"--name", "name"}, {"--contact", "contact_name"},
		{"--mobile", "contact_mobile"}, {"--email", "contact_email"}, {"--days", "days"}};
	enum { OPTIONS = sizeof options / sizeof *options };
	const char *names[OPTIONS], *values[OPTIONS];
	size_t count = 0;
	struct problem *problem = NULL;
	int64_t days;
	for (size_t i = 0; i < OPTIONS; i++) {
		const char *value = ctl_value(ctl, options[i][0]);
		if (!value)
			continue;
		names[count] = options[i][1];
		values[count++] = value;
	}
	if (ctl_value(ctl, "--days")) /* a query takes an empty one for none */
		problem = ctl_number(ctl, "--days", ctl_value(ctl, "--days"), 1, 365, &days);
	return problem
		? problem
		: shape_decode_query(order->call, ctl->arena, &shape_invite_input, names, values, count, &order->in);
}

static struct problem *invite(struct ctl *ctl, struct ctl_installation *opened)
{
	struct order_asked order = {0};
	const char *slug = ctl_value(ctl, "--platform");
	const struct platform *platform = slug ? platform_by_slug(opened->directory, slug) : NULL;
	if (!platform)
		return problem_detail(ctl->arena, &PROBLEM_NOT_FOUND, "没有这个平台，请用 --platform 指明。",
			"There is no such platform; name one with --platform.");
	struct problem *problem =
		federation_call(&opened->federation, opened->installation.db, platform->id, &order.call);
	if (!problem)
		problem = read_order(ctl, &order);
	if (problem)
		return problem;
	order.call->actor.name = ctl_user(ctl);
	problem = db_transaction(opened->installation.db, issue, &order);
	if (!problem)
		show_invitation(ctl, &order);
	return problem;
}

static struct problem *run_invite(struct ctl *ctl)
{
	return ctl_installation_do(ctl, invite);
}

/* --- federation follow --- */

static struct problem *follow(struct ctl *ctl, struct ctl_installation *opened)
{
	struct cursor_decision decision;
	uint32_t ids[2] = {0, 0};
	for (int i = 0; i < 2; i++) {
		if (i == 0 && !strcmp(ctl->arguments[i], "*")) {
			ids[i] = JOURNAL_EVERYBODY;
			continue;
		}
		const struct platform *end = platform_by_slug(opened->directory, ctl->arguments[i]);
		if (!end)
			return ctl_no_platform(ctl, ctl->arguments[i]);
		ids[i] = end->id;
	}
	const char *reader = slug_of(opened, ids[0]), *source = slug_of(opened, ids[1]);
	struct problem *problem =
		pull_follow(&opened->federation, opened->installation.db, ids[0], ids[1], &decision);
	if (!problem && !decision.was_reset && !decision.had_gap)
		problem = problem_detail(ctl->arena, &PROBLEM_CONFLICT,
			"该来源没有被恢复、重置或缺少记录的迹象，无需处理",
			"Nothing says that this source was restored or reset, or that an entry of it never came; "
			"there is nothing to "
			"decide");
	if (problem)
		return problem;
	if (decision.from_start)
		ctl_out(ctl,
			"%s 将重新读取 %s 的全部日志；读完后请运行 federation verify --repair / reads all of %s's log "
			"again; run federation verify --repair when it has\n",
			reader, source, source);
	else if (decision.had_gap)
		ctl_out(ctl,
			"%s 从第 %llu 条之后读取 %s；没有读到的记录请用 federation verify --repair 补齐 / "
			"reads %s on behind entry %llu; run federation verify --repair for what never came\n",
			reader, (unsigned long long)decision.from, source, source,
			(unsigned long long)decision.from);
	else
		ctl_out(ctl,
			"%s 从第 %llu 条之后继续读取 %s，没有遗漏 / reads %s on behind entry %llu; nothing is left "
			"out\n",
			reader, (unsigned long long)decision.from, source, source,
			(unsigned long long)decision.from);
	if (ctl->json) {
		jw_object_begin(ctl_json(ctl));
		jw_kv_bool(ctl_json(ctl), "from_start", decision.from_start);
		jw_kv_uint(ctl_json(ctl), "from", decision.from);
		jw_object_end(ctl_json(ctl));
	}
	return NULL;
}

static struct problem *run_follow(struct ctl *ctl)
{
	return ctl_installation_do(ctl, follow);
}

const struct ctl_verb CTL_FEDERATION[] = {
	{"federation status", "", "各平台读取日志的进度", "how far every platform has read every log", NULL, 0, 0,
		run_status},
	{"federation verify", "[--repair]", "比对所有副本与其所属平台的原件；--repair 让所属平台重新发送",
		"compare all copies with their homes; --repair has the homes send again",
	 "--repair", 0, 0, run_verify},
	{"federation follow", "READER SOURCE", "来源被恢复或重置后，让读取方从其现状继续",
		"after a source was restored or reset: let the reader go on from where it is now",
	 NULL, 2, 2, run_follow},
	{"invite", "--platform SLUG --uscc CODE --name NAME [--contact NAME] [--mobile NUMBER] [--email ADDRESS] "
		"[--days N]", "签发邀约码",
	 "issue an invite code", "--platform= --uscc= --name= --contact= --mobile= --email= --days=", 0, 0, run_invite},
	{0},
};
