// SPDX-License-Identifier: GPL-3.0-or-later
/* stage - see stage.h. */
#include "libds/life/stage.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libds/core/auto.h"
#include "libds/core/err.h"
#include "libds/core/file.h"
#include "libds/core/str.h"

/* Is the name free, or a file that may be replaced? */
static int check_image(const struct ds_stage *stage, const char *image_path, bool replace)
{
	struct stat st;

	if (fstatat(stage->parent_fd, stage->image, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : ds_fail("image %s", image_path);
	if (!S_ISREG(st.st_mode))
		return ds_refuse(DS_EXIT_FAILED, "image %s is there and is not a regular file",
				 image_path);
	if (replace)
		return 0;
	ds_refuse(DS_EXIT_FAILED, "image %s exists", image_path);
	ds_hint("--force replaces it");
	return -ECANCELED;
}

int ds_stage_find(struct ds_stage *stage, const char *image_path, bool replace)
{
	const char *slash = strrchr(image_path, '/'), *name = slash ? slash + 1 : image_path;
	char dir[PATH_MAX];

	if (!*name || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return ds_refuse(DS_EXIT_USAGE, "image %s is not the name of a file", image_path);
	if (ds_str_copy(stage->image, sizeof(stage->image), name) < 0 ||
	    ds_str_fmt(dir, sizeof(dir), "%.*s", slash ? (int)(slash - image_path) + 1 : 1,
		       slash ? image_path : ".") < 0)
		return ds_err_in("image %.64s", image_path);
	if (ds_try_file_resolve(dir, stage->parent) < 0)
		return ds_fail("directory %s", dir);
	stage->parent_fd = open(stage->parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (stage->parent_fd < 0)
		return ds_fail("directory %s", dir);
	return check_image(stage, image_path, replace);
}

int ds_stage_make(struct ds_stage *stage)
{
	char path[PATH_MAX];

	if (ds_str_fmt(path, sizeof(path), "%s/.%.200s.XXXXXX", stage->parent, stage->image) < 0)
		return ds_err_in("image %s", stage->image);
	if (!mkdtemp(path))
		return ds_fail("create a directory in %s", stage->parent);
	ds_str_copy(stage->name, sizeof(stage->name), strrchr(path, '/') + 1);
	stage->fd = openat(stage->parent_fd, stage->name,
			   O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return stage->fd < 0 ? ds_fail("open %s", path) : 0;
}

void ds_stage_end(struct ds_stage *stage)
{
	struct ds_tool rm = DS_TOOL("rm", "-rf", "--", stage->name);
	struct ds_err err = *ds_err_last();

	if (*stage->name) {
		rm.dir_fd = stage->parent_fd;
		/* What of it cannot be removed is told, for the stage is out of sight. */
		if (ds_tool_do(&rm) < 0)
			ds_watch_note(stage->watch, "%s/%s is left: %s", stage->parent, stage->name,
				      ds_err_last()->text);
		stage->name[0] = 0;
	}
	close_fd(&stage->fd);
	close_fd(&stage->parent_fd);
	ds_err_set(&err);
}

/* ---- Progress ---- */

struct progress {
	const struct ds_stage *stage;
	const char *what;
	uint64_t total;
	bool has_file; /* at its input */
};

/* rchar of proc_pid_io(5): what it has read, from whatever. */
static uint64_t read_so_far(pid_t pid)
{
	char path[32], text[64];

	snprintf(path, sizeof(path), "/proc/%d/io", (int)pid);
	if (ds_try_file_read(AT_FDCWD, path, text, sizeof(text)) <= 0)
		return 0;
	return ds_str_digits(text + strcspn(text, "0123456789"), 10, NULL);
}

static void tick(const struct ds_tool *tool, pid_t pid)
{
	const struct progress *progress = tool->ctx;
	uint64_t total = progress->total, done;

	/* A file's offset is one for the tool and for us. */
	done = progress->has_file ? (uint64_t)lseek(tool->stdin_fd, 0, SEEK_CUR) : read_so_far(pid);
	/* Its end is told when the tool has ended. */
	if (total && done >= total)
		done = total - 1;
	ds_watch_progress(progress->stage->watch, progress->what, done, total);
}

int ds_stage_do(const struct ds_stage *stage, struct ds_tool *tool, const char *what,
		uint64_t total)
{
	struct progress progress = {.stage = stage, .what = what, .total = total};
	struct stat st;
	int err;

	if (tool->dir_fd < 0)
		tool->dir_fd = stage->fd;
	tool->cancel_fd = stage->cancel_fd;
	if (what) {
		progress.has_file = tool->stdin_fd >= 0 && fstat(tool->stdin_fd, &st) == 0 &&
				    S_ISREG(st.st_mode);
		if (progress.has_file)
			progress.total = (uint64_t)st.st_size;
		/* cppcheck-suppress autoVariables; taken back below */
		tool->ctx = &progress;
		tool->tick = tick;
	}
	err = ds_tool_do(tool);
	tool->ctx = NULL;
	if (what)
		ds_watch_progress(stage->watch, what, 1, 1);
	return err;
}

int ds_stage_check(const struct ds_stage *stage)
{
	struct pollfd polled = {.fd = stage->cancel_fd, .events = POLLIN};

	return poll(&polled, 1, 0) == 1 ? ds_fail_with(EINTR, "image %s", stage->image) : 0;
}

/* A new name by a link, which replaces nothing; by a rename on file systems that have no links. */
static int give_name(const struct ds_stage *stage, bool replace)
{
	if (!replace) {
		if (linkat(stage->fd, DS_STAGE_IMAGE, stage->parent_fd, stage->image, 0) == 0)
			return 0;
		if (errno != EPERM && errno != ENOSYS && errno != EOPNOTSUPP)
			return -1;
	}
	return renameat(stage->fd, DS_STAGE_IMAGE, stage->parent_fd, stage->image);
}

int ds_stage_commit(struct ds_stage *stage, bool replace)
{
	auto_fd fd = openat(stage->fd, DS_STAGE_IMAGE, O_RDONLY | O_CLOEXEC);
	int err = ds_stage_check(stage);

	if (err < 0)
		return err;
	/* It may hold what only its owner is to read. */
	if (fd < 0 || fchmod(fd, 0600) < 0 || fsync(fd) < 0)
		return ds_fail("write image %s", stage->image);
	if (give_name(stage, replace) < 0)
		return ds_fail("name image %s", stage->image);
	fsync(stage->parent_fd);
	return 0;
}
