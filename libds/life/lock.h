/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_LIFE_LOCK_H
#define DS_LIFE_LOCK_H

/* lock - the steps of a boot that put a locked guest into a user namespace (boot.h tells how). Of one that
 * is not to be locked they do nothing. */

#include "libds/life/boot.h"
#include "libds/life/spec.h"

/* Make PID 1; in it, this returns when the mounts are made, with boot->is_init. */
int ds_lock_divide(struct ds_boot *boot);

/* PID 1 takes the mounts; of the other process this is the end. */
int ds_lock_mounts(struct ds_boot *boot);

/* The monitor's end of ds_lock_divide: which process PID 1 is. It comes at once. */
int ds_lock_receive(const struct ds_spec *spec, int init_fd, pid_t *pid);

#endif
