/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_LIFE_PROCLIMITS_H
#define DS_LIFE_PROCLIMITS_H

/* proclimits - the OOM score, nice value and resource limits that a container's processes begin with:
 * PID 1, and what ds-run and ds-enter put beside it. They come from the host's record. */

#include <sys/types.h>

#include "libds/life/spec.h"

/* Are the values right? Touches nothing. Exit 2. */
int ds_proclimits_check(const struct ds_spec *spec);

/* May this process, and so its monitor, give them? A child tries. */
int ds_proclimits_try(const struct ds_spec *spec);

/* Set the caller's OOM score, which passes to its children: as set; else 0, where that is allowed. To be
 * called where /proc is no guest's. */
int ds_proclimits_oom(const struct ds_spec *spec);

/* Set a process's nice value and resource limits (setpriority(2), prlimit(2)); pid 0 is the caller.
 * What is not set stays. Before capabilities are dropped: the guest's root shall not need
 * CAP_SYS_RESOURCE for it. */
int ds_proclimits_apply(const struct ds_spec *spec, pid_t pid);

#endif
