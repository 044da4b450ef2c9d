// SPDX-License-Identifier: GPL-3.0-or-later
/* ds-diff - list what a volatile container has changed
 *
 * usage: ds-diff [OPTION]... [NAME]
 *
 * Compares what a running volatile container has written with what it was started from, and prints a
 * line for each path: A added, C changed, D deleted. What was below a deleted directory is not listed,
 * and a directory only if it is new or its owner, mode or attributes have changed. A file that was
 * opened for writing counts as changed. Other file systems in the guest, as /run, are not looked at.
 * The name may be left out when exactly one container runs. Changes nothing.
 *
 * exit status: 0 done, 1 failed, 2 usage, 3 no such container, 4 not running or not volatile,
 * 6 permission
 *
 * example: ds-diff web
 *
 * config DIFF
 *	bool "ds-diff"
 *	depends on VOLATILE
 *	default y
 *	help
 *	  Lists the files that a volatile container has added, changed or deleted.
 */
#define OPTIONS(X)                                                                                 \
	X(STRING, name, 'n', "name", "NAME", ALWAYS, "the container")                              \
	X(FLAG, json, 0, "json", 0, ALWAYS, "print JSON")                                          \
	X(FLAG, format, 0, "format", 0, ALWAYS, "print KEY=VALUE lines")

#include "applets/applet.h"
APPLET(diff)
#include <stdlib.h>
#include <string.h>

#include "applets/pairs.h"
#include "applets/report.h"
#include "libds/core/auto.h"
#include "libds/core/json.h"
#include "libds/core/str.h"
#include "libds/host/workspace.h"
#include "libds/life/volatile.h"

static int print_line(const struct ds_change *change)
{
	/* A byte becomes \xHH at most. */
	size_t size = 4 * strlen(change->path) + 1;
	auto_free char *shown = malloc(size);

	if (!shown)
		return ds_fail("print a path");
	printf("%c %s\n", change->kind, ds_str_printable(shown, size, change->path));
	return 0;
}

static void print_pair(const struct ds_change *change)
{
	const char key[2] = {(char)change->kind};

	pair_string(key, change->path);
}

static void print_json(const struct ds_changes *changes)
{
	struct ds_json json = {.out = stdout};

	ds_json_open(&json, NULL, '[');
	for (size_t i = 0; i < changes->count; i++) {
		const char kind[2] = {(char)changes->list[i].kind};

		ds_json_open(&json, NULL, '{');
		ds_json_string(&json, "change", kind);
		ds_json_string(&json, "path", changes->list[i].path);
		ds_json_close(&json, '}');
	}
	ds_json_close(&json, ']');
}

int diff_main(int argc, char **argv)
{
	struct options o = {0};
	auto_container c = {0};
	auto_changes changes = {0};
	struct report report;
	const char *name;

	if (!parse(&o, argc, argv, 0, 1))
		return o.status;
	if (ds_workspace_choose(o.workspace) < 0 || report_choose(&report, o.json, o.format) < 0 ||
	    report_target(o.name, o.operands, &name) < 0 || ds_container_running(&c, name) < 0 ||
	    ds_volatile_changes(&changes, &c) < 0)
		return applet_fail();
	if (o.json) {
		print_json(&changes);
		return DS_EXIT_OK;
	}
	for (size_t i = 0; i < changes.count; i++) {
		if (o.format)
			print_pair(&changes.list[i]);
		else if (print_line(&changes.list[i]) < 0)
			return applet_fail();
	}
	return DS_EXIT_OK;
}
