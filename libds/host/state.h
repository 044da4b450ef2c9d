/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_HOST_STATE_H
#define DS_HOST_STATE_H

/* state - the host's record of a running container, and the lock on its life.
 *
 * The record is a key=value file that root owns. It begins with the keys below; the container's
 * settings as they were at start follow. Whoever finds a record asks ds_proc_is_alive() before
 * believing that anything runs.
 *
 * The lock is an flock(2), so it dies with its holder. It covers changes (start, stop, repair),
 * not the container's life. Its file is removed on release. */

#include <stdbool.h>

#include "libds/core/conf.h"
#include "libds/host/proc.h"
#include "libds/host/workspace.h"

struct ds_state {
	char name[DS_NAME_MAX + 1];
	struct ds_proc_id init;    /* PID 1 of the guest */
	struct ds_proc_id monitor; /* pid 0 = the record was made without one */
	long long started;         /* unix seconds */
	struct ds_conf conf;       /* every line of the record, settings included */
};

#define auto_state __attribute__((cleanup(ds_state_free))) struct ds_state

void ds_state_free(struct ds_state *state);

/* Write the record and the pid file (Pids/NAME.pid, and pidfile if not ""). */
int ds_state_save(struct ds_state *state, const char *pidfile);

/* Read a record from an open or named file. -ENOENT (quiet) when there is none; a malformed one is
 * an error that is recorded. */
int ds_try_state_load(const char *name, struct ds_state *state);

/* Parse a record's text. */
int ds_state_parse(const char *text, struct ds_state *state);

/* Take the lock, waiting if wait is set; the fd, or -EWOULDBLOCK refused with exit 4. */
int ds_state_lock(const char *name, bool wait);

/* Release it. The caller's fd is closed and set to -1. */
void ds_state_unlock(const char *name, int *lock_fd);

#endif
