// SPDX-License-Identifier: GPL-3.0-or-later
/* act_load - the settings that a container is started with; see act.h */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "applets/act.h"
#include "applets/applet.h"
#include "libds/core/auto.h"
#include "libds/core/file.h"
#include "libds/core/str.h"
#include "libds/host/workspace.h"
#include "libds/life/bind.h"
#include "libds/life/find.h"
#include "libds/life/limits.h"
#include "libds/life/start.h"

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
	if (!err && CFG_INIT_SHIM && given(settings, DS_SPEC_custom_init) &&
	    strcmp(given_text(settings, DS_SPEC_custom_init), DS_INIT_SHIM_WORD) != 0)
		err = ds_spec_set(spec, "init_command", NULL);
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
