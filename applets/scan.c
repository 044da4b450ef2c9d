// SPDX-License-Identifier: GPL-3.0-or-later
/* ds-scan - find lost containers and clear away dead ones
 *
 * usage: ds-scan [OPTION]...
 *
 * A container whose record was lost is found through its monitor, and its record is written again.
 * What containers that died without their monitor left behind is undone: cgroups, host settings,
 * files. Prints what it did; nothing to do prints nothing. Each start does the same for its own name.
 *
 * exit status: 0 done, 1 something could not be done, 2 usage, 6 permission
 *
 * example: ds-scan
 *
 * config SCAN
 *	bool "ds-scan"
 *	default y
 *	help
 *	  Repairs the records after a crash or a power cut. Starting a container repairs that
 *	  one also without this.
 */
#define OPTIONS(X)                                                                                 \
	X(FLAG, json, 0, "json", 0, ALWAYS, "print JSON")                                          \
	X(FLAG, format, 0, "format", 0, ALWAYS, "print KEY=VALUE lines")

#include "applets/applet.h"
APPLET(scan)
#include "applets/act.h"
#include "applets/pairs.h"
#include "applets/report.h"
#include "libds/life/inspect.h"
#include "libds/life/scan.h"

static const char *const words[] = {
	[DS_SCAN_RECOVERED] = "recovered",
	[DS_SCAN_CLEARED] = "cleared",
	[DS_SCAN_BUSY] = "busy",
	[DS_SCAN_FAILED] = "failed",
};

static void print_text(const char *name, enum ds_scan_did did)
{
	static const char *const lines[] = {
		[DS_SCAN_RECOVERED] = "runs; its lost record is written again",
		[DS_SCAN_CLEARED] = "was dead; what it left behind is undone",
		[DS_SCAN_BUSY] = "another command is at it; left alone",
	};

	auto_container c = {0};
	bool is_frozen = CFG_FREEZE && ds_container_look(&c, name) == 0 && ds_inspect_is_frozen(&c);

	printf("%s: %s%s\n", name, lines[did], is_frozen ? "; it is frozen" : "");
}

static void print_one(const char *name, enum ds_scan_did did, void *ctx)
{
	struct report *report = ctx;

	if (did == DS_SCAN_FAILED) {
		ds_err_in("%s", name);
		applet_fail();
	}
	if (report->format == REPORT_JSON) {
		report_begin(report, NULL);
		report_string(report, "name", name);
		report_string(report, "did", words[did]);
		report_end(report);
	} else if (report->format == REPORT_PAIRS) {
		char key[sizeof("SCAN_") + DS_NAME_MAX];

		snprintf(key, sizeof(key), "SCAN_%s", name);
		pair_string(key, words[did]);
	} else if (did != DS_SCAN_FAILED) {
		print_text(name, did);
	}
}

int scan_main(int argc, char **argv)
{
	struct options o = {0};
	struct report report;
	int failed;

	if (!parse(&o, argc, argv, 0, 0))
		return o.status;
	if (act_begin(o.workspace) < 0 || report_choose(&report, o.json, o.format) < 0)
		return applet_fail();
	if (report.format == REPORT_JSON)
		ds_json_open(&report.json, NULL, '[');
	failed = ds_scan(print_one, &report);
	if (report.format == REPORT_JSON)
		ds_json_close(&report.json, ']');
	return failed ? DS_EXIT_FAILED : DS_EXIT_OK;
}
