/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_KERNEL_DEV_H
#define DS_KERNEL_DEV_H

/* dev - the guest's /dev, /proc, /sys and /run.
 *
 * Everything is on file systems of the guest's own; nothing of the host's devtmpfs is touched. The
 * nodes are those systemd's container interface asks for, plus net/tun and fuse. */

#include <stdbool.h>

/* A private tmpfs (8 MiB, nosuid, noexec) with the standard nodes and links, shm and mqueue.
 * Returns an fd of its root. */
int ds_dev_mount(int root_fd);

/* Is that path below /dev one of those nodes? */
bool ds_dev_is_own(const char *path);

int ds_dev_mount_proc(int root_fd);

/* Its top read-only, for systemd takes a writable one for a machine of its own. So is the rest, but for
 * devices/virtual/net; with hardware every directory in it is writable, on a mount of its own. */
int ds_dev_mount_sys(int root_fd, bool with_hardware);

int ds_dev_mount_run(int root_fd);

#endif
