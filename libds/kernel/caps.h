/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_KERNEL_CAPS_H
#define DS_KERNEL_CAPS_H

/* caps - the capabilities that no guest gets unless asked, PID 1 and whoever enters alike.
 *
 * Which and why stands in the table of caps.c. This keeps a well-meaning guest off the host; it
 * is no wall against a guest's root, who keeps CAP_SYS_ADMIN (systemd's container interface). */

#include <stdbool.h>
#include <stdint.h>

/* Bit N is capability N. Those that the kernel has and we do not know are treated as all others. */
struct ds_caps {
	uint64_t kept;  /* may stay in the guest, if the caller has them */
	uint64_t added; /* of these, those that are not only there by default */
	uint64_t named; /* of these, those that were asked for by name: the caller must have them */
};

/* Read what is to be added to the default (with all: everything) and dropped from it: names with commas
 * between, with CAP_ or without, in capitals or not, or ALL, which is taken first. "", "" is the default.
 * A name that does not exist, or stands in both: exit 2. */
int ds_caps_parse(struct ds_caps *caps, bool all, const char *add, const char *drop);

/* Is each named one there to be given? The kernel does not know it: exit 5. The caller, a root with less
 * than all, does not have it: exit 6. */
int ds_caps_check(const struct ds_caps *caps);

/* Check, and drop all that are not kept from the bounding set of the calling thread. */
int ds_caps_bound(const struct ds_caps *caps);

/* Drop them from its permitted, effective, inheritable and ambient sets: the last thing that takes a
 * capability. In between it can become a user. */
int ds_caps_drop(const struct ds_caps *caps);

/* Forget who logged in on the host, so that the guest's pam_loginuid can say who does in there.
 * Call it before they are dropped: to change a login uid that is set takes CAP_AUDIT_CONTROL
 * (audit_set_loginuid_perm() of Linux 6.x). /proc must show the caller. Without audit in the
 * kernel, or where the host has made login uids immutable, nothing happens. */
void ds_loginuid_reset(void);

#endif
