// SPDX-License-Identifier: GPL-3.0-or-later
/* volatile - see volatile.h. */
#include "libds/life/volatile.h"

#include <fcntl.h>

#include "libds/core/auto.h"
#include "libds/core/err.h"
#include "libds/core/str.h"
#include "libds/host/workspace.h"
#include "libds/kernel/overlay.h"

static int path_in_layer(const struct ds_container *running, const char *name, char path[PATH_MAX])
{
	char dir[PATH_MAX];
	int err;

	if (!running->spec.volatile_mode) {
		err = ds_refuse(DS_EXIT_STATE, "%s is not volatile", running->name);
		ds_hint("its changes are in its rootfs, %s", running->spec.rootfs_path);
		return err;
	}
	err = ds_workspace_path(dir, sizeof(dir), DS_WS_VOLATILE, running->name);
	return err < 0 ? err : ds_str_fmt(path, PATH_MAX, "%s/%s", dir, name);
}

int ds_volatile_changes(struct ds_changes *changes, const struct ds_container *running)
{
	const char *lower = ds_conf_get(&running->state.conf, "lower");
	auto_fd upper_fd = -1, lower_fd = -1;
	char upper[PATH_MAX];
	int err = path_in_layer(running, DS_OVERLAY_UPPER, upper);

	if (err < 0)
		return err;
	upper_fd = open(upper, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (upper_fd < 0)
		return ds_fail("open %s", upper);
	lower_fd = lower ? open(lower, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	if (lower_fd < 0)
		return ds_fail("open the rootfs %s", lower ? lower : "");
	return ds_changes_find(changes, upper_fd, lower_fd);
}

int ds_volatile_view(const struct ds_container *running, char path[PATH_MAX])
{
	return path_in_layer(running, DS_OVERLAY_MERGED, path);
}
