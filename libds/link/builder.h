/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_LINK_BUILDER_H
#define DS_LINK_BUILDER_H

/* builder - a message to be sent (message.h): ds_build(), its members with ds_json_...() into json,
 * ds_build_end(), then frame and len are for ds_wire_send() or ds_try_wire_queue(). */

#include <stdbool.h>
#include <stddef.h>

#include "libds/core/json.h"

struct ds_builder {
	struct ds_json json;
	char *frame; /* owned */
	size_t len;
	bool failed;
};

#define auto_builder __attribute__((cleanup(ds_builder_free))) struct ds_builder

void ds_builder_free(struct ds_builder *builder);

/* Begin a message of that type. */
int ds_build(struct ds_builder *builder, const char *type);

/* Bytes: as a string; where they are not UTF-8 throughout, or have a NUL, with what is wrong replaced,
 * and as they are, by base64, in a member of that name with 64 behind it. */
void ds_build_data(struct ds_builder *builder, const char *key, const void *data, size_t len);

/* frame is len bytes to send. -EMSGSIZE if that is too much for one. */
int ds_build_end(struct ds_builder *builder);

#endif
