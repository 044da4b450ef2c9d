/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_LIFE_INIT_H
#define DS_LIFE_INIT_H

/* init - what a guest's PID 1 is, and how to ask it to shut down.
 *
 * It is told by what the process is, as the host's kernel shows it, never by the distribution:
 * Alpine and Gentoo may run OpenRC under another PID 1. The guest can lie about it; all it gains is
 * to be asked in the wrong language and killed when its time is up. */

#include <stdint.h>

#include "libds/host/proc.h"

enum ds_init {
	DS_INIT_OTHER, /* a program of the user's own */
	DS_INIT_SYSTEMD,
	DS_INIT_OPENRC,
	DS_INIT_SYSVINIT,
	DS_INIT_BUSYBOX,
	DS_INIT_RUNIT,
	DS_INIT_PROCD,
	DS_INIT_S6,
	DS_INIT_SHIM,
};

enum ds_init ds_init_detect(pid_t pid);

/* "systemd", "openrc-init" ...; "other" for a program of the user's own. */
const char *ds_init_name(enum ds_init init);

enum ds_ask {
	DS_ASKED,       /* it was told, and can be waited for */
	DS_ASK_LATER,   /* it is still coming up and would lose the request: ask again */
	DS_ASK_IN_VAIN, /* it has no way to be asked */
};

/* Ask PID 1 to power the guest off. One of enum ds_ask, or -errno recorded. */
int ds_init_ask_poweroff(const struct ds_proc_id *id, int pidfd);

/* The request of initctl(5) that telinit(8) sends. */
#define DS_INITCTL_MAGIC 0x03091969
#define DS_INITCTL_RUNLEVEL 1

struct ds_initctl {
	int32_t magic, cmd, runlevel, sleeptime;
	char data[368];
};

#endif
