/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_KERNEL_HOSTMNT_H
#define DS_KERNEL_HOSTMNT_H

/* hostmnt - a mount in the host's namespace that a container needs: promised, made, undone.
 *
 * Its mount point and the directories above it that are missing are made for it, closed to all but
 * root (what is mounted may hold set-user-ID programs of a guest), and go away with it. */

#include "libds/host/undo.h"
#include "libds/kernel/mnt.h"

/* Mount at path, absolute and of the host. An O_PATH fd of the mount's root, or -errno. */
int ds_hostmnt_make(struct ds_undo *undo, const char *path, const struct ds_mnt *mnt);

/* Is something mounted at path itself? */
bool ds_hostmnt_is_mount(const char *path);

/* Undo verbs "mount PATH", also if a process of the host's sits in there, and "dir PATH": removed if
 * nobody else has put anything into it. */
#define DS_HOSTMNT_VERB "mount"
#define DS_HOSTDIR_VERB "dir"
int ds_hostmnt_undo(const char *const args[DS_UNDO_ARGS]);
int ds_hostmnt_rmdir(const char *const args[DS_UNDO_ARGS]);

#endif
