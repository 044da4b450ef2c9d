// SPDX-License-Identifier: GPL-3.0-or-later
/* ds-bind - show files of the host in a running container
 *
 * usage: ds-bind [OPTION]... NAME [SRC:DST[:OPTION,...]]...
 *        ds-bind [OPTION]... NAME --remove DST...
 *
 * Mounts the host's SRC, a directory, file, socket or device, on DST of the guest. DST is absolute and
 * is made if it is missing; links of the guest never lead out of its root. Options, after a second
 * colon and with commas between:
 *   ro          read-only, with all that is mounted below
 *   rec         what is mounted below SRC comes along
 *   nosuid, nodev, noexec
 *   mkdir       make the directory SRC if it is missing
 * A comma, colon or backslash in a path is written with a backslash before it.
 *
 * --remove unmounts binds, those that came with ds-start --bind too, and nothing else. With a name alone
 * the binds are listed.
 *
 * Both last until the guest stops or reboots; then it has what ds-start --bind has stored. A process in the
 * guest that uses a bind keeps it until it lets go. Mounting needs Linux 5.2.
 *
 * exit status: 0 done, 1 failed, 2 usage, 3 no such container or bind, 4 not running or DST is bound
 * already, 5 the kernel lacks what is needed, 6 permission
 *
 * example: ds-bind web /srv/data:/data:ro
 * example: ds-bind --remove web /data
 *
 * config BIND
 *	bool "ds-bind"
 *	depends on BIND_MOUNTS
 *	default y
 *	help
 *	  Adds and removes bind mounts while the container runs.
 */
#define OPTIONS(X)                                                                                 \
	X(STRING, name, 'n', "name", "NAME", ALWAYS, "the container")                              \
	X(FLAG, remove, 0, "remove", 0, ALWAYS, "unmount what is bound on DST")                    \
	X(FLAG, json, 0, "json", 0, ALWAYS, "list as JSON")                                        \
	X(FLAG, format, 0, "format", 0, ALWAYS, "list as KEY=VALUE lines")

#include "applets/applet.h"
APPLET(bind)
#include <stdlib.h>
#include <string.h>

#include "applets/act.h"
#include "applets/live.h"
#include "applets/pairs.h"
#include "applets/report.h"
#include "applets/table.h"
#include "libds/core/auto.h"
#include "libds/host/workspace.h"
#include "libds/life/livebind.h"

struct listing {
	const struct ds_container *container;
	struct report report;
	struct table table;
	int count;
};

static int list_one(struct listing *listing, const struct ds_bind *bind, bool live)
{
	bool mounted = ds_livebind_is_mounted(listing->container, bind);
	char options[DS_BIND_OPTIONS_MAX], key[32];
	auto_free char *item = NULL;
	const char *const cells[] = {bind->source, bind->target, ds_bind_options(options, bind),
				     live ? "ds-bind" : "start", mounted ? "yes" : "no"};

	listing->count++;
	if (listing->report.format == REPORT_TEXT)
		return table_add(&listing->table, cells);
	if (listing->report.format == REPORT_PAIRS) {
		int err = ds_binds_add(&item, bind);

		snprintf(key, sizeof(key), "BIND_%d", listing->count);
		if (!err)
			pair_string(key, item);
		return err;
	}
	report_begin(&listing->report, NULL);
	report_string(&listing->report, "source", bind->source);
	report_string(&listing->report, "destination", bind->target);
	report_string(&listing->report, "options", options);
	report_flag(&listing->report, "live", live);
	report_flag(&listing->report, "mounted", mounted);
	report_end(&listing->report);
	return 0;
}

static int list_all(struct listing *listing)
{
	const char *const lists[] = {listing->container->spec.bind_mounts,
				     ds_livebind_list(listing->container)};
	struct ds_bind bind;
	int more = 0;

	for (int live = 0; live < 2 && more >= 0; live++) {
		const char *list = lists[live];

		while ((more = ds_bind_next(&list, &bind)) > 0) {
			if (list_one(listing, &bind, live) < 0)
				return -ds_err_last()->code;
		}
	}
	return more;
}

static int list(const struct ds_container *container, const struct report *report)
{
	static const char *const head[] = {"SOURCE", "DESTINATION", "OPTIONS", "FROM", "MOUNTED"};
	struct listing listing = {.container = container, .report = *report, .table.columns = 5};
	struct ds_json *json = &listing.report.json;
	int err = 0;

	if (report->format == REPORT_JSON) {
		ds_json_open(json, NULL, '{');
		ds_json_string(json, "name", container->name);
		ds_json_open(json, "binds", '[');
	} else if (report->format == REPORT_TEXT) {
		err = table_add(&listing.table, head);
	}
	if (!err)
		err = list_all(&listing);
	if (report->format == REPORT_JSON) {
		ds_json_close(json, ']');
		ds_json_close(json, '}');
	} else if (!err && report->format == REPORT_TEXT && listing.count) {
		table_print(&listing.table);
	} else if (!err && report->format == REPORT_TEXT) {
		printf("%s has no binds\n", container->name);
	}
	table_free(&listing.table);
	return err;
}

static int add(struct ds_container *container, const char *item)
{
	auto_free char *absolute = NULL;
	struct ds_bind bind;
	const char *list;
	int err = ds_binds_absolute(item, &absolute);

	list = absolute;
	while (!err && ds_bind_next(&list, &bind) > 0)
		err = ds_livebind_add(container, &bind);
	return err;
}

static int take_away(struct ds_container *container, const char *target)
{
	int gone = ds_livebind_remove(container, target);

	if (gone > 0)
		applet_warn("%s was not mounted any more", target);
	return gone < 0 ? gone : 0;
}

static int check(const char *item, bool remove)
{
	auto_free char *absolute = NULL;
	struct ds_bind bind;
	int err = remove ? ds_bind_target(&bind, item) : ds_binds_absolute(item, &absolute);

	return err || remove || absolute ? err : ds_refuse(DS_EXIT_USAGE, "bind '': it is empty");
}

static int change(struct ds_container *container, const char *item, bool remove)
{
	return remove ? take_away(container, item) : add(container, item);
}

int bind_main(int argc, char **argv)
{
	static const struct live live = {check, change};
	struct options o = {0};
	struct report report;
	auto_container container = {0};
	char *const *items;
	int err;

	if (!parse(&o, argc, argv, 0, MANY))
		return o.status;
	items = o.operands + !o.name;
	err = report_choose(&report, o.json, o.format);
	if (!err && !o.name && !o.count)
		err = ds_refuse(DS_EXIT_USAGE, "an operand is missing: the container's name");
	if (!err && o.remove && !*items)
		err = ds_refuse(DS_EXIT_USAGE, "an operand is missing: what to remove");
	if (!err && *items && report.format != REPORT_TEXT)
		err = ds_refuse(DS_EXIT_USAGE, "--json and --format are for the list");
	if (!err)
		err = act_begin(o.workspace);
	if (!err && !o.name)
		o.name = o.operands[0];
	if (!err && *items)
		err = ds_name_check(o.name);
	if (!err && *items)
		err = live_change(&live, o.name, o.remove, items);
	else if (!err)
		err = ds_container_look(&container, o.name);
	if (!err && !*items)
		err = ds_binds_check(container.spec.bind_mounts);
	if (!err && !*items)
		err = list(&container, &report);
	return err < 0 ? applet_fail() : DS_EXIT_OK;
}
