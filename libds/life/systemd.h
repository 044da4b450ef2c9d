/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_LIFE_SYSTEMD_H
#define DS_LIFE_SYSTEMD_H

/* systemd - which systemd a tree holds, and up to which the kernel carries one. */

#include <stdbool.h>

/* The newest systemd that boots on a kernel: 258 asks for 5.4, 260 for 5.10 (systemd's README and
 * NEWS). 0 = any. */
int ds_systemd_ceiling(int major, int minor);

/* The version of the systemd in the tree, by the name of its shared library, which every release
 * since 231 has; 0 if there is none. Or -errno; quiet. */
int ds_try_systemd_version(int root_fd);

/* Does systemd of this version boot only where cgroup version 2 can be mounted? */
bool ds_systemd_needs_cgroup2(int version);

/* Is the program at that path, which the tree's own links may lead to, systemd? Told by its name. */
bool ds_systemd_is_at(int root_fd, const char *path);

#endif
