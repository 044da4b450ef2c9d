/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_LIFE_BOOT_H
#define DS_LIFE_BOOT_H

/* boot - PID 1 from its first instruction to the exec of the guest's init.
 *
 * It is a table of named steps (boot.c), run in order; each failure names its step. Nothing is
 * executed while the root is still the host's, and no failed step is passed over. */

#include <sys/types.h>

#include "libds/core/err.h"
#include "libds/kernel/cgroup.h"
#include "libds/life/rootfs.h"

struct ds_boot {
	const struct ds_spec *spec;
	const struct ds_rootfs *rootfs;
	struct ds_cgroup *cgroup;
	char *const *env; /* of the guest's init, complete */
	const char *dns;  /* its name servers; "": the host's */
	int status_fd;    /* see ds_boot_run */
	int monitor_fd; /* the ptys' masters go; a byte comes once they are read and all is recorded:
			   * nothing of the guest runs before */
	/* of PID 1, while it boots */
	int root_fd, dev_fd;
};

/* What comes down the status pipe, from PID 1 or from a monitor that comes not so far. */
struct ds_boot_status {
	enum {
		DS_BOOT_FAILED,  /* err tells why; nothing follows */
		DS_BOOT_WARNING, /* err tells what the start goes on without */
		DS_BOOT_REACHED, /* all is set up; now the exec closes the pipe */
	} what;
	struct ds_err err;
};

/* Runs in PID 1 of new PID, mount, UTS and IPC namespaces; does not return. Before the exec it says
 * DS_BOOT_REACHED. So EOF behind that tells that the init runs, EOF without it that PID 1 died. */
void ds_boot_run(struct ds_boot *boot) __attribute__((noreturn));

/* Say the last error down a status pipe. */
void ds_boot_say_failed(int status_fd);

/* The last error is worth a warning, the start goes on. */
void ds_boot_warn(int status_fd);

#endif
