// SPDX-License-Identifier: GPL-3.0-or-later
/* rootfs - see rootfs.h. */
#include "libds/life/rootfs.h"

#include <errno.h>
#include <fcntl.h>

#include "libds/core/auto.h"
#include "libds/core/err.h"
#include "libds/kernel/tree.h"

bool ds_rootfs_is(const struct ds_rootfs *rootfs, const struct stat *st)
{
	return st->st_dev == rootfs->dev && st->st_ino == rootfs->ino;
}

static int check_init(int root_fd, const char *path, const char *init)
{
	struct stat st;
	int err = ds_try_tree_stat(root_fd, init, &st);

	if (!err && S_ISREG(st.st_mode) && (st.st_mode & 0111))
		return 0;
	if (err < 0)
		err = ds_fail_with(err, "no init in %s: %s", path, init);
	else
		err = ds_refuse(DS_EXIT_FAILED, "no init in %s: %s is not an executable file", path,
				init);
	ds_hint("install an init in the guest, or name a program of it with --init=PATH");
	return err;
}

/* The directory at path is to be the root. */
static int settle_on(struct ds_rootfs *rootfs, const char *path, const char *init)
{
	auto_fd root_fd = open(path, O_PATH | O_CLOEXEC);
	struct stat st, host;

	if (root_fd < 0 || fstat(root_fd, &st) < 0 || stat("/", &host) < 0)
		return ds_fail("rootfs %s", path);
	if (!S_ISDIR(st.st_mode))
		return ds_fail_with(ENOTDIR, "rootfs %s", path);
	*rootfs = (struct ds_rootfs){.path = path, .dev = st.st_dev, .ino = st.st_ino};
	if (ds_rootfs_is(rootfs, &host))
		return ds_refuse(DS_EXIT_USAGE, "rootfs %s is the host's own root", path);
	return check_init(root_fd, path, init);
}

int ds_rootfs_look(struct ds_rootfs *rootfs, const struct ds_spec *spec)
{
	return settle_on(rootfs, spec->rootfs_path, ds_spec_init_path(spec));
}

int ds_rootfs_undo(const char *const args[DS_UNDO_ARGS])
{
	(void)args;
	return 0;
}

int ds_rootfs_acquire(struct ds_rootfs *rootfs, const struct ds_spec *spec, struct ds_undo *undo)
{
	(void)rootfs;
	(void)spec;
	(void)undo;
	return 0;
}

int ds_rootfs_layer(struct ds_rootfs *rootfs, const struct ds_spec *spec, struct ds_undo *undo)
{
	(void)rootfs;
	(void)spec;
	(void)undo;
	return 0;
}
