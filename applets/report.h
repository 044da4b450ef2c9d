/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APPLET_REPORT_H
#define DS_APPLET_REPORT_H

/* report - one fact after the other, as the reader wants them
 *
 * A fact has one key in small letters. It is "init: systemd" for a person (underscores become
 * blanks, nothing reaches the terminal raw), INIT=systemd with --format, a member "init" with
 * --json. docs/formats.md is the promise. */

#include <stdbool.h>

#include "libds/core/json.h"
#include "libds/life/find.h"

enum report_format { REPORT_TEXT, REPORT_PAIRS, REPORT_JSON };

struct report {
	enum report_format format;
	struct ds_json json;
};

/* The format that --json and --format ask for, or a refusal of both at once (exit 2). */
int report_choose(struct report *report, bool json, bool pairs);

/* Around the facts of one container: its braces in JSON. key as in ds_json_open(). */
void report_begin(struct report *report, const char *key);
void report_end(struct report *report);

/* "" is left out for a person, an empty value with --format, null in JSON. */
void report_string(struct report *report, const char *key, const char *value);
void report_number(struct report *report, const char *key, long long value);
/* yes or no; 1 or 0; true or false. */
void report_flag(struct report *report, const char *key, bool value);

/* The limits that are in force on a running container, each under its key of container.config; 0 where
 * there is none, null for a list of processors. A person gets sizes and CPUs. */
void report_limits(struct report *report, const struct ds_container *container);

/* ---- Which container a command is about ---- */

/* From -n NAME or the operand; NULL where neither is given. Both: exit 2. Only root may ask, and
 * that is said before any name is looked at, so that nobody learns which names exist (exit 6). */
int report_target(const char *option, char **operands, const char **name);

/* The same, looked at: the named one in whatever state, or else the only one that runs. */
int report_look(struct ds_container *container, const char *option, char **operands);

#endif
