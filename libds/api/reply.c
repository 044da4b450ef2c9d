// SPDX-License-Identifier: GPL-3.0-or-later
/* reply - see reply.h. */
#include "libds/api/reply.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define LEAST_ROOM 4096

void *ds_reply_add(struct ds_reply *reply, size_t size)
{
	size_t wanted = reply->size + size, room = reply->room ? reply->room : LEAST_ROOM;
	char *grown;

	if (wanted > SOCKETD_PAYLOAD_MAX)
		return NULL;
	while (room < wanted)
		room *= 2;
	if (room != reply->room) {
		grown = realloc(reply->payload, room);
		if (!grown)
			return NULL;
		reply->payload = grown;
		reply->room = room;
	}
	reply->size = wanted;
	return memset(reply->payload + wanted - size, 0, size);
}

void ds_reply_end(struct ds_reply *reply, enum socketd_status status)
{
	if (status != SOCKETD_OK)
		ds_reply_free(reply);
	SOCKETD_PUT(reply->header.magic, SOCKETD_MAGIC);
	SOCKETD_PUT(reply->header.version, SOCKETD_VERSION);
	SOCKETD_PUT(reply->header.code, status);
	SOCKETD_PUT(reply->header.length, reply->size);
	reply->sent = 0;
}

int ds_try_reply_send(struct ds_reply *reply, int fd)
{
	const size_t head = sizeof(reply->header), whole = head + reply->size;

	while (reply->sent < whole) {
		size_t of_head = reply->sent < head ? reply->sent : head;
		size_t of_payload = reply->sent - of_head;
		struct iovec parts[] = {
			{(char *)&reply->header + of_head, head - of_head},
			{reply->size ? reply->payload + of_payload : NULL,
			 reply->size - of_payload},
		};
		struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
		ssize_t done = sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return errno == EAGAIN ? 0 : -errno;
		reply->sent += (size_t)done;
	}
	return 1;
}

void ds_reply_free(struct ds_reply *reply)
{
	free(reply->payload);
	reply->payload = NULL;
	reply->size = reply->room = 0;
}
