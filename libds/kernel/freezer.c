// SPDX-License-Identifier: GPL-3.0-or-later
/* freezer - see freezer.h. */
#include "libds/kernel/freezer.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libds/core/auto.h"
#include "libds/core/clock.h"
#include "libds/core/compat.h"
#include "libds/core/file.h"

#define STANDS_WITHIN_MS 2000

/* Outlives a holder that is killed, by the moment that thawing takes. Ctrl-C is not meant for it. */
static void __attribute__((noreturn)) guard(int held_fd, int freeze_fd)
{
	sigset_t all;
	char none;

	setsid();
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	ds_try_read_full(held_fd, &none, 1);
	ds_try_write_all(freeze_fd, "0", 1);
	_exit(0);
}

static int post_guard(struct ds_freezer *freezer)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	freezer->hold_fd = ends[1];
	freezer->guard = ds_fork();
	if (freezer->guard == 0) {
		close(ends[1]);
		guard(ends[0], freezer->freeze_fd);
	}
	close(ends[0]);
	return freezer->guard < 0 ? -errno : 0;
}

/* cgroup.events has an event for poll(2) when a line of it changes (cgroups(7)). */
static int wait_for_standstill(int dir_fd)
{
	long long end = ds_now_ms() + STANDS_WITHIN_MS;
	auto_fd fd = openat(dir_fd, "cgroup.events", O_RDONLY | O_CLOEXEC);
	struct pollfd changed = {.fd = fd, .events = POLLPRI};
	char text[256];
	ssize_t len;

	while ((len = pread(fd, text, sizeof(text) - 1, 0)) >= 0) {
		long long left = end - ds_now_ms();

		text[len] = 0;
		if (strstr(text, "frozen 1"))
			return 0;
		if (left <= 0)
			return -ETIMEDOUT;
		if (poll(&changed, 1, (int)left) < 0 && errno != EINTR)
			break;
	}
	return -errno;
}

void ds_freezer_thaw(struct ds_freezer *freezer)
{
	int saved = errno;

	if (freezer->freeze_fd >= 0)
		ds_try_write_all(freezer->freeze_fd, "0", 1);
	close_fd(&freezer->freeze_fd);
	close_fd(&freezer->hold_fd);
	if (freezer->guard > 0)
		while (waitpid(freezer->guard, NULL, 0) < 0 && errno == EINTR)
			continue;
	freezer->guard = 0;
	errno = saved;
}

int ds_try_freeze(struct ds_freezer *freezer, const char *path)
{
	auto_fd dir_fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int err;

	if (dir_fd < 0)
		return -errno;
	freezer->freeze_fd = openat(dir_fd, "cgroup.freeze", O_WRONLY | O_CLOEXEC);
	if (freezer->freeze_fd < 0)
		return -errno;
	err = post_guard(freezer);
	if (!err)
		err = ds_try_write_all(freezer->freeze_fd, "1", 1);
	if (!err)
		err = wait_for_standstill(dir_fd);
	if (err < 0)
		ds_freezer_thaw(freezer);
	return err;
}
