/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_LINK_AGENT_H
#define DS_LINK_AGENT_H

/* agent - what stays in a guest while its link to the host lasts. This runs in the guest.
 *
 * It sleeps in poll(2), and ends when the host says so or goes, by SIGTERM, SIGINT or SIGHUP, or after a
 * time without a message in which no interceptor was at work. */

#include "libds/link/guestlink.h"

#define DS_AGENT_IDLE 300 /* seconds, where nobody says otherwise */

enum ds_agent_end {
	DS_AGENT_SHUTDOWN, /* the host said so */
	DS_AGENT_GONE,     /* the host has gone */
	DS_AGENT_SIGNAL,
	DS_AGENT_IDLE_END,
};

/* The lock that only one agent of a guest has; its fd, to be kept. Exit status 4 where another has it. */
int ds_agent_lock(void);

/* Until the end: an enum ds_agent_end, or an error. idle: seconds, 0 = for ever. */
int ds_agent_serve(struct ds_guestlink *link, int idle);

#endif
