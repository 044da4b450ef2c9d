/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_KERNEL_RLIMIT_H
#define DS_KERNEL_RLIMIT_H

/* rlimit - resource limits that are the host's and not those of whoever called us. */

/* Give the calling process the limits of the host's PID 1 (prlimit(2)), as far as it may: raising a
 * hard limit needs CAP_SYS_RESOURCE. To be called while /proc and pid 1 are the host's. */
void ds_rlimit_reset(void);

#endif
