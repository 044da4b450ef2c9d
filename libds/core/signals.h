/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_CORE_SIGNALS_H
#define DS_CORE_SIGNALS_H

/* signals - signals as something to wait for. */

#include <stddef.h>

/* A signalfd(2), close-on-exec and non-blocking, of those in taken, which are blocked from then on. What
 * our caller ignores, as nohup(1) does or a script for its background jobs, stays out: a signalfd would
 * get it all the same. */
int ds_signals_open(const int *taken, size_t count);

/* As a program expects them that is executed: each at its default, none blocked. */
void ds_signals_reset(void);

/* The number of "TERM", "SIGTERM" or "15"; -EINVAL otherwise; quiet. */
int ds_try_signal(const char *name);

#endif
