/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_KERNEL_FREEZER_H
#define DS_KERNEL_FREEZER_H

/* freezer - the processes of a cgroup stand still while something of theirs is looked at (cgroup2,
 * Linux 5.2). They go on when the holder lets go, also when it is killed. */

#include <sys/types.h>

struct ds_freezer {
	int freeze_fd; /* cgroup.freeze; -1 = nothing is held */
	int hold_fd;   /* while it is open the guard waits */
	pid_t guard;
};

#define auto_freezer __attribute__((cleanup(ds_freezer_thaw))) struct ds_freezer
#define DS_FREEZER_OFF                                                                             \
	{                                                                                          \
		.freeze_fd = -1, .hold_fd = -1                                                     \
	}

void ds_freezer_thaw(struct ds_freezer *freezer);

/* Freeze the cgroup2 directory at path and wait until all in it stand still. -errno where that
 * cannot be done, or is not within two seconds; they go on then. Quiet. */
int ds_try_freeze(struct ds_freezer *freezer, const char *path);

#endif
