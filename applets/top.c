// SPDX-License-Identifier: GPL-3.0-or-later
/* ds-top - watch what the running containers take
 *
 * usage: ds-top [OPTION]...
 *
 * Draws a table on a terminal, anew at every interval. Elsewhere, or with --once, --json or --format, it
 * prints what a tenth of a second tells. Memory and CPU are as in ds-usage: CPU is a share of all the
 * host's CPUs together. Changes nothing.
 *
 * Keys: c, m, n sort by CPU, memory, name; q quits.
 *
 * exit status: 0 done, 1 failed, 2 usage, 6 permission; 128+N where signal N ended it
 *
 * example: ds-top --interval=5
 *
 * config TOP
 *	bool "ds-top"
 *	default y
 *	help
 *	  Shows in a table that refreshes itself what the running containers take of the host.
 */
#define OPTIONS(X)                                                                                 \
	X(INT, interval, 'd', "interval", "SECONDS", ALWAYS, "default: 2")                         \
	X(FLAG, once, '1', "once", 0, ALWAYS, "print one table, also on a terminal")               \
	X(FLAG, json, 0, "json", 0, ALWAYS, "print JSON")                                          \
	X(FLAG, format, 0, "format", 0, ALWAYS, "print KEY=VALUE lines")

#include "applets/applet.h"
APPLET(top)
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "applets/report.h"
#include "libds/core/clock.h"
#include "libds/core/signals.h"
#include "libds/core/size.h"
#include "libds/core/str.h"
#include "libds/core/term.h"
#include "libds/core/utf8.h"
#include "libds/host/workspace.h"
#include "libds/life/guard.h"
#include "libds/life/inspect.h"
#include "libds/life/usage.h"

enum {
	NAME_MAX_SHOWN = 4 * DS_NAME_MAX + 1, /* each byte as \xHH */
	LINE_MAX_SHOWN = NAME_MAX_SHOWN + 200,
	INTERVAL_MAX = 3600,
	KEY_END = 3,   /* Ctrl-C */
	KEY_STOP = 26, /* Ctrl-Z */
};

struct entry {
	char name[DS_NAME_MAX + 1];
	struct ds_proc_id init;
	const char *state;
	struct ds_usage usage;
	bool is_there; /* in this round */
};

struct top {
	struct entry *list;
	size_t count;
	unsigned int columns, rows; /* of the terminal that it is drawn on; 0: on none */
};

/* The entry of this very life of the container, a new one at the end. */
static struct entry *find_entry(struct top *top, const struct ds_container *c)
{
	struct entry *more;

	for (size_t i = 0; i < top->count; i++) {
		struct entry *entry = &top->list[i];

		if (entry->init.pid == c->state.init.pid &&
		    entry->init.start == c->state.init.start)
			return entry;
	}
	more = realloc(top->list, (top->count + 1) * sizeof(*more));
	if (!more)
		return NULL;
	top->list = more;
	more += top->count++;
	*more = (struct entry){.init = c->state.init};
	memcpy(more->name, c->name, sizeof(more->name));
	return more;
}

static int look_at(struct ds_container *c, void *ctx)
{
	struct entry *entry;

	if (c->life != DS_RUNNING)
		return 0;
	entry = find_entry(ctx, c);
	if (!entry)
		return ds_fail("measure");
	entry->state = ds_inspect_state(c);
	entry->is_there = ds_usage_look(c, &entry->usage) == 0;
	return 0;
}

static int order = 'n'; /* the key: c, m or n */

static int compare(const void *a, const void *b)
{
	const struct entry *one = a, *two = b;
	long long more = order == 'c'   ? two->usage.cpu_permille - one->usage.cpu_permille
			 : order == 'm' ? two->usage.ram_used_kb - one->usage.ram_used_kb
					: 0;

	return more > 0 ? 1 : more < 0 ? -1 : strcmp(one->name, two->name);
}

