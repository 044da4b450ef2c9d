// SPDX-License-Identifier: GPL-3.0-or-later
/* relay - see relay.h. */
#include "libds/life/relay.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libds/core/auto.h"
#include "libds/core/compat.h"
#include "libds/core/err.h"
#include "libds/core/file.h"
#include "libds/core/signals.h"
#include "libds/core/term.h"
#include "libds/life/flow.h"

#define FLOWS 3

#define EOF_KEY "\4" /* ^D */

/* After the end of its input a terminal is told so by ^D, after this long without output and again
 * until the command ends: a shell that is just taking the terminal over would find a NUL in its place
 * (termios(3), ICANON). */
#define EOF_AFTER_MS 100

struct relay {
	struct ds_attached *attached;
	int epoll_fd, signal_fd;
	struct ds_term term;
	bool input_is_told; /* its end, to a terminal, by EOF_KEY */
	bool ended;         /* the command has, and has been waited for */
	int wait_status;
	int count;
	struct ds_flow *flows; /* of a terminal: what is typed, what is shown */
};

static int open_signals(void)
{
	static const int taken[] = {SIGCHLD, SIGINT,  SIGTERM,  SIGHUP,  SIGQUIT,
				    SIGUSR1, SIGUSR2, SIGWINCH, SIGCONT, SIGTSTP};

	/* A reader that goes away shows as EPIPE on its flow. */
	signal(SIGPIPE, SIG_IGN);
	return ds_signals_open(taken, sizeof(taken) / sizeof(*taken));
}

/* Has the command ended? It is waited for at once, since the guest could not end before, but not before
 * the guard knows: its number may be another's then. What it left running may go on to write: it is not
 * listened to. */
static void look_for_end(struct relay *relay)
{
	const pid_t pid = relay->attached->pid;
	siginfo_t info = {0};

	if (relay->ended || waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0 ||
	    !info.si_pid)
		return;
	relay->ended = true;
	ds_guard_spare(&relay->attached->guard);
	waitpid(pid, &relay->wait_status, 0);
	for (int i = 0; i < relay->count; i++)
		ds_flow_drain(&relay->flows[i], relay->epoll_fd);
}

static void signal_group(const struct relay *relay, int sig)
{
	if (!relay->ended)
		kill(-relay->attached->pid, sig);
}

static void take_terminal(struct relay *relay)
{
	if (relay->attached->master_fd < 0)
		return;
	ds_term_set_size(relay->attached->master_fd);
	ds_term_raw(&relay->term, STDIN_FILENO);
}

static void go_on(struct relay *relay)
{
	signal_group(relay, SIGCONT);
	take_terminal(relay);
	ds_flow_look_again(&relay->flows[0], relay->epoll_fd);
}

/* As the shell's job that we are, and the command with us: SIGTSTP would not stop that, for its process
 * group has no parent in its session. Nor does it us where nobody could continue us. */
static void stop(struct relay *relay)
{
	signal_group(relay, SIGSTOP);
	ds_term_stop(&relay->term);
	go_on(relay);
}

static void take_signals(struct relay *relay)
{
	struct signalfd_siginfo info;

	while (read(relay->signal_fd, &info, sizeof(info)) == sizeof(info)) {
		switch (info.ssi_signo) {
		case SIGCHLD:
			look_for_end(relay);
			break;
		case SIGWINCH:
			ds_term_set_size(relay->attached->master_fd);
			break;
		case SIGTSTP:
			stop(relay);
			break;
		case SIGCONT:
			go_on(relay);
			break;
		default:
			signal_group(relay, (int)info.ssi_signo);
			/* Only a reader that takes nothing keeps us. */
			for (int i = 0; relay->ended && i < relay->count; i++)
				ds_flow_end(&relay->flows[i], relay->epoll_fd);
		}
	}
}

