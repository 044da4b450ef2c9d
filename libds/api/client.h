/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_API_CLIENT_H
#define DS_API_CLIENT_H

/* client - the connections of the bridge, from being accepted to being closed; see server.h. */

#include <stdbool.h>
#include <sys/types.h>

#define DS_CLIENTS_MAX 512

int ds_clients_open(void);

/* Is there a place for no more? */
bool ds_clients_are_full(void);

/* One has come; fd is the client's from now on. One that is not allowed is told so, and no more. */
void ds_client_new(int fd, bool is_allowed);

/* A child has ended. */
void ds_clients_job_ended(pid_t pid, int wait_status);

/* Serve one whose turn it is, and drop those whose time is up. Returns the milliseconds after which to call
 * it again at the latest, -1 = not before something comes. */
int ds_clients_step(void);

#endif
