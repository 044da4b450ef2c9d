/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_KERNEL_GROUPS_H
#define DS_KERNEL_GROUPS_H

/* groups - numbers of the host's groups that a guest needs to know by name. */

#include <stddef.h>
#include <sys/types.h>

#define DS_GROUPS_MAX 32

struct ds_group {
	char name[32];
	gid_t gid;
};

/* Name up to DS_GROUPS_MAX groups in the guest's /etc/group, with root as a member. A group that has the
 * number under another name serves; a name that has another number there becomes NAME-GID. Other lines are
 * kept verbatim; a missing, huge, linked or read-only file is left alone. */
int ds_groups_add(int root_fd, const struct ds_group *groups, size_t count);

/* The group that has this number on the host; where none has, it is called fallback-GID. */
void ds_group_of_host(struct ds_group *group, gid_t gid, const char *fallback);

#endif
