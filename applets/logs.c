// SPDX-License-Identifier: GPL-3.0-or-later
/* ds-logs - show what a container wrote to its console
 *
 * usage: ds-logs [OPTION]... [NAME]
 *
 * Shows the log of a container's console, whether it runs or not: without control characters and
 * escape sequences, colours only on a terminal. The name may be left out when exactly one container
 * runs. -n is not the name here, as it is elsewhere. Changes nothing.
 *
 * WHEN is 90s, 10m, 2h or 3d ago, "YYYY-MM-DD HH:MM:SS" or a part of it, today, yesterday, or
 * @SECONDS since 1970.
 *
 * exit status: 0 done, 1 failed, or no such boot; 2 usage, 3 no such container, 6 permission
 *
 * example: ds-logs -f -n 20 web
 * example: ds-logs --boot=-1 --since=yesterday web
 *
 * config LOGS
 *	bool "ds-logs"
 *	default y
 *	depends on CONSOLE_LOG
 *	help
 *	  Shows what containers wrote to their consoles: why one does not boot, what it said last.
 */
#define OPTIONS(X)                                                                                 \
	X(STRING, name, 0, "name", "NAME", ALWAYS, "the container")                                \
	X(FLAG, follow, 'f', "follow", 0, ALWAYS, "go on with what is written from now on")        \
	X(INT, lines, 'n', "lines", "COUNT", ALWAYS, "only the last so many lines")                \
	X(STRING, since, 0, "since", "WHEN", ALWAYS, "only what was written since then")           \
	X(INT, boot, 'b', "boot", "N", ALWAYS,                                                     \
	  "only one boot: 0 the last, -1 the one before, 1 the first there is")                    \
	X(FLAG, timestamps, 't', "timestamps", 0, ALWAYS, "begin lines with their time")           \
	X(FLAG, raw, 0, "raw", 0, ALWAYS, "every byte as the container wrote it")

#include "applets/applet.h"
APPLET(logs)
#include <signal.h>
#include <string.h>
#include <time.h>

#include "applets/report.h"
#include "libds/core/str.h"
#include "libds/core/utf8.h"
#include "libds/core/when.h"
#include "libds/host/workspace.h"
#include "libds/life/conlog.h"
#include "libds/life/logread.h"

/* Where in an escape sequence the guest's output is (ECMA-48, 5.3 to 5.6). */
enum state { PLAIN, ESCAPE, CONTROL, STRING };

/* How far the log is printed. */
struct progress {
	bool in_line, wanted; /* of the guest's lines */
	long long line;       /* number of ours */
	bool begun;           /* there is something of it, */
	bool shown;           /* and something that can be seen, */
	bool coloured;        /* and a colour to be reset */
	bool returned;        /* by a carriage return, it is not known yet what for */
	enum state state;
	size_t len;
	char sequence[32]; /* escapes, or a character; len of its bytes are there */
};

/* What of a log is wanted. */
struct view {
	struct ds_logread log;
	struct progress at;
	int boot; /* 0 = all */
	time_t since;
	long long skip; /* lines */
	bool raw, timestamps, colours;
	bool only_count;
};

static void print(struct view *view, const char *data, size_t len)
{
	char stamp[DS_WHEN_MAX];
	bool visible;

	view->at.line += !view->at.begun;
	visible = !view->only_count && view->at.line > view->skip;
	if (visible && !view->at.begun && view->timestamps)
		printf("%s ", ds_when_text(stamp, view->log.since, true));
	view->at.begun = data[len - 1] != '\n';
	if (visible)
		fwrite(data, 1, len, stdout);
}

static void end_line(struct view *view)
{
	if (view->at.coloured)
		print(view, "\033[0m", 4);
	print(view, "\n", 1);
	view->at.coloured = view->at.shown = view->at.returned = false;
}

static void print_shown(struct view *view, const char *data, size_t len)
{
	/* What would be written over now has been seen on the console. */
	if (view->at.returned && view->at.shown)
		end_line(view);
	view->at.returned = false;
	view->at.shown = true;
	print(view, data, len);
}

/* Nothing more comes to the bytes of a character, if they are one. */
static void end_character(struct view *view)
{
	char text[4 * sizeof(view->at.sequence)];

	if (!view->at.len)
		return;
	view->at.sequence[view->at.len] = 0;
	view->at.len = 0;
	ds_str_printable(text, sizeof(text), view->at.sequence);
	print_shown(view, text, strlen(text));
}

static void take_plain(struct view *view, char c)
{
	uint32_t code;

	if (c & 0x80) {
		view->at.sequence[view->at.len++] = c;
		view->at.sequence[view->at.len] = 0;
		if (view->at.len == 4 || ds_utf8_decode(view->at.sequence, &code))
			end_character(view);
	} else if (c == '\033') {
		view->at.state = ESCAPE;
	} else if (c == '\r') {
		view->at.returned = true;
	}
}

/* A control sequence is complete: is it a colour (SGR)? */
static void end_control(struct view *view)
{
	const char *sequence = view->at.sequence;

	if (view->colours && view->at.len < sizeof(view->at.sequence) &&
	    sequence[view->at.len - 1] == 'm' &&
	    strspn(sequence + 2, "0123456789:;") == view->at.len - 3) {
		print(view, sequence, view->at.len);
		view->at.coloured = true;
	}
	view->at.len = 0;
	view->at.state = PLAIN;
}

