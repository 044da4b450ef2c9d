/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_LINK_GUESTLINK_H
#define DS_LINK_GUESTLINK_H

/* guestlink - a guest's connection to its host (docs/links.md). This runs in the guest, which believes its
 * host; what is malformed all the same is an error. */

#include <stdbool.h>

#include "libds/link/builder.h"
#include "libds/link/guestpath.h"
#include "libds/link/message.h"
#include "libds/link/wire.h"

#define DS_GUESTLINK_TRIES 3 /* half a second apart */

struct ds_guestlink {
	int fd;
	int busy_fd; /* says that an interceptor is at work */
	struct ds_wire_in in;
	unsigned accepted; /* bit n: ds_interceptors[n] */
	int idle_timeout;  /* seconds; 0 = none, -1 = the host does not say */
};

#define auto_guestlink __attribute__((cleanup(ds_guestlink_close))) struct ds_guestlink

void ds_guestlink_close(struct ds_guestlink *link);

/* Connect to DS_LINK_SOCKET, or where the environment's DS_LINK says, and shake hands: ask for those in
 * the set. */
int ds_guestlink_open(struct ds_guestlink *link, unsigned set, int tries);

/* The same for one of them; an error unless the host accepts it. */
int ds_guestlink_open_for(struct ds_guestlink *link, enum ds_interceptor which);

/* Is an interceptor at work? One that began this very moment may be missed. */
bool ds_guestlink_is_busy(void);

/* End the message and send it. That the host has gone is noticed when its last words are read. */
int ds_guestlink_send(struct ds_guestlink *link, struct ds_builder *builder);

/* Send a message that is a type and no more. */
int ds_guestlink_say(struct ds_guestlink *link, const char *type);

/* Answer what the caller does not know. */
int ds_guestlink_deny(struct ds_guestlink *link, const struct ds_message *message);

/* Read the frame that is in link->in into message, freed before. 1 if it is for the caller, 0 if not: a ping.
 * What the host refuses is an error of ours, with its reason and exit_status. */
int ds_guestlink_read(struct ds_guestlink *link, struct ds_message *message, int exit_status);

/* Wait for a message of that type, at most so many milliseconds (-1: for ever); others are denied. */
int ds_guestlink_wait(struct ds_guestlink *link, struct ds_message *message, const char *type,
		      int wait_ms);

/* End the message, send it, and wait for the answer. */
int ds_guestlink_ask(struct ds_guestlink *link, struct ds_builder *builder,
		     struct ds_message *answer, const char *type, int wait_ms);

#endif
