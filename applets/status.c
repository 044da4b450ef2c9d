// SPDX-License-Identifier: GPL-3.0-or-later
/* ds-status - tell whether a container runs
 *
 * usage: ds-status [OPTION]... [NAME]
 *
 * Prints one line and tells the same by its exit status. The name may be left out when exactly one
 * container runs. Changes nothing.
 *
 * exit status: 0 it runs, 1 failed, 2 usage, 3 no such container, 4 it does not run, 6 permission
 *
 * example: ds-status web || ds-start web
 *
 * config STATUS
 *	bool "ds-status"
 *	default y
 *	help
 *	  Tells whether a container runs, in a line and by its exit status.
 */
#define OPTIONS(X)                                                                                 \
	X(STRING, name, 'n', "name", "NAME", ALWAYS, "the container")                              \
	X(FLAG, json, 0, "json", 0, ALWAYS, "print JSON")                                          \
	X(FLAG, format, 0, "format", 0, ALWAYS, "print KEY=VALUE lines")

#include "applets/applet.h"
APPLET(status)
#include "applets/report.h"
#include "libds/host/workspace.h"
#include "libds/life/inspect.h"
#include "libds/life/usage.h"

static void print_text(const struct ds_container *c)
{
	char since[DS_DURATION_MAX];

	ds_usage_duration(since, ds_inspect_uptime(c));
	if (c->life == DS_RUNNING)
		printf("%s: %s, pid %d, up %s%s\n", c->name, ds_inspect_state(c),
		       (int)c->state.init.pid, since,
		       c->has_monitor ? "" : ", its monitor is gone");
	else if (c->life == DS_LEFT)
		printf("%s: not running, %s\n", c->name,
		       c->has_monitor ? "ending" : "remains to be cleaned up (ds-scan does)");
	else
		printf("%s: not running\n", c->name);
}

static void print_facts(const struct ds_container *c, struct report *report)
{
	report_begin(report, NULL);
	report_string(report, "name", c->name);
	report_string(report, "state", ds_inspect_state(c));
	report_number(report, "pid", c->life == DS_RUNNING ? c->state.init.pid : 0);
	report_number(report, "uptime_sec", ds_inspect_uptime(c));
	report_flag(report, "monitor", c->has_monitor);
	report_end(report);
}

int status_main(int argc, char **argv)
{
	struct options o = {0};
	struct report report;
	auto_container c = {0};

	if (!parse(&o, argc, argv, 0, 1))
		return o.status;
	if (ds_workspace_choose(o.workspace) < 0 || report_choose(&report, o.json, o.format) < 0 ||
	    report_look(&c, o.name, o.operands) < 0)
		return applet_fail();
	if (report.format == REPORT_TEXT)
		print_text(&c);
	else
		print_facts(&c, &report);
	return c.life == DS_RUNNING ? DS_EXIT_OK : DS_EXIT_STATE;
}
