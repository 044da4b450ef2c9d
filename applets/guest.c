// SPDX-License-Identifier: GPL-3.0-or-later
/* ds-guest - keep a container's link to its host, from within the container
 *
 * usage: ds-guest --entry [OPTION]... [COMMAND [ARGUMENT]...]
 *        ds-guest --daemon [OPTION]...
 *
 * Runs in a container that "ds-start --integrate" started. --daemon shakes hands with the host, makes the
 * commands that the host accepts (notify-send, xdg-open, ds-clipboard, host-exec) in
 * /run/droidspaces/bin, and has that directory first in the PATH of new login shells, by files in
 * /etc/environment.d, /etc/profile.d and /etc/fish/conf.d, as long as it runs. A file of such a name that
 * is not its own stays as it is.
 *
 * It ends when the host says so or has gone, by SIGTERM, and when nothing was to be done for the idle
 * time; the commands stay then, since they work without it. --entry starts it in the background, and
 * becomes the command, or a login shell: $SHELL, /bin/bash or /bin/sh.
 *
 * exit status: 0 done, 1 failed, 2 usage, 4 an agent runs already, 5 the host speaks another protocol,
 * 6 permission; with --entry the command's own, 127 not found, 126 not executable
 *
 * example: ds-guest --entry
 * example: ds-guest --daemon --idle-timeout=0
 *
 * config GUEST
 *	bool "ds-guest, in containers"
 *	default y
 *	help
 *	  The agent that a container gets with "ds-start --integrate", for its end of the link to the host.
 *	  Building it needs libjsmn-dev on the build machine, not on the phone.
 */
#define OPTIONS(X)                                                                                 \
	X(FLAG, entry, 0, "entry", 0, ALWAYS,                                                      \
	  "start the agent, then become the command or a shell")                                   \
	X(FLAG, daemon, 0, "daemon", 0, ALWAYS, "be the agent")                                    \
	X(INT, idle_timeout, 0, "idle-timeout", "SECONDS", ALWAYS,                                 \
	  "end after that without work, 0 = never; default: as the host says, or 300")

#include "applets/applet.h"
APPLET_WITH(guest, DS_OPT_STOP_AT_OPERAND)
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gen/version.h"
#include "libds/core/auto.h"
#include "libds/core/compat.h"
#include "libds/core/file.h"
#include "libds/core/str.h"
#include "libds/kernel/ns.h"
#include "libds/link/agent.h"

#define READY_MS 3000 /* for the agent's tries, and then some */

static void warn_last(void)
{
	applet_warn("%s", ds_err_last()->text);
	ds_err_clear();
}

/* The host's version is a file that the boot wrote; this program may be another's. */
static void warn_of_drift(void)
{
	char version[40];

	if (ds_try_file_read(AT_FDCWD, DS_LINK_DIR "/version", version, sizeof(version)) > 0 &&
	    strcmp(ds_str_trim_end(version), DS_VERSION) != 0)
		applet_warn("the host runs droidspaces %s, this is %s", version, DS_VERSION);
}

/* From now on nobody reads what we say; --entry waits for the end of our standard output. */
static void leave_stdout(void)
{
	auto_fd fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (fd >= 0)
		dup2(fd, STDOUT_FILENO);
}

static int run_daemon(const struct options *o)
{
	auto_fd lock_fd = ds_agent_lock();
	auto_guestlink link = {.fd = -1, .busy_fd = -1};
	struct ds_guestpath path = {0};
	unsigned all = 0;
	int end;

	/* Executed by way of /proc it would be called "exe". */
	prctl(PR_SET_NAME, "ds-guest");
	for (int i = 0; i < DS_INTERCEPTORS; i++)
		all |= (unsigned)ds_interceptors[i].built_in << i;
	if (lock_fd < 0 || ds_guestlink_open(&link, all, DS_GUESTLINK_TRIES) < 0)
		return applet_fail();
	if (ds_guestpath_link(link.accepted) < 0)
		warn_last();
	if (link.accepted && ds_guestpath_add(&path) < 0)
		warn_last();
	leave_stdout();
	end = ds_agent_serve(&link, o->given.idle_timeout    ? o->idle_timeout
				    : link.idle_timeout >= 0 ? link.idle_timeout
							     : DS_AGENT_IDLE);
	ds_guestpath_remove(&path);
	/* Who began in time goes on, with what needs no agent but the host. */
	if (end != DS_AGENT_IDLE_END)
		ds_guestpath_link(0);
	return end < 0 ? applet_fail() : DS_EXIT_OK;
}

