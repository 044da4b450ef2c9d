/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_HOST_IPV6_H
#define DS_HOST_IPV6_H

/* ipv6 - switching IPv6 on or off in the host's network while containers share it. */

#include <stdbool.h>

#include "libds/host/undo.h"

/* Hold net.ipv6.conf.*.disable_ipv6 for holder: of each interface, of those to come (default) and
 * of all. Replaying undo gives each its own former value back; an interface that came meanwhile
 * gets that of "all". Addresses that were set by hand are not brought back: the kernel removes
 * them with the switch.
 * Without IPv6 in the kernel, off is what it is already, and on is refused with exit 5. */
int ds_ipv6_switch(struct ds_undo *undo, const char *holder, bool enable);

#endif
