/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_KERNEL_HIERARCHY_H
#define DS_KERNEL_HIERARCHY_H

/* hierarchy - the cgroup hierarchies of this host, as mountinfo lists them. */

#include "libds/kernel/cgroup.h"

#define DS_CGROUP2 "v2"

/* Find the hierarchy with this id. -ENOENT, quiet, when the kernel or the host does not have it. A
 * cgroup2 that is mounted nowhere counts as had: there is only one, and it can be mounted aside. */
int ds_try_hierarchy_find(const char *id, struct ds_hierarchy *found);

/* Call visit for each mounted v1 hierarchy until it returns nonzero; that value, or 0. */
int ds_hierarchy_each_v1(int (*visit)(const struct ds_hierarchy *hierarchy, void *ctx), void *ctx);

/* A directory fd of the hierarchy's root. */
int ds_hierarchy_open(const struct ds_hierarchy *hierarchy);

#endif
