/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_LIFE_START_H
#define DS_LIFE_START_H

/* start - from settings to a running guest. */

#include <stdbool.h>
#include <sys/types.h>

#include "libds/core/watch.h"
#include "libds/life/spec.h"

struct ds_started {
	pid_t monitor_pid; /* a child of the caller */
	int client_fd;     /* the attached console if asked for (console.h, monitor.h), else -1 */
};

struct ds_starting {
	int lock_fd;      /* of the container; the caller holds it, and keeps it */
	bool attach;      /* to its console */
	bool again;       /* it was stopped for that */
	bool kept_rootfs; /* ds_stop() was told to keep it */
	const struct ds_watch *watch;
};

/* Start the container. Everything that can be checked is checked before anything is touched; the
 * settings get a uuid if they have none and are saved. Returns once the guest's init has been exec'd, or
 * with the reason why not, host and stored settings being as they were. Exit 4 when it is running
 * already or its rootfs is in use by another container. */
int ds_start(struct ds_spec *spec, const struct ds_starting *how, struct ds_started *started);

/* Everything of that which can be checked while the container still runs. *can_keep: what it runs from
 * is what it is to run from, and need not be given up in between (life/stop.h). */
int ds_start_check(const struct ds_spec *spec, bool *can_keep);

/* Give spec a name made from its rootfs' os-release ("debian-12"), with -1, -2 ... when another
 * container has it. A container that has this rootfs already keeps its name. */
int ds_start_choose_name(struct ds_spec *spec);

#endif
