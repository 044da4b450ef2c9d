// SPDX-License-Identifier: GPL-3.0-or-later
/* viewer - see viewer.h. */
#include "libds/life/viewer.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libds/core/auto.h"
#include "libds/core/clock.h"
#include "libds/core/err.h"
#include "libds/core/fdpass.h"
#include "libds/core/screen.h"
#include "libds/core/signals.h"
#include "libds/core/term.h"
#include "libds/core/unixsock.h"
#include "libds/host/workspace.h"
#include "libds/life/find.h"
#include "libds/life/guard.h"
#include "libds/life/seat.h"
#include "libds/life/settle.h"

/* How long the key waits for a second one, the end of a pipe for what the guest answers, and a terminal
 * that takes no input before more of it is lost. */
#define MOMENT_MS 500

static struct {
	char *at; /* what is to be shown, within text */
	size_t len;
	char text[DS_SCREEN_SIZE + 1]; /* one more, for the message that brings the master */
} shown;

static struct {
	char *at; /* what is to be typed, within text */
	size_t len;
	char text[4096];
	bool is_terminal, is_over;
	bool has_key;          /* the last byte was the key that leaves */
	long long stuck_at_ms; /* the terminal takes nothing: from then on what comes is lost */
} typed;

static struct ds_term term;
static int signal_fd, out_fd;
static long long leave_at_ms; /* 0 = not known yet */
static int leave_status;

int ds_viewer_come(struct ds_viewer *viewer, int terminal)
{
	const struct ds_seat_request request = {.version = DS_SEAT_VERSION,
						.terminal = (uint8_t)terminal};
	char path[PATH_MAX];
	ssize_t len = 0;
	int err = ds_workspace_path(path, sizeof(path), DS_WS_CONSOLE, viewer->name);

	if (err < 0)
		return err;
	viewer->client_fd = ds_try_unix_connect(path);
	if (viewer->client_fd < 0)
		return ds_fail_with(viewer->client_fd, "connect to %s", path);
	/* One who is sent away learns that from what he receives. */
	send(viewer->client_fd, &request, sizeof(request), MSG_NOSIGNAL);
	for (; viewer->master_fd < 0; shown.len += (size_t)len) {
		len = ds_try_fd_receive(viewer->client_fd, shown.text + shown.len,
					sizeof(shown.text) - shown.len, &viewer->master_fd);
		if (len <= 0) {
			err = ds_refuse(DS_EXIT_FAILED, "no place is free at its terminals");
			ds_hint("%d may sit there at a time", DS_SEAT_MAX);
			return err;
		}
	}
	shown.len -= (size_t)len;
	return 0;
}

static int open_signals(void)
{
	static const int taken[] = {SIGINT, SIGTERM, SIGHUP, SIGWINCH, SIGCONT};

	signal(SIGPIPE, SIG_IGN);
	return ds_signals_open(taken, sizeof(taken) / sizeof(*taken));
}

static void leave(int status)
{
	leave_at_ms = 1;
	leave_status = status;
}

/* In the background that would stop us, with SIGTERM blocked; the shell's SIGCONT tells of the foreground. */
static void take_terminal(void)
{
	if (tcgetpgrp(STDIN_FILENO) == getpgrp())
		ds_term_raw(&term, STDIN_FILENO);
}

static void take_signals(const struct ds_viewer *viewer)
{
	struct signalfd_siginfo info;

	while (read(signal_fd, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGWINCH)
			ds_term_copy_size(STDIN_FILENO, viewer->master_fd);
		else if (info.ssi_signo == SIGCONT)
			take_terminal();
		else if (viewer->owns_monitor && info.ssi_signo != SIGHUP)
			kill(viewer->monitor_pid, DS_MONITOR_STOP);
		else
			leave(128 + (int)info.ssi_signo);
	}
}

static void take_message(struct ds_viewer *viewer)
{
	int fd;
	ssize_t len = ds_try_fd_receive(viewer->client_fd, shown.text, sizeof(shown.text), &fd);

	if (len <= 0) {
		close_fd(&viewer->client_fd);
	} else if (fd < 0) {
		shown.at = shown.text;
		shown.len = out_fd < 0 ? 0 : (size_t)len;
	} else {
		/* The guest boots again. Whoever of us was active last has given the old one its size. */
		ds_term_copy_size(viewer->master_fd < 0 ? STDIN_FILENO : viewer->master_fd, fd);
		close_fd(&viewer->master_fd);
		viewer->master_fd = fd;
		typed.len = 0;
	}
}

static void show(const struct ds_viewer *viewer)
{
	ssize_t done = write(out_fd, shown.at, shown.len);

	if (done >= 0) {
		shown.at += done;
		shown.len -= (size_t)done;
	} else if (errno != EAGAIN && errno != EINTR) {
		/* A stdout that is gone is no reason to leave a guest that we have to see through. */
		if (!viewer->owns_monitor)
			leave(errno == EPIPE ? 128 + SIGPIPE : ds_fail("write what it shows"));
		close_fd(&out_fd);
		shown.len = 0;
	}
}

/* Whoever types is who the terminal has its size of. */
static void type(const struct ds_viewer *viewer)
{
	ssize_t done;

	ds_term_copy_size(STDIN_FILENO, viewer->master_fd);
	done = write(viewer->master_fd, typed.at, typed.len);
	if (done < 0 && errno != EAGAIN && errno != EINTR)
		typed.len = 0;
	if (done <= 0)
		return;
	typed.at += done;
	typed.len -= (size_t)done;
	typed.stuck_at_ms = ds_now_ms() + MOMENT_MS;
}

/* Take the key out of what was typed: alone and last it leaves in a moment, twice it is one for the
 * guest, and before anything else it is that for the guest: something pasted. in is behind out by one
 * byte, the key that came before. */
