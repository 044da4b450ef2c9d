/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_LINK_POLICY_H
#define DS_LINK_POLICY_H

/* policy - what a container's guest may ask of the host, by the host's own record of it.
 *
 *	integrate=WORD,...              what it may ask for at all: notify, xdg_open, clipboard, host_exec
 *	link.notify=COMMAND and so on   what is run in place of the usual: words with blanks between
 *	link.uri_schemes=ftp,...        more that xdg_open takes
 *	link.exec.ALIAS=/PATH           what host_exec runs for ALIAS; nothing else is run
 *	link.user=USER                  whose desktop it is; default: who is logged in
 *	link.exec_user=USER             who runs commands; default: link.user
 *	link.idle_timeout=SECONDS       0 = never; default: 300
 *
 * Nothing here touches anything. */

#include <stdbool.h>

#include "libds/core/conf.h"

enum ds_link_can {
	DS_CAN_NOTIFY,
	DS_CAN_XDG_OPEN,
	DS_CAN_CLIPBOARD,
	DS_CAN_HOST_EXEC,
	DS_CANS,
};

extern const char *const ds_link_words[DS_CANS];

#define DS_LINK_IDLE 300 /* seconds */

struct ds_policy {
	const char *container;
	const struct ds_conf *conf; /* not owned */
	unsigned can;               /* bit n: enum ds_link_can */
	int idle_s;
};

/* Read and check it all; integrate is that key's value. Exit 2 with the reason. */
int ds_policy_read(struct ds_policy *policy, const char *container, const char *integrate,
		   const struct ds_conf *conf);

/* The value of link.KEY, or NULL. */
const char *ds_policy_get(const struct ds_policy *policy, const char *key);

/* May it be opened? Refused with the reason. */
int ds_policy_uri(const struct ds_policy *policy, const char *uri);

/* The path for an alias; NULL, refused with the list of those that there are. */
const char *ds_policy_command(const struct ds_policy *policy, const char *alias);

/* May a command of the host get this word? Refused with the reason and the list. Which command it is does
 * not count: what an alias stands for may be a script. */
int ds_policy_argument(const struct ds_policy *policy, const char *word);

#endif
