/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_LIFE_SERVICE_H
#define DS_LIFE_SERVICE_H

/* service - what ds-init-shim runs: a command, or what a file of /etc/ds-init describes (docs/init-shim.md).
 *
 * A file is read at each start of its service, so that none of it is kept in memory. */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "libds/core/conf.h"

enum ds_restart { DS_RESTART_ON_FAILURE, DS_RESTART_ALWAYS, DS_RESTART_NEVER };

struct ds_service {
	char *name;        /* of its file, owned; NULL: the command of the command line */
	pid_t pid;         /* 0 = it does not run */
	long long started; /* CLOCK_MONOTONIC ms */
	long long due;     /* when it is to be started; 0 at first, -1 = never again */
	int delay_ms;      /* before the next start, when it ends */
	/* as its file has them */
	int first_delay_ms, last_delay_ms;
	uint8_t restart; /* enum ds_restart */
	uint8_t stop_signal;
	bool is_main; /* its end is the container's */
	bool is_step; /* those behind it wait until it has ended */
};

struct ds_services {
	struct ds_service *list; /* owned */
	size_t count;
};

/* Those that dir describes, by name: its files named by letters, digits, - and _ only. */
int ds_services_find(struct ds_services *services, const char *dir);

/* Add one, not started. */
struct ds_service *ds_services_add(struct ds_services *services, size_t at, const char *name);

/* Read its file into conf and the service's own members. A value that is none of the key's, a key that
 * there is not, no command: exit 2. */
int ds_service_read(struct ds_service *service, struct ds_conf *conf, const char *dir);

/* In a child: become what was read. Returns only where that fails, recorded; the program itself is what
 * failed if *found. */
int ds_service_exec(const struct ds_conf *conf, bool *found);

#endif
