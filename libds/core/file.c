// SPDX-License-Identifier: GPL-3.0-or-later
/* file - see file.h. */
#include "libds/core/file.h"

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
#include "libds/core/str.h"

int ds_try_write_all(int fd, const void *data, size_t size)
{
	const char *next = data;

	while (size) {
		ssize_t done = write(fd, next, size);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return -errno;
		next += done;
		size -= (size_t)done;
	}
	return 0;
}

ssize_t ds_try_read_full(int fd, void *data, size_t size)
{
	size_t used = 0;

	while (used < size) {
		ssize_t got = read(fd, (char *)data + used, size - used);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (!got)
			break;
		used += (size_t)got;
	}
	return (ssize_t)used;
}

ssize_t ds_try_file_read(int dir_fd, const char *path, char *buf, size_t size)
{
	auto_fd fd = openat(dir_fd, path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	ssize_t len;

	buf[0] = 0;
	if (fd < 0)
		return -errno;
	len = ds_try_read_full(fd, buf, size - 1);
	if (len >= 0)
		buf[len] = 0;
	return len;
}

int ds_file_load(int dir_fd, const char *path, size_t max, char **text)
{
	auto_fd fd = openat(dir_fd, path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	auto_free char *data = NULL;
	struct stat st;
	ssize_t len;

	if (fd < 0 || fstat(fd, &st) < 0)
		return ds_fail("open %s", path);
	if (!S_ISREG(st.st_mode))
		return ds_fail_with(EINVAL, "%s is not a regular file", path);
	if (st.st_size > (off_t)max)
		return ds_fail_with(EFBIG, "read %s", path);
	data = malloc((size_t)st.st_size + 1);
	if (!data)
		return ds_fail("read %s", path);
	len = ds_try_read_full(fd, data, (size_t)st.st_size);
	if (len < 0)
		return ds_fail_with((int)len, "read %s", path);
	data[len] = 0;
	*text = take_ptr(data);
	return 0;
}

int ds_try_file_write(int dir_fd, const char *path, const char *text)
{
	auto_fd fd = openat(dir_fd, path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
	size_t len = strlen(text);
	ssize_t done;

	if (fd < 0)
		return -errno;
	do
		done = write(fd, text, len);
	while (done < 0 && errno == EINTR);
	if (done < 0)
		return -errno;
	return (size_t)done == len ? 0 : -EIO;
}

#define UNFINISHED "%s.new"

int ds_file_remove(const char *path)
{
	char tmp[PATH_MAX];

	if (ds_str_fmt(tmp, sizeof(tmp), UNFINISHED, path) == 0)
		unlink(tmp);
	return unlink(path) < 0 && errno != ENOENT ? ds_fail("remove %s", path) : 0;
}

int ds_file_replace(const char *path, mode_t mode, const char *text, bool sync)
{
	char tmp[PATH_MAX];
	auto_fd fd = -1;
	int err;

	err = ds_str_fmt(tmp, sizeof(tmp), UNFINISHED, path);
	if (err < 0)
		return ds_err_in("write %s", path);
	unlink(tmp);
	fd = open(tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
	if (fd < 0)
		return ds_fail("create %s", tmp);
	err = ds_try_write_all(fd, text, strlen(text));
	if (!err && fchmod(fd, mode) < 0)
		err = -errno;
	if (!err && sync && fsync(fd) < 0)
		err = -errno;
	if (!err && rename(tmp, path) < 0)
		err = -errno;
	if (!err)
		return 0;
	unlink(tmp);
	return ds_fail_with(err, "write %s", path);
}

int ds_try_fd_path(int fd, char path[PATH_MAX])
{
	char link[32];
	ssize_t len;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	len = readlink(link, path, PATH_MAX);
	if (len == PATH_MAX)
		errno = ENAMETOOLONG;
	if (len < 0 || len == PATH_MAX)
		return -errno;
	path[len] = 0;
	return 0;
}

int ds_try_file_resolve(const char *path, char full[PATH_MAX])
{
	auto_fd fd = open(path, O_PATH | O_CLOEXEC);

	return fd < 0 ? -errno : ds_try_fd_path(fd, full);
}

int ds_file_mkdirs(const char *path, mode_t mode)
{
	char part[PATH_MAX];
	struct stat st;

	if (!*path)
		return ds_fail_with(ENOENT, "create a directory without a name");
	if (ds_str_copy(part, sizeof(part), path) < 0)
		return ds_err_in("create %.64s...", path);
	for (char *slash = part; slash;) {
		slash = strchr(slash + 1, '/');
		if (slash)
			*slash = 0;
		if (mkdir(part, mode) < 0 && errno != EEXIST && errno != EROFS)
			return ds_fail("create directory %s", part);
		if (slash)
			*slash = '/';
	}
	if (stat(path, &st) < 0)
		return ds_fail("create directory %s", path);
	return S_ISDIR(st.st_mode) ? 0 : ds_fail_with(ENOTDIR, "%s", path);
}

bool ds_file_has_filesystem(const char *type)
{
	auto_file list = fopen("/proc/filesystems", "re");
	char line[128];

	while (list && fgets(line, sizeof(line), list)) {
		const char *name = strrchr(ds_str_trim_end(line), '\t');

		if (name && strcmp(name + 1, type) == 0)
			return true;
	}
	return false;
}
