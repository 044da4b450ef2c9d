/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_LINK_HOSTSOCKET_H
#define DS_LINK_HOSTSOCKET_H

/* hostsocket - a socket of ours at a path that others on the host look for, and may write to.
 *
 * It covers nothing that is there, and nothing is removed that has taken its place since. */

#include "libds/host/undo.h"
#include "libds/link/door.h"

struct ds_hostsocket {
	dev_t dev;
	ino_t ino;
};

/* Listen at path, absolute, in a directory that is there; what->name is for a name of its own meanwhile.
 * Promised. The listening fd; exit 2 where something is at path. */
int ds_hostsocket_open(const char *path, const struct ds_door *what, struct ds_undo *undo,
		       struct ds_hostsocket *made);

/* Remove what was made, if it is there. */
int ds_hostsocket_remove(const char *path, const struct ds_hostsocket *made);

/* Undo PATH DEV INO. */
#define DS_HOSTSOCKET_VERB "hostsocket"
int ds_hostsocket_undo(const char *const args[DS_UNDO_ARGS]);

#endif
