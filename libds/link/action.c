// SPDX-License-Identifier: GPL-3.0-or-later
/* action - see action.h. */
#include "libds/link/action.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "gen/config.h"
#include "libds/core/auto.h"
#include "libds/core/clock.h"
#include "libds/core/compat.h"
#include "libds/core/err.h"
#include "libds/host/androidcmd.h"
#include "libds/host/tool.h"

#define SYSTEM_BIN "/system/bin/"
#define TERMUX_BIN "/data/data/com.termux/files/usr/bin/"

/* The words of a command, in a child that executes it and so frees nothing. */
struct words {
	const char **word;
	size_t count, room;
	bool failed;
};

static void add(struct words *words, const char *word)
{
	if (words->count + 1 >= words->room) {
		size_t room = words->room ? words->room * 2 : 32;
		const char **grown = realloc(words->word, room * sizeof(*grown));

		words->failed |= !grown;
		if (!grown)
			return;
		words->word = grown;
		words->room = room;
	}
	words->word[words->count++] = word;
	words->word[words->count] = NULL;
}

static void add_option(struct words *words, const char *option, const char *value)
{
	char *word;

	if (!value)
		return;
	if (asprintf(&word, "%s%s", option, value) < 0)
		words->failed = true;
	else
		add(words, word);
}

/* What the host's config says in place of the usual program. */
static bool add_configured(struct words *words, const struct ds_policy *policy, const char *key)
{
	const char *value = ds_policy_get(policy, key);
	char *copy = value ? strdup(value) : NULL, *word;

	while ((word = strsep(&copy, " \t"))) {
		if (*word)
			add(words, word);
	}
	return value != NULL;
}

static bool is_android(void)
{
	return CFG_ANDROID && ds_android_runs();
}

bool ds_action_tells(const struct ds_message *message)
{
	return ds_message_count(message, "actions") > 0 || ds_message_is(message, "wait") ||
	       ds_message_is(message, "print_id");
}

static void add_number(struct words *words, const char *option, int number)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", number);
	add_option(words, option, number < 0 ? NULL : text);
}

static void add_actions(struct words *words, const struct ds_message *message)
{
	for (int i = 0; i < ds_message_count(message, "actions"); i++) {
		const char *key = ds_message_element(message, "actions", i, "key");
		const char *label = ds_message_element(message, "actions", i, "label");
		char *action;

		if (!key || !*key || strchr(key, '='))
			continue;
		if (asprintf(&action, "%s=%s", key, label ? label : key) < 0)
			words->failed = true;
		else
			add_option(words, "--action=", action);
	}
}

/* The text may be marked up, as the desktop's notifications may: but a link or a picture in it would have the
 * host open what xdg_open does not. */
static const char *without_links(struct words *words, const char *body)
{
	const char *at = body;
	char *plain, *to;

	while (at && (at = strchr(at, '<')) && strncasecmp(at + 1, "a", 1) != 0 &&
	       strncasecmp(at + 1, "img", 3) != 0)
		at++;
	if (!body || !at)
		return body;
	plain = to = malloc(strlen(body) * 4 + 1);
	if (!plain) {
		words->failed = true;
		return NULL;
	}
	for (; *body; body++) {
		if (*body == '<')
			to = stpcpy(to, "&lt;");
		else
			*to++ = *body;
	}
	*to = 0;
	return plain;
}

/* As notify-send(1) takes it; also what stands for it. */
static void notify(struct words *words, const struct ds_action *action)
{
	const struct ds_message *message = action->message;
	const char *summary = ds_message_string(message, "summary");
	const char *body = ds_message_string(message, "body");
	const char *urgency = ds_message_string(message, "urgency");
	const char *icon = ds_message_string(message, "icon");

	if (!add_configured(words, action->policy, "notify")) {
		if (is_android()) {
			char tag[32];

			snprintf(tag, sizeof(tag), "droidspaces-%lld", ds_now_ms());
			add(words, SYSTEM_BIN "cmd");
			add(words, "notification");
			add(words, "post");
			add(words, "-t");
			add(words, summary);
			add_option(words, tag, "");
			add(words, body ? body : "");
			return;
		}
		add(words, "notify-send");
	}
	add_option(words, "--app-name=", ds_message_string(message, "app_name"));
	if (urgency && (strcmp(urgency, "low") == 0 || strcmp(urgency, "critical") == 0))
		add_option(words, "--urgency=", urgency);
	/* A file's name would be one of the guest's. */
	add_option(words, "--icon=", icon && !strpbrk(icon, "/:") ? icon : NULL);
	add_option(words, "--category=", ds_message_string(message, "category"));
	add_number(words, "--expire-time=", ds_message_number(message, "expire_ms"));
	add_number(words, "--replace-id=", ds_message_number(message, "replace_id"));
	if (ds_message_is(message, "transient"))
		add(words, "--transient");
	if (ds_message_is(message, "wait"))
		add(words, "--wait");
	if (ds_action_tells(message))
		add(words, "--print-id");
	add_actions(words, message);
	add(words, "--");
	add(words, summary);
	body = without_links(words, body);
	if (body && *body)
		add(words, body);
}

