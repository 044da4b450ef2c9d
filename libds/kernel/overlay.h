/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_KERNEL_OVERLAY_H
#define DS_KERNEL_OVERLAY_H

/* overlay - a writable view over a tree that stays as it is (overlayfs, Linux 3.18).
 *
 *	DIR		a tmpfs, closed to all but root
 *	DIR/upper	what was changed, in overlayfs' own form (kernel/changes.h reads it)
 *	DIR/work	the kernel's
 *	DIR/merged	the view, an overlay
 *
 * The kernel gets the layers as file descriptors, /proc/self/fd/N: no path is part of an option, so
 * none can be taken for another option, and the directory that was looked at is the one used. */

#include <limits.h>

#include "libds/host/undo.h"

#define DS_OVERLAY_UPPER "upper"
#define DS_OVERLAY_MERGED "merged"
#define DS_OVERLAY_XATTR "trusted.overlay." /* overlayfs' notes to itself in the upper directory */

/* Mount an overlay over the directory lower_fd, open for reading and named lower in messages, in this
 * mount namespace; dir is absolute. The view's path comes in merged. size limits the tmpfs as its
 * option of that name does ("64M", "50%"), "" = half the memory; the number of files is limited by
 * tmpfs' own default. A kernel without overlayfs, and a file system that it refuses as a lower one:
 * exit 5. */
int ds_overlay_mount(struct ds_undo *undo, const char *dir, int lower_fd, const char *lower,
		     const char *size, char merged[PATH_MAX]);

/* Is it what tmpfs understands: 1% to 100%, or a number with K, M, G or T? Refused (exit 2). */
int ds_overlay_check_size(const char *size);

#endif
