// SPDX-License-Identifier: GPL-3.0-or-later
/* flow - see flow.h. */
#include "libds/link/flow.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "libds/core/auto.h"

#define PIECE ((size_t)64 << 10)    /* of a stream, bytes at once; and */
#define SPLICED ((size_t)128 << 10) /* without copying, which pays from */
#define SPLICE_FROM (16 << 10)
#define FDS_MAX 253    /* of a message, SCM_MAX_FD of the kernel */
#define FD_WEIGHT 8192 /* bytes that one which waits counts for: it is bounded like them */
#define CONTROL_SIZE (CMSG_SPACE(sizeof(int) * FDS_MAX))

struct ds_parcel {
	size_t room; /* bytes of memory */
	size_t at, size;
	int fd_count;
	int fds[FDS_MAX];
	char data[];
};

static size_t backlog;           /* bytes that wait */
static struct ds_parcel *common; /* what is read into first */
static int common_pipe[2] = {-1, -1};
static union {
	char bytes[CONTROL_SIZE];
	struct cmsghdr align;
} control;

size_t ds_flow_backlog(void)
{
	return backlog;
}

/* NULL when there is no memory. */
static struct ds_parcel *make_parcel(size_t data)
{
	size_t room = sizeof(struct ds_parcel) + data;
	struct ds_parcel *parcel =
		mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (parcel == MAP_FAILED)
		return NULL;
	parcel->room = room;
	return parcel;
}

int ds_flow_prepare(void)
{
	if (!common)
		common = make_parcel(DS_FLOW_MESSAGE);
	return common ? 0 : -ENOMEM;
}

static void close_pipe(int pipe_fds[2])
{
	close_fd(&pipe_fds[0]);
	close_fd(&pipe_fds[1]);
}

void ds_flow_rest(void)
{
	munmap(common, common->room);
	common = NULL;
	close_pipe(common_pipe);
}

/* What it takes while it waits. */
static size_t weight(const struct ds_parcel *parcel)
{
	return parcel->size - parcel->at + (size_t)parcel->fd_count * FD_WEIGHT;
}

static void close_fds(struct ds_parcel *parcel)
{
	for (int i = 0; i < parcel->fd_count; i++)
		close(parcel->fds[i]);
	parcel->fd_count = 0;
}

/* Nobody gets them. The last to close a TCP socket waits as long as its owner wanted (SO_LINGER). */
static void drop_fds(struct ds_parcel *parcel)
{
	static const struct linger none;

	for (int i = 0; i < parcel->fd_count; i++)
		setsockopt(parcel->fds[i], SOL_SOCKET, SO_LINGER, &none, sizeof(none));
	close_fds(parcel);
}

/* The kernel has it back at once. */
static void release(struct ds_flow *flow)
{
	if (flow->parcel)
		munmap(flow->parcel, flow->parcel->room);
	flow->parcel = NULL;
}

void ds_flow_drop(struct ds_flow *flow)
{
	if (flow->parcel) {
		backlog -= weight(flow->parcel);
		drop_fds(flow->parcel);
	}
	release(flow);
	backlog -= flow->piped;
	flow->piped = 0;
	close_pipe(flow->pipe_fds);
}

/* The kernel has them in one header. */
static void take_fds(struct ds_parcel *parcel, struct msghdr *msg)
{
	const struct cmsghdr *header = CMSG_FIRSTHDR(msg);

	parcel->fd_count = 0;
	if (!header || header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS)
		return;
	parcel->fd_count = (int)((header->cmsg_len - CMSG_LEN(0)) / sizeof(int));
	memcpy(parcel->fds, CMSG_DATA(header), sizeof(int) * (size_t)parcel->fd_count);
}

