// SPDX-License-Identifier: GPL-3.0-or-later
/* check - see check.h. */
#include "libds/life/check.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libds/core/auto.h"
#include "libds/core/compat.h"
#include "libds/core/err.h"
#include "libds/core/field.h"
#include "libds/core/file.h"
#include "libds/core/str.h"
#include "libds/host/workspace.h"
#include "libds/life/probe.h"
#include "libds/life/systemd.h"

#define PROBE_MS 3000 /* the longest that one may take */
#define KILLED_MS 500 /* and to die afterwards */

/* X(level, probe, option, purpose, without): what only an explanation needs is the last two, "" without
 * CFG_LONG_HELP. The row's name is the probe's. */
#define CHECKS(X)                                                                                  \
	X(MUST, root, "", "all of the following needs CAP_SYS_ADMIN", NO_START)                    \
	X(MUST, mount_namespace, "CONFIG_NAMESPACES", "mounts of its own", NO_START)               \
	X(MUST, pid_namespace, "CONFIG_PID_NS", "processes of its own, with its init as PID 1",    \
	  NO_START)                                                                                \
	X(MUST, uts_namespace, "CONFIG_UTS_NS", "a hostname of its own", NO_START)                 \
	X(MUST, ipc_namespace, "CONFIG_IPC_NS", "System V IPC and message queues of its own",      \
	  NO_START)                                                                                \
	X(MUST, tmpfs, "CONFIG_TMPFS", "its /dev and /run", NO_START)                              \
	X(MUST, proc, "CONFIG_PROC_FS", "its /proc", NO_START)                                     \
	X(MUST, sysfs, "CONFIG_SYSFS", "its /sys", NO_START)                                       \
	X(MUST, devpts, "CONFIG_UNIX98_PTYS (and CONFIG_DEVPTS_MULTIPLE_INSTANCES before 4.7)",    \
	  "its console and terminals", "no console, no ds-enter")                                  \
	X(MUST, root_switch, "", "its root file system as /, by pivot_root or by moving a mount",  \
	  NO_START)                                                                                \
	X(MUST, cgroup, "CONFIG_CGROUPS", "keeping its processes together", NO_SYSTEMD)            \
	X(MUST, epoll, "CONFIG_EPOLL", "the event loops of the monitor and of systemd", NO_START)  \
	X(MUST, unix_sockets, "CONFIG_UNIX",                                                       \
	  "talking to the monitor; D-Bus and journal in the guest", "no ds-enter; " NO_SYSTEMD)    \
	X(RECOMMENDED, cgroup2, "CONFIG_CGROUPS (Linux 4.5)",                                      \
	  "the one hierarchy that systemd works with", "systemd 258 and newer do not boot")        \
	X(RECOMMENDED, cgroup_namespace, "CONFIG_CGROUPS (Linux 4.6)",                             \
	  "showing the guest its own cgroups only", "the guest sees the host's cgroups")           \
	X(RECOMMENDED, inotify, "CONFIG_INOTIFY_USER", "path units and udev", NO_SYSTEMD)          \
	X(RECOMMENDED, signalfd, "CONFIG_SIGNALFD", "signals in event loops", NO_SYSTEMD)          \
	X(RECOMMENDED, timerfd, "CONFIG_TIMERFD", "timers in event loops", NO_SYSTEMD)             \
	X(RECOMMENDED, fhandle, "CONFIG_FHANDLE", "telling mount points apart", NO_SYSTEMD)        \
	X(RECOMMENDED, memfd, "CONFIG_MEMFD_CREATE", "handing settings to services",               \
	  "ds-console shows nothing of before; systemd 255 and newer start no services")           \
	X(RECOMMENDED, seccomp, "CONFIG_SECCOMP_FILTER",                                           \
	  "the shield for kernels below 5.0; sandboxing of services",                              \
	  "no start below 5.0; a guest can kexec or swap, and make the host's / read-only")        \
	X(RECOMMENDED, pidfd, "Linux 5.3",                                                         \
	  "signalling and waiting for a process without mistaking it",                             \
	  "stop looks every 10 ms instead; systemd 260 and newer do not boot")                     \
	X(RECOMMENDED, openat2, "Linux 5.6", "reaching into a guest's tree without leaving it",    \
	  OLDER_WAY)                                                                               \
	X(RECOMMENDED, mount_api, "Linux 5.2", "mounting without names that a guest could swap",   \
	  "no ds-bind while it runs; systemd 260 and newer do not boot")                           \
	X(RECOMMENDED, mount_setattr, "Linux 5.12", "read-only trees in one step", OLDER_WAY)      \
	X(RECOMMENDED, clone3, "Linux 5.3", "starting a process inside its cgroup", OLDER_WAY)     \
	X(RECOMMENDED, close_range, "Linux 5.9", "leaking no file to a guest", OLDER_WAY)          \
	X(RECOMMENDED, cgroup_kill, "CONFIG_CGROUPS (Linux 5.14)",                                 \
	  "ending all that a container ran at once", OLDER_WAY)                                    \
	X(OPTIONAL, memory_limit, "CONFIG_MEMCG", "limiting memory",                               \
	  "no memory limit; ds-usage adds up")                                                     \
	X(OPTIONAL, cpu_limit, "CONFIG_CFS_BANDWIDTH", "limiting CPU time", "no CPU limit")        \
	X(OPTIONAL, pids_limit, "CONFIG_CGROUP_PIDS", "limiting the number of processes",          \
	  "a fork bomb in a guest reaches the host")                                               \
	X(OPTIONAL, device_control, "CONFIG_CGROUP_BPF or CONFIG_CGROUP_DEVICE",                   \
	  "refusing devices to a guest", "a guest can make and open any device node")              \
	X(OPTIONAL, net_namespace, "CONFIG_NET_NS", "a network of its own", "host network only")   \
	X(OPTIONAL, user_namespace, "CONFIG_USER_NS",                                              \
	  "sandboxes in a guest: Flatpak, browsers, nested containers",                            \
	  "such sandboxes do not start")                                                           \
	X(OPTIONAL, locked_mode, "CONFIG_USER_NS (Linux 3.13, user.max_user_namespaces)",          \
	  "--isolation=locked, the only wall between a guest's root and the host",                 \
	  "a guest's root is the host's")                                                          \
	X(OPTIONAL, overlay, "CONFIG_OVERLAY_FS", "volatile containers", "no --volatile")          \
	X(OPTIONAL, loop, "CONFIG_BLK_DEV_LOOP", "root file systems in image files",               \
	  "no --rootfs-img")                                                                       \
	X(OPTIONAL, ext4, "CONFIG_EXT4_FS", "images with ext4", "they cannot be mounted")          \
	X(OPTIONAL, squashfs, "CONFIG_SQUASHFS", "images with squashfs", "they cannot be mounted") \
	X(OPTIONAL, erofs, "CONFIG_EROFS_FS", "images with erofs", "they cannot be mounted")       \
	X(OPTIONAL, fuse, "CONFIG_FUSE_FS", "file systems of programs in a guest",                 \
	  "no AppImage, sshfs, rclone")                                                            \
	X(OPTIONAL, tun, "CONFIG_TUN", "VPN in a guest",                                           \
	  "no OpenVPN, Tailscale, WireGuard in user space")

