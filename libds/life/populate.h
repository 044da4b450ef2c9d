/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_LIFE_POPULATE_H
#define DS_LIFE_POPULATE_H

/* populate - a tree becomes a file system in a file, without a mount, by the file system's own tool. */

#include "libds/life/measure.h"
#include "libds/life/stage.h"

/* Is it ext4, erofs or squashfs? Else refused with exit 2. */
int ds_populate_check(const char *type);

/* Make the stage's image of the tree at tree_path, absolute or in the stage. size in bytes and label
 * are for ext4 (0 and NULL otherwise, or for as large as needed and for none). */
int ds_populate(const struct ds_stage *stage, const char *type, const char *tree_path,
		const struct ds_measure *measure, uint64_t size, const char *label);

#endif