static size_t take_key(char *out, const char *in, size_t len, char key)
{
	char *const begin = out;

	for (; len; in++, len--) {
		bool had_key = typed.has_key;

		typed.has_key = *in == key && !had_key;
		if (had_key)
			*out++ = key;
		if (*in != key)
			*out++ = *in;
	}
	leave_at_ms = typed.has_key ? ds_now_ms() + MOMENT_MS : 0;
	return (size_t)(out - begin);
}

static void take_input(const struct ds_viewer *viewer)
{
	char *in = typed.text + 1;
	ssize_t len = read(STDIN_FILENO, in, sizeof(typed.text) - 1);

	if (len < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (len <= 0) {
		typed.is_over = true;
		if (!viewer->owns_monitor)
			leave_at_ms = ds_now_ms() + MOMENT_MS;
		return;
	}
	typed.at = in;
	typed.len = (size_t)len;
	if (typed.is_terminal && viewer->key >= 0) {
		typed.at = typed.text;
		typed.len = take_key(typed.text, in, (size_t)len, (char)viewer->key);
	}
	typed.stuck_at_ms = ds_now_ms() + MOMENT_MS;
	if (typed.len)
		type(viewer);
}

/* Input waits until the guest has taken the last. A person's does not for ever: he may want to leave. */
static bool wants_input(const struct ds_viewer *viewer, long long now_ms)
{
	if (typed.is_terminal)
		return !typed.is_over && (!typed.len || now_ms >= typed.stuck_at_ms);
	return !typed.is_over && !typed.len && viewer->master_fd >= 0;
}

static int wait_ms(long long now_ms)
{
	long long until_ms = leave_at_ms;

	if (!until_ms && typed.is_terminal && typed.len && typed.stuck_at_ms > now_ms)
		until_ms = typed.stuck_at_ms;
	return !until_ms ? -1 : until_ms > now_ms ? (int)(until_ms - now_ms) : 0;
}

static void stay(struct ds_viewer *viewer)
{
	while (viewer->client_fd >= 0 || shown.len) {
		long long now_ms = ds_now_ms();
		struct pollfd polled[] = {
			{.fd = signal_fd, .events = POLLIN},
			{.fd = shown.len ? -1 : viewer->client_fd, .events = POLLIN},
			{.fd = shown.len ? out_fd : -1, .events = POLLOUT},
			{.fd = wants_input(viewer, now_ms) ? STDIN_FILENO : -1, .events = POLLIN},
			{.fd = typed.len ? viewer->master_fd : -1, .events = POLLOUT},
		};

		if (leave_at_ms && now_ms >= leave_at_ms)
			return;
		if (poll(polled, sizeof(polled) / sizeof(*polled), wait_ms(now_ms)) <= 0)
			continue;
		if (polled[4].revents & POLLOUT)
			type(viewer);
		else if (polled[4].revents)
			typed.len = 0;
		/* First, since what is typed behind the key takes back that it leaves. */
		if (polled[3].revents)
			take_input(viewer);
		if (polled[0].revents)
			take_signals(viewer);
		if (polled[1].revents)
			take_message(viewer);
		if (polled[2].revents)
			show(viewer);
	}
	leave_at_ms = 0;
}

/* Before what comes from now on, what was shown last. */
static void show_last(void)
{
	struct winsize size;

	shown.at = shown.text;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 1)
		shown.at = ds_screen_last(shown.text, &shown.len, shown.len == DS_SCREEN_SIZE,
					  size.ws_row - 1u, size.ws_col);
}

/* A monitor that was not killed ends when its record is gone. */
static bool was_killed(const struct ds_viewer *viewer)
{
	auto_container now = {0};

	return ds_container_look(&now, viewer->name) == 0 && now.life != DS_STOPPED &&
	       now.state.monitor.pid == viewer->monitor_pid;
}

static int see_through(const struct ds_viewer *viewer)
{
	int status = 0;

	while (viewer->owns_monitor && waitpid(viewer->monitor_pid, &status, 0) < 0 &&
	       errno == EINTR)
		continue;
	if (viewer->owns_monitor ? WIFEXITED(status) : !was_killed(viewer))
		return WEXITSTATUS(status);
	return ds_refuse(DS_EXIT_FAILED, "%s: its monitor was killed", viewer->name);
}

int ds_viewer_stay(struct ds_viewer *viewer)
{
	struct ds_guard guard = DS_GUARD_NONE;

	term = (struct ds_term)DS_TERM_NONE;
	out_fd = ds_try_term_open_again(STDOUT_FILENO);
	if (out_fd < 0)
		out_fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
	typed.is_terminal = isatty(STDIN_FILENO);
	/* Where there can be no guard, the next of us restores the terminal. */
	if (typed.is_terminal)
		ds_guard_begin(&guard, 0, NULL, STDIN_FILENO);
	/* In the background it stops us, and SIGTERM ends us there. */
	ds_term_raw(&term, STDIN_FILENO);
	signal_fd = open_signals();
	if (signal_fd < 0) {
		ds_term_restore(&term);
		ds_guard_end(&guard);
		return signal_fd;
	}
	if (viewer->master_fd >= 0)
		ds_term_copy_size(STDIN_FILENO, viewer->master_fd);
	show_last();
	stay(viewer);
	viewer->has_left = leave_at_ms != 0;
	ds_term_restore(&term);
	ds_guard_end(&guard);
	close_fd(&viewer->client_fd);
	close_fd(&viewer->master_fd);
	close_fd(&out_fd);
	close_fd(&signal_fd);
	return viewer->has_left ? leave_status : see_through(viewer);
}
