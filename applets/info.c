// SPDX-License-Identifier: GPL-3.0-or-later
/* ds-info - tell what is known of a container
 *
 * usage: ds-info [OPTION]... [NAME]
 *
 * Prints what the host knows of a container, running or not, and what its own os-release and
 * hostname say. The name may be left out when exactly one container runs. Changes nothing.
 *
 * exit status: 0 done, 1 failed, 2 usage, 3 no such container, 6 permission
 *
 * example: ds-info web
 * example: ds-info --json web | jq -r .os
 *
 * config INFO
 *	bool "ds-info"
 *	default y
 *	help
 *	  Tells what is known of a container: state, operating system, init, features.
 */
#define OPTIONS(X)                                                                                 \
	X(STRING, name, 'n', "name", "NAME", ALWAYS, "the container")                              \
	X(FLAG, json, 0, "json", 0, ALWAYS, "print JSON")                                          \
	X(FLAG, format, 0, "format", 0, ALWAYS, "print KEY=VALUE lines")

#include "applets/applet.h"
APPLET(info)
#include <string.h>

#include "applets/report.h"
#include "libds/core/when.h"
#include "libds/host/workspace.h"
#include "libds/life/init.h"
#include "libds/life/inspect.h"
#include "libds/life/usage.h"

static void print_life(const struct ds_container *c, struct report *report)
{
	bool runs = c->life == DS_RUNNING;
	char text[DS_DURATION_MAX], when[DS_WHEN_MAX] = "";

	report_string(report, "name", c->name);
	report_string(report, "state", ds_inspect_state(c));
	/* A program wants every key every time, a person only what there is. */
	if (runs || report->format != REPORT_TEXT)
		report_number(report, "pid", runs ? c->state.init.pid : 0);
	if (c->has_monitor || report->format != REPORT_TEXT)
		report_number(report, "monitor_pid", c->has_monitor ? c->state.monitor.pid : 0);
	if (report->format != REPORT_TEXT)
		report_number(report, "uptime_sec", ds_inspect_uptime(c));
	ds_usage_duration(text, ds_inspect_uptime(c));
	report_string(report, "uptime", runs ? text : "");
	if (runs)
		ds_when_text(when, (time_t)c->state.started, false);
	report_string(report, "started", when);
}

static void print_guest(const struct ds_container *c, struct report *report)
{
	char hostname[DS_HOSTNAME_MAX + 1];
	struct ds_os_release os;

	ds_inspect_hostname(c, hostname);
	ds_try_inspect_os(c, &os);
	report_string(report, "hostname", hostname);
	report_string(report, "os", *os.pretty_name ? os.pretty_name : os.id);
	report_string(report, "os_id", os.id);
	report_string(report, "os_version", os.version_id);
	report_string(report, "init",
		      c->life != DS_RUNNING ? "" : ds_init_name(ds_init_detect(c->state.init.pid)));
	report_string(report, "init_path", ds_spec_init_path(&c->spec));
	if (CFG_INIT_SHIM && *c->spec.init_command)
		report_string(report, "init_command", c->spec.init_command);
	report_string(report, "rootfs", c->spec.rootfs_path);
	report_string(report, "uuid", c->spec.uuid);
}

static void print_features(const struct ds_container *c, struct report *report)
{
	struct ds_feature features[DS_FEATURES_MAX];
	size_t count = ds_inspect_features(c, features);

	for (size_t i = 0; i < count; i++) {
		bool on = strcmp(features[i].value, "on") == 0;

		if (on || strcmp(features[i].value, "off") == 0)
			report_flag(report, features[i].name, on);
		else
			report_string(report, features[i].name, features[i].value);
	}
}

int info_main(int argc, char **argv)
{
	struct options o = {0};
	struct report report;
	auto_container c = {0};

	if (!parse(&o, argc, argv, 0, 1))
		return o.status;
	if (ds_workspace_choose(o.workspace) < 0 || report_choose(&report, o.json, o.format) < 0 ||
	    report_look(&c, o.name, o.operands) < 0)
		return applet_fail();
	report_begin(&report, NULL);
	print_life(&c, &report);
	print_guest(&c, &report);
	print_features(&c, &report);
	if (CFG_LIMITS)
		report_limits(&report, &c);
	report_end(&report);
	return DS_EXIT_OK;
}
