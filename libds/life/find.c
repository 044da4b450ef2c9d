// SPDX-License-Identifier: GPL-3.0-or-later
/* find - see find.h. */
#include "libds/life/find.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "libds/core/err.h"

void ds_container_free(struct ds_container *container)
{
	ds_state_free(&container->state);
	ds_spec_free(&container->spec);
}

static bool has_file(enum ds_workspace_kind kind, const char *name)
{
	char path[PATH_MAX];

	return ds_workspace_path(path, sizeof(path), kind, name) == 0 && access(path, F_OK) == 0;
}

bool ds_container_is_known(const char *name)
{
	return has_file(DS_WS_CONFIG, name) || has_file(DS_WS_RECORD, name) ||
	       has_file(DS_WS_JOURNAL, name);
}

const char *ds_container_recorded(const struct ds_container *container, const char *key)
{
	const char *value = ds_conf_get(&container->state.conf, key);

	return value ? value : "";
}

static int read_settings(struct ds_container *c, bool recorded)
{
	char path[PATH_MAX];
	int err;

	if (recorded && c->life == DS_RUNNING)
		return ds_spec_from_conf(&c->spec, &c->state.conf);
	if (!c->has_config)
		return ds_spec_init(&c->spec);
	err = ds_workspace_path(path, sizeof(path), DS_WS_CONFIG, c->name);
	return err < 0 ? err : ds_spec_load(&c->spec, path);
}

int ds_container_look(struct ds_container *c, const char *name)
{
	int err = ds_name_check(name);
	bool recorded;

	*c = (struct ds_container){0};
	if (err < 0)
		return err;
	memcpy(c->name, name, strlen(name) + 1);
	err = ds_try_state_load(name, &c->state);
	if (err < 0 && err != -ENOENT) {
		c->has_bad_record = true;
		return err;
	}
	recorded = err == 0;
	c->has_config = has_file(DS_WS_CONFIG, name);
	if (recorded && ds_proc_is_alive(&c->state.init))
		c->life = DS_RUNNING;
	else if (recorded || has_file(DS_WS_JOURNAL, name))
		c->life = DS_LEFT;
	c->has_monitor = recorded && ds_proc_is_alive(&c->state.monitor);
	if (c->life == DS_STOPPED && !c->has_config)
		return ds_refuse(DS_EXIT_NOT_FOUND, "no such container: %s", name);
	return read_settings(c, recorded);
}

/* One walk over three lists: a container is visited under the first kind of file that it has. */
struct each {
	int (*visit)(struct ds_container *container, void *ctx);
	void *ctx;
	enum ds_workspace_kind kind;
	int failed;
};

static const enum ds_workspace_kind order[] = {DS_WS_CONFIG, DS_WS_RECORD, DS_WS_JOURNAL};

static int each_name(const char *name, void *ctx)
{
	struct each *each = ctx;
	auto_container c = {0};
	int err;

	for (size_t i = 0; order[i] != each->kind; i++) {
		if (has_file(order[i], name))
			return 0;
	}
	err = ds_container_look(&c, name);
	if (!err)
		return each->visit(&c, each->ctx);
	each->failed = ds_err_in("%s", name);
	return 0;
}

int ds_container_each(int (*visit)(struct ds_container *container, void *ctx), void *ctx)
{
	struct each each = {.visit = visit, .ctx = ctx};
	int found = 0;

	for (size_t i = 0; !found && i < sizeof(order) / sizeof(*order); i++) {
		each.kind = order[i];
		found = ds_workspace_each(order[i], each_name, &each);
	}
	return found ? found : each.failed;
}

struct running {
	char name[DS_NAME_MAX + 1], names[240];
	int count;
};

static int note_running(struct ds_container *c, void *ctx)
{
	struct running *running = ctx;
	size_t used = strlen(running->names);

	if (c->life != DS_RUNNING)
		return 0;
	memcpy(running->name, c->name, sizeof(running->name));
	snprintf(running->names + used, sizeof(running->names) - used, "%s%s", used ? ", " : "",
		 c->name);
	running->count++;
	return 0;
}

int ds_container_running(struct ds_container *c, const char *name)
{
	struct running running = {0};
	int err;

	*c = (struct ds_container){0};
	if (!name || !*name) {
		ds_container_each(note_running, &running);
		if (!running.count)
			return ds_refuse(DS_EXIT_NOT_FOUND, "no container is running");
		if (running.count > 1) {
			err = ds_refuse(DS_EXIT_USAGE, "several containers are running");
			ds_hint("name one of: %s", running.names);
			return err;
		}
		name = running.name;
	}
	err = ds_container_look(c, name);
	if (!err && c->life != DS_RUNNING)
		err = ds_refuse(DS_EXIT_STATE, "%s is not running", name);
	return err;
}
