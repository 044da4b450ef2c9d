// SPDX-License-Identifier: GPL-3.0-or-later
/* tool - see tool.h. */
#include "libds/host/tool.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gen/config.h"
#include "libds/core/auto.h"
#include "libds/core/clock.h"
#include "libds/core/compat.h"
#include "libds/core/err.h"
#include "libds/core/file.h"
#include "libds/core/signals.h"
#include "libds/core/str.h"

enum { TICK_MS = 200, LAST_FD = DS_TOOL_EXTRA_FD, PARKED = LAST_FD + 1 };

/* A run: our ends of the pipes, and what has come through them. */
struct run {
	struct ds_tool *tool;
	pid_t pid;
	int child_fd, said_fd, out_fd, line_fd;
	size_t out_len, line_len;
	bool out_overflows;
	char line[1024];
};

/* What the child gets as 0, 1, 2 and DS_TOOL_EXTRA_FD. */
struct ends {
	int fds[LAST_FD + 1];
};

static int try_dir(const char *dir, size_t len, const char *name, char *path, size_t size)
{
	if (dir[0] == '/' && (size_t)snprintf(path, size, "%.*s/%s", (int)len, dir, name) < size &&
	    access(path, X_OK) == 0)
		return 0;
	return -ENOENT;
}

int ds_tool_find(const char *name, char *path, size_t size)
{
	const char *lists[] = {
		getenv("PATH"),
		"/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin:/system/bin",
	};

	if (strchr(name, '/'))
		return access(name, X_OK) < 0 ? -ENOENT : ds_str_copy(path, size, name);
	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++) {
		for (const char *dir = lists[i]; dir && *dir;) {
			size_t len = strcspn(dir, ":");

			if (try_dir(dir, len, name, path, size) == 0)
				return 0;
			dir += len + (dir[len] == ':');
		}
	}
	return -ENOENT;
}

/* ---- The child ---- */

/* Each end to its number, all of them first out of the way of one another. */
static int place(const struct ends *ends)
{
	int parked[LAST_FD + 1];

	for (int fd = 0; fd <= LAST_FD; fd++) {
		parked[fd] = ends->fds[fd];
		if (parked[fd] >= 0)
			parked[fd] = fcntl(ends->fds[fd], F_DUPFD_CLOEXEC, PARKED);
		if (ends->fds[fd] >= 0 && parked[fd] < 0)
			return -1;
	}
	for (int fd = 0; fd <= LAST_FD; fd++) {
		if (parked[fd] < 0)
			close(fd);
		else if (dup2(parked[fd], fd) < 0)
			return -1;
	}
	return 0;
}

/* Android's own programs are given none of the libraries that Termux preloads into all that it starts,
 * also by su: their linker refuses to start with one of the other width. And the variables that they
 * find everything by, for not every su and no adb script has them. */
static void fit_environment(const char *path)
{
	if (!CFG_ANDROID || !ds_str_has_prefix(path, "/system/"))
		return;
	unsetenv("LD_PRELOAD");
	unsetenv("LD_LIBRARY_PATH");
	setenv("PATH", "/system/bin:/system/xbin:/vendor/bin", 1);
	setenv("ANDROID_ROOT", "/system", 0);
	setenv("ANDROID_DATA", "/data", 0);
}

/* report_fd is beyond PARKED; it closes at the exec or brings the errno that prevented it. */
static int become(const struct ds_tool *tool, const char *path, pid_t parent,
		  const struct ends *ends, int report_fd)
{
	ds_signals_reset();
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		return -ESRCH;
	if ((tool->dir_fd >= 0 && fchdir(tool->dir_fd) < 0) || setenv("LC_ALL", "C.UTF-8", 1) < 0 ||
	    unsetenv("LANGUAGE") < 0 || place(ends) < 0)
		return -errno;
	/* Before Linux 5.9 what our own caller left open stays open in the tool, too. */
	ds_sys_close_range(LAST_FD + 1, (unsigned)report_fd - 1);
	ds_sys_close_range((unsigned)report_fd + 1, ~0u);
	fit_environment(path);
	execv(path, (char *const *)tool->argv);
	return -errno;
}

/* ---- The parent ---- */

