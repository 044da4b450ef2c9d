// SPDX-License-Identifier: GPL-3.0-or-later
/* ds-console - sit down at a terminal of a running container
 *
 * usage: ds-console [OPTION]... [NAME]
 *
 * Shows what the console, or with --tty one of its other terminals, shows, its last screen first, and
 * types there what you type. Ctrl-] leaves it as it is. Several people may look at one terminal. The
 * name may be left out when exactly one container runs. Changes nothing on the host.
 *
 * exit status: 0 left, or the container has ended; 2 usage, 3 no such container, 4 not running,
 * 6 permission
 *
 * example: ds-console web
 * example: ds-console -t 1 web
 *
 * config CONSOLE
 *	bool "ds-console"
 *	default y
 *	help
 *	  Connects your terminal to a container's console or one of its ttys, as if you sat in front
 *	  of it.
 */
#define OPTIONS(X)                                                                                 \
	X(STRING, name, 'n', "name", "NAME", ALWAYS, "the container")                              \
	X(STRING, tty, 't', "tty", "N", ALWAYS, "its terminal ttyN; default: the console")

#include "applets/applet.h"
APPLET(console)
#include "applets/act.h"
#include "applets/report.h"
#include "libds/life/relay.h"

int console_main(int argc, char **argv)
{
	struct options o = {0};
	auto_container container = {0};
	const char *name;
	int client_fd;

	if (!parse(&o, argc, argv, 0, 1))
		return o.status;
	if (act_begin(o.workspace) < 0 || report_target(o.name, o.operands, &name) < 0 ||
	    ds_container_running(&container, name) < 0)
		return applet_fail();
	client_fd = ds_seat_take(container.name, o.tty ? *o.tty - '0' : 0);
	return client_fd < 0 || ds_relay_console(client_fd, 0) < 0 ? applet_fail() : DS_EXIT_OK;
}
