// SPDX-License-Identifier: GPL-3.0-or-later
#include "libds/core/opt.h"
#include "libds/core/err.h"
#include "libds/core/str.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct cursor {
	const struct ds_opts *opts;
	void *o; /* NULL: only look */
	int argc, at;
	char **argv;
	char shown[64]; /* the option as it was typed */
};

/* Reachable for as long as the lists that point into it, so that a leak checker stays quiet. */
static const char **list_pool;

const char *ds_opt_text(const struct ds_opts *opts, const struct ds_opt *row)
{
	const char *text = opts->texts;

	if (!ds_texts_ready())
		return "";
	for (; row > opts->rows; row--)
		text = ds_text_next(text);
	return text;
}

bool ds_opt_is_near(const char *typed, size_t typed_len, const char *meant, size_t meant_len)
{
	enum { LONGEST = 24 };
	unsigned char d[LONGEST + 1][LONGEST + 1];
	size_t i, j;

	if (typed_len < 2 || typed_len > LONGEST || meant_len > LONGEST)
		return false;
	if (typed_len < meant_len && typed_len > 2 && !memcmp(typed, meant, typed_len))
		return true;

	/* The edit distance, with two swapped neighbours as one edit. */
	for (i = 0; i <= typed_len; i++)
		d[i][0] = i;
	for (j = 0; j <= meant_len; j++)
		d[0][j] = j;
	for (i = 1; i <= typed_len; i++) {
		for (j = 1; j <= meant_len; j++) {
			int best = d[i - 1][j - 1] + (typed[i - 1] != meant[j - 1]);

			if (best > d[i - 1][j] + 1)
				best = d[i - 1][j] + 1;
			if (best > d[i][j - 1] + 1)
				best = d[i][j - 1] + 1;
			if (i > 1 && j > 1 && typed[i - 1] == meant[j - 2] &&
			    typed[i - 2] == meant[j - 1] && best > d[i - 2][j - 2] + 1)
				best = d[i - 2][j - 2] + 1;
			d[i][j] = best;
		}
	}
	return d[typed_len][meant_len] <= (typed_len > 4 ? 2 : 1);
}

static int store_flag(bool *to, const char *value, const char *shown)
{
	if (!strcmp(value, "1") || !strcmp(value, "yes"))
		*to = true;
	else if (!strcmp(value, "0") || !strcmp(value, "no"))
		*to = false;
	else
		return ds_refuse(DS_EXIT_USAGE, "option %s takes 0 or 1, not '%s'", shown, value);
	return 0;
}

static int store_int(int *to, const char *value, const char *shown)
{
	long long number;

	if (ds_try_number(value, INT_MIN, INT_MAX, &number) < 0)
		return ds_refuse(DS_EXIT_USAGE, "option %s takes a whole number, not '%s'", shown,
				 value);
	*to = (int)number;
	return 0;
}

int ds_opt_store(const struct ds_opt *row, void *o, const char *value, const char *shown,
		 int max_values)
{
	void *to = (char *)o + row->offset;
	struct ds_list *list = to;
	int err = 0;

	if (row->kind == DS_OPT_FLAG) {
		err = store_flag(to, value, shown);
	} else if (row->kind == DS_OPT_INT) {
		err = store_int(to, value, shown);
	} else if (row->kind == DS_OPT_STRING) {
		*(const char **)to = value;
	} else {
		if (list->count >= max_values)
			return ds_refuse(DS_EXIT_USAGE, "option %s is given too often", shown);
		list->values[list->count++] = value;
	}
	if (!err)
		*((bool *)o + row->given) = true;
	return err;
}

/* The length of that among a row's "long|alias" with which name begins, up to its end or a value; 0 =
 * none. */
static size_t has_name(const struct ds_opt *row, const char *name)
{
	const char *p = row->names;

	for (;; p++) {
		size_t n = strcspn(p, "|");

		if (n && !strncmp(p, name, n) && (!name[n] || name[n] == '='))
			return n;
		p += n;
		if (*p != '|')
			return 0;
	}
}

static int unknown_option(struct cursor *c, const char *name, size_t len)
{
	int err = ds_refuse(DS_EXIT_USAGE, "unknown option %s", c->shown);

	for (const struct ds_opt *row = c->opts->rows; len > 1 && row->names; row++) {
		size_t n = strcspn(row->names, "|");

		if (row->built_in && ds_opt_is_near(name, len, row->names, n)) {
			ds_hint("did you mean --%.*s?", (int)n, row->names);
			break;
		}
	}
	return err;
}

