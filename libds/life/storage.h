/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_LIFE_STORAGE_H
#define DS_LIFE_STORAGE_H

/* storage - Android's shared storage, what people call the SD card, in the guest.
 *
 * It is at /storage/emulated/0 there, as the apps have it. On the host that path exists in the mount
 * namespace of apps and of most su; where it does not, the FUSE or sdcardfs mount behind it is taken, or
 * the directory /data/media/0 that both show. It is the one that has the directory Android, which every
 * shared storage has: before the phone is unlocked for the first time the names in /data/media/0 are
 * encrypted, and there is no such directory. */

/* Bind it in a guest that is being set up, see ds_bind_mount(). Recorded as failed where this is no
 * Android, or its storage is not there. */
int ds_storage_mount(int root_fd);

#endif
