// SPDX-License-Identifier: GPL-3.0-or-later
/* query - see query.h. */
#include "libds/api/query.h"

#include <string.h>

#include "libds/api/describe.h"
#include "libds/core/err.h"
#include "libds/life/events.h"
#include "libds/life/find.h"

#define LIFECYCLE (CFG_START && CFG_STOP && CFG_RESTART)
#define CAPABILITIES                                                                               \
	(SOCKETD_CAN_PROTOCOL_V1 | SOCKETD_CAN_PING | SOCKETD_CAN_CAPABILITIES |                   \
	 SOCKETD_CAN_INFO | SOCKETD_CAN_LIST | SOCKETD_CAN_INSPECT |                               \
	 (LIFECYCLE ? SOCKETD_CAN_LIFECYCLE : 0) | SOCKETD_CAN_IMAGES |                            \
	 (CFG_EVENTS ? SOCKETD_CAN_EVENTS : 0))

bool ds_query_is_built_in(enum socketd_opcode opcode)
{
	switch (opcode) {
	case SOCKETD_START:
		return CFG_START;
	case SOCKETD_STOP:
		return CFG_STOP;
	case SOCKETD_RESTART:
		return CFG_RESTART;
	case SOCKETD_POLL_EVENTS:
		return CFG_EVENTS;
	default:
		return true;
	}
}

struct find {
	const char *target;
	char *name;
	int count;
};

static int compare_uuid(struct ds_container *c, void *ctx)
{
	struct find *find = ctx;

	if (strncmp(c->spec.uuid, find->target, strlen(find->target)) != 0)
		return 0;
	find->count++;
	memcpy(find->name, c->name, strlen(c->name) + 1);
	return 0;
}

bool ds_query_find(const char *target, char name[DS_NAME_MAX + 1])
{
	struct find find = {.target = target, .name = name};

	*name = 0;
	if (ds_name_check(target) == 0 && ds_container_is_known(target)) {
		memcpy(name, target, strlen(target) + 1);
		return true;
	}
	ds_container_each(compare_uuid, &find);
	ds_err_clear();
	if (find.count != 1)
		*name = 0;
	return *name;
}

struct listing {
	struct ds_reply *reply;
	const struct ds_request *request;
	uint32_t total, running;
};

static int count_one(struct ds_container *c, void *ctx)
{
	struct listing *listing = ctx;

	listing->total++;
	listing->running += c->life == DS_RUNNING;
	return 0;
}

/* What does not fit any more is left out. */
static int list_container(struct ds_container *c, void *ctx)
{
	struct listing *listing = ctx;
	struct socketd_container *record;

	if (c->life != DS_RUNNING && !listing->request->include_stopped)
		return 0;
	record = ds_reply_add(listing->reply, sizeof(*record));
	if (record)
		ds_describe_container(c, record);
	return !record;
}

static int list_image(struct ds_container *c, void *ctx)
{
	struct listing *listing = ctx;
	struct socketd_image *record;

	if (!*c->spec.rootfs_path)
		return 0;
	record = ds_reply_add(listing->reply, sizeof(*record));
	if (record)
		ds_describe_image(c, record);
	return !record;
}

static enum socketd_status inspect(const struct ds_request *request, struct ds_reply *reply)
{
	auto_container c = {0};
	char name[DS_NAME_MAX + 1];
	struct socketd_inspect *record;
	int err;

	if (!ds_query_find(request->target, name))
		return SOCKETD_NOT_FOUND;
	err = ds_container_look(&c, name);
	if (err < 0 && ds_err_last()->exit_status == DS_EXIT_NOT_FOUND)
		return SOCKETD_NOT_FOUND;
	record = err < 0 ? NULL : ds_reply_add(reply, sizeof(*record));
	if (!record)
		return SOCKETD_INTERNAL;
	ds_describe_all(&c, record);
	return SOCKETD_OK;
}

struct polling {
	struct ds_events events;
	struct ds_reply *reply;
	int64_t since;
};

static void take_event(struct ds_events *events, const struct ds_event *event)
{
	struct polling *polling = (struct polling *)events;
	struct socketd_event *record;

	if (event->seconds < polling->since)
		return;
	record = ds_reply_add(polling->reply, sizeof(*record));
	if (!record)
		return;
	SOCKETD_PUT(record->seconds, event->seconds);
	SOCKETD_PUT(record->nanoseconds, event->nanoseconds);
	DS_PUT_TEXT(record->type, "container");
	DS_PUT_TEXT(record->action, event->action);
	DS_PUT_TEXT(record->uuid, event->uuid);
	DS_PUT_TEXT(record->name, event->name);
}

static enum socketd_status poll_events(const struct ds_request *request, struct ds_reply *reply)
{
	struct polling polling = {
		.events.take = take_event, .reply = reply, .since = request->since};
	int err = ds_events_open(&polling.events, false);

	ds_logread_close(&polling.events.log);
	return err < 0 ? SOCKETD_INTERNAL : SOCKETD_OK;
}

static enum socketd_status add_number(struct ds_reply *reply, uint32_t value)
{
	uint8_t *bytes = ds_reply_add(reply, sizeof(value));

	if (!bytes)
		return SOCKETD_INTERNAL;
	socketd_put(bytes, sizeof(value), value);
	return SOCKETD_OK;
}

enum socketd_status ds_query(const struct ds_request *request, struct ds_reply *reply)
{
	struct listing listing = {.reply = reply, .request = request};
	char *pong;

	switch (request->opcode) {
	case SOCKETD_PING:
		pong = ds_reply_add(reply, strlen(SOCKETD_PONG));
		if (pong)
			memcpy(pong, SOCKETD_PONG, strlen(SOCKETD_PONG));
		return pong ? SOCKETD_OK : SOCKETD_INTERNAL;
	case SOCKETD_CAPABILITIES:
		return add_number(reply, CAPABILITIES);
	case SOCKETD_INFO:
		ds_container_each(count_one, &listing);
		if (add_number(reply, listing.total) == SOCKETD_OK &&
		    add_number(reply, listing.running) == SOCKETD_OK)
			return add_number(reply, listing.total - listing.running);
		return SOCKETD_INTERNAL;
	/* What could be read is told. */
	case SOCKETD_LIST_CONTAINERS:
		ds_container_each(list_container, &listing);
		return SOCKETD_OK;
	case SOCKETD_LIST_IMAGES:
		ds_container_each(list_image, &listing);
		return SOCKETD_OK;
	case SOCKETD_INSPECT_CONTAINER:
		return inspect(request, reply);
	case SOCKETD_POLL_EVENTS:
		return CFG_EVENTS ? poll_events(request, reply) : SOCKETD_UNSUPPORTED;
	default:
		return SOCKETD_UNSUPPORTED;
	}
}
