// SPDX-License-Identifier: GPL-3.0-or-later
/* live - see live.h. */
#include "applets/live.h"

#include <string.h>

#include "libds/core/auto.h"
#include "libds/core/err.h"
#include "libds/host/state.h"

int live_words(struct live_words *words, const char *name, char *const *operands, const char *added,
	       const char *removed)
{
	const char *verb;

	if (!name && !*operands)
		return ds_refuse(DS_EXIT_USAGE, "an operand is missing: the container's name");
	words->name = name ? name : *operands++;
	verb = *operands ? *operands++ : "list";
	words->items = operands;
	words->lists = strcmp(verb, "list") == 0;
	words->removes = strcmp(verb, "remove") == 0;
	if ((!words->lists && !words->removes && strcmp(verb, "add") != 0) ||
	    words->lists != !*operands)
		return ds_refuse(DS_EXIT_USAGE, "say list, add %s..., or remove %s...", added,
				 removed);
	return 0;
}

int live_change(const struct live *live, const char *name, bool remove, char *const *items)
{
	auto_container container = {0};
	auto_fd lock_fd = -1;
	int err = 0;

	for (char *const *item = items; !err && *item; item++)
		err = live->check(*item, remove);
	if (!err) {
		lock_fd = ds_state_lock(name, true);
		err = lock_fd < 0 ? lock_fd : ds_container_running(&container, name);
	}
	for (; !err && *items; items++)
		err = live->change(&container, *items, remove);
	if (lock_fd >= 0)
		ds_state_unlock(name, &lock_fd);
	return err;
}
