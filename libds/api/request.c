// SPDX-License-Identifier: GPL-3.0-or-later
/* request - see request.h. */
#include "libds/api/request.h"

#include <errno.h>
#include <string.h>

/* The payload that each opcode has, or may have. */
static const struct {
	uint16_t size;
	bool may_lack;
} payloads[] = {
	[SOCKETD_LIST_CONTAINERS] = {sizeof(struct socketd_list_request), true},
	[SOCKETD_INSPECT_CONTAINER] = {sizeof(struct socketd_target), false},
	[SOCKETD_START] = {sizeof(struct socketd_lifecycle_request), false},
	[SOCKETD_STOP] = {sizeof(struct socketd_lifecycle_request), false},
	[SOCKETD_RESTART] = {sizeof(struct socketd_lifecycle_request), false},
	[SOCKETD_POLL_EVENTS] = {sizeof(uint64_t), true},
};

static bool is_header(const struct socketd_header *header)
{
	uint64_t opcode = SOCKETD_GET(header->code), length = SOCKETD_GET(header->length);

	return SOCKETD_GET(header->magic) == SOCKETD_MAGIC &&
	       SOCKETD_GET(header->version) == SOCKETD_VERSION && opcode >= SOCKETD_PING &&
	       opcode <= SOCKETD_POLL_EVENTS &&
	       (length == payloads[opcode].size || (!length && payloads[opcode].may_lack));
}

/* Whole and right as far as its length tells. */
static int take_apart(struct ds_request *request, const uint8_t *payload, size_t length)
{
	const struct socketd_lifecycle_request *lifecycle = (const void *)payload;

	*request = (struct ds_request){
		.opcode = request->opcode, .timeout = SOCKETD_TIMEOUT_DEFAULT, .since = INT64_MIN};
	if (length >= sizeof(request->target)) {
		memcpy(request->target, payload, sizeof(request->target));
		if (!*request->target || !memchr(request->target, 0, sizeof(request->target)))
			return -EBADMSG;
	}
	if (length == sizeof(*lifecycle))
		request->timeout = (int32_t)SOCKETD_GET(lifecycle->timeout);
	if (length == sizeof(struct socketd_list_request))
		request->include_stopped = payload[0];
	if (length == sizeof(uint64_t))
		request->since = (int64_t)socketd_get(payload, sizeof(uint64_t));
	return request->timeout < SOCKETD_TIMEOUT_DEFAULT ? -EBADMSG : 0;
}

int ds_try_request_parse(const uint8_t *data, size_t len, struct ds_request *request)
{
	const struct socketd_header *header = (const void *)data;
	size_t whole = sizeof(*header);

	if (len >= sizeof(*header)) {
		if (!is_header(header))
			return -EBADMSG;
		whole += SOCKETD_GET(header->length);
	}
	if (len < whole)
		return (int)(whole - len);
	request->opcode = (enum socketd_opcode)SOCKETD_GET(header->code);
	return take_apart(request, data + sizeof(*header), whole - sizeof(*header));
}
