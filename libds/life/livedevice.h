/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_LIFE_LIVEDEVICE_H
#define DS_LIFE_LIVEDEVICE_H

/* livedevice - devices of a running container, added and removed.
 *
 * They are noted in its record, under the key devices as those of the start: so they last until the
 * guest's end or reboot. The guest's /dev is reached by descriptors, and no link leads out of it. */

#include "libds/kernel/devpolicy.h"
#include "libds/life/device.h"
#include "libds/life/find.h"

/* Its list of devices now. */
const char *ds_livedevice_list(const struct ds_container *container);

/* What enforces its policy: "bpf", "v1" or "none". */
const char *ds_livedevice_policy(const struct ds_container *container);

/* Enforce what its record says now, where it has a policy. */
int ds_livedevice_enforce(const struct ds_container *container);

/* Make the node and allow it, or change its access; item is its text. "" removes it: the node goes unless the
 * guest has it anyhow, and what has it open keeps it; exit 3 when it is none of the list. The caller holds
 * the lock of the container, which runs. */
int ds_livedevice_change(struct ds_container *container, const struct ds_device *device,
			 const char *item);

#endif
