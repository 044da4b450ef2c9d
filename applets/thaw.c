// SPDX-License-Identifier: GPL-3.0-or-later
/* ds-thaw - let frozen containers go on
 *
 * usage: ds-thaw [OPTION]... [NAME]...
 *
 * The name may be left out when exactly one container runs.
 *
 * exit status: 0 all go on, 1 failed, 2 usage, 3 no such container, 4 not running, 5 no freezer here,
 * 6 permission
 *
 * example: ds-thaw web
 *
 * config THAW
 *	bool "ds-thaw"
 *	depends on FREEZE
 *	default y
 *	help
 *	  Lets containers go on that ds-freeze has stopped.
 */
#define OPTIONS(X)                                                                                 \
	X(STRING, name, 'n', "name", "NAME", ALWAYS, "the container, or several with commas")

#include "applets/applet.h"
APPLET(thaw)
#include "applets/act.h"

int thaw_main(int argc, char **argv)
{
	struct options o = {0};

	return parse(&o, argc, argv, 0, MANY)
		       ? act_freeze(o.workspace, o.name, o.operands, false, 10)
		       : o.status;
}
