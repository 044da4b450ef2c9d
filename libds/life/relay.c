// SPDX-License-Identifier: GPL-3.0-or-later
/* relay - see relay.h. */
#include "libds/life/relay.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libds/core/auto.h"
#include "libds/core/compat.h"
#include "libds/core/err.h"
#include "libds/core/fdpass.h"
#include "libds/core/file.h"
#include "libds/core/term.h"
#include "libds/life/settle.h"

#define CHUNK 65536
#define SPLICE_CHUNK (1 << 20)

/* One direction. Bytes go by splice(2) where a pipe allows it, else through buf. */
struct flow {
	int from, to;
	bool owns_to;   /* end of input closes it; else it is the caller's */
	bool copies;    /* splice does not serve these fds */
	bool full;      /* splice found no room: wait for to, not for from */
	char eof_key;   /* tells a pty the end of input; 0 else */
	size_t at, len; /* what of buf is still to be written */
	long long left; /* while draining: how much may still come */
	char buf[CHUNK];
};

#define FLOWS 3

/* After the end of its input a terminal is told so by ^D, after this long without output and again
 * until the command ends: a shell that is just taking the terminal over would find a NUL in its place
 * (termios(3), ICANON). */
#define EOF_AFTER_MS 100

static int open_signals(void)
{
	static const int taken[] = {SIGCHLD, SIGINT,  SIGTERM,  SIGHUP, SIGQUIT,
				    SIGUSR1, SIGUSR2, SIGWINCH, SIGCONT};
	sigset_t mask;
	int fd;

	sigemptyset(&mask);
	for (size_t i = 0; i < sizeof(taken) / sizeof(*taken); i++)
		sigaddset(&mask, taken[i]);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	/* A reader that goes away shows as EPIPE on its flow. */
	signal(SIGPIPE, SIG_IGN);
	fd = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd < 0 ? ds_fail("watch signals") : fd;
}

static void end_flow(struct flow *flow)
{
	if (flow->owns_to)
		close_fd(&flow->to);
	flow->from = flow->to = -1;
	flow->len = 0;
}

static bool has_ended(const struct flow *flow)
{
	return flow->from < 0 && !flow->len;
}

