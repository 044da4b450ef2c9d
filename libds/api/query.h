/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_API_QUERY_H
#define DS_API_QUERY_H

/* query - what the bridge tells of containers. Reads the workspace and the host's kernel, changes nothing and
 * waits for nobody. docs/daemon.md says what each member means. */

#include "libds/api/reply.h"
#include "libds/api/request.h"
#include "libds/host/workspace.h"

/* Can this build fulfil it? */
bool ds_query_is_built_in(enum socketd_opcode opcode);

/* Any request but start, stop and restart; the payload is left in reply. */
enum socketd_status ds_query(const struct ds_request *request, struct ds_reply *reply);

/* The container that is meant: by its name, else by its uuid or the beginning of one uuid alone. False, with
 * name "", if there is none. */
bool ds_query_find(const char *target, char name[DS_NAME_MAX + 1]);

#endif
