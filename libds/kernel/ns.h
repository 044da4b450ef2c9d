/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_KERNEL_NS_H
#define DS_KERNEL_NS_H

/* ns - entering a running guest's namespaces, and leaving nothing of ours open there. */

#include <stdbool.h>
#include <sys/types.h>

#include "libds/host/proc.h"

#define DS_NS_MAX 6 /* cgroup uts ipc mnt pid user */

/* Handles of a guest's namespaces. Either one pidfd that setns(2) takes for all (Linux 5.8), or a
 * fd for each. */
struct ds_ns {
	int pidfd;
	bool has_user; /* a user namespace other than ours */
	int fd[DS_NS_MAX];
};

#define auto_ns __attribute__((cleanup(ds_ns_close))) struct ds_ns
#define DS_NS_CLOSED                                                                               \
	{                                                                                          \
		.pidfd = -1, .fd = { -1, -1, -1, -1, -1, -1 }                                      \
	}

void ds_ns_close(struct ds_ns *ns);

/* Open all of them before any is entered, and prove afterwards that they are this process's.
 * -ESRCH recorded when it is gone. */
int ds_ns_open(struct ds_ns *ns, const struct ds_proc_id *init);

/* Enter them all; every failure is an error. The root becomes the guest's; the PID namespace is for
 * the children to come (setns(2)). Of a locked guest the capabilities are those in its user
 * namespace. */
int ds_ns_enter(struct ds_ns *ns, const struct ds_proc_id *init);

/* For the child pid, of a new user namespace and with PID, UTS and IPC namespaces that belong to it: map
 * every id to itself, and enter the three, with the caller's own rights; of the first, the caller's
 * children are. */
int ds_ns_adopt(pid_t pid);

/* Close every fd from first on: close_range(2) (Linux 5.9), else as /proc/self/fd lists them. */
int ds_close_fds_from(int first);

/* To be called where /proc is still the host's when ds_close_fds_from() will be where it is not, or shows
 * another PID namespace: before Linux 5.9 it reads there which are open. */
void ds_close_fds_prepare(void);

#endif
