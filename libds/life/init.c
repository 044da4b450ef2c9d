// SPDX-License-Identifier: GPL-3.0-or-later
/* init - see init.h. */
#include "libds/life/init.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libds/core/auto.h"
#include "libds/core/err.h"
#include "libds/core/file.h"
#include "libds/core/str.h"
#include "libds/kernel/tree.h"

static const char *const names[] = {
	[DS_INIT_OTHER] = "other",        [DS_INIT_SYSTEMD] = "systemd",
	[DS_INIT_OPENRC] = "openrc-init", [DS_INIT_SYSVINIT] = "sysvinit",
	[DS_INIT_BUSYBOX] = "busybox",    [DS_INIT_RUNIT] = "runit",
	[DS_INIT_PROCD] = "procd",        [DS_INIT_S6] = "s6",
};

const char *ds_init_name(enum ds_init init)
{
	return names[init];
}

/* The program's file name without " (deleted)": an upgraded init runs from a deleted file. */
static void program_name(pid_t pid, char *name, size_t size)
{
	char exe[PATH_MAX];
	char *deleted, *slash;

	ds_proc_exe(pid, exe, sizeof(exe));
	deleted = strstr(exe, " (deleted)");
	if (deleted)
		*deleted = 0;
	slash = strrchr(exe, '/');
	if (ds_str_copy(name, size, slash ? slash + 1 : exe) < 0)
		ds_err_clear();
}

/* sysvinit has no name of its own: its file is "init", and it keeps the FIFO /run/initctl open. */
static bool has_initctl(pid_t pid)
{
	char path[64];
	auto_fd root_fd = -1;
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%d/root", (int)pid);
	root_fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return root_fd >= 0 &&
	       ((ds_try_tree_stat(root_fd, "run/initctl", &st) == 0 && S_ISFIFO(st.st_mode)) ||
		(ds_try_tree_stat(root_fd, "dev/initctl", &st) == 0 && S_ISFIFO(st.st_mode)));
}

enum ds_init ds_init_detect(pid_t pid)
{
	static const struct {
		const char *program;
		enum ds_init init;
	} programs[] = {
		{"systemd", DS_INIT_SYSTEMD},  {"openrc-init", DS_INIT_OPENRC},
		{"runit", DS_INIT_RUNIT},      {"runit-init", DS_INIT_RUNIT},
		{"procd", DS_INIT_PROCD},      {"s6-svscan", DS_INIT_S6},
		{"s6-linux-init", DS_INIT_S6},
	};
	char program[64], comm[32];

	program_name(pid, program, sizeof(program));
	for (size_t i = 0; i < sizeof(programs) / sizeof(*programs); i++) {
		if (strcmp(program, programs[i].program) == 0)
			return programs[i].init;
	}
	if (ds_try_proc_status(pid, "Name", comm, sizeof(comm)) < 0)
		return DS_INIT_OTHER;
	if (ds_str_has_prefix(program, "busybox") &&
	    (strcmp(comm, "init") == 0 || strcmp(comm, "linuxrc") == 0))
		return DS_INIT_BUSYBOX;
	if (strcmp(program, "init") == 0 && has_initctl(pid))
		return DS_INIT_SYSVINIT;
	return DS_INIT_OTHER;
}

/* The guest's SIGRTMIN: glibc keeps two realtime signals for itself and starts at 34, musl three.
 * systemd blocks every signal that it takes through its signalfd, SIGRTMIN included. 0 while it has
 * not come so far: a signal sent now would be lost, since it has no handler yet. */
static int systemd_rtmin(pid_t pid)
{
	uint64_t blocked = ds_proc_signal_mask(pid, "SigBlk");

	for (int sig = 34; sig <= 35; sig++) {
		/* SIGRTMIN+3 and +4, halt and power off (systemd(1)) */
		if (blocked >> (sig - 1) & 1 && blocked >> (sig + 3 - 1) & 1 &&
		    blocked >> (sig + 4 - 1) & 1)
			return sig;
	}
	return 0;
}

/* The request of initctl(5) that telinit(8) sends. */
struct init_request {
	int32_t magic, cmd, runlevel, sleeptime;
	char data[368];
};

