// SPDX-License-Identifier: GPL-3.0-or-later
/* detach - see detach.h. */
#include "libds/life/detach.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libds/core/err.h"
#include "libds/kernel/ns.h"

#define FIRST 3 /* fd behind stdio */

static int keep_fds(int *const kept[], int count)
{
	int next = FIRST;

	/* First out of the way: no move must cover another's source. */
	for (int i = 0; i < count; i++) {
		if (*kept[i] < 0 || *kept[i] >= FIRST + count)
			continue;
		*kept[i] = fcntl(*kept[i], F_DUPFD_CLOEXEC, FIRST + count);
		if (*kept[i] < 0)
			return ds_fail("keep files open");
	}
	for (int i = 0; i < count; i++) {
		if (*kept[i] < 0)
			continue;
		if (dup3(*kept[i], next, O_CLOEXEC) < 0)
			return ds_fail("keep files open");
		*kept[i] = next++;
	}
	return ds_close_fds_from(next);
}

static int take_null_stdio(void)
{
	int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null_fd < 0)
		return ds_fail("open /dev/null");
	for (int fd = 0; fd < FIRST; fd++) {
		if (dup2(null_fd, fd) < 0)
			return ds_fail("open /dev/null");
	}
	if (null_fd >= FIRST)
		close(null_fd);
	return 0;
}

int ds_detach(int *const kept[], int count)
{
	int err = keep_fds(kept, count);

	if (err < 0)
		return err;
	setsid();
	umask(022);
	if (chdir("/") < 0)
		return ds_fail("change to /");
	return take_null_stdio();
}
