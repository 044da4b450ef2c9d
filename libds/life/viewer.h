/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_LIFE_VIEWER_H
#define DS_LIFE_VIEWER_H

/* viewer - a person at a terminal of a running guest, the other end of seat.h: our stdin is typed
 * there, what it shows comes on our stdout. docs/terminals.md is what that person was promised. */

#include <stdbool.h>
#include <sys/types.h>

#define DS_DETACH_KEY 0x1d /* Ctrl-] */

struct ds_viewer {
	int client_fd;     /* the connection, owned */
	int master_fd;     /* -1 = has not come yet; owned */
	const char *name;  /* of the container, not owned */
	pid_t monitor_pid; /* its monitor's */
	bool owns_monitor; /* that is a child of ours, which we see through to its end */
	int key;           /* typed on a terminal it leaves; -1 = none does */
	bool has_left;     /* told by ds_viewer_stay(): the guest runs on */
};

#define DS_VIEWER_NONE                                                                             \
	{                                                                                          \
		.client_fd = -1, .master_fd = -1, .key = DS_DETACH_KEY                             \
	}

/* Ask its monitor for a place at that terminal, and wait for it. One viewer a process. */
int ds_viewer_come(struct ds_viewer *viewer, int terminal);

/* Show its last screen, then stay until the guest ends or the person leaves. Our terminal is raw
 * meanwhile, and restored whatever ends us. SIGHUP leaves; SIGTERM and SIGINT, too, but ask a monitor
 * that is our child to stop the guest. Returns the exit status: 0, that child's, or 128 + N where signal
 * N made us leave; a monitor that was killed is an error. Closes both fds. */
int ds_viewer_stay(struct ds_viewer *viewer);

#endif
