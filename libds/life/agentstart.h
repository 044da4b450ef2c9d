/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_LIFE_AGENTSTART_H
#define DS_LIFE_AGENTSTART_H

/* agentstart - how a guest's agent (applets/guest.c) comes to run.
 *
 * systemd starts it by a unit in its /run. Of other inits none has a place for services that is not in the
 * guest's own files, where we leave nothing: there it is ds-init-shim or "ds-guest --entry" that does. */

#include <stdbool.h>

/* Behind ds_guestbin_install(): the link ds-guest and, for systemd, the unit. */
int ds_agentstart_write(int root_fd, bool is_systemd);

#endif
