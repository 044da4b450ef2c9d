// SPDX-License-Identifier: GPL-3.0-or-later
/* init - see init.h. */
#include "libds/life/init.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gen/config.h"
#include "libds/core/auto.h"
#include "libds/core/compat.h"
#include "libds/core/err.h"
#include "libds/core/field.h"
#include "libds/core/file.h"
#include "libds/core/str.h"
#include "libds/kernel/tree.h"

#define RUNIT_MAX (1 << 20) /* bytes of the program that are looked at; it has some 30,000 */

static const char *const names[] = {
	[DS_INIT_OTHER] = "other",        [DS_INIT_SYSTEMD] = "systemd",
	[DS_INIT_OPENRC] = "openrc-init", [DS_INIT_SYSVINIT] = "sysvinit",
	[DS_INIT_BUSYBOX] = "busybox",    [DS_INIT_RUNIT] = "runit",
	[DS_INIT_PROCD] = "procd",        [DS_INIT_S6] = "s6",
	[DS_INIT_SHIM] = "ds-init-shim",
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

/* Is it waiting in sigtimedwait(2)? The kernel shows the signals that are waited for as not blocked
 * then. busybox, tini and others sit there. A kernel that cannot tell (user-mode-linux has no such file)
 * still shows busybox's handler for SIGTSTP, which it sets up behind what it waits for. */
static bool waits_for_signals(pid_t pid)
{
	char path[40], text[64];
	long long call;

	snprintf(path, sizeof(path), "/proc/%d/syscall", (int)pid);
	if (ds_try_file_read(AT_FDCWD, path, text, sizeof(text)) <= 0)
		return ds_proc_signal_mask(pid, "SigCgt") >> (SIGTSTP - 1) & 1;
	call = ds_field_number(text, 1);
	return call == DS_SYS_SIGTIMEDWAIT_ON_64 || call == DS_SYS_SIGTIMEDWAIT_ON_32 ||
	       call == DS_SYS_SIGTIMEDWAIT_TIME64;
}

/* Does it take this signal, by a handler, through a signalfd or by waiting for it? */
static bool takes(pid_t pid, int sig)
{
	uint64_t taken = ds_proc_signal_mask(pid, "SigCgt") | ds_proc_signal_mask(pid, "SigBlk");

	return taken >> (sig - 1) & 1 || waits_for_signals(pid);
}

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
	if (CFG_INIT_SHIM && strcmp(program, "droidspaces") == 0)
		return DS_INIT_SHIM;
	if (ds_try_proc_status(pid, "Name", comm, sizeof(comm)) < 0)
		return DS_INIT_OTHER;
	if (ds_str_has_prefix(program, "busybox") &&
	    (strcmp(comm, "init") == 0 || strcmp(comm, "linuxrc") == 0))
		return DS_INIT_BUSYBOX;
	/* sysvinit has no name of its own: its file is "init", it keeps the FIFO /run/initctl, but not
	 * from the start, and has no handler for SIGTERM. */
	if (strcmp(program, "init") == 0 && (has_initctl(pid) || !takes(pid, SIGTERM)))
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

static int ask_initctl(int root_fd)
{
	static const char *const fifos[] = {"run/initctl", "dev/initctl"};
	const struct ds_initctl request = {.magic = DS_INITCTL_MAGIC,
					   .cmd = DS_INITCTL_RUNLEVEL,
					   .runlevel = '0',
					   .sleeptime = 3};

	for (size_t i = 0; i < sizeof(fifos) / sizeof(*fifos); i++) {
		auto_fd fd = ds_try_tree_open(root_fd, fifos[i], O_WRONLY | O_NONBLOCK, 0);
		struct stat st;

		if (fd >= 0 && fstat(fd, &st) == 0 && S_ISFIFO(st.st_mode) &&
		    ds_try_write_all(fd, &request, sizeof(request)) == 0)
			return DS_ASKED;
	}
	return DS_ASK_LATER; /* nobody reads the FIFO yet */
}

/* Debian builds its runit with the files in /run. Which they are stands in the program: a file that
 * is not there yet tells nothing. */
static bool has_files_in_run(pid_t pid)
{
	static const char stopit[] = "/run/runit.stopit";
	auto_free char *program = malloc(RUNIT_MAX);
	char path[64];
	auto_fd fd = -1;
	ssize_t len = 0;

	snprintf(path, sizeof(path), "/proc/%d/exe", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (program && fd >= 0)
		len = ds_try_read_full(fd, program, RUNIT_MAX);
	for (const char *at = program; len > 0; at++) {
		size_t left = (size_t)(program + len - at);

		at = memchr(at, '/', left);
		if (!at || (size_t)(program + len - at) < sizeof(stopit) - 1)
			break;
		if (memcmp(at, stopit, sizeof(stopit) - 1) == 0)
			return true;
	}
	return false;
}

/* Open one of runit's two files, a regular file, if it is there or flags say to create it. */
static int open_runit_file(int root_fd, const char *path, int flags, struct stat *st)
{
	auto_fd fd = ds_try_tree_open(root_fd, path, O_RDWR | O_NONBLOCK | flags, 0);

	if (fd >= 0 && (fstat(fd, st) < 0 || !S_ISREG(st->st_mode)))
		return -EINVAL;
	return fd < 0 ? fd : take_fd(&fd);
}

/* runit(8): on SIGCONT in stage 2 it stops if stopit is executable by its owner, and takes that bit
 * away; in stage 1 the signal is lost, and the script that is run there empties the file. So it is
 * asked until the bit is gone from a file that still says for which process it was set. */
static int ask_runit(int root_fd, const struct ds_proc_id *id, int pidfd)
{
	bool in_run = has_files_in_run(id->pid);
	char mark[64], text[64] = "";
	auto_fd reboot_fd = -1, stop_fd = -1;
	struct stat st;

	if (!(ds_proc_signal_mask(id->pid, "SigCgt") >> (SIGCONT - 1) & 1))
		return DS_ASK_LATER;
	/* Debian's stage 1 creates it; before that there is nobody to listen. */
	stop_fd = in_run ? open_runit_file(root_fd, "run/runit.stopit", 0, &st)
			 : open_runit_file(root_fd, "etc/runit/stopit", O_CREAT, &st);
	if (stop_fd < 0)
		return DS_ASK_LATER;
	snprintf(mark, sizeof(mark), "droidspaces: stop PID 1 started at %llu\n", id->start);
	if (pread(stop_fd, text, sizeof(text) - 1, 0) < 0)
		return ds_fail("read stopit");
	if (strcmp(text, mark) == 0 && !(st.st_mode & S_IXUSR))
		return DS_ASKED;
	reboot_fd =
		open_runit_file(root_fd, in_run ? "run/runit.reboot" : "etc/runit/reboot", 0, &st);
	if (reboot_fd >= 0 && fchmod(reboot_fd, 0) < 0)
		return ds_fail("clear runit's reboot file");
	if (ftruncate(stop_fd, 0) < 0 ||
	    pwrite(stop_fd, mark, strlen(mark), 0) != (ssize_t)strlen(mark) ||
	    fchmod(stop_fd, S_IXUSR) < 0)
		return ds_fail("set runit's stopit file");
	return ds_try_proc_signal(id, pidfd, SIGCONT) < 0 ? DS_ASK_IN_VAIN : DS_ASK_LATER;
}

/* An ordinary program: SIGTERM if it takes it, else SIGHUP, on which shells end. A PID 1 is deaf to
 * signals that it has no handler for (pid_namespaces(7)). */
static int signal_for_other(pid_t pid)
{
	if (takes(pid, SIGTERM))
		return SIGTERM;
	return takes(pid, SIGHUP) ? SIGHUP : 0;
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
	case DS_INIT_SHIM:
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

/* Processes that ds-enter and ds-run put into the guest are those whose parent is not in it. */
static int hang_up_session(pid_t pid, void *ctx)
{
	const struct ds_proc_id *init = ctx;
	struct ds_proc_id id, parent;
	char value[16];
	long long ppid;

	if (pid == init->pid || ds_try_proc_identify(pid, &id) < 0 || id.pid_ns != init->pid_ns ||
	    ds_try_proc_status(pid, "PPid", value, sizeof(value)) < 0 ||
	    ds_try_number(value, 1, INT32_MAX, &ppid) < 0 ||
	    ds_try_proc_identify((pid_t)ppid, &parent) < 0 || parent.pid_ns == init->pid_ns)
		return 0;
	auto_fd pidfd = ds_try_proc_open(&id);

	ds_try_proc_signal(&id, pidfd, SIGHUP);
	return 0;
}

/* The halt scripts of these inits send SIGTERM and wait ten seconds for who ignores it, as an
 * interactive shell does. On a machine of its own its terminal would be hung up. */
static int asked_scripts(const struct ds_proc_id *id, int answer)
{
	if (answer == DS_ASKED)
		ds_proc_each(hang_up_session, (void *)id);
	return answer;
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
		return asked_scripts(id, init == DS_INIT_RUNIT ? ask_runit(root_fd, id, pidfd)
							       : ask_initctl(root_fd));
	}
	sig = signal_for(init, id->pid);
	if (init == DS_INIT_OTHER && !sig)
		return DS_ASK_IN_VAIN;
	if (!sig)
		return DS_ASK_LATER;
	if (takes(id->pid, sig)) {
		int answer = ds_try_proc_signal(id, pidfd, sig) < 0 ? DS_ASK_IN_VAIN : DS_ASKED;

		return init == DS_INIT_OPENRC ? asked_scripts(id, answer) : answer;
	}
	return DS_ASK_LATER;
}
