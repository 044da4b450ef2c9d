/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_LINK_FLOW_H
#define DS_LINK_FLOW_H

/* flow - one direction between two connected UNIX sockets: what was read at one and the other has not taken.
 *
 * At most one piece waits. Large ones are spliced where the kernel tells that no descriptors come with them,
 * which it would lose. */

#include <stdbool.h>
#include <stddef.h>

#define DS_FLOW_MESSAGE ((size_t)256 << 10) /* of SOCK_SEQPACKET at most, bytes */

enum {
	DS_FLOW_NO_FDS = 1,    /* descriptors are closed, not passed on */
	DS_FLOW_SEQPACKET = 2, /* the sockets are not SOCK_STREAM */
};

struct ds_parcel;

struct ds_flow {
	int from_fd, to_fd; /* not owned, non-blocking */
	unsigned flags;
	struct ds_parcel *parcel; /* what waits; or */
	int pipe_fds[2];          /* -1, or with that many bytes */
	size_t piped;
};

/* Before the first, and when there is none any more: memory that all share. -errno, quiet. */
int ds_flow_prepare(void);
void ds_flow_rest(void);

/* Move one piece: more than 0 when something was moved, more than 1 if there may be more of it; 0 at the end;
 * -EAGAIN when nothing is there, or the other takes no more, and then something waits; or -errno. */
int ds_flow_move(struct ds_flow *flow);

static inline bool ds_flow_waits(const struct ds_flow *flow)
{
	return flow->parcel || flow->piped;
}

/* What waits is not wanted any more. */
void ds_flow_drop(struct ds_flow *flow);

/* Bytes that wait in all of them. */
size_t ds_flow_backlog(void);

#endif
