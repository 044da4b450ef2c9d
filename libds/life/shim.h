/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_LIFE_SHIM_H
#define DS_LIFE_SHIM_H

/* shim - PID 1 of a container that has no init: starts what is to run, reaps, passes signals on, and ends
 * with what it ran (docs/init-shim.md).
 *
 * As a guest's init it knows by which signals and by which request in /run/initctl other inits are asked to
 * power off or reboot. A signal from within the guest is told from one of the host's: the kernel shows a
 * sender in an outer PID namespace as 0. */

#include <stdbool.h>
#include <stdint.h>

#include "libds/core/watch.h"

#define DS_SHIM_SERVICES "/etc/ds-init"

struct ds_shim {
	char **command;       /* with its arguments, NULL behind them; NULL = none */
	const char *services; /* the directory that describes them; NULL = none */
	int grace_s;          /* seconds between the request to end and SIGKILL */
	bool group;   /* the command's process group gets its signals, not the command alone */
	bool is_init; /* is asked to stop in any init's language; else all goes to the command */
	uint8_t forgiven[256 / 8];    /* bits: exit statuses of the command's that become 0 */
	const struct ds_watch *watch; /* hears of what fails */
	bool verbose;                 /* and of all that is done */
};

/* Until the end. The exit status, or an error recorded. A guest that is to reboot ends in here, where that
 * is allowed. */
int ds_shim_run(const struct ds_shim *shim);

/* Its words for a guest that is to run command (of words.h, may begin with options); NULL with an error
 * recorded. Nobody frees them: an exec follows. */
char **ds_shim_words(const char *command);

/* Start the agent that serves the guest's links with the host, where the host has one. Quiet. */
void ds_shim_start_agent(void);

#endif
