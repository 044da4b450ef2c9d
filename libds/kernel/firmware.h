/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_KERNEL_FIRMWARE_H
#define DS_KERNEL_FIRMWARE_H

/* firmware - having the kernel look for its drivers' firmware in a guest's tree, too.
 *
 * The kernel's own loader (Linux 3.7) looks in the one directory that the parameter path of firmware_class
 * names, of up to 255 bytes, then in /lib/firmware (drivers/base/firmware_loader/main.c). There is no
 * list: what the parameter held before is not looked in while a container holds it, and a second
 * container is refused. The path is looked up from the root of the host's init. */

#include "libds/host/undo.h"

#define DS_FIRMWARE_MAX 256 /* bytes of the parameter */

/* Name /lib/firmware of the tree at rootfs, as links in it lead there, to the kernel for holder, until
 * undo is replayed. was is what the parameter held, "" for nothing. */
int ds_firmware_add(struct ds_undo *undo, const char *holder, const char *rootfs,
		    char was[DS_FIRMWARE_MAX]);

#endif
