// SPDX-License-Identifier: GPL-3.0-or-later
/* unixsock - see unixsock.h. */
#include "libds/core/unixsock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "libds/core/auto.h"
#include "libds/core/err.h"
#include "libds/core/file.h"
#include "libds/core/str.h"

#define BACKLOG 16

/* The path by way of its directory's fd, which has to stay open while the address is used. */
static int find(const char *path, struct sockaddr_un *address, int *dir_fd)
{
	const char *slash = strrchr(path, '/');
	auto_free char *dir = strndup(path, (size_t)(slash - path));

	*address = (struct sockaddr_un){.sun_family = AF_UNIX};
	*dir_fd = dir ? open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
	if (*dir_fd < 0)
		return -errno;
	return snprintf(address->sun_path, sizeof(address->sun_path), "/proc/self/fd/%d%s", *dir_fd,
			slash) < (int)sizeof(address->sun_path)
		       ? 0
		       : -ENAMETOOLONG;
}

static int open_listening(const char *path, int type, int backlog)
{
	struct sockaddr_un address;
	auto_fd dir_fd = -1, fd = -1;
	int err = find(path, &address, &dir_fd);
	mode_t mask;

	if (err < 0)
		return err;
	fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	mask = umask(0177);
	err = fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
			      listen(fd, backlog) < 0
		      ? -errno
		      : 0;
	umask(mask);
	return err < 0 ? err : take_fd(&fd);
}

static int listen_at(const char *path, int type, int backlog)
{
	int err = ds_file_remove(path);

	if (err < 0)
		return err;
	err = open_listening(path, type, backlog);
	return err < 0 ? ds_fail_with(err, "listen at %s", path) : err;
}

int ds_unix_listen(const char *path)
{
	return listen_at(path, SOCK_SEQPACKET, BACKLOG);
}

int ds_unix_stream_listen(const char *path, int backlog)
{
	return listen_at(path, SOCK_STREAM, backlog);
}

static int try_connect(const char *path, int type)
{
	struct sockaddr_un address;
	auto_fd dir_fd = -1, fd = -1;
	int err = find(path, &address, &dir_fd);

	if (err < 0)
		return err;
	fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return -errno;
	return take_fd(&fd);
}

int ds_try_unix_connect(const char *path)
{
	return try_connect(path, SOCK_SEQPACKET);
}

int ds_try_unix_stream_connect(const char *path)
{
	return try_connect(path, SOCK_STREAM | SOCK_NONBLOCK);
}
