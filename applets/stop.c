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
#include <errno.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "applets/act.h"
#include "libds/core/auto.h"
#include "libds/core/compat.h"
#include "libds/host/state.h"
#include "libds/life/stop.h"

static int stop_one(const char *name, int timeout)
{
	static const char *const how[] = {
		[DS_STOP_CLEAN] = "stopped",
		[DS_STOP_KILLED] = "killed: its time was up",
		[DS_STOP_DEAF] = "killed: its init takes no request to stop",
	};
	auto_fd lock_fd = ds_state_lock(name, true);
	int result = lock_fd < 0 ? lock_fd : ds_stop(name, timeout, false);

	ds_state_unlock(name, &lock_fd);
	if (result < 0) {
		ds_err_in("stop %s", name);
		return applet_fail();
	}
	printf("%s: %s\n", name, how[result]);
	fflush(stdout);
	return DS_EXIT_OK;
}

/* A process each: a slow one must not delay the others, nor its lock theirs. */
static int stop_several(char *const *names, int timeout)
{
	int worst = DS_EXIT_OK, status;
	pid_t pid;

	for (; *names; names++) {
		fflush(stdout);
		pid = ds_fork();
		if (pid == 0)
			_exit(stop_one(*names, timeout));
		if (pid < 0) {
			ds_fail("stop %s: fork", *names);
			worst = applet_fail();
		}
	}
	while ((pid = wait(&status)) > 0 || errno == EINTR) {
		int one = WIFEXITED(status) ? WEXITSTATUS(status) : DS_EXIT_FAILED;

		if (pid > 0 && one > worst)
			worst = one;
	}
	return worst;
}

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
		if (ds_container_running(&only, NULL) < 0)
			return applet_fail();
		return stop_one(only.name, o.timeout);
	}
	return names[1] ? stop_several(names, o.timeout) : stop_one(names[0], o.timeout);
}
