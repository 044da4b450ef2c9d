// SPDX-License-Identifier: GPL-3.0-or-later
/* spec - see spec.h. */
#include "libds/life/spec.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libds/core/auto.h"
#include "libds/core/err.h"
#include "libds/core/file.h"
#include "libds/core/size.h"
#include "libds/core/str.h"
#include "libds/host/workspace.h"
#include "libds/kernel/hostdev.h"
#include "libds/kernel/net.h"
#include "libds/kernel/overlay.h"
#include "libds/kernel/pty.h"
#include "libds/life/bind.h"
#include "libds/life/confine.h"
#include "libds/life/conlog.h"
#include "libds/life/device.h"
#include "libds/life/forward.h"
#include "libds/life/guestbin.h"
#include "libds/life/limits.h"
#include "libds/life/proclimits.h"
#include "libds/link/policy.h"

enum kind { FLAG, STRING, LIST };

struct setting {
	const char *key;
	unsigned short kind, offset;
};

#define SETTING(kind, field, ...) {#field, kind, offsetof(struct ds_spec, field)},

static const struct setting settings[] = {
	SPEC_OPTIONS(SETTING){"uuid", STRING, offsetof(struct ds_spec, uuid)},
};

#define SETTINGS (sizeof(settings) / sizeof(*settings))

const char *ds_spec_key(enum ds_spec_key key)
{
	return settings[key].key;
}

static int parse_setting(struct ds_spec *spec, const struct setting *setting)
{
	const char *value = ds_conf_get(&spec->conf, setting->key);
	void *field = (char *)spec + setting->offset;

	if (setting->kind != FLAG) {
		*(const char **)field = value ? value : "";
		return 0;
	}
	*(bool *)field = value && strcmp(value, "1") == 0;
	if (!value || !*value || strcmp(value, "0") == 0 || strcmp(value, "1") == 0)
		return 0;
	return ds_refuse(DS_EXIT_USAGE, "%s=%s: neither 0 nor 1", setting->key, value);
}

static int parse_settings(struct ds_spec *spec)
{
	int err = 0;

	for (size_t i = 0; !err && i < SETTINGS; i++)
		err = parse_setting(spec, &settings[i]);
	return err;
}

void ds_spec_free(struct ds_spec *spec)
{
	ds_conf_free(&spec->conf);
}

int ds_spec_init(struct ds_spec *spec)
{
	*spec = (struct ds_spec){0};
	return parse_settings(spec);
}

int ds_spec_from_conf(struct ds_spec *spec, const struct ds_conf *conf)
{
	auto_free char *text = ds_conf_text(conf);
	int err;

	*spec = (struct ds_spec){0};
	if (!text)
		return ds_fail_with(ENOMEM, "copy the settings");
	err = ds_conf_parse(&spec->conf, text);
	return err < 0 ? err : parse_settings(spec);
}

/* The file decides what root runs: refuse it where anyone but root could have written it, or where
 * anyone but root could have put it there. */
static int check_trusted(int fd, const char *path)
{
	char dir[PATH_MAX];
	char *slash;
	struct stat file, link, parent;

	if (ds_str_copy(dir, sizeof(dir), path) < 0)
		return ds_err_in("config");
	slash = strrchr(dir, '/');
	if (slash)
		slash[slash == dir] = 0;
	if (fstat(fd, &file) < 0 || lstat(path, &link) < 0 || stat(slash ? dir : ".", &parent) < 0)
		return ds_fail("config %s", path);
	if (file.st_uid == 0 && link.st_uid == 0 && parent.st_uid == 0 &&
	    !(file.st_mode & (S_IWGRP | S_IWOTH)) &&
	    (!(parent.st_mode & (S_IWGRP | S_IWOTH)) || (parent.st_mode & S_ISVTX)))
		return 0;
	ds_refuse(DS_EXIT_PERMISSION, "config %s: others than root may write it", path);
	ds_hint("root must own the file and its directory; chmod go-w both");
	return -ds_err_last()->code;
}

