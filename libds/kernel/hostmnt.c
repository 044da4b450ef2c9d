// SPDX-License-Identifier: GPL-3.0-or-later
/* hostmnt - see hostmnt.h. */
#include "libds/kernel/hostmnt.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libds/core/auto.h"
#include "libds/core/err.h"
#include "libds/core/str.h"
#include "libds/host/mountinfo.h"

#define MKDIR_TRIES 5

static int make_dir(struct ds_undo *undo, const char *path)
{
	int err;

	if (access(path, F_OK) == 0)
		return 0;
	/* Only what is surely not there is promised to be removed again. */
	if (errno != ENOENT)
		return ds_fail("look for directory %s", path);
	err = ds_undo_promise(undo, DS_HOSTDIR_VERB, path, NULL);
	if (!err && mkdir(path, 0700) < 0 && errno != EEXIST)
		err = ds_fail("create directory %s", path);
	return err;
}

/* mkdir -p, each directory promised before it is made. */
static int make_dirs(struct ds_undo *undo, const char *path)
{
	char part[PATH_MAX];
	int err = ds_str_copy(part, sizeof(part), path);

	for (char *slash = part; !err && slash;) {
		slash = strchr(slash + 1, '/');
		if (slash)
			*slash = 0;
		err = make_dir(undo, part);
		if (slash)
			*slash = '/';
	}
	return err;
}

int ds_hostmnt_make(struct ds_undo *undo, const char *path, const struct ds_mnt *mnt)
{
	auto_fd root_fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int err = -ENOENT;

	if (root_fd < 0)
		return ds_fail("open /");
	/* Whoever shares a directory above may stop in this moment, and remove it. */
	for (int i = 0; err == -ENOENT && i < MKDIR_TRIES; i++)
		err = make_dirs(undo, path);
	if (!err && ds_hostmnt_is_mount(path))
		err = ds_fail_with(EBUSY, "mount on %s", path);
	if (!err)
		err = ds_undo_promise(undo, DS_HOSTMNT_VERB, path, NULL);
	return err < 0 ? err : ds_mnt_at(root_fd, path, mnt);
}

/* The mount list and not st_dev tells: a bind mount has its parent's. */
bool ds_hostmnt_is_mount(const char *path)
{
	auto_mountinfo mount = {0};

	if (ds_mountinfo_open(&mount) < 0)
		return false;
	while (ds_mountinfo_next(&mount)) {
		if (strcmp(mount.path, path) == 0)
			return true;
	}
	return false;
}

int ds_hostmnt_undo(const char *const args[DS_UNDO_ARGS])
{
	if (umount2(args[0], UMOUNT_NOFOLLOW) == 0 || errno == ENOENT || errno == EINVAL)
		return 0;
	/* A shell of the host's that sits in there keeps what is mounted, but not its place. */
	if (errno == EBUSY && umount2(args[0], UMOUNT_NOFOLLOW | MNT_DETACH) == 0)
		return 0;
	return ds_fail("unmount %s", args[0]);
}

int ds_hostmnt_rmdir(const char *const args[DS_UNDO_ARGS])
{
	if (rmdir(args[0]) == 0 || errno == ENOENT || errno == ENOTEMPTY || errno == EEXIST)
		return 0;
	return ds_fail("remove directory %s", args[0]);
}
