/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_API_ACTION_H
#define DS_API_ACTION_H

/* action - start, stop and restart in processes of their own: this program is executed again, as ds-start and
 * so on, so that its monitor has no memory and no file of the daemon's, and lives on without it. */

#include <sys/types.h>

#include "libds/api/request.h"

/* Begin one: SOCKETD_OK and *pid, whose end SIGCHLD tells; or what there is to say at once. */
enum socketd_status ds_action_begin(const struct ds_request *request, pid_t *pid);

/* What has become of it, by the status of wait(2). */
enum socketd_status ds_action_end(const struct ds_request *request, int wait_status);

#endif
