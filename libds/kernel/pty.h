/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_KERNEL_PTY_H
#define DS_KERNEL_PTY_H

/* pty - pseudo-terminals of the guest, their masters on the host's side.
 *
 * The console and the ttys are the first of the guest's own devpts, made while PID 1 boots: it knows its
 * console as /dev/pts/0 and ttyN as /dev/pts/N, /dev/console and /dev/ttyN are links to them, and tty(1),
 * ps(1) and systemd 258 and newer are content (facts.md, section 1). PID 1 hands the masters to the
 * monitor through a socket. Nothing of the host's devpts is used; the host needs none. */

#include <stdbool.h>
#include <sys/types.h>

#include "gen/config.h"

#define DS_TTYS_MAX 6
#define DS_PTYS_MAX (CFG_TTYS ? 1 + DS_TTYS_MAX : 1)

/* The masters: number 0 is the console, number N ttyN. All zeros: none is open. */
struct ds_ptys {
	int count;
	int master_fds[DS_PTYS_MAX]; /* non-blocking */
};

void ds_ptys_close(struct ds_ptys *ptys);

/* In PID 1, /dev mounted and the host's still in place: mount the guest's devpts, make the console and
 * that many ttys, 24 rows by 80 columns until someone looks at them, and send their masters, one with
 * each message. The console gets its place in /dev, and with_ttys the ttys get theirs. dev_fd is the
 * root of the guest's /dev. */
int ds_ptys_make(int dev_fd, int ttys, bool with_ttys, int socket_fd);

/* In the monitor: wait for as many, into ptys, where none is open; an error when PID 1 has ended first. */
int ds_ptys_receive(struct ds_ptys *ptys, int ttys, int socket_fd);

/* What systemd's container interface has in container_ttys: "pts/1 pts/2". */
#define DS_CONTAINER_TTYS_MAX (DS_TTYS_MAX * 16)
void ds_ptys_names(int ttys, char names[DS_CONTAINER_TTYS_MAX]);

/* Inside the guest (root is the guest's /): a new pty from the guest's own /dev/pts, proven to be a
 * devpts since guest root can mount what it likes there. Returns the master; the slave is opened
 * through it, not by name (TIOCGPTPEER, Linux 4.13, else by number in the verified devpts), and
 * given to uid. */
int ds_pty_open_in_guest(uid_t uid, int *slave_fd);

/* Make slave_fd the calling session leader's controlling terminal and its stdio. */
int ds_pty_become_stdio(int slave_fd);

#endif
