/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_LIFE_HANDOVER_H
#define DS_LIFE_HANDOVER_H

/* handover - which of the caller's fds 0 to 2 a command in the guest may have, and what stands for the
 * others. */

/* Before anything is opened: a caller may have closed some of its stdio, and nothing else may get
 * their numbers. */
void ds_handover_begin(void);

/* Decide for each of the caller's fds 0 to 2: theirs[] is what the command gets; ours[], which begin
 * as -1, our end of a pipe that stands for it, owned. */
int ds_handover(int theirs[3], int ours[3]);

#endif
