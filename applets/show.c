// SPDX-License-Identifier: GPL-3.0-or-later
/* ds-show - list the containers
 *
 * usage: ds-show [OPTION]...
 *
 * Lists all containers that are known, those that run first. Changes nothing.
 *
 * exit status: 0 done, 1 failed (also when a container could not be read; the others are listed),
 * 2 usage, 6 permission
 *
 * example: ds-show
 * example: ds-show --json | jq -r .containers[].name
 *
 * config SHOW
 *	bool "ds-show"
 *	default y
 *	help
 *	  Lists containers, as a table, as JSON or as KEY=VALUE lines.
 */
#define OPTIONS(X)                                                                                 \
	X(FLAG, running, 'r', "running", 0, ALWAYS, "list only those that run")                    \
	X(FLAG, all, 'a', "all", 0, ALWAYS, "list all, the default")                               \
	X(FLAG, json, 0, "json", 0, ALWAYS, "print JSON")                                          \
	X(FLAG, format, 0, "format", 0, ALWAYS, "print KEY=VALUE lines")

#include "applets/applet.h"
APPLET(show)
#include "applets/pairs.h"
#include "applets/report.h"
#include "applets/table.h"
#include "libds/core/str.h"
#include "libds/host/workspace.h"
#include "libds/life/init.h"
#include "libds/life/inspect.h"
#include "libds/life/usage.h"

struct listing {
	bool running; /* this walk is for those that run, else for the others */
	int total, run_count;
	struct report report;
	struct table table;
};

static const char *init_name(const struct ds_container *c)
{
	return c->life == DS_RUNNING ? ds_init_name(ds_init_detect(c->state.init.pid)) : "";
}

static int add_row(struct listing *listing, const struct ds_container *c)
{
	bool runs = c->life == DS_RUNNING;
	char pid[16] = "-", uptime[DS_DURATION_MAX] = "-";
	struct ds_os_release os;
	const char *cells[] = {c->name, ds_inspect_state(c),       pid,
			       uptime,  runs ? init_name(c) : "-", os.pretty_name};

	if (ds_try_inspect_os(c, &os) < 0 || !*os.pretty_name)
		snprintf(os.pretty_name, sizeof(os.pretty_name), "%s", *os.id ? os.id : "-");
	if (runs) {
		snprintf(pid, sizeof(pid), "%d", (int)c->state.init.pid);
		ds_usage_duration(uptime, ds_inspect_uptime(c));
	}
	return table_add(&listing->table, cells);
}

static void put_member(struct report *report, const struct ds_container *c)
{
	struct ds_os_release os;

	ds_try_inspect_os(c, &os);
	report_begin(report, NULL);
	report_string(report, "name", c->name);
	report_string(report, "state", ds_inspect_state(c));
	report_number(report, "pid", c->life == DS_RUNNING ? c->state.init.pid : 0);
	report_number(report, "uptime_sec", ds_inspect_uptime(c));
	report_string(report, "init", init_name(c));
	report_string(report, "os", *os.pretty_name ? os.pretty_name : os.id);
	report_string(report, "rootfs", c->spec.rootfs_path);
	report_string(report, "uuid", c->spec.uuid);
	if (CFG_LIMITS)
		report_limits(report, c);
	report_end(report);
}

static int count_one(struct ds_container *c, void *ctx)
{
	struct listing *listing = ctx;

	listing->total++;
	listing->run_count += c->life == DS_RUNNING;
	return 0;
}

static int list_one(struct ds_container *c, void *ctx)
{
	struct listing *listing = ctx;
	char key[sizeof("CONT_") + DS_NAME_MAX];

	if ((c->life == DS_RUNNING) != listing->running)
		return 0;
	switch (listing->report.format) {
	case REPORT_TEXT:
		return add_row(listing, c);
	case REPORT_JSON:
		put_member(&listing->report, c);
		break;
	case REPORT_PAIRS:
		snprintf(key, sizeof(key), "CONT_%s", c->name);
		pair_number(key, c->state.init.pid);
		break;
	}
	return 0;
}

/* Those that run, then the others; 0 or the last error. */
static int list(struct listing *listing, bool only_running)
{
	int err;

	listing->running = true;
	err = ds_container_each(list_one, listing);
	if (only_running || listing->report.format == REPORT_PAIRS)
		return err;
	listing->running = false;
	return ds_container_each(list_one, listing);
}

static int show(struct listing *listing, bool only_running)
{
	static const char *const head[] = {"NAME", "STATE", "PID", "UPTIME", "INIT", "OS"};
	struct report *report = &listing->report;
	int err;

	if (report->format == REPORT_JSON) {
		ds_json_open(&report->json, NULL, '{');
		ds_json_number(&report->json, "total", listing->total);
		ds_json_number(&report->json, "running", listing->run_count);
		ds_json_open(&report->json, "containers", '[');
		err = list(listing, only_running);
		ds_json_close(&report->json, ']');
		ds_json_close(&report->json, '}');
		return err;
	}
	if (report->format == REPORT_PAIRS) {
		pair_number("TOTAL_CONTAINERS", listing->total);
		pair_number("RUN_CONTAINERS", listing->run_count);
		return list(listing, true);
	}
	err = table_add(&listing->table, head);
	if (!err)
		err = list(listing, only_running);
	if (listing->table.rows > 1)
		table_print(&listing->table);
	else
		puts(only_running ? "no container is running" : "there are no containers");
	return err;
}

int show_main(int argc, char **argv)
{
	struct options o = {0};
	struct listing listing = {.table.columns = 6};
	const char *name;
	int err;

	if (!parse(&o, argc, argv, 0, 0))
		return o.status;
	if (ds_workspace_choose(o.workspace) < 0 ||
	    report_choose(&listing.report, o.json, o.format) < 0 ||
	    report_target(NULL, o.operands, &name) < 0)
		return applet_fail();
	ds_container_each(count_one, &listing);
	err = show(&listing, o.running);
	table_free(&listing.table);
	return err < 0 ? applet_fail() : DS_EXIT_OK;
}
