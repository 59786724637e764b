/* ctl_installation: the installation as a command of qilianctl uses it: opened, worked in once, closed. */
#ifndef QILIAN_TOOLS_CTL_INSTALLATION_H
#define QILIAN_TOOLS_CTL_INSTALLATION_H

#include "core/attributes.h"
#include "federation/sync/federation.h"
#include "tenants/platform/platform.h"
#include "tools/installation.h"
#include "tools/qilianctl.h"

struct ctl_installation {
	struct installation installation;
	struct federation federation;
	struct arena *work; /* what policies and directories hang on: gone before the installation closes */
	const struct platform_directory *directory;
};

/* Opens, works, closes. What the work prints must lie in ctl's arena; its problem is carried out. */
struct problem *ctl_installation_do(
	struct ctl *ctl, struct problem *(*work)(struct ctl *, struct ctl_installation *)) MUST_CHECK;
/* There is no platform of that name. */
struct problem *ctl_no_platform(struct ctl *ctl, const char *slug) RETURNS_NONNULL;

#endif
