/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_LIFE_COMMIT_H
#define DS_LIFE_COMMIT_H

/* commit - a running volatile container's files, written down as a new rootfs. */

#include "libds/core/watch.h"
#include "libds/life/find.h"

struct ds_commit {
	const struct ds_watch *watch;
	int cancel_fd; /* a signalfd: what it brings ends the work with EINTR; -1 = none */
};

/* Write the view to dest, which must not exist: a directory, or an image if its name ends as one's. It
 * is there whole or not at all. The guest stands still meanwhile, where the kernel can do that.
 *
 * The caller holds the container's lock, and ends afterwards: it is in a mount namespace of its own
 * then. */
int ds_commit(const struct ds_commit *commit, const struct ds_container *running, const char *dest);

#endif
