/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_HOST_UNDO_H
#define DS_HOST_UNDO_H

/* undo - the journal of what outlives a process and must be put back.
 *
 * Promise, then act: a line is in the journal before the thing it undoes is done, so a line whose
 * deed never happened is possible and an absent target is success. Replaying goes backwards; what
 * was undone leaves the file, what could not be stays for the next attempt. The first line is the
 * boot id: on another boot only what survives a boot is undone.
 *
 *	boot 0f3c...
 *	cgroup /sys/fs/cgroup/droidspaces/web
 *
 * Arguments are separated by single blanks; blank, newline and backslash in them stand as \040,
 * \012 and \134 (the manner of fstab(5)). */

#include <limits.h>
#include <stdbool.h>

#include "libds/host/proc.h"

#define DS_UNDO_ARGS 4 /* most arguments of a verb */

struct ds_undo_verb {
	const char *name;
	bool survives_boot; /* is the thing still there after a reboot of the host? */
	/* NULL = not built in. Undo it; 0 when it is gone or was never done, else -errno recorded.
	 * Missing arguments are "". */
	int (*undo)(const char *const args[DS_UNDO_ARGS]);
};

/* An open journal; leaving its scope while armed replays it, also when its file was removed. */
struct ds_undo {
	int fd; /* -1 = closed */
	bool armed;
	int lines;                        /* the boot id and every promise */
	const struct ds_undo_verb *verbs; /* ends with a NULL name */
	char path[PATH_MAX];
};

#define auto_undo __attribute__((cleanup(ds_undo_auto))) struct ds_undo
#define DS_UNDO_CLOSED                                                                             \
	{                                                                                          \
		.fd = -1                                                                           \
	}

void ds_undo_auto(struct ds_undo *undo);

/* Create the container's journal, which must not exist. It is armed. */
int ds_undo_open(struct ds_undo *undo, const char *name, const struct ds_undo_verb *verbs);

/* Promise to undo; the arguments end with NULL. On disk first if the thing survives a boot. */
int ds_undo_promise(struct ds_undo *undo, const char *verb, ...) __attribute__((sentinel));

/* Undo everything now, keep the journal open for more. */
int ds_undo_now(struct ds_undo *undo);

/* How far the journal has come: ds_undo_back() undoes what is promised after, and keeps the journal
 * open. Nothing else undoes a part. -errno recorded. */
int ds_undo_mark(const struct ds_undo *undo);
int ds_undo_back(struct ds_undo *undo, int mark);

/* Leave the journal as it is to whoever adopts or replays it next; it is closed. */
void ds_undo_leave(struct ds_undo *undo);

/* Take over a journal that was left. It is armed, and mark is where ds_undo_back() is to go: behind
 * the last line of that verb. -ENOENT (quiet) where there is no journal of this boot with one. */
int ds_undo_try_adopt(struct ds_undo *undo, const char *name, const struct ds_undo_verb *verbs,
		      const char *last_verb, int *mark);

/* Replay a journal that its writer left behind, and remove it. 0 when there is none. */
int ds_undo_replay(const char *name, const struct ds_undo_verb *verbs);

#endif
