// SPDX-License-Identifier: GPL-3.0-or-later
/* lock - see lock.h. */
#include "libds/life/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gen/config.h"
#include "libds/core/auto.h"
#include "libds/core/compat.h"
#include "libds/core/err.h"
#include "libds/core/file.h"
#include "libds/kernel/ns.h"
#include "libds/life/proclimits.h"

/* PID 1 of a locked guest waits here, while the other makes its mounts. In a cgroup namespace of its own
 * it could mount the host's v1 hierarchies, whose files belong to its uid 0: it may not make one. The
 * limit is the user namespace's own (Linux 4.9); before, only a kernel without v1 has no such door. */
static int wait_for_mounts(struct ds_boot *boot)
{
	char byte;
	int err;

	boot->is_init = true;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	err = ds_try_file_write(AT_FDCWD, "/proc/sys/user/max_cgroup_namespaces", "0");
	/* In a container of somebody else's /proc/sys may be read-only. */
	if (err < 0 && err != -ENOENT) {
		ds_fail_with(err, "keep it from the host's cgroup v1 hierarchies");
		ds_boot_warn(boot->status_fd);
	}
	if (ds_try_read_full(boot->go_fd, &byte, 1) != 1)
		_exit(DS_EXIT_FAILED);
	return 0;
}

int ds_lock_divide(struct ds_boot *boot)
{
	const unsigned long kinds = CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWIPC;
	int ends[2], err;
	pid_t pid;

	if (!ds_spec_is_locked(boot->spec))
		return 0;
	err = ds_boot_reset_inherited(boot);
	if (err < 0)
		return err;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return ds_fail("make a pipe");
	pid = ds_sys_clone(CLONE_PARENT | kinds);
	boot->go_fd = ends[pid != 0];
	close(ends[pid == 0]);
	if (pid == 0)
		return wait_for_mounts(boot);
	if (pid < 0) {
		ds_fail("make its user namespace");
		ds_err_exit_status(DS_EXIT_UNSUPPORTED);
		ds_hint("the locked mode needs CONFIG_USER_NS and user.max_user_namespaces above "
			"0");
		return -ds_err_last()->code;
	}
	if (write(boot->monitor_fd, &pid, sizeof(pid)) != sizeof(pid))
		return ds_fail("tell its pid");
	err = CFG_RLIMITS ? ds_proclimits_apply(boot->spec, pid) : 0;
	return err < 0 ? err : ds_ns_adopt(pid);
}

int ds_lock_receive(const struct ds_spec *spec, int init_fd, pid_t *pid)
{
	if (!ds_spec_is_locked(spec) || recv(init_fd, pid, sizeof(*pid), 0) == sizeof(*pid))
		return 0;
	return ds_refuse(DS_EXIT_FAILED, "killed while it made the namespaces");
}

/* Of two processes the first ends here, and PID 1 takes the mounts. "/.." is what lies over its "/", where
 * that has been moved there and not exchanged. */
int ds_lock_mounts(struct ds_boot *boot)
{
	if (!ds_spec_is_locked(boot->spec))
		return 0;
	if (!boot->is_init)
		_exit(write(boot->go_fd, "", 1) == 1 ? DS_EXIT_OK : DS_EXIT_FAILED);
	close_fd(&boot->go_fd);
	if (chdir("/..") < 0 || chroot(".") < 0 || unshare(CLONE_NEWNS) < 0)
		return ds_fail("copy the mounts");
	/* Before Linux 3.13 they come unlocked. */
	if (umount2("/proc", MNT_DETACH) == 0 || errno != EINVAL)
		return ds_refuse(DS_EXIT_UNSUPPORTED, "this kernel does not");
	return 0;
}
