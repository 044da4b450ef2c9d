/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_LINK_BRIDGE_H
#define DS_LINK_BRIDGE_H

/* bridge - what two connected UNIX sockets say to each other, carried by the process's loop.
 *
 * An end of file is passed on as one, and the other direction goes on; who closes is followed when all that
 * he said has arrived. What one side does not take waits, and the other is not read meanwhile: at most one
 * piece a direction, DS_BRIDGE_BACKLOG bytes of all directions together, from where on nobody is read whose
 * other side takes nothing. File descriptors go along (SCM_RIGHTS), credentials do not: each side sees this
 * process. Memory and files are those of the connections there are. */

#include <stddef.h>

#include "libds/link/flow.h"

#define DS_BRIDGES_MAX 1024
#define DS_BRIDGE_BACKLOG ((size_t)8 << 20)
/* Both owned and non-blocking. flags as of flow.h; owner, not NULL, is for ds_bridge_end(). 0, or -errno,
 * quiet, both closed. */
int ds_bridge_begin(int first_fd, int second_fd, unsigned flags, const void *owner);

/* End those of that owner, all for NULL. */
void ds_bridge_end(const void *owner);

/* How many there are, of that owner or all. */
int ds_bridge_count(const void *owner);

/* To be called when one has ended; may be NULL. */
extern void (*ds_bridge_ended)(void);

#endif
