/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_KERNEL_FREEZER_H
#define DS_KERNEL_FREEZER_H

/* freezer - the processes of a container stand still: for as long as its user wants, or while something
 * of theirs is looked at. By cgroup2 (Linux 5.2), or for the first by the v1 hierarchy "freezer". */

#include <stdbool.h>
#include <sys/types.h>

/* Freeze or thaw all that is in the container's directory dir ("droidspaces/web") and below, and wait
 * until the kernel says so. What does not stand still within timeout_ms goes on, recorded. No freezer
 * here: exit 5. */
int ds_freezer_set(const char *dir, bool freeze, int timeout_ms);

#define DS_THAWS_WITHIN_MS 2000 /* always: nobody has to do anything for it */

/* Did that freeze it? path is its directory in the hierarchy that tracks it, "" = not known. Quiet. */
bool ds_freezer_is_on(const char *path, const char *dir);

/* The second: they go on when the holder lets go, also when it is killed. */

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
 * cannot be done, or is not within two seconds; they go on then. What stands still already stays so.
 * Quiet. */
int ds_try_freeze(struct ds_freezer *freezer, const char *path);

#endif
