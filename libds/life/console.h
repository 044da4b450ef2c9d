/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_LIFE_CONSOLE_H
#define DS_LIFE_CONSOLE_H

/* console - the monitor's end of the guest's console: always drained, whoever looks or does not.
 *
 * A client that does not take its output for DS_CLIENT_PATIENCE_MS loses it from then until it
 * reads again: a guest that writes to its console never waits longer than that for a person. */

#include <stdbool.h>
#include <stddef.h>

#define DS_CLIENT_PATIENCE_MS 1000
#define DS_PUMP_SIZE 4096

struct ds_pump {
	int master_fd; /* non-blocking; not owned */
	int client_fd; /* SOCK_SEQPACKET, or -1; owned */
	size_t pending;
	bool stalled; /* the client's patience bound has passed */
	char buf[DS_PUMP_SIZE];
};

/* Send the client the console's master, so that it can write to it and size it. */
void ds_pump_introduce(struct ds_pump *pump);

/* Move what the guest has written; returns true if it waits for the client. */
bool ds_pump_run(struct ds_pump *pump);

/* The client's patience bound has passed: drop its output until it reads again. */
void ds_pump_give_up(struct ds_pump *pump);

#endif
