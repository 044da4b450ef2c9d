/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_LIFE_LOGREAD_H
#define DS_LIFE_LOGREAD_H

/* logread - reading a log that is written on meanwhile: a file and the one before it, FILE.1, in a directory
 * of the workspace. The console's (conlog.h) has marks, and whoever writes another writes no DS_CONLOG_MARK.
 *
 * What is read comes through a call back, in pieces of at most one line, the marks taken out. Memory
 * does not depend on the log's size. */

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "libds/core/auto.h"

struct ds_logread {
	/* data is the next piece, its newline only at the end; NULL: a boot ends the line that there
	 * may be. */
	void (*text)(struct ds_logread *log, const char *data, size_t len);
	int boot;     /* of the piece: 1 = the first that the log holds, 0 = nothing was read yet */
	time_t since; /* the mark that it stands under, 0 = none */

	/* The rest is logread's own. */
	char dir[PATH_MAX];
	const char *file;
	int older_fd, fd, watch_fd;
	off_t older_from, from; /* where to begin */
	off_t older_size, size; /* as of the opening */
	off_t offset;           /* of fd, where to go on */
	bool in_line, in_mark;  /* in_line, in the call back: the piece goes on with a line */
	char mark[32];
	size_t mark_len;
};

#define auto_logread __attribute__((cleanup(ds_logread_close))) struct ds_logread

/* Set text first. dir is in the workspace; file must live on. A log that is not there is an empty one. With
 * follow its directory is made if need be, and watched. */
int ds_logread_open(struct ds_logread *log, const char *dir, const char *file, bool follow);

void ds_logread_close(struct ds_logread *log);

/* All there was at the opening, from the beginning; may be repeated. */
int ds_logread_all(struct ds_logread *log);

/* Let that begin near the end: no later than where the last so many lines do. Boots count from there. */
int ds_logread_near_end(struct ds_logread *log, long long lines);

/* What was written since, also to files that took the log's place meanwhile. Who reads slower than
 * two files are filled misses some. */
int ds_logread_more(struct ds_logread *log);

/* Wait until there may be more: 1; 0: nobody reads out_fd any longer. */
int ds_logread_wait(struct ds_logread *log, int out_fd);

#endif