int ds_spec_load(struct ds_spec *spec, const char *path)
{
	auto_fd fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	auto_free char *text = NULL;
	char opened[40];
	int err;

	*spec = (struct ds_spec){0};
	if (fd < 0) {
		err = ds_fail("config %s", path);
		if (err == -ENOENT)
			ds_err_exit_status(DS_EXIT_NOT_FOUND);
		return err;
	}
	snprintf(opened, sizeof(opened), "/proc/self/fd/%d", fd);
	err = check_trusted(fd, path);
	if (!err)
		err = ds_file_load(AT_FDCWD, opened, DS_CONF_MAX, &text) < 0
			      ? ds_err_in("config %s", path)
			      : 0;
	if (!err)
		err = ds_conf_parse(&spec->conf, text);
	if (err < 0)
		return err;
	err = parse_settings(spec);
	return err < 0 ? ds_err_in("config %s", path) : 0;
}

int ds_spec_set(struct ds_spec *spec, const char *key, const char *value)
{
	int err = ds_conf_set(&spec->conf, key, value);

	return err < 0 ? err : parse_settings(spec);
}

int ds_spec_reset(struct ds_spec *spec)
{
	static const char *const kept[] = {"name", "rootfs_path", "uuid"};
	int err = 0;

	for (size_t i = 0; !err && i < SETTINGS; i++) {
		bool keep = false;

		for (size_t k = 0; k < sizeof(kept) / sizeof(*kept); k++)
			keep |= strcmp(settings[i].key, kept[k]) == 0;
		if (!keep)
			err = ds_conf_set(&spec->conf, settings[i].key, NULL);
	}
	return err < 0 ? err : parse_settings(spec);
}

