// SPDX-License-Identifier: GPL-3.0-or-later
/* attach - see attach.h. */
#include "libds/life/attach.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gen/config.h"
#include "libds/core/auto.h"
#include "libds/core/compat.h"
#include "libds/core/err.h"
#include "libds/core/fdpass.h"
#include "libds/core/file.h"
#include "libds/core/signals.h"
#include "libds/core/str.h"
#include "libds/core/term.h"
#include "libds/host/proc.h"
#include "libds/kernel/caps.h"
#include "libds/kernel/cgroup.h"
#include "libds/kernel/ns.h"
#include "libds/kernel/pty.h"
#include "libds/kernel/rlimit.h"
#include "libds/kernel/tree.h"
#include "libds/life/confine.h"
#include "libds/life/env.h"
#include "libds/life/handover.h"
#include "libds/life/inspect.h"
#include "libds/life/proclimits.h"
#include "libds/life/user.h"

#define SHELL_NOT_FOUND 127
#define SHELL_NOT_RUN 126

/* What the two processes between ds-run and the command work on. */
struct entry {
	const struct ds_attach *attach;
	struct ds_ns ns;
	struct ds_env env;
	struct ds_user user;
	int report_fd; /* SOCK_SEQPACKET: the pty's master, the pid, or a struct ds_err;
			* back comes a byte when the command is guarded */
	int slave_fd;
	struct ds_leaf *leaf;
	bool in_cgroup; /* made in that, or where PID 1 is */
	uint64_t caps;  /* PID 1's bounding set: none has more */
	int stdio[3];   /* what becomes its fds 0 to 2 */
};

static int read_guest_environment(struct ds_env *env, int root_fd)
{
	auto_free char *text = malloc(DS_ENV_FILE_MAX);

	if (!text)
		return ds_fail("read the guest's environment");
	if (ds_try_tree_read(root_fd, "etc/environment", text, DS_ENV_FILE_MAX) < 0)
		return 0;
	return ds_env_parse(env, text, true);
}

static int build_env(struct entry *entry, int root_fd)
{
	const struct ds_attach *attach = entry->attach;
	const struct ds_user *user = &entry->user;
	const char *term = getenv("TERM");
	const char *name = *user->name ? user->name : user->uid ? NULL : "root";
	const char *const vars[][2] = {
		{"TERM",
		 attach->tty && term && ds_str_is_printable(term) ? term : "xterm-256color"},
		{"HOME", *user->home ? user->home
			 : user->uid ? "/"
				     : "/root"},
		{"USER", name},
		{"LOGNAME", name},
		{"SHELL", *user->shell ? user->shell : "/bin/sh"},
	};
	int err = ds_env_common(&entry->env, &attach->container->spec);

	for (size_t i = 0; !err && i < sizeof(vars) / sizeof(*vars); i++) {
		/* A number without an entry has no name. */
		if (vars[i][1])
			err = ds_env_set(&entry->env, vars[i][0], vars[i][1]);
	}
	if (!err)
		err = read_guest_environment(&entry->env, root_fd);
	for (int i = 0; !err && i < attach->env_count; i++)
		err = ds_env_put(&entry->env, attach->env[i]);
	return err;
}

/* Before anyone looks: the size, and that erasing takes characters, not bytes (termios(3), IUTF8). */
static void prepare_terminal(int master_fd)
{
	struct termios mode;

	ds_term_set_size(master_fd);
	if (tcgetattr(master_fd, &mode) < 0)
		return;
	mode.c_iflag |= IUTF8;
	tcsetattr(master_fd, TCSANOW, &mode);
}

static const char *recorded(const struct entry *entry, const char *key)
{
	return ds_container_recorded(entry->attach->container, key);
}

