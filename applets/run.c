// SPDX-License-Identifier: GPL-3.0-or-later
/* ds-run - run a command in a running container
 *
 * usage: ds-run [OPTION]... [NAME --] COMMAND [ARGUMENT]...
 *
 * Standard input, output and error are the command's, each for itself, also in pipelines; with --tty
 * it gets a terminal of the guest's. A single argument that holds blanks goes to the guest's
 * /bin/sh -c. Signals sent to ds-run go to the command and its process group; Ctrl-Z stops both, and
 * kill -9 ends both. The container may be left out when exactly one runs; before "--" its name stands
 * like an option.
 *
 * exit status: the command's own; 128+N if signal N ended it, 127 not found, 126 not executable;
 * 2 usage, 3 no such container, 4 not running, 6 permission
 *
 * example: ds-run -n web systemctl status
 * example: ds-run web -- cat /etc/os-release
 * example: ds-run -n web 'dmesg | tail'
 *
 * config RUN
 *	bool "ds-run"
 *	default y
 *	help
 *	  Runs commands in containers, for scripts and people.
 */
#define OPTIONS(X)                                                                                 \
	X(STRING, name, 'n', "name", "NAME", ALWAYS, "the container")                              \
	X(FLAG, tty, 't', "tty", 0, ALWAYS, "give the command a terminal")                         \
	X(STRING, user, 'u', "user", "USER[:GROUP]", ALWAYS, "run as this user of the guest")      \
	X(STRING, directory, 'w', "workdir", "DIR", ALWAYS, "start in this directory; default: /") \
	X(LIST, env, 'e', "env", "KEY=VALUE", ALWAYS, "set an environment variable")

#include "applets/applet.h"
APPLET_WITH(run, DS_OPT_STOP_AT_OPERAND)
#include <string.h>

#include "applets/act.h"
#include "libds/core/auto.h"
#include "libds/kernel/exe.h"
#include "libds/life/attach.h"
#include "libds/life/relay.h"

/* "web -- command": the operand before "--" is the container's name. */
static void take_name(struct options *o)
{
	if (o->name || o->count < 3 || strcmp(o->operands[1], "--") != 0)
		return;
	o->name = o->operands[0];
	o->operands += 2;
	o->count -= 2;
}

int run_main(int argc, char **argv)
{
	struct options o = {0};
	auto_container container = {0};
	struct ds_attached attached;
	int status;

	ds_try_exe_exec("ds-run", argv);
	if (!parse(&o, argc, argv, 1, MANY))
		return o.status;
	take_name(&o);
	if (act_begin(o.workspace) < 0 || ds_container_running(&container, o.name) < 0)
		return applet_fail();
	char sh[] = "/bin/sh", c[] = "-c", *shell[] = {sh, c, o.operands[0], NULL};
	const struct ds_attach attach = {
		.container = &container,
		.argv = o.count == 1 && strchr(o.operands[0], ' ') ? shell : o.operands,
		.user = o.user,
		.directory = o.directory,
		.env = o.env.values,
		.env_count = o.env.count,
		.tty = o.tty,
	};

	if (ds_attach(&attach, &attached) < 0) {
		ds_err_in("run in %s", container.name);
		return applet_fail();
	}
	status = ds_relay_command(&attached);
	return status < 0 ? applet_fail() : status;
}
