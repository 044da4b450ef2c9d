// SPDX-License-Identifier: GPL-3.0-or-later
/* tree - see tree.h. */
#include "libds/kernel/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "libds/core/auto.h"
#include "libds/core/compat.h"
#include "libds/core/err.h"
#include "libds/core/file.h"
#include "libds/core/str.h"

#define MAX_LINKS 40 /* as the kernel, path_resolution(7) */
#define MAX_DEPTH 64 /* directories below root_fd, in the walk without openat2 */
#define TRIES 8      /* openat2 gives EAGAIN when a rename races with ".." */

/* State of the walk: open directories from below the root downwards, and what is left to resolve. */
struct walk {
	int root_fd;
	int dirs[MAX_DEPTH];
	int depth;
	int links;
	bool dir_only; /* the path ended in a slash */
	char rest[2 * PATH_MAX];
};

static int here(const struct walk *w)
{
	return w->depth ? w->dirs[w->depth - 1] : w->root_fd;
}

static void climb(struct walk *w)
{
	if (w->depth)
		close(w->dirs[--w->depth]);
}

static void climb_to_root(struct walk *w)
{
	while (w->depth)
		climb(w);
}

/* Put the target of link name before the rest of the path. */
static int expand_link(struct walk *w, const char *name)
{
	char target[PATH_MAX], rest[sizeof(w->rest)];
	ssize_t len = readlinkat(here(w), name, target, sizeof(target) - 1);

	if (len < 0)
		return -errno;
	if (++w->links > MAX_LINKS)
		return -ELOOP;
	target[len] = 0;
	if ((size_t)snprintf(rest, sizeof(rest), "%s%s%s", target, *w->rest ? "/" : "", w->rest) >=
	    sizeof(rest))
		return -ENAMETOOLONG;
	memcpy(w->rest, rest, sizeof(rest));
	if (target[0] == '/')
		climb_to_root(w);
	return 0;
}

