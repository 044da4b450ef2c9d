// SPDX-License-Identifier: GPL-3.0-or-later
/* agent - see agent.h. */
#include "libds/link/agent.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>

#include "libds/core/auto.h"
#include "libds/core/clock.h"
#include "libds/core/err.h"
#include "libds/core/signals.h"

#define LOCK DS_LINK_DIR "/agent.lock"

int ds_agent_lock(void)
{
	auto_fd fd = open(LOCK, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0)
		return ds_fail("open %s", LOCK);
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return take_fd(&fd);
	return errno == EWOULDBLOCK ? ds_refuse(DS_EXIT_STATE, "an agent runs already")
				    : ds_fail("lock %s", LOCK);
}

/* Milliseconds from now until then, for poll(2). */
static int left(long long until)
{
	long long ms = until - ds_now_ms();

	return until < 0 ? -1 : ms < 0 ? 0 : ms > INT_MAX ? INT_MAX : (int)ms;
}

/* One that is whole. -1: go on, or *err; else an enum ds_agent_end. */
static int take_message(struct ds_guestlink *link, long long until, bool *heard, int *err)
{
	auto_message message = {0};
	int got = ds_guestlink_read(link, &message, DS_EXIT_FAILED);
	bool asks;

	/* An error of the host's answers something, and asks for nothing. */
	*err = got < 0 && !message.type ? got : 0;
	if (got < 0)
		return -1;
	asks = got && strcmp(message.type, "check_idle") == 0;
	*heard |= !asks;
	if (got && strcmp(message.type, "shutdown") == 0)
		return DS_AGENT_SHUTDOWN;
	/* Our own time counts, which an option may have made longer. */
	if (asks && !left(until) && !ds_guestlink_is_busy())
		return DS_AGENT_IDLE_END;
	if (got)
		*err = asks ? ds_guestlink_say(link, "busy") : ds_guestlink_deny(link, &message);
	return -1;
}

/* What is there to read. As above. */
static int take_messages(struct ds_guestlink *link, long long until, bool *heard, int *err)
{
	int end = -1, got;

	while (end < 0 && (got = ds_try_wire_read(&link->in, link->fd, DS_FRAME_MAX)) == 1) {
		end = take_message(link, until, heard, err);
		if (*err < 0)
			return -1;
	}
	if (end >= 0 || !got)
		return end;
	if (got == -ENODATA || got == -ECONNRESET || got == -EPIPE)
		return DS_AGENT_GONE;
	*err = ds_fail_with(got, "read from the host");
	return -1;
}

int ds_agent_serve(struct ds_guestlink *link, int idle)
{
	static const int signals[] = {SIGTERM, SIGINT, SIGHUP};
	auto_fd signal_fd = ds_signals_open(signals, sizeof(signals) / sizeof(*signals));
	struct pollfd polled[] = {{link->fd, POLLIN, 0}, {signal_fd, POLLIN, 0}};
	long long until = idle ? ds_now_ms() + idle * 1000LL : -1;
	int end = -1, err = 0;

	if (signal_fd < 0)
		return signal_fd;
	while (end < 0 && !err) {
		int ready = poll(polled, 2, left(until));
		bool heard = false;

		if (ready < 0 && errno != EINTR)
			return ds_fail("wait for the host");
		if (ready > 0 && polled[1].revents)
			return DS_AGENT_SIGNAL;
		if (ready > 0)
			end = take_messages(link, until, &heard, &err);
		if (ready == 0 && !left(until)) {
			heard = ds_guestlink_is_busy();
			end = heard ? -1 : DS_AGENT_IDLE_END;
		}
		if (heard && idle)
			until = ds_now_ms() + idle * 1000LL;
	}
	if (end == DS_AGENT_IDLE_END)
		ds_guestlink_say(link, "idle_timeout");
	return err < 0 ? err : end;
}
