/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_KERNEL_DEV_H
#define DS_KERNEL_DEV_H

/* dev - the guest's /dev, /proc, /sys and /run.
 *
 * Everything is on file systems of the guest's own; nothing of the host's devtmpfs is touched. The
 * nodes are those systemd's container interface asks for, plus net/tun and fuse. */

/* A private tmpfs (8 MiB, nosuid, noexec) with the standard nodes and links, shm and mqueue.
 * Returns an fd of its root. */
int ds_dev_mount(int root_fd);

int ds_dev_mount_proc(int root_fd);

/* Read-only: systemd takes a writable /sys for a machine of its own, and the host's devices are
 * not the guest's to configure. */
int ds_dev_mount_sys(int root_fd);

int ds_dev_mount_run(int root_fd);

#endif
