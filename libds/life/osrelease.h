/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_LIFE_OSRELEASE_H
#define DS_LIFE_OSRELEASE_H

/* osrelease - what a tree says it is, in its os-release(5).
 *
 * The file is the guest's: its words are for a person to read, or, checked, to make a name of. They
 * may hold anything but NUL. */

struct ds_os_release {
	char id[64], version_id[64], pretty_name[128]; /* "" where it does not say; longer: cut */
};

/* Read etc/os-release, else usr/lib/os-release, without leaving the tree; 0 or -errno, quiet. */
int ds_try_os_release(int root_fd, struct ds_os_release *os);

#endif
