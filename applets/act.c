// SPDX-License-Identifier: GPL-3.0-or-later
/* act - see act.h */
#include "applets/act.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "applets/applet.h"
#include "applets/progress.h"
#include "libds/core/auto.h"
#include "libds/core/compat.h"
#include "libds/core/signals.h"
#include "libds/host/state.h"
#include "libds/kernel/freezer.h"
#include "libds/life/find.h"
#include "libds/life/start.h"
#include "libds/life/stop.h"

#define TIMEOUT_MAX 86400 /* seconds */

int act_begin(const char *workspace)
{
	int err = ds_workspace_choose(workspace);

	if (err < 0)
		return err;
	if (geteuid() != 0) {
		ds_refuse(DS_EXIT_PERMISSION, "only root can do this");
		ds_hint("become root first, with su or sudo");
		return -ds_err_last()->code;
	}
	return ds_workspace_create();
}

static void warn(const struct ds_watch *watch, const char *text)
{
	(void)watch;
	if (CFG_IMAGES)
		progress_clear();
	applet_warn("%s", text);
}

int act_view(struct ds_viewer *viewer, int terminal)
{
	bool is_person = isatty(STDERR_FILENO);
	char tty[16], key[24] = "";
	int status;

	snprintf(tty, sizeof(tty), "tty%d", terminal);
	if (viewer->key >= 0)
		snprintf(key, sizeof(key), "; Ctrl-%c leaves", viewer->key | 0x40);
	if (is_person)
		fprintf(stderr, "%s: %s: connected to %s%s\n", applet_name, viewer->name,
			terminal ? tty : "its console", key);
	status = ds_viewer_stay(viewer);
	/* The guest's last line has most likely no end. */
	if (is_person)
		fputc('\n', stderr);
	if (status < 0)
		return applet_fail();
	if (is_person)
		fprintf(stderr, "%s: %s: %s\n", applet_name, viewer->name,
			viewer->has_left ? "left; it runs on" : "has ended");
	return status;
}

int act_start(struct ds_spec *spec, int *lock_fd, struct ds_starting *wanted)
{
	static const struct ds_watch watch = {.progress = CFG_IMAGES ? progress_show : NULL,
					      .note = warn};
	auto_container started_as = {0};
	struct ds_started started;
	int err;

	wanted->lock_fd = *lock_fd;
	wanted->watch = &watch;
	err = ds_start(spec, wanted, &started);
	ds_state_unlock(spec->name, lock_fd);
	if (err < 0) {
		ds_err_in("start %s", spec->name);
		return applet_fail();
	}
	if (CFG_FOREGROUND && wanted->attach) {
		struct ds_viewer viewer = DS_VIEWER_NONE;

		viewer.client_fd = started.client_fd;
		viewer.name = spec->name;
		viewer.monitor_pid = started.monitor_pid;
		viewer.owns_monitor = true;
		return act_view(&viewer, 0);
	}
	if (ds_container_look(&started_as, spec->name) == 0 && started_as.life == DS_RUNNING)
		printf("%s: started, PID %d\n", spec->name, (int)started_as.state.init.pid);
	else
		printf("%s: started, and has ended already\n", spec->name);
	return DS_EXIT_OK;
}

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
int act_stop(char *const *names, int timeout)
{
	int worst = DS_EXIT_OK, status;
	pid_t pid;

	if (names[0] && !names[1])
		return stop_one(names[0], timeout);
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

static int freeze_one(const char *name, bool freeze, int timeout)
{
	auto_container container = {0};
	auto_fd lock_fd = ds_state_lock(name, true);
	int err = lock_fd < 0 ? lock_fd : ds_container_running(&container, name);

	if (!err)
		err = ds_freezer_set(ds_container_recorded(&container, "cgroup_dir"), freeze,
				     timeout * 1000);
	if (err < 0)
		ds_err_in("%s %s", freeze ? "freeze" : "thaw", name);
	ds_state_unlock(name, &lock_fd);
	if (err < 0)
		return applet_fail();
	printf("%s: %s\n", name, freeze ? "frozen" : "thawed");
	return DS_EXIT_OK;
}

int act_freeze(const char *workspace, const char *option, char **operands, bool freeze, int timeout)
{
	auto_container only = {0};
	auto_names names = NULL;
	int worst = DS_EXIT_OK;

	if (timeout < 1 || timeout > TIMEOUT_MAX) {
		ds_refuse(DS_EXIT_USAGE, "--timeout=%d: not from 1 to %d", timeout, TIMEOUT_MAX);
		return applet_fail();
	}
	if (act_begin(workspace) < 0 || !(names = act_names(option, operands)) ||
	    (!*names && ds_container_running(&only, NULL) < 0))
		return applet_fail();
	if (!*names)
		return freeze_one(only.name, freeze, timeout);
	for (char **name = names; *name; name++) {
		int one = freeze_one(*name, freeze, timeout);

		worst = one > worst ? one : worst;
	}
	return worst;
}

void act_free_names(char ***names)
{
	for (char **name = *names; name && *name; name++)
		free(*name);
	free(*names);
	*names = NULL;
}

static int add_name(char ***names, size_t *count, const char *name, size_t len)
{
	char **grown = realloc(*names, (*count + 2) * sizeof(*grown));

	if (!grown)
		return ds_fail("keep the names");
	*names = grown;
	grown[*count] = strndup(name, len);
	grown[*count + 1] = NULL;
	if (!grown[*count])
		return ds_fail("keep the names");
	if (ds_name_check(grown[*count]) < 0)
		return -ds_err_last()->code;
	for (size_t i = 0; i < *count; i++) {
		if (strcmp(grown[i], grown[*count]) == 0)
			return ds_refuse(DS_EXIT_USAGE, "%s is named twice", grown[i]);
	}
	++*count;
	return 0;
}

static int add_names(char ***names, size_t *count, const char *list)
{
	int err = 0;

	while (!err && list) {
		const char *comma = strchr(list, ',');

		err = add_name(names, count, list, comma ? (size_t)(comma - list) : strlen(list));
		list = comma ? comma + 1 : NULL;
	}
	return err;
}

char **act_names(const char *option, char *const *operands)
{
	auto_names names = calloc(1, sizeof(*names));
	size_t count = 0;
	int err = names ? 0 : ds_fail("keep the names");

	if (!err && option)
		err = add_names(&names, &count, option);
	for (; !err && *operands; operands++)
		err = add_names(&names, &count, *operands);
	if (!err)
		return take_ptr(names);
	return NULL;
}

int act_signals(void)
{
	static const int ends[] = {SIGINT, SIGTERM, SIGHUP};

	return ds_signals_open(ends, sizeof(ends) / sizeof(*ends));
}
