/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_CORE_ERR_H
#define DS_CORE_ERR_H

/* err - the one error slot: what failed, why, and what to do about it.
 *
 * A function that fails records the error where it happens and returns in the same statement:
 *
 *	return ds_fail("mount %s", dir);
 *
 * Only an applet prints it, and escapes what a terminal must not get: names go in as they are, cut
 * ("%.80s") where they could push out the reason. The slot is plain memory of fixed size, so that a
 * child can write it whole down its status pipe.
 *
 * A format is a string literal: each function is a macro as well, which keeps it with the packed texts
 * (texts.h). Where one is only known at run time, "%s" prints it. */

#include "libds/core/texts.h"

/* Exit statuses of every applet (docs/design.md). ds-run passes its command's own status on. */
enum ds_exit {
	DS_EXIT_OK = 0,
	DS_EXIT_FAILED = 1,
	DS_EXIT_USAGE = 2,
	DS_EXIT_NOT_FOUND = 3,   /* no such container */
	DS_EXIT_STATE = 4,       /* already running, or not running */
	DS_EXIT_UNSUPPORTED = 5, /* the kernel or the host lacks what is needed */
	DS_EXIT_PERMISSION = 6,
};

struct ds_err {
	int code;        /* positive errno value; 0 = no error recorded */
	int exit_status; /* one of enum ds_exit */
	char text[400];  /* one line, no newline, no applet name */
	char hint[300];  /* what to do about it, or "" */
};

/* Record "<text>: <strerror(errno)>"; returns -errno. errno must be set. */
int ds_fail(const char *fmt, ...) __attribute__((cold));
#define ds_fail(fmt, ...)                                                                          \
	DS_TEXT_CHECKED((ds_fail)(DS_TEXT(fmt), ##__VA_ARGS__), fmt, ##__VA_ARGS__)

/* The same with an explicit errno value of either sign, for calls that return -errno. */
int ds_fail_with(int code, const char *fmt, ...) __attribute__((cold));
#define ds_fail_with(code, fmt, ...)                                                               \
	DS_TEXT_CHECKED((ds_fail_with)(code, DS_TEXT(fmt), ##__VA_ARGS__), fmt, ##__VA_ARGS__)

/* Record a refusal that no errno describes; returns -ECANCELED. */
int ds_refuse(enum ds_exit status, const char *fmt, ...) __attribute__((cold));
#define ds_refuse(status, fmt, ...)                                                                \
	DS_TEXT_CHECKED((ds_refuse)(status, DS_TEXT(fmt), ##__VA_ARGS__), fmt, ##__VA_ARGS__)

/* Put "<text>: " before the recorded error (a caller adds at most one); returns its -errno. */
int ds_err_in(const char *fmt, ...) __attribute__((cold));
#define ds_err_in(fmt, ...)                                                                        \
	DS_TEXT_CHECKED((ds_err_in)(DS_TEXT(fmt), ##__VA_ARGS__), fmt, ##__VA_ARGS__)

/* Attach advice to the recorded error. */
void ds_hint(const char *fmt, ...) __attribute__((cold));
#define ds_hint(fmt, ...)                                                                          \
	DS_TEXT_CHECKED((ds_hint)(DS_TEXT(fmt), ##__VA_ARGS__), fmt, ##__VA_ARGS__)

/* Set the exit status of the recorded error, where errno alone does not tell it. */
void ds_err_exit_status(enum ds_exit status);

const struct ds_err *ds_err_last(void);

/* Take over an error that came from another process. Its strings are terminated here. */
void ds_err_set(const struct ds_err *err);

void ds_err_clear(void);

#endif
