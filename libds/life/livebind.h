/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_LIFE_LIVEBIND_H
#define DS_LIFE_LIVEBIND_H

/* livebind - binds of a running container, added and removed.
 *
 * They are noted in its record: those added under the key live_binds, those removed that came with the
 * start by dropping them from bind_mounts there. So they last until the guest's end or reboot, and
 * nothing is ever unmounted that is not a bind of ours. A mount that is noted and not there (a guest may
 * unmount what it likes) is no error. */

#include <stdbool.h>

#include "libds/life/bind.h"
#include "libds/life/find.h"

/* The binds that were added while it runs, as a list. */
const char *ds_livebind_list(const struct ds_container *container);

/* Does the guest's PID 1 see the bind's source at its target? */
bool ds_livebind_is_mounted(const struct ds_container *container, const struct ds_bind *bind);

/* Mount it; the caller holds the lock of the container, which runs. Exit 4 when there is a bind on
 * the target, 5 before Linux 5.2. */
int ds_livebind_add(struct ds_container *container, const struct ds_bind *bind);

/* Unmount the bind on that path of the guest; the caller holds the lock. Processes that use it keep it
 * until they let go. 1 when it was not mounted any more; exit 3 when there is no such bind, 1 when
 * what is there is not what its source is now: a guest mounts what it likes, and a start goes on
 * without a bind. */
int ds_livebind_remove(struct ds_container *container, const char *target);

/* Mount or unmount what is noted elsewhere, as above. */
int ds_livebind_attach(const struct ds_container *container, const struct ds_bind *bind);
int ds_livebind_detach(const struct ds_container *container, const struct ds_bind *bind);

#endif
