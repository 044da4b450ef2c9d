// SPDX-License-Identifier: GPL-3.0-or-later
/* exe - see exe.h. */
#include "libds/kernel/exe.h"

#include <fcntl.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "libds/core/auto.h"
#include "libds/core/compat.h"

#define SEALS (DS_F_SEAL_SEAL | DS_F_SEAL_SHRINK | DS_F_SEAL_GROW | DS_F_SEAL_WRITE)

static bool is_unwritable(int exe_fd)
{
	struct statvfs fs;
	int seals = fcntl(exe_fd, DS_F_GET_SEALS);

	return (fstatvfs(exe_fd, &fs) == 0 && fs.f_flag & ST_RDONLY) ||
	       (seals >= 0 && seals & DS_F_SEAL_WRITE);
}

static int try_mount(int exe_fd)
{
	struct mount_attr attr = {.attr_set = MOUNT_ATTR_RDONLY};
	auto_fd fd =
		ds_sys_open_tree(exe_fd, "", AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);

	return fd < 0 || ds_sys_mount_setattr(fd, "", AT_EMPTY_PATH, &attr) < 0 ? -1 : take_fd(&fd);
}

static int try_copy(int exe_fd)
{
	auto_fd fd = ds_sys_memfd_create("droidspaces", DS_MFD_CLOEXEC | DS_MFD_ALLOW_SEALING);
	struct stat st;

	if (fd < 0 || fstat(exe_fd, &st) < 0 ||
	    sendfile(fd, exe_fd, NULL, (size_t)st.st_size) != st.st_size ||
	    fcntl(fd, DS_F_ADD_SEALS, SEALS) < 0)
		return -1;
	return take_fd(&fd);
}

void ds_try_exe_exec(const char *name, char **argv)
{
	auto_fd exe_fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	auto_fd fd = -1;

	if (exe_fd < 0 || geteuid() != 0)
		return;
	if (is_unwritable(exe_fd)) {
		/* It was executed as a number. */
		prctl(PR_SET_NAME, name);
		return;
	}
	fd = try_mount(exe_fd);
	if (fd < 0)
		fd = try_copy(exe_fd);
	argv[0] = (char *)name;
	if (fd >= 0)
		fexecve(fd, argv, environ);
}
