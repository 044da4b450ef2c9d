// SPDX-License-Identifier: GPL-3.0-or-later
/* shim - see shim.h. */
#include "libds/life/shim.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gen/config.h"
#include "libds/core/auto.h"
#include "libds/core/clock.h"
#include "libds/core/compat.h"
#include "libds/core/err.h"
#include "libds/core/signals.h"
#include "libds/host/proc.h"
#include "libds/life/guestbin.h"
#include "libds/life/init.h"
#include "libds/life/service.h"
#include "libds/life/shed.h"
#include "libds/link/wire.h"

#define RTMIN 34         /* of glibc, whose systemd counts its signals from there */
#define SETTLED_MS 10000 /* what has run for so long starts again without a long delay */
#define NO_DELAY_MS 250  /* the delay after none at all */
#define INITCTL "/run/initctl"

enum end { RUNS, ENDS, POWERS_OFF, REBOOTS };

static struct {
	const struct ds_shim *shim;
	struct ds_services services;
	sigset_t mask; /* that we were started with, and what we start is */
	int signal_fd, initctl_fd;
	enum end end;
	bool main_failed;   /* to start, which no end of a process tells */
	bool rest_asked;    /* what was not ours to start was asked to end as well */
	long long deadline; /* ms; of what was asked to end */
	int status;         /* of the main service, else the first that failed */
	bool is_first;      /* PID 1: all processes that there are are ours */
	bool untidy;        /* memory is in use that waiting does not need */
} s = {.initctl_fd = -1};

/* Told in any case, and only if somebody wants to hear it. */
#define note(...) (s.untidy = true, ds_watch_note(s.shim->watch, __VA_ARGS__))
#define tell(...) (s.shim->verbose ? (void)note(__VA_ARGS__) : (void)0)

static const char *name_of(const struct ds_service *service)
{
	return service->name ? service->name : s.shim->command[0];
}

/* ---- Starting ---- */

/* The command becomes the terminal's foreground job, as a shell would have it, and is begun as we were; a
 * service is like any other time it is started. */
static void __attribute__((noreturn))
become(const struct ds_service *service, const struct ds_conf *conf)
{
	bool found;

	if (service->name) {
		auto_fd null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);

		setsid();
		if (null_fd >= 0)
			dup2(null_fd, STDIN_FILENO);
		ds_signals_reset();
	} else {
		setpgid(0, 0);
		/* SIGTTOU is blocked still. */
		tcsetpgrp(STDIN_FILENO, getpgrp());
		sigprocmask(SIG_SETMASK, &s.mask, NULL);
	}
	if (service->name) {
		ds_service_exec(conf, &found);
		ds_err_in("%s", service->name);
	} else {
		execvp(s.shim->command[0], s.shim->command);
		found = errno != ENOENT;
		ds_fail("%s", s.shim->command[0]);
	}
	ds_watch_note(s.shim->watch, "%s", ds_err_last()->text);
	_exit(found ? 126 : 127);
}

static void rest(struct ds_service *service, int status)
{
	long long now = ds_now_ms();

	service->pid = 0;
	if (now - service->started >= SETTLED_MS)
		service->delay_ms = service->first_delay_ms;
	if (s.end || service->is_main || service->restart == DS_RESTART_NEVER ||
	    (service->restart == DS_RESTART_ON_FAILURE && !status)) {
		service->due = -1;
		/* Of two main services the first that ends; what was asked to end has not failed. */
		if (service->is_main ? s.end != ENDS : !s.end && !s.status)
			s.status = status;
		return;
	}
	service->due = now + service->delay_ms;
	tell("%s starts again in %d ms", name_of(service), service->delay_ms);
	service->delay_ms = service->delay_ms ? 2 * service->delay_ms : NO_DELAY_MS;
	if (service->delay_ms > service->last_delay_ms)
		service->delay_ms = service->last_delay_ms;
}

static void start(struct ds_service *service)
{
	auto_conf conf = {0};
	int was = service->first_delay_ms, err = 0;

	s.untidy = true;
	if (service->name)
		err = ds_service_read(service, &conf, s.shim->services);
	if (service->first_delay_ms != was)
		service->delay_ms = service->first_delay_ms;
	service->started = ds_now_ms();
	if (!err) {
		service->pid = ds_fork();
		if (service->pid == 0)
			become(service, &conf);
		if (service->pid < 0)
			err = ds_fail("fork");
	}
	if (err < 0) {
		note("%s: %s", name_of(service), ds_err_last()->text);
		/* By which rule is not known, if its file was never right. */
		if (service->name && !service->last_delay_ms)
			service->restart = DS_RESTART_NEVER;
		rest(service, DS_EXIT_FAILED);
		s.main_failed |= service->is_main;
		return;
	}
	if (!service->name)
		setpgid(service->pid, service->pid);
	tell("%s runs as %d", name_of(service), (int)service->pid);
}

