/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APPLET_LIVE_H
#define DS_APPLET_LIVE_H

/* live - commands that change a running container item by item: ds-bind, ds-device, ds-forward */

#include <stdbool.h>

#include "libds/life/find.h"

/* NAME [list], NAME add ITEM..., NAME remove ITEM... */
struct live_words {
	const char *name;
	bool lists, removes;
	char *const *items; /* ends with NULL */
};

/* Read these operands; name is that of an option, or NULL: then the first is it. what is added and removed,
 * for a person. Exit 2 with the reason. */
int live_words(struct live_words *words, const char *name, char *const *operands, const char *added,
	       const char *removed);

struct live {
	/* Is it one? Touches nothing. */
	int (*check)(const char *item, bool remove);
	int (*change)(struct ds_container *container, const char *item, bool remove);
};

/* Change a running container under its lock, one item after the other; the first that fails ends it. A typing
 * error in the last one is found before the first is done. */
int live_change(const struct live *live, const char *name, bool remove, char *const *items);

#endif
