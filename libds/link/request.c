// SPDX-License-Identifier: GPL-3.0-or-later
/* request - see request.h. */
#include "libds/link/request.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "gen/version.h"
#include "libds/core/auto.h"
#include "libds/core/clock.h"
#include "libds/core/err.h"
#include "libds/core/str.h"
#include "libds/link/builder.h"
#include "libds/link/linklog.h"

#define QUEUE_MAX ((size_t)DS_FRAME_MAX + 65536)
#define JOB_MS 30000 /* for a tool that has nobody to wait for */
#define OPEN_MS 3000 /* a browser that runs by then is open */

static void send_built(struct ds_client *client, struct ds_builder *builder)
{
	if (client->fd < 0)
		return;
	if (ds_build_end(builder) == 0 &&
	    ds_try_wire_queue(&client->out, builder->frame, builder->len, QUEUE_MAX) == 0)
		return;
	/* It reads nothing of what it asks for. */
	client->closing = true;
}

void ds_request_say(struct ds_client *client, const char *type)
{
	auto_builder builder = {0};

	if (ds_build(&builder, type) == 0)
		send_built(client, &builder);
}

void ds_request_refuse(struct ds_client *client)
{
	auto_builder builder = {0};

	if (ds_build(&builder, "error") < 0)
		return;
	ds_json_string(&builder.json, "reason", ds_err_last()->text);
	send_built(client, &builder);
}

void ds_request_log_rest(struct ds_link_host *host)
{
	if (host->unlogged)
		ds_linklog(host->policy->container, "refused %u more", host->unlogged);
	host->unlogged = 0;
}

/* And keep it for who owns the host; of a flood its number. */
static void refuse_and_log(struct ds_client *client, struct ds_link_host *host, const char *what)
{
	ds_request_refuse(client);
	if (host->lines < DS_LINK_ONE) {
		host->unlogged++;
		return;
	}
	host->lines -= DS_LINK_ONE;
	ds_request_log_rest(host);
	ds_linklog(host->policy->container, "refused uid %d %s: %s", client->uid, what,
		   ds_err_last()->text);
}

void ds_request_stream(struct ds_client *client, const char *type, const char *data, size_t len)
{
	auto_builder builder = {0};

	if (ds_build(&builder, type) < 0)
		return;
	ds_build_data(&builder, "data", data, len);
	send_built(client, &builder);
}

/* ---- The first ---- */

static bool is_allowed(const struct ds_link_host *host, int can)
{
	return can < DS_CANS && (host->policy->can >> can & 1);
}

static void hello(struct ds_client *client, struct ds_link_host *host,
		  const struct ds_message *message)
{
	int version = ds_message_number(message, "protocol_version");
	int count = ds_message_count(message, "capabilities");
	auto_builder builder = {0};
	const char *word;

	if (version != DS_LINK_VERSION) {
		client->closing = true;
		ds_refuse(DS_EXIT_FAILED, "protocol_version %d: this host speaks %d", version,
			  DS_LINK_VERSION);
		refuse_and_log(client, host, "hello");
		return;
	}
	client->said_hello = true;
	client->accepted = 0;
	if (ds_build(&builder, "hello_ack") < 0)
		return;
	for (int accepted = 1; accepted >= 0; accepted--) {
		ds_json_open(&builder.json, accepted ? "accepted" : "rejected", '[');
		for (int i = 0; i < count && i < 64; i++) {
			int can = 0;

			word = ds_message_element(message, "capabilities", i, NULL);
			while (word && can < DS_CANS && strcmp(ds_link_words[can], word) != 0)
				can++;
			if (!word || is_allowed(host, can) != accepted)
				continue;
			ds_json_string(&builder.json, NULL, word);
			if (accepted)
				client->accepted |= 1U << can;
		}
		ds_json_close(&builder.json, ']');
	}
	ds_json_number(&builder.json, "idle_timeout_secs", host->policy->idle_s);
	ds_json_number(&builder.json, "protocol_version", DS_LINK_VERSION);
	ds_json_string(&builder.json, "host_version", DS_VERSION);
	send_built(client, &builder);
}

/* ---- Those that need a program of the host's ---- */

