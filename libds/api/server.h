/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_API_SERVER_H
#define DS_API_SERVER_H

/* server - the daemon: one loop, no threads, and no client that it waits for.
 *
 * For a client it keeps what a request takes, and its answer as long as that is on its way. It has five
 * seconds for its request and half a minute to take the answer. 512 are served at a time, others wait to be
 * accepted; of those that may ask for nothing 32. All answers together take at most 5 MiB, 32 processes
 * start and stop containers; what is beyond that waits its turn. */

#include <sys/types.h>

/* Take the lock of the workspace's daemon, and listen. Exit 4 where there is one. */
int ds_server_open(void);

/* Note which process it is. */
void ds_server_is(pid_t pid);

/* In a fresh child: become a process of nobody's session; then ready_fd is closed. */
int ds_server_detach(int ready_fd);

/* Serve until SIGTERM, SIGINT or SIGHUP; then the socket's file is removed. */
int ds_server_run(void);

#endif