static int ask_initctl(int root_fd)
{
	static const char *const fifos[] = {"run/initctl", "dev/initctl"};
	const struct init_request request = {.magic = 0x03091969, .cmd = 1, .runlevel = '0'};

	for (size_t i = 0; i < sizeof(fifos) / sizeof(*fifos); i++) {
		auto_fd fd = ds_try_tree_open(root_fd, fifos[i], O_WRONLY | O_NONBLOCK, 0);
		struct stat st;

		if (fd >= 0 && fstat(fd, &st) == 0 && S_ISFIFO(st.st_mode) &&
		    ds_try_write_all(fd, &request, sizeof(request)) == 0)
			return DS_ASKED;
	}
	return DS_ASK_LATER; /* nobody reads the FIFO yet */
}

/* runit(8): on SIGCONT it stops if stopit is executable by its owner, and reboots if reboot is. */
static int ask_runit(int root_fd, const struct ds_proc_id *id, int pidfd)
{
	static const struct {
		const char *path;
		mode_t mode;
	} files[] = {{"etc/runit/reboot", 0}, {"etc/runit/stopit", 0100}};

	/* Before its handlers stand it is still in stage 1. */
	if (!(ds_proc_signal_mask(id->pid, "SigCgt") >> (SIGCONT - 1) & 1))
		return DS_ASK_LATER;
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		auto_fd fd = ds_tree_open(root_fd, files[i].path, O_WRONLY | O_CREAT | O_NONBLOCK,
					  files[i].mode);
		struct stat st;

		if (fd < 0)
			return fd;
		if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || fchmod(fd, files[i].mode) < 0)
			return ds_fail("set %s", files[i].path);
	}
	return ds_try_proc_signal(id, pidfd, SIGCONT) < 0 ? DS_ASK_IN_VAIN : DS_ASKED;
}

/* An ordinary program: SIGTERM if it takes it, else SIGHUP, on which shells end. A PID 1 is deaf to
 * signals that it has no handler for (pid_namespaces(7)). */
static int signal_for_other(pid_t pid)
{
	uint64_t caught = ds_proc_signal_mask(pid, "SigCgt") | ds_proc_signal_mask(pid, "SigBlk");

	if (caught >> (SIGTERM - 1) & 1)
		return SIGTERM;
	return caught >> (SIGHUP - 1) & 1 ? SIGHUP : 0;
}

static int signal_for(enum ds_init init, pid_t pid)
{
	int rtmin;

	switch (init) {
	case DS_INIT_SYSTEMD:
		/* Never SIGTERM: it re-executes on it. Halt and power off end a container alike. */
		rtmin = systemd_rtmin(pid);
		return rtmin ? rtmin + 3 : 0;
	case DS_INIT_OPENRC:
		return SIGTERM;
	case DS_INIT_BUSYBOX:
	case DS_INIT_PROCD:
		return SIGUSR2;
	case DS_INIT_S6:
		/* s6-linux-init's handlers; SIGTERM to a bare s6-svscan ends it (s6-svscan(8)). */
		return SIGUSR1;
	default:
		return signal_for_other(pid);
	}
}

static bool takes(pid_t pid, int sig)
{
	uint64_t taken = ds_proc_signal_mask(pid, "SigCgt") | ds_proc_signal_mask(pid, "SigBlk");

	return taken >> (sig - 1) & 1;
}

int ds_init_ask_poweroff(const struct ds_proc_id *id, int pidfd)
{
	enum ds_init init = ds_init_detect(id->pid);
	int sig;

	if (init == DS_INIT_SYSVINIT || init == DS_INIT_RUNIT) {
		char path[64];
		auto_fd root_fd = -1;

		snprintf(path, sizeof(path), "/proc/%d/root", (int)id->pid);
		root_fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (root_fd < 0 || !ds_proc_is_alive(id))
			return DS_ASK_IN_VAIN;
		return init == DS_INIT_RUNIT ? ask_runit(root_fd, id, pidfd) : ask_initctl(root_fd);
	}
	sig = signal_for(init, id->pid);
	if (init == DS_INIT_OTHER && !sig)
		return DS_ASK_IN_VAIN;
	if (!sig)
		return DS_ASK_LATER;
	if (takes(id->pid, sig))
		return ds_try_proc_signal(id, pidfd, sig) < 0 ? DS_ASK_IN_VAIN : DS_ASKED;
	/* busybox sits in sigtimedwait(2), during which the kernel shows its mask as empty: whether a
	 * signal arrived cannot be seen, and one too many does no harm. */
	if (init == DS_INIT_BUSYBOX)
		ds_try_proc_signal(id, pidfd, sig);
	return DS_ASK_LATER;
}