static int check(struct ds_client *client, const struct ds_link_host *host,
		 const struct ds_message *message, enum ds_action_kind kind)
{
	static const char *const needed[] = {"summary", "uri", "text", NULL, "cmd"};
	static const int cans[] = {DS_CAN_NOTIFY, DS_CAN_XDG_OPEN, DS_CAN_CLIPBOARD,
				   DS_CAN_CLIPBOARD, DS_CAN_HOST_EXEC};
	const struct ds_policy *policy = host->policy;
	const char *value = needed[kind] ? ds_message_string(message, needed[kind]) : "";
	const char *word;
	int err = 0;

	if (kind == DS_DO_CLIPBOARD_SET && value && strlen(value) > DS_LINK_TEXT_MAX)
		return ds_refuse(DS_EXIT_FAILED, "it is more than 1 MiB");
	if (!(client->accepted >> cans[kind] & 1))
		return ds_refuse(DS_EXIT_FAILED, "%s was not accepted for this container",
				 ds_link_words[cans[kind]]);
	if (client->job.pid || client->exited)
		return ds_refuse(DS_EXIT_FAILED, "one thing at a time");
	if (!value)
		return ds_refuse(DS_EXIT_FAILED, "a %s without its %s", message->type,
				 needed[kind]);
	if (kind == DS_DO_XDG_OPEN)
		return ds_policy_uri(policy, value);
	if (kind != DS_DO_HOST_EXEC)
		return 0;
	if (!ds_policy_command(policy, value))
		return -ds_err_last()->code;
	for (int i = 0; !err && i < ds_message_count(message, "args"); i++) {
		word = ds_message_element(message, "args", i, NULL);
		err = word ? ds_policy_argument(policy, word)
			   : ds_refuse(DS_EXIT_FAILED, "an argument that is no string");
	}
	return err;
}

static void start(struct ds_client *client, struct ds_link_host *host,
		  const struct ds_message *message, enum ds_action_kind kind)
{
	struct ds_action action = {kind, host->policy, host->user, message};
	char *text;
	ssize_t len;
	int err = check(client, host, message, kind);

	if (!err)
		err = ds_job_start(&client->job, ds_action_run, &action);
	if (err < 0) {
		refuse_and_log(client, host, message->type);
		return;
	}
	host->actions -= DS_LINK_ONE;
	client->kind = kind;
	client->exited = false;
	client->said_last[0] = 0;
	client->tells = kind == DS_DO_NOTIFY && ds_action_tells(message);
	client->said = ds_now_ms();
	client->job_until = kind == DS_DO_HOST_EXEC || client->tells
				    ? 0
				    : client->said + (kind == DS_DO_XDG_OPEN ? OPEN_MS : JOB_MS);
	client->job.in_ends = kind != DS_DO_HOST_EXEC || !ds_message_is(message, "stdin");
	if (kind == DS_DO_CLIPBOARD_SET) {
		len = ds_message_data(message, "text", &text);
		if (len > 0)
			ds_try_wire_queue(&client->job.in, text, (size_t)len, DS_LINK_TEXT_MAX);
	}
	if (kind == DS_DO_HOST_EXEC)
		ds_linklog(host->policy->container, "uid %d runs %s", client->uid,
			   ds_message_string(message, "cmd"));
	ds_job_feed(&client->job);
}

/* ---- Those to a command that runs ---- */

static void feed(struct ds_client *client, const struct ds_message *message, bool ends)
{
	struct ds_job *job = &client->job;
	ssize_t len;
	char *data;

	/* It may just have ended, which the guest does not know yet. */
	if (!job->pid || client->kind != DS_DO_HOST_EXEC || job->in_fd < 0)
		return;
	len = ends ? 0 : ds_message_data(message, "data", &data);
	/* More than it may have said at once. */
	if (len > 0 && ds_try_wire_queue(&job->in, data, (size_t)len, 2 * DS_LINK_TEXT_MAX) < 0)
		ds_job_end(job);
	job->in_ends |= ends;
	ds_job_feed(job);
}

