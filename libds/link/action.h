/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_LINK_ACTION_H
#define DS_LINK_ACTION_H

/* action - which program of the host does what a guest has asked for, and as whom. */

#include <stdbool.h>

#include "libds/link/message.h"
#include "libds/link/policy.h"

enum ds_action_kind {
	DS_DO_NOTIFY,
	DS_DO_XDG_OPEN,
	DS_DO_CLIPBOARD_SET,
	DS_DO_CLIPBOARD_GET,
	DS_DO_HOST_EXEC,
};

/* How the host is asked who runs it; link/ knows nothing of users. */
struct ds_link_user {
	/* Leave the container's cgroups and become that user (NULL: who is at the desktop) with the
	 * environment of his session. Refused where nobody is. */
	int (*become)(const char *user);
};

struct ds_action {
	enum ds_action_kind kind;
	const struct ds_policy *policy;
	const struct ds_link_user *user;
	const struct ds_message *message; /* checked */
};

/* In a job's child (job.h): execute it. Returns what failed. */
int ds_action_run(void *action);

/* Will its program say which notification it is, and perhaps which action was chosen? */
bool ds_action_tells(const struct ds_message *message);

#endif
