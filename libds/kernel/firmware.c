// SPDX-License-Identifier: GPL-3.0-or-later
/* firmware - see firmware.h. */
#include "libds/kernel/firmware.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "libds/core/auto.h"
#include "libds/core/err.h"
#include "libds/core/file.h"
#include "libds/core/str.h"
#include "libds/host/setting.h"
#include "libds/kernel/tree.h"

#define PARAMETER "/sys/module/firmware_class/parameters/path"

int ds_firmware_add(struct ds_undo *undo, const char *holder, const char *rootfs,
		    char was[DS_FIRMWARE_MAX])
{
	auto_fd root_fd = open(rootfs, O_PATH | O_DIRECTORY | O_CLOEXEC);
	auto_fd dir_fd = ds_try_tree_open(root_fd, "lib/firmware", O_PATH | O_DIRECTORY, 0);
	char path[PATH_MAX];
	ssize_t len = ds_try_file_read(AT_FDCWD, PARAMETER, was, DS_FIRMWARE_MAX);

	if (len < 0)
		return ds_fail_with((int)len, "read " PARAMETER);
	ds_str_trim_end(was);
	if (dir_fd < 0 || ds_try_fd_path(dir_fd, path) < 0)
		return ds_fail_with(dir_fd < 0 ? dir_fd : -EIO, "the guest's /lib/firmware");
	if (strlen(path) >= DS_FIRMWARE_MAX)
		return ds_fail_with(ENAMETOOLONG, "%s", path);
	if (strcmp(was, path) == 0)
		*was = 0;
	return ds_setting_hold(undo, holder, PARAMETER, path);
}
