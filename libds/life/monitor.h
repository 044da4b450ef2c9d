/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_LIFE_MONITOR_H
#define DS_LIFE_MONITOR_H

/* monitor - the one process of the host's that lives as long as the guest.
 *
 * It stays in the host's namespaces, is PID 1's parent, drains the terminals, waits for PID 1, starts
 * it again when the guest reboots, and replays the journal when it halts. It has no memory beyond
 * its settings and one buffer. */

#include <sys/types.h>

#include "libds/life/boot.h"
#include "libds/life/env.h"

#define DS_MONITOR_COMM "[ds-monitor]" /* by which ds-scan finds it (with its other marks) */

struct ds_monitor {
	struct ds_spec *spec;
	struct ds_rootfs rootfs;
	bool adopt_rootfs; /* a stopped life of it left its rootfs acquired for this one */
	bool again;        /* what comes is a restart */
	struct ds_env *env;
	/* Written by PID 1 (boot.h) or, when it comes not so far, by the monitor; EOF after PID 1 has
	 * exec'd and the record is written. */
	int status_fd;
	int client_fd; /* who sits at the console from its first byte on (seat.h), or -1 */
	/* The container's lock, ds-start's own or -1: held until the record is written, so that nobody
	 * else starts it when ds-start is killed in the meantime. */
	int lock_fd;
};

/* Runs in a fresh child of ds-start; does not return. Its exit status is the guest's: 0 for a halt,
 * the status of an init that exits, 128 + N for a signal. */
void ds_monitor_run(struct ds_monitor *monitor) __attribute__((noreturn));

#endif