/* Keep the end of it. */
static void keep(struct ds_tool *tool, const char *data, size_t len)
{
	size_t most = sizeof(tool->said) - 1, had = strlen(tool->said), drop;

	if (len > most) {
		data += len - most;
		len = most;
	}
	drop = had + len > most ? had + len - most : 0;
	memmove(tool->said, tool->said + drop, had - drop);
	memcpy(tool->said + had - drop, data, len);
	tool->said[had - drop + len] = 0;
}

static void capture(struct run *run, const char *data, size_t len)
{
	size_t room = run->tool->out_size - 1 - run->out_len;

	run->out_overflows |= len > room;
	if (len > room)
		len = room;
	memcpy(run->tool->out + run->out_len, data, len);
	run->out_len += len;
	run->tool->out[run->out_len] = 0;
}

static void split(struct run *run, const char *data, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (data[i] != '\n') {
			if (run->line_len + 1 < sizeof(run->line))
				run->line[run->line_len++] = data[i];
			continue;
		}
		run->line[run->line_len] = 0;
		run->line_len = 0;
		run->tool->line(run->tool, run->line);
	}
}

/* What is there, once; at its end the pipe is closed. */
static void take(struct run *run, int *fd)
{
	char buf[4096];
	ssize_t len = read(*fd, buf, sizeof(buf));

	if (len <= 0) {
		if (len == 0 || errno != EINTR)
			close_fd(fd);
		return;
	}
	/* No tool means to write a NUL, and texts end at one. */
	for (ssize_t i = 0; i < len; i++)
		buf[i] = buf[i] ? buf[i] : ' ';
	if (fd == &run->said_fd)
		keep(run->tool, buf, (size_t)len);
	else if (fd == &run->out_fd)
		capture(run, buf, (size_t)len);
	else
		split(run, buf, (size_t)len);
}

static void cancel(struct run *run)
{
	struct signalfd_siginfo info;

	if (read(run->tool->cancel_fd, &info, sizeof(info)) != sizeof(info))
		return;
	kill(-run->pid, run->tool->cancelled_by ? SIGKILL : SIGTERM);
	if (!run->tool->cancelled_by)
		run->tool->cancelled_by = (int)info.ssi_signo;
}

static bool has_ended(struct run *run, int *status)
{
	struct signalfd_siginfo info;
	pid_t pid;

	while (read(run->child_fd, &info, sizeof(info)) == sizeof(info))
		continue;
	do
		pid = waitpid(run->pid, status, WNOHANG);
	while (pid < 0 && errno == EINTR);
	return pid != 0;
}

/* Until it has ended and nothing more is in the pipes, whoever else may hold them open. */
static int watch(struct run *run)
{
	struct ds_tool *tool = run->tool;
	long long next = ds_now_ms() + TICK_MS;
	int status = 0;

	for (bool ended = false;;) {
		struct pollfd polled[] = {
			{.fd = run->said_fd, .events = POLLIN},
			{.fd = run->out_fd, .events = POLLIN},
			{.fd = run->line_fd, .events = POLLIN},
			{.fd = ended ? -1 : tool->cancel_fd, .events = POLLIN},
			{.fd = ended ? -1 : run->child_fd, .events = POLLIN},
		};
		int *pipes[] = {&run->said_fd, &run->out_fd, &run->line_fd};
		long long left = next - ds_now_ms();
		int ready = poll(polled, 5,
				 ended         ? 0
				 : !tool->tick ? -1
				 : left > 0    ? (int)left
					       : 0);

		if (ended && ready == 0)
			return status;
		if (!ended && tool->tick && left <= 0) {
			tool->tick(tool, run->pid);
			next = ds_now_ms() + TICK_MS;
		}
		for (int i = 0; ready > 0 && i < 3; i++) {
			if (polled[i].revents)
				take(run, pipes[i]);
		}
		if (ready > 0 && polled[3].revents)
			cancel(run);
		if (ready > 0 && polled[4].revents)
			ended = has_ended(run, &status);
	}
}

static int pipe_for(bool wanted, int *ours, int *theirs)
{
	int ends[2];

	if (!wanted)
		return 0;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	*ours = ends[0];
	*theirs = ends[1];
	return 0;
}

