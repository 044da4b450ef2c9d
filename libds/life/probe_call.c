// SPDX-License-Identifier: GPL-3.0-or-later
/* probe_call - see probe.h. */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libds/core/auto.h"
#include "libds/core/compat.h"
#include "libds/host/proc.h"
#include "libds/life/probe.h"

#define CAP_SYS_ADMIN_BIT 21 /* capability.h */

int ds_probe_root(void)
{
	if (geteuid() != 0)
		return -EPERM;
	return ds_proc_signal_mask(getpid(), "CapEff") >> CAP_SYS_ADMIN_BIT & 1 ? 0 : -EPERM;
}

/* A system call that makes an fd. */
static int made(int fd)
{
	auto_fd was = fd;

	return was < 0 ? -errno : 0;
}

int ds_probe_epoll(void)
{
	return made(epoll_create1(EPOLL_CLOEXEC));
}

int ds_probe_signalfd(void)
{
	sigset_t none;

	sigemptyset(&none);
	return made(signalfd(-1, &none, SFD_CLOEXEC));
}

int ds_probe_timerfd(void)
{
	return made(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC));
}

int ds_probe_inotify(void)
{
	return made(inotify_init1(IN_CLOEXEC));
}

int ds_probe_memfd(void)
{
	return made(ds_sys_memfd_create("probe", DS_MFD_CLOEXEC));
}

int ds_probe_fhandle(void)
{
	struct file_handle handle = {0};
	int mount_id;

	/* No room for the handle: a kernel that makes handles says how much it wants. */
	if (name_to_handle_at(AT_FDCWD, "/", &handle, &mount_id, 0) == 0 || errno == EOVERFLOW ||
	    errno == EOPNOTSUPP)
		return 0;
	return -errno;
}

int ds_probe_unix_sockets(void)
{
	int pair[2];

	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0 ? -errno : 0;
}

int ds_probe_seccomp(void)
{
	struct sock_filter allow[] = {BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
	struct sock_fprog program = {.len = 1, .filter = allow};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
		return -errno;
	return 0;
}

/* Opened, and an event when the process ends: 5.3 has both. */
int ds_probe_pidfd(void)
{
	pid_t pid = ds_fork();
	struct pollfd poll_fd = {.events = POLLIN};
	auto_fd fd = -1;

	if (pid < 0)
		return -errno;
	if (!pid)
		_exit(0);
	fd = ds_sys_pidfd_open(pid);
	if (fd < 0)
		return -errno;
	poll_fd.fd = fd;
	return poll(&poll_fd, 1, -1) == 1 ? 0 : -errno;
}

int ds_probe_openat2(void)
{
	struct open_how how = {.flags = O_PATH | O_CLOEXEC,
			       .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS};

	return made(ds_sys_openat2(AT_FDCWD, "/", &how));
}

/* A filesystem that is attached nowhere and ends with its fd. */
int ds_probe_mount_api(void)
{
	auto_fd fs_fd = ds_sys_fsopen("tmpfs", FSOPEN_CLOEXEC);

	if (fs_fd < 0 || ds_sys_fsconfig(fs_fd, FSCONFIG_CMD_CREATE, NULL, NULL) < 0)
		return -errno;
	return made(ds_sys_fsmount(fs_fd, FSMOUNT_CLOEXEC, 0));
}

int ds_probe_mount_setattr(void)
{
	struct mount_attr attr = {.attr_set = MOUNT_ATTR_RDONLY};
	auto_fd fd = ds_sys_open_tree(AT_FDCWD, "/", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);

	if (fd < 0 || ds_sys_mount_setattr(fd, "", AT_EMPTY_PATH, &attr) < 0)
		return -errno;
	return 0;
}

int ds_probe_clone3(void)
{
	/* struct clone_args as of 5.3 (clone(2)): all zero but exit_signal is fork(2). */
	uint64_t args[8] = {[4] = SIGCHLD};
	pid_t pid = (pid_t)syscall(435 /* clone3, the same on every architecture */, args,
				   sizeof(args));

	if (pid < 0)
		return -errno;
	if (!pid)
		_exit(0);
	return waitpid(pid, NULL, 0) == pid ? 0 : -errno;
}

int ds_probe_close_range(void)
{
	return ds_sys_close_range(~0U, ~0U) < 0 ? -errno : 0;
}

/* To open the node of a module that is not loaded would load it: sysfs tells first. */
static int open_misc(const char *name, const char *module, const char *node, const char *other_node)
{
	char path[64];
	auto_fd fd = -1;

	snprintf(path, sizeof(path), "/sys/class/misc/%s", name);
	if (access("/sys/class", F_OK) == 0 && access(path, F_OK) < 0)
		return ds_probe_has_module(module) ? 0 : -ENODEV;
	fd = open(node, O_RDWR | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		fd = open(other_node, O_RDWR | O_CLOEXEC);
	return fd < 0 ? -errno : 0;
}

int ds_probe_loop(void)
{
	return open_misc("loop-control", "loop", "/dev/loop-control", "/dev/block/loop-control");
}

int ds_probe_fuse(void)
{
	return open_misc("fuse", "fuse", "/dev/fuse", "/dev/fuse");
}

int ds_probe_tun(void)
{
	return open_misc("tun", "tun", "/dev/net/tun", "/dev/tun");
}
