/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_LIFE_GUARD_H
#define DS_LIFE_GUARD_H

/* guard - a process that undoes for us what we cannot undo ourselves, being killed by SIGKILL or in a
 * crash.
 *
 * A child in a session of its own reads a pipe that only we can write to: its end is ours. It is named
 * ds-guard, so that who kills us by our name does not kill it. */

#include <sys/types.h>

#include "libds/kernel/cgroup.h"

struct ds_guard {
	pid_t pid; /* 0 = none */
	int fd;    /* the pipe */
};

#define DS_GUARD_NONE                                                                              \
	{                                                                                          \
		.fd = -1                                                                           \
	}

/* When we die: kill the process group (0 = none), take its leaf away (cgroup.h, NULL = none), and
 * restore the modes that the terminal term_fd has now, see ds_term_note() (-1 = none). The group's
 * leader is a child of ours that has not been waited for: its number names nobody else before
 * ds_guard_spare() or ds_guard_end(). */
int ds_guard_begin(struct ds_guard *guard, pid_t group, struct ds_leaf *leaf, int term_fd);

/* No longer kill the process group. SIGPIPE has to be ignored. */
void ds_guard_spare(const struct ds_guard *guard);

/* It does nothing from then on, and ends. It is not waited for: on a busy machine that took longer than
 * all the rest of ds-run, which ends itself now. */
void ds_guard_end(struct ds_guard *guard);

#endif