/* Write what is buffered, at most what a caller's pipe takes without blocking (PIPE_BUF). */
static void flush_flow(struct flow *flow)
{
	size_t some = flow->len < PIPE_BUF ? flow->len : PIPE_BUF;
	ssize_t done = write(flow->to, flow->buf + flow->at, some);

	if (done < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (done < 0) {
		/* The reader is gone: closing our end tells the writer with SIGPIPE. */
		if (!flow->owns_to)
			close_fd(&flow->from);
		flow->eof_key = 0;
		end_flow(flow);
		return;
	}
	flow->at += (size_t)done;
	flow->len -= (size_t)done;
}

/* Move bytes by splice; false when these fds do not take it. */
static bool splice_flow(struct flow *flow)
{
	ssize_t done = splice(flow->from, NULL, flow->to, NULL, SPLICE_CHUNK,
			      SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
	bool was_full = flow->full;

	flow->full = false;
	if (done > 0)
		flow->left -= done;
	if (done > 0 || (done < 0 && errno == EINTR))
		return true;
	if (done == 0) {
		end_flow(flow);
		return true;
	}
	if (errno == EAGAIN) {
		/* Either end may be meant. Waiting for them in turn never spins. */
		flow->full = !was_full;
		return true;
	}
	if (errno == EINVAL)
		return false;
	if (!flow->owns_to)
		close_fd(&flow->from);
	end_flow(flow);
	return true;
}

static void fill_flow(struct flow *flow)
{
	ssize_t got;

	if (!flow->copies && splice_flow(flow))
		return;
	flow->copies = true;
	got = read(flow->from, flow->buf, sizeof(flow->buf));
	if (got > 0) {
		flow->at = 0;
		flow->len = (size_t)got;
		flow->left -= got;
	} else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
		/* EIO: the last process that had the pty open is gone. */
		end_flow(flow);
	}
}

/* Reading the terminal from a background job would stop it (SIGTTIN), whether or not the command wants
 * any input. The shell's SIGCONT tells when it comes to the foreground. */
static bool is_background_input(const struct flow *flow)
{
	pid_t foreground;

	if (flow->from != STDIN_FILENO || !isatty(STDIN_FILENO))
		return false;
	foreground = tcgetpgrp(STDIN_FILENO);
	return foreground >= 0 && foreground != getpgrp();
}

static struct pollfd interest(const struct flow *flow)
{
	if (flow->len || flow->full)
		return (struct pollfd){.fd = flow->to, .events = POLLOUT};
	if (is_background_input(flow))
		return (struct pollfd){.fd = -1};
	return (struct pollfd){.fd = flow->from, .events = POLLIN};
}

static void serve_flow(struct flow *flow, short revents)
{
	if (!revents)
		return;
	if (flow->len)
		flush_flow(flow);
	else
		fill_flow(flow);
}

/* It is waited for last of all: until then its number names its process group and no other. */
static bool command_has_ended(const struct ds_attached *attached)
{
	siginfo_t info = {0};

	return waitid(P_PID, (id_t)attached->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
	       info.si_pid;
}

/* Send one signal on, or note that the command has ended. */
static void take_signals(int signal_fd, const struct ds_attached *attached, bool *ended)
{
	struct signalfd_siginfo info;

	while (read(signal_fd, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGCHLD)
			*ended |= command_has_ended(attached);
		else if (info.ssi_signo == SIGWINCH && attached->master_fd >= 0)
			ds_term_copy_size(STDIN_FILENO, attached->master_fd);
		else if (info.ssi_signo != SIGWINCH && info.ssi_signo != SIGCONT && !*ended)
			kill(-attached->pid, (int)info.ssi_signo);
	}
}

/* How many bytes can be on their way in what flows are read from. */
static long long capacity(int fd)
{
	int size = fcntl(fd, F_GETPIPE_SZ);

	return size > CHUNK ? size : CHUNK;
}

/* Bytes that were on their way when the command ended; nothing is waited for. What it left running
 * may go on to write: it is not listened to. */
static void drain(struct flow *flows, int count)
{
	for (int i = 0; i < count; i++) {
		struct flow *flow = &flows[i];

		if (flow->from == STDIN_FILENO)
			continue;
		flow->left = capacity(flow->from);
		while (!has_ended(flow) && (flow->left > 0 || flow->len)) {
			struct pollfd in = {.fd = flow->from, .events = POLLIN};
			struct pollfd out = {.fd = flow->to, .events = POLLOUT};

			if (flow->len || flow->full)
				poll(&out, 1, -1);
			else if (poll(&in, 1, 0) <= 0)
				break;
			serve_flow(flow, POLLIN);
		}
	}
}

static int make_flows(struct flow *flows, const struct ds_attached *attached)
{
	int count = 0;

	if (attached->master_fd >= 0) {
		flows[0] = (struct flow){.from = STDIN_FILENO,
					 .to = attached->master_fd,
					 .copies = true,
					 .eof_key = isatty(STDIN_FILENO) ? 0 : 4 /* ^D */};
		flows[1] = (struct flow){
			.from = attached->master_fd, .to = STDOUT_FILENO, .copies = true};
		return 2;
	}
	for (int fd = 0; fd <= 2; fd++) {
		if (attached->stdio[fd] < 0)
			continue;
		fcntl(attached->stdio[fd], F_SETFL, O_NONBLOCK | (fd ? O_RDONLY : O_WRONLY));
		flows[count++] = (struct flow){
			.from = fd ? attached->stdio[fd] : STDIN_FILENO,
			.to = fd ? fd : attached->stdio[fd],
			.owns_to = fd == 0,
		};
	}
	return count;
}

static int exit_status(struct ds_attached *attached)
{
	int wait_status = 0;

	ds_guard_end(&attached->guard);
	while (waitpid(attached->pid, &wait_status, 0) < 0 && errno == EINTR)
		continue;
	return WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
}

/* Has a pty's input, not from a terminal, come to its end? */
static bool input_is_over(const struct flow *flows)
{
	return flows[0].eof_key && has_ended(&flows[0]);
}

/* Has the guest taken everything that was typed? Only the other end of the pty can tell. */
static bool has_read_all(int master_fd)
{
	auto_fd slave_fd = ioctl(master_fd, TIOCGPTPEER, O_RDONLY | O_NOCTTY | O_CLOEXEC);
	int unread = 0;

	return slave_fd < 0 || ioctl(slave_fd, FIONREAD, &unread) < 0 || !unread;
}

int ds_relay_command(struct ds_attached *attached)
{
	static struct flow flows[FLOWS];
	auto_term term = DS_TERM_NONE;
	auto_fd signal_fd = open_signals();
	int count = make_flows(flows, attached);
	bool ended = false;
	int ready;

	if (signal_fd < 0)
		return signal_fd;
	if (attached->master_fd >= 0) {
		fcntl(attached->master_fd, F_SETFL, O_RDWR | O_NONBLOCK);
		ds_term_copy_size(STDIN_FILENO, attached->master_fd);
		ds_term_raw(&term, STDIN_FILENO);
	}
	/* It may have ended before its signal was watched. */
	ended = command_has_ended(attached);
	while (!ended) {
		struct pollfd polled[FLOWS + 1] = {{.fd = signal_fd, .events = POLLIN}};

		for (int i = 0; i < count; i++)
			polled[i + 1] = interest(&flows[i]);
		ready = poll(polled, (nfds_t)count + 1, input_is_over(flows) ? EOF_AFTER_MS : -1);
		if (ready == 0 && has_read_all(attached->master_fd))
			ds_try_write_all(attached->master_fd, &flows[0].eof_key, 1);
		if (ready <= 0)
			continue;
		for (int i = 0; i < count; i++)
			serve_flow(&flows[i], polled[i + 1].revents);
		if (polled[0].revents)
			take_signals(signal_fd, attached, &ended);
	}
	drain(flows, count);
	ds_term_restore(&term);
	return exit_status(attached);
}
