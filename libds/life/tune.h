/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_LIFE_TUNE_H
#define DS_LIFE_TUNE_H

/* tune - files that make a guest's systemd fit a host that is not its own (docs/tuning.md).
 *
 * Which files is the table in tune.c. The first line of each says that ds-tune made it, and holds a
 * digest of the rest and how many directories were made for it. So a file is known to be our own, of
 * whichever version, without a record anywhere else, and one that somebody has edited is not. */

enum ds_tune_state {
	DS_TUNE_ABSENT,
	DS_TUNE_OURS,    /* as it is written now */
	DS_TUNE_OLD,     /* ours, as another version wrote it */
	DS_TUNE_CHANGED, /* ours once; somebody has edited it */
	DS_TUNE_FOREIGN, /* not ours: also a link, or a directory */
};

enum ds_tune_verb { DS_TUNE_SHOW, DS_TUNE_APPLY, DS_TUNE_REVERT };

/* What is true of the guest, as bits. */
enum {
	DS_TUNE_HW_ACCESS = 1,
	DS_TUNE_LEAVE_LINKS = 2, /* the network's links are the host's to manage */
};

enum ds_tune_did {
	DS_TUNE_NOTHING,
	DS_TUNE_MADE,
	DS_TUNE_REMOVED,
	DS_TUNE_KEPT, /* not written or removed: it is changed or foreign */
};

/* Called for each file, unless it is NULL; state is what was found, before did. */
typedef void ds_tune_visit(const char *path, enum ds_tune_state state, enum ds_tune_did did,
			   void *ctx);

/* Go through all files in the tree. Applying writes those that the facts ask for and removes our own
 * that they do not; reverting removes our own, with the directories that were made for them and are
 * empty. Neither touches what is changed or foreign. Ends at the first error. 1: nothing was applied,
 * the tree has no systemd. */
int ds_tune(int root_fd, enum ds_tune_verb verb, unsigned facts, ds_tune_visit *visit, void *ctx);

#endif
