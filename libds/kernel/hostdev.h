/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_KERNEL_HOSTDEV_H
#define DS_KERNEL_HOSTDEV_H

/* hostdev - the host's device nodes in a guest's /dev, as they come and go (docs/devices.md).
 *
 * The guest's /dev is a tmpfs of its own. The nodes are made in it again, with the host's modes and groups,
 * by the monitor, which hears from inotify(7) what is added, removed or given other rights. So there is
 * nothing of the host's that a guest's root could change, and what it changes of its own is its own affair.
 * Hosts have their nodes on a devtmpfs or, Android, on a tmpfs: either serves. What other file systems are
 * mounted below the host's /dev is left out. One guest a process. */

#include <sys/stat.h>

#include "libds/kernel/groups.h"

/* Which nodes. Never those of memory, of the kernel's log, of terminals that are the host's (tty0, ttyS0 and
 * the like, its consoles), of watchdogs and hibernation. */
enum {
	DS_HOSTDEV_ALL = 1, /* all but disks */
	DS_HOSTDEV_DISKS =
		2, /* with DS_HOSTDEV_ALL: block devices, and other ways to their sectors */
	DS_HOSTDEV_GPU = 4,  /* render and GPU nodes only */
	DS_HOSTDEV_KEPT = 8, /* to visit: the char devices that are not passed, in their place */
};

/* Call visit for each such node that there is now, and for each link to one; path is below /dev. */
typedef void ds_hostdev_visit(const char *path, const struct stat *st, void *ctx);
void ds_hostdev_each(unsigned which, ds_hostdev_visit *visit, void *ctx);

/* The groups that may use the GPU's nodes, but root's; how many. */
size_t ds_hostdev_groups(struct ds_group groups[DS_GROUPS_MAX]);

/* Make the nodes below dev_fd, owned from now on, and follow the host's in the process's loop (core/loop.h).
 * On error they are there, but what comes later is not followed. */
int ds_hostdev_open(unsigned which, int dev_fd);
void ds_hostdev_close(void);

#endif
