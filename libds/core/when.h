/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_CORE_WHEN_H
#define DS_CORE_WHEN_H

/* when - points in time as people write them. */

#include <time.h>

/* "90s", "10m", "2h" or "3d" before now; "@SECONDS" since 1970; "YYYY-MM-DD", "HH:MM" of today, or both
 * with a blank or T between, seconds if wanted; "today", "yesterday". Local time. -EINVAL otherwise;
 * quiet. */
int ds_try_when(const char *text, time_t now, time_t *when);

#endif
