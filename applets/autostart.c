// SPDX-License-Identifier: GPL-3.0-or-later
/* ds-autostart - start the containers that are to run from the host's boot on
 *
 * usage: ds-autostart [OPTION]...
 *
 * Starts, one after the other, each container whose settings have autostart=1, as ds-start --autostart
 * writes it: by autostart_order, the lowest first, then by name. One that fails does not keep the others
 * from starting, and none holds the terminal. Those that run already are passed over.
 *
 * --stop ends those of them that run in the reverse order, of one order at the same time.
 *
 * exit status: 0 all run, or with --stop none does; 1 one of them failed; 2 usage; 6 permission
 *
 * example: ds-start --autostart --autostart-order=1 db
 * example: ds-autostart --list
 *
 * config AUTOSTART
 *	bool "ds-autostart"
 *	default y
 *	help
 *	  Starts marked containers in order when the host boots, and stops them in reverse. The
 *	  systemd unit and the Magisk module call it.
 */
#define OPTIONS(X)                                                                                 \
	X(FLAG, list, 'l', "list", 0, ALWAYS, "list them in their order, start nothing")           \
	X(FLAG, stop, 's', "stop", 0, ALWAYS, "stop them")                                         \
	X(INT, timeout, 0, "timeout", "SECONDS", ALWAYS,                                           \
	  "time to shut down before it is killed; default: 8; 0 kills at once, -1 waits")          \
	X(FLAG, json, 0, "json", 0, ALWAYS, "list as JSON")                                        \
	X(FLAG, format, 0, "format", 0, ALWAYS, "list as KEY=VALUE lines")

#include "applets/applet.h"
APPLET(autostart)
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "applets/act.h"
#include "applets/pairs.h"
#include "applets/report.h"
#include "libds/core/auto.h"
#include "libds/host/state.h"
#include "libds/life/find.h"
#include "libds/life/inspect.h"
#include "libds/life/start.h"
#include "libds/life/stop.h"

struct plan {
	char **names; /* in order, NULL behind them */
	int *orders;  /* of each; INT_MAX = none */
	int count, failed;
};

/* Names come in byte order: equal orders keep it. */
static int insert(struct plan *plan, const char *name, int order)
{
	size_t room = (size_t)plan->count + 2, at = (size_t)plan->count;
	char **names = realloc(plan->names, room * sizeof(*names));
	int *orders;

	plan->names = names ? names : plan->names;
	orders = names ? realloc(plan->orders, room * sizeof(*orders)) : NULL;
	if (!orders)
		return ds_fail("keep the names");
	plan->orders = orders;
	for (; at && orders[at - 1] > order; at--) {
		names[at] = names[at - 1];
		orders[at] = orders[at - 1];
	}
	orders[at] = order;
	names[at] = strdup(name);
	names[++plan->count] = NULL;
	return names[at] ? 0 : ds_fail("keep the names");
}

/* What the settings say, also of one that runs with others. */
static int add_one(const char *name, void *ctx)
{
	struct plan *plan = ctx;
	auto_spec spec = {0};
	char path[PATH_MAX];
	int order, err = ds_workspace_path(path, sizeof(path), DS_WS_CONFIG, name);

	if (!err)
		err = ds_spec_load(&spec, path);
	order = err < 0 ? 0 : ds_spec_autostart_order(&spec);
	if (!err && spec.autostart)
		return insert(plan, name, order ? order : INT_MAX);
	if (err < 0) {
		plan->failed++;
		applet_fail();
	}
	return 0;
}

static bool is_running(const char *name)
{
	auto_container container = {0};

	return ds_container_look(&container, name) == 0 && container.life == DS_RUNNING;
}

