/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_LINK_DOOR_H
#define DS_LINK_DOOR_H

/* door - a socket that the host listens on, in a directory held open.
 *
 * Its path may have any length, since it is reached by way of the directory's fd (unix(7) takes 107 bytes).
 * The directory may be a user's, who plays with names: nothing is followed, and nobody else's file is
 * overwritten, chowned or removed. */

#include <sys/types.h>

struct ds_door {
	const char *name; /* in its directory */
	int type;         /* SOCK_STREAM or SOCK_SEQPACKET */
	mode_t mode;
	uid_t uid;
	gid_t gid;
};

/* Bind it under that name, at most 80 bytes, and listen: close-on-exec, non-blocking. */
int ds_door_open(int dir_fd, const struct ds_door *door);

#endif
