// SPDX-License-Identifier: GPL-3.0-or-later
/* bridge - see bridge.h. */
#include "libds/api/bridge.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "libds/api/reply.h"
#include "libds/core/auto.h"
#include "libds/core/clock.h"
#include "libds/core/err.h"
#include "libds/core/str.h"
#include "libds/core/unixsock.h"
#include "libds/host/proc.h"
#include "libds/host/workspace.h"

#define BACKLOG 512
#define ANSWERS_WITHIN_MS 1000
#define PEERPIDFD 77 /* SO_PEERPIDFD, on all machines that this is for */

static int socket_path(char path[PATH_MAX])
{
	return ds_str_fmt(path, PATH_MAX, "%s/daemon.socket", ds_workspace_root());
}

int ds_bridge_listen(void)
{
	char path[PATH_MAX];
	int err = socket_path(path);

	return err < 0 ? err : ds_unix_stream_listen(path, BACKLOG);
}

void ds_bridge_unlink(void)
{
	char path[PATH_MAX];

	if (socket_path(path) == 0)
		unlink(path);
}

int ds_bridge_listen_abstract(void)
{
	/* The literal's NUL stands before the name. */
	struct sockaddr_un address = {AF_UNIX, "\0" SOCKETD_ABSTRACT_NAME};
	const socklen_t size =
		offsetof(struct sockaddr_un, sun_path) + sizeof(SOCKETD_ABSTRACT_NAME);
	auto_fd fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int err;

	if (fd >= 0 && bind(fd, (struct sockaddr *)&address, size) == 0 && listen(fd, BACKLOG) == 0)
		return take_fd(&fd);
	err = ds_fail("listen at @%s", SOCKETD_ABSTRACT_NAME);
	if (err == -EADDRINUSE) {
		ds_err_exit_status(DS_EXIT_STATE);
		ds_hint("a daemon of another workspace has it, or a guest: ask 'ss -xlp'");
	}
	return err;
}

bool ds_bridge_is_allowed(int fd)
{
	struct ucred peer = {0};
	socklen_t size = sizeof(peer);
	struct pollfd ended = {.fd = -1, .events = POLLIN};
	auto_fd pidfd = -1;

	/* Of another PID namespace than this one or those below, the pid is 0. */
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0 || peer.pid < 1 ||
	    (peer.uid != 0 && peer.uid != geteuid()))
		return false;
	size = sizeof(pidfd);
	if (getsockopt(fd, SOL_SOCKET, PEERPIDFD, &pidfd, &size) < 0) {
		pidfd = -1;
		if (errno != ENOPROTOOPT)
			return false;
	}
	/* The pid was still its own if it is alive when its namespace has been read. */
	ended.fd = pidfd;
	return ds_proc_shares_ns(peer.pid, 0, "pid") && poll(&ended, 1, 0) == 0;
}

bool ds_bridge_answers(const char *workspace)
{
	char path[PATH_MAX], got[sizeof(struct socketd_header) + sizeof(SOCKETD_PONG) - 1];
	struct ds_reply wanted = {.size = 0};
	struct socketd_header ping;
	long long deadline = ds_now_ms() + ANSWERS_WITHIN_MS;
	struct pollfd answer = {.fd = -1, .events = POLLIN};
	auto_fd fd = ds_workspace_choose(workspace) < 0 || socket_path(path) < 0
			     ? -1
			     : ds_try_unix_stream_connect(path);
	size_t have = 0;

	ds_err_clear();
	ds_reply_end(&wanted, SOCKETD_OK);
	ping = wanted.header;
	SOCKETD_PUT(ping.code, SOCKETD_PING);
	SOCKETD_PUT(wanted.header.length, sizeof(SOCKETD_PONG) - 1);
	if (fd < 0 || send(fd, &ping, sizeof(ping), MSG_NOSIGNAL) != sizeof(ping))
		return false;
	answer.fd = fd;
	while (have < sizeof(got)) {
		long long left = deadline - ds_now_ms();
		ssize_t more = -1;

		if (left > 0 && poll(&answer, 1, (int)left) == 1)
			more = recv(fd, got + have, sizeof(got) - have, MSG_DONTWAIT);
		if (more <= 0)
			return false;
		have += (size_t)more;
	}
	return memcmp(got, &wanted.header, sizeof(ping)) == 0 &&
	       memcmp(got + sizeof(ping), SOCKETD_PONG, sizeof(SOCKETD_PONG) - 1) == 0;
}
