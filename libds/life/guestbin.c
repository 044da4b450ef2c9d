// SPDX-License-Identifier: GPL-3.0-or-later
/* guestbin - see guestbin.h. */
#include "libds/life/guestbin.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libds/core/auto.h"
#include "libds/core/err.h"
#include "libds/kernel/mnt.h"
#include "libds/kernel/tree.h"

int ds_guestbin_install(int root_fd)
{
	static const char *const options[] = {"mode=755", "size=1M", NULL};
	static const struct ds_mnt mnt = {.type = "tmpfs",
					  .source = "droidspaces",
					  .flags = MS_NOSUID | MS_NODEV,
					  .options = options};
	auto_fd dir_fd = ds_mnt_at(root_fd, DS_GUESTBIN_DIR, &mnt);
	auto_fd exe_fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	auto_fd copy_fd = -1;
	struct stat st;
	ssize_t done;

	if (dir_fd < 0)
		return dir_fd;
	copy_fd = openat(dir_fd, "droidspaces", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0555);
	if (exe_fd < 0 || copy_fd < 0 || fstat(exe_fd, &st) < 0)
		return ds_fail("copy this program");
	done = sendfile(copy_fd, exe_fd, NULL, (size_t)st.st_size);
	if (done != st.st_size)
		return ds_fail_with(done < 0 ? errno : ENOSPC, "copy this program");
	if (fchmod(copy_fd, 0555) < 0)
		return ds_fail("copy this program");
	return 0;
}

int ds_guestbin_link(int root_fd, const char *name)
{
	auto_fd dir_fd = ds_tree_mkdirs(root_fd, DS_GUESTBIN_DIR, 0755);

	if (dir_fd < 0)
		return dir_fd;
	return symlinkat("droidspaces", dir_fd, name) < 0 ? ds_fail("link %s", name) : 0;
}
