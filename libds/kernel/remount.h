/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_KERNEL_REMOUNT_H
#define DS_KERNEL_REMOUNT_H

/* remount - giving mounts that are attached already other flags, one by one, as kernels before
 * mount_setattr(2) (Linux 5.12) want it. */

#include <stdbool.h>

/* Add flags of mount(2) to the mount whose root mnt_fd is and, if recursive, to every mount below it.
 * They must be attached in this mount namespace, at paths that its root reaches. */
int ds_remount(int mnt_fd, bool recursive, unsigned long flags);

/* Take flags away from the one mount whose root mnt_fd is. It must be a bind of our own: they are flags of
 * this mount, and others of the same file system keep theirs. */
int ds_remount_without(int mnt_fd, unsigned long flags);

#endif
