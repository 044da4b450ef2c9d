/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APPLET_ACT_H
#define DS_APPLET_ACT_H

/* act - what the commands that change a container's life have in common */

#include <stdbool.h>

#include "libds/core/opt.h"
#include "libds/life/spec.h"
#include "libds/life/viewer.h"

/* Choose and create the workspace. Exit 6 unless root. */
int act_begin(const char *workspace);

/* Settings given on the command line: options that are rows of SPEC_OPTIONS, one after the other. */
struct act_settings {
	const struct ds_opt *rows;
	const void *o;       /* the applet's struct options */
	size_t first, count; /* which keys of ds_spec_key() they are */
};

/* Those of an applet whose OPTIONS begin with SPEC_OPTIONS. */
#define ACT_SETTINGS(o)                                                                            \
	{                                                                                          \
		applet_rows, o, 0, DS_SPEC_KEYS                                                    \
	}

/* What the command line of a start says. */
struct act_request {
	const char *config; /* a file to take the settings from, or NULL */
	const char *image;  /* for rootfs_path, where that is none of settings */
	bool reset;         /* drop the stored settings first */
	struct act_settings settings;
};

/* The stored settings of that container; all defaults where there are none. */
int act_load_stored(struct ds_spec *spec, const char *name);

/* Change what was given, bring it into the form in which it is stored. */
int act_apply(struct ds_spec *spec, const struct act_settings *settings);

/* The settings of the container to start: its stored ones or those of the file config, changed by
 * what was given. Paths are made absolute, a missing name is made up. */
int act_load(struct ds_spec *spec, const struct act_request *request);

struct ds_starting; /* life/start.h */

/* Start under the lock that is held, print the result line, see a guest through that it attaches to. The
 * exit status of the command. Of wanted lock_fd and watch are filled here. */
int act_start(struct ds_spec *spec, int *lock_fd, struct ds_starting *wanted);

/* Stop those at the same time, say how each ended; names end with NULL. The highest of their exit
 * statuses. Waits for every child of this process. */
int act_stop(char *const *names, int timeout);

/* ds-freeze and ds-thaw: one after the other, the highest of their exit statuses. timeout in seconds. */
int act_freeze(const char *workspace, const char *option, char **operands, bool freeze,
	       int timeout);

/* Sit at that terminal (0 = the console), see life/viewer.h, with a line before and one after it for a
 * person. The exit status of the command. */
int act_view(struct ds_viewer *viewer, int terminal);

/* A signalfd, nonblocking, of the signals that end a command, for long work that clears up when it is
 * cancelled (host/tool.h); without those that our caller ignores, as nohup(1) does. */
int act_signals(void);

/* The names of an option ("web,db") and of operands, each checked, in one list to be freed; NULL
 * terminated. NULL with the error recorded. */
#define auto_names __attribute__((cleanup(act_free_names))) char **

void act_free_names(char ***names);

char **act_names(const char *option, char *const *operands);

#endif
