// SPDX-License-Identifier: GPL-3.0-or-later
/* console - see console.h. */
#include "libds/life/console.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "libds/core/auto.h"
#include "libds/core/fdpass.h"

void ds_pump_introduce(struct ds_pump *pump)
{
	if (pump->client_fd >= 0 && ds_try_fd_send(pump->client_fd, pump->master_fd) < 0)
		close_fd(&pump->client_fd);
}

/* False if the client can take no more right now. */
static bool flush(struct ds_pump *pump)
{
	if (send(pump->client_fd, pump->buf, pump->pending, MSG_DONTWAIT | MSG_NOSIGNAL) < 0) {
		if (errno == EAGAIN || errno == EINTR)
			return false;
		close_fd(&pump->client_fd);
	}
	pump->pending = 0;
	pump->stalled = false;
	return true;
}

bool ds_pump_run(struct ds_pump *pump)
{
	for (;;) {
		ssize_t got;

		if (pump->pending && pump->client_fd < 0)
			pump->pending = 0;
		if (pump->pending && !flush(pump)) {
			if (!pump->stalled)
				return true;
			pump->pending = 0;
		}
		got = read(pump->master_fd, pump->buf, sizeof(pump->buf));
		if (got < 0 && errno == EINTR)
			continue;
		/* EIO: nobody in the guest has the console open. */
		if (got <= 0)
			return false;
		pump->pending = (size_t)got;
	}
}

void ds_pump_give_up(struct ds_pump *pump)
{
	pump->stalled = true;
}
