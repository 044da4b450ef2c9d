/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_LIFE_RELAY_H
#define DS_LIFE_RELAY_H

/* relay - the caller's stdio on one side, the guest's pty, pipes or console on the other. */

#include "libds/life/attach.h"

#define DS_DETACH_KEY 0x1d /* Ctrl-] on the console: leave, the guest runs on */

/* Relay for a command until it ends: bytes both ways, window size, end of file, closed pipes;
 * SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1 and SIGUSR2 go to its process group. Output that it
 * wrote before its end is delivered; what it left running in the background is not waited for.
 * Returns its exit status, 128 + N if a signal ended it. Owns and closes attached's fds. */
int ds_relay_command(struct ds_attached *attached);

/* Ask the monitor of that container for a place at its terminal; the connection, owned. */
int ds_seat_take(const char *name, int terminal);

/* Relay for the console at client_fd (see seat.h; owned) until the guest halts or the person
 * leaves it. SIGTERM and SIGINT ask the monitor to stop the guest. Returns the guest's exit status,
 * 0 when left. */
int ds_relay_console(int client_fd, pid_t monitor_pid);

#endif
