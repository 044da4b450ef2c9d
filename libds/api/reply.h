/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_API_REPLY_H
#define DS_API_REPLY_H

/* reply - an answer of the bridge while it is on its way: memory for it lasts as long. */

#include <stdbool.h>
#include <stddef.h>

#include "docs/socketd_protocol.h"

struct ds_reply {
	struct socketd_header header;
	char *payload; /* owned; room bytes, size of them used */
	size_t size, room, sent;
};

/* Zeroed memory for that many bytes more, valid until the next call; NULL where that would be more than
 * SOCKETD_PAYLOAD_MAX, or there is no memory. */
void *ds_reply_add(struct ds_reply *reply, size_t size);

/* It is complete. What was added goes with SOCKETD_OK only. */
void ds_reply_end(struct ds_reply *reply, enum socketd_status status);

/* Send what the socket takes: 1: that was the last; 0: it takes no more right now; -errno, quiet. */
int ds_try_reply_send(struct ds_reply *reply, int fd);

/* Give the payload's memory back. */
void ds_reply_free(struct ds_reply *reply);

#endif
