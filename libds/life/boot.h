/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_LIFE_BOOT_H
#define DS_LIFE_BOOT_H

/* boot - PID 1 from its first instruction to the exec of the guest's init.
 *
 * It is a table of named steps (boot.c), run in order; each failure names its step. Nothing is
 * executed while the root is still the host's, and no failed step is passed over. */

#include <stdbool.h>
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
	int go_fd;    /* of a locked guest, between the two processes: see ds_boot_run */
	bool is_init; /* this one becomes its init, and is in its user namespace */
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
 * DS_BOOT_REACHED. So EOF behind that tells that the init runs, EOF without it that PID 1 died.
 *
 * Of a guest that is to be locked it runs in a new mount namespace alone, and two processes share the
 * steps. This one makes all mounts, with the host's rights. PID 1 it makes first of all, as a sibling
 * of its own, in a user namespace with PID, UTS and IPC namespaces that belong to it, and says its pid
 * (a pid_t) to monitor_fd. That one waits, takes a copy of the mounts, which the kernel locks for a
 * user namespace other than theirs (mount_namespaces(7)), and goes on from there. */
void ds_boot_run(struct ds_boot *boot) __attribute__((noreturn));

/* Of what ds-start's caller had and children have, too: the login id, the OOM score. While /proc shows us,
 * and with the host's rights. */
int ds_boot_reset_inherited(const struct ds_boot *boot);

/* Say the last error down a status pipe. */
void ds_boot_say_failed(int status_fd);

/* The last error is worth a warning, the start goes on. */
void ds_boot_warn(int status_fd);

#endif
