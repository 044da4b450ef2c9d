/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_KERNEL_PTY_H
#define DS_KERNEL_PTY_H

/* pty - pseudo-terminals of the guest, their masters on the host's side.
 *
 * The console and the ttys are made by the monitor before PID 1 exists. Where the kernel can make a
 * mount that is attached nowhere (5.2), they are of the guest's own devpts: the guest then knows its
 * console as /dev/pts/0 and ttyN as /dev/pts/N, /dev/console and /dev/ttyN are links to them, and
 * tty(1), ps(1) and systemd 258 and newer are content (facts.md, section 1). On older kernels they
 * are ptys of the host bound over /dev/console and /dev/ttyN, as LXC does, and have no names in the
 * guest's devpts. */

#include <stdbool.h>
#include <sys/types.h>

#include "gen/config.h"

#define DS_TTYS_MAX 6
#define DS_PTYS_MAX (CFG_TTYS ? 1 + DS_TTYS_MAX : 1)

/* Number 0 is the console, number N ttyN. */
struct ds_ptys {
	int count;                   /* 0 = none is open */
	int master_fds[DS_PTYS_MAX]; /* non-blocking */
	int devpts_fd;               /* the guest's devpts, attached nowhere; -1 on older kernels */
	int numbers[DS_PTYS_MAX];    /* the slaves: pts/N in the guest's /dev, or in the host's */
};

#define DS_PTYS_CLOSED                                                                             \
	{                                                                                          \
		.devpts_fd = -1                                                                    \
	}

void ds_ptys_close(struct ds_ptys *ptys);

/* Allocate the console and that many ttys, 24 rows by 80 columns until someone looks at them. */
int ds_ptys_open(struct ds_ptys *ptys, int ttys);

/* In PID 1, /dev mounted and the host's still in place: mount the guest's devpts and put the console
 * at its place, and with_ttys the ttys. dev_fd is the root of the guest's /dev. */
int ds_ptys_attach(const struct ds_ptys *ptys, int dev_fd, bool with_ttys);

/* What systemd's container interface has in container_ttys: "pts/1 pts/2", or "" where the guest has
 * no names for them. */
#define DS_CONTAINER_TTYS_MAX (DS_TTYS_MAX * 16)
void ds_ptys_names(const struct ds_ptys *ptys, char names[DS_CONTAINER_TTYS_MAX]);

/* Inside the guest (root is the guest's /): a new pty from the guest's own /dev/pts, proven to be a
 * devpts since guest root can mount what it likes there. Returns the master; the slave is opened
 * through it, not by name (TIOCGPTPEER, Linux 4.13, else by number in the verified devpts), and
 * given to uid. */
int ds_pty_open_in_guest(uid_t uid, int *slave_fd);

/* Make slave_fd the calling session leader's controlling terminal and its stdio. */
int ds_pty_become_stdio(int slave_fd);

#endif
