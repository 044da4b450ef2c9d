/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_LIFE_SCAN_H
#define DS_LIFE_SCAN_H

/* scan - making the workspace tell the truth again.
 *
 * A record that was lost or damaged while its container runs is brought back from the monitor, which
 * keeps it and the journal open: a process of the host's root in our own PID namespace can be
 * trusted, a guest's files cannot. What is left of containers that died is undone by its journal. */

#include "libds/life/find.h"

enum ds_scan_did {
	DS_SCAN_RECOVERED, /* its record was brought back; it runs */
	DS_SCAN_CLEARED,   /* what it had left behind is undone */
	DS_SCAN_BUSY,      /* another command is at it right now: left alone */
	DS_SCAN_FAILED,    /* see ds_err_last() */
};

/* Look at every container and process; tell visit of each thing done, in no certain order. Returns
 * how many failed. */
int ds_scan(void (*visit)(const char *name, enum ds_scan_did did, void *ctx), void *ctx);

/* ds_container_look() under the container's lock: a lost or damaged record is brought back first, and
 * where no monitor has one any more the container counts as DS_LEFT. */
int ds_scan_look(struct ds_container *container, const char *name);

#endif