static void take_escape(struct view *view, char c)
{
	if (c == '\033') {
		view->at.state = ESCAPE;
		view->at.len = 0;
	} else if (view->at.state == STRING) {
		if (c == '\a')
			view->at.state = PLAIN;
	} else if (view->at.state == CONTROL) {
		if (view->at.len < sizeof(view->at.sequence))
			view->at.sequence[view->at.len++] = c;
		if (c < ' ' || c >= '@')
			end_control(view);
	} else if (c == '[') {
		view->at.state = CONTROL;
		memcpy(view->at.sequence, "\033[", 3);
		view->at.len = 2;
	} else if (c < ' ' || c > '/') {
		view->at.state = memchr("]P^_X", c, 5) ? STRING : PLAIN;
	}
}

static bool is_plain(char c)
{
	return (c >= ' ' && c < 0x7f) || c == '\t';
}

/* A piece of a line as a person may see it. */
static void print_text(struct view *view, const char *data, size_t len)
{
	while (len) {
		size_t run = 0;

		if (view->at.state == PLAIN) {
			if ((*data & 0xc0) != 0x80)
				end_character(view);
			while (run < len && is_plain(data[run]))
				run++;
		}
		if (run) {
			print_shown(view, data, run);
			data += run;
			len -= run;
			continue;
		}
		if (*data == '\n') {
			view->at.state = PLAIN;
			view->at.len = 0;
			end_line(view);
		} else if (view->at.state == PLAIN) {
			take_plain(view, *data);
		} else {
			take_escape(view, *data);
		}
		data++;
		len--;
	}
}

/* What is left of a line that nothing is added to. */
static void finish(struct view *view)
{
	if (view->at.begun && !view->raw)
		print_text(view, "\n", 1);
	view->at.in_line = false;
}

static void take(struct ds_logread *log, const char *data, size_t len)
{
	struct view *view = (struct view *)log;

	if (!data) {
		finish(view);
		return;
	}
	if (!view->at.in_line)
		view->at.wanted =
			(!view->boot || view->boot == log->boot) && log->since >= view->since;
	view->at.in_line = data[len - 1] != '\n';
	if (view->at.wanted && view->raw)
		print(view, data, len);
	else if (view->at.wanted)
		print_text(view, data, len);
}

static int pass(struct view *view, bool only_count)
{
	view->at = (struct progress){0};
	view->only_count = only_count;
	return ds_logread_all(&view->log);
}

static int choose_boot(struct view *view, int wanted)
{
	int err = pass(view, true), count = view->log.boot;

	view->boot = wanted > 0 ? wanted : count + wanted;
	if (!err && (view->boot < (count > 0) || view->boot > count))
		err = ds_refuse(DS_EXIT_FAILED, "no boot %d: the log holds %d", wanted, count);
	return err;
}

static int choose_lines(struct view *view, int wanted)
{
	int err = 0;

	/* Not to read it all where which lines are wanted does not depend on what is before them. */
	if (!view->boot && !view->since)
		err = ds_logread_near_end(&view->log, wanted);
	if (!err)
		err = pass(view, true);
	view->skip = view->at.line - wanted;
	return err;
}

static int follow(struct view *view)
{
	int more;

	view->boot = 0;
	view->skip = 0;
	do {
		more = ds_logread_more(&view->log);
		if (fflush(stdout) == 0 && !more)
			more = ds_logread_wait(&view->log, STDOUT_FILENO);
	} while (more > 0);
	return more;
}

static int show(struct view *view, const struct options *o)
{
	int err = 0;

	if (o->given.boot)
		err = choose_boot(view, o->boot);
	if (!err && o->given.lines)
		err = choose_lines(view, o->lines);
	if (!err)
		err = pass(view, false);
	if (!err && o->follow)
		return follow(view);
	finish(view);
	return err;
}

int logs_main(int argc, char **argv)
{
	struct options o = {0};
	auto_container c = {0};
	struct view view = {.log.text = take};
	char dir[sizeof(DS_WS_LOGS_DIR "/") + DS_NAME_MAX];
	int err = 0;

	if (!parse(&o, argc, argv, 0, 1))
		return o.status;
	if (ds_workspace_choose(o.workspace) < 0 || report_look(&c, o.name, o.operands) < 0)
		return applet_fail();
	if (o.since && ds_try_when(o.since, time(NULL), &view.since) < 0)
		err = ds_refuse(DS_EXIT_USAGE, "--since takes a time, not '%s'", o.since);
	else if (o.lines < 0)
		err = ds_refuse(DS_EXIT_USAGE, "--lines takes no negative number");
	if (err < 0)
		return applet_fail();
	if (!ds_spec_log_size(&c.spec))
		applet_warn("%s keeps no log (--log-size=0)", c.name);
	view.raw = o.raw;
	view.timestamps = o.timestamps;
	view.colours = *applet_colour(stdout, "m");
	/* A reader that has enough is no failure, also for whose parent ignores the signal. */
	signal(SIGPIPE, SIG_DFL);
	snprintf(dir, sizeof(dir), DS_WS_LOGS_DIR "/%s", c.name);
	err = ds_logread_open(&view.log, dir, DS_CONLOG_FILE, o.follow);
	if (!err)
		err = show(&view, &o);
	ds_logread_close(&view.log);
	return err < 0 ? applet_fail() : DS_EXIT_OK;
}
