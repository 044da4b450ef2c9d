/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_HOST_SELINUX_H
#define DS_HOST_SELINUX_H

/* selinux - the host's SELinux while containers ask for it to be permissive. */

#include "libds/host/undo.h"

/* Keep SELinux permissive for holder, until undo is replayed: it then enforces again if it did and no
 * other container holds it. -ENOENT, recorded: no SELinux is here; nothing was promised. */
int ds_selinux_permit(struct ds_undo *undo, const char *holder);

#endif
