/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_API_BRIDGE_H
#define DS_API_BRIDGE_H

/* bridge - where the daemon and its clients meet. */

#include <stdbool.h>

/* The socket in the workspace, for root alone. Listening, non-blocking, close-on-exec. What is there is
 * removed. */
int ds_bridge_listen(void);
void ds_bridge_unlink(void);

/* The abstract one of this network namespace, for whoever shares it. Exit 4 if somebody has it. */
int ds_bridge_listen_abstract(void);

/* May who connected at fd ask for anything? Root, or the user that the daemon is, and in its PID namespace: a
 * guest on the host's network has its own root and the abstract socket, too. One that ended since may not.
 * Before Linux 6.5 (SO_PEERPIDFD) that is told by its pid alone, as it is now. */
bool ds_bridge_is_allowed(int fd);

/* Does a daemon answer in that workspace (NULL: the default one)? Waits no longer than a second; quiet. */
bool ds_bridge_answers(const char *workspace);

#endif
