/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_LINK_DIAL_H
#define DS_LINK_DIAL_H

/* dial - connect to a socket's path without ever being made to wait.
 *
 * A path may lie on a file system that does not answer, a service may be too busy to take anybody: whoever
 * serves others from a loop lets a process of its own wait, which is killed after DS_DIAL_WITHIN_S. It
 * connects as the user it is told, and the other end sees that one (SO_PEERCRED). */

#include <sys/types.h>

#include "libds/host/proc.h"

#define DS_DIAL_WITHIN_S 10
#define DS_DIAL_PATH_MAX 107 /* of a path's last part, sun_path */

struct ds_dial {
	const char *path; /* absolute */
	int type;         /* SOCK_STREAM or SOCK_SEQPACKET */
	uid_t uid;
	gid_t gid;
	/* NULL: here. Else the path is in this guest, whose namespaces are entered with nothing of the
	 * host's open. */
	const struct ds_proc_id *init;
};

/* Connect at once: the fd, non-blocking and close-on-exec, or -errno, quiet. -EAGAIN: a process must wait
 * for it, or be another user. */
int ds_try_dial(const struct ds_dial *dial);

/* Have a process do it: a socket from which, once, ds_try_fd_receive() gets the fd, or an int that is
 * errno's value, or nothing when the process was killed. Its end is for the caller's waitpid(2). */
int ds_dial_begin(const struct ds_dial *dial);

#endif
