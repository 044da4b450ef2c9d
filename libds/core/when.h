/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_CORE_WHEN_H
#define DS_CORE_WHEN_H

/* when - points in time as people write them. */

#include <stdbool.h>
#include <time.h>

/* "90s", "10m", "2h" or "3d" before now; "@SECONDS" since 1970; "YYYY-MM-DD", "HH:MM" of today, or both
 * with a blank or T between, seconds if wanted; "today", "yesterday". Local time. -EINVAL otherwise;
 * quiet. */
int ds_try_when(const char *text, time_t now, time_t *when);

#define DS_WHEN_MAX 80 /* bytes; what gcc believes that years may need */

/* The other way, after ISO 8601: "2026-11-25T18:00:00Z", or the local time with its distance from UTC,
 * "2026-11-25T19:00:00+0100". "" if there is no such time. Returns text. */
const char *ds_when_text(char text[DS_WHEN_MAX], time_t when, bool local);

#endif