static void list_one(struct report *report, const char *name, int order)
{
	auto_container container = {0};
	char key[sizeof("AUTOSTART_") + DS_NAME_MAX];
	const char *state;

	ds_container_look(&container, name);
	state = ds_inspect_state(&container);
	if (order == INT_MAX)
		order = 0;
	if (report->format == REPORT_TEXT) {
		printf("%s: %s\n", name, state);
	} else if (report->format == REPORT_PAIRS) {
		snprintf(key, sizeof(key), "AUTOSTART_%s", name);
		pair_number(key, order);
	} else {
		report_begin(report, NULL);
		report_string(report, "name", name);
		report_number(report, "order", order);
		report_string(report, "state", state);
		report_end(report);
	}
}

static void list(const struct plan *plan, struct report *report)
{
	if (report->format == REPORT_JSON)
		ds_json_open(&report->json, NULL, '[');
	for (int i = 0; i < plan->count; i++)
		list_one(report, plan->names[i], plan->orders[i]);
	if (report->format == REPORT_JSON)
		ds_json_close(&report->json, ']');
}

static bool start_one(const char *name)
{
	const struct {
		const char *name;
		bool given;
	} o = {name, true};
	const struct ds_opt row = {.kind = DS_OPT_STRING, .given = sizeof(name)};
	const struct act_request request = {.settings = {&row, &o, DS_SPEC_name, 1}};
	auto_spec spec = {0};
	auto_fd lock_fd = ds_state_lock(name, true);
	int err = lock_fd < 0 ? lock_fd : 0;

	if (!err && is_running(name)) {
		ds_state_unlock(name, &lock_fd);
		printf("%s: runs already\n", name);
		return true;
	}
	ds_err_clear();
	if (!err)
		err = act_load(&spec, &request);
	if (!err) {
		struct ds_starting how = {0};

		return act_start(&spec, &lock_fd, &how) == DS_EXIT_OK;
	}
	ds_err_in("start %s", name);
	applet_fail();
	ds_state_unlock(name, &lock_fd);
	return false;
}

static void start(struct plan *plan)
{
	for (int i = 0; i < plan->count; i++) {
		plan->failed += !start_one(plan->names[i]);
		/* One that takes long is no reason to hear late of those before it. */
		fflush(stdout);
	}
}

/* From the last on, those of one order together. */
static void stop(struct plan *plan, int timeout)
{
	for (int end = plan->count; end > 0;) {
		int order = plan->orders[end - 1], count = 0, first = end;
		char **names = calloc((size_t)end + 1, sizeof(*names));

		while (first > 0 && plan->orders[first - 1] == order)
			first--;
		for (int i = first; names && i < end; i++)
			if (is_running(plan->names[i]))
				names[count++] = plan->names[i];
		ds_err_clear();
		if (!names) {
			ds_fail("keep the names");
			applet_fail();
		}
		plan->failed += !names || act_stop(names, timeout) != DS_EXIT_OK;
		free(names);
		end = first;
	}
}

int autostart_main(int argc, char **argv)
{
	struct options o = {.timeout = DS_STOP_TIMEOUT};
	struct plan plan = {0};
	struct report report;
	auto_names names = NULL;
	int err;

	if (!parse(&o, argc, argv, 0, 0))
		return o.status;
	err = report_choose(&report, o.json, o.format);
	if (!err && o.list && o.stop)
		err = ds_refuse(DS_EXIT_USAGE, "--list and --stop exclude each other");
	if (!err && !o.list && report.format != REPORT_TEXT)
		err = ds_refuse(DS_EXIT_USAGE, "--json and --format are for --list");
	if (!err && o.timeout < DS_STOP_FOREVER)
		err = ds_refuse(DS_EXIT_USAGE, "--timeout=%d: -1 or more", o.timeout);
	if (!err)
		err = act_begin(o.workspace);
	if (!err)
		err = ds_workspace_each(DS_WS_CONFIG, add_one, &plan);
	names = plan.names;
	if (err < 0)
		err = applet_fail();
	else if (o.list)
		list(&plan, &report);
	else if (o.stop)
		stop(&plan, o.timeout);
	else
		start(&plan);
	free(plan.orders);
	return err ? err : plan.failed ? DS_EXIT_FAILED : DS_EXIT_OK;
}
