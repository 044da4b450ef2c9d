// SPDX-License-Identifier: GPL-3.0-or-later
/* ds-pid - print the process id of a container's init
 *
 * usage: ds-pid [OPTION]... [NAME]
 *
 * Prints PID 1's number on the host, or NONE if the container does not run or is not known. The
 * name may be left out when exactly one container runs. Changes nothing.
 *
 * exit status: 0 printed, 1 NONE, 2 usage, 6 permission
 *
 * example: kill -0 $(ds-pid web)
 *
 * config PID
 *	bool "ds-pid"
 *	default y
 *	help
 *	  Prints the process id of a container's init, for scripts and the Android app.
 */
#define OPTIONS(X) X(STRING, name, 'n', "name", "NAME", ALWAYS, "the container")

#include "applets/applet.h"
APPLET(pid)
#include "applets/report.h"
#include "libds/host/workspace.h"
#include "libds/life/find.h"

int pid_main(int argc, char **argv)
{
	struct options o = {0};
	auto_container c = {0};
	const char *name;
	int status;

	if (!parse(&o, argc, argv, 0, 1))
		return o.status;
	if (ds_workspace_choose(o.workspace) < 0 || report_target(o.name, o.operands, &name) < 0)
		return applet_fail();
	if (ds_container_running(&c, name) == 0) {
		printf("%d\n", (int)c.state.init.pid);
		return DS_EXIT_OK;
	}
	status = ds_err_last()->exit_status;
	if (status != DS_EXIT_NOT_FOUND && status != DS_EXIT_STATE)
		return applet_fail();
	puts("NONE");
	return DS_EXIT_FAILED;
}
