// SPDX-License-Identifier: GPL-3.0-or-later
/* hostsocket - see hostsocket.h. */
#include "libds/link/hostsocket.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libds/core/auto.h"
#include "libds/core/err.h"
#include "libds/core/str.h"

/* The directory of an absolute path, whose length is at most PATH_MAX; -errno, quiet. */
static int try_open_dir(const char *path, char dir[PATH_MAX])
{
	int fd;

	snprintf(dir, PATH_MAX, "%.*s", (int)(strrchr(path, '/') + 1 - path), path);
	fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* In one directory all along, whatever is moved to where it was. */
int ds_hostsocket_remove(const char *path, const struct ds_hostsocket *made)
{
	const char *name = strrchr(path, '/') + 1;
	char dir[PATH_MAX];
	auto_fd dir_fd = try_open_dir(path, dir);
	struct stat st;

	if (dir_fd == -ENOENT || dir_fd == -ENOTDIR)
		return 0;
	if (dir_fd < 0)
		return ds_fail_with(dir_fd, "open %s", dir);
	if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISSOCK(st.st_mode) ||
	    st.st_dev != made->dev || st.st_ino != made->ino)
		return 0;
	return unlinkat(dir_fd, name, 0) < 0 && errno != ENOENT ? ds_fail("remove %s", path) : 0;
}

int ds_hostsocket_undo(const char *const args[DS_UNDO_ARGS])
{
	const struct ds_hostsocket made = {(dev_t)ds_str_digits(args[1], 10, NULL),
					   (ino_t)ds_str_digits(args[2], 10, NULL)};

	return ds_hostsocket_remove(args[0], &made);
}

/* The same, where nothing is to be under its name. */
static int open_place(const char *path)
{
	char dir[PATH_MAX];
	struct stat st;
	int fd;

	if (lstat(path, &st) == 0)
		return ds_refuse(DS_EXIT_USAGE, "something is there already");
	fd = try_open_dir(path, dir);
	return fd < 0 ? ds_fail_with(fd, "open %s", dir) : fd;
}

/* Give a socket its name: what is there meanwhile is not covered. */
static int name_it(int dir_fd, const char *hidden, const char *path, struct ds_undo *undo,
		   struct ds_hostsocket *made)
{
	char dev[24], ino[24];
	struct stat st;
	int err;

	if (fstatat(dir_fd, hidden, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return ds_fail("look at its socket");
	*made = (struct ds_hostsocket){st.st_dev, st.st_ino};
	snprintf(dev, sizeof(dev), "%llu", (unsigned long long)st.st_dev);
	snprintf(ino, sizeof(ino), "%llu", (unsigned long long)st.st_ino);
	err = ds_undo_promise(undo, DS_HOSTSOCKET_VERB, path, dev, ino, NULL);
	if (!err && linkat(dir_fd, hidden, dir_fd, strrchr(path, '/') + 1, 0) < 0)
		err = ds_fail("name its socket");
	return err;
}

/* Under a name of ours first, that nobody else's file has. */
int ds_hostsocket_open(const char *path, const struct ds_door *what, struct ds_undo *undo,
		       struct ds_hostsocket *made)
{
	size_t dir_len = (size_t)(strrchr(path, '/') + 1 - path);
	char hidden[32], full[PATH_MAX];
	struct ds_door first = *what;
	auto_fd dir_fd = open_place(path), fd = -1;
	int err = dir_fd < 0 ? dir_fd : 0;

	snprintf(hidden, sizeof(hidden), ".droidspaces-%.16s", what->name);
	first.name = hidden;
	if (!err)
		err = ds_str_fmt(full, sizeof(full), "%.*s%s", (int)dir_len, path, hidden);
	if (!err)
		err = ds_undo_promise(undo, "files", full, NULL);
	if (err < 0)
		return err;
	unlinkat(dir_fd, hidden, 0);
	fd = ds_door_open(dir_fd, &first);
	err = fd < 0 ? fd : name_it(dir_fd, hidden, path, undo, made);
	unlinkat(dir_fd, hidden, 0);
	return err < 0 ? err : take_fd(&fd);
}
