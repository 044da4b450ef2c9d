/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_LIFE_DETACH_H
#define DS_LIFE_DETACH_H

/* detach - becoming a process of nobody's session that holds nothing but its own: a terminal, a
 * directory or a pipe of the caller's would stay busy as long as it runs. */

/* In a fresh child: a session of its own, "/" as directory, /dev/null as stdio, umask 022. The fds
 * kept (-1 = none) move to 3 and up, close-on-exec; every other one is closed. */
int ds_detach(int *const kept[], int count);

#endif
