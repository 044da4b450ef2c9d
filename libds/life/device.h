/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_LIFE_DEVICE_H
#define DS_LIFE_DEVICE_H

/* device - devices of the host that a guest may use, and the policy that keeps it from all others.
 *
 * A list of devices is text, as in the key devices: /dev/X[:ACCESS], items separated by commas, ACCESS
 * letters of "rwm" ("rw" without). "\," "\:" and "\\" stand for the character itself. A link is the
 * host's and resolved there; the node is made under the name that was given. */

#include <limits.h>

#include "libds/kernel/devpolicy.h"
#include "libds/life/spec.h"

struct ds_device {
	char path[PATH_MAX]; /* below /dev, on the host and in the guest; no "." or ".." */
	unsigned access;     /* DS_DEV_ bits */
};

/* Take the next item off the list: 1, 0 at its end, or refused (exit 2) with the item and why. */
int ds_device_next(const char **list, struct ds_device *device);

/* Is every item right, and a device node if it is there? Touches nothing. Exit 2. */
int ds_devices_check(const char *list);

/* The policy of a container: what every guest has, its devices, and its binds of device nodes, as
 * spec's own conf has them or its record. None for --privileged=unfiltered-dev. What is not there now
 * is not allowed. -E2BIG recorded. */
int ds_devices_policy(const struct ds_spec *spec, const struct ds_conf *conf,
		      struct ds_devpolicy *policy);

/* Make the host's node in the guest's /dev, with its owner and mode; no link leads out of dev_fd. One that
 * is the same already stays. */
int ds_device_make(const struct ds_device *device, int dev_fd);

/* Remove what is a node there now, but for the host's own and for one that the policy allows. Quiet. */
void ds_device_remove(const char *path, int dev_fd, struct ds_devpolicy *policy);

#endif
