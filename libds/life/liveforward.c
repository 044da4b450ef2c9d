// SPDX-License-Identifier: GPL-3.0-or-later
/* liveforward - see liveforward.h. */
#include "libds/life/liveforward.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "libds/core/auto.h"
#include "libds/core/err.h"
#include "libds/kernel/tree.h"
#include "libds/life/inspect.h"
#include "libds/life/links.h"
#include "libds/life/livebind.h"

static int note(struct ds_container *container, const char *list)
{
	struct ds_state *state = &container->state;
	int err = ds_conf_set(&state->conf, ds_spec_key(DS_SPEC_forwards), *list ? list : NULL);

	if (!err)
		err = ds_state_save(state, container->spec.pidfile);
	return err < 0 ? err : ds_links_ask_reload(container->name);
}

/* As note(), and if that fails as it was. */
static int change(struct ds_container *container, const char *list, const char *was)
{
	int err = note(container, list);

	if (err < 0) {
		const struct ds_err why = *ds_err_last();

		note(container, was);
		ds_err_set(&why);
	}
	return err;
}

/* What the monitor listens on and where that is seen, as a bind. */
static int as_bind(const struct ds_container *container, const struct ds_forward *forward,
		   struct ds_bind *bind)
{
	char id[DS_SHA256_HEX + 1];

	*bind = (struct ds_bind){.options = 0};
	ds_forward_id(container->spec.uuid, forward, id);
	memcpy(bind->target, forward->target, sizeof(bind->target));
	return ds_links_path(bind->source, container->name, id);
}

static int check_place(const struct ds_container *container, const char *target)
{
	auto_fd root_fd = ds_try_inspect_root(container);
	struct stat st;

	if (ds_try_tree_stat(root_fd, target, &st) < 0 || S_ISSOCK(st.st_mode) ||
	    (S_ISREG(st.st_mode) && !st.st_size))
		return 0;
	return ds_refuse(DS_EXIT_USAGE, "something is there already");
}

static const char *recorded(const struct ds_container *container)
{
	return ds_container_recorded(container, ds_spec_key(DS_SPEC_forwards));
}

int ds_liveforward_add(struct ds_container *container, const struct ds_forward *forward,
		       const char *item)
{
	auto_free char *was = strdup(recorded(container)), *list = NULL;
	const char *from, *end;
	struct ds_bind bind;
	int err = was ? ds_forward_find(was, forward, &from, &end) : ds_fail("keep the forwards");

	if (err > 0)
		err = ds_refuse(DS_EXIT_USAGE, "there is one already");
	if (!err && !container->has_monitor)
		err = ds_refuse(DS_EXIT_FAILED, "its monitor is gone, which would serve it");
	if (!err && !forward->from_guest)
		err = check_place(container, forward->target);
	if (!err) {
		list = malloc(strlen(was) + strlen(item) + 2);
		err = list ? as_bind(container, forward, &bind) : ds_fail("keep the forwards");
	}
	if (err < 0)
		return ds_forward_err_in(forward);
	strcat(strcat(strcpy(list, was), *was ? "," : ""), item);
	err = change(container, list, was);
	if (!err && !forward->from_guest) {
		err = ds_livebind_attach(container, &bind);
		if (err < 0) {
			const struct ds_err why = *ds_err_last();

			note(container, was);
			ds_err_set(&why);
		}
	}
	return err < 0 ? err : 0;
}

int ds_liveforward_remove(struct ds_container *container, const struct ds_forward *forward)
{
	auto_free char *list = strdup(recorded(container));
	char *from, *end;
	struct ds_bind bind;
	struct ds_err why = {0};
	int err = list ? ds_forward_find(list, forward, (const char **)&from, (const char **)&end)
		       : ds_fail("keep the forwards");

	if (!err) {
		ds_refuse(DS_EXIT_NOT_FOUND, "there is none");
		ds_hint("'ds-forward %s' lists them", container->name);
		err = -ds_err_last()->code;
	}
	if (err > 0)
		err = as_bind(container, forward, &bind);
	if (err < 0)
		return ds_forward_err_in(forward);
	/* First, while the socket is there to tell what is mounted. */
	if (!forward->from_guest && ds_livebind_detach(container, &bind) < 0)
		why = *ds_err_last();
	memmove(from, end, strlen(end) + 1);
	if (from > list && !*from)
		from[-1] = 0;
	err = note(container, list);
	if (err < 0 || !why.code)
		return err;
	ds_err_set(&why);
	return 1;
}
