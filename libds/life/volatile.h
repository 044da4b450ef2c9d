/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_LIFE_VOLATILE_H
#define DS_LIFE_VOLATILE_H

/* volatile - the layer of a running volatile container, as the host has it (kernel/overlay.h). */

#include <limits.h>

#include "libds/kernel/changes.h"
#include "libds/life/find.h"

/* What it has changed so far of what it was started from. Refused (exit 4) unless it is volatile. */
int ds_volatile_changes(struct ds_changes *changes, const struct ds_container *running);

/* Where its view is. Refused (exit 4) unless it is volatile. */
int ds_volatile_view(const struct ds_container *running, char path[PATH_MAX]);

#endif
