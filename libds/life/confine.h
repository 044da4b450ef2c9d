/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_LIFE_CONFINE_H
#define DS_LIFE_CONFINE_H

/* confine - capabilities and system calls, as a container's settings say; the same for PID 1 and for what
 * enters, for both go by the host's record. */

#include "libds/life/spec.h"

/* Confine the calling thread, and let go of its caller's personality. The last thing before it becomes
 * somebody else or executes. */
int ds_confine(const struct ds_spec *spec);

#endif
