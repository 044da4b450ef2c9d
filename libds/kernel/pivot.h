/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_KERNEL_PIVOT_H
#define DS_KERNEL_PIVOT_H

/* pivot - another "/" for this mount namespace, and nothing left of the one before.
 *
 * Where "/" is the ramdisk that the kernel unpacked, pivot_root(2) answers EINVAL: a mount without a
 * parent cannot be exchanged. The new root is laid over it then and becomes the process's by chroot(2).
 * That can be left again, by umount(8) of "/" and setns(2) into the same namespace; so every mount of
 * the host's is detached first, and what can be seen that way is the bare ramdisk. From Linux 7.0 on
 * the ramdisk itself has a parent, an empty nullfs, and pivot_root(2) works (seen on 7.2). */

/* Make the directory root_fd, which is the root of a mount, "/". The mounts are private, and the host's
 * /proc is still in its place. Returns 1 where the ramdisk lies below, else 0. */
int ds_pivot(int root_fd);

#endif
