// SPDX-License-Identifier: GPL-3.0-or-later
/* rlimit - see rlimit.h. */
#include "libds/kernel/rlimit.h"

#include <stddef.h>
#include <sys/resource.h>

void ds_rlimit_reset(void)
{
	struct rlimit host, own;

	for (int resource = 0; resource < RLIM_NLIMITS; resource++) {
		if (prlimit(1, resource, NULL, &host) < 0 || prlimit(0, resource, &host, NULL) == 0)
			continue;
		/* Its hard limit is above ours and out of reach: the soft one as near as can be. */
		if (prlimit(0, resource, NULL, &own) == 0) {
			own.rlim_cur = host.rlim_cur < own.rlim_max ? host.rlim_cur : own.rlim_max;
			prlimit(0, resource, &own, NULL);
		}
	}
}