/* From host to guest, in a process that the guest cannot see yet: it is not in its PID namespace. */
static int enter(struct entry *entry)
{
	const struct ds_container *container = entry->attach->container;
	const char *cgroup = recorded(entry, "cgroup_dir");
	auto_fd root_fd = -1;
	struct stat host, guest;
	int err = 0;

	if (stat("/", &host) < 0)
		return ds_fail("look at /");
	/* Inherited by the command; written while /proc is the host's. */
	err = ds_proclimits_oom(&container->spec);
	ds_loginuid_reset();
	ds_rlimit_reset();
	entry->caps = ds_proc_signal_mask(container->state.init.pid, "CapBnd");
	if (CFG_CGROUP_LEAVES && !entry->in_cgroup && entry->leaf->guest_fd >= 0)
		entry->in_cgroup = ds_leaf_join(entry->leaf) == 0;
	if (!err && *cgroup)
		err = ds_cgroup_follow(cgroup, container->state.init.pid, entry->in_cgroup);
	if (!err)
		err = ds_ns_enter(&entry->ns, &container->state.init);
	if (err < 0)
		return err;
	root_fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root_fd < 0 || fstat(root_fd, &guest) < 0)
		return ds_fail("open the guest's /");
	/* Recorded, and its root not changed yet. */
	if (guest.st_dev == host.st_dev && guest.st_ino == host.st_ino)
		return ds_refuse(DS_EXIT_STATE, "it is still starting");
	err = ds_user_find(root_fd, entry->attach->user, &entry->user);
	if (!err)
		err = build_env(entry, root_fd);
	if (!err && entry->attach->tty) {
		auto_fd master_fd = ds_pty_open_in_guest(entry->user.uid, &entry->slave_fd);

		if (master_fd < 0)
			return master_fd;
		prepare_terminal(master_fd);
		err = ds_try_fd_send(entry->report_fd, master_fd, "", 1);
		if (err < 0)
			return ds_fail_with(err, "hand the pty over");
	}
	return err;
}

/* Only stdio and the report socket (fd 3) are left. Done before the guest can see the process: its
 * root may look at our fds, being allowed to trace everything that it sees. */
static int arrange_fds(struct entry *entry)
{
	for (int fd = 0; fd <= 2; fd++) {
		int from = entry->slave_fd >= 0 ? entry->slave_fd : entry->stdio[fd];

		if (from != fd && dup2(from, fd) < 0)
			return ds_fail("arrange fd %d", fd);
	}
	if (entry->slave_fd >= 0)
		entry->slave_fd = 0;
	if (entry->report_fd != 3 && dup3(entry->report_fd, 3, O_CLOEXEC) < 0)
		return ds_fail("keep the report socket");
	entry->report_fd = 3;
	return ds_close_fds_from(4);
}

/* A shell for a user goes through the guest's su -l, which makes a session with everything that its
 * PAM adds to one. It has to be root's: su would ask the user for a password. */
static bool logs_in(const struct entry *entry)
{
	const struct ds_attach *attach = entry->attach;

	return !attach->argv && attach->user && *entry->user.name && !strchr(attach->user, ':');
}

/* Done before the guest can see the process, too: with more rights than the command it would be worth
 * being traced. */
static int become_guests(const struct entry *entry)
{
	int err = CFG_RLIMITS && !entry->ns.has_user
			  ? ds_proclimits_apply(&entry->attach->container->spec, 0)
			  : 0;

	if (!err)
		err = ds_confine(&entry->attach->container->spec, entry->caps,
				 logs_in(entry) ? NULL : &entry->user);
	return err;
}

static int not_run(const char *command)
{
	bool missing = errno == ENOENT || errno == ENOTDIR;
	int err = ds_fail("%.120s", command);

	ds_err_exit_status(missing ? SHELL_NOT_FOUND : SHELL_NOT_RUN);
	return err;
}

/* Should the guard be killed, too. After setuid(2), which clears it. */
static int die_with_parent(void)
{
	return prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 ? ds_fail("tie it to its parent") : 0;
}