static int descend(struct walk *w, const char *name)
{
	int fd;

	if (w->depth == MAX_DEPTH)
		return -ENAMETOOLONG;
	fd = openat(here(w), name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	w->dirs[w->depth++] = fd;
	return 0;
}

/* Cut the next component off the rest; false when none is left. */
static bool next_component(struct walk *w, char name[NAME_MAX + 1], bool *last)
{
	const char *from = w->rest + strspn(w->rest, "/");
	size_t len = strcspn(from, "/");
	const char *after = from + len + strspn(from + len, "/");

	if (!len || len > NAME_MAX)
		return false;
	memcpy(name, from, len);
	name[len] = 0;
	*last = !*after;
	w->dir_only |= *last && from[len];
	memmove(w->rest, after, strlen(after) + 1);
	return true;
}

static int open_last(struct walk *w, const char *name, int flags, mode_t mode)
{
	int more = O_NOFOLLOW | (w->dir_only ? O_DIRECTORY : 0);
	auto_fd fd = openat(here(w), name, flags | more, mode);
	struct stat st;

	if (fd < 0)
		return -errno;
	/* O_PATH opens a link itself: one put there since we looked. */
	if (!(flags & O_NOFOLLOW) && fstat(fd, &st) == 0 && S_ISLNK(st.st_mode))
		return -ELOOP;
	return take_fd(&fd);
}

static int walk_open(struct walk *w, int flags, mode_t mode)
{
	char name[NAME_MAX + 1];
	bool last = false;
	struct stat st;

	while (next_component(w, name, &last)) {
		/* As the kernel: O_EXCL follows no link, a slash at the end follows each. */
		bool keep_link = last && !w->dir_only && (flags & (O_NOFOLLOW | O_EXCL));
		int err = 0;

		if (strcmp(name, ".") == 0)
			continue;
		if (strcmp(name, "..") == 0) {
			climb(w);
			continue;
		}
		if (last && w->dir_only && (flags & O_CREAT))
			return -EISDIR;
		if (!keep_link && fstatat(here(w), name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    S_ISLNK(st.st_mode))
			err = expand_link(w, name);
		else if (last)
			return open_last(w, name, flags, mode);
		else
			err = descend(w, name);
		if (err < 0)
			return err;
	}
	if (w->rest[strspn(w->rest, "/")])
		return -ENAMETOOLONG;
	if ((flags & O_CREAT) && (flags & O_EXCL))
		return -EEXIST;
	return open_last(w, ".", flags & ~O_CREAT, 0);
}

static int classic_open(int root_fd, const char *path, int flags, mode_t mode)
{
	struct walk w = {.root_fd = root_fd};
	int fd;

	if (strlen(path) >= PATH_MAX)
		return -ENAMETOOLONG;
	memcpy(w.rest, path, strlen(path) + 1);
	fd = walk_open(&w, flags, mode);
	climb_to_root(&w);
	return fd;
}

int ds_try_tree_open(int root_fd, const char *path, int flags, mode_t mode)
{
	struct open_how how = {
		.flags = (unsigned)flags | O_CLOEXEC | (flags & O_PATH ? 0 : O_NOCTTY),
		.mode = flags & O_CREAT ? mode : 0,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};

	if (!*path)
		path = "/";
	for (int i = 0; i < TRIES; i++) {
		int fd = ds_sys_openat2(root_fd, path, &how);

		if (fd >= 0)
			return fd;
		if (errno == ENOSYS || errno == EPERM)
			break;
		if (errno != EAGAIN)
			return -errno;
	}
	/* Who renames all the time must not be able to keep us out. */
	return classic_open(root_fd, path, (int)how.flags, mode);
}

int ds_tree_open(int root_fd, const char *path, int flags, mode_t mode)
{
	int fd = ds_try_tree_open(root_fd, path, flags, mode);

	return fd < 0 ? ds_fail_with(fd, "open %s", path) : fd;
}

int ds_tree_mkdirs(int root_fd, const char *path, mode_t mode)
{
	char part[PATH_MAX];
	size_t end = 0, len = strlen(path);
	auto_fd dir_fd = ds_tree_open(root_fd, "/", O_PATH | O_DIRECTORY, 0);

	if (len >= sizeof(part))
		return ds_fail_with(ENAMETOOLONG, "create %.64s...", path);
	while (dir_fd >= 0 && end < len) {
		size_t start = end + strspn(path + end, "/");
		int fd;

		end = start + strcspn(path + start, "/");
		memcpy(part, path, end);
		part[end] = 0;
		fd = ds_try_tree_open(root_fd, part, O_PATH | O_DIRECTORY, 0);
		if (fd == -ENOENT && mkdirat(dir_fd, part + start, mode) == 0)
			fd = ds_try_tree_open(root_fd, part, O_PATH | O_DIRECTORY, 0);
		else if (fd == -ENOENT)
			fd = -errno;
		if (fd < 0)
			return ds_fail_with(fd, "create directory %s", part);
		close_fd(&dir_fd);
		dir_fd = fd;
	}
	return take_fd(&dir_fd);
}

/* The directory's path, and the component behind it. */
static int split(const char *path, char dir[PATH_MAX], const char **name)
{
	const char *slash = strrchr(path, '/');

	*name = slash ? slash + 1 : path;
	if (!**name || strcmp(*name, ".") == 0 || strcmp(*name, "..") == 0)
		return ds_fail_with(EINVAL, "path %s", path);
	if (ds_str_fmt(dir, PATH_MAX, "%.*s", (int)(*name - path), path) < 0)
		return ds_err_in("path %.64s...", path);
	return 0;
}

int ds_try_tree_parent(int root_fd, const char *path, const char **name)
{
	char dir[PATH_MAX];
	int err = split(path, dir, name);

	return err < 0 ? err : ds_try_tree_open(root_fd, dir, O_PATH | O_DIRECTORY, 0);
}

int ds_tree_parent(int root_fd, const char *path, bool create, const char **name)
{
	char dir[PATH_MAX];
	int err = split(path, dir, name);

	if (err < 0)
		return err;
	return create ? ds_tree_mkdirs(root_fd, dir, 0755)
		      : ds_tree_open(root_fd, dir, O_PATH | O_DIRECTORY, 0);
}

/* Follow links at the end of path by text: each parent is resolved inside the tree. */
static int resolve_last(int root_fd, char path[PATH_MAX], const char **name)
{
	for (int i = 0; i < MAX_LINKS; i++) {
		char target[PATH_MAX], joined[PATH_MAX];
		auto_fd dir_fd = ds_tree_parent(root_fd, path, true, name);
		ssize_t len;

		if (dir_fd < 0)
			return dir_fd;
		len = readlinkat(dir_fd, *name, target, sizeof(target) - 1);
		if (len < 0)
			return take_fd(&dir_fd);
		target[len] = 0;
		if (ds_str_fmt(joined, sizeof(joined), "%.*s%s",
			       target[0] == '/' ? 0 : (int)(*name - path), path, target) < 0)
			return ds_err_in("path %s", path);
		memcpy(path, joined, sizeof(joined));
	}
	return ds_fail_with(ELOOP, "path %s", path);
}

int ds_tree_make(int root_fd, const char *path, bool directory)
{
	auto_fd fd = ds_try_tree_open(root_fd, path, O_PATH, 0), dir_fd = -1;
	char full[PATH_MAX];
	const char *name;

	if (fd >= 0)
		return take_fd(&fd);
	if (fd != -ENOENT)
		return ds_fail_with(fd, "open %s", path);
	if (ds_str_copy(full, sizeof(full), path) < 0)
		return ds_err_in("path %.64s...", path);
	dir_fd = resolve_last(root_fd, full, &name);
	if (dir_fd < 0)
		return dir_fd;
	if (!directory)
		fd = openat(dir_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	else if (mkdirat(dir_fd, name, 0755) == 0)
		fd = openat(dir_fd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	else
		fd = -1;
	return fd < 0 ? ds_fail("create %s", path) : take_fd(&fd);
}

static bool has_content(int dir_fd, const char *name, const char *text)
{
	auto_fd fd =
		openat(dir_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	size_t len = strlen(text);
	struct stat st;
	char part[512];

	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || (size_t)st.st_size != len)
		return false;
	for (size_t at = 0; at < len;) {
		size_t want = len - at < sizeof(part) ? len - at : sizeof(part);

		if (ds_try_read_full(fd, part, want) != (ssize_t)want ||
		    memcmp(part, text + at, want) != 0)
			return false;
		at += want;
	}
	return true;
}

int ds_tree_write(int root_fd, const char *path, mode_t mode, const char *text)
{
	static const char tmp[] = ".droidspaces.new";
	char full[PATH_MAX];
	const char *name;
	auto_fd dir_fd = -1, fd = -1;
	int err;

	if (ds_str_copy(full, sizeof(full), path) < 0)
		return ds_err_in("path %.64s...", path);
	dir_fd = resolve_last(root_fd, full, &name);
	if (dir_fd < 0)
		return dir_fd;
	if (has_content(dir_fd, name, text))
		return 0;
	unlinkat(dir_fd, tmp, 0);
	fd = openat(dir_fd, tmp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
	if (fd < 0)
		return ds_fail("write %s", path);
	err = ds_try_write_all(fd, text, strlen(text));
	if (!err && fchmod(fd, mode) < 0)
		err = -errno;
	/* Else a power cut may leave the name with nothing in it (f2fs). On a tmpfs it is free. */
	if (!err && fsync(fd) < 0)
		err = -errno;
	if (!err && renameat(dir_fd, tmp, dir_fd, name) < 0)
		err = -errno;
	if (!err)
		return 0;
	unlinkat(dir_fd, tmp, 0);
	return ds_fail_with(err, "write %s", path);
}

ssize_t ds_try_tree_read(int root_fd, const char *path, char *buf, size_t size)
{
	auto_fd fd = ds_try_tree_open(root_fd, path, O_RDONLY | O_NONBLOCK, 0);
	struct stat st;
	ssize_t len;

	buf[0] = 0;
	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return -EINVAL;
	len = ds_try_read_full(fd, buf, size - 1);
	if (len >= 0)
		buf[len] = 0;
	return len;
}

int ds_try_tree_stat(int root_fd, const char *path, struct stat *st)
{
	auto_fd fd = ds_try_tree_open(root_fd, path, O_PATH, 0);

	if (fd < 0)
		return fd;
	return fstat(fd, st) < 0 ? -errno : 0;
}
