/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_LIFE_STOP_H
#define DS_LIFE_STOP_H

/* stop - ending a container: its init asked in its own language, then killed. */

#include "libds/life/find.h"

#define DS_STOP_TIMEOUT 8  /* seconds of grace unless the user says otherwise */
#define DS_STOP_FOREVER -1 /* wait as long as it takes */

/* One shutdown in progress, stepped by whoever owns the event loop. */
struct ds_stopping {
	const struct ds_proc_id *init;
	int pidfd;          /* of init, or -1 */
	long long deadline; /* CLOCK_MONOTONIC ms; -1 = never */
	bool asked, killed, in_vain;
};

void ds_stopping_begin(struct ds_stopping *stopping, const struct ds_proc_id *init, int pidfd,
		       int timeout_s);

/* Ask, ask again, or kill, whatever is due. Returns the milliseconds after which it wants to be
 * called again at the latest, -1 = only wait for init's end. */
int ds_stopping_step(struct ds_stopping *stopping);

enum ds_stop_how {
	DS_STOP_CLEAN,  /* it shut down itself */
	DS_STOP_KILLED, /* the time was up */
	DS_STOP_DEAF,   /* it could not be asked, and was killed at once */
};

/* Stop a container and wait until everything of it is undone; the caller holds its lock. Returns
 * enum ds_stop_how; exit 4 when it does not run (what was left of it is cleared away). With keep_rootfs
 * a rootfs that had to be acquired stays so, for a start under the same lock (life/start.h). */
int ds_stop(const char *name, int timeout_s, bool keep_rootfs);

#endif
