// SPDX-License-Identifier: GPL-3.0-or-later
/* ds-console - sit down at a terminal of a running container
 *
 * usage: ds-console [OPTION]... [NAME]
 *
 * Shows what the console, or with --tty one of its other terminals, shows, its last screen first, and
 * types there what you type. Ctrl-] leaves it as it is; twice in a row it is one for the guest. Several
 * people may look at one terminal. Input that is no terminal is typed there as well, and half a second
 * after its end that is over. The name may be left out when exactly one container runs. Changes nothing
 * on the host.
 *
 * exit status: 0 left, or the container has ended; 1 it has no such terminal, or no place is free there;
 * 2 usage, 3 no such container, 4 not running, 6 permission, 128+N ended by signal N
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
	X(INT, tty, 't', "tty", "N", TTYS, "its terminal ttyN; default: the console, which is 0")  \
	X(STRING, key, 0, "detach-key", "KEY", ALWAYS,                                             \
	  "what leaves, ^A for example, or none; default: ^]")

#include "applets/applet.h"
APPLET(console)
#include <ctype.h>
#include <string.h>

#include "applets/act.h"
#include "applets/report.h"
#include "libds/kernel/pty.h"

static int read_key(const char *text)
{
	int letter = text[0] == '^' && text[1] && !text[2] ? toupper((unsigned char)text[1]) : 0;

	if (letter >= '@' && letter <= '_')
		return letter & 0x1f;
	return strcmp(text, "none") == 0
		       ? -1
		       : ds_refuse(DS_EXIT_USAGE,
				   "--detach-key=%s: neither ^ and a letter nor none", text);
}

static int come(struct ds_viewer *viewer, const struct ds_container *container, int terminal)
{
	int ttys = ds_spec_ttys(&container->spec), err;

	if (terminal > ttys) {
		err = ds_refuse(DS_EXIT_FAILED, "%s has no tty%d", container->name, terminal);
		ds_hint("its terminals are 0, the console, to %d; ds-start --ttys=N gives it "
			"others",
			ttys);
		return err;
	}
	viewer->name = container->name;
	viewer->monitor_pid = container->state.monitor.pid;
	err = ds_viewer_come(viewer, terminal);
	if (err < 0 && !container->has_monitor)
		ds_hint("its monitor was killed; after ds-restart %s there is one again",
			container->name);
	return err;
}

int console_main(int argc, char **argv)
{
	struct options o = {.key = "^]"};
	auto_container container = {0};
	struct ds_viewer viewer = DS_VIEWER_NONE;
	const char *name;

	if (!parse(&o, argc, argv, 0, 1))
		return o.status;
	viewer.key = read_key(o.key);
	if (viewer.key < -1)
		return applet_fail();
	if (o.tty < 0 || o.tty > DS_TTYS_MAX) {
		ds_refuse(DS_EXIT_USAGE, "--tty=%d: its terminals are 0, the console, to %d", o.tty,
			  DS_TTYS_MAX);
		return applet_fail();
	}
	if (act_begin(o.workspace) < 0 || report_target(o.name, o.operands, &name) < 0 ||
	    ds_container_running(&container, name) < 0 || come(&viewer, &container, o.tty) < 0)
		return applet_fail();
	return act_view(&viewer, o.tty);
}
