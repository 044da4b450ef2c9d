/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_LIFE_FORWARDING_H
#define DS_LIFE_FORWARDING_H

/* forwarding - the monitor's end of forwards: listens, dials, carries.
 *
 * Each connection dials anew, as the user whom the kernel names as its client. What is dialled stands in
 * the host's list under the identifier of the socket that was connected to; nothing that a guest says is
 * looked at. At most DS_BRIDGES_MAX connections; more wait in the sockets' queues. */

#include "libds/host/undo.h"
#include "libds/life/spec.h"

/* Before PID 1 is made: listen for all of the list. */
int ds_forwarding_open(const struct ds_spec *spec, struct ds_undo *undo);

/* In PID 1. */
int ds_forwarding_show(const struct ds_spec *spec, int root_fd);

/* Make it what this list says, with connections of those that stay going on. */
int ds_forwarding_change(const char *list);

void ds_forwarding_close(void);

#endif
