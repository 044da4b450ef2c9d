// SPDX-License-Identifier: GPL-3.0-or-later
/* agentstart - see agentstart.h. */
#include "libds/life/agentstart.h"

#include <unistd.h>

#include "libds/core/auto.h"
#include "libds/core/err.h"
#include "libds/kernel/tree.h"
#include "libds/life/guestbin.h"
#include "libds/link/wire.h"

#define UNIT "/run/systemd/system/ds-guest.service"
#define WANTED "/run/systemd/system/multi-user.target.wants/ds-guest.service"

/* Without a bound on its idle time: waiting costs nothing, and nobody would start it again. */
static const char unit[] =
	"[Unit]\nDescription=Link to the host\n"
	"ConditionPathExists=" DS_LINK_SOCKET "\n"
	"[Service]\nExecStart=" DS_GUESTBIN_DIR "/ds-guest --daemon --idle-timeout=0\n";

static int want(int root_fd)
{
	const char *name;
	auto_fd dir_fd = ds_tree_parent(root_fd, WANTED, true, &name);

	if (dir_fd < 0)
		return dir_fd;
	return symlinkat("../ds-guest.service", dir_fd, name) < 0 ? ds_fail("link %s", WANTED) : 0;
}

int ds_agentstart_write(int root_fd, bool is_systemd)
{
	int err = ds_guestbin_link(root_fd, "ds-guest");

	if (!err && is_systemd)
		err = ds_tree_write(root_fd, UNIT, 0644, unit);
	if (!err && is_systemd)
		err = want(root_fd);
	return err;
}
