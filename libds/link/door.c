// SPDX-License-Identifier: GPL-3.0-or-later
/* door - see door.h. */
#include "libds/link/door.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "libds/core/auto.h"
#include "libds/core/err.h"

#define BACKLOG 128

/* A socket has no call that gives its file to somebody, and its name may have become another's. */
static int give(int dir_fd, const struct ds_door *door)
{
	auto_fd fd = openat(dir_fd, door->name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (!door->uid && !door->gid)
		return 0;
	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISSOCK(st.st_mode) || st.st_uid != 0 ||
	    st.st_nlink != 1 || fchownat(fd, "", door->uid, door->gid, AT_EMPTY_PATH) < 0)
		return ds_fail("chown its socket");
	return 0;
}

int ds_door_open(int dir_fd, const struct ds_door *door)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	auto_fd fd = socket(AF_UNIX, door->type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	mode_t mask;
	int err;

	if (snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/%s", dir_fd,
		     door->name) >= (int)sizeof(address.sun_path))
		return ds_fail_with(ENAMETOOLONG, "listen at %s", door->name);
	/* chmod(2) would follow who has put a link there meanwhile. */
	mask = umask(~door->mode & 0777);
	err = fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0
		      ? ds_fail("listen at %s", door->name)
		      : 0;
	umask(mask);
	if (!err)
		err = give(dir_fd, door);
	if (!err && listen(fd, BACKLOG) < 0)
		err = ds_fail("listen at %s", door->name);
	return err < 0 ? err : take_fd(&fd);
}
