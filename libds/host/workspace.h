/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_HOST_WORKSPACE_H
#define DS_HOST_WORKSPACE_H

/* workspace - where the host keeps what it knows of containers (docs/design.md).
 *
 *	Containers/NAME/container.config    what the user asked for
 *	Containers/NAME/console.socket      where people come to its terminals (life/seat.h)
 *	Containers/NAME/links/              sockets that its guest finds (life/links.h)
 *	Pids/NAME.pid                       decimal, for scripts
 *	Pids/NAME.record                    what the program itself trusts
 *	Pids/NAME.journal                   what must be undone
 *	Pids/NAME.lock                      held by whoever changes that container's life
 *	Volatile/NAME/                      what a volatile container writes (kernel/overlay.h)
 *	Logs/NAME/                          what it wrote to its console (life/conlog.h)
 *	Events/                             what became of containers (life/events.h)
 *	Host/                               host settings changed for containers, with their holders
 *	daemon.lock, daemon.socket          of ds-daemon, while it runs (api/server.h, api/bridge.h)
 */

#include <stdbool.h>
#include <stddef.h>

#define DS_NAME_MAX 200 /* bytes in a container's name */

enum ds_workspace_kind {
	DS_WS_CONFIG,
	DS_WS_CONSOLE,
	DS_WS_LINKS,
	DS_WS_PID,
	DS_WS_RECORD,
	DS_WS_JOURNAL,
	DS_WS_LOCK,
	DS_WS_VOLATILE,
};

/* Choose the workspace: the option, else $DS_WORKSPACE, else /data/local/Droidspaces on Android
 * (also where recovery has it mounted), else /var/lib/Droidspaces. An absolute path, else exit 2.
 * Nothing is created. */
int ds_workspace_choose(const char *option);

const char *ds_workspace_root(void);

#define DS_WS_LOGS_DIR "Logs"

/* An O_PATH fd of DIR/NAME in the workspace, or of DIR if name is NULL; each is made if it is missing, mode
 * 0700, and no link is followed. -1 with errno. */
int ds_try_workspace_enter(const char *dir, const char *name);

/* Create what is missing. Refused (exit 6) unless root owns the workspace and no one else may
 * write to it: its files are trusted. */
int ds_workspace_create(void);

/* The path of a container's file; name must be valid. */
int ds_workspace_path(char *path, size_t size, enum ds_workspace_kind kind, const char *name);

/* Is it a name: 1 to 200 bytes of printable UTF-8 without '/', blanks, ',', '\' or
 * "..", not starting with '-' or '.'? Refused with exit 2 and the reason otherwise. */
int ds_name_check(const char *name);

/* Call visit for each container that has a file of this kind, in byte order, until it returns
 * nonzero; that value, or 0. Files with invalid names are passed over. */
int ds_workspace_each(enum ds_workspace_kind kind, int (*visit)(const char *name, void *ctx),
		      void *ctx);

/* Is this Android, or its recovery with /data mounted? */
bool ds_host_is_android(void);

#endif