/* An empty message is not the end, which reads alike, and of which only poll(2) tells. */
static bool is_end(int fd)
{
	struct pollfd polled = {.fd = fd, .events = POLLRDHUP};
	char byte;

	return poll(&polled, 1, 0) == 1 && polled.revents & (POLLRDHUP | POLLHUP) &&
	       recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

/* Its size, 0 at the end, or -errno. */
static ssize_t receive(const struct ds_flow *flow, struct ds_parcel *parcel)
{
	unsigned flags = flow->flags;
	struct iovec iov = {.iov_base = parcel->data,
			    .iov_len = flags & DS_FLOW_SEQPACKET ? DS_FLOW_MESSAGE : PIECE};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
	ssize_t len;

	/* Without room for them the kernel closes them itself. */
	if (!(flags & DS_FLOW_NO_FDS)) {
		msg.msg_control = control.bytes;
		msg.msg_controllen = sizeof(control.bytes);
	}
	len = recvmsg(flow->from_fd, &msg, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	if (len < 0)
		return -errno;
	parcel->at = 0;
	parcel->size = (size_t)len;
	take_fds(parcel, &msg);
	if (msg.msg_flags & MSG_TRUNC)
		return -EMSGSIZE;
	/* Some found no room in this process. */
	if (msg.msg_flags & MSG_CTRUNC && !(flags & DS_FLOW_NO_FDS))
		return -EMFILE;
	if (!len && !parcel->fd_count && (!(flags & DS_FLOW_SEQPACKET) || is_end(flow->from_fd)))
		return 0;
	return len ? len : 1;
}

static size_t pack_fds(const struct ds_parcel *parcel)
{
	struct cmsghdr *header = &control.align;
	size_t size = sizeof(int) * (size_t)parcel->fd_count;

	*header = (struct cmsghdr){.cmsg_level = SOL_SOCKET,
				   .cmsg_type = SCM_RIGHTS,
				   .cmsg_len = (socklen_t)CMSG_LEN(size)};
	memcpy(CMSG_DATA(header), parcel->fds, size);
	return CMSG_SPACE(size);
}

/* 0 when it is all taken, -EAGAIN when something waits, or -errno. */
static int deliver(int to_fd, struct ds_parcel *parcel)
{
	do {
		struct iovec iov = {.iov_base = parcel->data + parcel->at,
				    .iov_len = parcel->size - parcel->at};
		struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
		const int room = DS_FLOW_MESSAGE;
		ssize_t len;

		if (parcel->fd_count) {
			msg.msg_controllen = pack_fds(parcel);
			msg.msg_control = control.bytes;
		}
		len = sendmsg(to_fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT);
		/* Its sender may have given itself more room than is usual. */
		if (len < 0 && errno == EMSGSIZE &&
		    setsockopt(to_fd, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof(room)) == 0)
			len = sendmsg(to_fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (len < 0)
			return -errno;
		close_fds(parcel);
		parcel->at += (size_t)len;
	} while (parcel->at < parcel->size);
	return 0;
}

/* What was read into the common one and not taken is kept. */
static int keep(struct ds_flow *flow)
{
	size_t left = common->size - common->at;

	flow->parcel = make_parcel(left);
	if (!flow->parcel)
		return -ENOMEM;
	flow->parcel->fd_count = common->fd_count;
	memcpy(flow->parcel->fds, common->fds, sizeof(common->fds));
	memcpy(flow->parcel->data, common->data + common->at, left);
	flow->parcel->size = left;
	common->fd_count = 0;
	backlog += weight(flow->parcel);
	return -EAGAIN;
}

/* These return as ds_flow_move(). */
static int move_parcel(struct ds_flow *flow)
{
	size_t was = weight(flow->parcel);
	int err = deliver(flow->to_fd, flow->parcel);

	backlog -= was - weight(flow->parcel);
	if (!err)
		release(flow);
	return err < 0 ? err : 2;
}

static int move_copied(struct ds_flow *flow)
{
	ssize_t len = receive(flow, common);
	int err = len > 0 ? deliver(flow->to_fd, common) : (int)len;

	if (len > 0 && err == -EAGAIN)
		err = keep(flow);
	drop_fds(common);
	return err < 0 || !len ? err : len == (ssize_t)PIECE ? 2 : 1;
}

static int move_pipe(struct ds_flow *flow, int fds[2])
{
	do {
		ssize_t len =
			splice(fds[0], NULL, flow->to_fd, NULL, flow->piped, SPLICE_F_NONBLOCK);

		if (len <= 0)
			return len < 0 ? -errno : -EPIPE;
		flow->piped -= (size_t)len;
		backlog -= (size_t)len;
	} while (flow->piped);
	return 2;
}

/* Without copying. Who is last in the common pipe has it for his own. */
static int move_spliced(struct ds_flow *flow, size_t size)
{
	ssize_t len;
	int err;

	if (common_pipe[0] < 0) {
		if (pipe2(common_pipe, O_CLOEXEC | O_NONBLOCK) < 0)
			return -errno;
		fcntl(common_pipe[0], F_SETPIPE_SZ, (int)(2 * SPLICED));
	}
	len = splice(flow->from_fd, NULL, common_pipe[1], NULL, size, SPLICE_F_NONBLOCK);
	if (len <= 0)
		return len < 0 ? -errno : 0;
	backlog += flow->piped = (size_t)len;
	err = move_pipe(flow, common_pipe);
	if (flow->piped) {
		memcpy(flow->pipe_fds, common_pipe, sizeof(common_pipe));
		common_pipe[0] = common_pipe[1] = -1;
	}
	return err < 0 || len == (ssize_t)SPLICED ? err : 1;
}

/* Does anything that is there bring descriptors along? A look at no bytes walks all of the queue up to the
 * first that does, and says that there was no room for them (Linux 4.4). */
static bool brings_fds(int fd)
{
	struct msghdr msg = {0};

	return recvmsg(fd, &msg, MSG_PEEK | MSG_DONTWAIT) < 0 || msg.msg_flags & MSG_CTRUNC;
}

/* Older kernels look no further than the first. */
static bool sees_fds_behind(void)
{
	static int known = -1;
	struct ds_parcel *parcel = common;
	int ends[2];

	if (known >= 0 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return known > 0;
	parcel->at = 0;
	parcel->size = parcel->fd_count = 1;
	parcel->fds[0] = dup(ends[0]);
	known = send(ends[1], "", 1, MSG_DONTWAIT) == 1 && !brings_fds(ends[0]) &&
		deliver(ends[1], parcel) == 0 && brings_fds(ends[0]);
	drop_fds(parcel);
	close(ends[0]);
	close(ends[1]);
	return known;
}

/* How much may be spliced, where that pays: the kernel loses descriptors on that way. What comes behind those
 * bytes meanwhile is not touched. */
static size_t spliceable(const struct ds_flow *flow)
{
	unsigned flags = flow->flags;
	int ready;

	if (flags & DS_FLOW_SEQPACKET || ioctl(flow->from_fd, FIONREAD, &ready) < 0 ||
	    ready < SPLICE_FROM)
		return 0;
	if (!(flags & DS_FLOW_NO_FDS) && (!sees_fds_behind() || brings_fds(flow->from_fd)))
		return 0;
	return (size_t)ready < SPLICED ? (size_t)ready : SPLICED;
}

int ds_flow_move(struct ds_flow *flow)
{
	size_t size;
	int more;

	if (flow->parcel)
		return move_parcel(flow);
	if (flow->piped) {
		more = move_pipe(flow, flow->pipe_fds);
		if (!flow->piped)
			close_pipe(flow->pipe_fds);
		return more;
	}
	size = spliceable(flow);
	return size ? move_spliced(flow, size) : move_copied(flow);
}
