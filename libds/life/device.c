// SPDX-License-Identifier: GPL-3.0-or-later
/* device - see device.h. */
#include "libds/life/device.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "libds/core/auto.h"
#include "libds/core/err.h"
#include "libds/core/str.h"
#include "libds/kernel/hostdev.h"
#include "libds/kernel/tree.h"
#include "libds/life/bind.h"

/* NULL, or what is wrong. */
static const char *parse_item(struct ds_device *device, const char *item, size_t len)
{
	size_t path = ds_item_span(item, ":,");
	char letters[5] = "rw"; /* one too many is seen */
	const char *wrong = ds_item_path(device->path, item, path);

	if (wrong)
		return wrong;
	wrong = ds_item_tidy(device->path);
	if (!ds_str_has_prefix(device->path, "/dev/"))
		return "not a path below /dev";
	if (path < len)
		snprintf(letters, sizeof(letters), "%.*s", (int)(len - path - 1), item + path + 1);
	device->access = ds_devrule_access(letters);
	return wrong || (device->access && !letters[3]) ? wrong
							: "its access is not letters of rwm";
}

int ds_device_next(const char **list, struct ds_device *device)
{
	const char *item = *list;
	size_t len = ds_item_span(item, ",");
	const char *wrong = *item ? parse_item(device, item, len) : NULL;

	if (wrong)
		return ds_refuse(DS_EXIT_USAGE, "device '%.*s': %s", (int)(len < 120 ? len : 120),
				 item, wrong);
	*list = item + len + (item[len] == ',');
	return *item != 0;
}

static struct ds_devrule rule_of(const struct stat *st, unsigned access)
{
	return (struct ds_devrule){S_ISBLK(st->st_mode) ? 'b' : 'c', (unsigned char)access,
				   (int)major(st->st_rdev), (int)minor(st->st_rdev)};
}

static bool is_node(const struct stat *st)
{
	return S_ISCHR(st->st_mode) || S_ISBLK(st->st_mode);
}

int ds_devices_check(const char *list)
{
	struct ds_device device;
	struct stat st;
	int more;

	while ((more = ds_device_next(&list, &device)) > 0) {
		if (stat(device.path, &st) == 0 && !is_node(&st))
			return ds_refuse(DS_EXIT_USAGE, "device %.120s: not a device node",
					 device.path);
	}
	return more;
}

static int allow(struct ds_devpolicy *policy, const char *path, unsigned access)
{
	struct ds_devrule rule;
	struct stat st;

	if (stat(path, &st) < 0 || !is_node(&st))
		return 0;
	rule = rule_of(&st, access);
	return ds_devpolicy_add(policy, &rule);
}

static const char *setting(const struct ds_conf *conf, const char *key)
{
	const char *value = ds_conf_get(conf, key);

	return value ? value : "";
}

static int allow_binds(struct ds_devpolicy *policy, const char *list)
{
	struct ds_bind bind;
	int err = 0;

	while (err >= 0 && (err = ds_bind_next(&list, &bind)) > 0) {
		if (!(bind.options & DS_BIND_NODEV))
			err = allow(policy, bind.source, DS_DEV_READ | DS_DEV_WRITE);
	}
	return err;
}

/* Of /dev/mem and the kernel's log, terminals, their screens; and of sg, mtd and raw: disks (devices.txt). */
static const unsigned char kept[] = {1, 4, 5, 7, 21, 90, 162};
enum { MISC = 10, KEPT_DISKS = 3 };

/* Most drivers have a major; that of small ones is shared, and UARTs share with the kernel's console. */
static void add_node(struct ds_devpolicy *policy, const char *path, const struct stat *st,
		     unsigned access)
{
	struct ds_devrule rule = rule_of(st, access);

	if (rule.major != MISC && !ds_str_has_prefix(path, "tty"))
		rule.minor = DS_DEV_ANY;
	ds_devpolicy_add(policy, &rule);
}

static void allow_node(const char *path, const struct stat *st, void *policy)
{
	add_node(policy, path, st, DS_DEV_ALL);
}

