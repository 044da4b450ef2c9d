/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_LIFE_USER_H
#define DS_LIFE_USER_H

/* user - who a name is in the guest, by the guest's own passwd(5) and group(5). */

#include <stdbool.h>
#include <sys/types.h>

#define DS_GROUPS_MAX 64

struct ds_user {
	uid_t uid;
	gid_t gid;
	gid_t groups[DS_GROUPS_MAX]; /* supplementary ones */
	int group_count;
	bool is_known;                        /* has a passwd entry */
	char name[64], home[256], shell[256]; /* "" where the guest says nothing */
};

/* Look up "USER[:GROUP]" in the tree; NULL or "" is root. Each is a name, or a decimal number of
 * 0 to 4294967294 and nothing else (no sign, no blank). A number without an entry is allowed: its
 * group is then the same number. Unknown names: exit 1. */
int ds_user_find(int root_fd, const char *user_group, struct ds_user *user);

/* Become that user, all groups included. */
int ds_user_become(const struct ds_user *user);

#endif
