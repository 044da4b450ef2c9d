// SPDX-License-Identifier: GPL-3.0-or-later
/* rootfs - see rootfs.h. */
#include "libds/life/rootfs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>

#include "gen/config.h"
#include "libds/core/auto.h"
#include "libds/core/err.h"
#include "libds/core/str.h"
#include "libds/host/workspace.h"
#include "libds/kernel/overlay.h"
#include "libds/kernel/tree.h"
#include "libds/life/shim.h"

/* Where an image is mounted. Not in struct ds_rootfs: who boots a directory has no page for it. */
static char mounted[PATH_MAX];

void ds_rootfs_close(struct ds_rootfs *rootfs)
{
	ds_image_close(&rootfs->image);
}

bool ds_rootfs_is(const struct ds_rootfs *rootfs, const struct stat *st)
{
	return st->st_dev == rootfs->dev && st->st_ino == rootfs->ino;
}

/* ds-init-shim we bring; what it runs may be looked for in a PATH that only the guest knows. */
static int check_shim(int root_fd, const char *path, const struct ds_spec *spec)
{
	struct stat st;

	if (*spec->init_command || ds_try_tree_stat(root_fd, DS_SHIM_SERVICES, &st) == 0)
		return 0;
	ds_refuse(DS_EXIT_USAGE, "nothing to run in %s: no command, no " DS_SHIM_SERVICES, path);
	ds_hint("say --init=shim -- COMMAND");
	return -ds_err_last()->code;
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
static int settle_on(struct ds_rootfs *rootfs, const char *path, const struct ds_spec *spec)
{
	auto_fd root_fd = open(path, O_PATH | O_CLOEXEC);
	struct stat st, host;

	if (root_fd < 0 || fstat(root_fd, &st) < 0 || stat("/", &host) < 0)
		return ds_fail("rootfs %s", path);
	if (!S_ISDIR(st.st_mode))
		return ds_fail_with(ENOTDIR, "rootfs %s", path);
	rootfs->path = path;
	rootfs->dev = st.st_dev;
	rootfs->ino = st.st_ino;
	if (ds_rootfs_is(rootfs, &host))
		return ds_refuse(DS_EXIT_USAGE, "rootfs %s is the host's own root", path);
	return ds_spec_has_shim(spec) ? check_shim(root_fd, path, spec)
				      : check_init(root_fd, path, ds_spec_init_path(spec));
}

static bool is_image(const struct ds_rootfs *rootfs)
{
	return CFG_IMAGES && rootfs->image.fd >= 0;
}

int ds_rootfs_look(struct ds_rootfs *rootfs, const struct ds_spec *spec)
{
	struct stat st;

	*rootfs = (struct ds_rootfs)DS_ROOTFS_NONE;
	if (stat(spec->rootfs_path, &st) < 0)
		return ds_fail("rootfs %s", spec->rootfs_path);
	if (CFG_IMAGES && (S_ISREG(st.st_mode) || S_ISBLK(st.st_mode)))
		return ds_image_open(&rootfs->image, spec->rootfs_path,
				     CFG_VOLATILE && spec->volatile_mode, spec->name);
	return settle_on(rootfs, spec->rootfs_path, spec);
}

bool ds_rootfs_is_acquired(const struct ds_rootfs *rootfs, const struct ds_spec *spec)
{
	return is_image(rootfs) && ds_image_is_mounted(&rootfs->image, spec->name);
}

int ds_rootfs_check(struct ds_rootfs *rootfs, const struct ds_spec *spec,
		    const struct ds_watch *watch)
{
	return is_image(rootfs) ? ds_image_check(&rootfs->image, spec->rootfs_path, watch) : 0;
}

int ds_rootfs_undo(const char *const args[DS_UNDO_ARGS])
{
	(void)args;
	return 0;
}

int ds_rootfs_acquire(struct ds_rootfs *rootfs, const struct ds_spec *spec, struct ds_undo *undo)
{
	int err;

	if (!is_image(rootfs))
		return 0;
	err = ds_image_mount(&rootfs->image, undo, spec->rootfs_path, spec->name, mounted);
	if (!err)
		err = settle_on(rootfs, mounted, spec);
	return err < 0 ? err : ds_undo_promise(undo, DS_ROOTFS_VERB, mounted, NULL);
}

int ds_rootfs_adopt(struct ds_rootfs *rootfs, const struct ds_spec *spec)
{
	int err = ds_str_fmt(mounted, sizeof(mounted), DS_IMAGE_MOUNTS "/%s", spec->name);

	if (!err && !ds_rootfs_is_acquired(rootfs, spec))
		err = ds_refuse(DS_EXIT_FAILED, "%s is not mounted at %s any more",
				spec->rootfs_path, mounted);
	return err < 0 ? err : settle_on(rootfs, mounted, spec);
}

int ds_rootfs_layer(struct ds_rootfs *layered, const struct ds_rootfs *rootfs,
		    const struct ds_spec *spec, struct ds_undo *undo)
{
	static char view[PATH_MAX];
	auto_fd lower_fd = -1;
	char dir[PATH_MAX];
	struct stat st;
	int err;

	*layered = *rootfs;
	if (!CFG_VOLATILE || !spec->volatile_mode)
		return 0;
	err = ds_workspace_path(dir, sizeof(dir), DS_WS_VOLATILE, spec->name);
	if (err < 0)
		return err;
	lower_fd = open(rootfs->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (lower_fd < 0 || fstat(lower_fd, &st) < 0)
		return ds_fail("open %s", rootfs->path);
	if (!ds_rootfs_is(rootfs, &st))
		return ds_refuse(DS_EXIT_FAILED, "%s was exchanged while starting", rootfs->path);
	err = ds_overlay_mount(undo, dir, lower_fd, rootfs->path, spec->volatile_size, view);
	return err < 0 ? err : settle_on(layered, view, spec);
}
