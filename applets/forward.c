// SPDX-License-Identifier: GPL-3.0-or-later
/* ds-forward - sockets of the host in a running container, and the other way round
 *
 * usage: ds-forward [OPTION]... NAME [list]
 *        ds-forward NAME add [guest:]SOCKET:PATH[:OPTION,...]...
 *        ds-forward NAME remove [guest:]PATH...
 *
 * add makes the service that listens on the host's SOCKET seen at PATH in the guest; with guest: the guest's
 * SOCKET at PATH on the host. Each connection there dials SOCKET anew, as the user who connects: a service
 * may come, go and be restarted. Options, after a second colon and with commas between:
 *   mode=0660, uid=N, gid=N
 *                of the socket at PATH; 0660 and root without
 *   nofd         pass no file descriptors on, only bytes
 *   seqpacket    a SOCK_SEQPACKET service, not a stream
 * A comma, colon or backslash in a path is written with a backslash before it.
 *
 * remove ends what goes through it, too. Both last until the guest stops or reboots; then it has what
 * ds-start --forward has stored. In the guest it needs Linux 5.2.
 *
 * exit status: 0 done, 1 failed, 2 usage or PATH is taken, 3 no such container or forward, 4 not running, 5
 * the kernel lacks what is needed, 6 permission
 *
 * example: ds-forward web add /run/postgresql/.s.PGSQL.5432:/run/pg/.s.PGSQL.5432:mode=0666
 * example: ds-forward web add guest:/run/app.sock:/run/web-app.sock
 *
 * config FORWARDS
 *	bool "ds-forward"
 *	depends on FORWARD && CONSOLE
 *	default y
 *	help
 *	  Forwards sockets to and from a container while it runs.
 */
#define OPTIONS(X)                                                                                 \
	X(STRING, name, 'n', "name", "NAME", ALWAYS, "the container")                              \
	X(FLAG, json, 0, "json", 0, ALWAYS, "list as JSON")                                        \
	X(FLAG, format, 0, "format", 0, ALWAYS, "list as KEY=VALUE lines")

#include "applets/applet.h"
APPLET(forward)
#include <string.h>

#include "applets/act.h"
#include "applets/live.h"
#include "applets/pairs.h"
#include "applets/report.h"
#include "applets/table.h"
#include "libds/core/auto.h"
#include "libds/core/str.h"
#include "libds/host/workspace.h"
#include "libds/life/bind.h"
#include "libds/life/liveforward.h"

static int list_one(struct report *report, struct table *table, const struct ds_forward *forward,
		    const char *id)
{
	const char *from = forward->from_guest ? "guest" : "host";
	char options[DS_FORWARD_OPTIONS_MAX];
	const char *const cells[] = {from, forward->source, forward->target,
				     ds_forward_options(options, forward)};

	if (report->format == REPORT_TEXT)
		return table_add(table, cells);
	report_begin(report, NULL);
	report_string(report, "from", from);
	report_string(report, "source", forward->source);
	report_string(report, "destination", forward->target);
	report_string(report, "options", options);
	report_string(report, "id", id);
	report_end(report);
	return 0;
}

static int list(const struct ds_container *container, struct report *report)
{
	static const char *const head[] = {"FROM", "SOURCE", "DESTINATION", "OPTIONS"};
	const char *next = container->spec.forwards;
	struct table table = {.columns = 4};
	struct ds_json *json = &report->json;
	char id[DS_SHA256_HEX + 1], key[32];
	struct ds_forward forward;
	int more, count = 0, err = 0;

	if (report->format == REPORT_JSON) {
		ds_json_open(json, NULL, '{');
		ds_json_string(json, "name", container->name);
		ds_json_open(json, "forwards", '[');
	} else if (report->format == REPORT_TEXT && *next) {
		err = table_add(&table, head);
	}
	for (const char *item = next; !err && (more = ds_forward_next(&next, &forward)) != 0;
	     item = next) {
		auto_free char *text = strndup(item, (size_t)(next - item) - (*next != 0));

		if (more < 0)
			return more;
		snprintf(key, sizeof(key), "FORWARD_%d", ++count);
		ds_forward_id(container->spec.uuid, &forward, id);
		if (report->format == REPORT_PAIRS)
			pair_string(key, text ? text : "");
		else
			err = list_one(report, &table, &forward, id);
	}
	if (report->format == REPORT_JSON) {
		ds_json_close(json, ']');
		ds_json_close(json, '}');
	} else if (report->format == REPORT_TEXT && count) {
		table_print(&table);
	} else if (report->format == REPORT_TEXT) {
		printf("%s has no forwards\n", container->name);
	}
	table_free(&table);
	return err;
}

/* One item: as an option of ds-start would be, or where one is. */
static int take_item(const char *item, bool remove, struct ds_forward *forward)
{
	struct ds_bind place;
	const char *next = item;
	int more;

	if (remove) {
		*forward = (struct ds_forward){.from_guest = ds_str_has_prefix(item, "guest:")};
		more = ds_bind_target(&place, item + (forward->from_guest ? strlen("guest:") : 0));
		memcpy(forward->target, place.target, sizeof(place.target));
		return more;
	}
	more = ds_forward_next(&next, forward);
	if (more < 0)
		return more;
	return more && !*next ? 0
			      : ds_refuse(DS_EXIT_USAGE, "forward '%.120s': not one forward", item);
}

static int check(const char *item, bool remove)
{
	struct ds_forward forward;

	return take_item(item, remove, &forward);
}

static int change(struct ds_container *container, const char *item, bool remove)
{
	struct ds_forward forward;
	int err = take_item(item, remove, &forward);

	if (err < 0)
		return err;
	if (!remove)
		return ds_liveforward_add(container, &forward, item);
	err = ds_liveforward_remove(container, &forward);
	if (err > 0)
		applet_warn("%s: its socket stays in the guest, and nobody answers there: %s",
			    forward.target, ds_err_last()->text);
	return err < 0 ? err : 0;
}

int forward_main(int argc, char **argv)
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
		err = live_words(&words, o.name, o.operands, "FORWARD", "PATH");
	if (!err)
		err = act_begin(o.workspace);
	if (!err)
		err = ds_name_check(words.name);
	if (!err && !words.lists)
		err = live_change(&live, words.name, words.removes, words.items);
	else if (!err && !(err = ds_container_look(&container, words.name)))
		err = list(&container, &report);
	return err < 0 ? applet_fail() : DS_EXIT_OK;
}
