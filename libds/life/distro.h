/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_LIFE_DISTRO_H
#define DS_LIFE_DISTRO_H

/* distro - a distribution's packages become the tree "root" of a stage, by mmdebstrap. */

#include "libds/life/stage.h"

/* Makes the stage. distro is "debian:SUITE" or "ubuntu:SUITE", else exit 2; a minimal system with
 * systemd and dbus. Exit 5 without mmdebstrap, exit 6 if we are not root. */
int ds_distro_install(struct ds_stage *stage, const char *distro);

#endif