static void xdg_open(struct words *words, const struct ds_action *action)
{
	if (!add_configured(words, action->policy, "xdg_open")) {
		if (is_android()) {
			add(words, SYSTEM_BIN "am");
			add(words, "start");
			add(words, "-a");
			add(words, "android.intent.action.VIEW");
			add(words, "-d");
		} else {
			add(words, "xdg-open");
		}
	}
	add(words, ds_message_string(action->message, "uri"));
}

static void clipboard(struct words *words, const struct ds_action *action, bool set)
{
	const char *termux =
		set ? TERMUX_BIN "termux-clipboard-set" : TERMUX_BIN "termux-clipboard-get";
	char found[PATH_MAX];

	if (add_configured(words, action->policy, set ? "clipboard_set" : "clipboard_get"))
		return;
	if (is_android() && access(termux, X_OK) == 0) {
		add(words, termux);
	} else if (is_android()) {
		add(words, SYSTEM_BIN "cmd");
		add(words, "clipboard");
		add(words, set ? "set-text" : "get-text");
		if (set)
			add(words, ds_message_string(action->message, "text"));
	} else if (getenv("WAYLAND_DISPLAY") &&
		   (!getenv("DISPLAY") || ds_tool_find("wl-copy", found, sizeof(found)) == 0)) {
		add(words, set ? "wl-copy" : "wl-paste");
		if (!set)
			add(words, "--no-newline");
	} else {
		add(words, "xclip");
		add(words, "-selection");
		add(words, "clipboard");
		add(words, set ? "-in" : "-out");
	}
}

static void host_exec(struct words *words, const struct ds_action *action)
{
	const struct ds_message *message = action->message;

	add(words, ds_policy_command(action->policy, ds_message_string(message, "cmd")));
	for (int i = 0; i < ds_message_count(message, "args"); i++)
		add(words, ds_message_element(message, "args", i, NULL));
}

static int execute(const struct ds_action *action, struct words *words)
{
	bool opens = action->kind == DS_DO_XDG_OPEN;
	auto_fd null_fd = open("/dev/null", O_WRONLY | O_CLOEXEC), report_fd = -1;
	char path[PATH_MAX];
	int err;

	if (words->failed || !words->count)
		return ds_fail_with(ENOMEM, "run a program");
	if (ds_tool_find(words->word[0], path, sizeof(path)) < 0)
		return ds_refuse(DS_EXIT_UNSUPPORTED, "%s is not there on the host",
				 words->word[0]);
	/* What goes on running before a person must not be killed by a pipe of ours that is closed; what
	 * cannot be executed is told all the same. */
	if (opens || action->kind == DS_DO_CLIPBOARD_SET)
		dup2(null_fd, STDOUT_FILENO);
	if (opens) {
		report_fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
		dup2(null_fd, STDERR_FILENO);
	}
	execv(path, (char *const *)words->word);
	err = -errno;
	if (opens)
		dup2(report_fd, STDERR_FILENO);
	return ds_fail_with(err, "run %s", path);
}

int ds_action_run(void *ctx)
{
	const struct ds_action *action = ctx;
	struct words words = {0};
	bool is_command = action->kind == DS_DO_HOST_EXEC;
	const char *user = is_command ? ds_policy_get(action->policy, "exec_user") : NULL;
	int err = action->user->become(user ? user : ds_policy_get(action->policy, "user"));

	if (err < 0)
		return err;
	/* Behind the change of user, which takes it away: who runs it for the guest may be killed. */
	if (action->kind != DS_DO_XDG_OPEN && action->kind != DS_DO_CLIPBOARD_SET)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (action->kind == DS_DO_NOTIFY)
		notify(&words, action);
	else if (action->kind == DS_DO_XDG_OPEN)
		xdg_open(&words, action);
	else if (is_command)
		host_exec(&words, action);
	else
		clipboard(&words, action, action->kind == DS_DO_CLIPBOARD_SET);
	return execute(action, &words);
}
