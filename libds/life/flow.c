// SPDX-License-Identifier: GPL-3.0-or-later
/* flow - see flow.h. */
#include "libds/life/flow.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libds/core/auto.h"
#include "libds/core/term.h"

#define SPLICE_CHUNK (1 << 20)

void ds_flow_begin(struct ds_flow *flow, int from, int to)
{
	struct stat st;

	*flow = (struct ds_flow){.from = from, .to = to, .awaited = -1};
	if (from <= STDERR_FILENO) {
		flow->from_is_callers = true;
		flow->is_from_terminal = isatty(from);
	} else if (fstat(to, &st) == 0) {
		int fd = ds_try_term_open_again(to);

		/* Others do not keep us waiting for a person. */
		flow->to_blocks =
			fd < 0 && (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode) || isatty(to));
		if (fd >= 0)
			flow->to = fd;
	}
}

bool ds_flow_has_ended(const struct ds_flow *flow)
{
	return flow->to < 0;
}

/* Before it is closed: as long as others have it open, the set would go on to name it. */
static void forget(struct ds_flow *flow, int epoll_fd)
{
	if (flow->awaited >= 0)
		epoll_ctl(epoll_fd, EPOLL_CTL_DEL, flow->awaited, NULL);
	flow->awaited = -1;
}

void ds_flow_end(struct ds_flow *flow, int epoll_fd)
{
	forget(flow, epoll_fd);
	if (!flow->from_is_callers)
		close_fd(&flow->from);
	/* Its reader learns the end of input by that. */
	if (flow->to > STDERR_FILENO)
		close_fd(&flow->to);
	flow->from = flow->to = -1;
}

bool ds_flow_await(struct ds_flow *flow, int epoll_fd)
{
	bool for_room = flow->len || flow->full;
	struct epoll_event event = {.events = for_room ? EPOLLOUT : EPOLLIN, .data.ptr = flow};
	int fd = for_room ? flow->to : flow->from;

	if (ds_flow_has_ended(flow) || flow->awaited == fd)
		return true;
	forget(flow, epoll_fd);
	if (flow->draining && !for_room)
		return false;
	/* What is typed while we are in the background is not for us: once is enough to know. */
	if (flow->is_from_terminal && !for_room)
		event.events |= EPOLLET;
	if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0)
		return false;
	flow->awaited = fd;
	return true;
}

static void flush(struct ds_flow *flow, int epoll_fd)
{
	/* What a pipe takes whole when there is room at all. */
	size_t some = flow->to_blocks && flow->len > PIPE_BUF ? PIPE_BUF : flow->len;
	ssize_t done = write(flow->to, flow->buf + flow->at, some);

	if (done < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	flow->at += done > 0 ? (size_t)done : 0;
	flow->len -= done > 0 ? (size_t)done : 0;
	flow->broken = done < 0;
	if (flow->broken || (flow->over && !flow->len))
		ds_flow_end(flow, epoll_fd);
}

/* Move bytes by splice; false when these files do not take it. */
static bool splice_some(struct ds_flow *flow)
{
	ssize_t done = splice(flow->from, NULL, flow->to, NULL, SPLICE_CHUNK,
			      SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
	bool was_full = flow->full;

	flow->full = false;
	if (done > 0)
		flow->left -= done;
	if (done > 0 || (done < 0 && errno == EINTR))
		return true;
	if (done < 0 && errno == EINVAL)
		return false;
	/* Either end may be meant. Waiting for them in turn never spins. */
	if (done < 0 && errno == EAGAIN)
		flow->full = !was_full;
	flow->broken = done < 0 && errno != EAGAIN;
	flow->over = done == 0 || flow->broken || (flow->draining && was_full);
	return true;
}

/* A terminal gives 4 KiB at a time: all that is there, then it is written at once. */
static void read_some(struct ds_flow *flow)
{
	ssize_t got;

	flow->at = 0;
	do {
		got = read(flow->from, flow->buf + flow->len, sizeof(flow->buf) - flow->len);
		if (got <= 0)
			break;
		flow->len += (size_t)got;
		flow->left -= got;
	} while (!flow->from_is_callers && flow->len < sizeof(flow->buf));
	/* EIO: the last process that had the pty open is gone. */
	flow->over = got == 0 || (got < 0 && (errno == EAGAIN ? flow->draining : errno != EINTR));
}

/* Reading the terminal from a background job would stop it (SIGTTIN), whether or not the command wants
 * any input. */
static bool is_background(int fd)
{
	pid_t foreground = tcgetpgrp(fd);

	return foreground >= 0 && foreground != getpgrp();
}

void ds_flow_serve(struct ds_flow *flow, int epoll_fd)
{
	if (ds_flow_has_ended(flow))
		return;
	if (flow->len) {
		flush(flow, epoll_fd);
		return;
	}
	if (flow->is_from_terminal && is_background(flow->from)) {
		flow->full = false;
		return;
	}
	ds_flow_look_again(flow, epoll_fd);
	if (flow->draining && flow->left <= 0)
		flow->over = true;
	else if (flow->copies || !splice_some(flow)) {
		flow->copies = true;
		read_some(flow);
		if (flow->len && !flow->to_blocks)
			flush(flow, epoll_fd);
	}
	if (flow->over && !flow->len)
		ds_flow_end(flow, epoll_fd);
}

void ds_flow_look_again(struct ds_flow *flow, int epoll_fd)
{
	if (flow->is_from_terminal)
		forget(flow, epoll_fd);
}

void ds_flow_drain(struct ds_flow *flow, int epoll_fd)
{
	int size = fcntl(flow->from, F_GETPIPE_SZ);

	if (flow->from_is_callers)
		ds_flow_end(flow, epoll_fd);
	flow->draining = true;
	flow->left = size > DS_FLOW_CHUNK ? size : DS_FLOW_CHUNK;
	forget(flow, epoll_fd);
}
