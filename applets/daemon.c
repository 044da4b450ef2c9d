// SPDX-License-Identifier: GPL-3.0-or-later
/* ds-daemon - answer other programs about containers, and start and stop them
 *
 * usage: ds-daemon [OPTION]...
 *
 * Listens at daemon.socket in the workspace and at the abstract socket @droidspaces-socketd-backend for
 * programs of root's, which are told what containers there are and have them started and stopped. No
 * container needs it: it may end, be killed and come back while they run. Returns when it listens; SIGTERM
 * ends it.
 *
 * Guests are refused, also one that shares the host's network and so reaches the abstract socket.
 *
 * exit status: 0 done, 1 failed, 2 usage, 4 one runs already, or somebody else has the socket; 6 permission
 *
 * example: ds-daemon
 * example: ds-daemon -f
 *
 * config DAEMON
 *	bool "ds-daemon"
 *	default y
 *	help
 *	  A process for other programs, the Android app or a web interface, that ask about containers
 *	  over a socket rather than by running commands. Nothing here needs it.
 */
#define OPTIONS(X)                                                                                 \
	X(FLAG, foreground, 'f', "foreground", 0, ALWAYS, "stay, do not go to the background")

#include "applets/applet.h"
APPLET(daemon)
#include <fcntl.h>
#include <unistd.h>

#include "applets/act.h"
#include "libds/api/server.h"
#include "libds/core/compat.h"
#include "libds/core/file.h"
#include "libds/kernel/ns.h"

#define FIRST_FD 3 /* behind stdio */

int daemon_main(int argc, char **argv)
{
	struct options o = {0};
	int ready[2] = {-1, -1}, err;
	char byte;
	pid_t pid;

	if (!parse(&o, argc, argv, 0, 0))
		return o.status;
	err = act_begin(o.workspace);
	/* What its caller has open is nothing for it, and not for what it starts. */
	if (!err)
		err = ds_close_fds_from(FIRST_FD);
	if (!err)
		err = ds_server_open();
	if (err < 0)
		return applet_fail();
	if (!o.foreground && pipe2(ready, O_CLOEXEC) < 0)
		pid = -1;
	else
		pid = o.foreground ? 0 : ds_fork();
	if (pid < 0) {
		ds_fail("go to the background");
		return applet_fail();
	}
	if (pid > 0) {
		ds_server_is(pid);
		close(ready[1]);
		/* Its end: the daemon has let go of all that is its caller's. */
		ds_try_read_full(ready[0], &byte, 1);
		printf("started, PID %d\n", (int)pid);
		return DS_EXIT_OK;
	}
	if (o.foreground)
		ds_server_is(getpid());
	else if (ds_server_detach(ready[1]) < 0)
		return DS_EXIT_FAILED;
	return ds_server_run() < 0 ? applet_fail() : DS_EXIT_OK;
}
