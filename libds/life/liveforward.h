/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_LIFE_LIVEFORWARD_H
#define DS_LIFE_LIVEFORWARD_H

/* liveforward - forwards of a running container, added and removed.
 *
 * They are noted in its record, under the key forwards as those of the start, and its monitor is told to
 * look there: so they last until the guest's end or reboot. The caller holds the lock of the container, which
 * runs. */

#include "libds/life/find.h"
#include "libds/life/forward.h"

/* item is the forward's text. Exit 2 when something has that destination already, 5 before Linux 5.2 where it
 * is in the guest. Nothing is left of one that fails. */
int ds_liveforward_add(struct ds_container *container, const struct ds_forward *forward,
		       const char *item);

/* Connections that go through it end. Of the forward only from_guest and target count. 1 when its socket
 * could not be taken out of the guest, with the reason recorded: nobody answers there. Exit 3 when there is
 * none. */
int ds_liveforward_remove(struct ds_container *container, const struct ds_forward *forward);

#endif