static int begin_flows(struct relay *relay)
{
	struct ds_attached *attached = relay->attached;

	if (attached->master_fd >= 0) {
		/* The set takes each number once. */
		int typed_fd = dup(attached->master_fd), shown_fd = dup(attached->master_fd);

		if (typed_fd < 0 || shown_fd < 0)
			return ds_fail("watch the terminal");
		fcntl(attached->master_fd, F_SETFL, O_RDWR | O_NONBLOCK);
		ds_flow_begin(&relay->flows[0], STDIN_FILENO, typed_fd);
		ds_flow_begin(&relay->flows[1], shown_fd, STDOUT_FILENO);
		relay->flows[0].copies = relay->flows[1].copies = true;
		relay->input_is_told = !isatty(STDIN_FILENO);
		relay->count = 2;
	}
	for (int fd = 0; fd <= 2; fd++) {
		int ours = attached->stdio[fd];

		if (ours < 0)
			continue;
		fcntl(ours, F_SETFL, O_NONBLOCK | (fd ? O_RDONLY : O_WRONLY));
		ds_flow_begin(&relay->flows[relay->count++], fd ? ours : fd, fd ? fd : ours);
	}
	return 0;
}

static int begin(struct relay *relay)
{
	struct epoll_event event = {.events = EPOLLIN};
	int err;

	relay->signal_fd = open_signals();
	if (relay->signal_fd < 0)
		return relay->signal_fd;
	relay->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (relay->epoll_fd < 0 ||
	    epoll_ctl(relay->epoll_fd, EPOLL_CTL_ADD, relay->signal_fd, &event) < 0)
		return ds_fail("watch signals");
	err = begin_flows(relay);
	if (err < 0)
		return err;
	take_terminal(relay);
	/* It may have ended before its signal was watched. */
	look_for_end(relay);
	return 0;
}

/* Has a pty's input, not from a terminal, come to its end? */
static bool input_is_over(const struct relay *relay)
{
	return relay->input_is_told && !relay->ended && ds_flow_has_ended(&relay->flows[0]);
}

/* Has the guest taken everything that was typed? Only the other end of the pty can tell. */
static bool has_read_all(int master_fd)
{
	auto_fd slave_fd = ioctl(master_fd, TIOCGPTPEER, O_RDONLY | O_NOCTTY | O_CLOEXEC);
	int unread = 0;

	return slave_fd < 0 || ioctl(slave_fd, FIONREAD, &unread) < 0 || !unread;
}

/* Serve what is there. */
static void serve(struct relay *relay)
{
	struct epoll_event events[FLOWS + 1];
	int timeout_ms = input_is_over(relay) ? EOF_AFTER_MS : -1, ready;
	unsigned always = 0;

	for (int i = 0; i < relay->count; i++)
		always |= (unsigned)!ds_flow_await(&relay->flows[i], relay->epoll_fd) << i;
	ready = epoll_wait(relay->epoll_fd, events, FLOWS + 1, always ? 0 : timeout_ms);
	if (!ready && !always && has_read_all(relay->attached->master_fd))
		ds_try_write_all(relay->attached->master_fd, EOF_KEY, 1);
	for (int i = 0; i < relay->count; i++) {
		if (always & 1u << i)
			ds_flow_serve(&relay->flows[i], relay->epoll_fd);
	}
	for (int i = 0; i < ready; i++) {
		if (events[i].data.ptr)
			ds_flow_serve(events[i].data.ptr, relay->epoll_fd);
		else
			take_signals(relay);
	}
	/* Nobody looks at the terminal any more: it hangs up. */
	if (relay->attached->master_fd >= 0 && relay->flows[1].broken) {
		ds_flow_end(&relay->flows[0], relay->epoll_fd);
		close_fd(&relay->attached->master_fd);
		relay->input_is_told = false;
	}
}

static bool is_busy(const struct relay *relay)
{
	for (int i = 0; i < relay->count; i++) {
		if (!ds_flow_has_ended(&relay->flows[i]))
			return true;
	}
	return !relay->ended;
}

static int exit_status(int wait_status)
{
	return WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
}

int ds_relay_command(struct ds_attached *attached)
{
	static struct ds_flow flows[FLOWS];
	struct relay relay = {.attached = attached, .term = DS_TERM_NONE, .flows = flows};
	int err;

	err = begin(&relay);
	if (err < 0)
		return err;
	while (is_busy(&relay))
		serve(&relay);
	ds_term_restore(&relay.term);
	ds_guard_end(&attached->guard);
	if (CFG_CGROUP_LEAVES)
		ds_leaf_remove(&attached->leaf, false);
	return exit_status(relay.wait_status);
}
