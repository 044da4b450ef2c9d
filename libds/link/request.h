/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_LINK_REQUEST_H
#define DS_LINK_REQUEST_H

/* request - a guest's messages, one by one: what each leads to, and what it is answered. */

#include "libds/link/client.h"
#include "libds/link/message.h"

/* A whole frame has come; message is read, or (NULL) could not be: the error is recorded. */
void ds_request_take(struct ds_client *client, struct ds_link_host *host,
		     const struct ds_message *message);

/* Send the last error. */
void ds_request_refuse(struct ds_client *client);

/* Log how many refusals had no line of their own, if any. */
void ds_request_log_rest(struct ds_link_host *host);

/* Send a message that has only a type. */
void ds_request_say(struct ds_client *client, const char *type);

/* Its job has written that to stdout or stderr, of host_exec. */
void ds_request_stream(struct ds_client *client, const char *type, const char *data, size_t len);

/* Its job has ended, and all that it wrote has been read: answer. */
void ds_request_answer(struct ds_client *client);

#endif