static int exec_shell(struct entry *entry)
{
	const char *const shells[] = {entry->user.shell, "/bin/bash", "/bin/ash", "/bin/sh"};

	if (logs_in(entry)) {
		const char *const su[] = {"su", "-l", entry->user.name, NULL};
		int err;

		execvp(su[0], (char *const *)su);
		/* This guest has none. */
		err = ds_user_become(&entry->user);
		if (!err)
			err = die_with_parent();
		if (err < 0)
			return err;
	}
	for (size_t i = 0; i < sizeof(shells) / sizeof(*shells); i++) {
		const char *slash = strrchr(shells[i], '/');
		char argv0[64];
		char *const argv[] = {argv0, NULL};

		if (!slash || ds_str_fmt(argv0, sizeof(argv0), "-%s", slash + 1) < 0)
			continue;
		execv(shells[i], argv);
	}
	return not_run("/bin/sh");
}

static int exec_command(struct entry *entry)
{
	const struct ds_attach *attach = entry->attach;
	const char *directory = attach->directory;

	if (!directory)
		directory = attach->argv ? "/" : ds_env_get(&entry->env, "HOME");
	if (chdir(directory) < 0) {
		if (attach->directory)
			return ds_fail("change to directory %s", directory);
		if (chdir("/") < 0)
			return ds_fail("change to directory /");
	}
	/* execvp(3) searches the PATH of its own environment. */
	environ = entry->env.vars;
	if (!attach->argv)
		return exec_shell(entry);
	execvp(attach->argv[0], attach->argv);
	return not_run(attach->argv[0]);
}

static void report_error(const struct entry *entry)
{
	send(entry->report_fd, ds_err_last(), sizeof(struct ds_err), MSG_NOSIGNAL);
}

/* In the guest's PID namespace, where its root could look at us. */
static void run_in_guest(struct entry *entry)
{
	char byte;
	int err;

	err = setsid() < 0 ? ds_fail("begin a session") : 0;
	if (!err && entry->slave_fd >= 0)
		err = ds_pty_become_stdio(entry->slave_fd);
	ds_signals_reset();
	umask(022);
	if (!err)
		err = die_with_parent();
	/* No orphan stays in the guest when ds-run dies: guarded, or it has died already. */
	if (recv(entry->report_fd, &byte, 1, 0) != 1)
		_exit(SHELL_NOT_RUN);
	if (!err)
		exec_command(entry);
	report_error(entry);
	_exit(SHELL_NOT_RUN);
}

/* The process between: enters, becomes the user, then makes the command's process as ds-run's own child. */
static void go_between(struct entry *entry)
{
	pid_t pid;

	ds_close_fds_prepare();
	prctl(PR_SET_DUMPABLE, 0);
	if (enter(entry) < 0 || arrange_fds(entry) < 0 || become_guests(entry) < 0) {
		report_error(entry);
		_exit(DS_EXIT_FAILED);
	}
	pid = ds_sys_clone(CLONE_PARENT);
	if (pid == 0)
		run_in_guest(entry);
	if (pid < 0) {
		ds_fail("fork in the guest");
		report_error(entry);
		_exit(DS_EXIT_FAILED);
	}
	send(entry->report_fd, &pid, sizeof(pid), MSG_NOSIGNAL);
	_exit(DS_EXIT_OK);
}

/* The guest's root may have the command's end of the socket, in the default mode: no number is believed
 * that is not its own. */
