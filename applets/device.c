// SPDX-License-Identifier: GPL-3.0-or-later
/* ds-device - let a running container use a device of the host
 *
 * usage: ds-device [OPTION]... NAME [list]
 *        ds-device NAME add /dev/X[:ACCESS]...
 *        ds-device NAME remove /dev/X...
 *
 * add makes the host's node in the guest's /dev, and lets its processes open it: ACCESS is "r", "w" or "rw",
 * which it is without. remove denies that again to who has not opened it yet. Both last until the guest stops
 * or reboots; then it has what ds-start --device has stored.
 *
 * list tells what it was given, and what in the kernel keeps it from the rest: bpf, v1 (the hierarchy
 * "devices"), or none.
 *
 * exit status: 0 done, 1 failed, 2 usage, 3 no such container or device, 4 not running, 6 permission
 *
 * example: ds-device web add /dev/kvm /dev/loop0:r
 *
 * config DEVICE
 *	bool "ds-device"
 *	depends on DEVICES
 *	default y
 *	help
 *	  Gives devices to a container, and takes them away, while it runs.
 */
#define OPTIONS(X)                                                                                 \
	X(STRING, name, 'n', "name", "NAME", ALWAYS, "the container")                              \
	X(FLAG, json, 0, "json", 0, ALWAYS, "list as JSON")                                        \
	X(FLAG, format, 0, "format", 0, ALWAYS, "list as KEY=VALUE lines")

#include "applets/applet.h"
APPLET(device)
#include <string.h>

#include "applets/act.h"
#include "applets/live.h"
#include "applets/report.h"
#include "libds/core/auto.h"
#include "libds/host/workspace.h"
#include "libds/life/bind.h"
#include "libds/life/livedevice.h"

/* JSON has an array, the others a line each. */
static int list(const struct ds_container *container, struct report *report)
{
	const char *next = ds_livedevice_list(container), *item = next;
	struct ds_device device;
	int more, count = 0;

	report_begin(report, NULL);
	report_string(report, "policy", ds_livedevice_policy(container));
	if (report->format == REPORT_JSON)
		ds_json_open(&report->json, "devices", '[');
	for (; (more = ds_device_next(&next, &device)) > 0; item = next) {
		auto_free char *text = strndup(item, ds_item_span(item, ","));
		char key[20];

		snprintf(key, sizeof(key), "device_%d", ++count);
		report_string(report, report->format == REPORT_JSON ? NULL : key, text ? text : "");
	}
	if (report->format == REPORT_JSON)
		ds_json_close(&report->json, ']');
	report_end(report);
	return more;
}

/* One item, as an option of ds-start would be: it has no comma of a list. */
static int take_item(const char *item, struct ds_device *device)
{
	const char *next = item;
	int more = ds_device_next(&next, device);

	if (more < 0)
		return more;
	return more && !*next ? ds_devices_check(item)
			      : ds_refuse(DS_EXIT_USAGE, "device '%.120s': not one device", item);
}

static int check(const char *item, bool remove)
{
	struct ds_device device;

	(void)remove;
	return take_item(item, &device);
}

static int change(struct ds_container *container, const char *item, bool remove)
{
	struct ds_device device;
	int err = take_item(item, &device);

	return err < 0 ? err : ds_livedevice_change(container, &device, remove ? "" : item);
}

int device_main(int argc, char **argv)
{
	static const struct live live = {check, change};
	struct options o = {0};
	struct report report;
	struct live_words words = {0};
	auto_container container = {0};
	int err;

	if (!parse(&o, argc, argv, 0, MANY))
		return o.status;
	err = report_choose(&report, o.json, o.format);
	if (!err)
		err = live_words(&words, o.name, o.operands, "DEVICE", "DEVICE");
	if (!err)
		err = act_begin(o.workspace);
	if (!err)
		err = ds_name_check(words.name);
	if (!err && !words.lists)
		err = live_change(&live, words.name, words.removes, words.items);
	else if (!err && !(err = ds_container_running(&container, words.name)))
		err = list(&container, &report);
	return err < 0 ? applet_fail() : DS_EXIT_OK;
}
