/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_LINK_SERVE_H
#define DS_LINK_SERVE_H

/* serve - the host's end of the link: a process of its own for as long as somebody of the guest is connected.
 *
 * The monitor holds the listening socket. When somebody comes it forks "ds-link", which reads what the guest
 * says, so that neither memory nor faults of that are the monitor's, and takes the guest's other connections
 * as well. It ends when nobody is left and its count of what was asked lately is back at nothing: a guest
 * does not escape that by connecting anew. Nothing of it is there before or after. */

#include <sys/types.h>

#include "libds/core/loop.h"
#include "libds/link/action.h"
#include "libds/link/policy.h"

#define DS_LINK_COMM "ds-link"
#define DS_LINK_CLIENTS 16 /* at once; who comes beyond is told so */

struct ds_link {
	struct ds_loop_entry door, server; /* fd -1: it is not there */
	pid_t pid;                         /* of the server */
	struct ds_policy policy;
	struct ds_link_user user;
	int (*detach)(int *const kept[], int count); /* life/detach.h */
	void (*shed)(void);                          /* life/shed.h */
};

/* In the monitor: watch link->door.fd, listening, owned from then on; link stays where it is. */
int ds_link_open(struct ds_link *link);

/* What ds-link does; for the Makefile, which packs it. */
void ds_link_serve(struct ds_link *link, int control_fd);

/* The container is to stop: tell who is connected, and end all that was started for them. */
void ds_link_shut_down(struct ds_link *link);

/* This life of the guest is over. */
void ds_link_close(struct ds_link *link);

#endif