#define NO_START "no container starts"
#define NO_SYSTEMD "systemd does not boot in a container"
#define OLDER_WAY "nothing: the older way is taken"

#define ROW(level, probe, option, purpose, without) {DS_CHECK_##level, ds_probe_##probe},
static const struct row {
	enum ds_check_level level;
	int (*probe)(void);
} rows[] = {CHECKS(ROW)};

#define LONG(text) DS_TEXT_IF(CFG_LONG_HELP, text, "")
#define ROW_TEXTS(level, probe, option, purpose, without)                                          \
#probe "\0" LONG(purpose) "\0" option "\0" LONG(without) "\0"
static const char texts[] DS_TEXT_SECTION(__COUNTER__) = CHECKS(ROW_TEXTS);

bool ds_check_next(struct ds_check *check)
{
	if (check->number == sizeof(rows) / sizeof(*rows) || !ds_texts_ready())
		return false;
	check->name = check->number ? ds_text_next(check->without) : texts;
	check->purpose = ds_text_next(check->name);
	check->option = ds_text_next(check->purpose);
	check->without = ds_text_next(check->option);
	check->level = rows[check->number].level;
	check->probe = rows[check->number++].probe;
	return true;
}

const char *ds_check_level_name(enum ds_check_level level)
{
	static const char *const names[] = {"must", "recommended", "optional"};

	return names[level];
}

const char *ds_check_result_name(enum ds_check_result result)
{
	static const char *const names[] = {"ok", "missing", "unknown"};

	return names[result];
}

static void __attribute__((noreturn)) run_child(const struct ds_check *check, int out_fd)
{
	int result;

	/* Its own children, and it, end when we give up on it. */
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGCHLD, SIG_DFL);
	result = check->probe();
	ds_try_write_all(out_fd, &result, sizeof(result));
	_exit(0);
}

