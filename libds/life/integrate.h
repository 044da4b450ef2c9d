/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_LIFE_INTEGRATE_H
#define DS_LIFE_INTEGRATE_H

/* integrate - the guest's programs on the host's desktop: the socket DS_LINK_SOCKET (link/wire.h) of a
 * container that says --integrate, and who on the host does what comes by it (link/policy.h).
 *
 * Anyone in the guest may connect, like its desktop's user: it is one container's own socket, and the
 * host decides by container. */

#include "libds/host/undo.h"
#include "libds/life/spec.h"

/* For life/links.h: listen, show it, say that the container stops, be done with it. */
int ds_integrate_open(const struct ds_spec *spec, struct ds_undo *undo);
int ds_integrate_show(const struct ds_spec *spec, int root_fd);
void ds_integrate_stop(void);
void ds_integrate_close(void);

#endif