/* value is what was attached to the option, or NULL. */
static int take_option(struct cursor *c, const struct ds_opt *row, const char *value)
{
	const char *text;

	if (!row->built_in) {
		ds_refuse(DS_EXIT_USAGE, "option --%.*s is not built in (CONFIG_%s)",
			  (int)strcspn(row->names, "|"), row->names, ds_opt_text(c->opts, row));
		ds_hint("this program was configured without it");
		return -ECANCELED;
	}
	if (!value && row->kind == DS_OPT_FLAG)
		value = "1";
	if (!value && ++c->at < c->argc)
		value = c->argv[c->at];
	if (!value) {
		text = ds_opt_text(c->opts, row);
		return ds_refuse(DS_EXIT_USAGE, "option %s needs a value: %.*s", c->shown,
				 (int)strcspn(text, "\n"), text);
	}
	return c->o ? ds_opt_store(row, c->o, value, c->shown, c->argc) : 0;
}

static int take_long(struct cursor *c, const char *name)
{
	size_t len = strcspn(name, "=");

	snprintf(c->shown, sizeof(c->shown), "--%.*s", (int)len, name);
	for (const struct ds_opt *row = c->opts->rows; row->names; row++) {
		size_t n = has_name(row, name);

		if (n)
			return take_option(c, row, name[n] ? name + n + 1 : NULL);
	}
	return unknown_option(c, name, len);
}

static int take_letters(struct cursor *c, const char *letters)
{
	for (; *letters; letters++) {
		const struct ds_opt *row = c->opts->rows;
		bool is_flag;
		int err;

		snprintf(c->shown, sizeof(c->shown), "-%c", *letters);
		while (row->names && row->letter != *letters)
			row++;
		if (!row->names)
			return unknown_option(c, letters, 1);
		is_flag = row->kind == DS_OPT_FLAG;
		err = take_option(c, row, !is_flag && letters[1] ? letters + 1 : NULL);
		if (err < 0 || !is_flag)
			return err;
	}
	return 0;
}

/* Takes the word at c->at and its value. 1: it is an operand; 0: it was an option. */
static int take_word(struct cursor *c)
{
	const char *word = c->argv[c->at];

	if (word[0] != '-' || !word[1])
		return 1;
	return word[1] == '-' ? take_long(c, word + 2) : take_letters(c, word + 1);
}

int ds_opt_first_operand(const struct ds_opts *opts, int argc, char **argv)
{
	struct cursor c = {.opts = opts, .argc = argc, .argv = argv};

	for (c.at = 1; c.at < argc; c.at++) {
		int err;

		if (!strcmp(argv[c.at], "--"))
			return c.at + 1;
		err = take_word(&c);
		if (err)
			return err < 0 ? err : c.at;
	}
	return argc;
}

/* Every word gives at most one value, so argc places are enough for each list. */
static int make_lists(const struct ds_opt *rows, void *o, int argc)
{
	const struct ds_opt *row;
	size_t lists = 0;

	for (row = rows; row->names; row++)
		lists += row->kind == DS_OPT_LIST;
	free(list_pool);
	list_pool = NULL;
	if (!lists)
		return 0;
	list_pool = calloc(lists * argc, sizeof(*list_pool));
	if (!list_pool)
		return ds_fail("allocate option values");
	for (lists = 0, row = rows; row->names; row++) {
		if (row->kind == DS_OPT_LIST)
			*(struct ds_list *)((char *)o + row->offset) =
				(struct ds_list){.values = list_pool + lists++ * argc};
	}
	return 0;
}

int ds_opt_parse(const struct ds_opts *opts, unsigned int flags, void *o, int argc, char **argv)
{
	struct cursor c = {.opts = opts, .o = o, .argc = argc, .argv = argv};
	bool only_operands = false;
	int operands = 0;
	int err = make_lists(opts->rows, o, argc);

	if (err < 0)
		return err;
	for (c.at = 1; c.at < argc; c.at++) {
		if (!only_operands && !strcmp(argv[c.at], "--")) {
			only_operands = true;
			continue;
		}
		err = only_operands ? 1 : take_word(&c);
		if (err < 0)
			return err;
		if (err > 0) {
			argv[++operands] = argv[c.at];
			only_operands |= flags & DS_OPT_STOP_AT_OPERAND;
		}
	}
	if (operands + 1 < argc)
		argv[operands + 1] = NULL;
	return operands;
}
