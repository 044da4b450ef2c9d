/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_LIFE_RECORD_H
#define DS_LIFE_RECORD_H

/* record - the files that tell of a running container, written by its monitor. */

#include "libds/host/state.h"
#include "libds/host/undo.h"
#include "libds/kernel/cgroup.h"
#include "libds/life/monitor.h"

/* They are undone like everything else, and so is the socket of its terminals: one promise, which has to
 * be on disk, for all. */
int ds_record_promise(struct ds_undo *undo, const struct ds_spec *spec);

/* Write what *state, empty so far, is filled with. Returns an fd of the record, owned: while it is held
 * ds-scan can bring a lost record back. 0 = PID 1 is over already, and there is nothing to record. */
int ds_record_write(struct ds_state *state, const struct ds_monitor *monitor,
		    const struct ds_cgroup *cgroup, pid_t init_pid);

#endif
