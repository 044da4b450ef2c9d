// SPDX-License-Identifier: GPL-3.0-or-later
/* livedevice - see livedevice.h. */
#include "libds/life/livedevice.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libds/core/auto.h"
#include "libds/core/err.h"
#include "libds/kernel/cgroup.h"
#include "libds/life/bind.h"
#include "libds/life/inspect.h"

#define KEY "devices"

const char *ds_livedevice_list(const struct ds_container *container)
{
	return ds_container_recorded(container, KEY);
}

static int open_dev(const struct ds_container *container)
{
	auto_fd root_fd = ds_try_inspect_root(container);
	int fd = openat(root_fd, "dev", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	return fd < 0 ? ds_fail("open the guest's /dev") : fd;
}

static const char *cgroup_dir(const struct ds_container *container)
{
	return ds_container_recorded(container, "cgroup_dir");
}

const char *ds_livedevice_policy(const struct ds_container *container)
{
	static const char *const kinds[] = {"none", "v1", "bpf"};

	return kinds[ds_devpolicy_find(cgroup_dir(container))];
}

static int enforce(const struct ds_container *container, struct ds_devpolicy *policy)
{
	int err = ds_devices_policy(&container->spec, &container->state.conf, policy);

	if (err < 0)
		return err;
	err = ds_try_devpolicy_exchange(cgroup_dir(container), DS_CGROUP_GUEST, policy);
	return err < 0 ? ds_fail_with(err, "exchange its device policy") : 0;
}

int ds_livedevice_enforce(const struct ds_container *container)
{
	struct ds_devpolicy policy;

	return enforce(container, &policy);
}

static int note(struct ds_container *container, const char *list)
{
	int err = ds_conf_set(&container->state.conf, KEY, *list ? list : NULL);

	return err < 0 ? err : ds_state_save(&container->state, container->spec.pidfile);
}

/* Behind what is in the list already; item's own end is a comma or the text's. */
static char *append(const char *list, char *end, const char *item)
{
	if (end > list)
		*end++ = ',';
	return mempcpy(end, item, ds_item_span(item, ","));
}

/* The list without that path, and with item (or ""), in place of the one that is noted; *was is that, to be
 * freed. 1 when the path was in it. */
static int exchange(struct ds_container *container, const char *path, const char *item, char **was)
{
	const char *next = ds_livedevice_list(container), *from;
	auto_free char *list = malloc(strlen(next) + strlen(item) + 2);
	struct ds_device device;
	bool found = false;
	char *end = list;
	int err;

	*was = strdup(next);
	if (!list || !*was)
		return ds_fail("keep the devices");
	for (from = next; (err = ds_device_next(&next, &device)) > 0; from = next) {
		bool same = strcmp(device.path, path) == 0;

		found |= same;
		if (!same)
			end = append(list, end, from);
	}
	if (err < 0)
		return err;
	if (*item)
		end = append(list, end, item);
	*end = 0;
	err = note(container, list);
	return err < 0 ? err : found;
}

/* What failed is not noted, nor allowed. */
static int take_back(struct ds_container *container, const char *was)
{
	const struct ds_err why = *ds_err_last();

	if (note(container, was) == 0)
		ds_livedevice_enforce(container);
	ds_err_set(&why);
	return -why.code;
}

int ds_livedevice_change(struct ds_container *container, const struct ds_device *device,
			 const char *item)
{
	struct ds_devpolicy policy;
	auto_free char *was = NULL;
	auto_fd dev_fd = open_dev(container);
	/* No /dev that a guest has spoiled keeps us from taking a device away. */
	int err = dev_fd < 0 && *item ? dev_fd : exchange(container, device->path, item, &was);

	if (err < 0)
		return err;
	if (!err && !*item) {
		ds_refuse(DS_EXIT_NOT_FOUND, "device %.120s: not one of its", device->path);
		ds_hint("'ds-device %s' lists them", container->name);
		return -ds_err_last()->code;
	}
	/* First, for that can be taken back when the other fails. */
	err = enforce(container, &policy);
	if (!err && *item)
		err = ds_device_make(device, dev_fd);
	else if (!err)
		ds_device_remove(device->path, dev_fd, &policy);
	return err < 0 ? take_back(container, was) : 0;
}
