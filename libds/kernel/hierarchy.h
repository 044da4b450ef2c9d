/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_KERNEL_HIERARCHY_H
#define DS_KERNEL_HIERARCHY_H

/* hierarchy - the cgroup hierarchies of this host, as mountinfo lists them. */

#include "libds/kernel/cgroup.h"

#define DS_CGROUP2 "v2"

/* Find the hierarchy with this id. -ENOENT, quiet, when the kernel or the host does not have it. A
 * cgroup2 that is mounted nowhere counts as had: there is only one, and it can be mounted aside. */
int ds_try_hierarchy_find(const char *id, struct ds_hierarchy *found);

/* Find the hierarchy in which a controller is: mounted as version 1, or else in cgroup2, where it may not
 * be handed down. -ENOENT, quiet, when this host has it nowhere. */
int ds_try_hierarchy_of(const char *controller, struct ds_hierarchy *found);

/* Take a line of /proc/PID/cgroup apart, "HIERARCHY-NUMBER:CONTROLLERS:PATH", in place; path begins with a
 * slash. False if it is none. */
bool ds_hierarchy_split(char *line, const char **id, const char **path);

/* Where the calling process is in a hierarchy. */
int ds_hierarchy_own_path(const char *id, char *path, size_t size);

/* Call visit for each mounted v1 hierarchy until it returns nonzero; that value, or 0. */
int ds_hierarchy_each_v1(int (*visit)(const struct ds_hierarchy *hierarchy, void *ctx), void *ctx);

/* A directory fd of the hierarchy's root. */
int ds_hierarchy_open(const struct ds_hierarchy *hierarchy);

#endif