/* Start what is due; the milliseconds until the next is, -1 = none. *over: none runs or will. */
static int start_due(bool *over)
{
	long long now = ds_now_ms(), wait = -1;

	*over = true;
	for (size_t i = 0; i < s.services.count; i++) {
		struct ds_service *service = &s.services.list[i];

		if (!service->pid && service->due >= 0 && service->due <= now && !s.end)
			start(service);
		if (!service->pid && service->due > now && !s.end &&
		    (wait < 0 || service->due - now < wait))
			wait = service->due - now;
		if (service->pid || (service->due >= 0 && !s.end))
			*over = false;
		if (service->is_step && service->due >= 0)
			break;
	}
	return (int)wait;
}

void ds_shim_start_agent(void)
{
	static char agent[] = DS_GUESTBIN_DIR "/ds-guest", daemon[] = "--daemon",
		    forever[] = "--idle-timeout=0", *argv[] = {agent, daemon, forever, NULL};

	if (!CFG_GUEST || access(DS_LINK_SOCKET, F_OK) < 0 || access(agent, X_OK) < 0 ||
	    ds_fork() != 0)
		return;
	setsid();
	execv(agent, argv);
	_exit(DS_EXIT_FAILED);
}

/* ---- Ending ---- */

static void ask(const struct ds_service *service, int sig)
{
	bool group = service->name || s.shim->group;

	if (!service->pid)
		return;
	tell("signal %d for %s", sig, name_of(service));
	/* It may not have come to have a group yet. */
	if (!group || kill(-service->pid, sig) < 0)
		kill(service->pid, sig);
}

/* Shells that a person uses ignore SIGTERM, and end when their terminal is gone. */
static int term_of(pid_t pid)
{
	return ds_proc_signal_mask(pid, "SigIgn") >> (SIGTERM - 1) & 1 ? SIGHUP : SIGTERM;
}

static int ask_stranger(pid_t pid, void *ctx)
{
	(void)ctx;
	if (pid != 1)
		kill(pid, term_of(pid));
	return 0;
}

/* Also of somebody else: the rest of a container's processes, in no order. */
static void ask_rest(void)
{
	s.rest_asked = s.untidy = true;
	if (!s.is_first)
		return;
	if (access("/proc/self", F_OK) == 0)
		ds_proc_each(ask_stranger, NULL);
	else
		kill(-1, SIGTERM);
	kill(-1, SIGCONT);
}

static void begin_end(enum end end)
{
	/* The first word counts: who asks twice is not faster. */
	if (s.end)
		return;
	s.end = end;
	s.deadline = ds_now_ms() + s.shim->grace_s * 1000LL;
	s.untidy = true;
	for (size_t i = 0; i < s.services.count; i++) {
		const struct ds_service *service = &s.services.list[i];

		if (!service->pid)
			continue;
		ask(service, service->name ? service->stop_signal : term_of(service->pid));
		ask(service, SIGCONT);
	}
}

/* Does the signal ask an init to end, and how? docs/init-shim.md has the table. */
static enum end meaning_of(const struct signalfd_siginfo *info)
{
	bool from_within = info->ssi_pid && info->ssi_code <= 0;

	switch (info->ssi_signo) {
	case SIGTERM:
		return from_within ? REBOOTS : POWERS_OFF;
	case SIGINT:
		return info->ssi_code == SI_KERNEL ? POWERS_OFF : REBOOTS;
	case SIGPWR:
	case SIGUSR1:
	case SIGUSR2:
	case RTMIN + 3:
	case RTMIN + 4:
	case RTMIN + 13:
	case RTMIN + 14:
		return POWERS_OFF;
	case RTMIN + 5:
	case RTMIN + 15:
		return REBOOTS;
	default:
		return RUNS;
	}
}

static void take_signal(const struct signalfd_siginfo *info)
{
	enum end end = s.shim->is_init ? meaning_of(info) : RUNS;

	if (info->ssi_signo == SIGCHLD)
		return;
	if (end) {
		tell("signal %d: asked to %s", (int)info->ssi_signo,
		     end == REBOOTS ? "reboot" : "power off");
		begin_end(end);
		return;
	}
	for (size_t i = 0; i < s.services.count; i++) {
		if (!s.services.list[i].name)
			ask(&s.services.list[i], (int)info->ssi_signo);
	}
}

