// SPDX-License-Identifier: GPL-3.0-or-later
/* ds-usage - measure the memory and CPU time a container takes
 *
 * usage: ds-usage [OPTION]... [NAME]
 *
 * Prints KEY=VALUE lines. Memory is what the container's memory cgroup counts, page cache included,
 * where it has one, else the sum of its processes' resident memory; the total is its limit, else
 * the host's memory. CPU_PERMILL is its share, in thousandths, of all the host's CPUs together over
 * a tenth of a second. The name may be left out when exactly one container runs. Changes nothing.
 *
 * exit status: 0 done, 1 failed, 2 usage, 3 no such container, 4 not running, 6 permission
 *
 * example: ds-usage web
 *
 * config USAGE
 *	bool "ds-usage"
 *	default y
 *	help
 *	  Measures the memory and CPU time that a container takes. The Android app shows it.
 */
#define OPTIONS(X)                                                                                 \
	X(STRING, name, 'n', "name", "NAME", ALWAYS, "the container")                              \
	X(FLAG, json, 0, "json", 0, ALWAYS, "print JSON")                                          \
	X(FLAG, format, 0, "format", 0, ALWAYS, "print KEY=VALUE lines, as without it")

#include "applets/applet.h"
APPLET(usage)
#include "applets/report.h"
#include "libds/host/workspace.h"
#include "libds/life/usage.h"

static void print_usage(const struct ds_container *c, const struct ds_usage *u,
			struct report *report)
{
	char uptime[DS_DURATION_MAX];

	ds_usage_duration(uptime, u->uptime_s);
	report_begin(report, NULL);
	if (report->format == REPORT_JSON)
		report_string(report, "name", c->name);
	report_number(report, "uptime_sec", u->uptime_s);
	report_string(report, "uptime", uptime);
	report_number(report, "ram_used_kb", u->ram_used_kb);
	report_number(report, "ram_total_kb", u->ram_total_kb);
	report_number(report, "cpu_permill", u->cpu_permille);
	if (report->format == REPORT_JSON) {
		report_number(report, "processes", u->processes);
		report_string(report, "ram_source", u->ram_by_cgroup ? "cgroup" : "processes");
		report_string(report, "cpu_source", u->cpu_by_cgroup ? "cgroup" : "processes");
		if (CFG_LIMITS)
			report_limits(report, c);
	}
	report_end(report);
}

int usage_main(int argc, char **argv)
{
	struct options o = {0};
	struct report report;
	struct ds_usage usage;
	auto_container c = {0};
	const char *name;

	if (!parse(&o, argc, argv, 0, 1))
		return o.status;
	if (ds_workspace_choose(o.workspace) < 0 || report_choose(&report, o.json, o.format) < 0 ||
	    report_target(o.name, o.operands, &name) < 0 || ds_container_running(&c, name) < 0 ||
	    ds_usage_measure(&c, &usage) < 0)
		return applet_fail();
	/* Scripts read these lines: they are the same with --format and without. */
	if (report.format == REPORT_TEXT)
		report.format = REPORT_PAIRS;
	print_usage(&c, &usage, &report);
	return DS_EXIT_OK;
}