/* What the child says within the time; -ETIMEDOUT, or -ECHILD when it dies without a word. */
static int await(int in_fd, pid_t pid)
{
	struct pollfd poll_fd = {.fd = in_fd, .events = POLLIN};
	int result;

	if (poll(&poll_fd, 1, PROBE_MS) == 1) {
		if (ds_try_read_full(in_fd, &result, sizeof(result)) != sizeof(result))
			result = -ECHILD;
	} else {
		result = -ETIMEDOUT;
	}
	kill(-pid, SIGKILL);
	kill(pid, SIGKILL);
	return result;
}

/* A child that hangs inside the kernel does not even die: then it is left to its fate. */
static int reap(int in_fd, pid_t pid)
{
	struct pollfd poll_fd = {.fd = in_fd};
	int status = 0;

	/* No bytes are left to read: what wakes us is that the last writer is gone. */
	if (poll(&poll_fd, 1, KILLED_MS) == 1)
		waitpid(pid, &status, 0);
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static enum ds_check_result judge(int result, int sig, char reason[DS_CHECK_REASON_MAX])
{
	reason[0] = 0;
	if (result >= 0) {
		static const char *const ways[] = {"", "by moving a mount over the ramdisk",
						   "by BPF", "by cgroup v1"};

		snprintf(reason, DS_CHECK_REASON_MAX, "%s", ways[result]);
		return DS_CHECK_OK;
	}
	if (result == DS_PROBE_UNTRIED) {
		snprintf(reason, DS_CHECK_REASON_MAX, "could not be tried here");
		return DS_CHECK_UNKNOWN;
	}
	if ((result == -EPERM || result == -EACCES) && geteuid() != 0) {
		snprintf(reason, DS_CHECK_REASON_MAX, "needs root");
		return DS_CHECK_UNKNOWN;
	}
	if (result == -ETIMEDOUT)
		snprintf(reason, DS_CHECK_REASON_MAX, "no answer within %d s", PROBE_MS / 1000);
	else if (result == -ECHILD && sig)
		snprintf(reason, DS_CHECK_REASON_MAX, "killed by signal %d", sig);
	else
		snprintf(reason, DS_CHECK_REASON_MAX, "%s", strerror(-result));
	return DS_CHECK_MISSING;
}

enum ds_check_result ds_check_run(const struct ds_check *check, char reason[DS_CHECK_REASON_MAX])
{
	auto_fd in_fd = -1, out_fd = -1;
	int ends[2], result, sig;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return judge(DS_PROBE_UNTRIED, 0, reason);
	in_fd = ends[0];
	out_fd = ends[1];
	pid = ds_fork();
	if (pid < 0)
		return judge(DS_PROBE_UNTRIED, 0, reason);
	if (!pid)
		run_child(check, out_fd);
	setpgid(pid, pid);
	close_fd(&out_fd);
	result = await(in_fd, pid);
	sig = reap(in_fd, pid);
	return judge(result, sig, reason);
}

static const char *mounted_cgroups(void)
{
	auto_file list = fopen("/proc/self/mounts", "re");
	char line[PATH_MAX], type[16];
	bool v1 = false, v2 = false;

	while (list && fgets(line, sizeof(line), list)) {
		if (ds_try_field(line, 3, type, sizeof(type)) < 0)
			continue;
		v1 |= strcmp(type, "cgroup") == 0;
		v2 |= strcmp(type, "cgroup2") == 0;
	}
	return v1 && v2 ? "hybrid" : v2 ? "v2" : v1 ? "v1" : "none";
}

static const char *selinux_mode(void)
{
	char text[8];

	if (!ds_file_has_filesystem("selinuxfs"))
		return "none";
	if (ds_try_file_read(AT_FDCWD, "/sys/fs/selinux/enforce", text, sizeof(text)) <= 0)
		return "unknown";
	return text[0] == '1' ? "enforcing" : "permissive";
}

void ds_check_host(struct ds_host_facts *facts)
{
	const char *minor;

	*facts = (struct ds_host_facts){0};
	uname(&facts->uts);
	facts->cgroups = mounted_cgroups();
	facts->selinux = selinux_mode();
	facts->android = ds_host_is_android();
	minor = strchr(facts->uts.release, '.');
	facts->systemd_ceiling =
		ds_systemd_ceiling(atoi(facts->uts.release), minor ? atoi(minor + 1) : 0);
}
