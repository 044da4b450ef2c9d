// SPDX-License-Identifier: GPL-3.0-or-later
/* commit - see commit.h. */
#include "libds/life/commit.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "gen/config.h"
#include "libds/core/auto.h"
#include "libds/core/compat.h"
#include "libds/core/err.h"
#include "libds/core/field.h"
#include "libds/core/file.h"
#include "libds/core/str.h"
#include "libds/host/tool.h"
#include "libds/kernel/freezer.h"
#include "libds/kernel/mnt.h"
#include "libds/life/mkimg.h"
#include "libds/life/volatile.h"

/* Where it is to be: path is absolute, and so is the directory that holds it. */
struct place {
	char dir[PATH_MAX], path[PATH_MAX];
	const char *base; /* in path */
};

static bool is_below(const char *path, const char *dir)
{
	size_t len = strlen(dir);

	return strncmp(path, dir, len) == 0 && (path[len] == '/' || !path[len]);
}

static int find_place(struct place *place, const char *dest, const char *lower)
{
	char given[PATH_MAX], below[PATH_MAX];
	struct stat st;
	char *slash;
	size_t len;

	if (ds_str_copy(given, sizeof(given), dest) < 0)
		return ds_err_in("destination");
	for (len = strlen(given); len > 1 && given[len - 1] == '/'; len--)
		given[len - 1] = 0;
	slash = strrchr(given, '/');
	if (slash)
		*slash = 0;
	if (ds_try_file_resolve(!slash ? "." : slash == given ? "/" : given, place->dir) < 0)
		return ds_fail("the directory of %s", dest);
	if (ds_str_fmt(place->path, sizeof(place->path), "%s/%s", place->dir,
		       slash ? slash + 1 : given) < 0)
		return ds_err_in("destination");
	place->base = strrchr(place->path, '/') + 1;
	if (!*place->base || strcmp(place->base, ".") == 0 || strcmp(place->base, "..") == 0)
		return ds_refuse(DS_EXIT_USAGE, "%s names no new file or directory", dest);
	if (lstat(place->path, &st) == 0)
		return ds_fail_with(EEXIST, "%s", dest);
	if (ds_try_file_resolve(lower, below) == 0 && is_below(place->dir, below))
		return ds_refuse(DS_EXIT_USAGE, "%s is in the rootfs that is to stay as it is",
				 dest);
	return 0;
}

/* The file system of an image of that name, or NULL: it is none. */
static const char *image_type(const char *name)
{
	static const char *const ends[][2] = {
		{".img", "ext4"},      {".ext4", "ext4"},   {".squashfs", "squashfs"},
		{".sqfs", "squashfs"}, {".erofs", "erofs"},
	};

	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		if (ds_str_has_suffix(name, ends[i][0]))
			return ends[i][1];
	}
	return NULL;
}

/* An fd of the view. From here on this process has it read-only, and no link in it leads anywhere: a
 * guest could exchange a directory for a link to the host's while a tool walks through it. */
static int hold_view(const char *view, const struct ds_watch *watch)
{
	auto_fd fd = -1;
	struct statvfs st;
	int err;

	if (unshare(CLONE_NEWNS) < 0)
		return ds_fail("make a mount namespace");
	err = ds_mnt_make_private();
	if (err < 0)
		return err;
	if (mount(NULL, view, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSYMFOLLOW, NULL) < 0)
		return ds_fail("remount %s", view);
	fd = open(view, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstatvfs(fd, &st) < 0)
		return ds_fail("open %s", view);
	/* Linux before 5.10 passes over a flag that it does not know. */
	if (!(st.f_flag & DS_ST_NOSYMFOLLOW))
		ds_watch_note(watch, "this kernel can't keep links from being followed: don't "
				     "commit a guest that you don't trust");
	return take_fd(&fd);
}

static void count_bytes(const struct ds_tool *tool, pid_t pid)
{
	const struct ds_commit *commit = tool->ctx;
	char path[32], text[512];
	const char *written;

	snprintf(path, sizeof(path), "/proc/%d/io", (int)pid);
	if (ds_try_file_read(AT_FDCWD, path, text, sizeof(text)) < 0)
		return;
	written = strstr(text, "wchar:");
	if (written)
		ds_watch_progress(commit->watch, "copy", (uint64_t)ds_field_number(written, 2), 0);
}

static int run(const struct ds_commit *commit, int view_fd, struct ds_tool *tool)
{
	tool->dir_fd = view_fd;
	tool->cancel_fd = commit->cancel_fd;
	tool->tick = commit->watch && commit->watch->progress ? count_bytes : NULL;
	tool->ctx = (void *)commit;
	return ds_tool_do(tool);
}