/* Become the agent, in a process that nobody waits for. */
static void exec_daemon(const struct options *o, int ready_fd)
{
	auto_fd null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	char idle[40], name[] = "ds-guest", mode[] = "--daemon";
	char *argv[] = {name, mode, o->given.idle_timeout ? idle : NULL, NULL};

	if (setsid() < 0 || ds_fork() != 0 || chdir("/") < 0)
		return;
	snprintf(idle, sizeof(idle), "--idle-timeout=%d", o->idle_timeout);
	if (dup2(null_fd, STDIN_FILENO) < 0 || dup2(null_fd, STDERR_FILENO) < 0 ||
	    dup2(ready_fd, STDOUT_FILENO) < 0 || ds_close_fds_from(3) < 0)
		return;
	execv("/proc/self/exe", argv);
}

/* Returns when it is ready or has failed. */
static int start_daemon(const struct options *o)
{
	struct pollfd polled = {.events = POLLIN};
	auto_fd ready_fd = -1;
	int fds[2];
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return ds_fail("start the agent");
	ready_fd = fds[0];
	pid = ds_fork();
	if (pid == 0) {
		exec_daemon(o, fds[1]);
		_exit(0);
	}
	close(fds[1]);
	if (pid < 0)
		return ds_fail("start the agent");
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	polled.fd = ready_fd;
	poll(&polled, 1, READY_MS);
	return 0;
}

/* The command finds the interceptors, whatever PATH it comes with. */
static void extend_path(void)
{
	const char *path = getenv("PATH");
	auto_free char *extended = NULL;

	if (!path || !*path)
		path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
	if (ds_str_has_prefix(path, DS_GUEST_BIN ":"))
		return;
	if (asprintf(&extended, "%s:%s", DS_GUEST_BIN, path) > 0)
		setenv("PATH", extended, 1);
}

static void exec_shell(void)
{
	const char *shells[] = {getenv("SHELL"), "/bin/bash", "/bin/sh"};
	char name[PATH_MAX], *words[] = {name, NULL};

	for (size_t i = 0; i < sizeof(shells) / sizeof(*shells); i++) {
		const char *shell = shells[i];

		if (!shell || *shell != '/')
			continue;
		snprintf(name, sizeof(name), "-%s", strrchr(shell, '/') + 1);
		execv(shell, words);
	}
	ds_fail("no shell in here");
}

static int enter(const struct options *o)
{
	int code;

	warn_of_drift();
	if (start_daemon(o) < 0)
		warn_last();
	extend_path();
	if (!o->count) {
		exec_shell();
		return applet_fail();
	}
	execvp(o->operands[0], o->operands);
	code = errno;
	ds_fail("%s", o->operands[0]);
	ds_err_exit_status((enum ds_exit)(code == ENOENT ? 127 : 126));
	return applet_fail();
}

int guest_main(int argc, char **argv)
{
	struct options o = {0};

	if (!parse(&o, argc, argv, 0, MANY))
		return o.status;
	if (o.entry == o.daemon) {
		ds_refuse(DS_EXIT_USAGE, "either --entry or --daemon");
		return applet_fail();
	}
	if (o.daemon && o.count) {
		ds_refuse(DS_EXIT_USAGE, "--daemon takes no command");
		return applet_fail();
	}
	if (o.idle_timeout < 0) {
		ds_refuse(DS_EXIT_USAGE, "--idle-timeout is 0 or more");
		return applet_fail();
	}
	if (o.entry)
		return enter(&o);
	warn_of_drift();
	return run_daemon(&o);
}
