/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_LIFE_CONLOG_H
#define DS_LIFE_CONLOG_H

/* conlog - what a guest writes to its console, kept in two files of a bounded size.
 *
 * Logs/NAME/console is written to; when it would grow beyond its limit it becomes console.1, in the
 * place of the one before. Every write(2) of the guest is in the file before the next is read: a crash
 * of monitor or guest loses nothing that was read, a power cut what the file system had not written.
 *
 * The files hold the console's bytes as they were, but for lines of our own, which only stand where a
 * line begins and begin with a byte 0x1e, left out where the guest writes it:
 *	0x1e SECONDS "\n"        what follows was written at that time or later (seconds since 1970);
 *	                         at most one a second
 *	0x1e SECONDS " boot\n"   a life of the guest begins
 * and a newline where a crash or a full disk tore a line. A file begins with a mark, also where it goes
 * on with a line that is longer than what was left of the one before. */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define DS_CONLOG_MARK 0x1e
#define DS_CONLOG_FILE "console"
#define DS_CONLOG_OLDER "console.1"
#define DS_CONLOG_LEAST 8192 /* bytes a file, if there is to be a log */

struct ds_conlog {
	const char *name; /* of the container */
	off_t limit;      /* bytes a file; 0 = no log is kept */
	off_t size;
	int fd; /* -1 = not open */
	time_t looked, stamped;
	bool in_line;
};

/* The log of that container; what cannot be written is not logged, and nobody waits for it: it is tried
 * again once a second. limit is that of each file. name must live on. */
void ds_conlog_open(struct ds_conlog *log, const char *name, off_t limit);

/* A life of the guest begins. */
void ds_conlog_boot(struct ds_conlog *log);

void ds_conlog_write(struct ds_conlog *log, const char *data, size_t len);

#endif
