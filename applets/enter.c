// SPDX-License-Identifier: GPL-3.0-or-later
/* ds-enter - open a login shell in a running container
 *
 * usage: ds-enter [OPTION]... [NAME --] [USER]
 *
 * The shell runs on a terminal of the guest's own. For root it is the guest's bash, ash or sh; a user
 * named comes in through the guest's "su -l". The container may be left out when exactly one runs;
 * before "--" its name stands like an option.
 *
 * exit status: the shell's own; 2 usage, 3 no such container, 4 not running, 6 permission
 *
 * example: ds-enter
 * example: ds-enter -n web alice
 *
 * config ENTER
 *	bool "ds-enter"
 *	default y
 *	help
 *	  Opens a login shell in a container.
 */
#define OPTIONS(X)                                                                                 \
	X(STRING, name, 'n', "name", "NAME", ALWAYS, "the container")                              \
	X(STRING, user, 'u', "user", "USER", ALWAYS, "the user of the guest; default: root")       \
	X(LIST, env, 'e', "env", "KEY=VALUE", ALWAYS, "set an environment variable")

#include "applets/applet.h"
APPLET_WITH(enter, DS_OPT_STOP_AT_OPERAND)
#include <string.h>

#include "applets/act.h"
#include "libds/core/auto.h"
#include "libds/kernel/exe.h"
#include "libds/life/attach.h"
#include "libds/life/relay.h"

int enter_main(int argc, char **argv)
{
	struct options o = {0};
	auto_container container = {0};
	struct ds_attached attached;
	int status;

	ds_try_exe_exec("ds-enter", argv);
	if (!parse(&o, argc, argv, 0, 3))
		return o.status;
	if (!o.name && o.count >= 2 && strcmp(o.operands[1], "--") == 0) {
		o.name = o.operands[0];
		o.operands += 2;
		o.count -= 2;
	}
	if (o.count > 1 || (o.count && o.user)) {
		ds_refuse(DS_EXIT_USAGE, "one user at a time: %s", o.operands[o.count - 1]);
		return applet_fail();
	}
	if (act_begin(o.workspace) < 0 || ds_container_running(&container, o.name) < 0)
		return applet_fail();
	const struct ds_attach attach = {
		.container = &container,
		.user = o.count ? o.operands[0] : o.user,
		.env = o.env.values,
		.env_count = o.env.count,
		.tty = true,
	};

	if (ds_attach(&attach, &attached) < 0) {
		ds_err_in("enter %s", container.name);
		return applet_fail();
	}
	status = ds_relay_command(&attached);
	return status < 0 ? applet_fail() : status;
}
