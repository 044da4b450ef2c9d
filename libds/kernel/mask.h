/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_KERNEL_MASK_H
#define DS_KERNEL_MASK_H

/* mask - what of /proc and /sys is kept from a guest.
 *
 * Each mask is looked at afterwards, by its name: systemd-nspawn's of kallsyms, keys and timer_list failed
 * without a word for years (systemd pull request 40833). */

#include <stdbool.h>

/* Make those parts of the guest's /proc and /sys read-only or empty through which it would change or read
 * the host's kernel. What is a namespace's own in /proc/sys stays writable. What this kernel does not have
 * needs no mask; one that fails or does not hold is an error.
 *
 * keep: leave the names of what lies over them in the guest's /dev. The kernel mounts nothing on what has
 * none, and a service of systemd's with ProtectKernelLogs wants to; where masks are locked it cannot take
 * them away first, as it does elsewhere. */
int ds_mask(int root_fd, bool keep);

#endif
