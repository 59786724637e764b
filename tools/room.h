/* room: the house as a command of qilianctl uses it: opened, worked in once, closed. */
#ifndef QILIAN_TOOLS_ROOM_H
#define QILIAN_TOOLS_ROOM_H

#include "core/attributes.h"
#include "federation/federation.h"
#include "tenants/platform.h"
#include "tools/house.h"
#include "tools/qilianctl.h"

struct room {
	struct house house;
	struct federation federation;
	struct arena *work; /* what policies and directories hang on: gone before the house closes */
	const struct platform_directory *directory;
};

/* Opens, works, closes. What the work prints must lie in ctl's arena; its problem is carried out. */
struct problem *room_do(struct ctl *ctl, struct problem *(*work)(struct ctl *, struct room *)) MUST_CHECK;
/* There is no platform of that name. */
struct problem *room_no_platform(struct ctl *ctl, const char *slug) RETURNS_NONNULL;

#endif
