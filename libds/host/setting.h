/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_HOST_SETTING_H
#define DS_HOST_SETTING_H

/* setting - values of the host (sysctl files, and what Android keeps behind its commands) that are changed
 * because containers ask for it.
 *
 * Several containers may want the same value: each is a holder, and when the last one lets go the
 * file gets back what it held before the first came. Who holds what stands in the workspace, in
 * Host/<path, other bytes than letters, digits, '.', '_' and '-' as %XX>:
 *
 *	boot id, value before, value wanted, holders: a line each
 *
 * No sysctl survives a boot, so a file of another boot counts as none and is not synced. One
 * flock(2) on Host/ covers all of them.
 *
 * A path that does not begin with '/' is one of Android's (androidcmd.h). Most of these survive a boot:
 * their promise and their file do, too. What Android does not take back, because its service is down
 * or the phone is in recovery, is owed: the file stays, with no holder in it, and whoever holds the
 * setting next gives back what was there, unless it was set anew. So it is never in the way of a stop or
 * a start. */

#include <stdbool.h>

#include "libds/host/undo.h"

#define DS_SETTING_VERB "setting"           /* its arguments: path, value, holder */
#define DS_SETTING_KEPT_VERB "kept-setting" /* the same for what survives a boot */
#define DS_SETTING_MAX 1024                 /* bytes of a value */

/* Set the file or Android's setting at path to value (one line, written without its newline) for
 * holder, until the promise made in undo is replayed. Refused with exit 4, naming the other holder,
 * where another value is held. A value that is there already is held too, so that no one takes it away. */
int ds_setting_hold(struct ds_undo *undo, const char *holder, const char *path, const char *value);

/* Does anyone hold it on this boot? Quiet; no lock, so only a hint while others start and stop. */
bool ds_setting_is_held(const char *path);

/* What both verbs do, DS_SETTING_VERB not for journals of other boots. A setting that holder does not
 * hold, or whose file is gone (an interface that was removed), is success. */
int ds_setting_release(const char *const args[DS_UNDO_ARGS]);

#endif
