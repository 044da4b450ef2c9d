/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_LINK_HOSTEXEC_H
#define DS_LINK_HOSTEXEC_H

/* hostexec - a command of the host's as if it were one of the guest's. This runs in the guest.
 *
 * Standard input, output and error go to and fro as they come, byte for byte; who does not read them holds
 * the command up, and so does a host that does not read. Signals that would end a command go to it, but for
 * those that our caller ignores. */

#include "libds/link/guestlink.h"

#define DS_HOSTEXEC_REFUSED 126
#define DS_HOSTEXEC_LOST 255 /* as ssh(1) */

/* Have the host run argv and become what it ends with, 0 to 255. On an error the exit status of the record
 * is 126 if the host refused, 255 if the link broke. */
int ds_hostexec(struct ds_guestlink *link, char **argv);

#endif