static void deny_node(const char *path, const struct stat *st, void *policy)
{
	if (!memchr(kept, (int)major(st->st_rdev), sizeof(kept) - KEPT_DISKS))
		add_node(policy, path, st, 0);
}

/* Also what is plugged in later: all but what hostdev.h keeps, which is denied before. */
static int allow_hardware(struct ds_devpolicy *policy, unsigned which)
{
	bool with_disks = which & DS_HOSTDEV_DISKS;
	size_t denied = sizeof(kept) - (with_disks ? KEPT_DISKS : 0);

	ds_err_clear();
	if (which & DS_HOSTDEV_GPU)
		ds_hostdev_each(DS_HOSTDEV_GPU, allow_node, policy);
	if (!(which & DS_HOSTDEV_ALL))
		return -ds_err_last()->code;
	for (size_t i = 0; i < denied; i++)
		ds_devpolicy_add(policy, &(struct ds_devrule){'c', 0, kept[i], DS_DEV_ANY});
	ds_hostdev_each((which & ~(unsigned)DS_HOSTDEV_GPU) | DS_HOSTDEV_KEPT, deny_node, policy);
	/* Not added to the rules that let it make each node: those come first. */
	if (policy->count > DS_DEVPOLICY_MAX - 2)
		return ds_fail_with(E2BIG, "deny that many devices");
	policy->rule[policy->count++] =
		(struct ds_devrule){'c', DS_DEV_ALL, DS_DEV_ANY, DS_DEV_ANY};
	if (with_disks)
		policy->rule[policy->count++] =
			(struct ds_devrule){'b', DS_DEV_ALL, DS_DEV_ANY, DS_DEV_ANY};
	return -ds_err_last()->code;
}

int ds_devices_policy(const struct ds_spec *spec, const struct ds_conf *conf,
		      struct ds_devpolicy *policy)
{
	const char *list = setting(conf, "devices");
	struct ds_device device;
	int err = 0;

	policy->count = 0;
	if (ds_spec_is_privileged(spec, DS_UNFILTERED_DEV))
		return 0;
	ds_devpolicy_init(policy);
	while (err >= 0 && (err = ds_device_next(&list, &device)) > 0)
		err = allow(policy, device.path, device.access);
	if (!err && CFG_BIND_MOUNTS)
		err = allow_binds(policy, setting(conf, "bind_mounts"));
	if (!err && CFG_BIND_MOUNTS)
		err = allow_binds(policy, setting(conf, "live_binds"));
	if (!err && CFG_HW_ACCESS)
		err = allow_hardware(policy, ds_spec_hostdev(spec));
	return err;
}

int ds_device_make(const struct ds_device *device, int dev_fd)
{
	const char *name;
	struct stat host, there;
	mode_t mask = umask(022);
	auto_fd fd = ds_tree_parent(dev_fd, device->path + strlen("/dev/"), true, &name);
	int err = fd < 0 ? fd : 0;

	umask(0);
	if (!err && (stat(device->path, &host) < 0 ||
		     mknodat(fd, name, host.st_mode & (S_IFMT | 0777), host.st_rdev) < 0 ||
		     fchownat(fd, name, host.st_uid, host.st_gid, AT_SYMLINK_NOFOLLOW) < 0))
		err = ds_fail("make its node");
	umask(mask);
	if (err == -EEXIST && fstatat(fd, name, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
	    there.st_rdev == host.st_rdev && !((there.st_mode ^ host.st_mode) & S_IFMT))
		err = 0;
	return err < 0 ? ds_err_in("device %.120s", device->path) : 0;
}

void ds_device_remove(const char *path, int dev_fd, struct ds_devpolicy *policy)
{
	const char *name;
	auto_fd fd = ds_tree_parent(dev_fd, path + strlen("/dev/"), false, &name);
	struct ds_devrule rule;
	struct stat st, host;

	if (fd < 0 || fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !is_node(&st) ||
	    stat("/dev", &host) < 0 || host.st_dev == st.st_dev)
		return;
	rule = rule_of(&st, 0);
	if (!ds_devpolicy_rule(policy, &rule))
		unlinkat(fd, name, 0);
}
