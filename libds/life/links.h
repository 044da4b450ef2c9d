/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_LIFE_LINKS_H
#define DS_LIFE_LINKS_H

/* links - what crosses between host and guest while it lives, all in the monitor's loop.
 * A log of what was refused is Logs/NAME/links (link/linklog.h).
 *
 * The sockets that a guest finds are made by its monitor in Containers/NAME/links, before PID 1 is, and
 * PID 1 binds them into its tree before it runs the init. A container without links has neither. */

#include <limits.h>

#include "libds/host/undo.h"
#include "libds/life/spec.h"
#include "libds/link/door.h"

/* In the monitor, before it makes PID 1: listen on all that the settings ask for. Promised. */
int ds_links_open(const struct ds_spec *spec, struct ds_undo *undo);

/* In PID 1, in the host's root still: bind those sockets into the guest's tree. */
int ds_links_show(const struct ds_spec *spec, int root_fd);

/* In the monitor: the guest is to stop for good. */
void ds_links_stop(void);

/* In the monitor: this life of the guest is over. */
void ds_links_close(void);

/* In the monitor, while the guest runs: have it as the record says now. Who asked is told the error, a struct
 * ds_err, by socket_fd. */
void ds_links_reload(int socket_fd);

/* Ask a container's monitor for that, and wait for the answer. */
int ds_links_ask_reload(const char *container);

/* ---- For those that are links ---- */

/* Open a door in the container's directory of sockets, which is made and promised if it is missing: the
 * listening fd. */
int ds_links_listen(const char *container, struct ds_undo *undo, const struct ds_door *door);

/* Remove the socket of that name. */
void ds_links_unlink(const char *container, const char *name);

/* The path of the socket of that name. */
int ds_links_path(char path[PATH_MAX], const char *container, const char *name);

/* Bind the socket of that name to a path in the guest, absolute, made if it is missing; in PID 1 as above. */
int ds_links_bind(const char *container, const char *name, int root_fd, const char *target);

/* Undo what ds_links_listen() promises. */
#define DS_LINKS_VERB "links"
int ds_links_undo(const char *const args[DS_UNDO_ARGS]);

#endif
