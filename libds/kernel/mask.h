/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_KERNEL_MASK_H
#define DS_KERNEL_MASK_H

/* mask - what of /proc and /sys is kept from a guest.
 *
 * Each mask is looked at afterwards, by its name: systemd-nspawn's of kallsyms, keys and timer_list failed
 * without a word for years (systemd pull request 40833). */

/* Make those parts of the guest's /proc and /sys read-only or empty through which it would change or read
 * the host's kernel. What is a namespace's own in /proc/sys stays writable. What this kernel does not have
 * needs no mask; one that fails or does not hold is an error. */
int ds_mask(int root_fd);

#endif
