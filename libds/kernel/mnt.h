/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_KERNEL_MNT_H
#define DS_KERNEL_MNT_H

/* mnt - mounting onto directories that are held open, never onto names a guest could swap.
 *
 * New mounts are made detached with fsopen/fsmount and open_tree (Linux 5.2), then moved onto the
 * target's fd. Older kernels get mount(2) on /proc/self/fd/N, which names the same object. */

#include <stdbool.h>

struct ds_mnt {
	const char *type, *source;
	unsigned long flags; /* MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_RELATIME */
	/* "key=value" or "flag", NULL-terminated; or NULL. With MS_RDONLY, "ro" makes the file system
	 * itself read-only, not only this mount of it: a device that cannot be written to wants it. */
	const char *const *options;
};

/* Make a filesystem without attaching it: an fd of its root, or -ENOSYS (quiet) on kernels before
 * 5.2; other errors are recorded. */
int ds_mnt_detached(const struct ds_mnt *mnt);

/* Attach a detached mount at path in the tree (which must exist, links resolved inside). */
int ds_mnt_attach(int mnt_fd, int root_fd, const char *path);

/* Mount at path in the tree, created if missing. Returns an O_PATH fd of the new root. */
int ds_mnt_at(int root_fd, const char *path, const struct ds_mnt *mnt);

/* The same on the very object that target_fd refers to. */
int ds_mnt_attach_on(int mnt_fd, int target_fd);

/* Bind what source_fd refers to (opened in this mount namespace) at path in the tree, which must
 * exist and be of the same kind. Recursive takes the mounts below along; the flags, as in ds_mnt,
 * are added to each mount that is taken. If they cannot be set nothing is bound, but for -ESTALE: a
 * kernel before 5.2, and the bind could not be found again. */
int ds_mnt_bind(int source_fd, int root_fd, const char *path, bool recursive, unsigned long flags);

/* The same on the very object that target_fd refers to. */
int ds_mnt_bind_on(int source_fd, int target_fd, bool recursive, unsigned long flags);

/* A detached bind, for another mount namespace: its fd, or -ENOSYS (quiet) before Linux 5.2. To be
 * called in a mount namespace that is private and thrown away afterwards: what is shared with the
 * host would stay so, and before 5.12 the source is mounted over. */
int ds_mnt_copy(int source_fd, bool recursive, unsigned long flags);

/* How mounts propagate into and out of all there are in this mount namespace: MS_PRIVATE, MS_SLAVE or
 * MS_SHARED. */
int ds_mnt_propagate(unsigned long how);

/* Nothing propagates in or out. */
int ds_mnt_make_private(void);

#endif