static bool is_child(pid_t pid)
{
	siginfo_t info;

	return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

/* Read the reports until both processes have closed their end. Of a pty and a pid the first counts. */
static int read_reports(const struct entry *entry, int report_fd, pid_t between,
			struct ds_attached *attached)
{
	const int term_fd = entry->attach->tty ? STDIN_FILENO : -1;
	union {
		pid_t pid;
		struct ds_err err;
	} message;
	ssize_t len;
	int fd;

	while ((len = ds_try_fd_receive(report_fd, &message, sizeof(message), &fd)) > 0) {
		if (fd >= 0 && term_fd >= 0 && attached->master_fd < 0) {
			/* Sent before the guest can see anything. */
			attached->master_fd = fd;
		} else if (fd >= 0) {
			close(fd);
		} else if (len == sizeof(message.pid)) {
			if (attached->pid || message.pid == between || !is_child(message.pid))
				continue;
			attached->pid = message.pid;
			if (ds_guard_begin(&attached->guard, message.pid, &attached->leaf,
					   term_fd) < 0)
				return -ds_err_last()->code;
			/* In its user namespace it has no right to more. */
			if (CFG_RLIMITS && entry->ns.has_user &&
			    ds_proclimits_apply(&entry->attach->container->spec, message.pid) < 0)
				return -ds_err_last()->code;
			send(report_fd, "", 1, MSG_NOSIGNAL);
		} else if (len == sizeof(message.err) && message.err.code > 0) {
			ds_err_set(&message.err);
			return -message.err.code;
		}
	}
	return attached->pid ? 0 : ds_refuse(DS_EXIT_FAILED, "killed while entering");
}

static pid_t fork_between(struct entry *entry)
{
	const char *dir = recorded(entry, "cgroup_dir");
	pid_t pid = -1;

	if (CFG_CGROUP_LEAVES && *dir)
		pid = ds_leaf_fork(entry->leaf, recorded(entry, "cgroup"), dir, &entry->in_cgroup);
	if (pid >= 0)
		return pid;
	entry->in_cgroup = true;
	if (*dir)
		pid = ds_cgroup_fork(dir, entry->attach->container->state.init.pid);
	if (pid >= 0)
		return pid;
	entry->in_cgroup = false;
	return ds_fork();
}

static int launch(struct entry *entry, struct ds_attached *attached)
{
	int reports[2], err;
	pid_t between;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, reports) < 0)
		return ds_fail("make a socket");
	entry->report_fd = reports[1];
	entry->leaf = &attached->leaf;
	between = fork_between(entry);
	if (between == 0)
		go_between(entry);
	err = between < 0 ? ds_fail("fork") : 0;
	close(reports[1]);
	if (!err)
		err = read_reports(entry, reports[0], between, attached);
	close(reports[0]);
	while (between > 0 && waitpid(between, NULL, 0) < 0 && errno == EINTR)
		continue;
	if (err < 0)
		ds_guard_end(&attached->guard);
	if (err < 0 && attached->pid > 0) {
		kill(attached->pid, SIGKILL);
		waitpid(attached->pid, NULL, 0);
	}
	if (CFG_CGROUP_LEAVES && err < 0)
		ds_leaf_remove(&attached->leaf, false);
	return err;
}

int ds_attach(const struct ds_attach *attach, struct ds_attached *attached)
{
	struct entry entry = {.attach = attach, .slave_fd = -1, .stdio = {-1, -1, -1}};
	int err;

	if (CFG_FREEZE && ds_inspect_is_frozen(attach->container)) {
		err = ds_refuse(DS_EXIT_STATE, "it is frozen");
		ds_hint("thaw it first: ds-thaw %s", attach->container->name);
		return err;
	}
	ds_handover_begin();
	/* Of one who ignores it nobody learns how a child ended. */
	signal(SIGCHLD, SIG_DFL);
	*attached = (struct ds_attached)DS_ATTACHED_NONE;
	err = ds_ns_open(&entry.ns, &attach->container->state.init);
	if (!err && !attach->tty)
		err = ds_handover(entry.stdio, attached->stdio);
	if (!err)
		err = launch(&entry, attached);
	ds_ns_close(&entry.ns);
	for (int fd = 0; fd <= 2; fd++) {
		if (entry.stdio[fd] > 2)
			close(entry.stdio[fd]);
		if (err < 0)
			close_fd(&attached->stdio[fd]);
	}
	if (err < 0)
		close_fd(&attached->master_fd);
	return err;
}
