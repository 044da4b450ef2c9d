// SPDX-License-Identifier: GPL-3.0-or-later
/* mkimg - ds_mkimg() of mkimg.h. */
#include "libds/life/mkimg.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libds/core/auto.h"
#include "libds/core/err.h"
#include "libds/core/file.h"
#include "libds/host/fakeroot.h"
#include "libds/host/mountinfo.h"
#include "libds/life/distro.h"
#include "libds/life/imageuse.h"
#include "libds/life/populate.h"
#include "libds/life/unpack.h"

/* Is path, resolved, within the directory dir or dir itself? */
static bool is_within(const char *path, const char *dir)
{
	size_t len = strcmp(dir, "/") == 0 ? 0 : strlen(dir);

	return strncmp(path, dir, len) == 0 && (path[len] == '/' || !path[len]);
}

/* A mount in the tree would be copied as well, /proc without an end. */
static int refuse_mounts(const char *dir)
{
	auto_mountinfo mount = {0};
	int err = ds_mountinfo_open(&mount);

	while (!err && ds_mountinfo_next(&mount)) {
		if (!is_within(mount.path, dir) || strcmp(mount.path, dir) == 0)
			continue;
		ds_refuse(DS_EXIT_FAILED, "something is mounted in the tree, on %s", mount.path);
		ds_hint("unmount it, or take the tree from a bind mount: mount --bind %s /mnt",
			dir);
		return -ECANCELED;
	}
	return err;
}

/* The directory is the tree. */
static int take_directory(const struct ds_stage *stage, const char *source, char tree[PATH_MAX])
{
	if (ds_try_file_resolve(source, tree) < 0)
		return ds_fail("source %s", source);
	if (is_within(stage->parent, tree))
		return ds_refuse(DS_EXIT_USAGE, "image %s would be made within its source %s",
				 stage->image, source);
	return refuse_mounts(tree);
}

/* Root's rights over files, or what passes for them. */
static int be_root(int *fakeroot_fd)
{
	if (geteuid() == 0 || getenv("FAKEROOTKEY"))
		return 0;
	*fakeroot_fd = ds_fakeroot_begin();
	return *fakeroot_fd < 0 ? *fakeroot_fd : 0;
}

/* A file that its owner may not read, as /etc/shadow is on Fedora: fakeroot's root could read it, but the
 * kernel asks us. What fakeroot remembers of the mode stays, as this goes past it. */
static int open_up(const struct ds_stage *stage)
{
	struct ds_tool chmod =
		DS_TOOL("env", "-u", "LD_PRELOAD", "chmod", "-R", "u+rwX", DS_STAGE_ROOT);

	return ds_stage_do(stage, &chmod, NULL, 0);
}

/* Make the stage and have a tree: its path, absolute or in the stage. */
static int have_tree(struct ds_stage *stage, const char *source, char tree[PATH_MAX],
		     int *fakeroot_fd)
{
	bool is_stdin = strcmp(source, "-") == 0;
	auto_fd fd = is_stdin ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
			      : open(source, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	bool is_layout;
	struct stat st;
	int err;

	if (fd < 0 || fstat(fd, &st) < 0)
		return ds_fail("source %s", source);
	if (S_ISBLK(st.st_mode) || isatty(fd))
		return ds_refuse(DS_EXIT_USAGE, "source %s is neither a directory nor an archive",
				 source);
	is_layout = S_ISDIR(st.st_mode) && ds_unpack_is_layout(fd);
	if (S_ISDIR(st.st_mode) && !is_layout) {
		err = take_directory(stage, source, tree);
		return err < 0 ? err : ds_stage_make(stage);
	}
	strcpy(tree, DS_STAGE_ROOT);
	err = be_root(fakeroot_fd);
	if (!err)
		err = ds_stage_make(stage);
	if (err < 0)
		return err;
	err = is_layout ? ds_unpack_layout(stage, fd) : ds_unpack_archive(stage, fd);
	return err < 0 || *fakeroot_fd < 0 ? err : open_up(stage);
}

/* One that is to be replaced must not be in use. */
static int refuse_used(const char *path)
{
	auto_fd fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	return fd < 0 ? 0 : ds_imageuse_any(fd, path);
}

int ds_mkimg(const struct ds_mkimg *request)
{
	auto_fd fakeroot_fd = -1, tree_fd = -1;
	auto_stage stage = DS_STAGE_NONE;
	char tree[PATH_MAX] = DS_STAGE_ROOT;
	struct ds_measure measure;
	int err = ds_populate_check(request->type);

	if (!err && (request->size || request->label) && strcmp(request->type, "ext4") != 0)
		err = ds_refuse(DS_EXIT_USAGE, "%s images have no size or label of their own",
				request->type);
	if (!err && request->replace)
		err = refuse_used(request->image);
	if (err < 0)
		return err;
	stage.watch = request->watch;
	stage.cancel_fd = request->cancel_fd;
	err = ds_stage_find(&stage, request->image, request->replace);
	if (!err)
		err = request->distro ? ds_distro_install(&stage, request->distro)
				      : have_tree(&stage, request->source, tree, &fakeroot_fd);
	if (err < 0)
		return err;
	tree_fd = openat(stage.fd, tree, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (tree_fd < 0)
		return ds_fail("open the tree %s", tree);
	err = ds_measure(&stage, tree_fd, &measure);
	if (!err)
		err = ds_populate(&stage, request->type, tree, &measure, request->size,
				  request->label);
	return err < 0 ? err : ds_stage_commit(&stage, request->replace);
}
