/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_API_REQUEST_H
#define DS_API_REQUEST_H

/* request - what a client of the bridge sends, taken apart. Touches nothing but its arguments. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "docs/socketd_protocol.h"

#define DS_REQUEST_MAX (sizeof(struct socketd_header) + sizeof(struct socketd_lifecycle_request))

struct ds_request {
	enum socketd_opcode opcode;
	char target[sizeof(((struct socketd_target *)0)->name)]; /* terminated, not "" */
	bool include_stopped;
	int32_t timeout; /* -1 or more */
	int64_t since;   /* INT64_MIN unless given */
};

/* Look at the first len bytes that came. How many more it takes to tell anything, never beyond the request
 * nor beyond DS_REQUEST_MAX; 0: it is complete, in *request; -EBADMSG, quiet: it is none. */
int ds_try_request_parse(const uint8_t *data, size_t len, struct ds_request *request);

#endif
