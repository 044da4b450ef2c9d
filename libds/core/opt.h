/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_CORE_OPT_H
#define DS_CORE_OPT_H

/* opt - command-line options as rows of data
 *
 * An applet declares its options once, as rows X(kind, field, letter, long, metavar, feature, help):
 *
 *	FLAG	bool			--x, or --x=0|1|no|yes; a word more is a row of
 *					its own before it, "x=word"
 *	STRING	const char *		NULL unless given; points into argv
 *	INT	int			strict decimal, range of int
 *	LIST	struct ds_list		may be given several times; values point into argv
 *
 * letter is 0 for none; long may hold aliases ("conf|config", the first is shown); feature is ALWAYS
 * or a Kconfig symbol: where that is off, the row's help is not in the binary and using the option
 * says so. The macros below turn rows into struct members and into the parser's table; the scripts
 * in scripts/gen-* turn the same rows into manual pages and completions.
 */

#include "libds/core/texts.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ds_list {
	const char **values;
	int count;
};

enum ds_opt_kind { DS_OPT_FLAG, DS_OPT_STRING, DS_OPT_INT, DS_OPT_LIST };

struct ds_opt {
	const char *names; /* "long", "long|alias"; NULL behind the last row */
	uint16_t offset;   /* of the value in the options struct */
	uint16_t given;    /* of the bool that tells whether it was given */
	char letter;
	uint8_t kind;
	bool built_in;
};

struct ds_opts {
	const struct ds_opt *rows; /* a zero row ends them */
	/* A packed text (texts.h): of each row "metavar\nhelp", or "SYMBOL" where the feature is off; a NUL
	 * between rows. */
	const char *texts;
};

enum {
	DS_OPT_STOP_AT_OPERAND = 1, /* words behind the first operand are not ours to read */
};

/* Reads argv[1] to argv[argc-1] into the struct o that the rows describe. Moves the operands to argv[1] on,
 * NULL behind them, and returns how many there are, or an error recorded for the user (err.h). The values
 * of a LIST are valid until the next call. */
int ds_opt_parse(const struct ds_opts *opts, unsigned int flags, void *o, int argc, char **argv);

/* The index of argv's first operand, argc if there is none, or an error. Changes nothing. */
int ds_opt_first_operand(const struct ds_opts *opts, int argc, char **argv);

/* Stores one value as the command line would, also for a LIST (appended; room for one value for each
 * of the max_values). shown names the option in an error. */
int ds_opt_store(const struct ds_opt *row, void *o, const char *value, const char *shown,
		 int max_values);

/* The row's "metavar\nhelp", the first empty for a FLAG; or "SYMBOL". "" if the texts can't be read. */
const char *ds_opt_text(const struct ds_opts *opts, const struct ds_opt *row);

/* True if a person who typed one word may well have meant the other. */
bool ds_opt_is_near(const char *typed, size_t typed_len, const char *meant, size_t meant_len);

#define DS_OPT_TYPE_FLAG bool
#define DS_OPT_TYPE_STRING const char *
#define DS_OPT_TYPE_INT int
#define DS_OPT_TYPE_LIST struct ds_list

/* A FLAG has no metavar, its column holds 0. */
#define DS_OPT_TEXT_FLAG(metavar, help) "\n" help
#define DS_OPT_TEXT_STRING(metavar, help) metavar "\n" help
#define DS_OPT_TEXT_INT DS_OPT_TEXT_STRING
#define DS_OPT_TEXT_LIST DS_OPT_TEXT_STRING

#define DS_OPT_VALUE(kind, field, letter, name, metavar, feature, help) DS_OPT_TYPE_##kind field;
#define DS_OPT_GIVEN(kind, field, letter, name, metavar, feature, help) bool field;

/* Of a string literal: opts.texts. */
#define DS_OPT_TEXT(kind, field, letter, name, metavar, feature, help)                             \
	DS_TEXT_IF(CFG_##feature, DS_OPT_TEXT_##kind(metavar, help), #feature) "\0"

/* In a scope where struct options has the rows' values and, as its member given, their bools. */
#define DS_OPT_ROW(kind_, field, letter_, name, metavar, feature, help)                            \
	{.names = name,                                                                            \
	 .offset = offsetof(struct options, field),                                                \
	 .given = offsetof(struct options, given.field),                                           \
	 .letter = letter_,                                                                        \
	 .kind = DS_OPT_##kind_,                                                                   \
	 .built_in = CFG_##feature},

#endif
