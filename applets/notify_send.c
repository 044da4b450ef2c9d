// SPDX-License-Identifier: GPL-3.0-or-later
/* notify-send - show a notification on the host, from a container
 *
 * usage: notify-send [OPTION]... SUMMARY [BODY]
 *
 * It takes the options of libnotify's notify-send. With an action or --wait it ends when the notification
 * is closed, and prints the key of the action that was chosen.
 *
 * exit status: 0 done, 1 failed, 2 usage, 6 the host does not accept it
 *
 * example: notify-send -u critical 'Backup failed' 'The disk is full'
 * example: notify-send -A yes=Yes -A no=No 'Restart now?'
 *
 * config GUEST_NOTIFY
 *	bool "notify-send, in containers"
 *	default y
 *	depends on GUEST
 *	help
 *	  Shows notifications on the host.
 */
#define OPTIONS(X)                                                                                 \
	X(STRING, urgency, 'u', "urgency", "LEVEL", ALWAYS, "low, normal or critical")             \
	X(INT, expire, 't', "expire-time", "TIME", ALWAYS,                                         \
	  "milliseconds that it is to be shown, 0 = for ever")                                     \
	X(STRING, app_name, 'a', "app-name", "NAME", ALWAYS, "the application's name")             \
	X(STRING, icon, 'i', "icon|app-icon", "ICON", ALWAYS,                                      \
	  "an icon of the host, by its name; files of the container are not shown")                \
	X(STRING, category, 'c', "category", "TYPE", ALWAYS, "the notification's category")        \
	X(FLAG, transient, 'e', "transient", 0, ALWAYS, "do not keep it")                          \
	X(LIST, hints, 'h', "hint", "TYPE:NAME:VALUE", ALWAYS, "more; hosts leave it out")         \
	X(FLAG, print_id, 'p', "print-id", 0, ALWAYS, "print the notification's number")           \
	X(INT, replace_id, 'r', "replace-id", "NUMBER", ALWAYS, "replace that notification")       \
	X(FLAG, wait, 'w', "wait", 0, ALWAYS, "wait until it is closed")                           \
	X(LIST, actions, 'A', "action", "[KEY=]TEXT", ALWAYS,                                      \
	  "offer an action, and wait; without KEY it is its number, from 0 on")                    \
	X(FLAG, version, 'v', "version", 0, ALWAYS, "print the version")

#include "applets/applet.h"
APPLET_IN_GUEST(notify_send, 0)
#include <string.h>

#include "gen/version.h"
#include "libds/core/str.h"
#include "libds/link/guestlink.h"

enum { ANSWER_MS = 60000 }; /* for the host's command */

static void add_string(struct ds_builder *builder, const char *key, const char *value)
{
	if (value)
		ds_json_string(&builder->json, key, value);
}

static void add_actions(struct ds_builder *builder, const struct ds_list *actions)
{
	char key[200];

	ds_json_open(&builder->json, "actions", '[');
	for (int i = 0; i < actions->count; i++) {
		const char *label = strchr(actions->values[i], '=');

		if (label)
			snprintf(key, sizeof(key), "%.*s", (int)(label - actions->values[i]),
				 actions->values[i]);
		else
			snprintf(key, sizeof(key), "%d", i);
		ds_json_open(&builder->json, NULL, '{');
		ds_json_string(&builder->json, "key", key);
		ds_json_string(&builder->json, "label", label ? label + 1 : actions->values[i]);
		ds_json_close(&builder->json, '}');
	}
	ds_json_close(&builder->json, ']');
}

static void describe(struct ds_builder *builder, const struct options *o)
{
	add_string(builder, "summary", o->operands[0]);
	add_string(builder, "body", o->count > 1 ? o->operands[1] : "");
	add_string(builder, "urgency", o->urgency);
	add_string(builder, "app_name", o->app_name);
	/* A path is one of the guest's. */
	add_string(builder, "icon", o->icon && !strchr(o->icon, '/') ? o->icon : NULL);
	add_string(builder, "category", o->category);
	if (o->given.expire)
		ds_json_number(&builder->json, "expire_ms", o->expire);
	if (o->given.replace_id)
		ds_json_number(&builder->json, "replace_id", o->replace_id);
	if (o->transient)
		ds_json_bool(&builder->json, "transient", true);
	if (o->wait)
		ds_json_bool(&builder->json, "wait", true);
	if (o->print_id)
		ds_json_bool(&builder->json, "print_id", true);
	if (o->actions.count)
		add_actions(builder, &o->actions);
}

static int notify(struct ds_guestlink *link, const struct options *o)
{
	auto_builder builder = {0};
	auto_message answer = {0};
	bool waits = o->wait || o->actions.count;
	const char *key;
	int id, err = ds_build(&builder, "notify");

	if (err < 0)
		return err;
	describe(&builder, o);
	err = ds_guestlink_ask(link, &builder, &answer, "notify_action_result",
			       waits ? -1 : ANSWER_MS);
	if (err < 0)
		return err;
	id = ds_message_number(&answer, "notification_id");
	if (o->print_id)
		printf("%d\n", id < 0 ? 0 : id);
	key = ds_message_string(&answer, "action_key");
	if (key && *key)
		puts(key);
	return 0;
}

static int check(const struct options *o)
{
	if (!o->count)
		return ds_refuse(DS_EXIT_USAGE, "no summary");
	if (o->urgency && !ds_str_has_word("low,normal,critical", o->urgency))
		return ds_refuse(DS_EXIT_USAGE, "urgency is low, normal or critical, not %.80s",
				 o->urgency);
	for (int i = 0; i < o->hints.count; i++) {
		const char *name = strchr(o->hints.values[i], ':');

		if (!name || !strchr(name + 1, ':'))
			return ds_refuse(DS_EXIT_USAGE, "hint %.80s is not TYPE:NAME:VALUE",
					 o->hints.values[i]);
	}
	return 0;
}

int notify_send_main(int argc, char **argv)
{
	struct options o = {0};
	auto_guestlink link = {.fd = -1, .busy_fd = -1};

	if (!parse(&o, argc, argv, 0, 2))
		return o.status;
	if (o.version) {
		puts("notify-send of droidspaces " DS_VERSION);
		return DS_EXIT_OK;
	}
	if (check(&o) < 0 || ds_guestlink_open_for(&link, DS_NOTIFY) < 0 || notify(&link, &o) < 0)
		return applet_fail();
	return DS_EXIT_OK;
}
