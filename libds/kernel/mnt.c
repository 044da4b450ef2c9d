// SPDX-License-Identifier: GPL-3.0-or-later
/* mnt - see mnt.h. */
#include "libds/kernel/mnt.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libds/core/auto.h"
#include "libds/core/compat.h"
#include "libds/core/err.h"
#include "libds/core/str.h"
#include "libds/kernel/remount.h"
#include "libds/kernel/tree.h"

#define FD_PATH_MAX 32 /* bytes of "/proc/self/fd/N" */

static const char *fd_path(char buf[FD_PATH_MAX], int fd)
{
	snprintf(buf, FD_PATH_MAX, "/proc/self/fd/%d", fd);
	return buf;
}

/* mount(2)'s flags as mount_setattr(2) and fsmount(2) want them. */
static unsigned attr_of(unsigned long flags)
{
	return (flags & MS_RDONLY ? MOUNT_ATTR_RDONLY : 0) |
	       (flags & MS_NOSUID ? MOUNT_ATTR_NOSUID : 0) |
	       (flags & MS_NODEV ? MOUNT_ATTR_NODEV : 0) |
	       (flags & MS_NOEXEC ? MOUNT_ATTR_NOEXEC : 0) |
	       (flags & MS_NOATIME ? MOUNT_ATTR_NOATIME : 0);
}

static int set_option(int fs_fd, const char *option)
{
	const char *equals = strchr(option, '=');
	char key[64];

	if (!equals)
		return ds_sys_fsconfig(fs_fd, FSCONFIG_SET_FLAG, option, NULL);
	if ((size_t)(equals - option) >= sizeof(key)) {
		errno = EINVAL;
		return -1;
	}
	memcpy(key, option, (size_t)(equals - option));
	key[equals - option] = 0;
	return ds_sys_fsconfig(fs_fd, FSCONFIG_SET_STRING, key, equals + 1);
}

/* ENODEV: the kernel has no such file system (mount(2)). */
static int explain(int err)
{
	if (err == -ENODEV) {
		ds_err_exit_status(DS_EXIT_UNSUPPORTED);
		ds_hint("'droidspaces check' tells what this kernel lacks");
	}
	return err;
}

int ds_mnt_detached(const struct ds_mnt *mnt)
{
	auto_fd fs_fd = ds_sys_fsopen(mnt->type, FSOPEN_CLOEXEC);
	int mnt_fd;

	if (fs_fd < 0)
		return errno == ENOSYS ? -ENOSYS : explain(ds_fail("make a %s", mnt->type));
	if (ds_sys_fsconfig(fs_fd, FSCONFIG_SET_STRING, "source", mnt->source) < 0)
		return ds_fail("make a %s", mnt->type);
	for (const char *const *option = mnt->options; option && *option; option++) {
		if (set_option(fs_fd, *option) < 0)
			return ds_fail("make a %s with %s", mnt->type, *option);
	}
	if (ds_sys_fsconfig(fs_fd, FSCONFIG_CMD_CREATE, NULL, NULL) < 0)
		return ds_fail("make a %s", mnt->type);
	mnt_fd = ds_sys_fsmount(fs_fd, FSMOUNT_CLOEXEC, attr_of(mnt->flags));
	return mnt_fd < 0 ? ds_fail("make a %s", mnt->type) : mnt_fd;
}

int ds_mnt_attach_on(int mnt_fd, int target_fd)
{
	if (ds_sys_move_mount(mnt_fd, "", target_fd, "",
			      MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0)
		return ds_fail("attach the mount");
	return 0;
}

int ds_mnt_attach(int mnt_fd, int root_fd, const char *path)
{
	auto_fd target_fd = ds_tree_open(root_fd, path, O_PATH, 0);

	if (target_fd < 0)
		return target_fd;
	return ds_mnt_attach_on(mnt_fd, target_fd) < 0 ? ds_err_in("mount on %s", path) : 0;
}

static int join_options(char *buf, size_t size, const char *const *options)
{
	size_t used = 0;

	buf[0] = 0;
	for (; options && *options; options++) {
		/* To mount(2) it is a flag. */
		if (strcmp(*options, "ro") == 0)
			continue;
		if (ds_str_fmt(buf + used, size - used, "%s%s", used ? "," : "", *options) < 0)
			return ds_err_in("mount options");
		used += strlen(buf + used);
	}
	return 0;
}

static int classic_at(int root_fd, const char *path, int target_fd, const struct ds_mnt *mnt)
{
	char target[FD_PATH_MAX], data[PATH_MAX];
	int err = join_options(data, sizeof(data), mnt->options);

	if (err < 0)
		return err;
	if (mount(mnt->source, fd_path(target, target_fd), mnt->type, mnt->flags, data) < 0)
		return explain(ds_fail("mount %s on %s", mnt->type, path));
	return ds_tree_open(root_fd, path, O_PATH | O_DIRECTORY, 0);
}

int ds_mnt_at(int root_fd, const char *path, const struct ds_mnt *mnt)
{
	auto_fd target_fd = ds_tree_mkdirs(root_fd, path, 0755);
	auto_fd mnt_fd = -1;
	int err;

	if (target_fd < 0)
		return target_fd;
	mnt_fd = ds_mnt_detached(mnt);
	if (mnt_fd == -ENOSYS)
		return classic_at(root_fd, path, target_fd, mnt);
	if (mnt_fd < 0)
		return ds_err_in("mount %s", path);
	err = ds_mnt_attach(mnt_fd, root_fd, path);
	return err < 0 ? err : take_fd(&mnt_fd);
}

/* A detached copy of the mounts at source_fd; -ENOSYS (quiet) before Linux 5.2. */
static int copy_tree(int source_fd, bool recursive)
{
	int fd = ds_sys_open_tree(source_fd, "",
				  AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC |
					  (recursive ? AT_RECURSIVE : 0));

	if (fd >= 0)
		return fd;
	return errno == ENOSYS ? -ENOSYS : ds_fail("copy the mount");
}

/* -ENOSYS (quiet) before Linux 5.12. */
static int set_flags(int tree_fd, bool recursive, unsigned long flags)
{
	struct mount_attr attr = {.attr_set = attr_of(flags)};

	if (!flags ||
	    ds_sys_mount_setattr(tree_fd, "", AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0),
				 &attr) == 0)
		return 0;
	return errno == ENOSYS ? -ENOSYS : ds_fail("set the mount's flags");
}

