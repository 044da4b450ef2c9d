/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_LIFE_ATTACH_H
#define DS_LIFE_ATTACH_H

/* attach - a new process in a running guest.
 *
 * It is a child of the caller, in the guest's cgroup and namespaces, a session of its own, with the
 * capabilities and the seccomp filter of the guest's PID 1. Nothing of the host's stays open in it
 * but what attach gives it as stdio; a terminal or a file of the host is never given: the guest
 * could push input into the one and open the other again for writing through /proc. */

#include <stdbool.h>
#include <sys/types.h>

#include "libds/life/find.h"
#include "libds/life/guard.h"

struct ds_attach {
	const struct ds_container *container;
	char *const *argv;      /* the command; NULL = a login shell */
	const char *user;       /* USER[:GROUP], or NULL = root */
	const char *directory;  /* to start in, or NULL = / for a command, home for a shell */
	const char *const *env; /* further KEY=VALUE */
	int env_count;
	bool tty; /* a pty of the guest's own devpts, else the caller's stdio or pipes */
};

struct ds_attached {
	pid_t pid;     /* in the host's PID namespace; leads a session and process group */
	int master_fd; /* of its pty, or -1 */
	int stdio[3];  /* our ends of pipes that stand for the caller's fds 0 to 2, -1 where the
			 * caller's own was given away */
	struct ds_guard guard; /* kills its process group if we die, and removes its leaf */
	struct ds_leaf leaf;   /* its cgroup, with what the guest moves nowhere else */
};

#define DS_ATTACHED_NONE                                                                           \
	{                                                                                          \
		.master_fd = -1, .stdio = {-1, -1, -1}, .guard = DS_GUARD_NONE, .leaf = {          \
			.guest_fd = -1                                                             \
		}                                                                                  \
	}

/* Start it; returns after its exec. A command that is not there: exit status 127, one that cannot be
 * run: 126. */
int ds_attach(const struct ds_attach *attach, struct ds_attached *attached);

#endif
