/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APPLET_H
#define DS_APPLET_H

/* applet - what a command's file has from its one declaration, and how a command talks
 *
 * A file defines OPTIONS(X), includes this, and says APPLET(id). It then has
 *
 *	struct options			a member for each row, and given.field: was it on the command line
 *	parse(&o, argc, argv, least, most)
 *					reads the command line; see below
 *
 * docs/adding-an-applet.md shows a whole file. */

#include "gen/applets.h"
#include "libds/core/err.h"
#include "libds/core/opt.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>

#define COMMON_OPTIONS(X)                                                                          \
	X(STRING, workspace, 0, "workspace", "DIR", ALWAYS,                                        \
	  "where containers and records are kept")                                                 \
	X(FLAG, help, 0, "help", 0, ALWAYS, "print this help")

struct applet {
	const char *name; /* ds-stop */
	/* A packed text (texts.h): usage, summary, and about, which is paragraphs, exit statuses and
	 * examples, "" without CFG_LONG_HELP; a NUL between them. */
	const char *texts;
	struct ds_opts options;
	unsigned int flags; /* for ds_opt_parse() */
	int (*main)(int argc, char **argv);
};

/* The name an applet speaks under, ds-stop. Set before its main. */
extern const char *applet_name;

enum { MANY = INT_MAX };

/* Prints the last error of libds and its hint; returns its exit status. */
int applet_fail(void);

/* "ds-stop: warning: …" on stderr. */
void applet_warn(const char *fmt, ...) __attribute__((cold));
#define applet_warn(fmt, ...)                                                                      \
	DS_TEXT_CHECKED((applet_warn)(DS_TEXT(fmt), ##__VA_ARGS__), fmt, ##__VA_ARGS__)

/* sequence ("\033[1m") if f is a terminal that may be coloured, else "". */
const char *applet_colour(FILE *f, const char *sequence);

/* Prints it, or why not; returns the exit status. */
int applet_help(const struct applet *applet);

/* "" if the texts can't be read. */
const char *applet_summary(const struct applet *applet);

/* What parse() below is made of; returns the count of operands, or -1 with *status set. */
int applet_parse(const struct applet *applet, void *o, const bool *wants_help, int argc,
		 char **argv, int least, int most, int *status);

/* parse(): --help is answered and errors are printed here. If it returns false, return o->status.
 * Else o->operands[0] to [o->count - 1], NULL behind them, are the operands: least to most of them
 * (MANY: no limit). */
#define APPLET(id) APPLET_WITH(id, 0)

#define APPLET_OPTIONS(X) OPTIONS(X) COMMON_OPTIONS(X)

/* What a guest finds beside its own commands, or in place of one: it is listed, installed, completed and
 * has a manual page nowhere, since on a host that name is somebody else's. It need not begin with ds-. The
 * scripts that make entries of it know it by this word. */
#define APPLET_IN_GUEST(id, option_flags) APPLET_WITH(id, option_flags)

/* flags: DS_OPT_STOP_AT_OPERAND where operands are another command's words. */
#define APPLET_WITH(id, option_flags)                                                              \
	struct options {                                                                           \
		int status, count;                                                                 \
		char **operands;                                                                   \
		APPLET_OPTIONS(DS_OPT_VALUE)                                                       \
		struct {                                                                           \
			APPLET_OPTIONS(DS_OPT_GIVEN)                                               \
		} given;                                                                           \
	};                                                                                         \
	static const struct ds_opt applet_rows[] = {APPLET_OPTIONS(DS_OPT_ROW){0}};                \
	static const char applet_texts[] DS_TEXT_SECTION(__COUNTER__) =                            \
		USAGE_##id "\0" SUMMARY_##id "\0" DS_TEXT_IF(CFG_LONG_HELP, ABOUT_##id, "");       \
	static const char option_texts[] DS_TEXT_SECTION(__COUNTER__) =                            \
		APPLET_OPTIONS(DS_OPT_TEXT);                                                       \
	int id##_main(int argc, char **argv);                                                      \
	extern const struct applet applet_##id;                                                    \
	const struct applet applet_##id = {                                                        \
		.name = NAME_##id,                                                                 \
		.texts = applet_texts,                                                             \
		.options = {applet_rows, option_texts},                                            \
		.flags = (option_flags),                                                           \
		.main = id##_main,                                                                 \
	};                                                                                         \
	__attribute__((unused)) static bool parse(struct options *o, int argc, char **argv,        \
						  int least, int most)                             \
	{                                                                                          \
		o->count = applet_parse(&applet_##id, o, &o->help, argc, argv, least, most,        \
					&o->status);                                               \
		o->operands = argv + 1;                                                            \
		return o->count >= 0;                                                              \
	}

#endif