/* Flags that cannot be set are no flags: the mount must not stay without them. */
static int remount_or_detach(int mnt_fd, bool recursive, unsigned long flags)
{
	char path[FD_PATH_MAX];
	int err = ds_remount(mnt_fd, recursive, flags);

	if (err < 0)
		umount2(fd_path(path, mnt_fd), MNT_DETACH);
	return err;
}

/* Before Linux 5.2 only its path leads to what was mounted on target_fd. */
static int open_mounted_on(int target_fd, int source_fd)
{
	char link[FD_PATH_MAX], path[PATH_MAX];
	ssize_t len = readlink(fd_path(link, target_fd), path, sizeof(path) - 1);
	struct stat source, mounted;
	auto_fd fd = -1;

	if (len > 0) {
		path[len] = 0;
		fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	}
	if (fd < 0 || fstat(fd, &mounted) < 0 || fstat(source_fd, &source) < 0 ||
	    mounted.st_dev != source.st_dev || mounted.st_ino != source.st_ino)
		return ds_fail_with(ESTALE, "find the mount again");
	return take_fd(&fd);
}

static int classic_bind(int source_fd, int target_fd, bool recursive, unsigned long flags)
{
	char source[FD_PATH_MAX], target[FD_PATH_MAX];
	auto_fd mnt_fd = -1;

	if (mount(fd_path(source, source_fd), fd_path(target, target_fd), NULL,
		  MS_BIND | (recursive ? MS_REC : 0), NULL) < 0)
		return ds_fail("attach the mount");
	if (!flags)
		return 0;
	mnt_fd = open_mounted_on(target_fd, source_fd);
	return mnt_fd < 0 ? mnt_fd : remount_or_detach(mnt_fd, recursive, flags);
}

int ds_mnt_bind_on(int source_fd, int target_fd, bool recursive, unsigned long flags)
{
	auto_fd tree_fd = copy_tree(source_fd, recursive);
	int set, err;

	if (tree_fd == -ENOSYS)
		return classic_bind(source_fd, target_fd, recursive, flags);
	if (tree_fd < 0)
		return tree_fd;
	set = set_flags(tree_fd, recursive, flags);
	if (set < 0 && set != -ENOSYS)
		return set;
	err = ds_mnt_attach_on(tree_fd, target_fd);
	return err < 0 || !set ? err : remount_or_detach(tree_fd, recursive, flags);
}

int ds_mnt_bind(int source_fd, int root_fd, const char *path, bool recursive, unsigned long flags)
{
	auto_fd target_fd = ds_tree_open(root_fd, path, O_PATH, 0);

	if (target_fd < 0)
		return target_fd;
	if (ds_mnt_bind_on(source_fd, target_fd, recursive, flags) < 0)
		return ds_err_in("bind on %s", path);
	return 0;
}

int ds_mnt_copy(int source_fd, bool recursive, unsigned long flags)
{
	auto_fd tree_fd = copy_tree(source_fd, recursive);
	int err = tree_fd < 0 ? tree_fd : set_flags(tree_fd, recursive, flags);

	if (!err)
		return take_fd(&tree_fd);
	if (tree_fd < 0 || err != -ENOSYS)
		return err;
	/* 5.2 to 5.11: only what is attached can be remounted, so it is laid over its source. */
	err = ds_mnt_attach_on(tree_fd, source_fd);
	if (!err)
		err = ds_remount(tree_fd, recursive, flags);
	return err < 0 ? err : copy_tree(tree_fd, recursive);
}

int ds_mnt_propagate(unsigned long how)
{
	int err = mount(NULL, "/", NULL, MS_REC | how, NULL) < 0
			  ? ds_fail("set how mounts propagate")
			  : 0;

	if (err == -EINVAL)
		ds_hint("/ is no mount point: start it from outside of this chroot");
	return err;
}

int ds_mnt_make_private(void)
{
	return ds_mnt_propagate(MS_PRIVATE);
}