/* Look at all; those that have ended are dropped. One that can't be read does not hide the others. */
static int measure(struct top *top)
{
	size_t left = 0;
	int err;

	for (size_t i = 0; i < top->count; i++)
		top->list[i].is_there = false;
	err = ds_container_each(look_at, top);
	for (size_t i = 0; i < top->count; i++) {
		if (top->list[i].is_there)
			top->list[left++] = top->list[i];
	}
	top->count = left;
	return err;
}

/* A line of the terminal's, cut to its width; anywhere else the whole line. */
static void put_line(const struct top *top, char *line)
{
	for (size_t len = strlen(line); top->columns && ds_utf8_columns(line) > top->columns;) {
		while (len && (line[--len] & 0xc0) == 0x80)
			continue;
		line[len] = 0;
	}
	printf(top->columns ? "%s\033[K\r\n" : "%s\n", line);
}

static void put_row(const struct top *top, const char *name, size_t width, const char *const *cells)
{
	char line[LINE_MAX_SHOWN];
	size_t columns = ds_utf8_columns(name);

	snprintf(line, sizeof(line), "%s%*s  %-8s  %5s  %7s  %7s  %6s  %s", name,
		 (int)(columns < width ? width - columns : 0), "", cells[0], cells[1], cells[2],
		 cells[3], cells[4], cells[5]);
	put_line(top, line);
}

static void put_entry(const struct top *top, const struct entry *entry, size_t width)
{
	const struct ds_usage *u = &entry->usage;
	char name[NAME_MAX_SHOWN], procs[24], used[24], total[24], cpu[24], uptime[DS_DURATION_MAX];
	const char *const cells[] = {entry->state, procs, used, total, cpu, uptime};

	ds_str_printable(name, sizeof(name), entry->name);
	snprintf(procs, sizeof(procs), "%lld", u->processes);
	ds_size_text(used, (uint64_t)u->ram_used_kb * 1024);
	ds_size_text(total, (uint64_t)u->ram_total_kb * 1024);
	snprintf(cpu, sizeof(cpu), "%d.%d%%", (int)u->cpu_permille / 10, (int)u->cpu_permille % 10);
	ds_usage_duration(uptime, u->uptime_s);
	put_row(top, name, width, cells);
}

static void print_table(const struct top *top)
{
	static const char *const head[] = {"STATE", "PROCS", "MEMORY", "OF", "CPU", "UPTIME"};
	size_t width = 4, lines = top->columns && top->rows > 1 ? top->rows - 2 : top->count;

	for (size_t i = 0; i < top->count; i++) {
		char name[NAME_MAX_SHOWN];
		size_t columns =
			ds_utf8_columns(ds_str_printable(name, sizeof(name), top->list[i].name));

		width = columns > width ? columns : width;
	}
	fputs(applet_colour(stdout, "\033[1m"), stdout);
	put_row(top, "NAME", width, head);
	fputs(applet_colour(stdout, "\033[0m"), stdout);
	for (size_t i = 0; i < top->count && i < lines; i++)
		put_entry(top, &top->list[i], width);
}

static void print_facts(const struct top *top, struct report *report)
{
	if (report->format == REPORT_JSON)
		ds_json_open(&report->json, NULL, '[');
	for (size_t i = 0; i < top->count; i++) {
		const struct entry *entry = &top->list[i];

		report_begin(report, NULL);
		report_string(report, "name", entry->name);
		report_string(report, "state", entry->state);
		report_number(report, "pid", entry->init.pid);
		report_number(report, "processes", entry->usage.processes);
		report_number(report, "ram_used_kb", entry->usage.ram_used_kb);
		report_number(report, "ram_total_kb", entry->usage.ram_total_kb);
		report_number(report, "cpu_permill", entry->usage.cpu_permille);
		report_number(report, "uptime_sec", entry->usage.uptime_s);
		report_end(report);
	}
	if (report->format == REPORT_JSON)
		ds_json_close(&report->json, ']');
}