static int check_hostname(const char *hostname)
{
	size_t len = strlen(hostname);

	if (len > DS_HOSTNAME_MAX)
		return ds_refuse(DS_EXIT_USAGE, "hostname of %zu bytes: at most %d", len,
				 DS_HOSTNAME_MAX);
	if (len &&
	    (hostname[0] == '-' || hostname[0] == '.' ||
	     strspn(hostname,
		    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._") != len))
		return ds_refuse(DS_EXIT_USAGE,
				 "hostname %s: letters, digits, dots and dashes only", hostname);
	return 0;
}

static int check_absolute(const char *what, const char *path)
{
	if (*path && (path[0] != '/' || strlen(path) >= PATH_MAX))
		return ds_refuse(DS_EXIT_USAGE, "%s %s: not an absolute path", what, path);
	return 0;
}

int ds_spec_ttys(const struct ds_spec *spec)
{
	return CFG_TTYS && *spec->ttys ? *spec->ttys - '0' : CFG_TTYS_DEFAULT;
}

static int check_ttys(const char *ttys)
{
	if (!*ttys || (ttys[0] >= '0' && ttys[0] <= '0' + DS_TTYS_MAX && !ttys[1]))
		return 0;
	return ds_refuse(DS_EXIT_USAGE, "ttys %.20s: not a number from 0 to %d", ttys, DS_TTYS_MAX);
}

/* Never less than what was asked for. */
static int check_isolation(const struct ds_spec *spec)
{
	if (!*spec->isolation || ds_spec_is_locked(spec) || strcmp(spec->isolation, "default") == 0)
		return 0;
	return ds_refuse(DS_EXIT_USAGE, "isolation %.20s: not default%s", spec->isolation,
			 CFG_LOCKED ? " and not locked" : ", and no other is built in");
}

int ds_spec_autostart_order(const struct ds_spec *spec)
{
	long long order;

	return ds_try_number(spec->autostart_order, 1, 9999, &order) < 0 ? 0 : (int)order;
}

uint64_t ds_spec_log_size(const struct ds_spec *spec)
{
	uint64_t bytes = CFG_CONSOLE_LOG_KIB * 1024ULL;

	if (!CFG_CONSOLE_LOG || strcmp(spec->log_size, "0") == 0 ||
	    (*spec->log_size && ds_try_size(spec->log_size, &bytes) < 0))
		return 0;
	return bytes;
}

static int check_log_size(const char *size)
{
	uint64_t bytes;

	if (!*size || strcmp(size, "0") == 0 ||
	    (ds_try_size(size, &bytes) == 0 && bytes >= DS_CONLOG_LEAST))
		return 0;
	return ds_refuse(DS_EXIT_USAGE,
			 "log size %.40s: not 0 and not a size from 8K on, as 64K or 1M", size);
}

unsigned ds_spec_hostdev(const struct ds_spec *spec)
{
	return (CFG_HW_ACCESS && spec->enable_hw_access ? DS_HOSTDEV_ALL : 0) |
	       (CFG_HW_ACCESS && spec->hw_access_disks ? DS_HOSTDEV_DISKS : 0) |
	       (CFG_GPU && spec->enable_gpu ? DS_HOSTDEV_GPU : 0);
}

/* In the order of their bits. */
static const struct {
	const char *word, *open;
} privileges[] = {
	{"nomask", "the kernel's files in /proc and /sys"},
	{"nocaps", "all capabilities"},
	{"noseccomp", "all system calls"},
	{"unfiltered-dev", "all devices"},
	{"shared", "mounts the host makes"},
	{"full", NULL},
};

enum { FULL = sizeof(privileges) / sizeof(*privileges) - 1 };

/* The bits of a list of words; its first that is none is refused. */
static int read_privileges(const char *list)
{
	unsigned bits = 0;

	while (*list) {
		size_t len = strcspn(list, ","), i = 0;

		while (i <= FULL &&
		       (strncmp(list, privileges[i].word, len) != 0 || privileges[i].word[len]))
			i++;
		if (i > FULL) {
			int err = ds_refuse(DS_EXIT_USAGE, "privileged: unknown word '%.*s'",
					    (int)(len < 40 ? len : 40), list);

			ds_hint("it takes nomask, nocaps, noseccomp, unfiltered-dev, shared, full");
			return err;
		}
		bits |= i == FULL ? (1U << FULL) - 1 : 1U << i;
		list += len + (list[len] == ',');
	}
	return (int)bits;
}

/* What cannot be read has been refused. */
bool ds_spec_is_privileged(const struct ds_spec *spec, unsigned bit)
{
	int bits = CFG_PRIVILEGED ? read_privileges(spec->privileged) : 0;

	return bits > 0 && (unsigned)bits & bit;
}

const char *ds_spec_privileged_text(const struct ds_spec *spec, char text[DS_PRIVILEGED_MAX])
{
	char *end = text;

	*end = 0;
	for (size_t i = 0; i < FULL; i++) {
		if (ds_spec_is_privileged(spec, 1U << i))
			end += sprintf(end, "%s%s", end > text ? ", " : "", privileges[i].open);
	}
	return text;
}

static int check_init(const struct ds_spec *spec)
{
	if (!CFG_INIT_SHIM || !*spec->init_command)
		return check_absolute("init", spec->custom_init);
	ds_refuse(DS_EXIT_USAGE, "a command for an init that is not ours");
	ds_hint("say --init=shim, too; or --command='' to forget it");
	return -ds_err_last()->code;
}

int ds_spec_check(const struct ds_spec *spec)
{
	int err = ds_name_check(spec->name);
	struct ds_policy policy;

	if (!err)
		err = check_hostname(spec->hostname);
	if (!err)
		err = check_isolation(spec);
	if (!err && CFG_TTYS)
		err = check_ttys(spec->ttys);
	if (!err && CFG_CONSOLE_LOG)
		err = check_log_size(spec->log_size);
	if (!err && CFG_AUTOSTART && *spec->autostart_order && !ds_spec_autostart_order(spec))
		err = ds_refuse(DS_EXIT_USAGE, "autostart order %.20s: not a number from 1 to 9999",
				spec->autostart_order);
	if (!err)
		err = ds_net_check_dns(spec->dns_servers);
	if (!err && !ds_spec_has_shim(spec))
		err = check_init(spec);
	if (!err)
		err = check_absolute("rootfs", spec->rootfs_path);
	if (!err)
		err = check_absolute("pidfile", spec->pidfile);
	if (!err)
		err = check_absolute("environment file", spec->env_file);
	if (!err && CFG_RLIMITS)
		err = ds_proclimits_check(spec);
	if (!err)
		err = ds_confine_check(spec);
	if (!err && CFG_BIND_MOUNTS)
		err = ds_binds_check(spec->bind_mounts);
	if (!err && CFG_PRIVILEGED && read_privileges(spec->privileged) < 0)
		return -ds_err_last()->code;
	if (!err && ds_spec_is_locked(spec) && ds_spec_is_privileged(spec, DS_NOMASK))
		return ds_refuse(DS_EXIT_USAGE, "isolation locked and privileged nomask exclude "
						"each other");
	if (!err && CFG_DEVICES)
		err = ds_devices_check(spec->devices);
	if (!err && CFG_FORWARD)
		err = ds_forwards_check(spec->forwards);
	if (!err && CFG_LIMITS)
		err = ds_limits_check(spec);
	if (!err && CFG_INTEGRATE)
		err = ds_policy_read(&policy, spec->name, spec->integrate, &spec->conf);
	if (!err && CFG_VOLATILE && ds_overlay_check_size(spec->volatile_size) < 0)
		err = ds_err_in("volatile");
	if (!err && spec->enable_ipv6 && spec->disable_ipv6)
		err = ds_refuse(DS_EXIT_USAGE, "IPv6 can't be both enabled and disabled");
	if (!err && *spec->uuid &&
	    (strlen(spec->uuid) != DS_UUID_LEN ||
	     strspn(spec->uuid, "0123456789abcdef") != DS_UUID_LEN))
		err = ds_refuse(DS_EXIT_USAGE, "uuid %s: not 32 lower-case hex digits", spec->uuid);
	return err;
}

/* The path of spec's file, and of the directory that is its alone. */
static int config_path(const struct ds_spec *spec, char path[PATH_MAX], char dir[PATH_MAX])
{
	int err = ds_workspace_path(path, PATH_MAX, DS_WS_CONFIG, spec->name);

	if (err < 0)
		return err;
	memcpy(dir, path, PATH_MAX);
	*strrchr(dir, '/') = 0;
	return 0;
}

int ds_spec_save(const struct ds_spec *spec, char **was)
{
	char path[PATH_MAX], dir[PATH_MAX];
	auto_free char *text = ds_conf_text(&spec->conf);
	int err = text ? config_path(spec, path, dir) : ds_fail_with(ENOMEM, "write the settings");

	*was = NULL;
	if (!err && access(path, F_OK) == 0)
		err = ds_file_load(AT_FDCWD, path, DS_CONF_MAX, was);
	if (err < 0 || (*was && strcmp(*was, text) == 0))
		return err;
	err = ds_file_mkdirs(dir, 0755);
	if (!err)
		err = ds_file_replace(path, 0644, text, true);
	if (err < 0)
		rmdir(dir); /* if it is new: else it has files */
	return err;
}

void ds_spec_unsave(const struct ds_spec *spec, const char *was)
{
	const struct ds_err why = *ds_err_last();
	char path[PATH_MAX], dir[PATH_MAX];

	if (config_path(spec, path, dir) == 0) {
		if (was)
			ds_file_replace(path, 0644, was, true);
		else if (unlink(path) == 0)
			rmdir(dir); /* unless others keep files there too */
	}
	ds_err_set(&why);
}

void ds_spec_hostname(const struct ds_spec *spec, char hostname[DS_HOSTNAME_MAX + 1])
{
	const char *from = *spec->hostname ? spec->hostname : spec->name;
	size_t len = strnlen(from, DS_HOSTNAME_MAX);

	memcpy(hostname, from, len);
	hostname[len] = 0;
}

const char *ds_spec_init_path(const struct ds_spec *spec)
{
	if (ds_spec_has_shim(spec))
		return DS_GUESTBIN;
	return *spec->custom_init ? spec->custom_init : DS_DEFAULT_INIT;
}
