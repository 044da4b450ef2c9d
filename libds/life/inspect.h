/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_LIFE_INSPECT_H
#define DS_LIFE_INSPECT_H

/* inspect - what can be said about a container without asking it.
 *
 * What the guest's own files or its kernel names say (operating system, hostname) is the guest's
 * word: for a person to read, possibly full of control characters, never for a decision. */

#include <stddef.h>

#include "libds/life/find.h"
#include "libds/life/osrelease.h"

#define DS_FEATURES_MAX 16

/* A property that a container has or not: value is "on", "off" or a word. Static strings or the
 * container's. */
struct ds_feature {
	const char *name, *value;
};

/* "stopped", "running", "frozen" (it runs, but stands still) or "left" (something of it is left behind). */
const char *ds_inspect_state(const struct ds_container *container);

/* Does it run, and was frozen by ds-freeze? */
bool ds_inspect_is_frozen(const struct ds_container *container);

/* The guest's root directory, open with O_PATH: as its PID 1 sees it, or where it is configured to
 * be. An fd or -errno, quiet. */
int ds_try_inspect_root(const struct ds_container *container);

/* The guest's os-release; 0 or -errno, quiet, all strings "" then. */
int ds_try_inspect_os(const struct ds_container *container, struct ds_os_release *os);

/* What the guest calls itself now; when it doesn't run, what it will be called. */
void ds_inspect_hostname(const struct ds_container *container, char hostname[DS_HOSTNAME_MAX + 1]);

/* Seconds since its PID 1 began, 0 when it doesn't run. */
long long ds_inspect_uptime(const struct ds_container *container);

/* "v2", "v1" or "none": the hierarchy that tracks it while it runs, else "". */
const char *ds_inspect_cgroup(const struct ds_container *container);

/* Fills features and returns how many there are. */
size_t ds_inspect_features(const struct ds_container *container,
			   struct ds_feature features[DS_FEATURES_MAX]);

#endif
