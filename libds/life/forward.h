/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_LIFE_FORWARD_H
#define DS_LIFE_FORWARD_H

/* forward - which sockets of one side are seen on the other, as text.
 *
 * A list of forwards is text, as in the key forwards: items separated by commas,
 *	[uds:]HOST_SOCKET:GUEST_PATH[:OPTION,OPTION...]
 *	[uds:]guest:GUEST_SOCKET:HOST_PATH[:OPTION,OPTION...]
 * A word between commas that is an option continues the item before it. "\," "\:" and "\\" stand for the
 * character itself. Two with one destination exclude each other. */

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

#include "libds/core/sha256.h"

struct ds_forward {
	bool from_guest; /* the service is the guest's; its clients, and target, are on the host */
	char source[PATH_MAX]; /* what is dialled, absolute */
	char target[PATH_MAX]; /* where it is seen; no "." or "..", no slash twice or last */
	mode_t mode;           /* of the socket there, and whose it is */
	uid_t uid;
	gid_t gid;
	bool no_fds, seqpacket;
};

/* Take the next item off the list: 1, 0 at its end, or refused (exit 2) with the item and why. */
int ds_forward_next(const char **list, struct ds_forward *forward);

/* Is every item right, each destination there once? Touches nothing. Exit 2. */
int ds_forwards_check(const char *list);

/* Find the item with that destination: 1 with its text's bounds, 0, or refused. */
int ds_forward_find(const char *list, const struct ds_forward *wanted, const char **from,
		    const char **end);

#define DS_FORWARD_OPTIONS_MAX 80

/* The options as words with commas. */
const char *ds_forward_options(char buf[DS_FORWARD_OPTIONS_MAX], const struct ds_forward *forward);

/* Its identifier, by which its socket is named: SHA-256 of UUID:DESTINATION. */
void ds_forward_id(const char *uuid, const struct ds_forward *forward, char id[DS_SHA256_HEX + 1]);

/* Put "forward to DST: " before the recorded error; returns its -errno. */
int ds_forward_err_in(const struct ds_forward *forward);

#endif
