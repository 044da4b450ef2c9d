/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_HOST_AWAKE_H
#define DS_HOST_AWAKE_H

/* awake - what Android would end or put to sleep while nobody looks at the phone.
 *
 * From Android 12 on it counts the processes that apps have started, whoever they run as by now, and
 * kills those above max_phantom_processes, 32; from 12L on a switch of its own turns that off together
 * with the killing of what uses much CPU. Android 7 and newer doze, lightly and deeply, in which apps,
 * the terminal that a guest was started from among them, lose network and wake locks. */

#include "libds/host/undo.h"

/* Switch these off for holder, each a setting (host/setting.h): the last container that holds them gives
 * back what was there. Does nothing where Android does not run, and what its version does not know is
 * left out. One that fails keeps none of the others from being tried; the first error is told. */
int ds_awake_hold(struct ds_undo *undo, const char *holder);

#endif
