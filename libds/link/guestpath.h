/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_LINK_GUESTPATH_H
#define DS_LINK_GUESTPATH_H

/* guestpath - how what runs in a guest finds the interceptors. This runs in the guest.
 *
 * They are links to this program in DS_GUEST_BIN, one for each thing that the host accepted. Files in
 * /etc put that directory first in the PATH of login shells (/etc/profile.d, fish's conf.d) and of what
 * systemd starts for users (environment.d(5)). Our files are told by their first line: one of that name
 * that begins otherwise is neither written to nor removed, and a link of another's stays. */

#include <stdbool.h>

#include "libds/link/wire.h"

#define DS_GUEST_BIN DS_LINK_DIR "/bin" /* life/guestbin.h put the program there */

/* What the host may do for a guest, in the order of ds_interceptors. */
enum ds_interceptor {
	DS_NOTIFY,
	DS_XDG_OPEN,
	DS_CLIPBOARD,
	DS_HOST_EXEC,
	DS_INTERCEPTORS,
};

/* Its word in the protocol, the command of the guest, and whether that is built in. */
extern const struct ds_interceptor_row {
	const char *capability, *command;
	bool built_in;
} ds_interceptors[DS_INTERCEPTORS];

/* Bit n: directory n was made by us. */
struct ds_guestpath {
	unsigned made;
};

/* Make the links of the interceptors in the set (bit n: ds_interceptors[n]) and remove our other ones.
 * All that can be made is made; the first error. */
int ds_guestpath_link(unsigned set);

/* Write the files. A directory that is missing is made where its parent is there, else there is nobody
 * to read it. What can be written is written; the first error. */
int ds_guestpath_add(struct ds_guestpath *path);

/* Remove the files, and the directories that were made for them unless something else is in there. */
void ds_guestpath_remove(const struct ds_guestpath *path);

#endif
