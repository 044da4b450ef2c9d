// SPDX-License-Identifier: GPL-3.0-or-later
/* android - see android.h. */
#include "libds/kernel/android.h"

#include "libds/host/workspace.h"
#include "libds/kernel/groups.h"

/* The numbers are those of Android's android_filesystem_config.h. */
static const struct ds_group groups[] = {
	{"aid_inet", 3003},
	{"aid_net_raw", 3004},
	{"aid_net_admin", 3005},
};

int ds_android_groups(int root_fd)
{
	if (!ds_host_is_android())
		return 0;
	return ds_groups_add(root_fd, groups, sizeof(groups) / sizeof(*groups));
}
