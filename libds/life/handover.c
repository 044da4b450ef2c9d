// SPDX-License-Identifier: GPL-3.0-or-later
/* handover - see handover.h. */
#include "libds/life/handover.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "libds/core/err.h"

/* May the guest have this very fd? Nameless pipes and sockets can be opened again for nothing but
 * themselves. What has a name has an inode of the host's, even /dev/null: its mode could be changed. */
static bool is_harmless(int fd)
{
	struct statfs fs;

	return fstatfs(fd, &fs) == 0 && (fs.f_type == PIPEFS_MAGIC || fs.f_type == SOCKFS_MAGIC);
}

void ds_handover_begin(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= 2);
	if (fd > 2)
		close(fd);
}

int ds_handover(int theirs[3], int ours[3])
{
	for (int fd = 0; fd <= 2; fd++) {
		int ends[2];

		if (is_harmless(fd)) {
			theirs[fd] = fd;
			continue;
		}
		if (pipe2(ends, O_CLOEXEC) < 0)
			return ds_fail("make a pipe");
		theirs[fd] = ends[fd == 0 ? 0 : 1];
		ours[fd] = ends[fd == 0 ? 1 : 0];
	}
	return 0;
}
