/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_KERNEL_CAPS_H
#define DS_KERNEL_CAPS_H

/* caps - the capabilities that no guest gets, PID 1 and whoever enters alike.
 *
 * Which and why stands in the table of caps.c. This keeps a well-meaning guest off the host; it
 * is no wall against a guest's root, who keeps CAP_SYS_ADMIN (systemd's container interface). */

/* Drop them from the bounding, permitted, effective, inheritable and ambient sets of the calling
 * thread. Those that the kernel does not know, or that are gone already, are passed over. */
int ds_caps_drop(void);

/* Forget who logged in on the host, so that the guest's pam_loginuid can say who does in there.
 * Call it before ds_caps_drop(): to change a login uid that is set takes CAP_AUDIT_CONTROL
 * (audit_set_loginuid_perm() of Linux 6.x). /proc must show the caller. Without audit in the
 * kernel, or where the host has made login uids immutable, nothing happens. */
void ds_loginuid_reset(void);

#endif
