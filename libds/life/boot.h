/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_LIFE_BOOT_H
#define DS_LIFE_BOOT_H

/* boot - PID 1 from its first instruction to the exec of the guest's init.
 *
 * It is a table of named steps (boot.c), run in order; each failure names its step. Nothing is
 * executed while the root is still the host's, and no failed step is passed over. */

#include <sys/types.h>

#include "libds/kernel/cgroup.h"
#include "libds/kernel/pty.h"
#include "libds/life/spec.h"

/* Which directory is the rootfs, found before anything was touched and checked again after. */
struct ds_rootfs {
	dev_t dev;
	ino_t ino;
};

struct ds_boot {
	const struct ds_spec *spec;
	struct ds_rootfs rootfs;
	const struct ds_cgroup *cgroup;
	const struct ds_console *console;
	char *const *env; /* of the guest's init, complete */
	int status_fd;    /* see ds_boot_run */
	int go_fd;        /* a byte comes once it is recorded: nothing of the guest runs before */
	/* of PID 1, while it boots */
	int root_fd, dev_fd;
};

/* Runs in PID 1 of new PID, mount, UTS and IPC namespaces; does not return.
 *
 * Status protocol: before the exec a struct ds_err with code 0 is written to status_fd, on failure
 * one with the error. The exec closes the pipe. So the last struct before EOF tells; none at all
 * means that PID 1 died on the way. */
void ds_boot_run(struct ds_boot *boot) __attribute__((noreturn));

/* Fill in the identity of spec's rootfs and refuse what cannot boot: not a directory, the host's
 * own root, no init or not executable. Touches nothing. */
int ds_boot_check_rootfs(const struct ds_spec *spec, struct ds_rootfs *rootfs);

#endif
