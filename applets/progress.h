/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APPLET_PROGRESS_H
#define DS_APPLET_PROGRESS_H

/* progress - what libds tells of long work (core/watch.h), for a person
 *
 * How far it has come is one line on stderr, written over again and again and gone when the work has
 * ended; only where stderr is a terminal. Notes are lines of their own. */

#include "libds/core/watch.h"

/* Both; notes are "ds-mkimg: TEXT". */
extern const struct ds_watch progress_watch;

/* Its halves, for a watch whose notes are to look otherwise: such a one clears the line first. */
void progress_show(const struct ds_watch *watch, const char *what, uint64_t done, uint64_t total);
void progress_clear(void);

#endif
