// SPDX-License-Identifier: GPL-3.0-or-later
/* act - see act.h */
#include "applets/act.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "applets/applet.h"
#include "applets/progress.h"
#include "libds/core/auto.h"
#include "libds/core/compat.h"
#include "libds/core/file.h"
#include "libds/core/signals.h"
#include "libds/core/str.h"
#include "libds/host/state.h"
#include "libds/kernel/freezer.h"
#include "libds/life/bind.h"
#include "libds/life/find.h"
#include "libds/life/limits.h"
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

int act_load_stored(struct ds_spec *spec, const char *name)
{
	char path[PATH_MAX];
	int err = ds_name_check(name);

	if (!err)
		err = ds_workspace_path(path, sizeof(path), DS_WS_CONFIG, name);
	if (err < 0)
		return err;
	ds_spec_free(spec);
	return access(path, F_OK) == 0 ? ds_spec_load(spec, path) : ds_spec_init(spec);
}

/* The current directory is the caller's, not that of whoever reads the settings later. The links of
 * /dev name a disk by what it is, where they lead may be another one after the next boot. */
static int make_absolute(struct ds_spec *spec, const char *key, const char *path)
{
	char full[PATH_MAX], cwd[PATH_MAX];
	int err;

	if (!*path)
		return 0;
	if (!ds_str_has_prefix(path, "/dev/") && ds_try_file_resolve(path, full) == 0)
		return ds_spec_set(spec, key, full);
	/* What does not exist is named as it was given; a pid file need not exist. */
	if (path[0] == '/')
		return 0;
	if (!getcwd(cwd, sizeof(cwd)))
		return ds_fail("find the current directory");
	err = ds_str_fmt(full, sizeof(full), "%s/%s", cwd, path);
	return err < 0 ? err : ds_spec_set(spec, key, full);
}

/* What was given empty adds nothing: alone it clears the list. */
static char *join(const struct ds_list *list)
{
	size_t size = 1;
	char *text, *end;

	for (int i = 0; i < list->count; i++)
		size += strlen(list->values[i]) + 1;
	text = end = malloc(size);
	if (!text)
		return NULL;
	for (int i = 0; i < list->count; i++) {
		if (*list->values[i] && end > text)
			*end++ = ',';
		end = stpcpy(end, list->values[i]);
	}
	*end = 0;
	return text;
}

static int apply_list(struct ds_spec *spec, const char *key, const struct ds_list *list)
{
	auto_free char *text = join(list), *absolute = NULL;
	int err = text ? 0 : ds_fail("set %s", key);

	if (!err && CFG_BIND_MOUNTS && strcmp(key, "bind_mounts") == 0) {
		err = ds_binds_absolute(text, &absolute);
		free(text);
		text = take_ptr(absolute);
	}
	return err < 0 ? err : ds_spec_set(spec, key, text && *text ? text : NULL);
}

/* The value given for a key, or NULL. */
static const void *given(const struct act_settings *settings, enum ds_spec_key key)
{
	const struct ds_opt *row = settings->rows + (key - settings->first);

	if (key - settings->first >= settings->count || !*((const bool *)settings->o + row->given))
		return NULL;
	return (const char *)settings->o + row->offset;
}

static const char *given_text(const struct act_settings *settings, enum ds_spec_key key)
{
	const void *value = given(settings, key);

	return value ? *(const char *const *)value : NULL;
}

static bool is_given_yes(const struct act_settings *settings, enum ds_spec_key key)
{
	const bool *value = given(settings, key);

	return value && *value;
}

static int apply_one(struct ds_spec *spec, const struct act_settings *settings,
		     enum ds_spec_key key)
{
	const char *name = ds_spec_key(key);
	const void *value = given(settings, key);

	if (!value)
		return 0;
	switch (settings->rows[key - settings->first].kind) {
	case DS_OPT_FLAG:
		return ds_spec_set(spec, name, *(const bool *)value ? "1" : "0");
	case DS_OPT_LIST:
		return apply_list(spec, name, value);
	default:
		return ds_spec_set(spec, name, *(const char *const *)value);
	}
}

int act_apply(struct ds_spec *spec, const struct act_settings *settings)
{
	int err = 0;

	/* The later word wins over a stored one that contradicts it. */
	if (given(settings, DS_SPEC_enable_ipv6) && !spec->enable_ipv6)
		err = ds_spec_set(spec, "disable_ipv6", NULL);
	if (!err && given(settings, DS_SPEC_disable_ipv6) && !spec->disable_ipv6)
		err = ds_spec_set(spec, "enable_ipv6", NULL);
	if (!err && CFG_HW_ACCESS && given(settings, DS_SPEC_enable_hw_access))
		err = ds_spec_set(spec, "hw_access_disks", NULL);
	if (!err && CFG_HW_ACCESS && given(settings, DS_SPEC_hw_access_disks))
		err = ds_spec_set(spec, "enable_hw_access",
				  is_given_yes(settings, DS_SPEC_hw_access_disks) ? "1" : "0");
	for (size_t i = 0; !err && i < settings->count; i++)
		err = apply_one(spec, settings, settings->first + i);
	if (!err && CFG_LIMITS)
		err = ds_limits_normalize(spec);
	if (!err)
		err = make_absolute(spec, "rootfs_path", spec->rootfs_path);
	if (!err)
		err = make_absolute(spec, "pidfile", spec->pidfile);
	if (!err)
		err = make_absolute(spec, "env_file", spec->env_file);
	return err;
}

