// SPDX-License-Identifier: GPL-3.0-or-later
/* host-exec - run a command on the host, from a container
 *
 * usage: host-exec COMMAND [ARGUMENT]...
 *
 * COMMAND is a name that the host has on a list for this container; what runs is what the list says.
 * Standard input, output and error are the command's, as they come. Signals that end a command go to it.
 *
 * exit status: the command's own; 128+N if signal N ended it, 126 refused, 127 not found there;
 * 255 no link to the host, or one that broke
 *
 * example: host-exec git status
 *
 * config GUEST_HOST_EXEC
 *	bool "host-exec, in containers"
 *	default y
 *	depends on GUEST
 *	help
 *	  Runs commands of the host that it lists for the container.
 */
#define OPTIONS(X)

#include "applets/applet.h"
APPLET_IN_GUEST(host_exec, DS_OPT_STOP_AT_OPERAND)
#include "libds/link/hostexec.h"

int host_exec_main(int argc, char **argv)
{
	struct options o = {0};
	auto_guestlink link = {.fd = -1, .busy_fd = -1};
	int status;

	if (!parse(&o, argc, argv, 1, MANY))
		return o.status;
	if (ds_guestlink_open_for(&link, DS_HOST_EXEC) < 0) {
		ds_err_exit_status((enum ds_exit)(
			link.fd < 0 || link.accepted ? DS_HOSTEXEC_LOST : DS_HOSTEXEC_REFUSED));
		return applet_fail();
	}
	status = ds_hostexec(&link, o.operands);
	return status < 0 ? applet_fail() : status;
}
