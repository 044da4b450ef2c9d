// SPDX-License-Identifier: GPL-3.0-or-later
/* action - see action.h. */
#include "libds/api/action.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libds/api/query.h"
#include "libds/core/compat.h"
#include "libds/core/err.h"
#include "libds/core/signals.h"
#include "libds/core/str.h"
#include "libds/life/find.h"

/* Its group is its own: what a terminal sends to the daemon is not for it. */
static void __attribute__((noreturn)) execute(char *const *argv)
{
	int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	setsid();
	dup2(null_fd, STDIN_FILENO);
	dup2(null_fd, STDOUT_FILENO);
	ds_signals_reset();
	execv("/proc/self/exe", argv);
	_exit(DS_EXIT_FAILED);
}

static bool is_running(const char *name)
{
	auto_container c = {0};
	bool runs = ds_container_look(&c, name) == 0 && c.life == DS_RUNNING;

	ds_err_clear();
	return runs;
}

enum socketd_status ds_action_begin(const struct ds_request *request, pid_t *pid)
{
	static char start[] = "ds-start", stop[] = "ds-stop", restart[] = "ds-restart",
		    detach[] = "--detach";
	char *const command = request->opcode == SOCKETD_START  ? start
			      : request->opcode == SOCKETD_STOP ? stop
								: restart;
	char name[DS_NAME_MAX + 1], named[sizeof("--name=") + DS_NAME_MAX], timeout[32];
	char workspace[sizeof("--workspace=") + PATH_MAX];
	char *argv[] = {command, workspace, named, NULL, NULL, NULL};
	int count = 3;

	if (!ds_query_find(request->target, name))
		return SOCKETD_NOT_FOUND;
	if (command == start && is_running(name))
		return SOCKETD_ALREADY_RUNNING;
	snprintf(named, sizeof(named), "--name=%s", name);
	snprintf(workspace, sizeof(workspace), "--workspace=%s", ds_workspace_root());
	snprintf(timeout, sizeof(timeout), "--timeout=%d", (int)request->timeout);
	if (CFG_FOREGROUND && command != stop)
		argv[count++] = detach;
	if (command != start && request->timeout != SOCKETD_TIMEOUT_DEFAULT)
		argv[count++] = timeout;
	*pid = ds_fork();
	if (*pid == 0)
		execute(argv);
	return *pid < 0 ? SOCKETD_INTERNAL : SOCKETD_OK;
}

enum socketd_status ds_action_end(const struct ds_request *request, int wait_status)
{
	char name[DS_NAME_MAX + 1];
	bool runs;

	if (!WIFEXITED(wait_status))
		return SOCKETD_INTERNAL;
	switch (WEXITSTATUS(wait_status)) {
	case DS_EXIT_OK:
		return SOCKETD_OK;
	case DS_EXIT_NOT_FOUND:
		return SOCKETD_NOT_FOUND;
	case DS_EXIT_STATE:
		/* It can also be that its rootfs is another's, or that others are at it. */
		runs = ds_query_find(request->target, name) && is_running(name);
		if (request->opcode == SOCKETD_START && runs)
			return SOCKETD_ALREADY_RUNNING;
		if (request->opcode == SOCKETD_STOP && !runs)
			return SOCKETD_ALREADY_STOPPED;
		return SOCKETD_INTERNAL;
	default:
		return SOCKETD_INTERNAL;
	}
}
