// SPDX-License-Identifier: GPL-3.0-or-later
/* ds-freeze - have containers stand still
 *
 * usage: ds-freeze [OPTION]... [NAME]...
 *
 * Stops every process of each container where it is, until ds-thaw or ds-stop. A container that does not
 * stand still in time goes on. The name may be left out when exactly one runs.
 *
 * exit status: 0 all frozen, 1 failed, 2 usage, 3 no such container, 4 not running, 5 no freezer here,
 * 6 permission
 *
 * example: ds-freeze web
 *
 * config FREEZE
 *	bool "ds-freeze"
 *	default y
 *	help
 *	  Has containers stand still, and ds-thaw go on: to give a phone's battery or CPU to something
 *	  else for a while without losing what runs in there.
 */
#define OPTIONS(X)                                                                                 \
	X(STRING, name, 'n', "name", "NAME", ALWAYS, "the container, or several with commas")      \
	X(INT, timeout, 0, "timeout", "SECONDS", ALWAYS, "default: 10")

#include "applets/applet.h"
APPLET(freeze)
#include "applets/act.h"

int freeze_main(int argc, char **argv)
{
	struct options o = {.timeout = 10};

	return parse(&o, argc, argv, 0, MANY)
		       ? act_freeze(o.workspace, o.name, o.operands, true, o.timeout)
		       : o.status;
}
