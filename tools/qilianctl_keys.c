#include "tools/qilianctl.h"

#include "core/buf.h"
#include "core/crypto/crypto.h"

enum { KEY_ID_MAX = 65535 };

/* Printed, never stored: where they are kept is the operator's. A number alone gives one more sealing key, for
 * rotation. */
static struct problem *run_new(struct ctl *ctl)
{
	struct buf *text = buf_in(ctl->arena);
	int64_t id = 1;
	struct problem *problem =
		ctl->argument_count ? ctl_number(ctl, "ID", ctl->arguments[0], 1, KEY_ID_MAX, &id) : NULL;

	if (problem)
		return problem;
	crypto_keys_generate(text, (unsigned)id);
	if (!ctl->argument_count)
		crypto_keys_generate(text, 0);
	ctl_out(ctl, "%s", text->data);
	if (ctl->json) {
		struct json_writer *w = ctl_json(ctl);
		jw_object_begin(w);
		jw_kv_text(w, "keys", text->data);
		jw_object_end(w);
	}
	return NULL;
}

const struct ctl_verb CTL_KEYS[] = {
	{"keys new", "[ID]", "生成密钥（新安装：封存与索引各一；给出编号：仅一把封存密钥，用于轮换）",
	 "make keys: for a new installation, or with a number one more sealing key for rotation", NULL, 0, 1, run_new,
	 true},
	{0},
};
