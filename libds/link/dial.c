// SPDX-License-Identifier: GPL-3.0-or-later
/* dial - see dial.h. */
#include "libds/link/dial.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "libds/core/auto.h"
#include "libds/core/compat.h"
#include "libds/core/err.h"
#include "libds/core/fdpass.h"
#include "libds/core/signals.h"
#include "libds/core/str.h"
#include "libds/kernel/ns.h"

/* name as connect(2) finds it from the current directory, or from the root; the fd blocks or not, as flags
 * say, until it is connected. */
static int dial_name(const char *name, int type)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	auto_fd fd = -1;
	size_t len = strlen(name);

	if (len > DS_DIAL_PATH_MAX)
		return -ENAMETOOLONG;
	memcpy(address.sun_path, name, len);
	fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return -errno;
	return take_fd(&fd);
}

int ds_try_dial(const struct ds_dial *dial)
{
	if (dial->init || dial->uid || strlen(dial->path) > DS_DIAL_PATH_MAX)
		return -EAGAIN;
	return dial_name(dial->path, dial->type | SOCK_NONBLOCK);
}

/* Nothing in a guest leads to /proc/self of ours, so its directory is what a long path is reached by. */
static int dial_from_directory(const struct ds_dial *dial)
{
	const char *name = strrchr(dial->path, '/') + 1;
	char dir[PATH_MAX];
	int fd;

	if (ds_str_fmt(dir, sizeof(dir), "%.*s", (int)(name - dial->path), dial->path) < 0)
		return -ENAMETOOLONG;
	if (chdir(dir) < 0)
		return -errno;
	fd = dial_name(name, dial->type);
	/* Of the open file, not of this fd alone: the other process gets it so. */
	if (fd >= 0 && fcntl(fd, F_SETFL, O_RDWR | O_NONBLOCK) < 0)
		return -errno;
	return fd;
}

/* Nothing stays open but the report's socket, as 0, and the namespaces' handles. */
static int keep_alone(struct ds_ns *ns, int report_fd)
{
	int *const kept[] = {&ns->pidfd, &ns->fd[0], &ns->fd[1], &ns->fd[2],
			     &ns->fd[3], &ns->fd[4], &ns->fd[5]};
	const int count = sizeof(kept) / sizeof(*kept);

	if (dup2(report_fd, 0) < 0)
		return -errno;
	/* First out of the way: no move must cover another's source. */
	for (int i = 0; i < count; i++) {
		if (*kept[i] >= 0)
			*kept[i] = fcntl(*kept[i], F_DUPFD_CLOEXEC, count + 1);
	}
	for (int i = 0; i < count; i++) {
		if (*kept[i] >= 0)
			*kept[i] = dup2(*kept[i], i + 1);
		else
			close(i + 1);
	}
	ds_close_fds_prepare();
	return ds_close_fds_from(count + 1);
}

/* With what is open at 0 and nothing else. */
static int enter_alone(const struct ds_dial *dial, int report_fd)
{
	auto_ns ns = DS_NS_CLOSED;
	int err = dial->init ? ds_ns_open(&ns, dial->init) : 0;

	if (!err)
		err = keep_alone(&ns, report_fd);
	if (!err && dial->init)
		err = ds_ns_enter(&ns, dial->init);
	return err;
}

static void __attribute__((noreturn)) run(const struct ds_dial *dial, int report_fd)
{
	int fd, err;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_DUMPABLE, 0);
	ds_signals_reset();
	alarm(DS_DIAL_WITHIN_S);
	err = enter_alone(dial, report_fd);
	if (!err && (ds_sys_setgroups(0, NULL) < 0 || ds_sys_setgid(dial->gid) < 0 ||
		     ds_sys_setuid(dial->uid) < 0))
		err = -errno;
	fd = err < 0 ? err : dial_from_directory(dial);
	if (fd >= 0) {
		ds_try_fd_send(0, fd, "", 1);
	} else {
		err = -fd;
		send(0, &err, sizeof(err), MSG_NOSIGNAL);
	}
	_exit(0);
}

int ds_dial_begin(const struct ds_dial *dial)
{
	int ends[2], err;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return -errno;
	pid = ds_fork();
	if (pid == 0)
		run(dial, ends[1]);
	err = pid < 0 ? -errno : 0;
	close(ends[1]);
	if (err < 0)
		close(ends[0]);
	return err < 0 ? err : ends[0];
}
