/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_KERNEL_PTY_H
#define DS_KERNEL_PTY_H

/* pty - pseudo-terminals of the guest, their masters on the host's side.
 *
 * The console is made by the monitor before PID 1 exists. Where the kernel can make a mount that is
 * attached nowhere (5.2), that is the guest's own devpts: the guest then knows its console as
 * /dev/pts/0, /dev/console is a link to it, and tty(1), ps(1) and systemd 258 and newer are content
 * (facts.md, section 1). On older kernels it is a pty of the host bound over /dev/console, as LXC
 * does. */

#include <sys/types.h>

#define DS_PTY_NAME_MAX 32

struct ds_console {
	int master_fd;               /* non-blocking */
	int devpts_fd;               /* the guest's devpts, attached nowhere; -1 on older kernels */
	char slave[DS_PTY_NAME_MAX]; /* "pts/0" in the guest's /dev, or the host's "/dev/pts/7" */
};

#define auto_console __attribute__((cleanup(ds_console_close))) struct ds_console
#define DS_CONSOLE_CLOSED                                                                          \
	{                                                                                          \
		.master_fd = -1, .devpts_fd = -1                                                   \
	}

void ds_console_close(struct ds_console *console);

/* Allocate the console, 24 rows by 80 columns until someone looks at it. */
int ds_console_open(struct ds_console *console);

/* In PID 1, /dev mounted and the host's still in place: mount the guest's devpts and put the
 * console at its place. dev_fd is the root of the guest's /dev. */
int ds_console_attach(const struct ds_console *console, int dev_fd);

/* Inside the guest (root is the guest's /): a new pty from the guest's own /dev/pts, proven to be a
 * devpts since guest root can mount what it likes there. Returns the master; the slave is opened
 * through it, not by name (TIOCGPTPEER, Linux 4.13, else by number in the verified devpts), and
 * given to uid. */
int ds_pty_open_in_guest(uid_t uid, int *slave_fd);

/* Make slave_fd the calling session leader's controlling terminal and its stdio. */
int ds_pty_become_stdio(int slave_fd);

#endif
