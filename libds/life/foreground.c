// SPDX-License-Identifier: GPL-3.0-or-later
/* foreground - ds_relay_console() of relay.h: a person at the guest's console. */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libds/core/auto.h"
#include "libds/core/err.h"
#include "libds/core/fdpass.h"
#include "libds/core/file.h"
#include "libds/core/term.h"
#include "libds/core/unixsock.h"
#include "libds/host/workspace.h"
#include "libds/life/relay.h"
#include "libds/life/seat.h"
#include "libds/life/settle.h"

struct seat {
	int client_fd, master_fd;
	pid_t monitor_pid;
	bool has_input, left;
};

/* A message of seat.h. False when the monitor is gone. */
static bool take_output(struct seat *seat)
{
	char buf[8192];
	int fd;
	ssize_t len = ds_try_fd_receive(seat->client_fd, buf, sizeof(buf), &fd);

	if (len <= 0)
		return false;
	if (fd >= 0) {
		close_fd(&seat->master_fd);
		seat->master_fd = fd;
		ds_term_copy_size(STDIN_FILENO, fd);
		return true;
	}
	/* A stdout that is gone is no reason to end the guest or this. */
	ds_try_write_all(STDOUT_FILENO, buf, (size_t)len);
	return true;
}

static void take_input(struct seat *seat)
{
	char buf[1024];
	ssize_t len = read(STDIN_FILENO, buf, sizeof(buf));
	char *key;

	if (len <= 0) {
		seat->has_input = len < 0 && (errno == EINTR || errno == EAGAIN);
		return;
	}
	key = isatty(STDIN_FILENO) ? memchr(buf, DS_DETACH_KEY, (size_t)len) : NULL;
	seat->left = key != NULL;
	/* Its terminal's queue is full when nobody in the guest reads: then keys are lost, as on any
	 * terminal. */
	if (seat->master_fd >= 0)
		ds_try_write_all(seat->master_fd, buf, (size_t)(key ? key - buf : len));
}

static void take_signals(struct seat *seat, int signal_fd)
{
	struct signalfd_siginfo info;

	while (read(signal_fd, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGWINCH && seat->master_fd >= 0)
			ds_term_copy_size(STDIN_FILENO, seat->master_fd);
		else if (info.ssi_signo == SIGTERM || info.ssi_signo == SIGINT)
			kill(seat->monitor_pid, DS_MONITOR_STOP);
		else if (info.ssi_signo == SIGHUP)
			seat->left = true;
	}
}

static int open_signals(void)
{
	sigset_t mask;
	int fd;

	sigemptyset(&mask);
	sigaddset(&mask, SIGINT);
	sigaddset(&mask, SIGTERM);
	sigaddset(&mask, SIGHUP);
	sigaddset(&mask, SIGWINCH);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	signal(SIGPIPE, SIG_IGN);
	fd = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd < 0 ? ds_fail("watch signals") : fd;
}

int ds_seat_take(const char *name, int terminal)
{
	const struct ds_seat_request request = {.version = DS_SEAT_VERSION,
						.terminal = (uint8_t)terminal};
	char path[PATH_MAX];
	int fd, err = ds_workspace_path(path, sizeof(path), DS_WS_CONSOLE, name);

	if (err < 0)
		return err;
	fd = ds_try_unix_connect(path);
	if (fd < 0)
		return ds_fail_with(fd, "connect to %s", path);
	send(fd, &request, sizeof(request), MSG_NOSIGNAL);
	return fd;
}

int ds_relay_console(int client_fd, pid_t monitor_pid)
{
	struct seat seat = {.client_fd = client_fd,
			    .master_fd = -1,
			    .monitor_pid = monitor_pid,
			    .has_input = true};
	auto_term term = DS_TERM_NONE;
	auto_fd signal_fd = open_signals();
	int status = 0;

	if (signal_fd < 0)
		return signal_fd;
	ds_term_raw(&term, STDIN_FILENO);
	while (!seat.left) {
		struct pollfd polled[] = {
			{.fd = signal_fd, .events = POLLIN},
			{.fd = client_fd, .events = POLLIN},
			{.fd = seat.has_input ? STDIN_FILENO : -1, .events = POLLIN},
		};

		if (poll(polled, 3, -1) < 0)
			continue;
		if (polled[0].revents)
			take_signals(&seat, signal_fd);
		if (polled[2].revents)
			take_input(&seat);
		if (polled[1].revents && !take_output(&seat))
			break;
	}
	close_fd(&seat.master_fd);
	close(client_fd);
	if (seat.left || !monitor_pid)
		return 0;
	while (waitpid(monitor_pid, &status, 0) < 0 && errno == EINTR)
		continue;
	return WIFEXITED(status) ? WEXITSTATUS(status) : DS_EXIT_FAILED;
}
