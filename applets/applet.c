// SPDX-License-Identifier: GPL-3.0-or-later
/* applet - how every command prints its help, its errors and its warnings */
#include "applets/applet.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "libds/core/str.h"

const char *applet_name = "droidspaces";

const char *applet_colour(FILE *f, const char *sequence)
{
	const char *term = getenv("TERM");
	const char *no_color = getenv("NO_COLOR"); /* https://no-color.org: set and not empty */

	if (!CFG_COLOR || (no_color && *no_color) || !term || !strcmp(term, "dumb") ||
	    !isatty(fileno(f)))
		return "";
	return sequence;
}

/* Texts name files, and what others wrote into them. By one write(2), for ds-stop's processes speak at the
 * same time. */
static void complain(const char *colour, const char *kind, const char *text, const char *hint)
{
	char shown[4 * sizeof(ds_err_last()->text)], shown_hint[sizeof(ds_err_last()->hint)];
	char lines[sizeof(shown) + sizeof(shown_hint) + 80];
	int len = snprintf(
		lines, sizeof(lines), "%s%s:%s%s %s\n%s%s%s", applet_colour(stderr, colour),
		applet_name, kind, applet_colour(stderr, "\033[0m"),
		ds_str_printable(shown, sizeof(shown), text), *hint ? "  " : "",
		ds_str_printable(shown_hint, sizeof(shown_hint), hint), *hint ? "\n" : "");

	/* What a command has said already comes before what went wrong. */
	fflush(stdout);
	fwrite(lines, 1, (size_t)len, stderr);
}

int applet_fail(void)
{
	const struct ds_err *err = ds_err_last();

	complain("\033[31m", "", err->text, err->hint);
	return err->exit_status ? err->exit_status : DS_EXIT_FAILED;
}

void(applet_warn)(const char *fmt, ...)
{
	char text[sizeof(ds_err_last()->text)];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), ds_text(fmt), args);
	va_end(args);
	complain("\033[33m", " warning:", text, "");
}

static int terminal_width(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 40)
		return size.ws_col;
	return 80;
}

/* Prints len bytes of text from column at on, further lines indented. */
static void print_wrapped(const char *text, size_t len, int at, int indent)
{
	int width = terminal_width();
	const char *end = text + len;
	bool fresh = true; /* nothing stands on this line yet */

	while (text < end) {
		const char *blank = memchr(text, ' ', end - text);
		int word = (blank ? blank : end) - text;

		if (!fresh && at + 1 + word > width) {
			printf("\n%*s", indent, "");
			at = indent;
			fresh = true;
		}
		at += printf("%s%.*s", fresh ? "" : " ", word, text);
		fresh = false;
		text += word + (blank != NULL);
	}
	putchar('\n');
}

static void print_option(const struct ds_opt *row, const char *text)
{
	enum { HELP_COLUMN = 28 };
	int len = (int)strcspn(text, "\n"); /* of the metavar */
	const char *help = text + len + 1;
	int at;

	at = row->letter ? printf("  -%c, ", row->letter) : printf("      ");
	at += printf("--%.*s%s%.*s", (int)strcspn(row->names, "|"), row->names, len ? "=" : "", len,
		     text);
	if (at + 2 > HELP_COLUMN)
		at = 0;
	printf("%s%*s", at ? "" : "\n", HELP_COLUMN - at, "");
	print_wrapped(help, strlen(help), HELP_COLUMN, HELP_COLUMN);
}

/* Indented lines are examples and tables: they stay as they are. */
static void print_about(const char *about)
{
	while (*about) {
		size_t len = strcspn(about, "\n");

		if (*about == ' ')
			printf("%.*s\n", (int)len, about);
		else
			print_wrapped(about, len, 0, 0);
		about += len + (about[len] == '\n');
	}
}

const char *applet_summary(const struct applet *applet)
{
	return ds_texts_ready() ? ds_text_next(applet->texts) : "";
}

int applet_help(const struct applet *applet)
{
	const char *summary = applet_summary(applet), *about, *text = applet->options.texts;
	const struct ds_opt *row;

	if (ds_texts_need() < 0)
		return applet_fail();
	printf("usage: %s\n\n", applet->texts);
	print_wrapped(summary, strlen(summary), 0, 0);
	putchar('\n');
	for (row = applet->options.rows; row->names; row++, text = ds_text_next(text))
		if (row->built_in)
			print_option(row, text);
	about = ds_text_next(summary);
	if (*about) {
		putchar('\n');
		print_about(about);
	}
	return DS_EXIT_OK;
}

int applet_parse(const struct applet *applet, void *o, const bool *wants_help, int argc,
		 char **argv, int least, int most, int *status)
{
	int operands = ds_opt_parse(&applet->options, applet->flags, o, argc, argv);

	if (operands >= 0 && *wants_help) {
		*status = applet_help(applet);
		return -1;
	}
	if (operands >= 0 && operands < least)
		operands = ds_refuse(DS_EXIT_USAGE, "an operand is missing");
	else if (operands > most)
		operands = ds_refuse(DS_EXIT_USAGE, "too many operands: %s", argv[most + 1]);
	if (operands < 0) {
		if (!*ds_err_last()->hint)
			ds_hint("try '%s --help'", applet->name);
		*status = applet_fail();
		return -1;
	}
	return operands;
}