static int start(struct run *run, const char *path)
{
	struct ds_tool *tool = run->tool;
	auto_fd null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	auto_fd said = -1, out = -1, line = -1, exec_out = -1, exec_in = -1;
	pid_t parent = getpid();
	int err;

	if (null_fd < 0 || pipe_for(true, &run->said_fd, &said) < 0 ||
	    pipe_for(tool->out, &run->out_fd, &out) < 0 ||
	    pipe_for(tool->line, &run->line_fd, &line) < 0 ||
	    pipe_for(true, &exec_out, &exec_in) < 0)
		return -errno;
	run->pid = ds_fork();
	if (run->pid < 0)
		return -errno;
	if (!run->pid) {
		const struct ends ends = {{
			tool->stdin_fd >= 0 ? tool->stdin_fd : null_fd,
			tool->out              ? out
			: tool->stdout_fd >= 0 ? tool->stdout_fd
					       : said,
			said,
			line,
		}};
		int report_fd = fcntl(exec_in, F_DUPFD_CLOEXEC, PARKED);

		err = report_fd < 0 ? -errno : become(tool, path, parent, &ends, report_fd);
		ds_try_write_all(report_fd, &err, sizeof(err));
		_exit(127);
	}
	setpgid(run->pid, run->pid);
	close_fd(&exec_in);
	if (ds_try_read_full(exec_out, &err, sizeof(err)) != sizeof(err))
		return 0;
	waitpid(run->pid, NULL, 0);
	return err;
}

/* Its exit status as ds_tool_run() tells it. */
static int run_blocked(struct run *run, const char *path)
{
	const struct ds_tool *tool = run->tool;
	int status, err = start(run, path);

	if (err < 0)
		return ds_fail_with(err, "run %s", path);
	status = watch(run);
	if (tool->cancelled_by)
		return ds_fail_with(EINTR, "%s", tool->argv[0]);
	if (run->out_overflows)
		return ds_fail_with(EFBIG, "what %s prints", tool->argv[0]);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int ds_tool_run(struct ds_tool *tool)
{
	struct run run = {.tool = tool, .said_fd = -1, .out_fd = -1, .line_fd = -1};
	sigset_t child, was;
	char path[PATH_MAX];
	int status;

	tool->said[0] = 0;
	tool->cancelled_by = 0;
	if (tool->out)
		tool->out[0] = 0;
	if (ds_tool_find(tool->argv[0], path, sizeof(path)) < 0) {
		ds_refuse(DS_EXIT_UNSUPPORTED, "%s is not installed", tool->argv[0]);
		ds_hint("install the package %s", tool->package ? tool->package : tool->argv[0]);
		return -ECANCELED;
	}
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	/* A caller that ignores SIGCHLD would have its children reaped without us. */
	signal(SIGCHLD, SIG_DFL);
	sigprocmask(SIG_BLOCK, &child, &was);
	run.child_fd = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
	status = run.child_fd < 0 ? ds_fail("watch %s", path) : run_blocked(&run, path);
	close_fd(&run.child_fd);
	close_fd(&run.said_fd);
	close_fd(&run.out_fd);
	close_fd(&run.line_fd);
	sigprocmask(SIG_SETMASK, &was, NULL);
	return status;
}

static const char *cut_last_line(char *text)
{
	char *newline = strrchr(ds_str_trim_end(text), '\n');

	if (!newline)
		return text;
	*newline = 0;
	return newline + 1;
}

int ds_tool_failed(const struct ds_tool *tool, int status)
{
	char last[sizeof(tool->said)];
	const char *line;

	if (status < 0)
		return status;
	strcpy(last, tool->said);
	do {
		line = cut_last_line(last);
		/* tar says so after the reason. */
	} while (line != last && strstr(line, "previous errors"));
	if (status > 128)
		return ds_refuse(DS_EXIT_FAILED, "%s was ended by signal %d", tool->argv[0],
				 status - 128);
	if (!*line)
		return ds_refuse(DS_EXIT_FAILED, "%s failed with status %d", tool->argv[0], status);
	if (ds_str_has_prefix(line, tool->argv[0]))
		return ds_refuse(DS_EXIT_FAILED, "%s", line);
	return ds_refuse(DS_EXIT_FAILED, "%s: %s", tool->argv[0], line);
}

int ds_tool_do(struct ds_tool *tool)
{
	int status = ds_tool_run(tool);

	return status ? ds_tool_failed(tool, status) : 0;
}