/* One that is none is better refused here, by the option's name. */
static int check_image(const struct act_request *request)
{
	struct stat st;

	if (given(&request->settings, DS_SPEC_rootfs_path))
		return ds_refuse(DS_EXIT_USAGE, "--rootfs and --rootfs-img exclude each other");
	if (stat(request->image, &st) < 0)
		return ds_fail("image %s", request->image);
	if (S_ISREG(st.st_mode) || S_ISBLK(st.st_mode))
		return 0;
	ds_refuse(DS_EXIT_USAGE, "image %s is neither a file nor a block device", request->image);
	if (S_ISDIR(st.st_mode))
		ds_hint("for a directory say --rootfs=%s", request->image);
	return -ds_err_last()->code;
}

/* Lay what was given over what is stored. */
static int take(struct ds_spec *spec, const struct act_request *request)
{
	int err = request->reset ? ds_spec_reset(spec) : 0;

	if (!err && CFG_IMAGES && request->image)
		err = ds_spec_set(spec, "rootfs_path", request->image);
	return err < 0 ? err : act_apply(spec, &request->settings);
}

static int choose_name(struct ds_spec *spec, const struct act_request *request)
{
	auto_free char *chosen = NULL;
	int err;

	if (CFG_IMAGES && request->image) {
		err = ds_refuse(DS_EXIT_USAGE, "a container from an image needs a name");
		ds_hint("say --name=NAME; the image is mounted at /mnt/Droidspaces/NAME");
		return err;
	}
	if (!*spec->rootfs_path) {
		err = ds_refuse(DS_EXIT_USAGE, "neither a name nor a rootfs was given");
		ds_hint("first start: ds-start --name=NAME --rootfs=DIR");
		return err;
	}
	err = ds_start_choose_name(spec);
	/* A file's settings are the file's, whoever has had the name so far. */
	if (err < 0 || request->config)
		return err;
	chosen = strdup(spec->name);
	/* It may be a container's that has this rootfs already. */
	err = chosen ? act_load_stored(spec, chosen) : ds_fail("keep the name");
	if (!err)
		err = ds_spec_set(spec, "name", chosen);
	return err < 0 ? err : take(spec, request);
}

int act_load(struct ds_spec *spec, const struct act_request *request)
{
	const char *name = given_text(&request->settings, DS_SPEC_name);
	int err = CFG_IMAGES && request->image ? check_image(request) : 0;

	if (err < 0)
		return err;
	if (is_given_yes(&request->settings, DS_SPEC_enable_ipv6) &&
	    is_given_yes(&request->settings, DS_SPEC_disable_ipv6))
		return ds_refuse(DS_EXIT_USAGE, "IPv6 can't be both enabled and disabled");
	if (request->config)
		err = ds_spec_load(spec, request->config);
	else
		err = name ? act_load_stored(spec, name) : ds_spec_init(spec);
	if (!err)
		err = take(spec, request);
	if (!err && name && !request->config && !*spec->rootfs_path) {
		err = ds_refuse(DS_EXIT_NOT_FOUND, "no such container: %s", name);
		ds_hint("to make it: ds-start --name=%s --rootfs=DIR", name);
	}
	return err < 0 || *spec->name ? err : choose_name(spec, request);
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

int act_start(struct ds_spec *spec, int *lock_fd, bool kept_rootfs)
{
	static const struct ds_watch watch = {.progress = CFG_IMAGES ? progress_show : NULL,
					      .note = warn};
	const struct ds_starting how = {.lock_fd = *lock_fd,
					.attach = CFG_FOREGROUND && spec->foreground,
					.kept_rootfs = kept_rootfs,
					.watch = &watch};
	auto_container started_as = {0};
	struct ds_started started;
	int err = ds_start(spec, &how, &started);

	ds_state_unlock(spec->name, lock_fd);
	if (err < 0) {
		ds_err_in("start %s", spec->name);
		return applet_fail();
	}
	if (CFG_FOREGROUND && how.attach) {
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
	const char *dir = err < 0 ? NULL : ds_conf_get(&container.state.conf, "cgroup_dir");

	if (!err)
		err = ds_freezer_set(dir ? dir : "", freeze, timeout * 1000);
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
