/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_LIFE_HOLDS_H
#define DS_LIFE_HOLDS_H

/* holds - the settings of the host that a container holds while it runs, each promised in its journal.
 *
 * Their errors fail the start where the user asked for them and they cannot be had, and are warnings down
 * status_fd (boot.h) where the guest does without. */

#include "libds/host/undo.h"
#include "libds/life/spec.h"

/* For all lives of the guest, from its start to its halt. */
int ds_holds_life(const struct ds_spec *spec, struct ds_undo *undo, int status_fd);

/* For one boot of it, whose root is at rootfs. */
int ds_holds_boot(const struct ds_spec *spec, struct ds_undo *undo, const char *rootfs,
		  int status_fd);

/* The guest is to stop for good. */
void ds_holds_stop(void);

/* This life of the guest is over. */
void ds_holds_end(void);

#endif
