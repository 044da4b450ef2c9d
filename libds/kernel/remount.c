// SPDX-License-Identifier: GPL-3.0-or-later
/* remount - see remount.h. */
#include "libds/kernel/remount.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "gen/config.h"
#include "libds/core/auto.h"
#include "libds/core/err.h"
#include "libds/core/field.h"
#include "libds/core/file.h"
#include "libds/host/mountinfo.h"

/* The mounts found so far, a parent always before its children, as mountinfo lists a fresh bind. */
struct below {
	int *ids; /* owned; the first is the top's, -1 where the kernel does not tell it */
	size_t count;
	char path[PATH_MAX]; /* where the top is */
	unsigned long flags;
};

/* The id of the mount that fd is on, or -1: /proc/PID/fdinfo has it since Linux 3.15. */
static int mount_id(int fd)
{
	char path[40], info[256];
	const char *line;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	if (ds_try_file_read(AT_FDCWD, path, info, sizeof(info)) < 0)
		return -1;
	line = strstr(info, "mnt_id:");
	return line ? (int)ds_field_number(line, 2) : -1;
}

/* A remount clears the flags that it does not name; statfs(2) has the values of mount(2). By path, for
 * fstatfs(2) takes no O_PATH before Linux 3.12. */
static int change_flags(int mnt_fd, unsigned long set, unsigned long clear)
{
	char path[40];
	struct statfs st;
	unsigned long flags;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", mnt_fd);
	if (statfs(path, &st) < 0)
		return ds_fail("look at a mount");
	flags = (unsigned long)st.f_flags &
		(MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_NOATIME | MS_NODIRATIME);
	if (!set && !(flags & clear))
		return 0;
	flags = (flags | set) & ~clear;
	if (mount(NULL, path, NULL, MS_BIND | MS_REMOUNT | flags, NULL) < 0)
		return ds_fail("remount");
	return 0;
}

int ds_remount_without(int mnt_fd, unsigned long flags)
{
	return change_flags(mnt_fd, 0, flags);
}

static int note(struct below *below, int id)
{
	int *grown = realloc(below->ids, (below->count + 1) * sizeof(*grown));

	if (!grown)
		return ds_fail("list the mounts");
	below->ids = grown;
	below->ids[below->count++] = id;
	return 0;
}

static bool is_below(const struct below *below, int parent, const char *path)
{
	size_t len = strlen(below->path);

	if (below->ids[0] < 0)
		return strncmp(path, below->path, len) == 0 && path[len] == '/';
	for (size_t i = 0; i < below->count; i++) {
		if (below->ids[i] == parent)
			return true;
	}
	return false;
}

/* Does another lie on the whole of this mount? */
static bool is_covered(const struct ds_mountinfo *mount)
{
	auto_mountinfo other = {0};

	if (ds_mountinfo_open(&other) < 0)
		return true;
	while (ds_mountinfo_next(&other)) {
		if (other.parent == mount->id && strcmp(other.path, mount->path) == 0)
			return true;
	}
	return false;
}

static int remount_listed(struct below *below, const struct ds_mountinfo *mount)
{
	auto_fd fd = -1;
	int err;

	if (!is_below(below, mount->parent, mount->path))
		return 0;
	fd = open(mount->path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return ds_fail("open a mount below");
	/* Whoever can rename above it may have led us elsewhere, or another mount covers it: it would
	 * be seen, and writable, as soon as the guest takes that one away. */
	if (below->ids[0] < 0 ? is_covered(mount) : mount_id(fd) != mount->id)
		return ds_refuse(DS_EXIT_FAILED, "a mount below cannot be reached");
	err = note(below, mount->id);
	return err < 0 ? err : change_flags(fd, below->flags, 0);
}

static int remount_below(int mnt_fd, unsigned long flags)
{
	auto_free int *ids = malloc(sizeof(*ids));
	auto_mountinfo mount = {0};
	struct below below = {.ids = ids, .count = 1, .flags = flags};
	int err = ds_mountinfo_open(&mount);

	if (err < 0)
		return err;
	if (!ids || ds_try_fd_path(mnt_fd, below.path) < 0)
		return ds_fail("list the mounts");
	ids[0] = mount_id(mnt_fd);
	while (!err && ds_mountinfo_next(&mount)) {
		err = remount_listed(&below, &mount);
		ids = below.ids;
	}
	return err;
}

int ds_remount(int mnt_fd, bool recursive, unsigned long flags)
{
	int err = change_flags(mnt_fd, flags, 0);

	/* Nothing but a tree of the host's, bound for a guest, has mounts below. */
	return err < 0 || !recursive || !CFG_BIND_MOUNTS ? err : remount_below(mnt_fd, flags);
}