/* What telinit(8), shutdown(8) and systemctl(1) say to a sysvinit. */
static void take_request(void)
{
	struct ds_initctl request;

	if (read(s.initctl_fd, &request, sizeof(request)) != sizeof(request) ||
	    request.magic != DS_INITCTL_MAGIC || request.cmd != DS_INITCTL_RUNLEVEL)
		return;
	if (request.runlevel == '6')
		begin_end(REBOOTS);
	else if (request.runlevel == '0')
		begin_end(POWERS_OFF);
}

static int status_of(int wait_status)
{
	int status =
		WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);

	return s.shim->forgiven[status / 8] >> status % 8 & 1 ? 0 : status;
}

/* All that have ended; false when there are no children at all. */
static bool reap(void)
{
	int wait_status;
	pid_t pid;

	while ((pid = waitpid(-1, &wait_status, WNOHANG)) > 0) {
		size_t i = 0;

		while (i < s.services.count && s.services.list[i].pid != pid)
			i++;
		if (i == s.services.count) {
			tell("reaped %d", (int)pid);
			continue;
		}
		tell("%s has ended, status %d", name_of(&s.services.list[i]),
		     status_of(wait_status));
		rest(&s.services.list[i], status_of(wait_status));
		if (s.services.list[i].is_main)
			begin_end(ENDS);
	}
	return pid == 0;
}

/* ---- In between ---- */

/* Open for both: it never ends then, and opening it waits for nobody. */
static void open_initctl(void)
{
	struct stat st;

	mkfifo(INITCTL, 0600);
	s.initctl_fd = open(INITCTL, O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);
	if (s.initctl_fd >= 0 && (fstat(s.initctl_fd, &st) < 0 || !S_ISFIFO(st.st_mode)))
		close_fd(&s.initctl_fd);
}

static int open_all(void)
{
	static const int left_alone[] = {SIGTTIN, SIGTTOU, SIGFPE,  SIGILL, SIGSEGV,
					 SIGBUS,  SIGABRT, SIGTRAP, SIGSYS};
	sigset_t mask;

	sigfillset(&mask);
	sigprocmask(SIG_SETMASK, &mask, &s.mask);
	for (size_t i = 0; i < sizeof(left_alone) / sizeof(*left_alone); i++)
		sigdelset(&mask, left_alone[i]);
	s.signal_fd = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
	if (s.signal_fd < 0)
		return ds_fail("watch signals");
	if (s.shim->is_init && s.is_first)
		open_initctl();
	return 0;
}

static void await(int wait_ms)
{
	struct pollfd fds[2] = {{.fd = s.signal_fd, .events = POLLIN},
				{.fd = s.initctl_fd, .events = POLLIN}};
	struct signalfd_siginfo info;

	if (s.untidy)
		ds_shed();
	s.untidy = false;
	if (poll(fds, 2, wait_ms) <= 0)
		return;
	while (read(s.signal_fd, &info, sizeof(info)) == sizeof(info))
		take_signal(&info);
	if (fds[1].revents)
		take_request();
}

/* Until nothing of it runs. */
static void serve(void)
{
	bool over;
	int wait_ms;

	for (;;) {
		wait_ms = start_due(&over);
		/* As a plain init it ends with its command. */
		if (over && !s.shim->is_init)
			return;
		if (over || s.main_failed)
			begin_end(ENDS);
		if (over && !s.rest_asked)
			ask_rest();
		if (s.end) {
			long long left = s.deadline - ds_now_ms();

			if (!reap() || left <= 0)
				return;
			wait_ms = (int)left;
		}
		await(wait_ms);
		reap();
	}
}

/* What has not ended in time is killed: at the end of PID 1 by the kernel. */
static void finish(void)
{
	for (size_t i = 0; i < s.services.count; i++)
		ask(&s.services.list[i], SIGKILL);
	if (!s.is_first)
		return;
	if (s.end == REBOOTS)
		reboot(RB_AUTOBOOT);
	if (s.end == POWERS_OFF && !s.shim->command)
		reboot(RB_POWER_OFF);
}

int ds_shim_run(const struct ds_shim *shim)
{
	struct ds_service *command;
	int err;

	s.shim = shim;
	s.is_first = getpid() == 1;
	s.untidy = true;
	err = shim->services ? ds_services_find(&s.services, shim->services) : 0;
	if (!err && shim->command) {
		command = ds_services_add(&s.services, s.services.count, NULL);
		if (!command)
			return -ENOMEM;
		command->is_main = true;
	}
	if (!err)
		err = open_all();
	if (err < 0)
		return err;
	serve();
	finish();
	return s.status;
}
