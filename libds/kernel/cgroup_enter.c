// SPDX-License-Identifier: GPL-3.0-or-later
/* cgroup_enter - the way into a running container's cgroups; see cgroup.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "libds/core/auto.h"
#include "libds/core/compat.h"
#include "libds/core/err.h"
#include "libds/core/file.h"
#include "libds/core/str.h"
#include "libds/kernel/cgroup.h"
#include "libds/kernel/hierarchy.h"

/* Open the directory that a line of /proc/PID/cgroup names. -ENOENT, quiet, where that is not at or
 * below dir, or in cgroup2 and but_v2. */
static int open_line(char *line, const char *dir, bool but_v2)
{
	struct ds_hierarchy hierarchy;
	auto_fd base_fd = -1;
	size_t len = strlen(dir);
	const char *id, *path;
	int fd;

	if (!ds_hierarchy_split(line, &id, &path) || (but_v2 && strcmp(id, DS_CGROUP2) == 0))
		return -ENOENT;
	path++;
	if (strncmp(path, dir, len) != 0 || (len && path[len] && path[len] != '/') ||
	    strstr(path, "/../"))
		return -ENOENT;
	if (ds_try_hierarchy_find(id, &hierarchy) < 0)
		return -ENOENT;
	base_fd = ds_hierarchy_open(&hierarchy);
	if (base_fd < 0)
		return base_fd;
	fd = openat(base_fd, *path ? path : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? ds_fail("open cgroup %s", path) : fd;
}

static int follow_line(char *line, const char *dir, bool but_v2)
{
	auto_fd fd = open_line(line, dir, but_v2);

	if (fd == -ENOENT)
		return 0;
	if (fd >= 0 && ds_try_file_write(fd, "cgroup.procs", "0") < 0)
		return ds_fail("join its cgroup below %s", dir);
	return fd < 0 ? fd : 0;
}

static int read_lines(pid_t init_pid, char *text, size_t size)
{
	char path[40];

	snprintf(path, sizeof(path), "/proc/%d/cgroup", (int)init_pid);
	if (ds_try_file_read(AT_FDCWD, path, text, size) < 0)
		return ds_fail_with(ESRCH, "read %s", path);
	return 0;
}

int ds_cgroup_follow(const char *dir, pid_t init_pid, bool but_v2)
{
	char text[4096], *next = text, *line;
	int err = read_lines(init_pid, text, sizeof(text));

	while (!err && (line = strsep(&next, "\n")))
		err = follow_line(line, dir, but_v2);
	return err;
}

pid_t ds_cgroup_fork(const char *dir, pid_t init_pid)
{
	char text[4096], *next = text, *line;
	auto_fd fd = -1;

	if (read_lines(init_pid, text, sizeof(text)) < 0)
		return -1;
	while (fd < 0 && (line = strsep(&next, "\n"))) {
		if (ds_str_has_prefix(line, "0::"))
			fd = open_line(line, dir, false);
	}
	return fd < 0 ? -1 : ds_sys_clone_into(0, fd);
}
