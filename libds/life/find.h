/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_LIFE_FIND_H
#define DS_LIFE_FIND_H

/* find - which containers there are, as the host's own files and kernel tell it. */

#include "libds/host/state.h"
#include "libds/life/spec.h"

enum ds_life {
	DS_STOPPED, /* configured, and nothing of it runs or is left behind */
	DS_RUNNING, /* PID 1 lives */
	DS_LEFT,    /* PID 1 is gone, its record or journal is not: ending right now, or crashed */
};

struct ds_container {
	char name[DS_NAME_MAX + 1];
	enum ds_life life;
	bool has_monitor;    /* its monitor lives */
	bool has_bad_record; /* one that cannot be read; then it only looks stopped */
	bool has_config;
	struct ds_state state; /* filled where a record exists */
	struct ds_spec spec;   /* from the record when running, else from the config file */
};

#define auto_container __attribute__((cleanup(ds_container_free))) struct ds_container

void ds_container_free(struct ds_container *container);

/* Is there a config, record or journal? */
bool ds_container_is_known(const char *name);

/* What its record says under a key, "" where that is nothing. */
const char *ds_container_recorded(const struct ds_container *container, const char *key);

/* Look at one container by name. No config, record or journal: exit 3. */
int ds_container_look(struct ds_container *container, const char *name);

/* The running container of that name, or the only one that runs when name is NULL or "". None:
 * exit 3; known but not running: exit 4; several and no name: exit 2, their names in the hint. */
int ds_container_running(struct ds_container *container, const char *name);

/* Call visit for each known container in byte order of names until it returns nonzero; that value,
 * or 0. visit may keep nothing of it. Containers that can't be read are passed over, but their
 * error stays recorded and is returned if visit ended nothing. */
int ds_container_each(int (*visit)(struct ds_container *container, void *ctx), void *ctx);

#endif
