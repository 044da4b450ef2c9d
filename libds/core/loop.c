// SPDX-License-Identifier: GPL-3.0-or-later
/* loop - see loop.h. */
#include "libds/core/loop.h"

#include <stddef.h>

#include "libds/core/err.h"

static int epoll_fd = -1;

static int control(int what, struct ds_loop_entry *entry, uint32_t events)
{
	struct epoll_event event = {.events = events, .data.ptr = entry};

	return epoll_ctl(epoll_fd, what, entry->fd, &event);
}

int ds_loop_open(void)
{
	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	return epoll_fd < 0 ? ds_fail("wait for events") : 0;
}

int ds_loop_add(struct ds_loop_entry *entry, uint32_t events)
{
	return control(EPOLL_CTL_ADD, entry, events);
}

int ds_loop_change(struct ds_loop_entry *entry, uint32_t events)
{
	return control(EPOLL_CTL_MOD, entry, events);
}

void ds_loop_remove(struct ds_loop_entry *entry)
{
	control(EPOLL_CTL_DEL, entry, 0);
}

void ds_loop_step(int ms)
{
	struct epoll_event event;
	struct ds_loop_entry *entry;

	/* One at a time: what the first leads to may end what a second is of. */
	if (epoll_wait(epoll_fd, &event, 1, ms) < 1)
		return;
	entry = event.data.ptr;
	entry->take(entry, event.events);
}
