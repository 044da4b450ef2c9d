// SPDX-License-Identifier: GPL-3.0-or-later
/* ds-stop - stop containers
 *
 * usage: ds-stop [OPTION]... [NAME]...
 *
 * Asks each guest's init, in its own language, to power off, and kills it when its time is up.
 * Several are stopped at the same time. Returns when everything the containers had on the host is
 * undone. The name may be left out when exactly one container runs.
 *
 * exit status: 0 all stopped, 1 failed, 2 usage, 3 no such container, 4 not running, 6 permission;
 * with several names the highest of theirs
 *
 * example: ds-stop web db
 * example: ds-stop --name=web,db --timeout=30
 *
 * config STOP
 *	bool "ds-stop"
 *	default y
 *	help
 *	  Stops containers: systemd, OpenRC, sysvinit, runit, busybox, procd and s6 are asked in
 *	  their own ways to shut down.
 */
#define OPTIONS(X)                                                                                 \
	X(STRING, name, 'n', "name", "NAME", ALWAYS, "the container, or several with commas")      \
	X(INT, timeout, 0, "timeout", "SECONDS", ALWAYS,                                           \
	  "time to shut down before it is killed; default: 8; 0 kills at once, -1 waits")

#include "applets/applet.h"
APPLET(stop)
#include "applets/act.h"
#include "libds/core/auto.h"
#include "libds/life/find.h"
#include "libds/life/stop.h"

int stop_main(int argc, char **argv)
{
	struct options o = {.timeout = DS_STOP_TIMEOUT};
	auto_container only = {0};
	auto_names names = NULL;
	int err;

	if (!parse(&o, argc, argv, 0, MANY))
		return o.status;
	if (o.timeout < DS_STOP_FOREVER) {
		ds_refuse(DS_EXIT_USAGE, "--timeout=%d: -1 or more", o.timeout);
		return applet_fail();
	}
	err = act_begin(o.workspace);
	if (!err)
		names = act_names(o.name, o.operands);
	if (err < 0 || !names)
		return applet_fail();
	if (!*names) {
		char *const name[] = {only.name, NULL};

		if (ds_container_running(&only, NULL) < 0)
			return applet_fail();
		return act_stop(name, o.timeout);
	}
	return act_stop(names, o.timeout);
}
