/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_LINK_WIRE_H
#define DS_LINK_WIRE_H

/* wire - frames of the link between guest and host: a length, u32 big-endian, and so many bytes of text
 * (message.h reads it, builder.h makes it). The end of the stream inside the length is a clean close.
 *
 * For a poll loop: ds_try_wire_read() when there is something, ds_try_wire_flush() when there is room.
 * Both do what goes without waiting, whatever mode the socket is in, and hold memory only for a frame
 * that is on its way. File descriptors that come along are dropped by the kernel. For who has nothing
 * else to do: ds_wire_receive() and ds_wire_send(), with a bound. */

#include <stddef.h>
#include <stdint.h>

#define DS_FRAME_MAX (16U << 20) /* bytes of text */
#define DS_FRAME_PREFIX 4

/* Where the guest finds the host. */
#define DS_LINK_DIR "/run/droidspaces"
#define DS_LINK_SOCKET DS_LINK_DIR "/link.socket"

#define DS_LINK_VERSION 1 /* protocol_version */

struct ds_wire_in {
	unsigned char prefix[DS_FRAME_PREFIX];
	uint32_t have; /* bytes that have come, with the prefix */
	uint32_t size; /* of the text, once the prefix is there */
	uint32_t room;
	char *text; /* a whole frame's after 1 was returned, NUL-terminated: take_ptr() it, or the next
		     * call frees it */
};

struct ds_wire_out {
	char *data;
	size_t len, done;
};

#define auto_wire_in __attribute__((cleanup(ds_wire_in_free))) struct ds_wire_in
#define auto_wire_out __attribute__((cleanup(ds_wire_out_free))) struct ds_wire_out

void ds_wire_in_free(struct ds_wire_in *in);
void ds_wire_out_free(struct ds_wire_out *out);

/* Read what is there, of one frame at most. 1: text is a frame, of size bytes. 0: not yet. -ENODATA: the
 * end, between frames; -ECONNRESET: the end within one; -EMSGSIZE: longer than max, size tells, and the
 * stream is of no use any more; -errno otherwise. Quiet. */
int ds_try_wire_read(struct ds_wire_in *in, int fd, uint32_t max);

/* Add bytes that are frames (builder.h makes them) to what is to be written; -ENOBUFS if it would be more
 * than most bytes then. Quiet. */
int ds_try_wire_queue(struct ds_wire_out *out, const void *data, size_t len, size_t most);

/* How much waits to be written. */
static inline size_t ds_wire_waiting(const struct ds_wire_out *out)
{
	return out->len - out->done;
}

/* Write what goes. 0: all of it; 1: there is more; -errno, quiet. No SIGPIPE. */
int ds_try_wire_flush(struct ds_wire_out *out, int fd);

/* Wait for a whole frame, at most so many milliseconds (-1: for ever). 1, or 0 at the end of the stream;
 * what went wrong is recorded. */
int ds_wire_receive(struct ds_wire_in *in, int fd, uint32_t max, int wait_ms);

/* Write it all, waiting at most so many milliseconds in all (-1: for ever). */
int ds_wire_send(int fd, const void *data, size_t len, int wait_ms);

#endif
