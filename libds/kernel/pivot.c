// SPDX-License-Identifier: GPL-3.0-or-later
/* pivot - see pivot.h. */
#include "libds/kernel/pivot.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/mount.h>
#include <unistd.h>

#include "libds/core/compat.h"
#include "libds/core/err.h"
#include "libds/host/mountinfo.h"

/* The id of the mount without a parent, if this process's "/" is its root; else 0: in a chroot, or where
 * something is between them, it is not in the list. */
static int find_ramdisk(struct ds_mountinfo *mounts)
{
	while (ds_mountinfo_next(mounts)) {
		if (mounts->id == mounts->parent)
			return mounts->id;
	}
	return 0;
}

/* Detach what is mounted on the ramdisk, and all that is mounted on that: what lies over its "/", or
 * everything else. One that another covers cannot be reached before that is gone, so rounds are made
 * until none is left. The list was opened before and does not need a /proc any more. */
static int detach(struct ds_mountinfo *mounts, int ramdisk, bool over_root)
{
	int left, err;

	do {
		int gone = 0;

		left = err = 0;
		rewind(mounts->list);
		while (ds_mountinfo_next(mounts)) {
			if (mounts->parent != ramdisk || mounts->id == ramdisk ||
			    !mounts->path[1] != over_root)
				continue;
			left++;
			/* ".." of "/" is "/" again, but with what lies over it. */
			if (umount2(over_root ? "/.." : mounts->path,
				    MNT_DETACH | UMOUNT_NOFOLLOW) == 0)
				gone++;
			else
				err = ds_fail("detach %s", mounts->path);
		}
		if (ferror(mounts->list))
			return ds_fail("list mounts");
		if (left && !gone)
			return err;
	} while (left);
	ds_err_clear();
	return 0;
}

/* The new root is the current directory. */
static int move_over_ramdisk(void)
{
	auto_mountinfo mounts = {0};
	int ramdisk, err;

	if (ds_mountinfo_open(&mounts) < 0)
		return -ds_err_last()->code;
	ramdisk = find_ramdisk(&mounts);
	if (!ramdisk)
		return ds_fail_with(EINVAL, "pivot_root");
	err = detach(&mounts, ramdisk, true);
	if (err < 0)
		return err;
	if (mount(".", "/", NULL, MS_MOVE, NULL) < 0)
		return ds_fail("move the new root to /");
	/* "/" is the ramdisk until the chroot, and no path from there leads into the new root. */
	err = detach(&mounts, ramdisk, false);
	if (err < 0)
		return err;
	return chroot(".") < 0 ? ds_fail("chroot") : 1;
}

int ds_pivot(int root_fd)
{
	int moved = 0;

	if (fchdir(root_fd) < 0)
		return ds_fail("enter the new root");
	if (ds_sys_pivot_root(".", ".") == 0) {
		/* The old root now lies over the new one at "." (pivot_root(2), NOTES). */
		if (umount2(".", MNT_DETACH) < 0)
			return ds_fail("detach the old root");
	} else if (errno == EINVAL) {
		moved = move_over_ramdisk();
	} else {
		return ds_fail("pivot_root");
	}
	if (moved < 0)
		return moved;
	return chdir("/") < 0 ? ds_fail("enter the new root") : moved;
}
