/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_LIFE_FLOW_H
#define DS_LIFE_FLOW_H

/* flow - bytes from one file to another, as fast as the slower of the two takes them.
 *
 * A flow waits in an epoll(7) set for one of its files at a time: for input while it holds nothing,
 * else for room, so that whoever writes too fast is held back and nothing is lost. splice(2) moves
 * what goes through a pipe. No call of it waits, but for a caller's file that others may read or that
 * cannot be opened again. */

#include <stdbool.h>
#include <stddef.h>

#define DS_FLOW_CHUNK 65536

struct ds_flow {
	int from, to; /* -1 once it has ended */
	bool from_is_callers, is_from_terminal;
	bool to_blocks; /* write no more than there is room for when epoll says so */
	bool copies;    /* splice does not serve these files */
	bool full;      /* splice found no room */
	bool over;      /* no more input: ends when all is written */
	bool broken;    /* ended because the reader is gone */
	bool draining;  /* of input, only what is on its way already */
	int awaited;    /* the file of the two that is in the set, or -1 */
	size_t at, len; /* what of buf is to be written */
	long long left; /* while draining: how much may still come */
	char buf[DS_FLOW_CHUNK];
};

/* Between a file of ours, non-blocking and owned from now on, and the caller's fd 0, 1 or 2. The end
 * closes ours: a reader learns the end of input by that, a writer by SIGPIPE that nobody reads. */
void ds_flow_begin(struct ds_flow *flow, int from, int to);

bool ds_flow_has_ended(const struct ds_flow *flow);

/* Let the set (an epoll fd) wait for what it needs next, with data.ptr = flow. False if that needs no
 * waiting: epoll takes no regular file. */
bool ds_flow_await(struct ds_flow *flow, int epoll_fd);

/* What was awaited is there. */
void ds_flow_serve(struct ds_flow *flow, int epoll_fd);

/* Whoever writes has ended: bytes on their way still come, what others may go on to write does not. */
void ds_flow_drain(struct ds_flow *flow, int epoll_fd);

/* The caller's terminal may be ours again, or not any more (SIGCONT): look. */
void ds_flow_look_again(struct ds_flow *flow, int epoll_fd);

void ds_flow_end(struct ds_flow *flow, int epoll_fd);

#endif
