// SPDX-License-Identifier: GPL-3.0-or-later
/* storage - see storage.h. */
#include "libds/life/storage.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "libds/core/err.h"
#include "libds/host/workspace.h"
#include "libds/life/bind.h"

#define SHOWN_AT "/storage/emulated/0"

static const char *const places[] = {
	SHOWN_AT,
	"/mnt/user/0/emulated/0",        /* FUSE, from Android 11 on */
	"/mnt/runtime/full/emulated/0",  /* sdcardfs, Android 10 */
	"/mnt/runtime/write/emulated/0", /* Android 6 to 9 */
	"/data/media/0",
};

int ds_storage_mount(int root_fd)
{
	/* The apps below share it: set-user-id files and devices in it are theirs, not the guest's. */
	struct ds_bind bind = {.options = DS_BIND_REC | DS_BIND_NOSUID | DS_BIND_NODEV};
	char proof[64];

	if (!ds_host_is_android())
		return ds_refuse(DS_EXIT_FAILED, "no Android storage: this host is no Android");
	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
		snprintf(proof, sizeof(proof), "%s/Android", places[i]);
		if (access(proof, F_OK) < 0)
			continue;
		memcpy(bind.source, places[i], strlen(places[i]) + 1);
		memcpy(bind.target, SHOWN_AT, sizeof(SHOWN_AT));
		return ds_bind_mount(&bind, root_fd);
	}
	return ds_refuse(DS_EXIT_FAILED,
			 "no Android storage: not mounted before the phone is unlocked");
}