static void signal_job(struct ds_client *client, const struct ds_message *message)
{
	static const char passed[] = {SIGHUP,  SIGINT,  SIGQUIT, SIGTERM, SIGUSR1,
				      SIGUSR2, SIGTSTP, SIGCONT, SIGKILL, SIGWINCH};
	int sig = ds_message_number(message, "signal");

	if (client->job.pid && client->kind == DS_DO_HOST_EXEC && sig > 0 && sig < 64 &&
	    memchr(passed, sig, sizeof(passed)))
		ds_job_signal(&client->job, sig == SIGTSTP ? SIGSTOP : sig);
}

/* ---- All ---- */

enum { HELLO = DS_DO_HOST_EXEC + 1, STDIN, STDIN_EOF, SIGNAL, BUSY, IDLE, TYPES };

void ds_request_take(struct ds_client *client, struct ds_link_host *host,
		     const struct ds_message *message)
{
	static const char *const types[TYPES] = {
		"notify",           "xdg_open", "clipboard_set",   "clipboard_get",
		"host_exec",        "hello",    "host_exec_stdin", "host_exec_stdin_eof",
		"host_exec_signal", "busy",     "idle_timeout"};
	int type = 0;

	client->heard = ds_now_ms();
	client->asked = 0;
	if (!message) {
		client->closing = true;
		refuse_and_log(client, host, "frame");
		return;
	}
	while (type < TYPES && strcmp(types[type], message->type) != 0)
		type++;
	if (!client->said_hello && type != HELLO) {
		client->closing = true;
		ds_refuse(DS_EXIT_FAILED, "say hello first");
		refuse_and_log(client, host, message->type);
	} else if (type <= DS_DO_HOST_EXEC) {
		start(client, host, message, (enum ds_action_kind)type);
	} else if (type == HELLO && !client->said_hello) {
		hello(client, host, message);
	} else if (type == STDIN || type == STDIN_EOF) {
		feed(client, message, type == STDIN_EOF);
	} else if (type == SIGNAL) {
		signal_job(client, message);
	} else if (type == IDLE) {
		client->closing = true;
	} else if (type != BUSY) {
		ds_refuse(DS_EXIT_FAILED, "unknown or out of place: %.80s", message->type);
		refuse_and_log(client, host, "message");
	}
}

/* ---- Answers ---- */

/* What a notification's program wrote: a line with its number, and another with the action's key. */
static void tell_result(struct ds_client *client)
{
	auto_builder builder = {0};
	char *next = client->got.data, *line;
	const char *key = "";
	long long id = 0;

	while (next && (line = strsep(&next, "\n"))) {
		if (!id && ds_try_number(line, 1, 0xffffffffLL, &id) == 0)
			continue;
		if (*line)
			key = line;
	}
	if (ds_build(&builder, "notify_action_result") < 0)
		return;
	ds_json_number(&builder.json, "notification_id", id);
	ds_json_string(&builder.json, "action_key", key);
	send_built(client, &builder);
}

static void tell_failure(struct ds_client *client, int status)
{
	const char *why = client->said_last;

	if (*why)
		ds_refuse(DS_EXIT_FAILED, "%s", why);
	else if (client->job.kill_at)
		ds_refuse(DS_EXIT_FAILED, "the host's program did not answer");
	else
		ds_refuse(DS_EXIT_FAILED, "the host's program ended with status %d", status);
	ds_request_refuse(client);
}

void ds_request_answer(struct ds_client *client)
{
	int status = WIFSIGNALED(client->status) ? 128 + WTERMSIG(client->status)
						 : WEXITSTATUS(client->status);
	auto_builder builder = {0};

	/* A text, with its end. */
	ds_try_wire_queue(&client->got, "", 1, QUEUE_MAX);
	if (client->kind == DS_DO_HOST_EXEC) {
		if (ds_build(&builder, "host_exec_done") < 0)
			return;
		ds_json_number(&builder.json, "exit_code", status);
		send_built(client, &builder);
	} else if (status) {
		tell_failure(client, status);
	} else if (client->kind == DS_DO_NOTIFY) {
		tell_result(client);
	} else if (client->kind == DS_DO_CLIPBOARD_GET) {
		if (ds_build(&builder, "clipboard_data") < 0)
			return;
		ds_build_data(&builder, "text", client->got.data,
			      client->got.data ? ds_wire_waiting(&client->got) - 1 : 0);
		send_built(client, &builder);
	} else {
		ds_request_say(client, "done");
	}
	ds_wire_out_free(&client->got);
}
