// SPDX-License-Identifier: GPL-3.0-or-later
/* ds-events - show what became of containers
 *
 * usage: ds-events [OPTION]... [NAME]
 *
 * Shows when containers were started, stopped and restarted and when they died, of all or of one,
 * whether it still exists or not. A guest that reboots dies, starts and restarts; one that is stopped
 * dies and stops. What is long past is dropped: the log of it takes at most 128 KiB. Changes nothing.
 *
 * WHEN is 90s, 10m, 2h or 3d ago, "YYYY-MM-DD HH:MM:SS" or a part of it, today, yesterday, or
 * @SECONDS since 1970.
 *
 * exit status: 0 done, 1 failed, 2 usage, 6 permission
 *
 * example: ds-events --since=1h
 * example: ds-events -f --json | jq -r --unbuffered '.action + " " + .name'
 *
 * config EVENTS
 *	bool "Log of events, ds-events"
 *	default y
 *	help
 *	  Notes when containers are started, stopped and restarted and when they end, in a log of a
 *	  bounded size; ds-events shows it and can follow it, and so does ds-daemon for others.
 */
#define OPTIONS(X)                                                                                 \
	X(STRING, name, 'n', "name", "NAME", ALWAYS, "only that container")                        \
	X(FLAG, follow, 'f', "follow", 0, ALWAYS, "go on with what happens from now on")           \
	X(STRING, since, 0, "since", "WHEN", ALWAYS, "only what happened since then")              \
	X(FLAG, json, 0, "json", 0, ALWAYS, "print JSON, an object for each")                      \
	X(FLAG, format, 0, "format", 0, ALWAYS, "print KEY=VALUE lines, a block for each")

#include "applets/applet.h"
APPLET(events)
#include <signal.h>
#include <string.h>
#include <time.h>

#include "applets/report.h"
#include "libds/core/str.h"
#include "libds/core/when.h"
#include "libds/host/workspace.h"
#include "libds/life/events.h"

struct view {
	struct ds_events events;
	const char *name; /* NULL = all */
	time_t since;
	enum report_format format;
};

static void take(struct ds_events *events, const struct ds_event *event)
{
	struct view *view = (struct view *)events;
	struct report report = {view->format, {.out = stdout}};
	char time[DS_WHEN_MAX];

	if (event->seconds < view->since || (view->name && strcmp(view->name, event->name) != 0))
		return;
	if (report.format == REPORT_TEXT) {
		printf("%s %-7s %s\n", ds_when_text(time, (time_t)event->seconds, true),
		       event->action, event->name);
		return;
	}
	report_begin(&report, NULL);
	report_number(&report, "seconds", event->seconds);
	report_number(&report, "nanoseconds", event->nanoseconds);
	report_string(&report, "type", "container");
	report_string(&report, "action", event->action);
	report_string(&report, "name", event->name);
	report_string(&report, "uuid", event->uuid);
	report_end(&report);
}

static int show(struct view *view, bool follow)
{
	int more = ds_events_open(&view->events, follow);

	if (more < 0 || !follow)
		return more;
	do {
		if (fflush(stdout) == 0)
			more = ds_logread_wait(&view->events.log, STDOUT_FILENO);
		else
			more = 0;
		if (more > 0 && ds_logread_more(&view->events.log) < 0)
			more = -1;
	} while (more > 0);
	return more;
}

int events_main(int argc, char **argv)
{
	struct options o = {0};
	struct view view = {.events.take = take};
	struct report report;
	int err;

	if (!parse(&o, argc, argv, 0, 1))
		return o.status;
	err = ds_workspace_choose(o.workspace);
	if (!err)
		err = report_choose(&report, o.json, o.format);
	if (!err)
		err = report_target(o.name, o.operands, &view.name);
	if (!err && view.name)
		err = ds_name_check(view.name);
	if (!err && o.since && ds_try_when(o.since, time(NULL), &view.since) < 0)
		err = ds_refuse(DS_EXIT_USAGE, "--since takes a time, not '%s'", o.since);
	if (err < 0)
		return applet_fail();
	view.format = report.format;
	/* A reader that has enough is no failure, also for whose parent ignores the signal. */
	signal(SIGPIPE, SIG_DFL);
	err = show(&view, o.follow);
	ds_logread_close(&view.events.log);
	return err < 0 ? applet_fail() : DS_EXIT_OK;
}
