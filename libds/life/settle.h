/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_LIFE_SETTLE_H
#define DS_LIFE_SETTLE_H

/* settle - clearing away what a container that ended has left behind. */

#include "libds/host/undo.h"
#include "libds/life/find.h"

/* Every verb that a container's journal may hold. */
extern const struct ds_undo_verb ds_life_verbs[];

/* Signals that the monitor takes from us. */
#define DS_MONITOR_NO_RESTART SIGUSR1 /* its container is being stopped: a reboot now ends it */
#define DS_MONITOR_KEEP SIGUSR2 /* leave the rootfs acquired, and in the journal, at the end */
#define DS_MONITOR_STOP SIGTERM /* stop the container as ds-stop would, then end */

/* Bring a container whose PID 1 is gone to the state stopped; the caller holds its lock. Its
 * monitor, if it lives, is told not to restart the guest and waited for; then the journal is
 * replayed and the record removed. Nothing to do is success. With keep_rootfs what the next start of it
 * can go on with stays acquired, and in the journal (life/rootfs.h). */
int ds_settle(const struct ds_container *container, bool keep_rootfs);

#endif
