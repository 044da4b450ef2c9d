// SPDX-License-Identifier: GPL-3.0-or-later
/* wire - see wire.h. */
#include "libds/link/wire.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>

#include "libds/core/auto.h"
#include "libds/core/clock.h"
#include "libds/core/err.h"

#define FIRST_ROOM 4096U /* bytes; a prefix alone costs no more, whatever it promises */

void ds_wire_in_free(struct ds_wire_in *in)
{
	ds_auto_free(&in->text);
	*in = (struct ds_wire_in){0};
}

void ds_wire_out_free(struct ds_wire_out *out)
{
	ds_auto_free(&out->data);
	*out = (struct ds_wire_out){0};
}

static ssize_t receive(int fd, void *data, size_t size)
{
	ssize_t len;

	do
		len = recv(fd, data, size, MSG_DONTWAIT);
	while (len < 0 && errno == EINTR);
	return len < 0 ? -errno : len;
}

static uint32_t length_of(const unsigned char prefix[DS_FRAME_PREFIX])
{
	return (uint32_t)prefix[0] << 24 | (uint32_t)prefix[1] << 16 | (uint32_t)prefix[2] << 8 |
	       prefix[3];
}

/* Room for more of the text and a NUL: twice what it was, for who sends it all. */
static int grow(struct ds_wire_in *in)
{
	uint32_t room = in->room ? in->room * 2 : FIRST_ROOM;
	char *text;

	if (room > in->size)
		room = in->size;
	text = realloc(in->text, (size_t)room + 1);
	if (!text)
		return -ENOMEM;
	in->text = text;
	in->room = room;
	return 0;
}

/* 0: go on. */
static int read_prefix(struct ds_wire_in *in, int fd, uint32_t max)
{
	ssize_t len = receive(fd, in->prefix + in->have, DS_FRAME_PREFIX - in->have);

	if (len <= 0)
		return len ? (int)len : -ENODATA;
	in->have += (uint32_t)len;
	if (in->have < DS_FRAME_PREFIX)
		return 0;
	in->size = length_of(in->prefix);
	in->room = 0;
	return in->size > max ? -EMSGSIZE : grow(in);
}

static int read_text(struct ds_wire_in *in, int fd)
{
	uint32_t have = in->have - DS_FRAME_PREFIX;
	ssize_t len;

	if (have == in->room) {
		int err = grow(in);

		if (err < 0)
			return err;
	}
	len = receive(fd, in->text + have, in->room - have);
	if (len <= 0)
		return len ? (int)len : -ECONNRESET;
	in->have += (uint32_t)len;
	return 0;
}

int ds_try_wire_read(struct ds_wire_in *in, int fd, uint32_t max)
{
	int err = 0;

	if (!in->have)
		ds_wire_in_free(in);
	while (!err) {
		if (in->have < DS_FRAME_PREFIX) {
			err = read_prefix(in, fd, max);
		} else if (in->have < DS_FRAME_PREFIX + in->size) {
			err = read_text(in, fd);
		} else {
			in->text[in->size] = 0;
			in->have = 0;
			return 1;
		}
	}
	return err == -EAGAIN ? 0 : err;
}

int ds_try_wire_queue(struct ds_wire_out *out, const void *data, size_t len, size_t most)
{
	size_t waiting = ds_wire_waiting(out);
	char *grown;

	if (len > most || waiting > most - len)
		return -ENOBUFS;
	if (out->done) {
		memmove(out->data, out->data + out->done, waiting);
		out->len = waiting;
		out->done = 0;
	}
	grown = realloc(out->data, waiting + len);
	if (!grown)
		return -ENOMEM;
	memcpy(grown + waiting, data, len);
	out->data = grown;
	out->len = waiting + len;
	return 0;
}

int ds_try_wire_flush(struct ds_wire_out *out, int fd)
{
	while (out->done < out->len) {
		ssize_t len = send(fd, out->data + out->done, out->len - out->done,
				   MSG_DONTWAIT | MSG_NOSIGNAL);

		if (len < 0 && errno == EAGAIN)
			return 1;
		if (len < 0 && errno != EINTR)
			return -errno;
		if (len > 0)
			out->done += (size_t)len;
	}
	ds_wire_out_free(out);
	return 0;
}

/* Whether the event came until then (ds_now_ms(); -1: for ever). */
static int wait_for(int fd, short events, long long until)
{
	struct pollfd polled = {.fd = fd, .events = events};
	int ready;

	do {
		long long left = until < 0 ? -1 : until - ds_now_ms();

		ready = poll(&polled, 1, until < 0 ? -1 : left > 0 ? (int)left : 0);
	} while (ready < 0 && errno == EINTR);
	return ready > 0 ? 0 : -ETIMEDOUT;
}

int ds_wire_receive(struct ds_wire_in *in, int fd, uint32_t max, int wait_ms)
{
	long long until = wait_ms < 0 ? -1 : ds_now_ms() + wait_ms;
	int got = ds_try_wire_read(in, fd, max);

	while (got == 0) {
		got = wait_for(fd, POLLIN, until);
		if (!got)
			got = ds_try_wire_read(in, fd, max);
	}
	if (got == -ENODATA)
		return 0;
	return got < 0 ? ds_fail_with(got, "receive from the other end") : got;
}

int ds_wire_send(int fd, const void *data, size_t len, int wait_ms)
{
	long long until = wait_ms < 0 ? -1 : ds_now_ms() + wait_ms;
	size_t done = 0;
	int err = 0;

	while (!err && done < len) {
		ssize_t sent = send(fd, (const char *)data + done, len - done,
				    MSG_DONTWAIT | MSG_NOSIGNAL);

		if (sent >= 0)
			done += (size_t)sent;
		else if (errno == EAGAIN)
			err = wait_for(fd, POLLOUT, until);
		else if (errno != EINTR)
			err = -errno;
	}
	return err < 0 ? ds_fail_with(err, "send to the other end") : 0;
}
