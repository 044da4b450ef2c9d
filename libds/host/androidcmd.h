/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_HOST_ANDROIDCMD_H
#define DS_HOST_ANDROIDCMD_H

/* androidcmd - values that Android keeps, asked of its commands /system/bin/getprop and cmd.
 *
 * By these paths, for Termux has others of the same name first in PATH. cmd(1) talks to the system
 * services without starting a runtime, so an answer takes some hundredths of a second (Android 8 and
 * newer). One that does not come within DS_ANDROIDCMD_MS is given up, and this process asks for nothing
 * more for a while: a start or a stop waits for it once.
 *
 *	device_config/NAMESPACE/KEY   cmd device_config get|put|delete NAMESPACE KEY   Android 10
 *	settings/NAMESPACE/KEY        cmd settings get|put|delete NAMESPACE KEY        Android 8
 *	deviceidle/deep or light      cmd deviceidle enabled|enable|disable WHICH      Android 7
 *
 * A key that is not set reads as "null" and is deleted by writing that. */

#include <stdbool.h>
#include <stddef.h>

#define DS_ANDROIDCMD_MS 4000

/* Does Android run here? In recovery it does not, nor do its commands. */
bool ds_android_runs(void);

/* A system property, "" if there is none. Without getprop -ENOENT recorded. */
int ds_androidcmd_prop(const char *name, char *value, size_t size);

/* The two ways of such a path. What the command refused is recorded, ETIMEDOUT: no answer came. */
int ds_androidcmd_read(const char *path, char *value, size_t size);
int ds_androidcmd_write(const char *path, const char *value);

/* Is it kept over a boot of the phone? deviceidle's is not. */
bool ds_androidcmd_is_kept(const char *path);

#endif
