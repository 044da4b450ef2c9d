/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_LIFE_CONFINE_H
#define DS_LIFE_CONFINE_H

/* confine - capabilities and system calls, as a container's settings say; the same for PID 1 and for what
 * enters, for both go by the host's record. */

#include "libds/life/spec.h"

struct ds_user; /* life/user.h */

/* Check the settings: exit 2 for a word that is none, 5 or 6 for a capability that the kernel or the
 * caller does not have. Changes nothing. */
int ds_confine_check(const struct ds_spec *spec);

/* Confine the calling thread, let go of its caller's personality, and become the user, NULL = stay. The
 * user may be one whom the capabilities that are left would not let it become. It keeps none but those
 * of caps (bit N for N), whatever the settings say. */
int ds_confine(const struct ds_spec *spec, uint64_t caps, const struct ds_user *user);

#endif
