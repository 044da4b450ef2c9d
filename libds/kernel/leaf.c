// SPDX-License-Identifier: GPL-3.0-or-later
/* leaf - a cgroup of its own for what ds-run puts into a guest; see cgroup.h. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "libds/core/auto.h"
#include "libds/core/compat.h"
#include "libds/core/err.h"
#include "libds/core/file.h"
#include "libds/core/str.h"
#include "libds/kernel/cgroup.h"
#include "libds/kernel/hierarchy.h"

#define PREFIX "ds-run-"
#define EMPTY_WITHIN_MS 2000 /* killed processes; others may stay */

/* The guest's root in cgroup2: by the path that the host's mount had at the start, else through a mount of
 * our own. */
static int open_guest(const char *path, const char *dir)
{
	auto_fd base_fd = -1;
	struct ds_hierarchy hierarchy;
	char guest[PATH_MAX];
	struct statfs fs;

	if (!*path && ds_try_hierarchy_find(DS_CGROUP2, &hierarchy) == 0)
		base_fd = ds_hierarchy_open(&hierarchy);
	snprintf(guest, sizeof(guest), "%s/" DS_CGROUP_GUEST, *path ? path : dir);
	auto_fd fd = openat(base_fd, guest, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 || fstatfs(fd, &fs) < 0 || fs.f_type != CGROUP2_SUPER_MAGIC ? -ENOENT
										  : take_fd(&fd);
}

static int make(struct ds_leaf *leaf)
{
	snprintf(leaf->name, sizeof(leaf->name), PREFIX "%d", (int)getpid());
	/* It may be of a process that had our number. */
	if (mkdirat(leaf->guest_fd, leaf->name, 0755) < 0 &&
	    (errno != EEXIST || unlinkat(leaf->guest_fd, leaf->name, AT_REMOVEDIR) < 0 ||
	     mkdirat(leaf->guest_fd, leaf->name, 0755) < 0))
		return -errno;
	return openat(leaf->guest_fd, leaf->name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

pid_t ds_leaf_fork(struct ds_leaf *leaf, const char *path, const char *dir, bool *is_in)
{
	auto_fd fd = -1;
	pid_t pid = -1;

	leaf->guest_fd = open_guest(path, dir);
	if (leaf->guest_fd < 0)
		return -1;
	fd = make(leaf);
	if (fd >= 0)
		pid = ds_sys_clone_into(0, fd);
	*is_in = pid >= 0;
	/* No such call or flag. */
	if (pid < 0 && fd >= 0 && (errno == ENOSYS || errno == EINVAL || errno == E2BIG))
		pid = ds_fork();
	if (pid < 0)
		ds_leaf_remove(leaf, false);
	return pid;
}

int ds_leaf_join(const struct ds_leaf *leaf)
{
	char procs[48];

	snprintf(procs, sizeof(procs), "%s/cgroup.procs", leaf->name);
	return ds_try_file_write(leaf->guest_fd, procs, "0");
}

/* What others could not take away because of daemons that have ended since. An empty one may be another
 * ds-run's that is about to fork: it finds it gone and does without. */
static void sweep(int guest_fd)
{
	auto_dir dir = fdopendir(fcntl(guest_fd, F_DUPFD_CLOEXEC, 0));
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		if (ds_str_has_prefix(entry->d_name, PREFIX))
			unlinkat(guest_fd, entry->d_name, AT_REMOVEDIR);
	}
}

void ds_leaf_remove(struct ds_leaf *leaf, bool wait)
{
	if (leaf->guest_fd >= 0 && wait) {
		auto_fd fd = openat(leaf->guest_fd, leaf->name, O_PATH | O_DIRECTORY | O_CLOEXEC);

		ds_cgroup_wait_until_empty(fd, EMPTY_WITHIN_MS);
	}
	if (leaf->guest_fd >= 0 && unlinkat(leaf->guest_fd, leaf->name, AT_REMOVEDIR) < 0)
		sweep(leaf->guest_fd);
	close_fd(&leaf->guest_fd);
}
