/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_CORE_LOOP_H
#define DS_CORE_LOOP_H

/* loop - one epoll(7) instance, and who is told of what it sees. One loop a process. */

#include <stdint.h>
#include <sys/epoll.h>

/* Stays where it is from ds_loop_add() to ds_loop_remove(); the caller's in all else. */
struct ds_loop_entry {
	void (*take)(struct ds_loop_entry *entry, uint32_t events); /* EPOLLIN and so on */
	int fd;
};

int ds_loop_open(void);

/* events as of epoll_ctl(2). 0, or -1 with errno. */
int ds_loop_add(struct ds_loop_entry *entry, uint32_t events);
int ds_loop_change(struct ds_loop_entry *entry, uint32_t events);

/* Before its fd is closed: another process or fd may hold what it is of, and the kernel goes on then. */
void ds_loop_remove(struct ds_loop_entry *entry);

/* Wait until something comes, but no longer than ms (-1 = without end) nor beyond a signal, and hand one
 * event on. What it leads to may remove any entry. */
void ds_loop_step(int ms);

#endif
