/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_LIFE_RELAY_H
#define DS_LIFE_RELAY_H

/* relay - the caller's stdio on one side, the guest's pty or pipes on the other. */

#include "libds/life/attach.h"

/* Relay for a command until it ends: bytes both ways, window size, end of file, closed pipes;
 * SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1 and SIGUSR2 go to its process group, and SIGTSTP stops
 * both; what the caller ignores stays ignored. Output that it wrote before its end is delivered, until
 * one more of those signals; what it left running in the background is not waited for.
 * Returns its exit status, 128 + N if a signal ended it. Owns and closes attached's fds. */
int ds_relay_command(struct ds_attached *attached);

#endif