/* Does the program tell that it is this one? Others of its name lose attributes and links. */
static bool is_program(const char *name, const char *whose)
{
	struct ds_tool tool = DS_TOOL(name, "--version");
	char text[4096];

	tool.out = text;
	tool.out_size = sizeof(text);
	return ds_tool_run(&tool) == 0 && strstr(text, whose);
}

/* The view, all of it, as the new directory to. */
static int copy_tree(const struct ds_commit *commit, int view_fd, const char *to)
{
	/* A writer that fails must not look like a short archive; 1: a file changed meanwhile. */
	static const char pipeline[] DS_TEXT_SECTION(__COUNTER__) =
		"exec 3>&1; o=\"--xattrs --xattrs-include=* --acls --numeric-owner\"; set -f\n"
		"s=$({ { tar -c $o --format=posix --sparse -f - .; echo $? >&4; } |\n"
		"tar -xp $o -f - -C \"$0\" >&3; } 4>&1) && [ \"$s\" -le 1 ]";
	struct ds_tool cp = DS_TOOL("cp", "-dR", "--preserve=all,xattr", "--", ".", to);
	struct ds_tool tar = DS_TOOL("sh", "-c", pipeline, to);
	struct ds_tool *tool = &cp;

	if (!is_program("cp", "coreutils")) {
		tool = &tar;
		if (!is_program("tar", "GNU tar")) {
			ds_refuse(DS_EXIT_UNSUPPORTED, "neither GNU cp nor GNU tar is installed");
			ds_hint("others lose attributes or hard links");
			return -ds_err_last()->code;
		}
		if (ds_texts_need() < 0)
			return -ds_err_last()->code;
		if (mkdir(to, 0700) < 0)
			return ds_fail("create %s", to);
	}
	return run(commit, view_fd, tool);
}

static int write_image(const struct ds_commit *commit, const char *view, const struct place *place,
		       const char *type)
{
	const struct ds_mkimg request = {.source = view,
					 .image = place->path,
					 .type = type,
					 .watch = commit->watch,
					 .cancel_fd = commit->cancel_fd};

	if (!CFG_MKIMG)
		return ds_refuse(DS_EXIT_UNSUPPORTED,
				 "ds-mkimg, which makes images, is not built in");
	return ds_mkimg(&request);
}

/* On disk before the name is. */
static int publish(const char *tree, const char *path)
{
	auto_fd fd = open(tree, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || syncfs(fd) < 0)
		return ds_fail("write %s", path);
	if (ds_sys_renameat2(AT_FDCWD, tree, AT_FDCWD, path, DS_RENAME_NOREPLACE) == 0)
		return 0;
	/* Linux before 3.15, and file systems that know no flags. */
	if (errno == ENOSYS || errno == EINVAL) {
		if (access(path, F_OK) == 0)
			errno = EEXIST;
		else if (rename(tree, path) == 0)
			return 0;
	}
	return ds_fail("%s", path);
}

static void discard(const char *dir)
{
	const struct ds_err why = *ds_err_last();
	struct ds_tool tool = DS_TOOL("rm", "-rf", "--", dir);

	ds_tool_run(&tool);
	ds_err_set(&why);
}

static int write_tree(const struct ds_commit *commit, int view_fd, const struct place *place)
{
	char dir[PATH_MAX], tree[PATH_MAX];
	int err = ds_str_fmt(dir, sizeof(dir), "%s/.%s.XXXXXX", place->dir, place->base);

	if (err < 0)
		return err;
	/* Closed to all but root until it is whole. */
	if (!mkdtemp(dir))
		return ds_fail("create %s", dir);
	err = ds_str_fmt(tree, sizeof(tree), "%s/tree", dir);
	if (!err)
		err = copy_tree(commit, view_fd, tree);
	if (!err)
		err = publish(tree, place->path);
	if (err < 0)
		discard(dir);
	else
		rmdir(dir);
	return err;
}

int ds_commit(const struct ds_commit *commit, const struct ds_container *running, const char *dest)
{
	auto_freezer freezer = DS_FREEZER_OFF;
	auto_fd view_fd = -1;
	char view[PATH_MAX];
	struct place place;
	const char *type;
	int err = ds_volatile_view(running, view);

	if (!err)
		err = find_place(&place, dest, ds_container_recorded(running, "lower"));
	if (err < 0)
		return err;
	view_fd = hold_view(view, commit->watch);
	if (view_fd < 0)
		return view_fd;
	if (ds_try_freeze(&freezer, ds_container_recorded(running, "cgroup")) < 0)
		ds_watch_note(commit->watch, "this host can't hold the guest still: what it "
					     "writes right now may be missing or half there");
	type = image_type(place.base);
	return type ? write_image(commit, view, &place, type) : write_tree(commit, view_fd, &place);
}