static int draw(struct top *top)
{
	struct winsize size = {0};

	ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
	top->columns = size.ws_col ? size.ws_col : 80;
	top->rows = size.ws_row ? size.ws_row : 24;
	qsort(top->list, top->count, sizeof(*top->list), compare);
	fputs("\033[H", stdout);
	print_table(top);
	fputs("\033[J", stdout);
	return fflush(stdout);
}

/* -1: go on; else the exit status. */
static int take_signals(struct ds_term *term, int fd)
{
	struct signalfd_siginfo info;

	while (read(fd, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGTSTP)
			ds_term_stop(term);
		if (info.ssi_signo == SIGTSTP || info.ssi_signo == SIGCONT)
			ds_term_raw(term, STDIN_FILENO);
		else if (info.ssi_signo != SIGWINCH)
			return 128 + (int)info.ssi_signo;
	}
	return -1;
}

static int take_key(void)
{
	char key;

	if (read(STDIN_FILENO, &key, 1) != 1 || key == 'q' || key == KEY_END)
		return DS_EXIT_OK;
	if (key == KEY_STOP)
		raise(SIGTSTP);
	else if (key == 'c' || key == 'm' || key == 'n')
		order = key;
	return -1;
}

static int watch(struct top *top, int interval_s)
{
	static const int taken[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGCONT, SIGWINCH};
	int signal_fd = ds_signals_open(taken, sizeof(taken) / sizeof(*taken)), status = -1;
	struct pollfd fds[] = {{.fd = STDIN_FILENO, .events = POLLIN},
			       {.fd = signal_fd, .events = POLLIN}};
	/* The first shares are known a moment later. */
	long long due = 0, wait_ms = DS_USAGE_SAMPLE_MS, left;
	struct ds_guard guard = DS_GUARD_NONE;
	auto_term term = DS_TERM_NONE;

	if (signal_fd < 0 || ds_guard_begin(&guard, 0, NULL, STDIN_FILENO) < 0)
		return applet_fail();
	ds_term_raw(&term, STDIN_FILENO);
	setvbuf(stdout, NULL, _IOFBF, 0);
	while (status < 0) {
		if (ds_now_ms() >= due) {
			measure(top);
			due = ds_now_ms() + wait_ms;
			wait_ms = interval_s * 1000LL;
		}
		if (draw(top) < 0)
			break;
		left = due - ds_now_ms();
		if (poll(fds, 2, left > 0 ? (int)left : 0) <= 0)
			continue;
		if (fds[1].revents)
			status = take_signals(&term, signal_fd);
		if (status < 0 && fds[0].revents)
			status = take_key();
	}
	ds_term_restore(&term);
	ds_guard_end(&guard);
	return status < 0 ? DS_EXIT_FAILED : status;
}

int top_main(int argc, char **argv)
{
	struct options o = {.interval = 2};
	struct top top = {0};
	struct report report;
	const char *name;
	int err;

	if (!parse(&o, argc, argv, 0, 0))
		return o.status;
	if (ds_workspace_choose(o.workspace) < 0 || report_choose(&report, o.json, o.format) < 0 ||
	    report_target(NULL, o.operands, &name) < 0)
		return applet_fail();
	if (o.interval < 1 || o.interval > INTERVAL_MAX) {
		ds_refuse(DS_EXIT_USAGE, "--interval=%d: not from 1 to %d", o.interval,
			  INTERVAL_MAX);
		return applet_fail();
	}
	if (!o.once && report.format == REPORT_TEXT && isatty(STDIN_FILENO) &&
	    isatty(STDOUT_FILENO))
		return watch(&top, o.interval);
	measure(&top);
	poll(NULL, 0, DS_USAGE_SAMPLE_MS);
	err = measure(&top);
	if (report.format == REPORT_TEXT)
		print_table(&top);
	else
		print_facts(&top, &report);
	return err < 0 ? applet_fail() : DS_EXIT_OK;
}
